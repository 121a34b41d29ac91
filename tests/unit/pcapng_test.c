/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/capture: blocks as the pcapng draft has them, octet by octet, and the ring of records. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/pcapng.h"
#include "capture/ring.h"

static uint8_t block[512];

static uint32_t word(size_t at)
{
	uint32_t value;

	memcpy(&value, block + at, sizeof(value));
	return value;
}

static uint16_t half(size_t at)
{
	uint16_t value;

	memcpy(&value, block + at, sizeof(value));
	return value;
}

// Both lengths of a block are what was returned, and nothing is written when there is less room.
static void check_framing(size_t n, uint32_t type)
{
	assert_int_not_equal(n, 0);
	assert_int_equal(n % 4, 0);
	assert_int_equal(word(0), type);
	assert_int_equal(word(4), n);
	assert_int_equal(word(n - 4), n);
}

static void a_section_tells_byte_order_and_version(void **state)
{
	size_t n = pcapng_section(block, sizeof(block), "who");

	check_framing(n, 0x0a0d0d0a);
	assert_int_equal(word(8), 0x1a2b3c4d);
	assert_int_equal(word(12), 1);
	assert_int_equal(half(24), 4);
	assert_memory_equal(block + 28, "who\0", 4);
	assert_int_equal(pcapng_section(block, n - 1, "who"), 0);
}

static void an_interface_has_a_name_and_nanoseconds(void **state)
{
	size_t n = pcapng_interface(block, sizeof(block), "port5", 1500);

	check_framing(n, 1);
	assert_int_equal(word(8), 1); // Ethernet
	assert_int_equal(word(12), 1500);
	assert_int_equal(half(16), 2);
	assert_int_equal(half(18), 5);
	assert_memory_equal(block + 20, "port5\0\0\0", 8);
	assert_int_equal(half(28), 9);
	assert_int_equal(block[32], 9);
	assert_int_equal(pcapng_interface(block, n - 1, "port5", 1500), 0);
}

static void a_packet_has_time_octets_comment_and_direction(void **state)
{
	const struct pcapng_packet packet = {.interface = 3,
		.ns = UINT64_C(0x0102030405060708),
		.captured = 5,
		.length = 64,
		.octets = (const uint8_t *)"abcde",
		.direction = PCAPNG_OUT,
		.comment = "drop=fcs"};
	size_t n = pcapng_packet(block, sizeof(block), &packet);

	check_framing(n, 6);
	assert_int_equal(word(8), 3);
	assert_int_equal(word(12), 0x01020304);
	assert_int_equal(word(16), 0x05060708);
	assert_int_equal(word(20), 5);
	assert_int_equal(word(24), 64);
	assert_memory_equal(block + 28, "abcde\0\0\0", 8);
	assert_int_equal(half(36), 1);
	assert_int_equal(half(38), 8);
	assert_memory_equal(block + 40, "drop=fcs", 8);
	assert_int_equal(half(48), 2);
	assert_int_equal(half(50), 4);
	assert_int_equal(word(52), 2);
	assert_int_equal(word(56), 0);
	assert_int_equal(n, 64);
	assert_int_equal(pcapng_packet(block, n - 1, &packet), 0);
}

static void statistics_tell_what_was_missed(void **state)
{
	const struct pcapng_statistics statistics = {
		.interface = 1, .start_ns = 1, .end_ns = 2, .recorded = 10, .missed = 7};
	size_t n = pcapng_statistics(block, sizeof(block), &statistics);

	check_framing(n, 5);
	assert_int_equal(half(44), 5);
	assert_int_equal(word(48), 7);
	assert_int_equal(half(56), 8);
	assert_int_equal(word(60), 10);
	assert_int_equal(pcapng_statistics(block, n - 1, &statistics), 0);
}

struct record {
	struct capture_head head;
	uint32_t number;
	uint8_t octets[];
};

static struct capture_ring ring;
static _Alignas(8) uint8_t octets[4096];

static uint32_t length_of(uint32_t number)
{
	return (uint32_t)sizeof(struct record) + number * 2654435761u % 700;
}

static int add(uint32_t number)
{
	uint32_t n = length_of(number);
	struct record *r = (struct record *)capture_ring_reserve(&ring, n);

	if (r == NULL)
		return 0;
	r->number = number;
	memset(r->octets, (int)number, n - sizeof(*r));
	return 1;
}

static void check_next(uint32_t number)
{
	const struct record *r = (const struct record *)capture_ring_peek(&ring);
	uint32_t n = length_of(number);

	assert_non_null(r);
	assert_int_equal(r->number, number);
	assert_in_range(r->head.size, n, n + 7);
	for (uint32_t i = 0; i < n - sizeof(*r); i++)
		assert_int_equal(r->octets[i], (uint8_t)number);
	capture_ring_pop(&ring, &r->head);
}

static void records_come_out_whole_and_in_order(void **state)
{
	uint32_t in = 0, out = 0;

	capture_ring_init(&ring, octets, sizeof(octets));
	while (out < 20000) {
		while (add(in))
			in++;
		assert_true(in > out);
		capture_ring_keep(&ring, capture_ring_mark(&ring));
		for (uint32_t some = 1 + in % 5; some > 0 && out < in; some--)
			check_next(out++);
	}
	while (out < in)
		check_next(out++);
	assert_null(capture_ring_peek(&ring));
}

static void what_is_taken_back_never_comes_out(void **state)
{
	uint32_t number = 0;

	capture_ring_init(&ring, octets, sizeof(octets));
	for (unsigned round = 0; round < 5000; round++) {
		uint64_t mark;

		assert_true(add(number));
		mark = capture_ring_mark(&ring);
		add(1000000);
		add(1000001);
		if (round % 2 == 0)
			capture_ring_take_back(&ring, mark);
		capture_ring_keep(&ring, mark);
		check_next(number++);
		assert_null(capture_ring_peek(&ring));
	}
}

static void a_record_can_be_shortened(void **state)
{
	struct capture_head *record;

	capture_ring_init(&ring, octets, sizeof(octets));
	record = capture_ring_reserve(&ring, 2000);
	capture_ring_shorten(&ring, record, 20);
	capture_ring_keep(&ring, capture_ring_mark(&ring));
	assert_int_equal(capture_ring_peek(&ring)->size, 24);
	assert_int_equal(capture_ring_room(&ring), sizeof(octets) - 24);
	capture_ring_pop(&ring, capture_ring_peek(&ring));
	assert_null(capture_ring_peek(&ring));
	assert_null(capture_ring_reserve(&ring, sizeof(octets) + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_section_tells_byte_order_and_version),
		cmocka_unit_test(an_interface_has_a_name_and_nanoseconds),
		cmocka_unit_test(a_packet_has_time_octets_comment_and_direction),
		cmocka_unit_test(statistics_tell_what_was_missed),
		cmocka_unit_test(records_come_out_whole_and_in_order),
		cmocka_unit_test(what_is_taken_back_never_comes_out),
		cmocka_unit_test(a_record_can_be_shortened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
