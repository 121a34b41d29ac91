/* SPDX-License-Identifier: BSD-3-Clause */
/* The arp handler, frame by frame: conformance A1 to A3, A7 to A23, A26 to A28, A31, A34. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "handler_rig.h"
#include "neigh/neigh.h"
#include "wire/arp.h"

extern const struct handler handler_arp;

enum { US = 0xc0000201, US_TOO = 0xc6336401, HOST = 0xc0000242, OTHER = 0xc0000243 };

static const uint8_t host_mac[6] = {2, 0, 0, 0, 0, 0x66};
static const uint8_t new_mac[6] = {2, 0, 0, 0, 0, 0x67};
static const uint8_t no_mac[6];

/** One ARP frame; a tag stack of `l2_len` - 14 octets stands between. */
struct shape {
	const uint8_t *dst, *src, *sha;
	uint32_t spa, tpa;
	uint16_t op, l2_len, len, room, iface;
};

static struct rte_mbuf *frame(struct rig *r, struct shape s)
{
	static const uint8_t tags[8] = {0x88, 0xa8, 0xb0, 100, 0x81, 0, 0, 200};
	static uint8_t bytes[9100];
	uint16_t l2_len = s.l2_len == 0 ? 14 : s.l2_len;
	struct arp arp = {.op = s.op == 0 ? ARP_REQUEST : s.op,
		.spa_be = rte_cpu_to_be_32(s.spa),
		.tpa_be = rte_cpu_to_be_32(s.tpa)};

	memset(bytes, 0xee, sizeof(bytes)); // padding that must not come back
	memcpy(bytes, s.dst != NULL ? s.dst : rig_broadcast, 6);
	memcpy(bytes + 6, s.src != NULL ? s.src : host_mac, 6);
	memcpy(bytes + 12, tags, l2_len - 14u);
	bytes[l2_len - 2] = 8;
	bytes[l2_len - 1] = 6;
	memcpy(arp.sha, s.sha != NULL ? s.sha : host_mac, 6);
	arp_build(&arp, bytes + l2_len, ARP_LEN);
	return rig_frame(r, s.iface, l2_len, bytes, s.len == 0 ? 60 : s.len, s.room);
}

static bool known(struct rig *r, uint16_t iface, uint32_t ip, struct neigh_info *info)
{
	return neigh_get(r->env.neigh, iface, rte_cpu_to_be_32(ip), info);
}

/** The ARP packet of a frame that left, its padding checked. */
static struct arp sent_arp(const struct rig_sent *sent, uint16_t l2_len)
{
	const uint8_t *p = rte_pktmbuf_mtod(sent->m, const uint8_t *);
	struct arp arp;

	assert_int_equal(sent->m->pkt_len, sent->m->data_len);
	assert_int_equal(arp_parse(p + l2_len, sent->m->data_len - l2_len, &arp), ARP_OK);
	for (uint16_t i = l2_len + ARP_LEN; i < sent->m->data_len; i++)
		assert_int_equal(p[i], 0);
	return arp;
}

static void check_reply(const struct rig *r, uint16_t l2_len, uint16_t len, uint32_t spa)
{
	const uint8_t *p = rte_pktmbuf_mtod(r->sent[0].m, const uint8_t *);
	struct arp arp = sent_arp(&r->sent[0], l2_len);

	assert_int_equal(r->n_sent, 1);
	assert_int_equal(r->sent[0].port, 0);
	assert_int_equal(r->sent[0].m->data_len, len);
	assert_memory_equal(p, host_mac, 6);
	assert_memory_equal(p + 6, rig_mac[0], 6);
	assert_int_equal(arp.op, ARP_REPLY);
	assert_memory_equal(arp.sha, rig_mac[0], 6);
	assert_memory_equal(arp.tha, host_mac, 6);
	assert_int_equal(arp.spa_be, rte_cpu_to_be_32(spa));
	assert_int_equal(rig_counter(r, "tx_replies"), 1);
}

static void a1_broadcast_request_is_answered_and_learnt(void **state)
{
	struct rig *r = rig_open(&handler_arp);
	struct neigh_info info;

	rig_burst(r, frame(r, (struct shape){.spa = HOST, .tpa = US}));
	check_reply(r, 14, 60, US);
	assert_true(known(r, 0, HOST, &info));
	assert_int_equal(info.state, NEIGH_REACHABLE);
	assert_memory_equal(info.mac, host_mac, 6);
	assert_false(known(r, 1, HOST, &info)); // A37
	rig_close(r);
}

static void a2_unicast_request_is_answered(void **state)
{
	struct rig *r = rig_open(&handler_arp);

	rig_burst(r, frame(r, (struct shape){.dst = rig_mac[0], .spa = HOST, .tpa = US}));
	check_reply(r, 14, 60, US);
	rig_close(r);
}

static void second_address_is_answered(void **state)
{
	struct rig *r = rig_open(&handler_arp);

	rig_burst(r, frame(r, (struct shape){.spa = 0xc6336442, .tpa = US_TOO}));
	check_reply(r, 14, 60, US_TOO);
	rig_close(r);
}

static void a3_request_for_another_updates_but_never_creates(void **state)
{
	struct rig *r = rig_open(&handler_arp);
	struct neigh_info info;

	rig_burst(r, frame(r, (struct shape){.spa = HOST, .tpa = OTHER}));
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_drops(r, DROP_ARP_NOT_OURS), 1);
	assert_false(known(r, 0, HOST, &info));
	rig_burst(r, frame(r, (struct shape){.spa = HOST, .tpa = US}));
	rig_burst(r, frame(r, (struct shape){
				      .spa = HOST, .tpa = OTHER, .sha = new_mac, .src = new_mac}));
	assert_int_equal(r->n_sent, 1);
	assert_true(known(r, 0, HOST, &info));
	assert_memory_equal(info.mac, new_mac, 6);
	assert_int_equal(rig_counter(r, "moved"), 1);
	rig_close(r);
}

static void a7_unknown_opcode_is_neither_answered_nor_learnt(void **state)
{
	static const uint16_t ops[] = {3, 8, 0x0100, 65535};
	struct rig *r = rig_open(&handler_arp);
	struct neigh_info info;

	for (unsigned i = 0; i < 4; i++)
		rig_burst(r, frame(r, (struct shape){.op = ops[i], .spa = HOST, .tpa = US}));
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_drops(r, DROP_ARP_UNSUPPORTED), 4);
	assert_int_equal(rig_counter(r, "unsupported"), 4);
	assert_false(known(r, 0, HOST, &info));
	rig_close(r);
}

static void a8_every_cut_is_short(void **state)
{
	struct rig *r = rig_open(&handler_arp);

	for (uint16_t len = 14; len < 42; len++)
		rig_burst(r, frame(r, (struct shape){.spa = HOST, .tpa = US, .len = len}));
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_drops(r, DROP_ARP_SHORT), 28);
	rig_close(r);
}

static void a9_any_length_is_answered_with_clean_padding(void **state)
{
	static const struct {
		uint16_t len, room, want;
	} cases[] = {{42, 0, 42}, {42, 17, 59}, {42, 18, 60}, {42, 100, 60}, {60, 0, 60},
		{1514, 0, 60}, {9014, 0, 60}};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r = rig_open(&handler_arp);

		rig_burst(r, frame(r, (struct shape){.spa = HOST,
					      .tpa = US,
					      .len = cases[i].len,
					      .room = cases[i].room}));
		check_reply(r, 14, cases[i].want, US);
		rig_close(r);
	}
}

static void a9_request_in_segments_is_answered(void **state)
{
	struct rig *r = rig_open(&handler_arp);
	struct rte_mbuf *m = frame(r, (struct shape){.spa = HOST, .tpa = US, .len = 9014});

	rig_split(r, m, 9014 - 24); // inside the packet
	rig_burst(r, m);
	check_reply(r, 14, 60, US);
	m = frame(r, (struct shape){.spa = HOST, .tpa = US, .len = 9014});
	rig_split(r, m, 9014 - 24);
	r->refuse_new = 1;
	rig_burst(r, m);
	assert_int_equal(rig_drops(r, DROP_NO_BUFFER), 1);
	rig_close(r);
}

static void a11_unsolicited_reply_never_creates(void **state)
{
	struct rig *r = rig_open(&handler_arp);
	struct neigh_info info;

	rig_burst(r, frame(r, (struct shape){
				      .op = ARP_REPLY, .dst = rig_mac[0], .spa = HOST, .tpa = US}));
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(r->counts.consume, 1);
	assert_false(known(r, 0, HOST, &info));
	rig_close(r);
}

static void a12_gratuitous_arp_updates_known_only(void **state)
{
	struct rig *r = rig_open(&handler_arp);
	struct neigh_info info;

	for (uint16_t op = ARP_REQUEST; op <= ARP_REPLY; op++)
		rig_burst(r, frame(r, (struct shape){.op = op, .spa = HOST, .tpa = HOST}));
	assert_false(known(r, 0, HOST, &info));
	assert_int_equal(rig_counter(r, "rx_gratuitous"), 2);
	rig_burst(r, frame(r, (struct shape){.spa = HOST, .tpa = US}));
	rig_burst(r, frame(r, (struct shape){.op = ARP_REPLY,
				      .spa = HOST,
				      .tpa = HOST,
				      .sha = new_mac,
				      .src = new_mac}));
	assert_true(known(r, 0, HOST, &info));
	assert_memory_equal(info.mac, new_mac, 6);
	rig_close(r);
}

static void a13_static_entry_is_never_overwritten(void **state)
{
	struct rig *r = rig_open(&handler_arp);
	struct neigh_info info;

	neigh_add_static(r->env.neigh, 0, rte_cpu_to_be_32(HOST), new_mac);
	rig_burst(r, frame(r, (struct shape){.spa = HOST, .tpa = US}));
	assert_int_equal(r->n_sent, 1); // the answer goes to whoever asked
	assert_true(known(r, 0, HOST, &info));
	assert_int_equal(info.state, NEIGH_STATIC);
	assert_memory_equal(info.mac, new_mac, 6);
	assert_int_equal(rig_counter(r, "static_conflicts"), 1);
	rig_close(r);
}

static void a14_group_and_zero_senders_are_not_believed(void **state)
{
	static const uint8_t group[6] = {0x01, 0, 0x5e, 0, 0, 1};
	const uint8_t *bad[] = {rig_broadcast, group, no_mac};
	struct rig *r = rig_open(&handler_arp);
	struct neigh_info info;

	for (unsigned i = 0; i < 3; i++) {
		rig_burst(r, frame(r, (struct shape){.spa = HOST, .tpa = US, .sha = bad[i]}));
		rig_burst(r, frame(r, (struct shape){.spa = HOST, .tpa = US, .src = bad[i]}));
	}
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_drops(r, DROP_ARP_BAD_SENDER), 6);
	assert_int_equal(rig_counter(r, "bad_senders"), 6);
	assert_false(known(r, 0, HOST, &info));
	rig_close(r);
}

static void a15_a16_impossible_and_foreign_senders_are_not_believed(void **state)
{
	// multicast, broadcast, subnet broadcast and address (both subnets), zero net, loopback,
	// class E, off subnet
	static const uint32_t bad[] = {0xe0000001, 0xffffffff, 0xc00002ff, 0xc0000200, 0xc633647f,
		0xc6336400, 0x00000001, 0x7f000001, 0xf0000001, 0x0a000001, 0xc6336480};
	struct rig *r = rig_open(&handler_arp);
	struct neigh_info info;
	const unsigned n = sizeof(bad) / sizeof(bad[0]);

	for (unsigned i = 0; i < n; i++) {
		rig_burst(r, frame(r, (struct shape){.spa = bad[i], .tpa = US}));
		assert_false(known(r, 0, bad[i], &info));
	}
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_drops(r, DROP_ARP_BAD_SENDER), n);
	rig_close(r);
}

static void a17_other_ethernet_source_is_counted_and_the_sender_answered(void **state)
{
	struct rig *r = rig_open(&handler_arp);

	rig_burst(r, frame(r, (struct shape){.spa = HOST, .tpa = US, .src = new_mac}));
	check_reply(r, 14, 60, US);
	assert_int_equal(rig_counter(r, "sender_mismatch"), 1);
	rig_close(r);
}

static void a18_request_for_no_host_is_not_answered(void **state)
{
	static const uint32_t targets[] = {0xffffffff, 0xe0000001, 0, 0x7f000001, 0xc00002ff};
	struct rig *r = rig_open(&handler_arp);

	for (unsigned i = 0; i < 5; i++)
		rig_burst(r, frame(r, (struct shape){.spa = HOST, .tpa = targets[i]}));
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_drops(r, DROP_ARP_NOT_OURS), 5);
	rig_close(r);
}

static void a19_frame_to_another_mac_is_not_answered(void **state)
{
	struct rig *r = rig_open(&handler_arp);
	struct neigh_info info;

	rig_burst(r, frame(r, (struct shape){.dst = new_mac, .spa = HOST, .tpa = US}));
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_drops(r, DROP_NOT_FOR_US), 1);
	assert_false(known(r, 0, HOST, &info));
	rig_close(r);
}

static void a20_a21_probe_is_answered_for_us_only_and_not_learnt(void **state)
{
	struct rig *r = rig_open(&handler_arp);
	struct neigh_info info;

	rig_burst(r, frame(r, (struct shape){.tpa = US}));
	check_reply(r, 14, 60, US);
	assert_int_equal(sent_arp(&r->sent[0], 14).tpa_be, 0);
	rig_burst(r, frame(r, (struct shape){.tpa = HOST}));
	assert_int_equal(r->n_sent, 1);
	assert_int_equal(rig_counter(r, "rx_probes"), 2);
	assert_false(known(r, 0, 0, &info));
	rig_close(r);
}

static void a22_conflict_is_defended_once_in_ten_seconds(void **state)
{
	struct rig *r = rig_open(&handler_arp);
	struct shape conflict = {.spa = US, .tpa = US};
	struct neigh_info info;
	struct arp arp;

	rig_burst(r, frame(r, conflict));
	rig_burst(r, frame(r, conflict));
	assert_int_equal(r->n_sent, 1);
	assert_int_equal(r->sent[0].iface, 0);
	arp = sent_arp(&r->sent[0], 14);
	assert_int_equal(arp.op, ARP_REQUEST);
	assert_int_equal(arp.spa_be, rte_cpu_to_be_32(US));
	assert_int_equal(arp.tpa_be, rte_cpu_to_be_32(US));
	assert_memory_equal(arp.sha, rig_mac[0], 6);
	assert_memory_equal(rte_pktmbuf_mtod(r->sent[0].m, uint8_t *), rig_broadcast, 6);
	rig_tick(r, 10 * RIG_HZ - 1);
	rig_burst(r, frame(r, conflict));
	assert_int_equal(r->n_sent, 1);
	rig_tick(r, 1);
	conflict.op = ARP_REPLY;
	rig_burst(r, frame(r, conflict));
	assert_int_equal(r->n_sent, 2);
	assert_int_equal(rig_counter(r, "conflicts"), 4);
	assert_int_equal(rig_drops(r, DROP_ARP_CONFLICT), 4);
	assert_false(known(r, 0, US, &info));
	rig_close(r);
}

static void a23_own_packets_are_ignored(void **state)
{
	struct rig *r = rig_open(&handler_arp);

	rig_burst(r, frame(r, (struct shape){
				      .spa = US, .tpa = US, .sha = rig_mac[0], .src = rig_mac[0]}));
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(r->counts.consume, 1);
	assert_int_equal(rig_counter(r, "own_looped"), 1);
	assert_int_equal(rig_counter(r, "conflicts"), 0);
	rig_close(r);
}

static void a26_link_up_and_new_address_are_announced_twice(void **state)
{
	struct rig *r = rig_open(&handler_arp);

	rig_event(r, HANDLER_LINK_UP, 0); // interfaces 0 (two addresses) and 1
	rig_event(r, HANDLER_ADDRESS, 0);
	rig_tick(r, 1);
	assert_int_equal(r->n_sent, 3);
	for (unsigned i = 0; i < 3; i++) {
		struct arp arp = sent_arp(&r->sent[i], 14);

		assert_int_equal(arp.op, ARP_REQUEST);
		assert_int_equal(arp.spa_be, arp.tpa_be);
		assert_int_equal(r->sent[i].iface, i < 2 ? 0 : 1);
		assert_int_equal(r->sent[i].m->data_len, 60);
	}
	rig_tick(r, 2 * RIG_HZ - 1);
	assert_int_equal(r->n_sent, 3);
	rig_tick(r, 1);
	assert_int_equal(r->n_sent, 6);
	rig_tick(r, 10 * RIG_HZ);
	assert_int_equal(r->n_sent, 6);
	assert_int_equal(rig_counter(r, "tx_gratuitous"), 6);
	rig_close(r);
}

static void flapping_link_is_announced_once_a_second(void **state)
{
	struct rig *r = rig_open(&handler_arp);

	for (unsigned i = 0; i < 20; i++) { // 10 Hz
		rig_event(r, HANDLER_LINK_DOWN, 1);
		rig_event(r, HANDLER_LINK_UP, 1);
		rig_tick(r, RIG_HZ / 10);
	}
	assert_in_range(r->n_sent, 2, 3);
	rig_close(r);
}

static void a27_a28_tags_and_their_bits_come_back(void **state)
{
	static const uint8_t tags[10] = {0x88, 0xa8, 0xb0, 100, 0x81, 0, 0, 200, 8, 6};
	struct rig *r = rig_open(&handler_arp);

	rig_burst(r, frame(r, (struct shape){.l2_len = 22, .iface = 1, .spa = HOST, .tpa = US}));
	check_reply(r, 22, 60, US);
	assert_memory_equal(rte_pktmbuf_mtod(r->sent[0].m, uint8_t *) + 12, tags, 10);
	rig_close(r);
}

static void a27_address_of_another_interface_is_not_answered(void **state)
{
	struct rig *r = rig_open(&handler_arp);

	rig_burst(r, frame(r, (struct shape){.iface = 1, .spa = HOST, .tpa = US_TOO}));
	rig_burst(r, frame(r, (struct shape){.iface = OUT_IFACE_NONE, .spa = HOST, .tpa = US}));
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_drops(r, DROP_ARP_NOT_OURS), 1);
	assert_int_equal(rig_drops(r, DROP_NO_INTERFACE), 1);
	rig_close(r);
}

/** Let a frame wait for `ip`, as another handler would. */
static struct rte_mbuf *wait_for(struct rig *r, uint32_t ip)
{
	struct rte_mbuf *m = frame(r, (struct shape){.spa = HOST, .tpa = US});
	uint8_t mac[6];
	void *displaced;

	assert_int_equal(neigh_resolve(r->env.neigh, 0, rte_cpu_to_be_32(ip), m, mac, &displaced),
		NEIGH_WAITS);
	assert_null(displaced);
	out_keep(&r->out, m);
	return m;
}

static void a10_a34_reply_sends_what_waited_in_order(void **state)
{
	struct rig *r = rig_open(&handler_arp);
	struct rte_mbuf *first = wait_for(r, HOST), *second = wait_for(r, HOST);
	struct arp arp;

	rig_tick(r, 1);
	assert_int_equal(r->n_sent, 1);
	arp = sent_arp(&r->sent[0], 14);
	assert_int_equal(arp.op, ARP_REQUEST);
	assert_int_equal(arp.tpa_be, rte_cpu_to_be_32(HOST));
	assert_int_equal(arp.spa_be, rte_cpu_to_be_32(US));
	rig_burst(r, frame(r, (struct shape){
				      .op = ARP_REPLY, .dst = rig_mac[0], .spa = HOST, .tpa = US}));
	assert_int_equal(r->n_sent, 3);
	assert_ptr_equal(r->sent[1].m, first);
	assert_ptr_equal(r->sent[2].m, second);
	assert_int_equal(r->sent[1].port, 0);
	assert_memory_equal(rte_pktmbuf_mtod(first, uint8_t *), host_mac, 6);
	rig_close(r);
}

static void request_takes_the_source_of_the_neighbours_subnet(void **state)
{
	struct rig *r = rig_open(&handler_arp);

	wait_for(r, 0xc6336442);
	rig_tick(r, 1);
	assert_int_equal(sent_arp(&r->sent[0], 14).spa_be, rte_cpu_to_be_32(US_TOO));
	rig_close(r);
}

static void a31_silent_neighbour_is_asked_three_times_then_given_up(void **state)
{
	struct rig *r = rig_open(&handler_arp);
	struct neigh_info info;

	wait_for(r, HOST);
	for (unsigned i = 0; i < 2990; i++)
		rig_tick(r, 1);
	assert_int_equal(r->n_sent, 3);
	assert_int_equal(rig_drops(r, DROP_NEIGH_UNRESOLVED), 0);
	rig_tick(r, 100);
	assert_int_equal(r->n_sent, 3);
	assert_int_equal(rig_drops(r, DROP_NEIGH_UNRESOLVED), 1);
	assert_int_equal(rig_counter(r, "failed"), 1);
	assert_true(known(r, 0, HOST, &info));
	assert_int_equal(info.state, NEIGH_FAILED);
	rig_close(r);
}

static void no_buffer_for_a_request_is_counted_and_tried_again(void **state)
{
	struct rig *r = rig_open(&handler_arp);

	wait_for(r, HOST);
	r->refuse_new = 1;
	rig_tick(r, 1);
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_counter(r, "no_buffer"), 1);
	rig_tick(r, RIG_HZ);
	assert_int_equal(r->n_sent, 1);
	rig_close(r);
}

static void link_down_forgets_what_was_learnt_there(void **state)
{
	struct rig *r = rig_open(&handler_arp);
	struct neigh_info info;

	neigh_add_static(r->env.neigh, 0, rte_cpu_to_be_32(OTHER), new_mac);
	rig_burst(r, frame(r, (struct shape){.spa = HOST, .tpa = US}));
	wait_for(r, HOST + 9);
	rig_event(r, HANDLER_LINK_DOWN, 1);
	assert_true(known(r, 0, HOST, &info));
	rig_event(r, HANDLER_LINK_DOWN, 0);
	assert_false(known(r, 0, HOST, &info));
	assert_true(known(r, 0, OTHER, &info));
	assert_int_equal(rig_drops(r, DROP_NEIGH_UNRESOLVED), 1);
	rig_close(r);
}

static void drain_drops_what_waits(void **state)
{
	struct rig *r = rig_open(&handler_arp);

	wait_for(r, HOST);
	wait_for(r, OTHER);
	handler_arp.drain(r->state, &r->out);
	assert_int_equal(rig_drops(r, DROP_SHUTDOWN), 2);
	rig_close(r);
}

static void init_refuses_to_run_without_the_table(void **state)
{
	struct handler_env env = {.tsc_hz = RIG_HZ};
	void *s = NULL;

	assert_true(handler_arp.init(&s, &env) < 0);
	assert_null(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a1_broadcast_request_is_answered_and_learnt),
		cmocka_unit_test(a2_unicast_request_is_answered),
		cmocka_unit_test(second_address_is_answered),
		cmocka_unit_test(a3_request_for_another_updates_but_never_creates),
		cmocka_unit_test(a7_unknown_opcode_is_neither_answered_nor_learnt),
		cmocka_unit_test(a8_every_cut_is_short),
		cmocka_unit_test(a9_any_length_is_answered_with_clean_padding),
		cmocka_unit_test(a9_request_in_segments_is_answered),
		cmocka_unit_test(a11_unsolicited_reply_never_creates),
		cmocka_unit_test(a12_gratuitous_arp_updates_known_only),
		cmocka_unit_test(a13_static_entry_is_never_overwritten),
		cmocka_unit_test(a14_group_and_zero_senders_are_not_believed),
		cmocka_unit_test(a15_a16_impossible_and_foreign_senders_are_not_believed),
		cmocka_unit_test(a17_other_ethernet_source_is_counted_and_the_sender_answered),
		cmocka_unit_test(a18_request_for_no_host_is_not_answered),
		cmocka_unit_test(a19_frame_to_another_mac_is_not_answered),
		cmocka_unit_test(a20_a21_probe_is_answered_for_us_only_and_not_learnt),
		cmocka_unit_test(a22_conflict_is_defended_once_in_ten_seconds),
		cmocka_unit_test(a23_own_packets_are_ignored),
		cmocka_unit_test(a26_link_up_and_new_address_are_announced_twice),
		cmocka_unit_test(flapping_link_is_announced_once_a_second),
		cmocka_unit_test(a27_a28_tags_and_their_bits_come_back),
		cmocka_unit_test(a27_address_of_another_interface_is_not_answered),
		cmocka_unit_test(a10_a34_reply_sends_what_waited_in_order),
		cmocka_unit_test(request_takes_the_source_of_the_neighbours_subnet),
		cmocka_unit_test(a31_silent_neighbour_is_asked_three_times_then_given_up),
		cmocka_unit_test(no_buffer_for_a_request_is_counted_and_tried_again),
		cmocka_unit_test(link_down_forgets_what_was_learnt_there),
		cmocka_unit_test(drain_drops_what_waits),
		cmocka_unit_test(init_refuses_to_run_without_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
