/* SPDX-License-Identifier: BSD-3-Clause */
/* A bridge on lanes that really run: floods and known addresses over several workers, views
 * replaced meanwhile, members whose link goes. Every test ends with rig_stop()'s checks: the ledger
 * balances and no mbuf is left anywhere. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_cycles.h>

#include "bridge_link.h"
#include "lane_rig.h"
#include "neigh/neigh.h"
#include "wire/arp.h"

// clang-format off
#define BRIDGE \
	"ports:\n" \
	"  - {name: p0, device: net_ring0, mac: \"02:00:00:00:00:01\", rx-queues: 1, tx-queues: 1}\n" \
	"  - {name: p1, device: net_ring1, mac: \"02:00:00:00:00:02\", rx-queues: 1, tx-queues: 1}\n" \
	"  - {name: p2, device: net_ring2, mac: \"02:00:00:00:00:03\", rx-queues: 1, tx-queues: 1}\n" \
	"bridges:\n" \
	"  - name: br0\n" \
	"    members: [{port: p0}, {port: p1}, {port: p2}]\n" \
	"interfaces:\n" \
	"  - {name: lan, bridge: br0, mac: \"02:00:00:00:00:10\", addresses: [192.0.2.1/24]}\n"
// clang-format on

static const char one_worker[] =
	"name: t\nlcores: {control: 0, workers: [1], idle: pause}\n" BRIDGE;
static const char two_workers[] =
	"name: t\nlcores: {control: 0, workers: [0, 1], idle: sleep}\n" BRIDGE;

static struct ledger sum;

/** Frames that a port has sent, taken and freed: `expected` are waited for, as long as a busy
 *  machine may let the lanes stand; more than that until none came for a while. */
static unsigned drain(struct rig *r, unsigned port, unsigned expected)
{
	uint64_t deadline = rte_rdtsc() + 20 * rte_get_tsc_hz();
	struct rte_mbuf *pkts[32];
	unsigned got = 0;

	for (unsigned quiet = 0; quiet < 100;) {
		uint16_t n = rig_collect(r, port, 0, pkts, 32);

		rte_pktmbuf_free_bulk(pkts, n);
		got += n;
		if (n != 0) {
			quiet = 0;
			continue;
		}
		quiet += got >= expected || rte_rdtsc() > deadline;
		rte_delay_us_sleep(200);
	}
	return got;
}

static uint32_t learned(const struct rig *r)
{
	return atomic_load(&r->instance.bridges[0]->fdb->n_learned);
}

/** So many addresses in the table, soon. */
static void check_learned(const struct rig *r, uint32_t want)
{
	uint64_t deadline = rte_rdtsc() + 20 * rte_get_tsc_hz();

	while (learned(r) != want && rte_rdtsc() < deadline)
		rte_delay_us_sleep(1000);
	assert_int_equal(learned(r), want);
}

/** A host is learned where a frame of its comes in; the frame floods. */
static void speak(struct rig *r, unsigned port, uint8_t host)
{
	static const uint8_t nobody[6] = {2, 9, 9, 9, 9, 9};
	struct rte_mbuf *m = rig_make(r, nobody, 0, 0x88b5, host, 1);

	assert_int_equal(rig_feed(r, port, 0, &m, 1), 1);
	for (unsigned other = 0; other < 3; other++)
		assert_int_equal(drain(r, other, other != port), other != port);
}

static void b1_b2_floods_and_known_addresses_over_lanes(void **state)
{
	const char *const yamls[] = {one_worker, two_workers};

	for (unsigned i = 0; i < RTE_DIM(yamls); i++) {
		struct rig *r = rig_start(yamls[i], handler_table);
		static const uint8_t host[6] = {2, 0, 0, 0, 0x66, 9};
		struct rig_pump flood = {.from = 0, .to = 1, .frames = 2000, .flows = 8};
		struct rig_pump known = {
			.from = 1, .to = 2, .frames = 20000, .dst = host, .flows = 8};

		rig_pump(r, &flood);
		assert_int_equal(flood.got, 2000);
		assert_int_equal(flood.bad_order, 0);
		assert_int_equal(drain(r, 2, 2000), 2000);
		assert_int_equal(drain(r, 0, 0), 0);
		assert_int_equal(learned(r), 8);
		speak(r, 2, 9);
		rig_pump(r, &known);
		assert_int_equal(known.got, 20000);
		assert_int_equal(known.bad_order, 0);
		rig_stop(r, &sum);
		assert_int_equal(sum.port[0].copies, 2000);
		assert_int_equal(sum.port[1].copies, 0);
		assert_int_equal(sum.port[1].sent, 20000);
	}
}

static void views_replaced_under_floods_lose_nothing(void **state)
{
	struct rig *r = rig_start(two_workers, handler_table);
	struct rig_pump p = {.from = 0, .to = 1, .frames = 500, .flows = 8};

	for (unsigned i = 0; i < 20; i++) {
		rig_pump(r, &p);
		rig_replace_view(r);
		assert_int_equal(p.got, 500);
		assert_int_equal(p.bad_order, 0);
		assert_int_equal(drain(r, 2, 500), 500);
	}
	rig_stop(r, &sum);
	assert_int_equal(sum.port[0].sent, 2 * 20 * 500);
}

static void set_link(struct rig *r, struct bridge_links *links, unsigned port, bool up)
{
	atomic_store(&r->instance.ports[port]->link_up, up);
	bridge_link_changed(links, &r->instance, r->instance.ports[port]);
	assert_true(links->stale);
}

static void settle(struct rig *r, struct bridge_links *links)
{
	uint64_t deadline = rte_rdtsc() + 20 * rte_get_tsc_hz();

	while (!bridge_link_due(links, &r->instance) && rte_rdtsc() < deadline)
		rte_delay_us_sleep(1000);
	rig_replace_view(r);
	bridge_link_settle(links, &r->instance);
	assert_false(links->stale);
}

static void b18_a_member_without_link_is_left_out_and_its_addresses_flushed(void **state)
{
	struct rig *r = rig_start(one_worker, handler_table);
	static const uint8_t host[6] = {2, 0, 0, 0, 0x66, 7};
	struct rig_pump p = {.from = 0, .to = 2, .frames = 100, .dst = host};
	struct bridge_links links = {0};
	struct rte_mbuf *m;
	bool due;

	speak(r, 1, 7);
	speak(r, 2, 8);
	assert_int_equal(learned(r), 2);
	set_link(r, &links, 1, false);
	settle(r, &links);
	due = bridge_link_due(&links, &r->instance);
	assert_true(!due || rte_rdtsc() - links.settled_tsc >= rte_get_tsc_hz() / 10);
	check_learned(r, 1); // p2's is still there
	rig_pump(r, &p);
	assert_int_equal(p.got, 100); // floods again, not to p1
	assert_int_equal(drain(r, 1, 0), 0);
	m = rig_make(r, host, 0, 0x88b5, 3, 1);
	assert_int_equal(rig_feed(r, 1, 0, &m, 1), 1);
	assert_int_equal(drain(r, 0, 0) + drain(r, 2, 0), 0); // nothing comes from there
	assert_int_equal(learned(r), 2);                      // p0's host of the pump, and p2's
	set_link(r, &links, 1, true);
	settle(r, &links);
	assert_true(drain(r, 0, 2) + drain(r, 2, 2) >= 2 + 2); // now it does; and we are announced
	rig_stop(r, &sum);
}

/** Neighbours of our interface, `want` of them soon. */
static void check_neighbours(const struct rig *r, unsigned want)
{
	uint64_t deadline = rte_rdtsc() + 20 * rte_get_tsc_hz();
	struct neigh_info info[4];
	unsigned n;

	do {
		unsigned start = 0;

		rte_delay_us_sleep(1000);
		n = neigh_copy(r->instance.neigh, &start, info, RTE_DIM(info));
	} while (n != want && rte_rdtsc() < deadline);
	assert_int_equal(n, want);
}

static void the_last_member_takes_neighbours_along(void **state)
{
	struct rig *r = rig_start(one_worker, handler_table);
	static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct arp arp = {.op = ARP_REQUEST,
		.sha = {2, 0, 0, 0, 0x66, 5},
		.spa_be = RTE_BE32(0xc0000205),
		.tpa_be = RTE_BE32(0xc0000201)};
	struct rte_mbuf *m = rig_make(r, all, 0, ARP_ETHERTYPE, 5, 0);
	struct bridge_links links = {0};

	for (unsigned p = 0; p < 3; p++)
		set_link(r, &links, p, true);
	settle(r, &links);
	memset(rte_pktmbuf_mtod_offset(m, uint8_t *, 14), 0, RIG_FRAME - 14);
	arp_build(&arp, rte_pktmbuf_mtod_offset(m, uint8_t *, 14), RIG_FRAME - 14);
	assert_int_equal(rig_feed(r, 0, 0, &m, 1), 1);
	check_neighbours(r, 1);
	set_link(r, &links, 0, false);
	set_link(r, &links, 1, false);
	settle(r, &links);
	rte_delay_us_sleep(50000);
	check_neighbours(r, 1);
	set_link(r, &links, 2, false);
	settle(r, &links);
	check_neighbours(r, 0);
	rig_stop(r, &sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(b1_b2_floods_and_known_addresses_over_lanes),
		cmocka_unit_test(views_replaced_under_floods_lose_nothing),
		cmocka_unit_test(b18_a_member_without_link_is_left_out_and_its_addresses_flushed),
		cmocka_unit_test(the_last_member_takes_neighbours_along),
	};

	return cmocka_run_group_tests(tests, start_eal, stop_eal);
}
