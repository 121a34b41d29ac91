/* SPDX-License-Identifier: BSD-3-Clause */
/* What is said of addresses, and how often: A22, A25, A40. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "neigh_log.h"

static struct iface ifaces[2] = {{.name = "lan"}, {.name = "?", .unused = true}};
static const struct iface_table table = {.n = 2, .iface = ifaces};

static struct neigh_log *subject;
static struct neigh_events events;
static unsigned lines;
static char last[512];
static enum log_level level;

static void write_line(void *arg, enum log_level l, const char *line)
{
	lines++;
	level = l;
	snprintf(last, sizeof(last), "%s", line);
}

static int start(void **state)
{
	memset(&events, 0, sizeof(events));
	lines = 0;
	subject = neigh_log_create(&table, write_line, NULL);
	return subject == NULL ? -1 : 0;
}

static int stop(void **state)
{
	neigh_log_free(subject);
	return 0;
}

static void put(uint8_t kind, uint8_t host, uint64_t now_ms)
{
	struct neigh_event e = {.kind = kind,
		.ip_be = rte_cpu_to_be_32(0xc0000200u + host),
		.mac = {2, 0, 0, 0, 0, 0xa},
		.was = {2, 0, 0, 0, 0, 0xb}};

	neigh_event_put(&events, e);
	neigh_log_drain(subject, &events, now_ms);
}

static void every_kind_has_a_sentence(void **state)
{
	static const struct {
		uint8_t kind;
		enum log_level level;
		const char *line;
	} cases[] = {
		{NEIGH_EVENT_CONFLICT, LOG_WARNING,
			"interface lan: 192.0.2.1 is ours, but 02:00:00:00:00:0a claims it too: "
			"kept and defended; give one of both another address"},
		{NEIGH_EVENT_TAKEN, LOG_WARNING,
			"interface lan: 192.0.2.1 is the address of 02:00:00:00:00:0a already: not "
			"used here, and probed again later; give one of both another address"},
		{NEIGH_EVENT_REGAINED, LOG_INFO,
			"interface lan: 192.0.2.1 is nobody else's any more: in use"},
		{NEIGH_EVENT_MOVED, LOG_INFO,
			"interface lan: 192.0.2.1 moved from 02:00:00:00:00:0b to "
			"02:00:00:00:00:0a"},
		{NEIGH_EVENT_STATIC, LOG_WARNING,
			"interface lan: 192.0.2.1 is configured as 02:00:00:00:00:0b, but "
			"02:00:00:00:00:0a claims it: not believed; correct `neighbours` or that "
			"host"},
		{NEIGH_EVENT_FULL, LOG_WARNING,
			"interface lan: 192.0.2.1 (02:00:00:00:00:0a) was not learnt: the "
			"interface has its number of neighbours, or the table is full; raise "
			"neighbour-limit"},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(cases[i].kind, 1, 1000);
		assert_int_equal(lines, i + 1);
		assert_string_equal(last, cases[i].line);
		assert_int_equal(level, cases[i].level);
		assert_int_equal(neigh_log_counts(subject)->kind[cases[i].kind], 1);
	}
}

static void a22_a_conflict_is_said_once_a_minute(void **state)
{
	for (unsigned s = 0; s < 60; s += 10)
		put(NEIGH_EVENT_CONFLICT, 1, 1000 + s * 1000);
	assert_int_equal(lines, 1);
	put(NEIGH_EVENT_CONFLICT, 1, 61000);
	assert_int_equal(lines, 2);
	assert_int_equal(neigh_log_counts(subject)->kind[NEIGH_EVENT_CONFLICT], 7);
}

static void a25_given_up_and_regained_are_said_each_time(void **state)
{
	for (unsigned i = 0; i < 3; i++) {
		put(NEIGH_EVENT_TAKEN, 1, 1000 + i * 20000);
		put(NEIGH_EVENT_REGAINED, 1, 11000 + i * 20000);
	}
	assert_int_equal(lines, 6);
}

static void a40_five_moves_in_ten_seconds_are_flapping(void **state)
{
	for (unsigned i = 0; i < 20; i++)
		put(NEIGH_EVENT_MOVED, 1, 1000 + i * 500);
	assert_int_equal(lines, 2); // moved, flaps
	assert_int_equal(level, LOG_WARNING);
	assert_string_equal(last, "interface lan: 192.0.2.1 flaps between 02:00:00:00:00:0b and "
				  "02:00:00:00:00:0a: two hosts with one address");
	assert_int_equal(neigh_log_counts(subject)->flapping, 16);
	put(NEIGH_EVENT_MOVED, 2, 12000);
	assert_int_equal(lines, 3);
}

static void lines_are_limited_and_those_left_out_counted(void **state)
{
	for (unsigned i = 1; i <= 200; i++)
		put(NEIGH_EVENT_STATIC, (uint8_t)i, 1000);
	assert_int_equal(lines, NEIGH_LOG_LINES);
	assert_int_equal(neigh_log_counts(subject)->suppressed, 200 - NEIGH_LOG_LINES);
	neigh_log_drain(subject, &events, 2000);
	assert_string_equal(last, "interfaces: 190 more lines like these were left out");
}

static void a_full_queue_loses_and_counts(void **state)
{
	for (unsigned i = 0; i < NEIGH_EVENTS + 3; i++)
		neigh_event_put(&events, (struct neigh_event){.kind = NEIGH_EVENT_FULL});
	assert_int_equal(events.lost, 3);
	neigh_log_drain(subject, &events, 1000);
	assert_int_equal(neigh_log_counts(subject)->kind[NEIGH_EVENT_FULL], NEIGH_EVENTS);
	assert_int_equal(lines, 1);
}

// A live change may have taken the interface meanwhile.
static void nothing_is_said_of_an_interface_that_is_gone(void **state)
{
	for (uint16_t iface = 1; iface <= 2; iface++)
		neigh_event_put(
			&events, (struct neigh_event){.kind = NEIGH_EVENT_STATIC, .iface = iface});
	neigh_log_drain(subject, &events, 1000);
	assert_int_equal(lines, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_kind_has_a_sentence, start, stop),
		cmocka_unit_test_setup_teardown(a22_a_conflict_is_said_once_a_minute, start, stop),
		cmocka_unit_test_setup_teardown(
			a25_given_up_and_regained_are_said_each_time, start, stop),
		cmocka_unit_test_setup_teardown(
			a40_five_moves_in_ten_seconds_are_flapping, start, stop),
		cmocka_unit_test_setup_teardown(
			lines_are_limited_and_those_left_out_counted, start, stop),
		cmocka_unit_test_setup_teardown(a_full_queue_loses_and_counts, start, stop),
		cmocka_unit_test_setup_teardown(
			nothing_is_said_of_an_interface_that_is_gone, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
