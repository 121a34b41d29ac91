/* SPDX-License-Identifier: BSD-3-Clause */
/* A test that fails while its lanes run, and one after it: see failed_check_test.sh. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "handler.h"
#include "lane_rig.h"

static void fails_while_lanes_run(void **state)
{
	(void)state;
	rig_start(rig_wire_yaml, handler_table);
	fail_msg("what was wrong");
}

static void comes_after_it(void **state)
{
	struct ledger sum;

	(void)state;
	rig_stop(rig_start(rig_wire_yaml, handler_table), &sum);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fails_while_lanes_run), cmocka_unit_test(comes_after_it)};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, start_eal, stop_eal);
}
