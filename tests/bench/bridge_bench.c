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

#include <rte_cycles.h>

#include "bench.h"
#include "bridge_set.h"

enum {
	BURST = CLASSIFY_BURST,
	ROOM = RTE_PKTMBUF_HEADROOM + 128,
	ROUNDS = 5,
	SETTLE = 256, // bursts before those that are measured
	TAG_OCTETS = 4,
	NEW_SOURCES = 65536
};

static const struct bridge_point points[] = {
// clang-format off
#define MACS(n) {"macs", n, BRIDGE_PLAIN, 2, n, 0, 1, 0}
	MACS(1), MACS(4), MACS(16), MACS(64), MACS(256), MACS(1024), MACS(4096), MACS(16384),
	MACS(65536),
#define TAGS(n) {"tags", n, BRIDGE_PLAIN, 2, 1, n, 1, 0}, \
	{"tags-aware", n, BRIDGE_TAGS_STAY, 2, 1, n, 1, 0}
	TAGS(0), TAGS(1), TAGS(2), TAGS(3),
#define VLANS(n) {"vlans", n, BRIDGE_TAGS_STAY, 2, 1, 1, n, 0}
	VLANS(1), VLANS(4), VLANS(16), VLANS(64), VLANS(256), VLANS(1024), VLANS(4094),
#define MEMBERS(n) {"members", n, BRIDGE_PLAIN, n, 1, 0, 1, 0}
	MEMBERS(2), MEMBERS(4), MEMBERS(8), MEMBERS(16), MEMBERS(32),
	{"push", 1, BRIDGE_PUSH, 2, 1, 0, 1, 0},
	{"pop", 1, BRIDGE_POP, 2, 1, 1, 1, 0},
	// clang-format on
};

static struct {
	bool quick;
	const char *curve; // NULL: all
	struct rte_mbuf **pkts;
	uint32_t n_pkts;
	uint64_t *cycles;
} b;

static struct {
	double p50[ROUNDS], p99[ROUNDS];
} results[RTE_DIM(points)][2], learned; // [point][cold]

static uint32_t below(uint32_t n)
{
	return (uint32_t)(bench_random() % n);
}

static void bench_create(void)
{
	struct rte_mempool *pool;

	b.n_pkts = b.quick ? 4096 : 512 * 1024;
	pool = rte_pktmbuf_pool_create("bench", b.n_pkts, 0, 0, ROOM, SOCKET_ID_ANY);
	b.pkts = bench_memory(b.n_pkts * sizeof(b.pkts[0]));
	b.cycles = bench_memory(RTE_MAX(b.n_pkts, NEW_SOURCES) / BURST * sizeof(b.cycles[0]));
	if (pool == NULL || rte_pktmbuf_alloc_bulk(pool, b.pkts, b.n_pkts) != 0)
		bench_die("no memory for the frames");
	bridge_set_make(pool);
	// In no order, as a pool in use hands them out.
	for (uint32_t i = b.n_pkts; i-- > 1;) {
		uint32_t other = below(i + 1);
		struct rte_mbuf *m = b.pkts[i];

		b.pkts[i] = b.pkts[other];
		b.pkts[other] = m;
	}
}

static void write_frame(
	struct rte_mbuf *m, uint64_t dst, uint64_t src, unsigned tags, uint16_t vlan)
{
	uint8_t *frame = (uint8_t *)m->buf_addr + RTE_PKTMBUF_HEADROOM;

	m->data_off = RTE_PKTMBUF_HEADROOM;
	m->data_len = BENCH_FRAME;
	m->pkt_len = BENCH_FRAME;
	memcpy(frame, &dst, 6);
	memcpy(frame + 6, &src, 6);
	for (unsigned t = 0; t < tags; t++) {
		uint32_t tag = rte_cpu_to_be_32(0x81000000u | (t == 0 ? vlan : 100 + t));

		memcpy(frame + 12 + TAG_OCTETS * t, &tag, TAG_OCTETS);
	}
	memcpy(frame + 12 + TAG_OCTETS * tags, "\x08\x00", 2);
}

// A frame of some host behind `port` to one behind another member.
static void fill_frame(const struct bridge_point *p, struct rte_mbuf *m, unsigned port)
{
	uint32_t host = below(p->pairs);
	unsigned to = (port + 1 + below(p->members - 1)) % p->members;

	m->port = (uint16_t)port;
	write_frame(m, bridge_set_address(to, host), bridge_set_address(port, host), p->tags,
		(uint16_t)(BRIDGE_SET_VLAN + below(p->vlans)));
}

static void nothing(uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
}

typedef void burst_fn(uint16_t port, struct rte_mbuf **pkts, uint16_t n);

// The burst's pointers are copied, as a driver writes them.
static uint64_t time_of(burst_fn *run, unsigned port, uint32_t at)
{
	struct rte_mbuf *pkts[BURST];
	uint64_t start;

	memcpy(pkts, &b.pkts[at], sizeof(pkts));
	start = bench_clock();
	run((uint16_t)port, pkts, BURST);
	return bench_clock() - start;
}

static void fill_burst(const struct bridge_point *p, uint32_t at, unsigned port)
{
	for (uint32_t i = 0; i < BURST; i++)
		fill_frame(p, b.pkts[at + i], port);
}

// Burst n, number `i` of a run: hot ones share the same few mbufs, written just before.
static uint64_t time_burst(const struct bridge_point *p, bool cold, burst_fn *run, uint32_t i)
{
	uint32_t at = cold ? i * BURST % b.n_pkts : 0;

	if (!cold)
		fill_burst(p, at, i % p->members);
	return time_of(run, i % p->members, at);
}

static uint64_t percentile(unsigned percent, uint32_t n)
{
	return b.cycles[(uint64_t)n * percent / 100];
}

static double empty_cost(const struct bridge_point *p, bool cold)
{
	uint32_t n = RTE_MIN(b.n_pkts / BURST, 1024u);

	for (uint32_t i = 0; i < n; i++)
		b.cycles[i] = time_burst(p, cold, nothing, i);
	bench_sort(b.cycles, n);
	return (double)percentile(50, n);
}

static void measure(const struct bridge_point *p, bool cold, double *p50, double *p99)
{
	uint32_t n = cold ? b.n_pkts / BURST : RTE_MIN(b.n_pkts / BURST, 8192u);
	double empty;
	uint64_t before;

	bridge_set_point(p);
	for (uint32_t at = 0; cold && at < b.n_pkts; at += BURST)
		fill_burst(p, at, at / BURST % p->members);
	empty = empty_cost(p, cold);
	for (uint32_t i = 0; !cold && i < SETTLE; i++)
		time_burst(p, cold, bridge_set_run, i);
	before = bridge_set_unicast();
	for (uint32_t i = 0; i < n; i++)
		b.cycles[i] = time_burst(p, cold, bridge_set_run, i);
	if (bridge_set_unicast() - before != (uint64_t)n * BURST) {
		fprintf(stderr, "%s %u: ", p->curve, p->x);
		bench_die("not all frames went to one port");
	}
	bench_sort(b.cycles, n);
	*p50 = ((double)percentile(50, n) - empty) / BURST;
	*p99 = ((double)percentile(99, n) - empty) / BURST;
}

// The first pass of NEW_SOURCES sources, in random order, to one known host.
static void measure_learning(double *p50, double *p99)
{
	static const struct bridge_point pair = MACS(1);
	uint32_t n = NEW_SOURCES / BURST;
	double empty = empty_cost(&pair, false);
	const struct fdb_match everything = {0};
	uint32_t bucket = 0;
	uint64_t before;

	bridge_set_point(&pair);
	fdb_sweep(bridge_set.fdb, &bucket, 0, &everything, UINT32_MAX);
	if (fdb_add_static(bridge_set.fdb, fdb_key(0, bridge_set_address(1, 0)), 1) != 0)
		bench_die("no room for the known host");
	before = bridge_set.lane.member[0].learned;
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t f = 0; f < BURST; f++) {
			// An odd factor: every number once.
			uint32_t host = (i * BURST + f) * 40503u % NEW_SOURCES;

			b.pkts[f]->port = 0;
			write_frame(b.pkts[f], bridge_set_address(1, 0),
				bridge_set_address(0, host), 0, 0);
		}
		b.cycles[i] = time_of(bridge_set_run, 0, 0);
	}
	if (bridge_set.lane.member[0].learned - before != (uint64_t)n * BURST)
		bench_die("not all sources were learned");
	bench_sort(b.cycles, n);
	*p50 = ((double)percentile(50, n) - empty) / BURST;
	*p99 = ((double)percentile(99, n) - empty) / BURST;
}

static void print(const char *curve, uint32_t x, const char *set, double p50, double p99)
{
	printf("%s,%u,%s,%.2f,%.2f,%.2f\n", curve, x, set, p50, p99,
		(double)rte_get_tsc_hz() / 1e6 / p50);
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
	bench_start("bridge_bench", argc - (int)taken, argv + taken);
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
				bench_median(results[i][cold].p50, rounds),
				bench_median(results[i][cold].p99, rounds));
	}
	if (is_wanted("learn"))
		print("learn", NEW_SOURCES, "hot", bench_median(learned.p50, rounds),
			bench_median(learned.p99, rounds));
	bench_stop();
	return EXIT_SUCCESS;
}
