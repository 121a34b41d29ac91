/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames that wait for neighbours that people make static or have forgotten. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "neigh_rig.h"

static void wait_for(struct neigh_table *t, uint16_t iface, uint32_t ip, void *f)
{
	uint8_t mac[6];
	void *displaced;

	assert_int_equal(neigh_resolve(t, iface, ip, f, mac, &displaced), NEIGH_WAITS);
	assert_null(displaced);
}

static void one_that_is_made_static_gets_what_waits(void **state)
{
	struct neigh_table *t = neigh_create(8, 2, HZ, now);
	struct neigh_info info;

	wait_for(t, 0, 1, frame(5));
	wait_for(t, 0, 1, frame(6));
	assert_int_equal(run(t, 1), NEIGH_ASK);
	assert_int_equal(neigh_add_static(t, 0, 1, mac_a), 0);
	assert_int_equal(run(t, HZ / 50), NEIGH_SEND_HELD); // long before the next request
	assert_memory_equal(work.mac, mac_a, 6);
	assert_int_equal(work.ip_be, 1);
	assert_int_equal(work.held.n, 2);
	assert_ptr_equal(work.held.frames[0], frame(5));
	assert_ptr_equal(work.held.frames[1], frame(6));
	assert_int_equal(run(t, 100 * HZ), NEIGH_IDLE);
	assert_true(neigh_get(t, 0, 1, &info));
	assert_int_equal(info.held, 0);
	neigh_destroy(t);
}

static void one_that_is_forgotten_gives_up_what_waits(void **state)
{
	struct neigh_table *t = neigh_create(8, 2, HZ, now);

	neigh_add_static(t, 0, 3, mac_a);
	for (unsigned round = 0; round < 2 * NEIGH_HOLD_TOTAL; round++) { // no place is lost
		wait_for(t, 1, 1, frame(5));
		wait_for(t, 1, 1, frame(6));
		wait_for(t, 1, 2, frame(7));
		assert_true(neigh_forget(t, 1, 1));
		assert_false(neigh_forget(t, 1, 1));
		neigh_forget_iface(t, 1);
		assert_int_equal(run(t, 1), NEIGH_DROP_HELD);
		assert_int_equal(work.held.n, 3);
		assert_int_equal(run(t, 1), NEIGH_IDLE);
	}
	assert_int_equal(state_of(t, 3), NEIGH_STATIC);
	assert_true(neigh_forget(t, 0, 3));
	assert_int_equal(state_of(t, 3), NEIGH_FREE);
	neigh_destroy(t);
}

static void nothing_waits_after_a_flush(void **state)
{
	struct neigh_table *t = neigh_create(8, 2, HZ, now);
	unsigned cursor = 0, n = 0;

	wait_for(t, 0, 1, frame(5));
	wait_for(t, 0, 2, frame(6));
	wait_for(t, 0, 3, frame(7));
	neigh_add_static(t, 0, 1, mac_a);
	neigh_forget(t, 0, 2);
	while (neigh_flush(t, NEIGH_IFACE_ALL, &cursor, &held))
		n += held.n;
	assert_int_equal(n, 3);
	assert_int_equal(run(t, 0), NEIGH_IDLE);
	neigh_destroy(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_is_made_static_gets_what_waits),
		cmocka_unit_test(one_that_is_forgotten_gives_up_what_waits),
		cmocka_unit_test(nothing_waits_after_a_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
