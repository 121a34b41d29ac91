/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the data path costs more than to receive and send: on real net_pcap ports, in one process
 * and over the same mbufs, in short turns with rx_burst and tx_burst alone, so that neither the
 * machine nor where memory lies makes a difference. marginal.py runs it.
 *
 *     marginal_bench [--quick] P0.pcap P1.pcap [EAL ARGUMENT...]
 *
 * prints a line for each way: its name and TSC cycles a frame; of io, which is these two alone, all
 * of them, of others how many more.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "bench.h"
#include "handler.h"
#include "lane_rig.h"
#include "steer_set.h"
#include "worker.h"

enum { TURNS = 300, SETTLE = 3, BURSTS = 400, PORTS = 2 };

static struct {
	struct rig *rig;
	struct lane *lane;
	uint16_t id[PORTS];
	struct view_rxq wire[PORTS], reflect[PORTS];
	struct dispatch dispatch;
} b;

struct way {
	const char *name;
	void (*forward)(const struct way *w, unsigned port, struct rte_mbuf **pkts, uint16_t n);
	enum classify_isa isa; // for classify_burst(), which this CPU must have
	bool swap;
	double cycles[TURNS];
};

static void io(const struct way *w, unsigned port, struct rte_mbuf **pkts, uint16_t n)
{
	if (rte_eth_tx_burst(b.id[port ^ 1], 0, pkts, n) != n)
		bench_die("net_pcap did not take all frames");
}

static void classify(const struct way *w, unsigned port, struct rte_mbuf **pkts, uint16_t n)
{
	struct classified c;

	steer_set.classifier.isa = w->isa;
	classify_burst(&steer_set.classifier, pkts, n, w->swap, &c);
	__asm__ volatile("" : : "r"(&c) : "memory");
	io(w, port, pkts, n);
}

static void steer(const struct way *w, unsigned port, struct rte_mbuf **pkts, uint16_t n)
{
	struct classified c;

	steer_set.classifier.isa = w->isa;
	classify_burst(&steer_set.classifier, pkts, n, false, &c);
	dispatch_burst(&b.dispatch, (uint16_t)port, pkts, &c, &steer_set.out, 0);
	out_flush(&steer_set.out);
	io(w, port, pkts, n);
}

static void wire(const struct way *w, unsigned port, struct rte_mbuf **pkts, uint16_t n)
{
	worker_forward(b.lane, &b.wire[port], pkts, n, 0);
}

static void reflect(const struct way *w, unsigned port, struct rte_mbuf **pkts, uint16_t n)
{
	worker_forward(b.lane, &b.reflect[port], pkts, n, 0);
}

static struct way ways[] = {
	{.name = "io", .forward = io},
	{.name = "classify-portable", .forward = classify, .isa = CLASSIFY_PORTABLE},
	{.name = "classify-avx2", .forward = classify, .isa = CLASSIFY_AVX2},
	{.name = "classify-avx512", .forward = classify, .isa = CLASSIFY_AVX512},
	{.name = "classify-swap-portable",
		.forward = classify,
		.isa = CLASSIFY_PORTABLE,
		.swap = true},
	{.name = "classify-swap-avx2", .forward = classify, .isa = CLASSIFY_AVX2, .swap = true},
	{.name = "classify-swap-avx512", .forward = classify, .isa = CLASSIFY_AVX512, .swap = true},
	{.name = "steer", .forward = steer}, // isa: the best one
	{.name = "wire", .forward = wire},
	{.name = "reflect", .forward = reflect},
};

static void make_rig(const char *const files[])
{
	char yaml[4096];
	int n = snprintf(yaml, sizeof(yaml),
		"name: bench\n"
		"lcores: {control: %d, workers: [%d], idle: busy}\n"
		"memory: {mbufs: 16384}\n"
		"ports:\n"
		"  - {name: p0, device: \"net_pcap0,rx_pcap=%s,infinite_rx=1\"}\n"
		"  - {name: p1, device: \"net_pcap1,rx_pcap=%s,infinite_rx=1\"}\n"
		"wires:\n  - [p0, p1]\n",
		bench_cpu(0), bench_cpu(0), files[0], files[1]);

	if (n >= (int)sizeof(yaml))
		bench_die("the files' names are too long");
	b.rig = rig_build(yaml, handler_table);
	for (unsigned l = 0; l < b.rig->plan->n_lcores; l++) {
		if (b.rig->plan->lcores[l].role == PLAN_WORKER)
			b.lane = b.rig->instance.lanes[l];
	}
	b.lane->view = b.rig->instance.view;
	b.lane->view_lane = b.lane->view->lane[b.lane->id];
	b.lane->out.done_limit = b.lane->view->done_limit;
	for (unsigned p = 0; p < PORTS; p++) {
		b.id[p] = b.rig->instance.ports[p]->id;
		b.wire[p] = b.lane->view_lane->rxq[p];
		b.reflect[p] = b.wire[p];
		b.reflect[p].role = VIEW_REFLECT;
		b.reflect[p].peer = b.reflect[p].port;
	}
}

// Handlers in place that do nothing, of frames that are for us.
static void make_dispatch(void)
{
	static const struct iface_table none;

	steer_set_make();
	b.dispatch = steer_set.in_place;
	b.dispatch.generation = 2;
	b.dispatch.ifaces = iface_index_create(&none);
	for (unsigned p = 0; p < PORTS; p++) {
		struct rte_mbuf *m;

		if (rte_eth_rx_burst(b.id[p], 0, &m, 1) != 1)
			bench_die("net_pcap has no frames");
		memcpy(b.dispatch.port[p].mac, rte_pktmbuf_mtod(m, const void *), 6);
		rte_pktmbuf_free(m);
	}
}

static double turn(const struct way *w)
{
	uint64_t start = rte_rdtsc(), frames = 0;
	struct rte_mbuf *pkts[OUT_BURST];

	for (unsigned i = 0; i < BURSTS; i++) {
		for (unsigned p = 0; p < PORTS; p++) {
			uint16_t n = rte_eth_rx_burst(b.id[p], 0, pkts, OUT_BURST);

			w->forward(w, p, pkts, n);
			frames += n;
		}
	}
	return (double)(rte_rdtsc() - start) / (double)frames;
}

static void check(void)
{
	for (unsigned p = 0; p < PORTS; p++) {
		const struct ledger_port *line = &b.lane->ledger.port[b.id[p]];

		if (line->rx == 0 || line->rx != line->sent)
			bench_die("frames were lost");
	}
	if (steer_set.counts.frames == 0)
		bench_die("no handler was given a frame");
}

int main(int argc, char **argv)
{
	struct way *const end = ways + RTE_DIM(ways);
	bool quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
	int turns = quick ? 1 : TURNS;

	argc -= quick;
	argv += quick;
	if (argc < 3) {
		fprintf(stderr, "marginal_bench [--quick] P0.pcap P1.pcap [EAL ARGUMENT...]\n");
		return 2;
	}
	bench_start("marginal_bench", argc - 2, argv + 2);
	make_rig((const char *const *)&argv[1]);
	make_dispatch();
	for (struct way *w = ways; w < end; w++) {
		if (w->forward == steer)
			w->isa = classify_isa_best();
	}
	for (int i = -SETTLE; i < turns; i++) {
		for (struct way *w = ways; w < end; w++)
			w->cycles[RTE_MAX(i, 0)] = classify_isa_works(w->isa) ? turn(w) : 0;
	}
	check();
	for (struct way *w = ways; w < end; w++) {
		double cycles = bench_median(w->cycles, (unsigned)turns);

		if (classify_isa_works(w->isa))
			printf("%s %.2f\n", w->name,
				w == ways ? cycles : cycles - ways[0].cycles[turns / 2]); // sorted
	}
	fflush(stdout);
	bench_stop();
	return EXIT_SUCCESS;
}
