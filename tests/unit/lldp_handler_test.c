/* SPDX-License-Identifier: BSD-3-Clause */
/* The LLDP handler frame by frame: who becomes a neighbour, for how long, and what is shown. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "handler_rig.h"

extern const struct handler handler_lldp;

enum { ROOM = 256, PORT0 = 0, PORT1 = 2 }; // interfaces of the rig that are on these ports

/** An LLDPDU in a frame to 01-80-C2-00-00-`group`; name NULL: TTL 0. @return its length. */
static uint16_t make(uint8_t frame[ROOM], uint8_t group, const char *chassis, const char *port,
	uint16_t ttl, const char *name)
{
	static const uint8_t head[14] = {1, 0x80, 0xc2, 0, 0, 0, 2, 0, 0, 0, 0, 0x66, 0x88, 0xcc};
	uint8_t *p = frame + sizeof(head);

	memset(frame, 0, ROOM);
	memcpy(frame, head, sizeof(head));
	frame[5] = group;
	p += sprintf((char *)p, "\x02%c\x07%s", (int)strlen(chassis) + 1, chassis);
	p += sprintf((char *)p, "\x04%c\x05%s", (int)strlen(port) + 1, port);
	memcpy(p, "\x06\x02", 2);
	p[2] = (uint8_t)(ttl >> 8);
	p[3] = (uint8_t)ttl;
	p += 4;
	if (name != NULL)
		p += sprintf((char *)p, "\x0a%c%s", (int)strlen(name), name);
	p += 2; // End Of LLDPDU
	return (uint16_t)(p - frame < 60 ? 60 : p - frame);
}

static void hear(struct rig *r, uint16_t on, uint8_t group, const char *chassis, const char *port,
	uint16_t ttl, const char *name)
{
	uint8_t frame[ROOM];
	uint16_t len = make(frame, group, chassis, port, ttl, name);

	rig_burst(r, rig_frame(r, on, 14, frame, len, 0));
}

static const struct row_cell *cell(const struct row *row, const char *name)
{
	for (unsigned i = 0; i < row->n; i++) {
		if (strcmp(row->cell[i].name, name) == 0)
			return &row->cell[i];
	}
	fail_msg("no cell %s", name);
	return NULL;
}

/** The nth row. @return false: there are fewer. */
static bool row_of(const struct rig *r, unsigned n, struct row *row)
{
	unsigned cursor = 0;

	for (unsigned i = 0; i <= n; i++) {
		row_clear(row);
		if (!handler_lldp.row(r->state, r->now, &cursor, row))
			return false;
	}
	return true;
}

static unsigned rows(const struct rig *r)
{
	struct row row;
	unsigned n = 0;

	while (row_of(r, n, &row))
		n++;
	return n;
}

/** The only neighbour's name. */
static const char *name_of_one(const struct rig *r)
{
	static struct row row;

	assert_int_equal(rows(r), 1);
	assert_true(row_of(r, 0, &row));
	return cell(&row, "system_name")->text;
}

static void a_neighbour_is_shown(void **state)
{
	struct rig *r = rig_open(&handler_lldp);
	struct row row;

	assert_int_equal(rows(r), 0);
	hear(r, PORT1, 0x0e, "box", "eth0", 120, "host \"a\"");
	assert_true(row_of(r, 0, &row));
	assert_int_equal(cell(&row, "port")->kind, ROW_IS_PORT);
	assert_int_equal(cell(&row, "port")->number, 1);
	assert_string_equal(cell(&row, "destination")->text, "nearest_bridge");
	assert_int_equal(cell(&row, "chassis_kind")->number, 7);
	assert_string_equal(cell(&row, "chassis")->text, "box");
	assert_int_equal(cell(&row, "port_id_kind")->number, 5);
	assert_string_equal(cell(&row, "port_id")->text, "eth0");
	assert_int_equal(cell(&row, "ttl")->number, 120);
	assert_int_equal(cell(&row, "ttl_left")->number, 120);
	assert_string_equal(cell(&row, "system_name")->text, "host \\x22a\\x22");
	assert_string_equal(cell(&row, "management_address")->text, "");
	assert_false(row_of(r, 1, &row));
	assert_int_equal(rig_counter(r, "frames"), 1);
	assert_int_equal(rig_counter(r, "inserts"), 1);
	assert_int_equal(r->counts.consume, 1);
	assert_int_equal(r->n_sent, 0);
	rig_close(r);
}

static void another_lldpdu_replaces_the_last(void **state)
{
	struct rig *r = rig_open(&handler_lldp);

	hear(r, PORT0, 0x0e, "box", "eth0", 120, "a longer name");
	hear(r, PORT0, 0x0e, "box", "eth0", 120, "a longer name");
	assert_int_equal(rig_counter(r, "changes"), 0);
	hear(r, PORT0, 0x0e, "box", "eth0", 120, "b");
	assert_string_equal(name_of_one(r), "b");
	hear(r, PORT0, 0x0e, "box", "eth0", 120, NULL); // tells no name any more
	assert_string_equal(name_of_one(r), "");
	assert_int_equal(rig_counter(r, "changes"), 2);
	assert_int_equal(rig_counter(r, "inserts"), 1);
	rig_close(r);
}

static void a_neighbour_ages_out(void **state)
{
	struct rig *r = rig_open(&handler_lldp);
	struct row row;

	hear(r, PORT0, 0x0e, "box", "eth0", 3, "a");
	rig_tick(r, 2 * RIG_HZ);
	assert_true(row_of(r, 0, &row));
	assert_int_equal(cell(&row, "ttl_left")->number, 1);
	hear(r, PORT0, 0x0e, "box", "eth0", 3, "a"); // renewed
	hear(r, PORT0, 0x0e, "box", "eth1", 9, "b");
	rig_tick(r, 3 * RIG_HZ - 1);
	assert_int_equal(rows(r), 2);
	rig_tick(r, 1);
	assert_string_equal(name_of_one(r), "b");
	assert_int_equal(rig_counter(r, "ageouts"), 1);
	rig_tick(r, 6 * RIG_HZ);
	assert_int_equal(rows(r), 0);
	assert_int_equal(rig_counter(r, "ageouts"), 2);
	hear(r, PORT0, 0x0e, "box", "eth0", 3, "a");
	assert_int_equal(rig_counter(r, "inserts"), 3);
	rig_close(r);
}

static void a_shutdown_removes_the_neighbour(void **state)
{
	struct rig *r = rig_open(&handler_lldp);

	hear(r, PORT0, 0x0e, "box", "eth0", 120, "a");
	hear(r, PORT0, 0x0e, "box", "eth1", 120, "b");
	hear(r, PORT0, 0x0e, "box", "eth0", 0, NULL);
	hear(r, PORT0, 0x0e, "box", "eth9", 0, NULL); // never heard of
	hear(r, PORT0, 0x00, "box", "eth1", 0, NULL); // another agent's
	assert_string_equal(name_of_one(r), "b");
	assert_int_equal(rig_counter(r, "shutdowns"), 1);
	assert_int_equal(rig_counter(r, "frames_discarded"), 0);
	rig_close(r);
}

static void who_it_is_and_where_make_a_neighbour(void **state)
{
	struct rig *r = rig_open(&handler_lldp);

	hear(r, PORT0, 0x0e, "box", "eth0", 120, "same");
	hear(r, PORT0, 0x0e, "box", "eth1", 120, "port ID");
	hear(r, PORT0, 0x0e, "bo", "eth0", 120, "chassis");
	hear(r, PORT0, 0x03, "box", "eth0", 120, "group");
	hear(r, PORT0, 0x00, "box", "eth0", 120, "group");
	hear(r, PORT1, 0x0e, "box", "eth0", 120, "port");
	assert_int_equal(rows(r), 6);
	hear(r, PORT0, 0x0e, "box", "eth0", 120, "same");
	assert_int_equal(rows(r), 6);
	rig_close(r);
}

static void too_many_neighbours_are_counted(void **state)
{
	struct rig *r = rig_open(&handler_lldp);
	char port[8];

	for (unsigned i = 0; i < 20; i++) {
		snprintf(port, sizeof(port), "eth%u", i);
		hear(r, PORT0, 0x0e, "box", port, 120, "a");
	}
	assert_int_equal(rows(r), 16);
	assert_int_equal(rig_counter(r, "too_many_neighbours"), 4);
	assert_int_equal(rig_counter(r, "frames_discarded"), 4);
	assert_int_equal(rig_counter(r, "frames_in_errors"), 0);
	assert_int_equal(rig_drops(r, DROP_HANDLER), 4);
	hear(r, PORT0, 0x0e, "box", "eth5", 120, "b"); // a known one may still change
	assert_int_equal(rig_counter(r, "changes"), 1);
	hear(r, PORT1, 0x0e, "box", "eth0", 120, "a");
	assert_int_equal(rows(r), 17);
	hear(r, PORT0, 0x0e, "box", "eth5", 0, NULL);
	hear(r, PORT0, 0x0e, "box", "eth17", 120, "a");
	assert_int_equal(rows(r), 17);
	rig_close(r);
}

static void other_frames_are_not_lldp_s(void **state)
{
	struct rig *r = rig_open(&handler_lldp);
	uint8_t frame[ROOM], tagged[ROOM];
	uint16_t len = make(frame, 0x0e, "box", "eth0", 120, "a");

	memcpy(tagged, frame, 12);
	memcpy(tagged + 12, "\x81\0\xe0", 4); // VID 0, PCP 7
	memcpy(tagged + 16, frame + 12, len - 12u);
	rig_burst(r, rig_frame(r, PORT0, 18, tagged, (uint16_t)(len + 4), 0));
	assert_int_equal(rig_counter(r, "tagged"), 1);
	for (unsigned last = 0; last < 256; last++) {
		frame[5] = (uint8_t)last;
		if (last != 0 && last != 3 && last != 0x0e)
			rig_burst(r, rig_frame(r, PORT0, 14, frame, len, 0));
	}
	memcpy(frame, rig_mac[0], 6);
	rig_burst(r, rig_frame(r, PORT0, 14, frame, len, 0));
	assert_int_equal(rig_counter(r, "other_destination"), 254);
	assert_int_equal(rig_counter(r, "frames"), 0);
	assert_int_equal(rig_drops(r, DROP_HANDLER), 255);
	assert_int_equal(rows(r), 0);
	rig_close(r);
}

static void faults_are_counted(void **state)
{
	struct rig *r = rig_open(&handler_lldp);
	uint8_t frame[ROOM];
	uint16_t len = make(frame, 0x0e, "box", "eth0", 120, "name");

	rig_burst(r, rig_frame(r, PORT0, 14, frame, 14, 0)); // no LLDPDU at all
	rig_burst(r, rig_frame(r, PORT0, 14, frame, 24, 0));
	assert_int_equal(rig_counter(r, "frames_discarded"), 2);
	assert_int_equal(rig_counter(r, "frames_in_errors"), 2);
	assert_int_equal(rig_drops(r, DROP_HANDLER), 2);
	rig_burst(r, rig_frame(r, PORT0, 14, frame, 14 + 21, 0)); // in the name
	assert_int_equal(rig_counter(r, "frames_discarded"), 2);
	assert_int_equal(rig_counter(r, "frames_in_errors"), 3);
	assert_int_equal(rig_counter(r, "tlvs_discarded"), 1);
	assert_string_equal(name_of_one(r), "");
	rig_burst(r, rig_frame(r, PORT0, 14, frame, len, 0));
	assert_string_equal(name_of_one(r), "name");
	assert_int_equal(rig_counter(r, "frames"), 4);
	rig_close(r);
}

static void segments_are_read(void **state)
{
	struct rig *r = rig_open(&handler_lldp);
	uint8_t frame[ROOM];
	uint16_t len = make(frame, 0x0e, "box", "eth0", 120, "in two pieces");
	struct rte_mbuf *m = rig_frame(r, PORT0, 14, frame, len, 0);

	rig_split(r, m, (uint16_t)(len - 30));
	rig_burst(r, m);
	assert_string_equal(name_of_one(r), "in two pieces");
	rig_close(r);
}

static void what_came_by_no_port_is_nobodys(void **state)
{
	struct rig *r = rig_open(&handler_lldp);
	uint8_t frame[ROOM];
	struct rte_mbuf *m =
		rig_frame(r, PORT0, 14, frame, make(frame, 0x0e, "box", "eth0", 120, "a"), 0);

	rig_as_made(r, m);
	rig_burst(r, m);
	assert_int_equal(rig_drops(r, DROP_HANDLER), 1);
	assert_int_equal(rig_counter(r, "frames"), 0);
	rig_close(r);
}

static void our_mbufs_are_not_kept(void **state)
{
	struct rig *r = rig_open(&handler_lldp);
	uint8_t frame[ROOM];
	struct rte_mbuf *m;

	m = rig_frame(r, PORT0, 14, frame, make(frame, 0x0e, "box", "eth0", 120, "a"), 0);
	rig_burst(r, m);
	memset(rte_pktmbuf_mtod(m, uint8_t *), 0xee, m->data_len);
	assert_string_equal(name_of_one(r), "a");
	rig_close(r);
}

struct reader {
	const struct rig *rig;
	_Atomic bool end;
	_Atomic unsigned read;
	unsigned torn;
};

static void *read_rows(void *arg)
{
	struct reader *reader = arg;

	while (!atomic_load(&reader->end)) {
		unsigned cursor = 0;
		struct row row;

		row_clear(&row);
		if (!handler_lldp.row(reader->rig->state, 0, &cursor, &row))
			continue;
		// The name says the time to live.
		reader->torn +=
			strlen(cell(&row, "system_name")->text) != cell(&row, "ttl")->number;
		reader->read++;
	}
	return NULL;
}

/** Whoever reads meanwhile sees one LLDPDU or another, never a mixture. */
static void readers_see_whole_rows(void **state)
{
	static const char name[] = "0123456789012345678901234567890123456789";
	struct rig *r = rig_open(&handler_lldp);
	struct reader reader = {.rig = r};
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, read_rows, &reader), 0);
	for (unsigned i = 0; i < RIG_FRAMES; i++) {
		uint16_t len = (uint16_t)(i % (sizeof(name) - 1) + 1);

		hear(r, PORT0, 0x0e, "box", "eth0", len, name + sizeof(name) - 1 - len);
		while (atomic_load(&reader.read) == 0)
			sched_yield(); // it reads from the first one on
	}
	atomic_store(&reader.end, true);
	pthread_join(thread, NULL);
	assert_int_equal(reader.torn, 0);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_neighbour_is_shown),
		cmocka_unit_test(another_lldpdu_replaces_the_last),
		cmocka_unit_test(a_neighbour_ages_out),
		cmocka_unit_test(a_shutdown_removes_the_neighbour),
		cmocka_unit_test(who_it_is_and_where_make_a_neighbour),
		cmocka_unit_test(too_many_neighbours_are_counted),
		cmocka_unit_test(other_frames_are_not_lldp_s),
		cmocka_unit_test(faults_are_counted),
		cmocka_unit_test(segments_are_read),
		cmocka_unit_test(our_mbufs_are_not_kept),
		cmocka_unit_test(readers_see_whole_rows),
		cmocka_unit_test(what_came_by_no_port_is_nobodys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
