/* SPDX-License-Identifier: BSD-3-Clause */
/* The token bucket against exact arithmetic with a clock of 1000 cycles a second. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bucket.h"

static void unlimited_takes_all(void **state)
{
	struct bucket b;

	bucket_init(&b, 0, 0, 1000, 0);
	assert_int_equal(bucket_take(&b, 64, 0), 64);
	assert_int_equal(bucket_take(&b, 64, 0), 64);
}

static void burst_then_rate(void **state)
{
	struct bucket b;

	bucket_init(&b, 100, 8, 1000, 0); // one token in 10 cycles
	assert_int_equal(bucket_take(&b, 32, 0), 8);
	assert_int_equal(bucket_take(&b, 32, 9), 0);
	assert_int_equal(bucket_take(&b, 32, 10), 1);
	assert_int_equal(bucket_take(&b, 32, 39), 2);
	assert_int_equal(bucket_take(&b, 32, 40), 1);
	assert_int_equal(bucket_take(&b, 32, 100000), 8); // never more than the burst
}

static void partial_credit_is_not_lost(void **state)
{
	struct bucket b;
	unsigned taken = 0;

	bucket_init(&b, 100, 1, 1000, 0);
	bucket_take(&b, 1, 0);
	for (uint64_t now = 1; now <= 1000; now++)
		taken += bucket_take(&b, 1, now);
	assert_int_equal(taken, 100);
}

static void what_is_put_back_is_there_again(void **state)
{
	struct bucket b;

	bucket_init(&b, 100, 8, 1000, 0);
	assert_int_equal(bucket_take(&b, 8, 0), 8);
	bucket_put(&b, 3);
	assert_int_equal(bucket_take(&b, 8, 0), 3);
	bucket_init(&b, 0, 0, 1000, 0);
	bucket_put(&b, 3);
	assert_int_equal(bucket_take(&b, 64, 0), 64);
}

static void other_limits_leave_what_is_in_it(void **state)
{
	struct bucket b = {0};

	bucket_limit(&b, 100, 8, 1000);
	assert_int_equal(bucket_take(&b, 32, 5000), 8); // of zeros: full
	bucket_limit(&b, 100, 8, 1000);
	assert_int_equal(bucket_take(&b, 32, 5000), 0);
	bucket_limit(&b, 200, 16, 1000); // one token in 5 cycles
	assert_int_equal(bucket_take(&b, 32, 5010), 2);
	assert_int_equal(bucket_take(&b, 32, 9000), 16);
	bucket_limit(&b, 100, 2, 1000);
	assert_int_equal(bucket_take(&b, 32, 9999), 2);
	bucket_limit(&b, 0, 0, 1000);
	assert_int_equal(bucket_take(&b, 32, 9999), 32);
	bucket_limit(&b, 100, 8, 1000);
	assert_int_equal(bucket_take(&b, 32, 20000), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unlimited_takes_all),
		cmocka_unit_test(burst_then_rate),
		cmocka_unit_test(partial_credit_is_not_lost),
		cmocka_unit_test(what_is_put_back_is_there_again),
		cmocka_unit_test(other_limits_leave_what_is_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
