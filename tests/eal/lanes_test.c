/* SPDX-License-Identifier: BSD-3-Clause */
/* The lanes as they run: wires, reflectors, unknown frames, rings between lcores, views replaced
 * and ledgers read under load, idle policies. Every test ends with rig_stop()'s checks. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_cycles.h>
#include <rte_launch.h>

#include "lane_rig.h"
#include "report.h"

// clang-format off
#define PORTS \
	"ports:\n" \
	"  - {name: p0, device: net_ring0, mac: \"02:00:00:00:00:01\", rx-queues: 1, tx-queues: 1}\n" \
	"  - {name: p1, device: net_ring1, mac: \"02:00:00:00:00:02\", rx-queues: 1, tx-queues: 1}\n"
// clang-format on

static const char wire_yaml[] =
	"name: t\n"
	"lcores: {control: 0, workers: [1], idle: pause}\n" PORTS "wires:\n  - [p0, p1]\n";

static struct ledger sum;

static void a_wire_passes_all_in_order_both_ways(void **state)
{
	struct rig *r = rig_start(wire_yaml, handler_table);
	struct rig_pump there = {.from = 0, .to = 1, .frames = 50000, .flows = 4};
	struct rig_pump back = {
		.from = 1, .to = 0, .frames = 50000, .tag = 0x88a80fff, .type = 0x0806};

	rig_pump(r, &there);
	rig_pump(r, &back);
	assert_int_equal(there.got, 50000);
	assert_int_equal(there.bad_order, 0);
	assert_int_equal(back.got, 50000);
	assert_int_equal(back.bad_order, 0);
	rig_stop(r, &sum);
	for (unsigned p = 0; p < 2; p++) {
		uint16_t id = (uint16_t)p;

		assert_int_equal(sum.port[id].rx, 50000);
		assert_int_equal(sum.port[id].rx_bytes, 50000 * RIG_FRAME);
		assert_int_equal(sum.port[id].sent, 50000);
		assert_int_equal(sum.port[id].tx, 50000);
		assert_int_equal(sum.port[id].tx_bytes, 50000 * RIG_FRAME);
	}
	assert_int_equal(sum.port[0].class[CLASS_OTHER], 50000);
	assert_int_equal(sum.port[1].class[CLASS_ARP], 50000);
}

static void a_reflector_swaps_addresses_and_keeps_all_else(void **state)
{
	static const uint8_t dst[6] = {0x01, 0x80, 0xc2, 0, 0, 0x0e};
	struct rig *r = rig_start("name: t\n"
				  "lcores: {control: 0, workers: [1], idle: pause}\n"
				  "ports:\n"
				  "  - {name: p0, device: net_ring0, reflect: true,\n"
				  "     mac: \"02:00:00:00:00:01\", rx-queues: 1, tx-queues: 1}\n",
		handler_table);
	struct rig_pump p = {.from = 0, .to = 0, .frames = 50000, .flows = 200};
	struct rte_mbuf *sent = rig_make(r, dst, 0x8100e00a, 0x0806, 9, 7), *m = sent;
	uint64_t deadline = rte_rdtsc() + 20 * rte_get_tsc_hz();
	uint8_t before[RIG_FRAME];

	memcpy(before, rte_pktmbuf_mtod(m, void *), RIG_FRAME);
	assert_int_equal(rig_feed(r, 0, 0, &m, 1), 1);
	while (rig_collect(r, 0, 0, &m, 1) == 0 && rte_rdtsc() < deadline)
		;
	assert_ptr_equal(m, sent);
	assert_int_equal(m->pkt_len, RIG_FRAME);
	assert_memory_equal(rte_pktmbuf_mtod(m, uint8_t *), before + 6, 6);
	assert_memory_equal(rte_pktmbuf_mtod(m, uint8_t *) + 6, dst, 6);
	assert_memory_equal(rte_pktmbuf_mtod(m, uint8_t *) + 12, before + 12, RIG_FRAME - 12);
	rte_pktmbuf_free(m);
	rig_pump(r, &p);
	assert_int_equal(p.got, 50000);
	assert_int_equal(p.bad_order, 0);
	rig_stop(r, &sum);
	assert_int_equal(sum.port[0].sent, 50001);
}

static void unknown_frames_go_to_the_port_that_is_named(void **state)
{
	struct rig *r = rig_start("name: t\n"
				  "lcores: {control: 0, workers: [1], idle: pause}\n"
				  "ports:\n"
				  "  - {name: p0, device: net_ring0, mac: \"02:00:00:00:00:01\",\n"
				  "     rx-queues: 1, tx-queues: 1, unknown: p1}\n"
				  "  - {name: p1, device: net_ring1, mac: \"02:00:00:00:00:02\",\n"
				  "     rx-queues: 1, tx-queues: 1}\n",
		handler_table);
	struct rig_pump p = {.from = 0, .to = 1, .frames = 20000, .tag = 0x81000005};
	struct rig_pump none = {.from = 1, .to = 0, .frames = 64, .none = true};

	rig_pump(r, &p);
	assert_int_equal(p.got, 20000);
	assert_int_equal(p.bad_order, 0);
	none.window = 64;
	rig_pump(r, &none); // p1 names none: nothing comes
	assert_int_equal(none.got, 0);
	do {
		rte_delay_us_sleep(1000);
		rig_ledger(r, &sum);
	} while (sum.port[1].rx < 64);
	rig_stop(r, &sum);
	assert_int_equal(sum.port[0].sent, 20000);
	assert_int_equal(sum.port[1].drops[DROP_UNKNOWN], 64);
}

// p0 has a queue for each of two workers, p1 only one: the second worker's frames for it, and the
// first one's answers to nobody, go by ring to the owner.
static void frames_reach_a_queue_of_another_lcore_by_ring(void **state)
{
	struct rig *r = rig_start("name: t\n"
				  "lcores: {control: 0, workers: [0, 1], idle: sleep}\n"
				  "ports:\n"
				  "  - {name: p0, device: net_ring0, mac: \"02:00:00:00:00:01\", "
				  "rx-queues: 2, tx-queues: 2}\n"
				  "  - {name: p1, device: net_ring1, mac: \"02:00:00:00:00:02\", "
				  "rx-queues: 1, tx-queues: 1}\n"
				  "wires:\n  - [p0, p1]\n",
		handler_table);
	struct rig_pump there = {
		.from = 0, .from_queues = 2, .to = 1, .frames = 30000, .flows = 8, .window = 256};
	struct rig_pump back = {.from = 1, .to = 0, .to_queues = 2, .frames = 30000, .flows = 8};

	rig_pump(r, &there);
	rig_pump(r, &back);
	assert_int_equal(there.got, 30000);
	assert_int_equal(there.bad_order, 0);
	assert_int_equal(back.got, 30000);
	assert_int_equal(back.bad_order, 0);
	rig_stop(r, &sum);
	// Half of what came to p0 came to the worker that does not own p1's queue.
	assert_int_equal(sum.port[0].ring_in, 15000);
	assert_int_equal(sum.port[0].ring_out, 15000);
	assert_int_equal(sum.port[0].sent, 30000);
	assert_int_equal(sum.port[1].tx, 30000);
}

// The owner's ring is full, the driver's is: both are named, nothing is lost without a count.
static void what_the_driver_does_not_take_is_dropped_and_counted(void **state)
{
	struct rig *r = rig_start(wire_yaml, handler_table);
	struct rte_mbuf *pkts[32];
	unsigned fed = 0;

	// Nobody collects: the ring behind p1 takes RIG_RING - 1.
	while (fed < RIG_RING + 1000) {
		for (unsigned i = 0; i < 32; i++)
			pkts[i] = rig_make(r, (const uint8_t *)"\2\0\0\0\0\7", 0, 0x0800, 0, fed);
		fed += rig_feed(r, 0, 0, pkts, 32);
	}
	do {
		rte_delay_us_sleep(1000);
		rig_ledger(r, &sum);
	} while (sum.port[0].rx < fed);
	assert_int_equal(sum.port[0].sent, RIG_RING - 1);
	assert_int_equal(sum.port[0].drops[DROP_TX_FULL], fed - (RIG_RING - 1));
	assert_int_equal(sum.port[1].tx_bytes, (RIG_RING - 1) * RIG_FRAME);
	rig_stop(r, &sum);
}

static _Atomic bool stop_side;
static volatile unsigned side_rounds;

static int replace_views(void *arg)
{
	struct rig *r = arg;

	for (side_rounds = 0; side_rounds < 1000 && !atomic_load(&stop_side); side_rounds++)
		rig_replace_view(r);
	return 0;
}

// The side thread is the management thread here: it alone publishes.
static void a_view_replaced_1000_times_loses_nothing(void **state)
{
	struct rig *r = rig_start(wire_yaml, handler_table);
	unsigned total = 0;

	atomic_store(&stop_side, false);
	assert_int_equal(rte_eal_remote_launch(replace_views, r, START_LCORES - 1), 0);
	do {
		struct rig_pump p = {.from = 0, .to = 1, .frames = 5000};

		rig_pump(r, &p);
		assert_int_equal(p.got, 5000);
		assert_int_equal(p.bad_order, 0);
		total += p.got;
	} while (rte_eal_get_lcore_state(START_LCORES - 1) == RUNNING);
	rte_eal_wait_lcore(START_LCORES - 1);
	assert_int_equal(side_rounds, 1000);
	assert_int_equal(r->instance.generation, 1001);
	rig_stop(r, &sum);
	assert_int_equal(sum.port[0].sent, total);
}

static volatile unsigned unbalanced, unanswered;

static int read_ledgers(void *arg)
{
	static struct ledger seen, before;
	struct rig *r = arg;

	memset(&before, 0, sizeof(before));
	for (; !atomic_load(&stop_side); side_rounds++) {
		// A lane that lost its CPU for 200 ms does not answer: nothing is said of the sum.
		if (!report_ledger(&r->instance, &seen)) {
			unanswered++;
			continue;
		}
		unbalanced += !report_balanced(&seen);
		unbalanced += seen.port[0].rx < before.port[0].rx;
		before = seen;
	}
	return 0;
}

static void the_ledger_balances_at_every_moment(void **state)
{
	struct rig *r = rig_start("name: t\n"
				  "lcores: {control: 0, workers: [0, 1], idle: pause}\n"
				  "ports:\n"
				  "  - {name: p0, device: net_ring0, mac: \"02:00:00:00:00:01\", "
				  "rx-queues: 2, tx-queues: 2}\n"
				  "  - {name: p1, device: net_ring1, mac: \"02:00:00:00:00:02\", "
				  "rx-queues: 1, tx-queues: 1}\n"
				  "wires:\n  - [p0, p1]\n",
		handler_table);
	struct rig_pump p = {.from = 0, .from_queues = 2, .to = 1, .frames = 60000, .flows = 8};

	atomic_store(&stop_side, false);
	side_rounds = unbalanced = unanswered = 0;
	assert_int_equal(rte_eal_remote_launch(read_ledgers, r, START_LCORES - 1), 0);
	// Often enough, though the side thread may get no CPU for a while.
	for (unsigned i = 0; i < 20 && side_rounds < 10 + unanswered; i++) {
		rig_pump(r, &p);
		assert_int_equal(p.got, 60000);
	}
	atomic_store(&stop_side, true);
	rte_eal_wait_lcore(START_LCORES - 1);
	assert_in_range(side_rounds, 10 + unanswered, 10000000);
	assert_int_equal(unbalanced, 0);
	rig_stop(r, &sum);
}

// net_null makes frames without end, of zeros: 802.3 length frames of 64 octets.
static void an_endless_source_balances_too(void **state)
{
	struct rig *r = rig_start("name: t\n"
				  "lcores: {control: 0, workers: [1], idle: busy}\n"
				  "ports:\n"
				  "  - {name: n0, device: \"net_null0\"}\n"
				  "  - {name: n1, device: \"net_null1,no-rx=1\"}\n"
				  "wires:\n  - [n0, n1]\n",
		handler_table);
	uint64_t rx = 0;

	for (unsigned i = 0; i < 50 || (rx <= 1000 && i < 5000); i++) {
		rte_delay_us_sleep(2000);
		rig_ledger(r, &sum);
		assert_true(report_balanced(&sum));
		assert_true(sum.port[0].rx >= rx);
		rx = sum.port[0].rx;
	}
	assert_true(rx > 1000);
	rig_stop(r, &sum);
	assert_int_equal(sum.port[0].sent, sum.port[0].rx);
	assert_int_equal(sum.port[0].class[CLASS_LENGTH], sum.port[0].rx);
	assert_int_equal(sum.port[0].rx_bytes, sum.port[0].rx * 64);
	assert_int_equal(sum.port[1].rx, 0);
}

static const char *const crowded =
	"name: t\n"
	"lcores: {control: 0, workers: [0, 1], idle: %s}\n" PORTS "wires:\n  - [p0, p1]\n";

static void lcores_that_share_a_cpu_lose_nothing(void **state)
{
	static const char *const idle[] = {"busy", "pause", "sleep"};

	for (unsigned i = 0; i < RTE_DIM(idle); i++) {
		struct rig_pump p = {.from = 0, .to = 1, .frames = 3000, .flows = 8};
		char yaml[1024];
		struct rig *r;

		snprintf(yaml, sizeof(yaml), crowded, idle[i]);
		r = rig_start(yaml, handler_table);
		for (unsigned k = 0; k < r->plan->n_pools; k++)
			assert_true(r->plan->pools[k].preemptible);
		assert_true(r->plan->lcores[1].shares_cpu);
		rig_pump(r, &p);
		assert_int_equal(p.got, 3000);
		assert_int_equal(p.bad_order, 0);
		rig_stop(r, &sum);
	}
}

/** Rounds of the worker in 100 ms without traffic: so many, or what came nearest when the worker
 * has lost its CPU each time that we looked. */
static uint64_t idle_rounds(const char *policy, uint64_t least)
{
	struct rig_pump p = {.from = 0, .to = 1, .frames = 100};
	char yaml[1024];
	struct rig *r;
	uint64_t rounds = 0;

	snprintf(yaml, sizeof(yaml),
		"name: t\nlcores: {control: 0, workers: [1], idle: %s}\n" PORTS
		"wires:\n  - [p0, p1]\n",
		policy);
	r = rig_start(yaml, handler_table);
	rig_pump(r, &p);
	assert_int_equal(p.got, 100);
	rte_delay_us_sleep(50000);
	for (unsigned i = 0; rounds < least && i < 50; i++) {
		rounds = *(volatile uint64_t *)&r->instance.lanes[1]->rounds;
		rte_delay_us_sleep(100000);
		rounds = *(volatile uint64_t *)&r->instance.lanes[1]->rounds - rounds;
	}
	rig_pump(r, &p); // and it wakes up
	assert_int_equal(p.got, 100);
	rig_stop(r, &sum);
	assert_int_equal(sum.port[0].sent, 200);
	return rounds;
}

static void idle_workers_poll_or_nap_as_configured(void **state)
{
	assert_in_range(idle_rounds("sleep", 10), 10, 1000);
	assert_in_range(idle_rounds("pause", 2000), 2000, UINT32_MAX);
	assert_in_range(idle_rounds("busy", 2000), 2000, UINT32_MAX);
}

static void start_and_stop_may_follow_at_once(void **state)
{
	for (unsigned i = 0; i < 10; i++)
		rig_stop(rig_start(wire_yaml, handler_table), &sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wire_passes_all_in_order_both_ways),
		cmocka_unit_test(a_reflector_swaps_addresses_and_keeps_all_else),
		cmocka_unit_test(unknown_frames_go_to_the_port_that_is_named),
		cmocka_unit_test(frames_reach_a_queue_of_another_lcore_by_ring),
		cmocka_unit_test(what_the_driver_does_not_take_is_dropped_and_counted),
		cmocka_unit_test(a_view_replaced_1000_times_loses_nothing),
		cmocka_unit_test(the_ledger_balances_at_every_moment),
		cmocka_unit_test(an_endless_source_balances_too),
		cmocka_unit_test(lcores_that_share_a_cpu_lose_nothing),
		cmocka_unit_test(idle_workers_poll_or_nap_as_configured),
		cmocka_unit_test(start_and_stop_may_follow_at_once),
	};

	return cmocka_run_group_tests(tests, start_eal, stop_eal);
}
