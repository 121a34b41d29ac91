/* SPDX-License-Identifier: BSD-3-Clause */
/* What is said of a bridge's events, and how often: B3, B15, B17, B21. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/fdb.h"
#include "bridge_log.h"

static const char *const bridges[] = {"br0", "br1", NULL};
static const char *const ports[] = {"p0", "p1", "p2"};

static struct bridge_log *subject;
static struct bridge_events events;
static unsigned lines;
static char last[512];
static enum log_level level;

static void write_line(void *arg, enum log_level l, const char *line)
{
	assert_ptr_equal(arg, &lines);
	lines++;
	level = l;
	snprintf(last, sizeof(last), "%s", line);
}

static int start(void **state)
{
	memset(&events, 0, sizeof(events));
	lines = 0;
	subject = bridge_log_create(&(struct bridge_log_config){.bridges = bridges,
		.ports = ports,
		.n_bridges = 3,
		.n_ports = 3,
		.write = write_line,
		.arg = &lines});
	return subject == NULL ? -1 : 0;
}

static int stop(void **state)
{
	bridge_log_free(subject);
	return 0;
}

// 02:00:00:00:nn:nn in VLAN 10
static uint64_t address(uint64_t n)
{
	return fdb_key(10, 2 | (n & 0xff) << 40 | n >> 8 << 32);
}

static void put(uint8_t kind, uint64_t key, uint8_t port, uint8_t from)
{
	bridge_event_put(&events,
		(struct bridge_event){.kind = kind, .key = key, .port = port, .was = from});
}

static void happens(uint8_t kind, uint64_t key, uint8_t port, uint8_t from, uint64_t ms)
{
	put(kind, key, port, from);
	bridge_log_drain(subject, &events, ms);
}

static void b3_a_move_is_one_sentence(void **state)
{
	happens(BRIDGE_EVENT_MOVED, address(1), 2, 1, 5000);
	assert_string_equal(
		last, "bridge br0: 02:00:00:00:00:01 (VLAN 10) moved from port p1 to p2");
	assert_int_equal(level, LOG_INFO);
	happens(BRIDGE_EVENT_MOVED, address(1), 1, 2, 5100);
	assert_int_equal(lines, 1);
	happens(BRIDGE_EVENT_MOVED, address(1), 2, 1, 15000);
	assert_int_equal(lines, 2);
	assert_int_equal(bridge_log_counts(subject, 0)->moved, 3);
	assert_int_equal(bridge_log_counts(subject, 0)->flapping, 0);
}

static void names_that_are_not_there_and_vlan_0_are_no_trouble(void **state)
{
	put(BRIDGE_EVENT_MOVED, fdb_key(0, 2), 31, FDB_LOCAL);
	bridge_event_put(&events, (struct bridge_event){.bridge = 3, .key = address(1)});
	bridge_log_drain(subject, &events, 0);
	assert_int_equal(lines, 1);
	assert_string_equal(last, "bridge br0: 02:00:00:00:00:00 moved from port ? to ?");
	assert_null(bridge_log_counts(subject, 3));
}

static void b3_flapping_is_a_warning_once_a_minute(void **state)
{
	for (unsigned i = 0; i < 5; i++)
		happens(BRIDGE_EVENT_MOVED, address(1), (uint8_t)(i % 2), (uint8_t)(1 - i % 2),
			i * 2500);
	assert_int_equal(lines, 2);
	assert_int_equal(level, LOG_WARNING);
	assert_non_null(strstr(last, "02:00:00:00:00:01 (VLAN 10) flaps between ports p1 and p0"));
	for (uint64_t ms = 10100; ms < 70000; ms += 100)
		happens(BRIDGE_EVENT_MOVED, address(1), 0, 1, ms);
	assert_int_equal(lines, 2);
	happens(BRIDGE_EVENT_MOVED, address(1), 0, 1, 70000);
	assert_int_equal(lines, 3);
	assert_int_equal(bridge_log_counts(subject, 0)->flapping, 601);
}

static void five_moves_in_more_than_ten_seconds_are_no_flapping(void **state)
{
	for (unsigned i = 0; i < 20; i++)
		happens(BRIDGE_EVENT_MOVED, address(1), 0, 1, i * 2501);
	assert_int_equal(bridge_log_counts(subject, 0)->flapping, 0);
	assert_int_equal(level, LOG_INFO);
	assert_int_equal(lines, 5);
}

static void b15_b17_b21_other_things_are_said_once_a_minute(void **state)
{
	static const struct {
		uint8_t kind;
		const char *text;
	} rows[] = {
		{BRIDGE_EVENT_OWN, "(VLAN 10) is ours and came in at port p2: a loop, or"},
		{BRIDGE_EVENT_HELD, "(VLAN 10) came in at port p2, but belongs to port p1"},
		{BRIDGE_EVENT_FULL, "(VLAN 10) at port p2 was not learned: the table"},
	};

	for (unsigned r = 0; r < 3; r++) {
		for (uint64_t ms = 0; ms < 60000; ms += 1000)
			happens(rows[r].kind, address(1), 2, 1, ms);
		assert_int_equal(lines, 2 * r + 1);
		assert_int_equal(level, LOG_WARNING);
		assert_non_null(strstr(last, rows[r].text));
		happens(rows[r].kind, address(1), 2, 1, 60000);
		assert_int_equal(lines, 2 * r + 2);
		level = LOG_INFO;
	}
	assert_int_equal(bridge_log_counts(subject, 0)->own, 61);
	assert_int_equal(bridge_log_counts(subject, 0)->held, 61);
	assert_int_equal(bridge_log_counts(subject, 0)->full, 61);
	assert_int_equal(bridge_log_counts(subject, 1)->own, 0);
}

static void a_full_table_is_said_once_for_many_addresses(void **state)
{
	for (unsigned i = 0; i < 1000; i++)
		happens(BRIDGE_EVENT_FULL, address(i), 1, 0, i);
	assert_int_equal(lines, 1);
	happens(BRIDGE_EVENT_FULL, address(1), 2, 0, 999);
	assert_int_equal(lines, 2);
}

static void lines_are_bounded_a_second_and_those_left_out_are_counted(void **state)
{
	for (unsigned i = 0; i < 100; i++)
		put(BRIDGE_EVENT_MOVED, address(i), 1, 0);
	bridge_log_drain(subject, &events, 100);
	assert_int_equal(lines, BRIDGE_LOG_LINES);
	assert_int_equal(bridge_log_counts(subject, 0)->suppressed, 90);
	bridge_log_tick(subject, 900);
	assert_int_equal(lines, BRIDGE_LOG_LINES);
	bridge_log_tick(subject, 1100);
	assert_int_equal(lines, BRIDGE_LOG_LINES + 1);
	assert_string_equal(last, "bridges: 90 more lines like these were left out");
	for (unsigned i = 100; i < 200; i++)
		put(BRIDGE_EVENT_MOVED, address(i), 1, 0);
	bridge_log_drain(subject, &events, 1200);
	assert_int_equal(lines, 2 * BRIDGE_LOG_LINES);
	happens(BRIDGE_EVENT_MOVED, address(300), 1, 0, 2200); // the next second, without a tick
	assert_int_equal(lines, 2 * BRIDGE_LOG_LINES + 2);
	assert_int_equal(bridge_log_counts(subject, 0)->moved, 201);
}

// The address that was heard of last is remembered, however many others there are.
static void a_flapping_address_is_found_among_many_that_move_once(void **state)
{
	for (unsigned i = 0; i < 5; i++) {
		happens(BRIDGE_EVENT_MOVED, address(1), 1, 0, i * 1000);
		for (unsigned j = 0; j < BRIDGE_LOG_RECENT - 1; j++)
			put(BRIDGE_EVENT_MOVED, address(10 + i * 64 + j), 1, 0);
		bridge_log_drain(subject, &events, i * 1000 + 1);
	}
	assert_int_equal(bridge_log_counts(subject, 0)->flapping, 1);
}

// A live change may have taken the bridge meanwhile.
static void nothing_is_said_of_a_bridge_that_is_gone(void **state)
{
	bridge_event_put(&events,
		(struct bridge_event){.kind = BRIDGE_EVENT_MOVED, .key = address(1), .bridge = 2});
	bridge_log_drain(subject, &events, 1000);
	assert_int_equal(lines, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(b3_a_move_is_one_sentence),
		TEST(names_that_are_not_there_and_vlan_0_are_no_trouble),
		TEST(b3_flapping_is_a_warning_once_a_minute),
		TEST(five_moves_in_more_than_ten_seconds_are_no_flapping),
		TEST(b15_b17_b21_other_things_are_said_once_a_minute),
		TEST(a_full_table_is_said_once_for_many_addresses),
		TEST(lines_are_bounded_a_second_and_those_left_out_are_counted),
		TEST(a_flapping_address_is_found_among_many_that_move_once),
		TEST(nothing_is_said_of_a_bridge_that_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
