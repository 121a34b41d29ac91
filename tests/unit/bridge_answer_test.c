/* SPDX-License-Identifier: BSD-3-Clause */
/* ARP and ICMP on an interface of a bridge: whoever asked is answered on the port he is at, behind
 * his tags; for everybody else the bridge looks. And what a handler of ours asked. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "handler_rig.h"
#include "neigh/neigh.h"
#include "wire/arp.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

extern const struct handler handler_arp, handler_icmp;

enum { US = 0xcb007101, HOST = 0xcb007142, IFACE = 2, TAGGED = 18 };

static const uint8_t host_mac[6] = {2, 0, 0, 0, 0, 0x66};
static const uint8_t other_mac[6] = {2, 0, 0, 0, 0, 0x67};

static struct rig *open_on_bridge(const struct handler *handler)
{
	struct rig *r = rig_open(handler);

	rig_move_to_bridge(r, IFACE);
	return r;
}

/** Addresses, a tag of VLAN 10 and a type. */
static void write_header(uint8_t *p, const uint8_t *dst, uint8_t type)
{
	memcpy(p, dst, 6);
	memcpy(p + 6, host_mac, 6);
	memcpy(p + 12, (const uint8_t[]){0x81, 0, 0xe0, 10, 8, type}, 6);
}

static struct rte_mbuf *make_arp(struct rig *r, uint16_t op)
{
	struct arp arp = {.op = op, .spa_be = RTE_BE32(HOST), .tpa_be = RTE_BE32(US)};
	uint8_t bytes[64] = {0};

	write_header(bytes, op == ARP_REQUEST ? rig_broadcast : rig_mac[IFACE], 6);
	memcpy(arp.sha, host_mac, 6);
	arp_build(&arp, bytes + TAGGED, ARP_LEN);
	return rig_frame(r, IFACE, TAGGED, bytes, sizeof(bytes), 0);
}

static struct rte_mbuf *make_echo(struct rig *r)
{
	uint8_t bytes[64] = {0}, *ip = bytes + TAGGED;

	write_header(bytes, rig_mac[IFACE], 0);
	memcpy(ip, (const uint8_t[]){0x45, 0, 0, 32, 0, 0, 0, 0, 64, IPV4_ICMP}, 10);
	memcpy(ip + 12, (const uint8_t[]){203, 0, 113, 0x42, 203, 0, 113, 1}, 8);
	ipv4_set_checksum(ip, 20);
	ip[20] = ICMP_ECHO_REQUEST;
	icmp_set_checksum(ip + 20, ipv4_sum(ip + 20, 12));
	return rig_frame(r, IFACE, TAGGED, bytes, sizeof(bytes), 0);
}

/** The only frame that left did so on the port of the question, with its tag. */
static void check_to_asker(const struct rig *r)
{
	const uint8_t *p;

	assert_int_equal(r->n_sent, 1);
	assert_int_equal(r->sent[0].port, RIG_MEMBER);
	p = rte_pktmbuf_mtod(r->sent[0].m, const uint8_t *);
	assert_memory_equal(p, host_mac, 6);
	assert_memory_equal(p + 12, ((const uint8_t[]){0x81, 0, 0xe0, 10, 8}), 5);
}

/** The frame left into the bridge, to `mac`, without tags, not shorter than frames are. */
static void check_into_bridge(const struct rig_sent *sent, const uint8_t mac[6])
{
	const uint8_t *p = rte_pktmbuf_mtod(sent->m, const uint8_t *);

	assert_int_equal(sent->port, OUT_PORTS);
	assert_int_equal(sent->iface, IFACE);
	assert_int_equal(sent->m->pkt_len, 60);
	assert_memory_equal(p, mac, 6);
	assert_memory_equal(p + 6, rig_mac[IFACE], 6);
	assert_memory_equal(p + 12, ((const uint8_t[]){8, 0, 0x45, 0, 0, 32}), 6);
}

static void a_request_is_answered_where_it_came_in(void **state)
{
	struct rig *r = open_on_bridge(&handler_arp);

	rig_burst(r, make_arp(r, ARP_REQUEST));
	check_to_asker(r);
	rig_close(r);
}

static void a_request_in_segments_is_answered_there_too(void **state)
{
	struct rig *r = open_on_bridge(&handler_arp);
	struct rte_mbuf *m = make_arp(r, ARP_REQUEST);

	rig_split(r, m, 30);
	rig_burst(r, m);
	check_to_asker(r);
	rig_close(r);
}

static void an_echo_request_is_answered_where_it_came_in(void **state)
{
	struct rig *r = open_on_bridge(&handler_icmp);
	struct neigh_held held;

	neigh_learn(r->env.neigh, IFACE, RTE_BE32(HOST), host_mac, &held);
	rig_burst(r, make_echo(r));
	check_to_asker(r);
	rig_close(r);
}

static void an_echo_reply_to_another_address_enters_the_bridge(void **state)
{
	struct rig *r = open_on_bridge(&handler_icmp);
	struct neigh_held held;

	neigh_learn(r->env.neigh, IFACE, RTE_BE32(HOST), other_mac, &held);
	rig_burst(r, make_echo(r));
	assert_int_equal(r->n_sent, 1);
	check_into_bridge(&r->sent[0], other_mac);
	rig_close(r);
}

static void what_waited_for_arp_enters_the_bridge(void **state)
{
	struct rig *r = open_on_bridge(&handler_icmp);
	struct rte_mbuf *answer;
	void *arp;

	assert_int_equal(handler_arp.init(&arp, &r->env), 0);
	rig_burst(r, make_echo(r));
	assert_int_equal(r->n_sent, 0);
	answer = make_arp(r, ARP_REPLY);
	handler_arp.burst(arp, &answer, 1, &r->out);
	out_flush(&r->out);
	assert_int_equal(r->n_sent, 1);
	check_into_bridge(&r->sent[0], host_mac);
	handler_arp.fini(arp);
	rig_close(r);
}

static void only_the_last_member_takes_the_neighbours_along(void **state)
{
	struct rig *r = open_on_bridge(&handler_arp);
	struct neigh_info info;

	rig_burst(r, make_arp(r, ARP_REQUEST));
	rig_event(r, HANDLER_LINK_DOWN, RIG_MEMBER);
	assert_true(neigh_get(r->env.neigh, IFACE, RTE_BE32(HOST), &info));
	rig_event(r, HANDLER_IFACE_DOWN, IFACE);
	assert_false(neigh_get(r->env.neigh, IFACE, RTE_BE32(HOST), &info));
	rig_close(r);
}

static void arp_that_came_by_no_port_is_answered_through_the_interface(void **state)
{
	for (unsigned segments = 1; segments <= 2; segments++) {
		struct rig *r = rig_open(&handler_arp);
		struct rte_mbuf *m = make_arp(r, ARP_REQUEST);

		if (segments == 2)
			rig_split(r, m, 30);
		rig_as_made(r, m);
		rig_burst(r, m);
		assert_int_equal(r->n_sent, 1);
		assert_int_equal(r->sent[0].iface, IFACE);
		assert_int_equal(rte_pktmbuf_mtod(r->sent[0].m, const uint8_t *)[12], 8); // no tag
		rig_close(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_answered_where_it_came_in),
		cmocka_unit_test(a_request_in_segments_is_answered_there_too),
		cmocka_unit_test(an_echo_request_is_answered_where_it_came_in),
		cmocka_unit_test(an_echo_reply_to_another_address_enters_the_bridge),
		cmocka_unit_test(what_waited_for_arp_enters_the_bridge),
		cmocka_unit_test(only_the_last_member_takes_the_neighbours_along),
		cmocka_unit_test(arp_that_came_by_no_port_is_answered_through_the_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
