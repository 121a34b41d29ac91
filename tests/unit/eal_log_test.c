/* SPDX-License-Identifier: BSD-3-Clause */
/* What DPDK logs, as eal_log.c takes it: the last line that says something. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <rte_log.h>

#include "eal_log.h"

static char line[256];

static int open_log(void **state)
{
	return eal_log_open();
}

static void the_last_line_is_kept(void **state)
{
	eal_log_forget();
	assert_false(eal_log_last(line, sizeof(line)));
	rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "EAL: the first\n");
	rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "EAL: the second\n\n");
	assert_true(eal_log_last(line, sizeof(line)));
	assert_string_equal(line, "EAL: the second");
}

static void what_says_nothing_is_passed_over(void **state)
{
	eal_log_forget();
	rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "EAL: no such file\n");
	rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "EAL: Driver cannot attach the device (x)\n");
	assert_true(eal_log_last(line, sizeof(line)));
	assert_string_equal(line, "EAL: no such file");
}

// The stream's buffer still holds the end of a longer one.
static void a_line_ends_where_it_ends(void **state)
{
	eal_log_forget();
	rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "%60s: Driver cannot attach the device\n", "x");
	rte_log(RTE_LOG_ERR, RTE_LOGTYPE_EAL, "EAL: no such file\n");
	assert_true(eal_log_last(line, sizeof(line)));
	assert_string_equal(line, "EAL: no such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_line_is_kept),
		cmocka_unit_test(what_says_nothing_is_passed_over),
		cmocka_unit_test(a_line_ends_where_it_ends),
	};

	return cmocka_run_group_tests(tests, open_log, NULL);
}
