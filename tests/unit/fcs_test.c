/* SPDX-License-Identifier: BSD-3-Clause */
/* The FCS against zlib's CRC-32 (conformance cases F1 to F6 and F8; F7, that it is off unless asked
 * for, is the configuration's and blframe's). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <rte_net_crc.h>
#include <rte_vect.h>
#include <zlib.h>

#include "wire/ether_tags.h"
#include "wire/fcs_mbuf.h"

#include "fence.h"
#include "segments.h"

enum { LEN_MAX = 2200, ALIGN_MAX = 64 };

static uint8_t octets[9300 + ALIGN_MAX];

static void fill(void)
{
	uint32_t x = 12345;

	for (unsigned i = 0; i < sizeof(octets); i++) {
		x = x * 1664525u + 1013904223u;
		octets[i] = (uint8_t)(x >> 24);
	}
}

static uint32_t reference(const uint8_t *p, uint32_t len)
{
	return (uint32_t)crc32(0, p, len);
}

static void f1_least_significant_octet_goes_first(void **state)
{
	uint8_t check[13] = "123456789";

	fcs_append(check, 9);
	assert_memory_equal(check + 9, "\x26\x39\xf4\xcb", 4); // CRC-32's check value cbf43926
	assert_int_equal(fcs_check(check, sizeof(check)), FCS_OK);
}

static void f2_residue_is_constant(void **state)
{
	for (uint32_t len = 0; len < 200; len++) {
		uint8_t p[204];

		memcpy(p, octets, len);
		fcs_append(p, len);
		assert_int_equal(fcs_compute(p, len + 4), 0x2144df1c);
	}
}

static void flip(uint8_t *p, uint32_t bit, uint64_t pattern)
{
	for (; pattern != 0; pattern >>= 1, bit++)
		if (pattern & 1)
			p[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void f3_single_bits_and_bursts_are_detected(void **state)
{
	static uint8_t p[1518];
	uint64_t random = 0x9e3779b97f4a7c15;

	memcpy(p, octets, 1514);
	fcs_append(p, 1514);
	for (uint32_t bit = 0; bit < sizeof(p) * 8; bit++) {
		flip(p, bit, 1);
		assert_int_equal(fcs_check(p, sizeof(p)), FCS_BAD);
		flip(p, bit, 1);
	}
	fcs_append(p, 60);
	for (uint32_t width = 2; width <= 32; width++)
		for (uint32_t bit = 0; bit + width <= 64 * 8; bit++) {
			uint64_t burst;

			random = random * 6364136223846793005u + 1442695040888963407u;
			burst = (random >> 32 & ((UINT64_C(1) << width) - 1)) | 1 |
			        UINT64_C(1) << (width - 1);
			flip(p, bit, burst);
			assert_int_equal(fcs_check(p, 64), FCS_BAD);
			flip(p, bit, burst);
		}
	assert_int_equal(fcs_check(p, 64), FCS_OK);
}

static void f4_under_four_octets_there_is_none(void **state)
{
	uint8_t p[17];

	for (uint32_t len = 0; len < 4; len++)
		assert_int_equal(fcs_check(fence_put(octets, len), len), FCS_SHORT);
	for (uint32_t len = 4; len <= 17; len++) {
		struct ether e;

		memcpy(p, octets, sizeof(p));
		fcs_append(p, len - 4);
		assert_int_equal(fcs_check(fence_put(p, len), len), FCS_OK);
		assert_int_equal(ether_parse(p, len - 4, 0, &e), ETHER_SHORT_HEADER);
		p[len - 1] ^= 0x80;
		assert_int_equal(fcs_check(p, len), FCS_BAD);
	}
}

static void f5_f6_fcs_covers_padding_and_changes_with_tags(void **state)
{
	static const uint8_t payload[] = "x";
	struct ether_spec s = {.ethertype = 0x0800,
		.payload = payload,
		.payload_len = 1,
		.min_len = ether_min_len(0)};
	struct ether_rewrite push = {.push = 1, .tags = {{0x8100, 10, 0, 0}}};
	struct ether_rewrite pop = {.pop = 1};
	uint8_t room[80], *p = room + 8;
	uint32_t len, before;

	assert_int_equal(ether_build(&s, p, 60, &len), ETHER_BUILD_OK);
	fcs_append(p, len);
	before = fcs_load(p + len);
	p[len - 1] ^= 1; // the last octet of the padding
	assert_int_equal(fcs_check(p, len + 4), FCS_BAD);
	p[len - 1] ^= 1;
	assert_int_equal(ether_rewrite(&p, &len, 8, &push), ETHER_REWRITE_OK);
	assert_int_equal(fcs_check(p, len + 4), FCS_BAD);
	fcs_append(p, len);
	assert_int_equal(fcs_check(p, len + 4), FCS_OK);
	assert_int_equal(ether_rewrite(&p, &len, 8, &pop), ETHER_REWRITE_OK);
	fcs_append(p, len);
	assert_int_equal(fcs_load(p + len), before);
}

static void f8_every_vector_width_agrees_with_zlib(void **state)
{
	static const uint16_t widths[] = {
		RTE_VECT_SIMD_DISABLED, RTE_VECT_SIMD_128, RTE_VECT_SIMD_256, RTE_VECT_SIMD_512};

	for (unsigned i = 0; i < RTE_DIM(widths); i++) {
		assert_int_equal(rte_vect_set_max_simd_bitwidth(widths[i]), 0);
		fcs_init();
		for (uint32_t len = 0; len <= LEN_MAX; len++) {
			const uint8_t *p = octets + len % ALIGN_MAX;

			if (fcs_compute(p, len) != reference(p, len))
				fail_msg("width %u, %u octets", widths[i], len);
		}
		for (uint32_t align = 0; align < ALIGN_MAX; align++)
			for (uint32_t len = 0; len <= 300; len++) {
				if (fcs_compute(octets + align, len) !=
					reference(octets + align, len))
					fail_msg(
						"width %u, %u octets at %u", widths[i], len, align);
			}
		assert_int_equal(fcs_compute(octets, 9014), reference(octets, 9014));
	}
}

static void f8_reads_nothing_behind_the_frame(void **state)
{
	for (uint32_t len = 0; len < 600; len++)
		assert_int_equal(fcs_compute(fence_put(octets, len), len), reference(octets, len));
}

static void f8_segmented_frames_agree_with_flat_ones(void **state)
{
	static const uint32_t cuts[] = {1, 2, 3, 5, 16, 63, 64, 511, 512, 513, 1500, 1900};

	for (unsigned i = 0; i < RTE_DIM(cuts); i++)
		for (uint32_t len = 1; len <= 1900 && len < cuts[i] * 2000; len += 1 + len / 40) {
			struct rte_mbuf *m = segments(octets, len, cuts[i], cuts[i]);

			assert_int_equal(fcs_compute_mbuf(m, len), reference(octets, len));
			assert_int_equal(fcs_compute_mbuf(m, len / 2), reference(octets, len / 2));
		}
	assert_int_equal(fcs_compute_mbuf(segments(octets, 9230, 1900, 1900), 9230),
		reference(octets, 9230));
}

static void strip_takes_off_a_good_fcs_across_segments(void **state)
{
	static uint8_t p[1000];

	memcpy(p, octets, sizeof(p));
	fcs_append(p, 996);
	for (uint32_t last = 1; last <= 8; last++) {
		// The first segment, then one octet each: segments that hold only FCS go.
		struct rte_mbuf *m = segments(p, 1000, 1000 - last, 1);
		struct rte_mbuf *fifth = rte_pktmbuf_lastseg(m);
		uint32_t kept = last > 4 ? last - 4 : 0;

		for (struct rte_mbuf *s = m->next; s != NULL; s = s->next)
			rte_mbuf_refcnt_set(s, 2); // so that freeing only counts down
		assert_int_equal(fcs_strip_mbuf(m), FCS_OK);
		assert_int_equal(m->pkt_len, 996);
		assert_int_equal(m->nb_segs, 1 + kept);
		assert_int_equal(m->data_len, RTE_MIN(1000 - last, 996u));
		assert_int_equal(rte_mbuf_refcnt_read(fifth), 1);
		assert_int_equal(fcs_compute_mbuf(m, 996), reference(p, 996));
	}
	p[500] ^= 1;
	assert_int_equal(fcs_strip_mbuf(segments(p, 1000, 1000, 1)), FCS_BAD);
	assert_int_equal(fcs_strip_mbuf(segments(p, 3, 1000, 1)), FCS_SHORT);
}

static void append_needs_room_that_nobody_else_sees(void **state)
{
	struct rte_mbuf *m = segments(octets, 1000, 400, 400);
	uint8_t flat[1004];

	assert_true(fcs_append_mbuf(m));
	assert_int_equal(m->pkt_len, 1004);
	assert_ptr_equal(rte_pktmbuf_read(m, 0, 1004, flat), flat);
	assert_int_equal(fcs_check(flat, 1004), FCS_OK);
	m = segments(octets, SEGMENTS_ROOM - SEGMENTS_HEADROOM - 3, 2000, 1);
	assert_false(fcs_append_mbuf(m));
	m = segments(octets, 1000, 400, 400);
	rte_mbuf_refcnt_set(rte_pktmbuf_lastseg(m), 2);
	assert_false(fcs_append_mbuf(m));
	assert_int_equal(m->pkt_len, 1000);
}

static int set_up(void **state)
{
	fill();
	fcs_init();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(f1_least_significant_octet_goes_first),
		cmocka_unit_test(f2_residue_is_constant),
		cmocka_unit_test(f3_single_bits_and_bursts_are_detected),
		cmocka_unit_test(f4_under_four_octets_there_is_none),
		cmocka_unit_test(f5_f6_fcs_covers_padding_and_changes_with_tags),
		cmocka_unit_test(f8_every_vector_width_agrees_with_zlib),
		cmocka_unit_test(f8_reads_nothing_behind_the_frame),
		cmocka_unit_test(f8_segmented_frames_agree_with_flat_ones),
		cmocka_unit_test(strip_takes_off_a_good_fcs_across_segments),
		cmocka_unit_test(append_needs_room_that_nobody_else_sees),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
