/* SPDX-License-Identifier: BSD-3-Clause */
/* The ledger's arithmetic: balance, gauges, sums over lcores, names of the reasons. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/ledger.h"

static void balance_counts_every_exit(void **state)
{
	struct ledger_port p = {.rx = 10, .originated = 2, .copies = 1};

	p.sent = 4;
	p.consumed = 2;
	p.drops[DROP_POLICED] = 3;
	p.kept_in = 5;
	p.kept_out = 4;
	p.ring_in = 7;
	p.ring_out = 4;
	assert_int_equal(ledger_port_balance(&p), 0);
	p.drops[DROP_UNKNOWN]++;
	assert_int_equal(ledger_port_balance(&p), -1);
}

static void copies_taken_at_different_moments_balance(void **state)
{
	// The producer's copy was taken before it put a frame into a ring, the consumer's after it
	// took that frame out and sent it.
	struct ledger_port producer = {0}, consumer = {.ring_out = 1, .sent = 1};

	ledger_port_add(&producer, &consumer);
	assert_int_equal(ledger_port_balance(&producer), 0);
	assert_int_equal(ledger_port_in_flight(&producer), -1);
}

static void snapshot_is_taken_only_when_asked(void **state)
{
	static struct ledger live;
	static struct ledger_snapshot s;

	live.port[3].rx = 7;
	ledger_answer(&s, &live);
	assert_int_equal(s.copy.port[3].rx, 0);
	ledger_ask(&s);
	assert_false(ledger_answered(&s));
	ledger_answer(&s, &live);
	assert_true(ledger_answered(&s));
	assert_int_equal(s.copy.port[3].rx, 7);
}

static void drop_names_are_unique_and_fit_telemetry(void **state)
{
	for (unsigned i = 0; i < DROP_REASON_COUNT; i++) {
		const char *name = drop_name(i);

		assert_int_equal(
			strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(name));
		assert_true(strlen(drop_help(i)) > 0);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(name, drop_name(j));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(balance_counts_every_exit),
		cmocka_unit_test(copies_taken_at_different_moments_balance),
		cmocka_unit_test(snapshot_is_taken_only_when_asked),
		cmocka_unit_test(drop_names_are_unique_and_fit_telemetry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
