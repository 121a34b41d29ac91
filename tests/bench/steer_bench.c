/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What classification and dispatch cost: TSC cycles per frame, p50 and p99 over bursts, for burst
 * sizes, working sets and traffic that are rows of tables below. Frames lie in plain memory and
 * are given back at once: no EAL, no driver, no pool. Run by hand; never a test.
 *
 * `dispatch` is classify and inline handlers; `ring` the same with a handler behind a ring, whose
 * side runs on this CPU too: enqueue, dequeue and handler, without what cores add. `hop` is the
 * worker's side alone while the handler's runs on a second CPU, whose cycles a frame are `far`
 * (bursts as they came there); it needs two CPUs. What a driver writes into mbufs that come back
 * from there is not counted. worst: three EtherTypes, each with and without
 * tags, in turns: what an attacker can do to a burst.
 *
 *     steer_bench [STAGE [TRAFFIC [SET [BURST]]]]     `all` stands for every one
 */

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_cycles.h>

#include "steer/dispatch.h"
#include "steer/frame.h"

enum {
	PORT = 0,
	STRIDE = 384, // mbuf, headroom of 128, frame
	HEADROOM = 128,
	FRAME = 60,
	RING = 1024,
	HZ = 2000000000, // any: EAL is not started
	BURSTS = 16384,  // measured at least; a cold set is walked once at least
	SETTLE = 1024    // bursts before
};

static const uint8_t ours[6] = {2, 0, 0, 0, 0, 1};

struct bench {
	struct classifier classifier;
	struct dispatch dispatch;
	struct out out;
	struct ledger ledger;
	struct handler_counts counts;
	struct dispatch ring_dispatch; // the same with rings
	struct gate gates[CLASS_MAX];
	struct handoff_pending pending;
	struct unknown_types unknown[OUT_PORTS];
	struct rte_mbuf **pkts;
	uint8_t *memory;
	uint32_t n_pkts;
	uint64_t *cycles; // [BURSTS]
	// Of the handler's lane, when it has a CPU of its own.
	_Alignas(RTE_CACHE_LINE_SIZE) _Atomic bool far_ends;
	struct out far_out;
	struct ledger far_ledger;
	struct handler_counts far_counts;
	uint64_t *far_cycles; // [BURSTS], a frame, times 16
	unsigned n_far;
};

// Type fields from octet 12 on, in network order.
struct shape {
	unsigned percent;
	unsigned len;
	uint8_t types[10];
};

static const struct traffic {
	const char *name;
	struct shape shapes[8]; // percents sum to 100
} traffics[] = {
	{"u4", {{100, 2, {8, 0}}}},
	{"q1", {{100, 6, {0x81, 0, 0, 100, 8, 0}}}},
	{"qq", {{100, 10, {0x88, 0xa8, 0, 200, 0x81, 0, 1, 44, 8, 0}}}},
	{"mix", {{40, 2, {8, 0}}, {20, 2, {0x86, 0xdd}}, {20, 6, {0x81, 0, 0, 100, 8, 0}},
			{15, 10, {0x88, 0xa8, 0, 200, 0x81, 0, 1, 44, 8, 0}}, {4, 2, {8, 6}},
			{1, 2, {0x88, 0xb5}}}},
	{"turns", {{34, 2, {8, 0}}, {33, 2, {0x86, 0xdd}}, {33, 2, {8, 6}}}},
	{"worst", {{17, 2, {8, 0}}, {17, 2, {0x86, 0xdd}}, {17, 2, {8, 6}},
			  {17, 6, {0x81, 0, 0, 100, 8, 0}}, {16, 6, {0x81, 0, 0, 100, 8, 6}},
			  {16, 6, {0x81, 0, 0, 101, 0x86, 0xdd}}}},
};

static const struct set {
	const char *name;
	uint32_t frames;
} sets[] = {{"hot", 2 * CLASSIFY_BURST}, {"l2", 1024}, {"cold", 512 * 1024}};

// The last one is what two ports give in a round.
static const uint16_t bursts[] = {1, 2, 4, 8, 16, 32, 2 * CLASSIFY_BURST};

static void sink(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	out_consume_bulk(out, pkts, n);
}

static void stage_empty(struct bench *b, struct rte_mbuf **pkts, uint16_t n)
{
}

static void stage_classify(struct bench *b, struct rte_mbuf **pkts, uint16_t n)
{
	struct classified c;

	for (uint16_t at = 0; at < n; at += CLASSIFY_BURST) {
		classify_burst(&b->classifier, &pkts[at], RTE_MIN(n - at, CLASSIFY_BURST), &c);
		__asm__ volatile("" : : "r"(&c) : "memory");
	}
}

static void stage_swap(struct bench *b, struct rte_mbuf **pkts, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		frame_swap_addresses(pkts[i]);
}

static void dispatch(
	struct bench *b, const struct dispatch *d, struct rte_mbuf **pkts, uint16_t n, uint64_t now)
{
	struct classified c;

	for (uint16_t at = 0; at < n; at += CLASSIFY_BURST) {
		classify_burst(&b->classifier, &pkts[at], RTE_MIN(n - at, CLASSIFY_BURST), &c);
		dispatch_burst(d, PORT, &pkts[at], &c, &b->out, now);
		out_flush(&b->out);
	}
}

static void stage_dispatch(struct bench *b, struct rte_mbuf **pkts, uint16_t n)
{
	dispatch(b, &b->dispatch, pkts, n, 0);
}

// What the handler's lane does; returns the frames it found.
static unsigned handle(struct bench *b, struct out *out)
{
	struct rte_mbuf *got[OUT_BURST];
	struct gate_arrivals arrivals;
	unsigned total = 0;

	for (uint64_t bits = handoff_take_pending(&b->pending); bits != 0; bits &= bits - 1) {
		struct gate *g = &b->gates[__builtin_ctzll(bits)];
		uint16_t k = handoff_recv(&g->handoff, got, OUT_BURST);

		if (k == 0)
			continue;
		gate_arrive(got, k, &arrivals);
		sink(b, got, k, out);
		gate_leave(g, &arrivals, rte_rdtsc());
		total += k;
	}
	out_flush(out);
	return total;
}

static void stage_ring(struct bench *b, struct rte_mbuf **pkts, uint16_t n)
{
	dispatch(b, &b->ring_dispatch, pkts, n, rte_rdtsc());
	while (handle(b, &b->out) != 0)
		;
}

static void stage_hop(struct bench *b, struct rte_mbuf **pkts, uint16_t n)
{
	dispatch(b, &b->ring_dispatch, pkts, n, rte_rdtsc());
}

// Before a hop: no ring is full, for what is dropped there would cost less; and the driver has
// written the mbufs, which were last read on the other CPU.
static void prepare_hop(const struct bench *b, struct rte_mbuf **pkts, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		*(volatile uint16_t *)&pkts[i]->data_len = FRAME;
	for (unsigned c = CLASS_IPV4; c <= CLASS_ARP; c++)
		while (rte_ring_count(b->gates[c].handoff.ring) > RING / 2)
			rte_pause();
}

static void *far_main(void *arg)
{
	struct bench *b = arg;
	bool ends;

	b->n_far = 0;
	do {
		uint64_t start = rte_rdtsc_precise();
		unsigned n;

		ends = atomic_load(&b->far_ends);
		n = handle(b, &b->far_out);
		if (n != 0)
			b->far_cycles[b->n_far++ % BURSTS] = (rte_rdtsc_precise() - start) * 16 / n;
		ends = ends && n == 0;
	} while (!ends);
	return NULL;
}

// The first one is what measuring costs; it is taken off the others.
static const struct stage {
	const char *name;
	void (*run)(struct bench *b, struct rte_mbuf **pkts, uint16_t n);
} stages[] = {{"empty", stage_empty}, {"classify", stage_classify}, {"dispatch", stage_dispatch},
	{"ring", stage_ring}, {"hop", stage_hop}, {"swap", stage_swap}};

static void give_back(struct out *out, struct rte_mbuf **pkts, uint16_t n)
{
}

static const struct out_ops ops = {.give_back = give_back};

static void *memory_of(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("steer_bench: mmap");
		exit(EXIT_FAILURE);
	}
	madvise(p, size, MADV_HUGEPAGE);
	return p;
}

static struct iface ifaces[] = {
	{.id = 0, .port = PORT, .mac = {2, 0, 0, 0, 0, 1}},
	{.id = 1, .port = PORT, .mac = {2, 0, 0, 0, 0, 1}, .n_tags = 1, .tags = {{0x8100, 100}}},
	{.id = 2,
		.port = PORT,
		.mac = {2, 0, 0, 0, 0, 1},
		.n_tags = 2,
		.tags = {{0x88a8, 200}, {0x8100, 300}}},
};
static const struct iface_table table = {.n = RTE_DIM(ifaces), .iface = ifaces};

static struct bench *bench_create(void)
{
	struct bench *b = memory_of(sizeof(*b));

	classifier_init(&b->classifier);
	b->dispatch.classifier = &b->classifier;
	memcpy(b->dispatch.port[PORT].mac, ours, sizeof(ours));
	b->dispatch.unknown = b->unknown;
	b->dispatch.ifaces = iface_index_create(&table);
	for (unsigned c = 0; c < CLASS_MAX; c++)
		b->dispatch.action[c].kind = DISPATCH_UNKNOWN;
	for (unsigned c = CLASS_IPV4; c <= CLASS_ARP; c++)
		b->dispatch.action[c] = (struct dispatch_action){
			.kind = DISPATCH_INLINE, .burst = sink, .counts = &b->counts};
	b->ring_dispatch = b->dispatch;
	for (unsigned c = CLASS_IPV4; c <= CLASS_ARP; c++) {
		struct dispatch_action *a = &b->ring_dispatch.action[c];
		struct rte_ring *ring = memory_of((size_t)rte_ring_get_memsize(RING));

		rte_ring_init(ring, "ring", RING, RING_F_SP_ENQ | RING_F_SC_DEQ);
		gate_init(&b->gates[c], RING, GATE_DROP_TAIL, HZ);
		b->gates[c].handoff = (struct handoff){ring, &b->pending, UINT64_C(1) << c};
		*a = (struct dispatch_action){.kind = DISPATCH_RING, .n_targets = 1};
		a->target[0] = &b->gates[c];
	}
	b->out = (struct out){.ops = &ops,
		.owner = b,
		.ledger = &b->ledger,
		.done_limit = OUT_DONE,
		.counts = &b->counts};
	b->n_pkts = sets[RTE_DIM(sets) - 1].frames;
	b->memory = memory_of((size_t)b->n_pkts * STRIDE);
	b->pkts = memory_of(b->n_pkts * sizeof(b->pkts[0]));
	b->cycles = memory_of(BURSTS * sizeof(b->cycles[0]));
	b->far_cycles = memory_of(BURSTS * sizeof(b->far_cycles[0]));
	b->far_out = (struct out){
		.ops = &ops, .owner = b, .ledger = &b->far_ledger, .counts = &b->far_counts};
	return b;
}

// xorshift: the same order in every run.
static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void fill_frame(struct bench *b, uint32_t i, const struct shape *shape)
{
	struct rte_mbuf *m = (struct rte_mbuf *)(b->memory + (size_t)i * STRIDE);
	uint8_t *frame = (uint8_t *)(m + 1) + HEADROOM;

	memset(m, 0, STRIDE);
	m->buf_addr = m + 1;
	m->buf_len = STRIDE - sizeof(*m);
	m->data_off = HEADROOM;
	m->data_len = FRAME;
	m->pkt_len = FRAME;
	m->nb_segs = 1;
	m->port = PORT;
	memcpy(frame, ours, sizeof(ours));
	frame[6] = 2;
	memcpy(frame + 12, shape->types, shape->len);
	b->pkts[i] = m;
}

// Kinds and addresses in no order, as a pool in use hands them out.
static void fill(struct bench *b, const struct traffic *t, uint32_t n)
{
	uint32_t state = 1;

	for (uint32_t i = 0; i < n; i++) {
		unsigned percent = next_random(&state) % 100;
		const struct shape *shape = t->shapes;

		while (percent >= shape->percent)
			percent -= (shape++)->percent;
		fill_frame(b, i, shape);
	}
	for (uint32_t i = n; i-- > 1;) {
		uint32_t other = next_random(&state) % (i + 1);
		struct rte_mbuf *m = b->pkts[i];

		b->pkts[i] = b->pkts[other];
		b->pkts[other] = m;
	}
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

// The burst is copied, as a driver writes its pointers; that it may be reordered does not matter.
static uint64_t measure_one(struct bench *b, const struct stage *s, uint32_t at, uint16_t n)
{
	struct rte_mbuf *pkts[2 * CLASSIFY_BURST];
	uint64_t start;

	memcpy(pkts, &b->pkts[at], n * sizeof(pkts[0]));
	start = rte_rdtsc_precise();
	s->run(b, pkts, n);
	return rte_rdtsc_precise() - start;
}

static void measure(struct bench *b, const struct stage *s, uint32_t frames, uint16_t n)
{
	uint32_t at = 0;

	for (unsigned i = 0; i < SETTLE + BURSTS; i++) {
		uint64_t cycles;

		if (s->run == stage_hop)
			prepare_hop(b, &b->pkts[at], n);
		cycles = measure_one(b, s, at, n);

		if (i >= SETTLE)
			b->cycles[i - SETTLE] = cycles;
		at = at + 2u * n <= frames ? at + n : 0;
	}
	qsort(b->cycles, BURSTS, sizeof(b->cycles[0]), compare);
}

static void print(const char *stage, const char *traffic, const struct set *set, uint16_t n,
	double p50, double p99)
{
	printf("%-10s %-6s %-5s %5u %9.1f %9.1f\n", stage, traffic, set->name, n, p50, p99);
}

static void report(struct bench *b, const struct stage *s, const char *traffic,
	const struct set *set, uint16_t n)
{
	double empty;

	measure(b, &stages[0], set->frames, n);
	empty = (double)b->cycles[BURSTS / 2];
	measure(b, s, set->frames, n);
	print(s->name, traffic, set, n, ((double)b->cycles[BURSTS / 2] - empty) / n,
		((double)b->cycles[BURSTS / 100 * 99] - empty) / n);
}

// The first two CPUs of ours; false: there is one.
static bool two_cpus(cpu_set_t cpus[2])
{
	cpu_set_t all;
	unsigned n = 0;

	sched_getaffinity(0, sizeof(all), &all);
	for (int cpu = 0; cpu < CPU_SETSIZE && n < 2; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&cpus[n]);
		CPU_SET(cpu, &cpus[n++]);
	}
	return n == 2;
}

static void report_hop(struct bench *b, const struct stage *s, const char *traffic,
	const struct set *set, uint16_t n)
{
	cpu_set_t before, cpus[2];
	pthread_t far;
	unsigned n_far;

	sched_getaffinity(0, sizeof(before), &before);
	if (!two_cpus(cpus))
		return;
	sched_setaffinity(0, sizeof(cpus[1]), &cpus[1]); // the thread begins there
	atomic_store(&b->far_ends, false);
	if (pthread_create(&far, NULL, far_main, b) != 0) {
		fprintf(stderr, "steer_bench: no thread\n");
		exit(EXIT_FAILURE);
	}
	sched_setaffinity(0, sizeof(cpus[0]), &cpus[0]);
	report(b, s, traffic, set, n);
	atomic_store(&b->far_ends, true);
	pthread_join(far, NULL);
	sched_setaffinity(0, sizeof(before), &before);
	n_far = RTE_MIN(b->n_far, (unsigned)BURSTS);
	qsort(b->far_cycles, n_far, sizeof(b->far_cycles[0]), compare);
	if (n_far != 0)
		print("far", traffic, set, n, (double)b->far_cycles[n_far / 2] / 16,
			(double)b->far_cycles[n_far / 100 * 99] / 16);
}

static int wanted(int argc, char **argv, int i, const char *name)
{
	return argc <= i || strcmp(argv[i], "all") == 0 || strcmp(argv[i], name) == 0;
}

static void run_set(
	struct bench *b, const char *traffic, const struct set *set, int argc, char **argv)
{
	for (unsigned s = 1; s < RTE_DIM(stages); s++) {
		for (unsigned n = 0; n < RTE_DIM(bursts); n++) {
			char burst[8];

			snprintf(burst, sizeof(burst), "%u", bursts[n]);
			if (!wanted(argc, argv, 1, stages[s].name) || !wanted(argc, argv, 4, burst))
				continue;
			if (stages[s].run == stage_hop)
				report_hop(b, &stages[s], traffic, set, bursts[n]);
			else
				report(b, &stages[s], traffic, set, bursts[n]);
		}
	}
}

int main(int argc, char **argv)
{
	struct bench *b = bench_create();

	printf("%-10s %-6s %-5s %5s %9s %9s\n", "stage", "frames", "set", "burst", "p50", "p99");
	for (unsigned t = 0; t < RTE_DIM(traffics); t++) {
		for (unsigned s = 0; s < RTE_DIM(sets); s++) {
			if (!wanted(argc, argv, 2, traffics[t].name) ||
				!wanted(argc, argv, 3, sets[s].name))
				continue;
			fill(b, &traffics[t], sets[s].frames);
			run_set(b, traffics[t].name, &sets[s], argc, argv);
		}
	}
	return EXIT_SUCCESS;
}
