/* SPDX-License-Identifier: BSD-3-Clause */
/* The arp and icmp handlers while our addresses are probed (RFC 5227): A23 to A26, A38, A40, A41.
 * Interface 0 probes its addresses, the others do not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "handler_rig.h"
#include "neigh/event.h"
#include "neigh/neigh.h"
#include "neigh/own.h"
#include "wire/arp.h"

extern const struct handler handler_arp;

enum { US = 0xc0000201, US_TOO = 0xc6336401, HOST = 0xc0000242, STEP = RIG_HZ / 100 };

static const uint8_t host_mac[6] = {2, 0, 0, 0, 0, 0x66};

static void hear_from(struct rig *r, uint16_t iface, const uint8_t sha[6], uint16_t op,
	uint32_t spa, uint32_t tpa)
{
	struct arp arp = {
		.op = op, .spa_be = rte_cpu_to_be_32(spa), .tpa_be = rte_cpu_to_be_32(tpa)};
	uint8_t bytes[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 8, 6};

	memcpy(bytes + 6, sha, 6);
	memcpy(arp.sha, sha, 6);
	arp_build(&arp, bytes + 14, 46);
	rig_burst(r, rig_frame(r, iface, 14, bytes, sizeof(bytes), 0));
}

static void hear(struct rig *r, uint16_t op, uint32_t spa, uint32_t tpa)
{
	hear_from(r, 0, host_mac, op, spa, tpa);
}

static struct arp sent_arp(const struct rig *r, unsigned i)
{
	const uint8_t *p = rte_pktmbuf_mtod(r->sent[i].m, const uint8_t *);
	struct arp arp;

	assert_int_equal(r->sent[i].m->data_len, 60);
	assert_memory_equal(p, rig_broadcast, 6);
	assert_int_equal(arp_parse(p + 14, 46, &arp), ARP_OK);
	for (unsigned o = 42; o < 60; o++)
		assert_int_equal(p[o], 0);
	return arp;
}

static void wait_s(struct rig *r, unsigned seconds)
{
	for (unsigned i = 0; i < seconds * RIG_HZ / STEP; i++)
		rig_tick(r, STEP);
}

static void a24_probes_ask_from_nobody_and_announcements_follow(void **state)
{
	static const uint8_t nobody[6];
	struct rig *r = rig_open_probing(&handler_arp, true);

	rig_event(r, HANDLER_ADDRESS, 0);
	wait_s(r, 10); // both addresses: 3 probes, 2 announcements
	assert_int_equal(r->n_sent, 10);
	for (unsigned i = 0; i < 10; i++) {
		struct arp arp = sent_arp(r, i);
		bool probe = arp.spa_be == 0;

		assert_int_equal(r->sent[i].iface, 0);
		assert_int_equal(arp.op, ARP_REQUEST);
		assert_memory_equal(arp.sha, rig_mac[0], 6);
		assert_memory_equal(arp.tha, nobody, 6);
		assert_true(probe || arp.spa_be == arp.tpa_be);
		assert_true(arp.tpa_be == RTE_BE32(US) || arp.tpa_be == RTE_BE32(US_TOO));
	}
	assert_int_equal(rig_counter(r, "tx_probes"), 6);
	assert_int_equal(rig_counter(r, "tx_gratuitous"), 4);
	hear(r, ARP_REQUEST, HOST, US);
	assert_int_equal(rig_counter(r, "tx_replies"), 1);
	rig_close(r);
}

static void a24_nothing_is_answered_or_learnt_before(void **state)
{
	struct rig *r = rig_open_probing(&handler_arp, true);
	struct neigh_info info;

	for (unsigned round = 0; round < 2; round++) { // before the link, and while it is probed
		hear(r, ARP_REQUEST, HOST, US);
		hear(r, ARP_REPLY, HOST, US);
		assert_false(neigh_get(r->env.neigh, 0, RTE_BE32(HOST), &info));
		assert_int_equal(rig_counter(r, "tx_replies"), 0);
		rig_event(r, HANDLER_LINK_UP, 0);
		wait_s(r, 1);
	}
	assert_int_equal(rig_counter(r, "conflicts"), 0);
	rig_close(r);
}

static void a25_any_packet_from_the_address_gives_it_up(void **state)
{
	static const struct {
		uint16_t op;
		uint32_t spa, tpa;
	} claims[] = {
		{ARP_REPLY, US, 0},      // the answer to a probe
		{ARP_REQUEST, US, US},   // an announcement
		{ARP_REQUEST, US, HOST}, // a request for someone else
		{ARP_REQUEST, 0, US},    // its own probe
		{ARP_REPLY, US, US},
	};

	for (unsigned i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		struct rig *r = rig_open_probing(&handler_arp, true);
		struct neigh_event event;

		rig_event(r, HANDLER_ADDRESS, 0);
		wait_s(r, 2);
		r->n_done += r->n_sent;
		r->n_sent = 0;
		hear(r, claims[i].op, claims[i].spa, claims[i].tpa);
		assert_int_equal(rig_drops(r, DROP_ARP_CONFLICT), 1);
		assert_int_equal(rig_counter(r, "given_up"), 1);
		assert_false(own_in_use(r->env.neigh, 0, RTE_BE32(US)));
		assert_true(neigh_event_take(neigh_events(r->env.neigh), &event));
		assert_int_equal(event.kind, NEIGH_EVENT_TAKEN);
		assert_memory_equal(event.mac, host_mac, 6);
		wait_s(r, 7); // the second address comes into use, the first does not
		for (unsigned n = 0; n < r->n_sent; n++)
			assert_int_equal(sent_arp(r, n).tpa_be, RTE_BE32(US_TOO));
		hear(r, ARP_REQUEST, HOST, US);
		hear(r, ARP_REQUEST, 0, US);
		assert_int_equal(rig_counter(r, "tx_replies"), 0);
		hear(r, ARP_REQUEST, US_TOO + 1, US_TOO);
		assert_int_equal(rig_counter(r, "tx_replies"), 1);
		assert_false(neigh_event_take(neigh_events(r->env.neigh), &event));
		rig_close(r);
	}
}

static void a23_our_own_probes_that_come_back_are_no_conflict(void **state)
{
	struct rig *r = rig_open_probing(&handler_arp, true);

	rig_event(r, HANDLER_ADDRESS, 0);
	wait_s(r, 2);
	hear_from(r, 0, rig_mac[0], ARP_REQUEST, 0, US);
	hear_from(r, 0, rig_mac[2], ARP_REQUEST, 0, US); // another interface of ours
	hear_from(r, 0, rig_mac[2], ARP_REQUEST, US, US);
	assert_int_equal(rig_counter(r, "own_looped"), 3);
	assert_int_equal(rig_counter(r, "conflicts"), 0);
	wait_s(r, 7);
	assert_true(own_in_use(r->env.neigh, 0, RTE_BE32(US)));
	rig_close(r);
}

static void a24_an_address_that_is_probed_asks_for_nobody(void **state)
{
	struct rig *r = rig_open_probing(&handler_arp, true);
	struct rte_mbuf *m = rig_frame(r, 0, 14, rig_broadcast, 6, 60);
	uint8_t mac[6];
	void *displaced;

	assert_int_equal(
		neigh_resolve(r->env.neigh, 0, RTE_BE32(HOST), m, mac, &displaced), NEIGH_WAITS);
	out_keep(&r->out, m);
	wait_s(r, 5);
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_drops(r, DROP_NEIGH_UNRESOLVED), 1);
	rig_close(r);
}

static void a38_a_link_that_goes_frees_queue_entries_and_addresses(void **state)
{
	struct rig *r = rig_open_probing(&handler_arp, true);
	struct neigh_info info;
	struct rte_mbuf *m;
	uint8_t mac[6];
	void *displaced;

	rig_event(r, HANDLER_LINK_UP, 0);
	wait_s(r, 10);
	hear(r, ARP_REQUEST, HOST, US);
	assert_true(neigh_get(r->env.neigh, 0, RTE_BE32(HOST), &info));
	m = rig_frame(r, 0, 14, rig_broadcast, 6, 60);
	neigh_resolve(r->env.neigh, 0, RTE_BE32(HOST + 1), m, mac, &displaced);
	out_keep(&r->out, m);
	rig_event(r, HANDLER_LINK_DOWN, 0);
	assert_false(neigh_get(r->env.neigh, 0, RTE_BE32(HOST), &info));
	assert_int_equal(rig_drops(r, DROP_NEIGH_UNRESOLVED), 1);
	assert_false(own_in_use(r->env.neigh, 0, RTE_BE32(US)));
	assert_true(own_in_use(r->env.neigh, 1, RTE_BE32(US)));
	rig_close(r);
}

static void a40_conflict_move_static_and_full_are_told(void **state)
{
	static const uint8_t other_mac[6] = {2, 0, 0, 0, 0, 0x67};
	struct rig *r = rig_open(&handler_arp);
	struct neigh_events *events = neigh_events(r->env.neigh);
	struct neigh_event e;

	hear(r, ARP_REQUEST, US, US);
	hear(r, ARP_REQUEST, US, US); // not defended again: not told again
	hear(r, ARP_REQUEST, HOST, US);
	hear_from(r, 0, other_mac, ARP_REPLY, HOST, US);
	neigh_add_static(r->env.neigh, 0, RTE_BE32(HOST + 1), host_mac);
	hear_from(r, 0, other_mac, ARP_REPLY, HOST + 1, US);
	neigh_configure(r->env.neigh, 0, 1, 30);
	neigh_resolve(r->env.neigh, 0, RTE_BE32(HOST), NULL, e.mac, &(void *){NULL}); // in use
	hear(r, ARP_REQUEST, HOST + 2, US);
	assert_true(neigh_event_take(events, &e) && e.kind == NEIGH_EVENT_CONFLICT);
	assert_int_equal(e.ip_be, RTE_BE32(US));
	assert_true(neigh_event_take(events, &e) && e.kind == NEIGH_EVENT_MOVED);
	assert_memory_equal(e.was, host_mac, 6);
	assert_memory_equal(e.mac, other_mac, 6);
	assert_true(neigh_event_take(events, &e) && e.kind == NEIGH_EVENT_STATIC);
	assert_memory_equal(e.was, host_mac, 6);
	assert_true(neigh_event_take(events, &e) && e.kind == NEIGH_EVENT_FULL);
	assert_int_equal(e.ip_be, RTE_BE32(HOST + 2));
	assert_false(neigh_event_take(events, &e));
	assert_int_equal(rig_counter(r, "table_full"), 1);
	assert_int_equal(rig_counter(r, "static_conflicts"), 1);
	assert_int_equal(rig_counter(r, "moved"), 1);
	assert_int_equal(rig_counter(r, "conflicts"), 2);
	rig_close(r);
}

static void a41_nobody_elses_address_is_answered_for(void **state)
{
	struct rig *r = rig_open(&handler_arp);

	hear(r, ARP_REQUEST, HOST, 0xcb007142); // behind another interface
	hear(r, ARP_REQUEST, HOST, 0xcb007101); // that interface's own
	hear(r, ARP_REQUEST, HOST, HOST + 1);   // in the asker's subnet
	hear(r, ARP_REQUEST, HOST, 0x08080808);
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_drops(r, DROP_ARP_NOT_OURS), 4);
	rig_close(r);
}

static void a10_a_broadcast_reply_completes(void **state)
{
	struct rig *r = rig_open(&handler_arp);
	struct rte_mbuf *m = rig_frame(r, 0, 14, rig_broadcast, 6, 60);
	uint8_t mac[6];
	void *displaced;

	neigh_resolve(r->env.neigh, 0, RTE_BE32(HOST), m, mac, &displaced);
	out_keep(&r->out, m);
	rig_tick(r, 1);
	hear(r, ARP_REPLY, HOST, US);
	assert_int_equal(r->n_sent, 2); // the request, and what waited
	assert_ptr_equal(r->sent[1].m, m);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a24_probes_ask_from_nobody_and_announcements_follow),
		cmocka_unit_test(a24_nothing_is_answered_or_learnt_before),
		cmocka_unit_test(a25_any_packet_from_the_address_gives_it_up),
		cmocka_unit_test(a23_our_own_probes_that_come_back_are_no_conflict),
		cmocka_unit_test(a24_an_address_that_is_probed_asks_for_nobody),
		cmocka_unit_test(a38_a_link_that_goes_frees_queue_entries_and_addresses),
		cmocka_unit_test(a40_conflict_move_static_and_full_are_told),
		cmocka_unit_test(a41_nobody_elses_address_is_answered_for),
		cmocka_unit_test(a10_a_broadcast_reply_completes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
