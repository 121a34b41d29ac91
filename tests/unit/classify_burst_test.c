/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/steer/classify: what is found of whole bursts. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <rte_vect.h>

#include "classify_rig.h"
#include "steer_rig.h"
#include "wire/ether.h"

// In a room of so many octets: the frames of a burst then begin at one place of their buffers, as
// they come from a driver. Without, they end with the buffer.
static struct rte_mbuf *frame_in(uint16_t room, const void *p, uint16_t len)
{
	return rig_mbuf(p, len, room == 0 ? 0 : room - len, 0, 0);
}

// Bursts of 1 to 32 frames that differ in length only, behind so many tags.
static void check_uniform(unsigned n_tags)
{
	enum { MORE = 18, ROOM = 80 }; // 32 octets at least
	struct rte_mbuf *pkts[CLASSIFY_BURST];
	struct classified c;
	uint8_t p[80] = {0};
	uint16_t l2_len = head(p, n_tags, both_tpids, 2, 0x86dd);

	for (uint16_t n = 1; n <= CLASSIFY_BURST; n++) {
		rig_reset();
		for (uint16_t i = 0; i < n; i++)
			pkts[i] = frame_in(ROOM, p, (uint16_t)(l2_len + MORE + i));
		classify_burst(&classifier, pkts, n, false, &c);
		assert_int_equal(c.uniform, n_tags < 3);
		assert_int_equal(c.n, n);
		assert_false(c.has_short);
		assert_int_equal(c.max_len, l2_len + MORE - 1 + n);
		assert_int_equal(c.bytes, (l2_len + MORE) * n + n * (n - 1) / 2);
		assert_int_equal(classified_class(&c, n - 1), CLASS_IPV6);
		assert_int_equal(classified_l2_len(&c, n - 1), l2_len);
		// The odd one out, at every place: another type, at each depth.
		for (uint16_t i = 0; n > 1 && i < n; i++) {
			for (uint16_t at = 12; at < l2_len; at += 4) {
				uint8_t *type = rte_pktmbuf_mtod(pkts[i], uint8_t *) + at;
				uint8_t was[2] = {type[0], type[1]};

				put16(type, 0x0806);
				classify_burst(&classifier, pkts, n, false, &c);
				assert_false(c.uniform);
				for (uint16_t k = 0; k < n; k++) {
					assert_int_equal(
						c.class[k], k == i ? CLASS_ARP : CLASS_IPV6);
					assert_int_equal(c.l2_len[k], k == i ? at + 2 : l2_len);
				}
				memcpy(type, was, 2);
			}
		}
	}
}

static void bursts_of_one_class_say_so(void **state)
{
	for (unsigned n_tags = 0; n_tags < 4; n_tags++)
		check_uniform(n_tags);
}

// Of frames that end with their buffers octets behind them would be missed, and octets of one where
// another one begins are others.
static void frames_begin_anywhere(void **state)
{
	struct rte_mbuf *pkts[CLASSIFY_BURST];
	struct classified c;
	uint8_t p[80];

	memset(p, 0x88, sizeof(p));
	for (unsigned n_tags = 0; n_tags < 4; n_tags++) {
		uint16_t l2_len = head(p, n_tags, both_tpids, 2, 0x86dd);

		for (uint16_t n = 1; n <= CLASSIFY_BURST; n++) {
			for (uint16_t apart = 0; apart < n; apart++) {
				rig_reset();
				for (uint16_t i = 0; i < n; i++)
					pkts[i] = frame_in(0, p, i == apart ? 33 : 32);
				classify_burst(&classifier, pkts, n, false, &c);
				for (uint16_t i = 0; i < n; i++) {
					assert_int_equal(classified_class(&c, i), CLASS_IPV6);
					assert_int_equal(classified_l2_len(&c, i), l2_len);
				}
			}
		}
	}
}

// Chains: their sum is right, and the longest is not said to be shorter.
static void lengths_of_more_than_16_bits(void **state)
{
	static const uint32_t lengths[] = {65535, 65536, 60, 0x1ffff, 0x20000};
	struct rte_mbuf *pkts[RTE_DIM(lengths)];
	struct classified c;
	uint8_t p[60] = {0};
	uint64_t bytes = 0;

	head(p, 0, both_tpids, 2, 0x0800);
	for (unsigned i = 0; i < RTE_DIM(lengths); i++) {
		pkts[i] = rig_mbuf(p, sizeof(p), 0, 0, 0);
		pkts[i]->pkt_len = lengths[i];
		bytes += lengths[i];
	}
	classify_burst(&classifier, pkts, RTE_DIM(lengths), false, &c);
	assert_int_equal(c.bytes, bytes);
	assert_true(c.max_len >= 0x20000);
	classify_burst(&classifier, pkts, 1, false, &c);
	assert_int_equal(c.max_len, 65535);
}

// What is said to differ is what does, or all of it; and of a uniform burst it is known.
static void check_differ(struct rte_mbuf **pkts, uint16_t n)
{
	struct classified c;
	uint64_t differ[4] = {0}, first[4] = {0}, other[4] = {0};

	classify_burst(&classifier, pkts, n, false, &c);
	if (!c.uniform && (c.differ[0] & c.differ[1] & c.differ[2] & c.differ[3]) == UINT64_MAX)
		return;
	memcpy(first, rte_pktmbuf_mtod(pkts[0], const void *), sizeof(first));
	for (uint16_t i = 1; i < n; i++) {
		memcpy(other, rte_pktmbuf_mtod(pkts[i], const void *), sizeof(other));
		for (unsigned w = 0; w < RTE_DIM(differ); w++)
			differ[w] |= other[w] ^ first[w];
	}
	assert_memory_equal(c.differ, differ, sizeof(differ));
}

static void octets_that_differ(void **state)
{
	struct rte_mbuf *pkts[CLASSIFY_BURST];
	uint8_t p[64] = {0};

	for (unsigned n_tags = 0; n_tags < 3; n_tags++) {
		head(p, n_tags, both_tpids, 2, 0x86dd);
		for (uint16_t n = 1; n <= CLASSIFY_BURST; n++) {
			rig_reset();
			for (uint16_t i = 0; i < n; i++)
				pkts[i] = rig_mbuf(p, sizeof(p), 0, 0, 0);
			check_differ(pkts, n); // one flow
			for (uint16_t k = 0; k < n * 32; k++) {
				uint8_t *octet = rte_pktmbuf_mtod(pkts[k / 32], uint8_t *) + k % 32;

				*octet ^= 0x10;
				check_differ(pkts, n);
				*octet ^= 0x10;
			}
		}
	}
}

/** A frame whose octets from the TPID on are drawn from those that matter. */
static uint16_t draw(uint8_t *p, unsigned short seed[3])
{
	static const uint16_t fields[] = {
		0x8100, 0x88a8, 0x0800, 0x0806, 0x86dd, 1500, 1501, 1535, 1536, 0xcccc, 0};
	uint16_t len = (uint16_t)(nrand48(seed) % 48);

	memset(p, 0x88, 12);
	for (unsigned at = 12; at < 48; at += 2)
		put16(p + at, fields[nrand48(seed) % (nrand48(seed) % 2 ? 2 : RTE_DIM(fields))]);
	return len;
}

// TPIDs and VIDs of two tags, when a frame is no longer and is in one piece.
static void check_tags(const struct classified *c, uint16_t i, const uint8_t *frame, uint16_t len)
{
	uint64_t tags = 0;
	uint16_t tags_len = c->l2_len[i] - 14;
	uint8_t octets[8] = {0};

	if (c->uniform || c->class[i] == CLASS_SHORT || c->class[i] == CLASS_SHORT_VLAN)
		return;
	if (tags_len > 8) {
		assert_int_equal(c->tags[i], CLASSIFY_TAGS_UNKNOWN);
		return;
	}
	memcpy(octets, frame + 12, tags_len);
	octets[2] &= 0x0f;
	octets[6] &= 0x0f;
	memcpy(&tags, octets, sizeof(tags));
	if (c->tags[i] != CLASSIFY_TAGS_UNKNOWN || len >= 28)
		assert_int_equal(c->tags[i], tags);
}

static void check_parsed(const struct classified *c, uint16_t i, const uint8_t *frame, uint32_t len)
{
	struct ether e = {0};
	uint8_t class = classified_class(c, i);

	switch (ether_parse(frame, len, ETHER_TPIDS_STANDARD, &e)) {
	case ETHER_SHORT_HEADER:
		assert_int_equal(class, CLASS_SHORT);
		return;
	case ETHER_SHORT_VLAN:
		assert_int_equal(class, CLASS_SHORT_VLAN);
		return;
	case ETHER_LENGTH_RESERVED:
		assert_int_equal(class, CLASS_LENGTH_RESERVED);
		return;
	case ETHER_LENGTH_OVERRUN:
	case ETHER_LLC_SHORT:
	case ETHER_SNAP_SHORT:
		assert_int_equal(class, CLASS_LENGTH);
		return;
	case ETHER_OK:
		break;
	}
	if (e.kind != ETHER_ETHERNET2) {
		assert_int_equal(class, CLASS_LENGTH);
		return;
	}
	assert_int_equal(class, class_of(e.ethertype));
	assert_int_equal(classified_l2_len(c, i), ether_type_offset(&e) + 2);
}

// The parser of lib/wire was written on its own: it must come to the same end. In every other
// burst all frames are long enough for what is done with eight of them at once, and in half of
// these and the others they begin at one place.
static void mixed_bursts_agree_with_the_parser(void **state)
{
	unsigned short seed[3] = {1, 2, 3};
	struct rte_mbuf *pkts[CLASSIFY_BURST];
	struct classified c;
	uint8_t p[48];

	for (unsigned round = 0; round < 2000; round++) {
		uint16_t n = (uint16_t)(1 + nrand48(seed) % CLASSIFY_BURST);
		uint16_t least = round % 2 == 0 ? 28 : 0, room = round / 2 % 2 == 0 ? 48 : 0;
		uint16_t all = 48, longest = 0, bytes = 0;

		rig_reset();
		for (uint16_t i = 0; i < n; i++) {
			uint16_t len = RTE_MAX(draw(p, seed), least);

			all = RTE_MIN(all, len);
			longest = RTE_MAX(longest, len);
			bytes += len;
			pkts[i] = frame_in(room, p, len);
		}
		check_differ(pkts, n);
		classify_burst(&classifier, pkts, n, false, &c);
		assert_int_equal(c.max_len, longest);
		assert_int_equal(c.bytes, bytes);
		for (uint16_t i = 0; i < n; i++) {
			const uint8_t *frame = rte_pktmbuf_mtod(pkts[i], const uint8_t *);

			check_parsed(&c, i, frame, pkts[i]->pkt_len);
			check_tags(&c, i, frame, all);
		}
	}
}

// Beside what a burst is without it. Addresses are exchanged in all frames or in none.
static void check_swapped(struct rte_mbuf **pkts, uint16_t n, bool wanted)
{
	uint8_t before[CLASSIFY_BURST][64];
	struct classified c, swapped;

	classify_burst(&classifier, pkts, n, false, &c);
	assert_false(c.swapped);
	for (uint16_t i = 0; i < n; i++)
		memcpy(before[i], rte_pktmbuf_mtod(pkts[i], const void *), pkts[i]->data_len);
	classify_burst(&classifier, pkts, n, true, &swapped);
	assert_true(swapped.swapped || !wanted);
	assert_int_equal(swapped.uniform, c.uniform);
	assert_int_equal(swapped.bytes, c.bytes);
	assert_int_equal(swapped.max_len, c.max_len);
	assert_memory_equal(swapped.differ, c.differ, sizeof(c.differ));
	for (uint16_t i = 0; i < n; i++) {
		const uint8_t *frame = rte_pktmbuf_mtod(pkts[i], const uint8_t *);
		unsigned at = swapped.swapped ? 6 : 0;

		assert_int_equal(classified_class(&swapped, i), classified_class(&c, i));
		assert_int_equal(classified_l2_len(&swapped, i), classified_l2_len(&c, i));
		if (pkts[i]->data_len < 12)
			continue;
		assert_memory_equal(frame, before[i] + at, 6);
		assert_memory_equal(frame + 6, before[i] + 6 - at, 6);
		assert_memory_equal(frame + 12, before[i] + 12, pkts[i]->data_len - 12u);
	}
}

static void addresses_are_exchanged_on_the_way(void **state)
{
	struct rte_mbuf *pkts[CLASSIFY_BURST];
	unsigned short seed[3] = {4, 5, 6};
	uint8_t p[64] = {0};

	for (uint16_t n = 1; n <= CLASSIFY_BURST; n++) {
		for (unsigned n_tags = 0; n_tags < 4; n_tags++) {
			uint16_t l2_len = head(p, n_tags, both_tpids, 2, 0x0800);

			rig_reset();
			for (uint16_t i = 0; i < n; i++)
				pkts[i] = rig_mbuf(p, (uint16_t)(l2_len + 18), 0, 0, 0);
			check_swapped(pkts, n, n_tags < 3);
			// One of another type, one that is too short.
			put16(rte_pktmbuf_mtod(pkts[n - 1], uint8_t *) + l2_len - 2, 0x0806);
			check_swapped(pkts, n, false);
			pkts[n / 2] = rig_mbuf(p, 11, 0, 0, 0);
			check_swapped(pkts, n, false);
		}
	}
	for (unsigned round = 0; round < 200; round++) {
		rig_reset();
		for (uint16_t i = 0; i < CLASSIFY_BURST; i++) {
			uint16_t len = draw(p, seed);

			pkts[i] = frame_in(round % 2 == 0 ? 48 : 0, p, len);
		}
		check_swapped(pkts, CLASSIFY_BURST, false);
	}
}

static void the_best_instructions_of_this_cpu_are_taken(void **state)
{
	enum classify_isa best = CLASSIFY_PORTABLE;

#ifdef RTE_ARCH_X86_64
	if (__builtin_cpu_supports("avx2"))
		best = CLASSIFY_AVX2;
	if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
		best = CLASSIFY_AVX512;
#endif
	classifier_init(&classifier);
	assert_int_equal(classifier.isa, best);
	assert_true(classify_isa_works(CLASSIFY_PORTABLE));
	assert_string_equal(classify_isa_name(CLASSIFY_AVX512), "avx512");
	// What EAL's --force-max-simd-bitwidth does.
	assert_int_equal(rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_128), 0);
	classifier_init(&classifier);
	assert_int_equal(classifier.isa, CLASSIFY_PORTABLE);
	assert_int_equal(rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_256), 0);
	classifier_init(&classifier);
	assert_int_equal(classifier.isa, best);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(bursts_of_one_class_say_so, classify_rig_set_up),
		cmocka_unit_test_setup(frames_begin_anywhere, classify_rig_set_up),
		cmocka_unit_test_setup(lengths_of_more_than_16_bits, classify_rig_set_up),
		cmocka_unit_test_setup(octets_that_differ, classify_rig_set_up),
		cmocka_unit_test_setup(mixed_bursts_agree_with_the_parser, classify_rig_set_up),
		cmocka_unit_test_setup(addresses_are_exchanged_on_the_way, classify_rig_set_up),
	};
	const struct CMUnitTest once[] = {
		cmocka_unit_test(the_best_instructions_of_this_cpu_are_taken),
	};

	return cmocka_run_group_tests(once, NULL, NULL) + classify_rig_run(tests, RTE_DIM(tests));
}
