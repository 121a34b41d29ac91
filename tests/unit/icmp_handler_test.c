/* SPDX-License-Identifier: BSD-3-Clause */
/* The icmp handler, frame by frame: conformance C1 to C4, C10, C11, and A34 with the arp handler.
 */

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

enum { US = 0xc0000201, HOST = 0xc0000242, FAR = 0x0a000001 };

static const uint8_t host_mac[6] = {2, 0, 0, 0, 0, 0x66};
static const uint8_t gateway_mac[6] = {2, 0, 0, 0, 0, 0x67};

struct shape {
	const uint8_t *dst, *src;
	uint32_t from, to;
	uint16_t data, options, pad, room, l2_len, flags;
	uint8_t type, code, protocol, ttl, option[8];
	uint16_t iface;
	bool bad_ip, bad_icmp;
};

static uint8_t bytes[16000];

/** Echo request from `HOST` to `US` unless `s` says otherwise; octets of it in `bytes`. */
static struct rte_mbuf *frame(struct rig *r, struct shape s)
{
	static const uint8_t tags[8] = {0x88, 0xa8, 0xb0, 100, 0x81, 0, 0, 200};
	uint16_t l2_len = s.l2_len == 0 ? 14 : s.l2_len;
	uint16_t header = (uint16_t)(20 + s.options), message = (uint16_t)(8 + s.data);
	uint8_t *ip = bytes + l2_len, *icmp = ip + header;
	uint32_t from = rte_cpu_to_be_32(s.from == 0 ? HOST : s.from);
	uint32_t to = rte_cpu_to_be_32(s.to == 0 ? US : s.to);
	uint16_t total = rte_cpu_to_be_16((uint16_t)(header + message));

	memset(bytes, 0xee, sizeof(bytes));
	memcpy(bytes, s.dst != NULL ? s.dst : rig_mac[0], 6);
	memcpy(bytes + 6, s.src != NULL ? s.src : host_mac, 6);
	memcpy(bytes + 12, tags, l2_len - 14u);
	bytes[l2_len - 2] = 8;
	bytes[l2_len - 1] = 0;
	memset(ip, 1, header);
	if (s.option[0] != 0)
		memcpy(ip + 20, s.option, sizeof(s.option));
	memcpy(ip, (const uint8_t[]){0, 0xb8, 0, 0, 0x12, 0x34}, 6);
	ip[0] = (uint8_t)(0x40 + header / 4);
	memcpy(ip + 2, &total, 2);
	ip[6] = (uint8_t)(s.flags >> 8);
	ip[7] = (uint8_t)s.flags;
	ip[8] = s.ttl == 0 ? 1 : s.ttl;
	ip[9] = s.protocol == 0 ? IPV4_ICMP : s.protocol;
	memcpy(ip + 12, &from, 4);
	memcpy(ip + 16, &to, 4);
	ipv4_set_checksum(ip, (uint8_t)header);
	for (uint16_t i = 0; i < message; i++)
		icmp[i] = (uint8_t)(i * 7 + 3);
	icmp[0] = s.type == 0 ? ICMP_ECHO_REQUEST : s.type;
	icmp[1] = s.code;
	icmp[2] = icmp[3] = 0;
	icmp_set_checksum(icmp, ipv4_sum(icmp, message));
	ip[10] ^= s.bad_ip;
	icmp[2] ^= s.bad_icmp;
	return rig_frame(
		r, s.iface, l2_len, bytes, (uint16_t)(l2_len + header + message + s.pad), s.room);
}

static struct rig *open_knowing_host(void)
{
	struct rig *r = rig_open(&handler_icmp);
	struct neigh_held held;

	for (uint16_t i = 0; i < 2; i++)
		neigh_learn(r->env.neigh, i, rte_cpu_to_be_32(HOST), host_mac, &held);
	return r;
}

/** All octets of a frame that left. */
static uint16_t octets(const struct rte_mbuf *m, uint8_t *to)
{
	uint16_t n = 0;

	for (uint32_t left = m->pkt_len; m != NULL; m = m->next) {
		assert_true(m->data_len <= left);
		memcpy(to + n, rte_pktmbuf_mtod(m, uint8_t *), m->data_len);
		n = (uint16_t)(n + m->data_len);
		left -= m->data_len;
	}
	return n;
}

/** The one frame that left answers what is in `bytes`. */
static void check_reply(struct rig *r, struct shape s, uint16_t want_len)
{
	static uint8_t p[16000];
	uint16_t l2_len = s.l2_len == 0 ? 14 : s.l2_len, message = (uint16_t)(8 + s.data);
	uint16_t end = (uint16_t)(l2_len + 20 + message);
	const uint8_t *asked = bytes + l2_len + 20 + s.options;
	struct icmp icmp;
	struct ipv4 ip;

	assert_int_equal(r->n_sent, 1);
	assert_int_equal(r->sent[0].port, 0);
	assert_int_equal(octets(r->sent[0].m, p), want_len);
	assert_int_equal(r->sent[0].m->pkt_len, want_len);
	assert_memory_equal(p, s.src != NULL ? s.src : host_mac, 6);
	assert_memory_equal(p + 6, rig_mac[0], 6);
	assert_memory_equal(p + 12, bytes + 12, l2_len - 12u);
	assert_int_equal(ipv4_parse(p + l2_len, want_len - l2_len, want_len - l2_len, &ip), 0);
	assert_int_equal(ip.total_len, 20 + message);
	assert_int_equal(ip.ttl, 64);
	assert_int_equal(p[l2_len + 6] << 8 | p[l2_len + 7], s.flags & 0x4000);
	assert_int_equal(ip.src_be, rte_cpu_to_be_32(s.to == 0 ? US : s.to));
	assert_int_equal(ip.dst_be, rte_cpu_to_be_32(s.from == 0 ? HOST : s.from));
	assert_int_equal(
		icmp_parse(p + l2_len + 20, message, ipv4_sum(p + l2_len + 20, message), &icmp),
		ICMP_OK);
	assert_int_equal(icmp.type, ICMP_ECHO_REPLY);
	assert_memory_equal(p + l2_len + 24, asked + 4, message - 4u);
	for (uint16_t i = end; i < want_len; i++)
		assert_int_equal(p[i], 0);
}

static void c1_echo_is_answered_at_every_length(void **state)
{
	static const uint16_t data[] = {0, 1, 17, 18, 19, 55, 56, 57, 1471, 1472, 8972};

	for (unsigned i = 0; i < sizeof(data) / sizeof(data[0]); i++) {
		struct rig *r = open_knowing_host();
		struct shape s = {.data = data[i], .ttl = 255};

		rig_burst(r, frame(r, s));
		check_reply(r, s, (uint16_t)(42 + data[i]));
		rig_close(r);
	}
}

static void c1_of_the_flags_dont_fragment_comes_back(void **state)
{
	static const uint16_t flags[] = {0, 0x4000, 0x8000, 0xc000}; // RFC 791: bit 0 must be zero

	for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		struct rig *r = open_knowing_host();
		struct shape s = {.data = 56, .flags = flags[i]};

		rig_burst(r, frame(r, s));
		check_reply(r, s, 98);
		rig_close(r);
	}
}

static void c1_padding_is_cut_and_comes_back_as_zeros(void **state)
{
	static const struct {
		uint16_t data, pad, room, want;
	} cases[] = {{0, 18, 0, 60}, {0, 0, 18, 60}, {0, 0, 7, 49}, {0, 17, 1, 60}, {0, 22, 0, 60},
		{56, 4, 0, 98}, {1472, 100, 0, 1514}};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r = open_knowing_host();
		struct shape s = {
			.data = cases[i].data, .pad = cases[i].pad, .room = cases[i].room};

		rig_burst(r, frame(r, s));
		check_reply(r, s, cases[i].want);
		rig_close(r);
	}
}

static void c1_tags_come_back(void **state)
{
	struct rig *r = open_knowing_host();
	struct shape s = {.l2_len = 22, .iface = 1, .data = 56};

	rig_burst(r, frame(r, s));
	check_reply(r, s, 106);
	rig_close(r);
}

static void options_are_read_over_and_left_out(void **state)
{
	for (uint16_t options = 4; options <= 40; options += 4) {
		struct rig *r = open_knowing_host();
		struct shape s = {.options = options, .data = 57};

		rig_burst(r, frame(r, s));
		check_reply(r, s, 99);
		rig_close(r);
	}
}

static void c1_segments_are_answered_at_every_cut(void **state)
{
	for (uint16_t tail = 1; tail <= 201; tail++) {
		struct rig *r = open_knowing_host();
		struct shape s = {.data = 201};
		struct rte_mbuf *m = frame(r, s);

		memset(bytes + 42, 0xff, 150); // many carries
		memcpy(rte_pktmbuf_mtod(m, uint8_t *) + 42, bytes + 42, 150);
		bytes[36] = bytes[37] = 0;
		icmp_set_checksum(bytes + 34, ipv4_sum(bytes + 34, 209));
		memcpy(rte_pktmbuf_mtod(m, uint8_t *) + 36, bytes + 36, 2);
		rig_split(r, m, tail);
		rig_burst(r, m);
		check_reply(r, s, 243);
		rig_close(r);
	}
}

static void headers_and_padding_over_segments_are_answered(void **state)
{
	for (uint16_t first = 14; first <= 42 + 56; first++) {
		struct rig *r = open_knowing_host();
		struct shape s = {.data = 56, .pad = 20};
		struct rte_mbuf *m = frame(r, s);

		rig_split(r, m, (uint16_t)(m->data_len - first));
		rig_burst(r, m);
		check_reply(r, s, 42 + 56);
		rig_close(r);
	}
}

static void headers_over_three_segments_are_gathered(void **state)
{
	struct rig *r = open_knowing_host();
	struct shape s = {.data = 56, .options = 8};
	struct rte_mbuf *m = frame(r, s), *middle;

	rig_split(r, m, 30); // the data's end
	middle = m->next;
	rig_split(r, m, 60); // behind 20 octets of the IP header
	m->next->next = middle;
	m->nb_segs = 3;
	rig_burst(r, m);
	check_reply(r, s, 42 + 56);
	rig_close(r);
}

static void headers_without_room_in_the_first_segment_are_dropped(void **state)
{
	struct rig *r = open_knowing_host();
	struct rte_mbuf *m = frame(r, (struct shape){.data = 56});

	rig_split(r, m, 70); // inside the IP header
	m->buf_len = (uint16_t)(m->buf_len - 70);
	rig_burst(r, m);
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_drops(r, DROP_NO_BUFFER), 1);
	rig_close(r);
}

static void every_cut_is_refused_and_nothing_behind_it_read(void **state)
{
	struct rig *r = open_knowing_host();

	for (uint16_t cut = 1; cut <= 48; cut++) {
		struct rte_mbuf *m = frame(r, (struct shape){.data = 20});
		uint16_t len = (uint16_t)(m->data_len - cut);

		memmove(rte_pktmbuf_mtod(m, uint8_t *) + cut, rte_pktmbuf_mtod(m, uint8_t *), len);
		rte_pktmbuf_adj(m, cut); // ends at the guard page again
		rig_burst(r, m);
	}
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_drops(r, DROP_IP_MALFORMED), 48);
	rig_close(r);
}

/** One frame that must not be answered, and why. */
struct refused {
	struct shape shape;
	enum drop_reason reason;
};

static void c2_c3_c4_c10_c11_these_are_never_answered(void **state)
{
	static const uint8_t group[6] = {0x01, 0, 0x5e, 0, 0, 1}, zero[6];
	const struct refused cases[] = {
		{{.bad_ip = true}, DROP_IP_MALFORMED},
		{{.bad_icmp = true}, DROP_ICMP_MALFORMED},
		{{.type = 3}, DROP_ICMP_TYPE},
		{{.type = 5}, DROP_ICMP_TYPE},
		{{.type = 11}, DROP_ICMP_TYPE},
		{{.type = 13}, DROP_ICMP_TYPE},
		{{.type = 17}, DROP_ICMP_TYPE},
		{{.type = 200}, DROP_ICMP_TYPE},
		{{.code = 1}, DROP_ICMP_TYPE},
		{{.flags = 0x2000}, DROP_IP_FRAGMENT},
		{{.flags = 1}, DROP_IP_FRAGMENT},
		{{.options = 8, .option = {0x83, 7, 4, 192, 0, 2, 9}}, DROP_IP_SOURCE_ROUTE},
		{{.options = 8, .option = {1, 0x89, 7, 8, 192, 0, 2, 9}}, DROP_IP_SOURCE_ROUTE},
		{{.options = 8, .option = {0x83, 7, 4, 192, 0, 2, 9}, .protocol = 132},
			DROP_IP_SOURCE_ROUTE},
		{{.options = 8, .option = {7, 9, 4}}, DROP_IP_MALFORMED},
		{{.to = 0xc0000243}, DROP_IP_NOT_OURS},
		{{.to = 0xc00002ff}, DROP_IP_NOT_OURS},
		{{.to = 0xffffffff}, DROP_IP_NOT_OURS},
		{{.to = 0xe0000001}, DROP_IP_NOT_OURS},
		{{.to = 0xcb007101}, DROP_IP_NOT_OURS}, // ours, elsewhere
		{{.dst = rig_broadcast}, DROP_IP_LINK_GROUP},
		{{.dst = group}, DROP_IP_LINK_GROUP},
		{{.dst = gateway_mac}, DROP_NOT_FOR_US},
		{{.src = group}, DROP_IP_BAD_SOURCE},
		{{.src = zero}, DROP_IP_BAD_SOURCE},
		{{.from = 0x00000001}, DROP_IP_BAD_SOURCE},
		{{.from = 0x7f000001}, DROP_IP_BAD_SOURCE},
		{{.from = 0xe0000001}, DROP_IP_BAD_SOURCE},
		{{.from = 0xf0000001}, DROP_IP_BAD_SOURCE},
		{{.from = 0xffffffff}, DROP_IP_BAD_SOURCE},
		{{.from = 0xc00002ff}, DROP_IP_BAD_SOURCE},
		{{.from = 0xc0000200}, DROP_IP_BAD_SOURCE},
		{{.from = US}, DROP_IP_BAD_SOURCE},
		{{.iface = OUT_IFACE_NONE}, DROP_NO_INTERFACE},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r = open_knowing_host();

		rig_burst(r, frame(r, cases[i].shape));
		if (r->n_sent != 0 || rig_drops(r, cases[i].reason) != 1)
			fail_msg("case %u", i);
		rig_close(r);
	}
}

static void off_link_source_is_answered_to_its_gateway(void **state)
{
	struct rig *r = rig_open(&handler_icmp);
	struct shape s = {.from = FAR, .src = gateway_mac, .data = 56};

	rig_burst(r, frame(r, s));
	check_reply(r, s, 98);
	assert_int_equal(rig_counter(r, "off_link"), 1);
	rig_close(r);
}

static void a34_replies_wait_for_arp_and_go_in_order(void **state)
{
	struct rig *r = rig_open(&handler_icmp);
	struct rte_mbuf *m[3], *answer;
	struct arp arp = {.op = ARP_REPLY,
		.sha = {2, 0, 0, 0, 0, 0x66},
		.spa_be = RTE_BE32(HOST),
		.tpa_be = RTE_BE32(US)};
	uint8_t reply[60] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0x66, 8, 6};
	void *arp_state;

	assert_int_equal(handler_arp.init(&arp_state, &r->env), 0);
	for (unsigned i = 0; i < 3; i++) {
		m[i] = frame(r, (struct shape){.data = (uint16_t)(56 + i)});
		rig_burst(r, m[i]);
	}
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_counter(r, "waiting"), 3);
	handler_arp.tick(arp_state, r->now, &r->out);
	out_flush(&r->out);
	assert_int_equal(r->n_sent, 1); // one request for three frames
	arp_build(&arp, reply + 14, 46);
	answer = rig_frame(r, 0, 14, reply, 60, 0);
	handler_arp.burst(arp_state, &answer, 1, &r->out);
	out_flush(&r->out);
	assert_int_equal(r->n_sent, 4);
	for (unsigned i = 0; i < 3; i++) {
		assert_ptr_equal(r->sent[1 + i].m, m[i]);
		assert_memory_equal(rte_pktmbuf_mtod(m[i], uint8_t *), host_mac, 6);
	}
	handler_arp.fini(arp_state);
	rig_close(r);
}

static void too_many_waiting_cost_the_oldest_then_the_newest(void **state)
{
	struct rig *r = rig_open(&handler_icmp);
	void *arp_state;

	assert_int_equal(handler_arp.init(&arp_state, &r->env), 0);
	for (unsigned i = 0; i < NEIGH_HOLD_MAX + 1; i++)
		rig_burst(r, frame(r, (struct shape){.data = 56}));
	assert_int_equal(rig_drops(r, DROP_NEIGH_QUEUE), 1);
	assert_int_equal(r->n_done, 1);
	for (uint32_t i = 1; i < NEIGH_HOLD_IFACE / NEIGH_HOLD_MAX; i++)
		for (unsigned j = 0; j < NEIGH_HOLD_MAX; j++)
			rig_burst(r, frame(r, (struct shape){.from = HOST + i}));
	assert_int_equal(rig_drops(r, DROP_NEIGH_QUEUE), 1);
	rig_burst(r, frame(r, (struct shape){.from = HOST + 100}));
	assert_int_equal(rig_drops(r, DROP_NEIGH_QUEUE), 2);
	assert_int_equal(ledger_port_kept(&r->ledger.port[0]), NEIGH_HOLD_IFACE);
	handler_arp.drain(arp_state, &r->out);
	assert_int_equal(rig_drops(r, DROP_SHUTDOWN), NEIGH_HOLD_IFACE);
	handler_arp.fini(arp_state);
	rig_close(r);
}

static void full_table_drops_the_reply(void **state)
{
	struct rig *r = rig_open(&handler_icmp);
	void *arp_state;

	assert_int_equal(handler_arp.init(&arp_state, &r->env), 0);
	for (uint32_t i = 0; i < 33; i++) // half of the rig's table may be unresolved
		rig_burst(r, frame(r, (struct shape){.from = HOST + i}));
	assert_int_equal(rig_drops(r, DROP_NEIGH_FULL), 1);
	handler_arp.drain(arp_state, &r->out);
	handler_arp.fini(arp_state);
	rig_close(r);
}

static void what_came_by_no_port_is_answered_through_the_interface(void **state)
{
	static const struct shape cases[] = {
		{.data = 56}, {.data = 56, .from = FAR}, {.data = 56, .protocol = 132}};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r = open_knowing_host();
		struct rte_mbuf *m = frame(r, cases[i]);

		rig_as_made(r, m);
		rig_burst(r, m);
		assert_int_equal(r->n_sent, 1);
		assert_int_equal(r->sent[0].iface, 0);
		rig_close(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c1_echo_is_answered_at_every_length),
		cmocka_unit_test(c1_of_the_flags_dont_fragment_comes_back),
		cmocka_unit_test(c1_padding_is_cut_and_comes_back_as_zeros),
		cmocka_unit_test(c1_tags_come_back),
		cmocka_unit_test(options_are_read_over_and_left_out),
		cmocka_unit_test(c1_segments_are_answered_at_every_cut),
		cmocka_unit_test(headers_and_padding_over_segments_are_answered),
		cmocka_unit_test(headers_over_three_segments_are_gathered),
		cmocka_unit_test(headers_without_room_in_the_first_segment_are_dropped),
		cmocka_unit_test(every_cut_is_refused_and_nothing_behind_it_read),
		cmocka_unit_test(c2_c3_c4_c10_c11_these_are_never_answered),
		cmocka_unit_test(off_link_source_is_answered_to_its_gateway),
		cmocka_unit_test(a34_replies_wait_for_arp_and_go_in_order),
		cmocka_unit_test(too_many_waiting_cost_the_oldest_then_the_newest),
		cmocka_unit_test(full_table_drops_the_reply),
		cmocka_unit_test(what_came_by_no_port_is_answered_through_the_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
