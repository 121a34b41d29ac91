/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 headers and the Internet checksum against literal bytes and plain arithmetic (I1, I3, I13).
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_byteorder.h>

#include "wire/ipv4.h"

/** Checksum by the words of RFC 1071, in network order. */
static uint16_t reference(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += (uint32_t)p[i] << (i % 2 == 0 ? 8 : 0);
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

/** A header of 4 * ihl octets, total length `total`, checksum right. */
static void header(uint8_t *p, uint8_t first, uint16_t total, size_t len)
{
	uint16_t checksum;

	memset(p, 1, len); // options: no operation
	memcpy(p,
		(const uint8_t[20]){first, 0xb8, 0, 0, 0x12, 0x34, 0, 0, 0x40, 1, 0, 0, 192, 0, 2,
			66, 192, 0, 2, 1},
		20);
	p[2] = (uint8_t)(total >> 8);
	p[3] = (uint8_t)total;
	checksum = reference(p, len);
	p[10] = (uint8_t)(checksum >> 8);
	p[11] = (uint8_t)checksum;
}

static void a_header_is_read(void **state)
{
	uint8_t p[20];
	struct ipv4 ip;

	header(p, 0x45, 84, 20);
	assert_int_equal(ipv4_parse(p, 20, 84, &ip), IPV4_OK);
	assert_int_equal(ip.src_be, RTE_BE32(0xc0000242));
	assert_int_equal(ip.dst_be, RTE_BE32(0xc0000201));
	assert_int_equal(ip.total_len, 84);
	assert_int_equal(ip.header_len, 20);
	assert_int_equal(ip.protocol, IPV4_ICMP);
	assert_int_equal(ip.ttl, 64);
	assert_false(ip.fragment);
}

static void i1_every_cut_is_refused(void **state)
{
	for (size_t len = 0; len < 60; len++) {
		uint8_t whole[60], *exact = malloc(len == 0 ? 1 : len);
		struct ipv4 ip;

		header(whole, 0x4f, 60, 60);
		memcpy(exact, whole, len);
		assert_int_equal(ipv4_parse(exact, len, len, &ip), IPV4_SHORT);
		free(exact);
	}
}

static void i1_version_ihl_lengths_and_checksum_are_checked(void **state)
{
	static const struct {
		uint8_t first;
		uint16_t total;
		size_t len, present;
		enum ipv4_error want;
	} cases[] = {
		{0x65, 20, 20, 20, IPV4_VERSION},
		{0x05, 20, 20, 20, IPV4_VERSION},
		{0x40, 20, 20, 20, IPV4_IHL},
		{0x44, 20, 20, 20, IPV4_IHL},
		{0x46, 24, 20, 24, IPV4_SHORT},
		{0x46, 23, 24, 60, IPV4_TOTAL_LENGTH},
		{0x45, 0, 20, 60, IPV4_TOTAL_LENGTH},
		{0x45, 47, 20, 46, IPV4_OVERRUN},
		{0x45, 46, 20, 46, IPV4_OK},
		{0x45, 20, 20, 46, IPV4_OK},
		{0x4f, 60, 60, 60, IPV4_OK},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t p[60];
		struct ipv4 ip;

		header(p, cases[i].first, cases[i].total, cases[i].len);
		assert_int_equal(ipv4_parse(p, cases[i].len, cases[i].present, &ip), cases[i].want);
		if (cases[i].want != IPV4_OK)
			continue;
		for (size_t at = 0; at < cases[i].len; at++) {
			p[at] ^= 0x10;
			assert_int_not_equal(
				ipv4_parse(p, cases[i].len, cases[i].present, &ip), IPV4_OK);
			p[at] ^= 0x10;
		}
	}
}

static void fragments_are_recognised_first_and_later(void **state)
{
	static const struct {
		uint8_t high, low;
		bool fragment;
	} cases[] = {{0, 0, false}, {0x40, 0, false}, {0x20, 0, true}, {0, 1, true},
		{0x1f, 0xff, true}, {0x80, 0, false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t p[20];
		struct ipv4 ip;

		header(p, 0x45, 20, 20);
		p[6] = cases[i].high;
		p[7] = cases[i].low;
		ipv4_set_checksum(p, 20);
		assert_int_equal(ipv4_parse(p, 20, 20, &ip), IPV4_OK);
		assert_int_equal(ip.fragment, cases[i].fragment);
	}
}

static void i13_options_are_walked_to_their_end(void **state)
{
	static const struct {
		uint8_t options[8];
		enum ipv4_error want;
		bool source_route;
	} cases[] = {
		{{1, 1, 1, 1, 1, 1, 1, 1}, IPV4_OK, false},
		{{7, 7, 4, 0, 0, 0, 0, 0}, IPV4_OK, false},              // record route
		{{0x44, 8, 5, 0, 0, 0, 0, 0}, IPV4_OK, false},           // timestamp
		{{0x94, 4, 0, 0, 0x99, 4, 0x83, 0x83}, IPV4_OK, false},  // in another's data
		{{0, 0x83, 7, 4, 192, 0, 2, 9}, IPV4_OK, false},         // behind the end
		{{0x83, 7, 4, 192, 0, 2, 9, 0}, IPV4_OK, true},          // loose
		{{0x89, 7, 8, 192, 0, 2, 9, 1}, IPV4_OK, true},          // strict, at its end
		{{0x94, 4, 0, 0, 0x83, 3, 4, 0}, IPV4_OK, true},         // behind another
		{{7, 0, 0, 0, 0, 0, 0, 0}, IPV4_OPTIONS, false},         // no step
		{{0x99, 1, 0, 0, 0, 0, 0, 0}, IPV4_OPTIONS, false},      // less than itself
		{{7, 9, 4, 0, 0, 0, 0, 0}, IPV4_OPTIONS, false},         // beyond the header
		{{1, 1, 1, 1, 1, 1, 1, 7}, IPV4_OPTIONS, false},         // no length
		{{0x94, 4, 0, 0, 0x94, 255, 0, 0}, IPV4_OPTIONS, false}, // in the second
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t *exact = malloc(28);
		struct ipv4 ip = {.source_route = !cases[i].source_route};

		header(exact, 0x47, 28, 28);
		memcpy(exact + 20, cases[i].options, 8);
		ipv4_set_checksum(exact, 28);
		if (ipv4_parse(exact, 28, 28, &ip) != cases[i].want)
			fail_msg("case %zu", i);
		if (cases[i].want == IPV4_OK && ip.source_route != cases[i].source_route)
			fail_msg("case %zu: source route", i);
		free(exact);
	}
}

static void i3_checksum_is_right_at_every_value(void **state)
{
	uint8_t p[20];

	header(p, 0x45, 20, 20);
	for (unsigned id = 0; id <= 0xffff; id++) {
		p[4] = (uint8_t)(id >> 8);
		p[5] = (uint8_t)id;
		ipv4_set_checksum(p, 20);
		assert_int_equal(ipv4_sum(p, 20), 0xffff);
		assert_int_equal(reference(p, 20), 0);
	}
}

static void sum_of_any_length_is_that_of_the_rfc(void **state)
{
	for (size_t len = 0; len < 130; len++) {
		uint8_t *exact = malloc(len == 0 ? 1 : len);

		for (size_t i = 0; i < len; i++)
			exact[i] = (uint8_t)(i * 37 + 200);
		assert_int_equal(
			ipv4_sum(exact, len), rte_cpu_to_be_16((uint16_t)~reference(exact, len)));
		free(exact);
	}
}

static void hosts_are_told_from_the_rest(void **state)
{
	static const struct {
		uint32_t ip;
		bool host;
	} cases[] = {{0, false}, {0x00ffffff, false}, {0x01000000, true}, {0x7effffff, true},
		{0x7f000000, false}, {0x7fffffff, false}, {0x80000000, true}, {0xdfffffff, true},
		{0xe0000000, false}, {0xf0000001, false}, {0xffffffff, false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(ipv4_is_host(rte_cpu_to_be_32(cases[i].ip)), cases[i].host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_is_read),
		cmocka_unit_test(i1_every_cut_is_refused),
		cmocka_unit_test(i1_version_ihl_lengths_and_checksum_are_checked),
		cmocka_unit_test(fragments_are_recognised_first_and_later),
		cmocka_unit_test(i13_options_are_walked_to_their_end),
		cmocka_unit_test(i3_checksum_is_right_at_every_value),
		cmocka_unit_test(sum_of_any_length_is_that_of_the_rfc),
		cmocka_unit_test(hosts_are_told_from_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
