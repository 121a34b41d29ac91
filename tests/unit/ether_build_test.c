/* SPDX-License-Identifier: BSD-3-Clause */
/* Building frames (conformance cases E4, E22), building what was parsed (E33), and parsing whatever
 * comes (E34). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <rte_common.h>

#include "wire/ether_build.h"

#include "fence.h"

#define ADDRS "\x02\0\0\0\0\x01\x02\0\0\0\0\x02"

static uint8_t frame[4096];

static struct ether_spec plain(uint32_t payload_len)
{
	struct ether_spec s = {.ethertype = 0x0800, .payload = frame + 1000};

	memcpy(s.dst, ADDRS, 6);
	memcpy(s.src, &ADDRS[6], 6);
	s.payload_len = payload_len;
	memset(frame + 1000, 0x5a, payload_len);
	return s;
}

static void e4_builder_pads_with_zeros(void **state)
{
	static const struct ether_tag tags[2] = {{0x88a8, 100, 0, 0}, {0x8100, 10, 0, 0}};
	static const uint32_t want[] = {60, 64, 68};
	struct ether_spec s;
	uint8_t out[100];
	uint32_t len;

	for (uint32_t n = 0; n <= 2; n++)
		for (uint32_t payload = 0; payload <= 46; payload++) {
			memset(out, 0xee, sizeof(out));
			s = plain(payload);
			s.tags = tags;
			s.n_tags = n;
			s.min_len = ether_min_len(n);
			assert_int_equal(ether_build(&s, out, sizeof(out), &len), ETHER_BUILD_OK);
			assert_int_equal(len, want[n]);
			for (uint32_t i = 14 + 4 * n + payload; i < len; i++)
				assert_int_equal(out[i], 0);
			assert_int_equal(out[len], 0xee);
		}
	s = plain(47);
	s.min_len = ether_min_len(0);
	assert_int_equal(ether_build(&s, out, sizeof(out), &len), ETHER_BUILD_OK);
	assert_int_equal(len, 61);
}

static enum ether_build_error try_build(const struct ether_spec *s)
{
	static uint8_t out[4096];
	uint32_t len;

	return ether_build(s, out, sizeof(out), &len);
}

static void e22_builder_refuses_what_is_no_tag(void **state)
{
	struct ether_tag tag = {0x8100, 4095, 0, 0};
	struct ether_spec s = plain(46);

	s.tags = &tag;
	s.n_tags = 1;
	assert_int_equal(try_build(&s), ETHER_BUILD_VID);
	tag.vid = 4096;
	assert_int_equal(try_build(&s), ETHER_BUILD_VID);
	tag.vid = 4094;
	assert_int_equal(try_build(&s), ETHER_BUILD_OK);
	tag.pcp = 8;
	assert_int_equal(try_build(&s), ETHER_BUILD_PCP);
	tag.pcp = 7;
	tag.dei = 2;
	assert_int_equal(try_build(&s), ETHER_BUILD_PCP);
	tag.dei = 1;
	tag.tpid = 0x0800;
	assert_int_equal(try_build(&s), ETHER_BUILD_TPID);
	tag.tpid = 0x9300;
	assert_int_equal(try_build(&s), ETHER_BUILD_OK);
}

static void builder_refuses_what_would_be_read_otherwise(void **state)
{
	struct ether_spec s = plain(46);
	uint8_t small[59];
	uint32_t len;

	s.ethertype = 0x05ff;
	assert_int_equal(try_build(&s), ETHER_BUILD_TYPE);
	s.ethertype = 0x8100;
	assert_int_equal(try_build(&s), ETHER_BUILD_TYPE);
	s.ethertype = 0x0600;
	assert_int_equal(try_build(&s), ETHER_BUILD_OK);
	assert_int_equal(ether_build(&s, small, sizeof(small), &len), ETHER_BUILD_ROOM);
	s.ethertype = 0x9100;
	assert_int_equal(try_build(&s), ETHER_BUILD_OK);
	s.tags = &(struct ether_tag){0x9100, 1, 0, 0};
	s.n_tags = 1;
	assert_int_equal(try_build(&s), ETHER_BUILD_TYPE);
	s = plain(1500);
	s.kind = ETHER_LLC;
	assert_int_equal(try_build(&s), ETHER_BUILD_OK);
	s.payload_len = 1501;
	assert_int_equal(try_build(&s), ETHER_BUILD_TOO_LONG);
	s.payload_len = 2;
	assert_int_equal(try_build(&s), ETHER_BUILD_LLC_SHORT);
	s.payload_len = 3;
	memcpy(frame + 1000, "\xaa\xaa\x03", 3);
	assert_int_equal(try_build(&s), ETHER_BUILD_LLC_KIND);
	memcpy(frame + 1000, "\xff\xff\x03", 3);
	assert_int_equal(try_build(&s), ETHER_BUILD_LLC_KIND);
	s.kind = ETHER_RAW8023;
	assert_int_equal(try_build(&s), ETHER_BUILD_OK);
	memcpy(frame + 1000, "\xff\xfe\x03", 3);
	assert_int_equal(try_build(&s), ETHER_BUILD_LLC_KIND);
	s = plain(1492);
	s.kind = ETHER_SNAP;
	assert_int_equal(try_build(&s), ETHER_BUILD_OK);
	s.payload_len = 1493;
	assert_int_equal(try_build(&s), ETHER_BUILD_TOO_LONG);
}

static uint32_t seed = 1;

static uint32_t random_below(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)seed * n >> 32);
}

/** A random frame of the shapes that the cases above have; its length. */
static uint32_t random_frame(void)
{
	static const char *const tpids = "\x81\x00\x88\xa8\x91\x00\x92\x00\x93\x00";
	uint32_t n_tags = random_below(4), at = 12, body = random_below(1600);

	for (uint32_t i = 0; i < 1700; i++)
		frame[i] = (uint8_t)random_below(256);
	for (uint32_t i = 0; i < n_tags; i++, at += 4)
		memcpy(frame + at, tpids + 2 * random_below(5), 2);
	if (random_below(2) == 0) {
		uint32_t length = random_below(4) == 0 ? random_below(1540) : body;

		length -= RTE_MIN(length, random_below(8));
		frame[at] = (uint8_t)(length >> 8);
		frame[at + 1] = (uint8_t)length;
		if (random_below(2) == 0)
			memcpy(frame + at + 2,
				random_below(3) ? "\xaa\xaa\x03\0\0\0" : "\xff\xff\0\0\0", 6);
	}
	return at + 2 + body;
}

static void e33_build_of_a_parsed_frame_is_the_same_frame(void **state)
{
	static uint8_t again[1700];
	unsigned built[4] = {0};

	for (unsigned round = 0; round < 20000; round++) {
		unsigned tpids = random_below(8) << 1;
		struct ether_tag tags[4];
		struct ether_spec s;
		struct ether e;
		uint32_t len = random_frame(), len2;
		uint8_t *p = fence_put(frame, len);

		if (ether_parse(p, len, tpids, &e) != ETHER_OK || e.n_tags > RTE_DIM(tags))
			continue;
		assert_true(e.payload_offset + e.payload_len + e.pad_len == len);
		ether_describe(p, &e, tags, &s);
		if (e.flags & ETHER_VID_IS_RESERVED) {
			assert_int_equal(
				ether_build(&s, again, sizeof(again), &len2), ETHER_BUILD_VID);
			continue;
		}
		assert_int_equal(ether_build(&s, again, sizeof(again), &len2), ETHER_BUILD_OK);
		assert_int_equal(len2, len);
		assert_memory_equal(again, p, len);
		built[e.kind]++;
	}
	for (unsigned i = 0; i < 4; i++)
		assert_true(built[i] > 500);
}

static void e34_truncations_and_mutations_are_read_in_bounds(void **state)
{
	struct ether e;

	for (unsigned round = 0; round < 300; round++) {
		uint32_t len = RTE_MIN(random_frame(), 80u);

		for (uint32_t cut = 0; cut <= len; cut++) {
			uint8_t *p = fence_put(frame, cut);

			if (cut > 12 && random_below(2) == 0)
				p[12 + random_below(cut - 12)] ^= (uint8_t)(1u << random_below(8));
			if (ether_parse(p, cut, 0, &e) == ETHER_OK)
				assert_true(e.payload_offset + e.payload_len + e.pad_len == cut);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(e4_builder_pads_with_zeros),
		cmocka_unit_test(e22_builder_refuses_what_is_no_tag),
		cmocka_unit_test(builder_refuses_what_would_be_read_otherwise),
		cmocka_unit_test(e33_build_of_a_parsed_frame_is_the_same_frame),
		cmocka_unit_test(e34_truncations_and_mutations_are_read_in_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
