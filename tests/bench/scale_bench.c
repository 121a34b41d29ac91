/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a frame costs against what is configured: ports (idle ones beside a busy wire), queues,
 * handlers, EtherTypes, workers. Each point is an instance as the program builds it, whose workers
 * run; the driver of its busy queues is this file, that of idle ports net_ring. TSC cycles a frame
 * of a worker's whole round, without its drivers' reception: median and 99th percentile over
 * rounds, medians of turns through all points. CSV on stdout; run by scale_curves.py. It judges
 * nothing.
 *
 *     scale_bench [--quick] [CURVE]
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "bench.h"
#include "handler.h"
#include "lane_rig.h"
#include "steer/classify.h"

enum {
	TURNS = 15,
	MOST_POINTS = 64,
	MOST_WORKERS = 12,
	MOST_PORTS = 16,
	MOST_QUEUES = 12, // one for each worker
	SAMPLES = 4096,
	SETTLE = 512,
	TYPES = 19,  // EtherTypes that nothing of the traffic has: 23 are the most
	FRAMES = 64, // of a queue
	PATIENCE_MS = 60000
};

/** A worker, as its busy queues see it. */
struct meter {
	uint64_t left;   // TSC when the last reception ended
	uint64_t cycles; // of this round, but for receptions
	unsigned frames; // of this round
	unsigned rounds;
	uint64_t sample[SAMPLES]; // cycles a frame, times SCALE
	_Atomic bool full;
} __rte_cache_aligned;

enum { SCALE = 64 };

/** A frame of one queue: workers share no line of it, nor neighbours of one. */
struct frame {
	struct rte_mbuf m;
	uint8_t room[RTE_PKTMBUF_HEADROOM + 128];
};

/** A busy queue. */
struct feed {
	struct meter *meter;
	bool first; // of its worker's: a round begins there
	uint16_t port;
	uint32_t at;
	struct frame *frame; // [FRAMES]
} __rte_cache_aligned;

struct point {
	const char *curve, *set;
	unsigned x;
	unsigned ports, queues, workers;
	unsigned handlers; // inline, besides those of the traffic
	unsigned types;    // of all these together
	bool is_plain;     // frames go to handlers, not through a wire
	const char *traffic;
	double p50[TURNS], p99[TURNS];
};

static struct {
	struct point point[MOST_POINTS];
	unsigned n, turns, samples;
	struct meter meter[MOST_WORKERS];
	struct feed feed[MOST_QUEUES];
	struct handler handler[TYPES + 1];
	const struct handler *table[TYPES + 2];
} s;

// The same frames come again: they are not written.
static void send_back(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	for (uint16_t i = 0; i < n; i++)
		out_tx(out, pkts[i], pkts[i]->port);
}

// A round of the worker begins: note the one before.
static void begin_round(struct meter *m)
{
	if (m->frames != 0 && m->rounds++ >= SETTLE) {
		unsigned at = m->rounds - SETTLE - 1;

		m->sample[at] = m->cycles * SCALE / m->frames;
		if (at + 1 == s.samples)
			atomic_store_explicit(&m->full, true, memory_order_release);
	}
	m->cycles = 0;
	m->frames = 0;
}

static uint16_t receive_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t now = rte_rdtsc();
	struct feed *f = queue;
	struct meter *m = f->meter;

	if (atomic_load_explicit(&m->full, memory_order_relaxed))
		return 0;
	m->cycles += now - m->left;
	if (f->first)
		begin_round(m);
	// As a driver writes them, field by field; not left out for having these values already.
	for (unsigned i = 0; i < CLASSIFY_BURST; i++) {
		struct rte_mbuf *frame = &f->frame[f->at + i].m;

		*(volatile uint16_t *)&frame->data_off = RTE_PKTMBUF_HEADROOM;
		*(volatile uint16_t *)&frame->data_len = BENCH_FRAME;
		*(volatile uint32_t *)&frame->pkt_len = BENCH_FRAME;
		*(volatile uint16_t *)&frame->port = f->port;
		pkts[i] = frame;
	}
	f->at = (f->at + CLASSIFY_BURST) % FRAMES;
	m->frames += CLASSIFY_BURST;
	m->left = rte_rdtsc();
	return CLASSIFY_BURST;
}

// net_ring counts also what did not come, queues side by side.
static uint16_t receive_nothing(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	return 0;
}

static uint16_t send_all(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	return n;
}

// The first handler has the types of the traffic; the others share `types` that never come.
static void make_handlers(const struct point *p)
{
	static char names[TYPES + 1][16];
	unsigned types = 0;

	memset(s.handler, 0, sizeof(s.handler));
	for (unsigned i = 0; i <= p->handlers; i++) {
		struct handler *h = &s.handler[i];

		snprintf(names[i], sizeof(names[i]), "h%u", i);
		*h = (struct handler){.abi = HANDLER_ABI,
			.name = names[i],
			.ethertypes = {0x0800, 0x86dd, 0x0806, 0x88b5},
			.n_ethertypes = 4,
			.places = HANDLER_INLINE,
			.place = HANDLER_INLINE,
			.state_per_instance = true,
			.burst = send_back};
		s.table[i] = h;
		if (i == 0)
			continue;
		h->n_ethertypes = 0;
		while (types < p->types * i / p->handlers)
			h->ethertypes[h->n_ethertypes++] = (uint16_t)(0x9100 + 7 * types++);
	}
	s.table[p->handlers + 1] = NULL;
}

// CPU of worker w: control's own comes last.
static int worker_cpu(unsigned w)
{
	int cpu = bench_cpu(w + 1);

	return cpu >= 0 ? cpu : bench_cpu(0);
}

static void write_yaml(const struct point *p, char *yaml, size_t size)
{
	size_t used = (size_t)snprintf(
		yaml, size, "name: bench\nlcores: {control: %d, workers: [", bench_cpu(0));

	for (unsigned w = 0; w < p->workers; w++)
		used += (size_t)snprintf(
			yaml + used, size - used, "%s%d", w != 0 ? ", " : "", worker_cpu(w));
	used += (size_t)snprintf(
		yaml + used, size - used, "], idle: busy}\nmemory: {hugepages: never}\nports:\n");
	for (unsigned i = 0; i < p->ports; i++)
		used += (size_t)snprintf(yaml + used, size - used,
			"  - {name: p%u, device: net_ring%u, mac: \"02:00:00:00:00:%02x\", "
			"rx-queues: %u%s}\n",
			i, i, i + 1, i < 2 ? p->queues : 1, i > 1 ? ", reflect: true" : "");
	if (!p->is_plain)
		used += (size_t)snprintf(yaml + used, size - used, "wires:\n  - [p0, p1]\n");
	if (p->handlers != 0 || p->is_plain)
		used += (size_t)snprintf(yaml + used, size - used, "handlers:\n");
	for (unsigned i = 0; (p->handlers != 0 || p->is_plain) && i <= p->handlers; i++)
		used += (size_t)snprintf(
			yaml + used, size - used, "  - {name: h%u, place: inline}\n", i);
}

static struct frame *make_frames(const struct traffic *t)
{
	struct frame *frame = bench_memory(FRAMES * sizeof(*frame));
	struct burst b;

	frames_fill(t, FRAMES);
	frames_take(&b, 0, FRAMES);
	for (unsigned i = 0; i < FRAMES; i++) {
		frame[i].m = *b.pkts[i];
		frame[i].m.buf_addr = frame[i].room;
		frame[i].m.buf_len = sizeof(frame[i].room);
		memcpy(frame[i].room + RTE_PKTMBUF_HEADROOM,
			rte_pktmbuf_mtod(b.pkts[i], const uint8_t *), BENCH_FRAME);
	}
	return frame;
}

// The busy port's queues are fed from here, from now on.
static void take_queues(const struct rig *r, const struct point *p)
{
	const struct port *busy = r->instance.ports[0];
	bool known[PLAN_MAX_LCORES] = {false};

	for (unsigned q = 0; q < p->queues; q++) {
		unsigned lcore = busy->plan->rxq[q].lcore;
		struct feed *f = &s.feed[q];

		*f = (struct feed){.meter = &s.meter[lcore - 1],
			.first = !known[lcore],
			.port = busy->id,
			.frame = make_frames(traffic_find(p->traffic))};
		known[lcore] = true;
		rte_eth_fp_ops[busy->id].rxq.data[q] = f;
	}
	for (unsigned w = 0; w < p->workers; w++) {
		memset(&s.meter[w], 0, sizeof(s.meter[w]));
		s.meter[w].left = rte_rdtsc();
	}
	for (unsigned i = 0; i < 2; i++)
		rte_eth_fp_ops[r->instance.ports[i]->id].tx_pkt_burst = send_all;
	rte_eth_fp_ops[r->instance.ports[1]->id].rx_pkt_burst = receive_nothing;
	rte_eth_fp_ops[busy->id].rx_pkt_burst = receive_burst;
}

static void await(const struct point *p)
{
	for (unsigned w = 0; w < p->workers; w++) {
		for (unsigned ms = 0; !atomic_load(&s.meter[w].full); ms++) {
			if (ms == PATIENCE_MS)
				bench_die("a worker does not go on");
			rte_delay_us_sleep(1000);
		}
	}
}

// A median of the workers' medians would hide one that is slow.
static void note(struct point *p, unsigned turn)
{
	p->p50[turn] = p->p99[turn] = 0;
	for (unsigned w = 0; w < p->workers; w++) {
		uint64_t *sample = s.meter[w].sample;

		bench_sort(sample, s.samples);
		p->p50[turn] = RTE_MAX(p->p50[turn], (double)sample[s.samples / 2] / SCALE);
		p->p99[turn] = RTE_MAX(p->p99[turn], (double)sample[s.samples * 99 / 100] / SCALE);
	}
}

static void measure(struct point *p, unsigned turn)
{
	static struct ledger sum;
	char yaml[4096];
	struct rig *r;

	make_handlers(p);
	write_yaml(p, yaml, sizeof(yaml));
	r = rig_build(yaml, s.table);
	take_queues(r, p);
	rig_run(r);
	await(p);
	note(p, turn);
	rig_stop(r, &sum);
	for (unsigned q = 0; q < p->queues; q++)
		bench_release(s.feed[q].frame, FRAMES * sizeof(struct frame));
	if (sum.port[0].rx == 0 || sum.port[0].rx != sum.port[0].sent)
		bench_die("not all frames went through");
}

static struct point *add(const char *curve, const char *set, unsigned x)
{
	struct point *p = &s.point[s.n++];

	if (s.n > MOST_POINTS)
		bench_die("too many points");
	*p = (struct point){.curve = curve,
		.set = set,
		.x = x,
		.ports = 2,
		.queues = 1,
		.workers = 1,
		.traffic = "u4"};
	return p;
}

static void add_handlers(const char *curve, unsigned handlers, unsigned types, unsigned x)
{
	for (unsigned plain = 0; plain < 2; plain++) {
		struct point *p = add(curve, plain ? "inline, mix" : "wire, mix", x);

		p->handlers = handlers;
		p->types = types;
		p->is_plain = plain;
		p->traffic = "mix";
	}
}

static void add_points(void)
{
	static const unsigned handlers[] = {1, 2, 4, 8, 16, TYPES + 1};

	for (unsigned ports = 2; ports <= MOST_PORTS; ports *= 2)
		add("ports", "wire", ports)->ports = ports;
	for (unsigned queues = 1; queues <= 8; queues *= 2)
		add("queues", "wire", queues)->queues = queues;
	for (unsigned i = 0; i < RTE_DIM(handlers); i++) {
		add_handlers("handlers", handlers[i] - 1, handlers[i] - 1, handlers[i]);
		// With those of the traffic.
		add_handlers("types", handlers[i] < 3 ? 1 : 3, handlers[i] - 1, handlers[i] + 3);
	}
	for (unsigned w = 1; w <= MOST_WORKERS && bench_cpu(w - 1) >= 0; w++) {
		struct point *p = add("workers", "wire", w);

		p->workers = p->queues = w;
	}
}

int main(int argc, char **argv)
{
	bool quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
	const char *curve = argc > 1 + quick ? argv[1 + quick] : NULL;

	if (start_eal(NULL) != 0)
		return EXIT_FAILURE;
	bench_adopt("scale_bench");
	s.turns = quick ? 1 : TURNS;
	s.samples = quick ? 256 : SAMPLES;
	add_points();
	for (unsigned i = 0; i < s.turns * s.n; i++) {
		struct point *p = &s.point[i % s.n];

		if (curve == NULL || strcmp(p->curve, curve) == 0)
			measure(p, i / s.n);
	}
	printf("curve,set,x,cycles_p50,cycles_p99,least,most\n");
	for (unsigned i = 0; i < s.n; i++) {
		struct point *p = &s.point[i];
		double middle = bench_median(p->p50, s.turns); // sorts

		if (curve == NULL || strcmp(p->curve, curve) == 0)
			printf("%s,\"%s\",%u,%.2f,%.2f,%.2f,%.2f\n", p->curve, p->set, p->x, middle,
				bench_median(p->p99, s.turns), p->p50[0], p->p50[s.turns - 1]);
	}
	stop_eal(NULL);
	return EXIT_SUCCESS;
}
