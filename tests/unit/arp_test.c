/* SPDX-License-Identifier: BSD-3-Clause */
/* ARP packets against literal bytes: conformance A4 to A9 as far as they are about bytes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_byteorder.h>

#include "wire/arp.h"

static const uint8_t request[ARP_LEN] = {
	0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 0x66, 192, 0, 2, 66, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1};

static void a_request_is_read(void **state)
{
	static const uint8_t sha[6] = {2, 0, 0, 0, 0, 0x66};
	struct arp arp;

	assert_int_equal(arp_parse(request, sizeof(request), &arp), ARP_OK);
	assert_int_equal(arp.op, ARP_REQUEST);
	assert_memory_equal(arp.sha, sha, 6);
	assert_memory_equal(arp.tha, "\0\0\0\0\0\0", 6);
	assert_int_equal(arp.spa_be, RTE_BE32(0xc0000242));
	assert_int_equal(arp.tpa_be, RTE_BE32(0xc0000201));
}

static void a8_every_cut_is_short(void **state)
{
	for (size_t len = 0; len < ARP_LEN; len++) {
		uint8_t *exact = malloc(len == 0 ? 1 : len); // a read behind it is seen by ASan
		struct arp arp;

		memcpy(exact, request, len);
		assert_int_equal(arp_parse(exact, len, &arp), ARP_SHORT);
		free(exact);
	}
}

static void a9_padding_is_not_read(void **state)
{
	static uint8_t padded[9000];
	struct arp clean, dirty;

	memset(&clean, 0, sizeof(clean)); // its own padding is compared, too
	memset(&dirty, 0, sizeof(dirty));
	memcpy(padded, request, ARP_LEN);
	assert_int_equal(arp_parse(padded, sizeof(padded), &clean), ARP_OK);
	memset(padded + ARP_LEN, 0xff, sizeof(padded) - ARP_LEN);
	assert_int_equal(arp_parse(padded, sizeof(padded), &dirty), ARP_OK);
	assert_memory_equal(&clean, &dirty, sizeof(clean));
}

/** Parse the request with two octets replaced. */
static enum arp_error with(size_t at, uint8_t high, uint8_t low)
{
	uint8_t bytes[ARP_LEN];
	struct arp arp;

	memcpy(bytes, request, sizeof(bytes));
	bytes[at] = high;
	bytes[at + 1] = low;
	return arp_parse(bytes, sizeof(bytes), &arp);
}

static void a4_other_hardware_is_refused(void **state)
{
	static const uint16_t htypes[] = {0, 2, 6, 7, 24, 32, 256, 65535};

	for (size_t i = 0; i < sizeof(htypes) / sizeof(htypes[0]); i++)
		assert_int_equal(with(0, (uint8_t)(htypes[i] >> 8), (uint8_t)htypes[i]), ARP_HTYPE);
}

static void a5_other_protocol_is_refused(void **state)
{
	assert_int_equal(with(2, 0x86, 0xdd), ARP_PTYPE);
	assert_int_equal(with(2, 0x00, 0x08), ARP_PTYPE);
	assert_int_equal(with(2, 0x08, 0x06), ARP_PTYPE);
}

static void a6_other_lengths_are_refused(void **state)
{
	static const uint8_t lengths[14][2] = {{0, 0}, {0, 4}, {6, 0}, {5, 4}, {7, 4}, {6, 3},
		{6, 5}, {4, 6}, {8, 4}, {6, 16}, {255, 255}, {128, 4}, {6, 132}, {134, 4}};

	for (size_t i = 0; i < 14; i++)
		assert_int_equal(with(4, lengths[i][0], lengths[i][1]), ARP_LENGTHS);
}

static void a7_other_opcodes_are_refused(void **state)
{
	static const uint16_t ops[] = {0, 3, 4, 8, 9, 10, 19, 25, 0x0100, 0x0200, 65535};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		assert_int_equal(with(6, (uint8_t)(ops[i] >> 8), (uint8_t)ops[i]), ARP_OPCODE);
	assert_int_equal(with(6, 0, 2), ARP_OK);
}

static void build_returns_what_was_read(void **state)
{
	uint8_t bytes[ARP_LEN + 1];
	struct arp arp;

	assert_int_equal(arp_parse(request, sizeof(request), &arp), ARP_OK);
	memset(bytes, 0xa5, sizeof(bytes));
	assert_int_equal(arp_build(&arp, bytes, ARP_LEN), ARP_LEN);
	assert_memory_equal(bytes, request, ARP_LEN);
	assert_int_equal(bytes[ARP_LEN], 0xa5);
}

static void build_writes_nothing_without_room(void **state)
{
	uint8_t bytes[ARP_LEN], before[ARP_LEN];
	struct arp arp = {.op = ARP_REPLY};

	memset(bytes, 0xa5, sizeof(bytes));
	memcpy(before, bytes, sizeof(before));
	assert_int_equal(arp_build(&arp, bytes, ARP_LEN - 1), 0);
	assert_memory_equal(bytes, before, ARP_LEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read),
		cmocka_unit_test(a8_every_cut_is_short),
		cmocka_unit_test(a9_padding_is_not_read),
		cmocka_unit_test(a4_other_hardware_is_refused),
		cmocka_unit_test(a5_other_protocol_is_refused),
		cmocka_unit_test(a6_other_lengths_are_refused),
		cmocka_unit_test(a7_other_opcodes_are_refused),
		cmocka_unit_test(build_returns_what_was_read),
		cmocka_unit_test(build_writes_nothing_without_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
