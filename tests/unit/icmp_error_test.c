/* SPDX-License-Identifier: BSD-3-Clause */
/* The errors of the icmp handler: conformance C4 to C7, A35. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <rte_ip.h>
#include <rte_udp.h>

#include "handler_rig.h"
#include "neigh/neigh.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

extern const struct handler handler_icmp;

enum { US = 0xc0000201, HOST = 0xc0000242, FAR = 0x0a000001, TCP = 6 };

static const uint8_t host_mac[6] = {2, 0, 0, 0, 0, 0x66};

struct shape {
	const uint8_t *dst;
	uint32_t from, to;
	uint16_t data, l2_len, iface, flags;
	uint8_t protocol, options;
};

static uint8_t bytes[16000];

static struct rte_mbuf *frame(struct rig *r, struct shape s)
{
	static const uint8_t tags[8] = {0x88, 0xa8, 0xb0, 100, 0x81, 0, 0, 200};
	uint16_t l2_len = s.l2_len == 0 ? 14 : s.l2_len, header = (uint16_t)(20 + s.options);
	uint8_t *ip = bytes + l2_len;
	uint32_t from = rte_cpu_to_be_32(s.from == 0 ? HOST : s.from);
	uint32_t to = rte_cpu_to_be_32(s.to == 0 ? US : s.to);
	uint16_t total = rte_cpu_to_be_16((uint16_t)(header + s.data));

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + 3);
	memcpy(bytes, s.dst != NULL ? s.dst : rig_mac[0], 6);
	memcpy(bytes + 6, host_mac, 6);
	memcpy(bytes + 12, tags, l2_len - 14u);
	bytes[l2_len - 2] = 8;
	bytes[l2_len - 1] = 0;
	memset(ip, 1, header);
	ip[0] = (uint8_t)(0x40 + header / 4);
	ip[1] = 0xb9; // precedence 5, TOS 0x18, ECN 1
	memcpy(ip + 2, &total, 2);
	ip[6] = (uint8_t)(s.flags >> 8);
	ip[7] = (uint8_t)s.flags;
	ip[8] = 7;
	ip[9] = s.protocol == 0 ? IPV4_UDP : s.protocol;
	memcpy(ip + 12, &from, 4);
	memcpy(ip + 16, &to, 4);
	ipv4_set_checksum(ip, (uint8_t)header);
	if (ip[9] == IPV4_UDP) {
		uint16_t len = rte_cpu_to_be_16(s.data);

		memcpy(ip + header + 4, &len, 2);
		memset(ip + header + 6, 0, 2); // no checksum
	}
	return rig_frame(r, s.iface, l2_len, bytes, (uint16_t)(l2_len + header + s.data), 0);
}

static struct rig *open_knowing_host(void)
{
	struct rig *r = rig_open(&handler_icmp);
	struct neigh_held held;

	for (uint16_t i = 0; i < 2; i++)
		neigh_learn(r->env.neigh, i, rte_cpu_to_be_32(HOST), host_mac, &held);
	rig_tick(r, 1);
	return r;
}

/** What left quotes the packet in `bytes`. */
static void check_error(const struct rig *r, struct shape s, uint8_t code, uint16_t quoted)
{
	uint16_t l2_len = s.l2_len == 0 ? 14 : s.l2_len, end = (uint16_t)(l2_len + 28 + quoted);
	const struct rte_mbuf *m = r->sent[0].m;
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	const uint8_t *icmp = p + l2_len + 20;
	struct ipv4 ip;

	assert_int_equal(r->n_sent, 1);
	assert_int_equal(r->sent[0].port, 0);
	assert_int_equal(m->data_len, end < 60 ? 60 : end);
	assert_memory_equal(p, host_mac, 6);
	assert_memory_equal(p + 6, rig_mac[0], 6);
	assert_memory_equal(p + 12, bytes + 12, l2_len - 12u); // the tags
	assert_int_equal(ipv4_parse(p + l2_len, m->data_len, m->data_len, &ip), IPV4_OK);
	assert_int_equal(ip.total_len, 28 + quoted);
	assert_int_equal(ip.ttl, 64);
	assert_int_equal(ip.tos, 0xd8);
	assert_int_equal(ip.protocol, IPV4_ICMP);
	assert_int_equal(ip.src_be, RTE_BE32(US));
	assert_int_equal(ip.dst_be, rte_cpu_to_be_32(s.from == 0 ? HOST : s.from));
	assert_int_equal(icmp[0], ICMP_UNREACHABLE);
	assert_int_equal(icmp[1], code);
	assert_memory_equal(icmp + 4, "\0\0\0\0", 4);
	assert_int_equal(ipv4_sum(icmp, 8u + quoted), 0xffff);
	assert_memory_equal(icmp + 8, bytes + l2_len, quoted); // TTL as received
	for (uint16_t i = end; i < m->data_len; i++)
		assert_int_equal(p[i], 0);
	assert_int_equal(rig_drops(r, DROP_IP_PROTOCOL), 1);
	assert_int_equal(rig_counter(r, "errors_sent"), 1);
}

static void c5_c7_udp_gets_port_and_others_protocol_unreachable(void **state)
{
	static const struct {
		struct shape shape;
		uint8_t code;
		uint16_t quoted;
	} cases[] = {
		{{.data = 8}, 3, 28}, {{.data = 100}, 3, 120}, {{.data = 527}, 3, 547},
		{{.data = 528}, 3, 548}, // 576 octets in all
		{{.data = 529}, 3, 548}, {{.data = 1480}, 3, 548},
		{{.data = 8, .options = 40}, 3, 68}, {{.data = 20, .protocol = TCP}, 2, 40},
		{{.data = 0, .protocol = 132}, 2, 20}, {{.data = 30, .protocol = 255}, 2, 50},
		{{.data = 30, .l2_len = 22, .iface = 1}, 3, 50},
		{{.data = 30, .from = FAR}, 3, 50}, // to the host that brought it
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r = open_knowing_host();

		rig_burst(r, frame(r, cases[i].shape));
		check_error(r, cases[i].shape, cases[i].code, cases[i].quoted);
		rig_close(r);
	}
}

static void c5_a_packet_in_segments_is_quoted(void **state)
{
	struct rig *r = open_knowing_host();
	struct shape s = {.data = 1480};
	struct rte_mbuf *m = frame(r, s);

	rig_split(r, m, 1400);
	rig_burst(r, m);
	check_error(r, s, 3, 548);
	rig_close(r);
}

static void c4_these_get_no_error(void **state)
{
	static const uint8_t group[6] = {0x01, 0, 0x5e, 0, 0, 1};
	static const struct shape cases[] = {
		{.data = 8, .dst = rig_broadcast}, {.data = 8, .dst = group},
		{.data = 8, .to = 0xc00002ff}, {.data = 8, .to = 0xffffffff},
		{.data = 8, .to = 0xe0000001}, {.data = 8, .to = 0xc0000207},
		{.data = 8, .from = 0x00000001}, {.data = 8, .from = 0x7f000001},
		{.data = 8, .from = 0xe0000001}, {.data = 8, .from = 0xf0000001},
		{.data = 8, .from = 0xc00002ff}, {.data = 8, .from = US},
		{.data = 8, .flags = 0x2000}, {.data = 8, .flags = 1}, {.data = 7}, // no UDP header
		{.data = 36, .protocol = IPV4_ICMP}, // no message of ICMP gets one
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r = open_knowing_host();

		rig_burst(r, frame(r, cases[i]));
		if (r->n_sent != 0 || rig_counter(r, "errors_sent") != 0 || r->n_done != 1)
			fail_msg("case %u", i);
		rig_close(r);
	}
}

/** The UDP header of a frame in one piece: its length, and a checksum that is right, or 0. */
static void set_udp(struct rte_mbuf *m, uint16_t len, bool checked)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, 14);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);

	udp->dgram_len = rte_cpu_to_be_16(len);
	udp->dgram_cksum = 0;
	if (checked)
		udp->dgram_cksum = rte_ipv4_udptcp_cksum(ip, udp);
}

static void c4_udp_that_is_silently_discarded_gets_no_error(void **state)
{
	static const struct {
		uint16_t data, len;
		bool checked;
		uint8_t spoilt;
		unsigned errors;
	} cases[] = {
		{33, 33, true, 0, 1}, {33, 33, false, 0, 1}, {33, 33, false, 0xff, 1},
		{33, 33, true, 1, 0}, {36, 36, true, 0, 1}, {33, 34, false, 0, 0},
		{33, 7, false, 0, 0},
		{33, 30, false, 0, 1}, // octets behind it are not its own (RFC 768)
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r = open_knowing_host();
		struct rte_mbuf *m = frame(r, (struct shape){.data = cases[i].data});

		set_udp(m, cases[i].len, cases[i].checked);
		*rte_pktmbuf_mtod_offset(m, uint8_t *, 14 + 20 + 20) ^= cases[i].spoilt;
		rig_burst(r, m);
		if (r->n_sent != cases[i].errors)
			fail_msg("case %u", i);
		assert_int_equal(rig_drops(r, DROP_IP_PROTOCOL), 1);
		rig_close(r);
	}
}

static void c6_errors_are_limited_by_interface_and_time(void **state)
{
	struct rig *r = open_knowing_host();

	for (unsigned i = 0; i < RIG_ICMP_ERRORS + 5; i++)
		rig_burst(r, frame(r, (struct shape){.data = 8}));
	assert_int_equal(r->n_sent, RIG_ICMP_ERRORS);
	assert_int_equal(rig_counter(r, "errors_limited"), 5);
	rig_burst(r, frame(r, (struct shape){.data = 8, .iface = 1, .l2_len = 22}));
	assert_int_equal(r->n_sent, RIG_ICMP_ERRORS + 1);
	rig_tick(r, RIG_HZ / RIG_ICMP_ERRORS);
	for (unsigned i = 0; i < 3; i++)
		rig_burst(r, frame(r, (struct shape){.data = 8}));
	assert_int_equal(r->n_sent, RIG_ICMP_ERRORS + 2);
	rig_close(r);
}

static void c6_rate_0_sends_none(void **state)
{
	struct rig *r = open_knowing_host();

	r->ifaces.iface[0].icmp_errors = 0;
	rig_burst(r, frame(r, (struct shape){.data = 8}));
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_counter(r, "errors_limited"), 1);
	rig_close(r);
}

static void a35_no_error_for_a_neighbour_that_is_not_known_yet(void **state)
{
	struct rig *r = rig_open(&handler_icmp);
	struct neigh_held held;
	unsigned cursor = 0;

	rig_burst(r, frame(r, (struct shape){.data = 8}));
	assert_int_equal(r->n_sent, 0); // it waits
	assert_int_equal(rig_counter(r, "waiting"), 1);
	while (neigh_flush(r->env.neigh, NEIGH_IFACE_ALL, &cursor, &held)) {
		for (unsigned i = 0; i < held.n; i++) {
			out_release(&r->out, held.frames[i]);
			out_drop(&r->out, held.frames[i], DROP_NEIGH_UNRESOLVED);
		}
	}
	rig_close(r);
}

static void no_buffer_costs_the_error_only(void **state)
{
	struct rig *r = open_knowing_host();

	r->refuse_new = 1;
	rig_burst(r, frame(r, (struct shape){.data = 8}));
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_drops(r, DROP_IP_PROTOCOL), 1);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c5_c7_udp_gets_port_and_others_protocol_unreachable),
		cmocka_unit_test(c5_a_packet_in_segments_is_quoted),
		cmocka_unit_test(c4_these_get_no_error),
		cmocka_unit_test(c4_udp_that_is_silently_discarded_gets_no_error),
		cmocka_unit_test(c6_errors_are_limited_by_interface_and_time),
		cmocka_unit_test(c6_rate_0_sends_none),
		cmocka_unit_test(a35_no_error_for_a_neighbour_that_is_not_known_yet),
		cmocka_unit_test(no_buffer_costs_the_error_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
