/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a bridge costs without devices: classification, bridge_burst() and the flush of what it
 * collected, in TSC cycles per frame, along the axes that rows of a table below name. CSV on
 * stdout. Hot: the burst's headers have just been written, as by a driver. Cold: the frames lie in
 * a set beyond the last-level cache. Run by curves.py or by hand; with --quick a test sees that it
 * runs and that what is measured is what is meant: every frame goes to one known port.
 *
 *     bridge_bench [--quick | --curve NAME] [EAL arguments; without any: --no-huge]
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_malloc.h>

#include "bridge/bridge.h"

enum {
	BURST = CLASSIFY_BURST,
	FRAME = 60,
	ROOM = RTE_PKTMBUF_HEADROOM + 128,
	VLAN = 1, // the first one
	ROUNDS = 5,
	SETTLE = 256, // bursts before those that are measured
	TAG_OCTETS = 4,
	NEW_SOURCES = 65536
};

enum layout {
	PLAIN, // not VLAN-aware
	TRUNK, // tags stay
	PUSH,  // untagged frames leave tagged
	POP    // and the other way round
};

static const struct point {
	const char *curve;
	uint32_t x;
	enum layout layout;
	unsigned members, pairs, tags, vlans;
} points[] = {
// clang-format off
#define MACS(n) {"macs", n, PLAIN, 2, n, 0, 1}
	MACS(1), MACS(4), MACS(16), MACS(64), MACS(256), MACS(1024), MACS(4096), MACS(16384),
	MACS(65536),
#define TAGS(n) {"tags", n, PLAIN, 2, 1, n, 1}, {"tags-aware", n, TRUNK, 2, 1, n, 1}
	TAGS(0), TAGS(1), TAGS(2), TAGS(3),
#define VLANS(n) {"vlans", n, TRUNK, 2, 1, 1, n}
	VLANS(1), VLANS(4), VLANS(16), VLANS(64), VLANS(256), VLANS(1024), VLANS(4094),
#define MEMBERS(n) {"members", n, PLAIN, n, 1, 0, 1}
	MEMBERS(2), MEMBERS(4), MEMBERS(8), MEMBERS(16), MEMBERS(32),
	{"push", 1, PUSH, 2, 1, 0, 1},
	{"pop", 1, POP, 2, 1, 1, 1},
	// clang-format on
};

static struct {
	bool quick;
	const char *curve; // NULL: all
	struct classifier classifier;
	struct dispatch dispatch;
	struct unknown_types unknown[OUT_PORTS];
	struct ledger ledger;
	struct handler_counts counts;
	struct out out;
	struct bridge *bridge;
	struct fdb *fdb;
	struct fdb_config config;
	struct bridge_lane lane;
	struct bridge_events events;
	struct bridge_vlan_counts vlan[FDB_VLANS];
	struct bridge_call call;
	struct rte_mbuf **pkts;
	uint32_t n_pkts;
	uint64_t *cycles;
	uint32_t random;
} b;

static struct {
	double p50[ROUNDS], p99[ROUNDS];
} results[RTE_DIM(points)][2], learned; // [point][cold]

static void stop_eal(void)
{
	char dir[256];

	snprintf(dir, sizeof(dir), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	rmdir(dir);
}

static __rte_noreturn void die(const char *what)
{
	fprintf(stderr, "bridge_bench: %s\n", what);
	stop_eal();
	exit(EXIT_FAILURE);
}

static uint32_t below(uint32_t n)
{
	// xorshift: the same order in every run.
	b.random ^= b.random << 13;
	b.random ^= b.random >> 17;
	b.random ^= b.random << 5;
	return b.random % n;
}

static void *memory_of(size_t size)
{
	void *p = rte_zmalloc(NULL, size, RTE_CACHE_LINE_SIZE);

	if (p == NULL)
		die("no memory");
	return p;
}

static void keep(struct out *out, struct rte_mbuf **pkts, uint16_t n)
{
	// The frames stay ours: they come again.
}

static void keep_port(struct out *out, uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
}

static const struct out_ops ops = {.flush_port = keep_port, .give_back = keep};

static void bench_create(void)
{
	struct rte_mempool *pool;

	b.n_pkts = b.quick ? 4096 : 512 * 1024;
	pool = rte_pktmbuf_pool_create("bench", b.n_pkts, 0, 0, ROOM, SOCKET_ID_ANY);
	b.pkts = memory_of(b.n_pkts * sizeof(b.pkts[0]));
	b.cycles = memory_of(RTE_MAX(b.n_pkts, NEW_SOURCES) / BURST * sizeof(b.cycles[0]));
	if (pool == NULL || rte_pktmbuf_alloc_bulk(pool, b.pkts, b.n_pkts) != 0)
		die("no memory for the frames");
	b.bridge = memory_of(sizeof(*b.bridge) + FDB_VLANS * sizeof(b.bridge->vlan[0]));
	classifier_init(&b.classifier);
	b.dispatch.classifier = &b.classifier;
	b.dispatch.unknown = b.unknown;
	b.out = (struct out){
		.ops = &ops, .ledger = &b.ledger, .done_limit = OUT_DONE, .counts = &b.counts};
	b.lane.events = &b.events;
	b.lane.vlan = b.vlan;
	b.call = (struct bridge_call){.bridge = b.bridge,
		.lane = &b.lane,
		.dispatch = &b.dispatch,
		.out = &b.out,
		.pool = pool,
		.now = rte_rdtsc()};
	b.random = 1;
	// In no order, as a pool in use hands them out.
	for (uint32_t i = b.n_pkts; i-- > 1;) {
		uint32_t other = below(i + 1);
		struct rte_mbuf *m = b.pkts[i];

		b.pkts[i] = b.pkts[other];
		b.pkts[other] = m;
	}
}

// Octets of host n behind a port, as fdb_key() has them.
static uint64_t address(unsigned port, uint32_t n)
{
	return UINT64_C(0x02) | (uint64_t)port << 8 | (uint64_t)rte_cpu_to_be_32(n) << 16;
}

static void set_vlan(uint16_t vlan, uint32_t members, uint32_t tagged)
{
	b.bridge->vlan[vlan] =
		(struct bridge_vlan){.members = members, .tagged = tagged, .slot = vlan};
}

static void set_rules(const struct point *p)
{
	uint32_t all = p->members == 32 ? UINT32_MAX : (1u << p->members) - 1;

	memset(b.bridge, 0, sizeof(*b.bridge) + FDB_VLANS * sizeof(b.bridge->vlan[0]));
	b.bridge->reserved = 0xffff;
	b.bridge->fdb = b.fdb;
	b.bridge->tpid = 0x8100;
	b.bridge->vlan_aware = p->layout != PLAIN;
	for (unsigned m = 0; m < p->members; m++)
		b.bridge->member[m] = (struct bridge_member){
			.mode = p->layout == POP ? BRIDGE_ACCESS : BRIDGE_TRUNK,
			.filter = true,
			.pvid = (uint16_t)(VLAN + (p->layout == PUSH ? m : 0))};
	if (p->layout == PLAIN) {
		set_vlan(0, all, 0);
	} else if (p->layout == PUSH) {
		// Each member's native VLAN is tagged at the other.
		set_vlan(VLAN, all, 1u << 1);
		set_vlan(VLAN + 1, all, 1u << 0);
	} else {
		for (uint16_t v = 0; v < p->vlans; v++)
			set_vlan(VLAN + v, all, p->layout == TRUNK && p->tags > 0 ? all : 0);
	}
}

static void know(uint16_t vlan, unsigned port, uint64_t mac)
{
	struct bucket open = {0};
	uint8_t was;

	if (fdb_learn(b.fdb, fdb_key(vlan, mac), (uint8_t)port, 0, &open, 0, &was) > FDB_NEW)
		die("the table did not take an address");
}

static void set_table(const struct point *p)
{
	unsigned vlans = p->layout == PUSH ? 2 : p->vlans, first = p->layout == PLAIN ? 0 : VLAN;

	rte_free(b.fdb);
	b.config = (struct fdb_config){.capacity = RTE_MAX(65536u, 2 * p->pairs),
		.ageing = 300,
		.seed = 22,
		.learners = 1};
	b.fdb = fdb_init(memory_of(fdb_size(b.config.capacity)), &b.config);
	for (unsigned v = 0; v < vlans; v++) {
		for (unsigned m = 0; m < p->members; m++) {
			for (uint32_t n = 0; n < p->pairs; n++)
				know((uint16_t)(first + v), m, address(m, n));
		}
	}
}

static void write_frame(
	struct rte_mbuf *m, uint64_t dst, uint64_t src, unsigned tags, uint16_t vlan)
{
	uint8_t *frame = (uint8_t *)m->buf_addr + RTE_PKTMBUF_HEADROOM;

	m->data_off = RTE_PKTMBUF_HEADROOM;
	m->data_len = FRAME;
	m->pkt_len = FRAME;
	memcpy(frame, &dst, 6);
	memcpy(frame + 6, &src, 6);
	for (unsigned t = 0; t < tags; t++) {
		uint32_t tag = rte_cpu_to_be_32(0x81000000u | (t == 0 ? vlan : 100 + t));

		memcpy(frame + 12 + TAG_OCTETS * t, &tag, TAG_OCTETS);
	}
	memcpy(frame + 12 + TAG_OCTETS * tags, "\x08\x00", 2);
}

// A frame of some host behind `port` to one behind another member.
static void fill_frame(const struct point *p, struct rte_mbuf *m, unsigned port)
{
	uint32_t host = below(p->pairs);
	unsigned to = (port + 1 + below(p->members - 1)) % p->members;

	m->port = (uint16_t)port;
	write_frame(m, address(to, host), address(port, host), p->tags,
		(uint16_t)(VLAN + below(p->vlans)));
}

static void nothing(uint16_t port, struct rte_mbuf **pkts)
{
}

static void bridge(uint16_t port, struct rte_mbuf **pkts)
{
	struct classified c;
	struct bridge_exit exit;

	classify_octets(&b.classifier, pkts, BURST, &c);
	exit = bridge_burst(&b.call, port, pkts, &c);
	__asm__ volatile("" : : "r"(&exit) : "memory");
	out_flush(&b.out);
}

// The burst's pointers are copied, as a driver writes them.
static uint64_t time_of(
	void (*run)(uint16_t port, struct rte_mbuf **pkts), unsigned port, uint32_t at)
{
	struct rte_mbuf *pkts[BURST];
	uint64_t start;

	memcpy(pkts, &b.pkts[at], sizeof(pkts));
	start = rte_rdtsc_precise();
	run((uint16_t)port, pkts);
	return rte_rdtsc_precise() - start;
}

static void fill_burst(const struct point *p, uint32_t at, unsigned port)
{
	for (uint32_t i = 0; i < BURST; i++)
		fill_frame(p, b.pkts[at + i], port);
}

static int compare(const void *x, const void *y)
{
	uint64_t l = *(const uint64_t *)x, r = *(const uint64_t *)y;

	return l < r ? -1 : l > r;
}

// Burst n, number `i` of a run: hot ones share the same few mbufs, written just before.
static uint64_t time_burst(const struct point *p, bool cold,
	void (*run)(uint16_t port, struct rte_mbuf **pkts), uint32_t i)
{
	uint32_t at = cold ? i * BURST % b.n_pkts : 0;

	if (!cold)
		fill_burst(p, at, i % p->members);
	return time_of(run, i % p->members, at);
}

static uint64_t sum_unicast(void)
{
	uint64_t sum = 0;

	for (unsigned m = 0; m < OUT_PORTS; m++)
		sum += b.lane.member[m].unicast;
	return sum;
}

static uint64_t percentile(unsigned percent, uint32_t n)
{
	return b.cycles[(uint64_t)n * percent / 100];
}

static double empty_cost(const struct point *p, bool cold)
{
	uint32_t n = RTE_MIN(b.n_pkts / BURST, 1024u);

	for (uint32_t i = 0; i < n; i++)
		b.cycles[i] = time_burst(p, cold, nothing, i);
	qsort(b.cycles, n, sizeof(b.cycles[0]), compare);
	return (double)percentile(50, n);
}

static void measure(const struct point *p, bool cold, double *p50, double *p99)
{
	uint32_t n = cold ? b.n_pkts / BURST : RTE_MIN(b.n_pkts / BURST, 8192u);
	double empty;
	uint64_t before;

	set_table(p);
	set_rules(p);
	for (uint32_t at = 0; cold && at < b.n_pkts; at += BURST)
		fill_burst(p, at, at / BURST % p->members);
	empty = empty_cost(p, cold);
	for (uint32_t i = 0; !cold && i < SETTLE; i++)
		time_burst(p, cold, bridge, i);
	before = sum_unicast();
	for (uint32_t i = 0; i < n; i++)
		b.cycles[i] = time_burst(p, cold, bridge, i);
	if (sum_unicast() - before != (uint64_t)n * BURST) {
		fprintf(stderr, "%s %u: ", p->curve, p->x);
		die("not all frames went to one port");
	}
	qsort(b.cycles, n, sizeof(b.cycles[0]), compare);
	*p50 = ((double)percentile(50, n) - empty) / BURST;
	*p99 = ((double)percentile(99, n) - empty) / BURST;
}

static void flush_table(struct fdb_sweep *sweep)
{
	const struct fdb_match all = {0};
	bool done;

	do {
		done = fdb_sweep_walk(sweep, 0, &all, UINT32_MAX);
		fdb_sweep_release(sweep);
	} while (!done);
}

// The first pass of NEW_SOURCES sources, in random order, to one known host.
static void measure_learning(double *p50, double *p99)
{
	static const struct point pair = MACS(1);
	uint32_t n = NEW_SOURCES / BURST;
	double empty = empty_cost(&pair, false);
	struct fdb_sweep *sweep;
	uint64_t before;

	set_table(&pair);
	set_rules(&pair);
	sweep = fdb_sweep_create(b.fdb);
	if (sweep == NULL)
		die("no memory");
	flush_table(sweep);
	if (fdb_add_static(b.fdb, fdb_key(0, address(1, 0)), 1) != 0)
		die("no room for the known host");
	before = b.lane.member[0].learned;
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t f = 0; f < BURST; f++) {
			// An odd factor: every number once.
			uint32_t host = (i * BURST + f) * 40503u % NEW_SOURCES;

			b.pkts[f]->port = 0;
			write_frame(b.pkts[f], address(1, 0), address(0, host), 0, 0);
		}
		b.cycles[i] = time_of(bridge, 0, 0);
	}
	if (b.lane.member[0].learned - before != (uint64_t)n * BURST)
		die("not all sources were learned");
	fdb_sweep_free(sweep);
	qsort(b.cycles, n, sizeof(b.cycles[0]), compare);
	*p50 = ((double)percentile(50, n) - empty) / BURST;
	*p99 = ((double)percentile(99, n) - empty) / BURST;
}

static double median(double *values, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		for (unsigned k = i; k > 0 && values[k] < values[k - 1]; k--) {
			double v = values[k];

			values[k] = values[k - 1];
			values[k - 1] = v;
		}
	}
	return values[n / 2];
}

static void print(const char *curve, uint32_t x, const char *set, double p50, double p99)
{
	printf("%s,%u,%s,%.2f,%.2f,%.2f\n", curve, x, set, p50, p99,
		(double)rte_get_tsc_hz() / 1e6 / p50);
}

static int start_eal(int argc, char **argv)
{
	static const char *const none[] = {"", "--no-huge", "-m", "512", "--no-shconf"};
	static const char *const always[] = {
		"--no-pci", "--no-telemetry", "--log-level=error", "--lcores=0"};
	char prefix[64];
	const char *args[32];
	int n = 0;

	snprintf(prefix, sizeof(prefix), "--file-prefix=bridge-bench-%d", (int)getpid());
	for (unsigned i = 0; argc == 1 && i < RTE_DIM(none); i++)
		args[n++] = none[i];
	for (int i = 0; argc > 1 && i < argc && i < 24; i++)
		args[n++] = argv[i];
	for (unsigned i = 0; i < RTE_DIM(always); i++)
		args[n++] = always[i];
	args[0] = "bridge_bench";
	args[n++] = prefix;
	return rte_eal_init(n, (char **)(uintptr_t)args);
}

static bool is_wanted(const char *curve)
{
	return b.curve == NULL || strcmp(b.curve, curve) == 0;
}

int main(int argc, char **argv)
{
	unsigned rounds, taken;

	b.quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
	b.curve = argc > 2 && strcmp(argv[1], "--curve") == 0 ? argv[2] : NULL;
	taken = b.quick ? 1 : b.curve != NULL ? 2 : 0;
	if (start_eal(argc - (int)taken, argv + taken) < 0)
		return EXIT_FAILURE;
	bench_create();
	rounds = b.quick ? 1 : ROUNDS;
	for (unsigned r = 0; r < rounds; r++) {
		for (unsigned i = 0; i < RTE_DIM(points); i++) {
			for (unsigned cold = 0; is_wanted(points[i].curve) && cold < 2; cold++)
				measure(&points[i], cold, &results[i][cold].p50[r],
					&results[i][cold].p99[r]);
		}
		if (is_wanted("learn"))
			measure_learning(&learned.p50[r], &learned.p99[r]);
	}
	printf("curve,x,set,cycles_p50,cycles_p99,mpps\n");
	for (unsigned i = 0; i < RTE_DIM(points); i++) {
		for (unsigned cold = 0; is_wanted(points[i].curve) && cold < 2; cold++)
			print(points[i].curve, points[i].x, cold ? "cold" : "hot",
				median(results[i][cold].p50, rounds),
				median(results[i][cold].p99, rounds));
	}
	if (is_wanted("learn"))
		print("learn", NEW_SOURCES, "hot", median(learned.p50, rounds),
			median(learned.p99, rounds));
	stop_eal();
	return EXIT_SUCCESS;
}
