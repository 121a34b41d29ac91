/* SPDX-License-Identifier: BSD-3-Clause */
/* What bursts cost lanes while nobody captures, for callgrind: capture_cost.sh runs this twice, as
 * the lanes are and with without_capture.h. The lanes do not run: their functions are called. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <rte_cycles.h>
#include <valgrind/callgrind.h>

#include "lane_rig.h"
#include "view.h"
#include "worker.h"

enum { BURSTS = 64, BURST = 32 };

// clang-format off
#define PORTS \
	"name: t\nlcores: {control: 0, workers: [1], idle: pause}\nports:\n" \
	"  - {name: p0, device: net_ring0, mac: \"02:00:00:00:00:01\", rx-queues: 1, tx-queues: 1}\n" \
	"  - {name: p1, device: net_ring1, mac: \"02:00:00:00:00:02\", rx-queues: 1, tx-queues: 1}\n"
#define ECHO(place) PORTS "handlers:\n  - {name: echo, place: " place "}\n"
// clang-format on

static const uint8_t to_p0[6] = {2, 0, 0, 0, 0, 1};

static const struct {
	const char *name, *yaml;
	unsigned out; // port
} cases[] = {
	{"wire", PORTS "wires:\n  - [p0, p1]\n", 1},
	{"inline", ECHO("inline"), 0},
	{"ring", ECHO("control"), 0},
};

static void take_view(struct rig *r, struct lane *lane)
{
	lane->view = r->instance.view;
	lane->view_lane = lane->view->lane[lane->id];
	lane->out.done_limit = lane->view->done_limit;
}

// Counted: everything that the two lanes do with a burst, but for the driver's rx.
static void go_through(struct rig *r, struct rte_mbuf **pkts)
{
	struct lane *control = r->instance.lanes[0], *worker = r->instance.lanes[1];
	uint64_t now = rte_rdtsc();

	CALLGRIND_TOGGLE_COLLECT;
	worker_forward(worker, &worker->view_lane->rxq[0], pkts, BURST, now);
	if (lane_recv(control) != 0) {
		out_flush(&control->out);
		lane_recv(worker);
		out_flush(&worker->out);
	}
	CALLGRIND_TOGGLE_COLLECT;
}

static void bursts_go_through(void **state)
{
	for (unsigned c = 0; c < RTE_DIM(cases); c++) {
		struct rig *r = rig_build(cases[c].yaml, handler_table);
		struct rte_mbuf *pkts[BURST];
		struct ledger sum;

		take_view(r, r->instance.lanes[0]);
		take_view(r, r->instance.lanes[1]);
		for (unsigned i = 0; i < BURSTS; i++) {
			for (unsigned p = 0; p < BURST; p++) {
				pkts[p] = rig_make(r, to_p0, 0, 0xcccc, 1, p);
				pkts[p]->port = r->instance.ports[0]->id;
			}
			go_through(r, pkts);
			assert_int_equal(rig_collect(r, cases[c].out, 0, pkts, BURST), BURST);
			rte_pktmbuf_free_bulk(pkts, BURST);
		}
		CALLGRIND_DUMP_STATS_AT(cases[c].name);
		rig_stop(r, &sum);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(bursts_go_through)};

	return cmocka_run_group_tests(tests, start_eal, stop_eal);
}
