/* SPDX-License-Identifier: BSD-3-Clause */
/* The reader of hex lines, and of blframe's other arguments. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "command.h"
#include "hex.h"

#include "fence.h"

/** Reads text that ends where memory ends, into memory of exactly the size that is needed. */
static ssize_t read_text(const char *text, size_t n, uint8_t *out)
{
	const char *in = (const char *)fence_put(text, n);
	uint8_t *octets = calloc(1, n / 2);
	ssize_t len = hex_read(in, n, octets);

	if (len > 0)
		memcpy(out, octets, (size_t)len);
	free(octets);
	return len;
}

static void every_usual_form_is_read(void **state)
{
	static const char *const forms[] = {"0281fe", "02 81 fe", "02:81:FE", "02-81-fe", "0281.fe",
		"0x0281fe", "0x02 0x81 0XfE", " \t02,81,fe\r\n", "0x02,0x81,0xfe", "0281 0xfe",
		"02::81- fe:"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		uint8_t out[64];

		if (read_text(forms[i], strlen(forms[i]), out) != 3)
			fail_msg("'%s'", forms[i]);
		assert_memory_equal(out, "\x02\x81\xfe", 3);
	}
}

static void nothing_is_a_frame_of_no_octets(void **state)
{
	uint8_t out[8];

	assert_int_equal(read_text("", 0, out), 0);
	assert_int_equal(read_text("\n", 1, out), 0);
	assert_int_equal(read_text(" : \r\n", 5, out), 0);
}

static void what_is_not_hex_is_refused(void **state)
{
	static const char *const texts[] = {"0", "0x", "x", "0x0", "0 2", "02 8", "028", "zz",
		"02zz", "0x0x02", "020x81", "02;81", "# 02", "\"02\"", "\xef\xbb\xbf 02"};
	uint8_t out[64];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (read_text(texts[i], strlen(texts[i]), out) != -1)
			fail_msg("'%s'", texts[i]);
	assert_int_equal(read_text("02\00081", 5, out), -1);
}

static void addresses_have_six_octets(void **state)
{
	uint8_t a[6];

	assert_true(address_parse("02:00:00:00:00:fe", a));
	assert_memory_equal(a, "\x02\0\0\0\0\xfe", 6);
	assert_true(address_parse("0200.0000.00fe", a));
	assert_false(address_parse("02:00:00:00:00", a));
	assert_false(address_parse("02:00:00:00:00:00:00", a));
	assert_false(address_parse("2:0:0:0:0:1", a));
	assert_false(address_parse("", a));
}

static void numbers_and_intervals_have_bounds(void **state)
{
	unsigned long n;
	unsigned ms;

	assert_true(number_parse("0xcccc", 0, 65535, &n));
	assert_int_equal(n, 0xcccc);
	assert_true(number_parse("010", 0, 65535, &n));
	assert_int_equal(n, 10);
	assert_false(number_parse("65536", 0, 65535, &n));
	assert_false(number_parse("-1", 0, 65535, &n));
	assert_false(number_parse("15oo", 0, 65535, &n));
	assert_false(number_parse("99999999999999999999999", 0, ~0ul, &n));
	assert_false(number_parse("0", 1, 5, &n));
	assert_false(number_parse("", 0, 5, &n));
	assert_true(interval_parse("1s", &ms));
	assert_int_equal(ms, 1000);
	assert_true(interval_parse("200ms", &ms));
	assert_int_equal(ms, 200);
	assert_true(interval_parse("0.5", &ms));
	assert_int_equal(ms, 500);
	assert_false(interval_parse("0", &ms));
	assert_false(interval_parse("1m", &ms));
	assert_false(interval_parse("nan", &ms));
	assert_false(interval_parse("86401", &ms));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_usual_form_is_read),
		cmocka_unit_test(nothing_is_a_frame_of_no_octets),
		cmocka_unit_test(what_is_not_hex_is_refused),
		cmocka_unit_test(addresses_have_six_octets),
		cmocka_unit_test(numbers_and_intervals_have_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
