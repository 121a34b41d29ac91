/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP messages: C1 and C2 as far as they are about bytes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/icmp.h"
#include "wire/ipv4.h"

/** An echo request of `len` octets, every octet of its body `fill`. */
static void request(uint8_t *p, size_t len, uint8_t fill)
{
	memset(p, fill, len);
	p[0] = ICMP_ECHO_REQUEST;
	p[1] = p[2] = p[3] = 0;
	icmp_set_checksum(p, ipv4_sum(p, len));
}

static void c2_short_messages_are_refused(void **state)
{
	uint8_t p[8];
	struct icmp icmp;

	request(p, 8, 1);
	for (size_t len = 0; len < 8; len++)
		assert_int_equal(icmp_parse(p, len, 0xffff, &icmp), ICMP_SHORT);
	assert_int_equal(icmp_parse(p, 8, ipv4_sum(p, 8), &icmp), ICMP_OK);
	assert_int_equal(icmp.type, ICMP_ECHO_REQUEST);
	assert_int_equal(icmp.code, 0);
}

static void c2_any_wrong_octet_is_seen(void **state)
{
	uint8_t p[57];
	struct icmp icmp;

	request(p, sizeof(p), 0x5a);
	for (size_t at = 0; at < sizeof(p); at++) {
		p[at] ^= 1;
		assert_int_equal(
			icmp_parse(p, sizeof(p), ipv4_sum(p, sizeof(p)), &icmp), ICMP_CHECKSUM);
		p[at] ^= 1;
	}
}

static void c1_reply_keeps_the_rest_and_has_a_right_checksum(void **state)
{
	static const uint8_t fills[] = {0, 0xff, 0x5a};

	for (size_t len = 8; len < 80; len++)
		for (size_t f = 0; f < 3; f++) {
			uint8_t p[80], before[80];
			struct icmp icmp;

			request(p, len, fills[f]);
			memcpy(before, p, len);
			icmp_set_echo_reply(p);
			icmp_set_checksum(p, ipv4_sum(p, len));
			assert_int_equal(icmp_parse(p, len, ipv4_sum(p, len), &icmp), ICMP_OK);
			assert_int_equal(icmp.type, ICMP_ECHO_REPLY);
			assert_memory_equal(p + 4, before + 4, len - 4);
		}
}

static void reply_of_zeros_has_the_checksum_ffff(void **state)
{
	uint8_t p[8] = {ICMP_ECHO_REQUEST};

	icmp_set_checksum(p, ipv4_sum(p, 8));
	icmp_set_echo_reply(p);
	icmp_set_checksum(p, ipv4_sum(p, 8));
	assert_memory_equal(p, "\0\0\xff\xff\0\0\0\0", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c2_short_messages_are_refused),
		cmocka_unit_test(c2_any_wrong_octet_is_seen),
		cmocka_unit_test(c1_reply_keeps_the_rest_and_has_a_right_checksum),
		cmocka_unit_test(reply_of_zeros_has_the_checksum_ffff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
