/* SPDX-License-Identifier: BSD-3-Clause */
/* Entries of the neighbour table that another thread asks for. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "neigh/neigh.h"

enum { HZ = 1000 };

static struct neigh_work work;

static enum neigh_todo poll_once(struct neigh_table *t)
{
	static uint64_t now = 7;

	return neigh_poll(t, ++now, &work);
}

static void wait_for(struct neigh_table *t, uint32_t ip_be, void *frame)
{
	uint8_t mac[6];
	void *displaced;

	assert_int_equal(neigh_resolve(t, 0, ip_be, frame, mac, &displaced), NEIGH_WAITS);
}

static void one_that_is_added_gets_what_waits(void **state)
{
	struct neigh_order order = {.add = true, .ip_be = 1, .mac = {2, 0, 0, 0, 0, 0xa}};
	struct neigh_table *t = neigh_create(8, 4, HZ, 7);
	struct neigh_info info;
	int result = 7, frame;

	wait_for(t, 1, &frame);
	assert_true(neigh_order(t, &order));
	assert_false(neigh_order(t, &order));
	assert_false(neigh_ordered(t, &result));
	assert_int_equal(poll_once(t), NEIGH_SEND_HELD);
	assert_memory_equal(work.mac, order.mac, 6);
	assert_int_equal(work.held.n, 1);
	assert_ptr_equal(work.held.frames[0], &frame);
	assert_true(neigh_ordered(t, &result));
	assert_int_equal(result, 0);
	assert_true(neigh_get(t, 0, 1, &info));
	assert_int_equal(info.state, NEIGH_STATIC);
	neigh_destroy(t);
}

static void one_that_is_deleted_gives_up_what_waits(void **state)
{
	struct neigh_order order = {.ip_be = 2};
	struct neigh_table *t = neigh_create(8, 4, HZ, 7);
	struct neigh_info info;
	int result = 7, frame;

	wait_for(t, 2, &frame);
	assert_true(neigh_order(t, &order));
	assert_int_equal(poll_once(t), NEIGH_DROP_HELD);
	assert_int_equal(work.held.n, 1);
	assert_false(neigh_get(t, 0, 2, &info));
	assert_true(neigh_order(t, &order));
	assert_int_equal(poll_once(t), NEIGH_IDLE);
	assert_true(neigh_ordered(t, &result));
	assert_int_equal(result, -ENOENT);
	neigh_destroy(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_is_added_gets_what_waits),
		cmocka_unit_test(one_that_is_deleted_gives_up_what_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
