/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/steer/classify: conformance E1, E2, E8 to E10, E24 to E29. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "classify_rig.h"
#include "segments.h"
#include "steer_rig.h"

static void check(struct rte_mbuf *m, uint8_t class, uint16_t l2_len)
{
	struct classified c;

	classify_burst(&classifier, &m, 1, false, &c);
	assert_int_equal(c.n, 1);
	assert_int_equal(classified_class(&c, 0), class);
	if (class != CLASS_SHORT && class != CLASS_SHORT_VLAN)
		assert_int_equal(classified_l2_len(&c, 0), l2_len);
	assert_int_equal(c.bytes, m->pkt_len);
	assert_int_equal(c.has_short, m->pkt_len < 14);
	assert_int_equal(c.max_len, m->pkt_len);
}

/** The same result at the end of readable memory, and before octets of two patterns that would
 *  continue it as a tag or as a type. */
static void check_flat(const uint8_t *frame, uint16_t len, uint8_t class, uint16_t l2_len)
{
	rig_reset();
	check(rig_mbuf(frame, len, 0, 0, 0), class, l2_len);
	check(rig_mbuf(frame, len, 64, 0x81, 0), class, l2_len);
	check(rig_mbuf(frame, len, 64, 0x08, 0), class, l2_len);
}

static void frames_under_14_octets_are_short_e1(void **state)
{
	uint8_t p[64];

	for (unsigned type = 0; type < 2; type++) {
		head(p, 1, both_tpids, 2, type == 0 ? 0x0800 : 0x8100);
		for (uint16_t len = 0; len < 14; len++)
			check_flat(p, len, CLASS_SHORT, 0);
	}
}

static void the_type_field_alone_decides_e2_e8_e9_e10(void **state)
{
	static const uint16_t types[] = {0, 1, 2, 46, 1499, 1500, 1501, 1502, 1534, 1535, 1536,
		0x0601, 0x0800, 0x0801, 0x0806, 0x86dd, 0x8035, 0xdd86, 0x0008, 0x0608, 0xfffe,
		0xffff};
	uint8_t p[256] = {0};

	for (unsigned i = 0; i < RTE_DIM(types); i++) {
		for (unsigned n_tags = 0; n_tags < 4; n_tags++) {
			uint16_t l2_len = head(p, n_tags, both_tpids, 2, types[i]);

			// With no payload at all, with some, with a whole minimal frame.
			check_flat(p, l2_len, class_of(types[i]), l2_len);
			check_flat(p, l2_len + 1, class_of(types[i]), l2_len);
			check_flat(p, 60 + l2_len, class_of(types[i]), l2_len);
		}
	}
}

static void every_type_has_its_class(void **state)
{
	uint8_t p[60] = {0};

	struct rte_mbuf *m;

	rig_reset();
	m = rig_mbuf(p, 14, 0, 0, 0);
	for (unsigned type = 0; type < 65536; type++) {
		if (type == 0x8100 || type == 0x88a8)
			continue;
		head(rte_pktmbuf_mtod(m, uint8_t *), 0, both_tpids, 2, type);
		check(m, class_of(type), 14);
	}
}

static void any_number_of_tags_is_walked_e25_e27(void **state)
{
	static const uint16_t stacks[][2] = {
		{0x8100, 0x8100}, {0x88a8, 0x88a8}, {0x88a8, 0x8100}, {0x8100, 0x88a8}};
	uint8_t p[RIG_ROOM];

	for (unsigned s = 0; s < RTE_DIM(stacks); s++) {
		for (unsigned n = 0; n <= 375; n++) {
			uint16_t l2_len = head(p, n, stacks[s], 2, 0x0800);

			rig_reset();
			check(rig_mbuf(p, l2_len, 0, 0, 0), CLASS_IPV4, l2_len);
			check(rig_mbuf(p, l2_len - 1, 0, 0, 0),
				n == 0 ? CLASS_SHORT : CLASS_SHORT_VLAN, 0);
		}
	}
}

// Of frame_meta(), whose length has 15 bits. No buffer of a driver's is so long: this one is a
// chain.
static void more_tags_than_a_header_has_room_for_are_a_type_e27(void **state)
{
	enum { TAGS = 16400, MOST = (FRAME_META_AGAIN - 1 - 14) / 4, OCTETS = 14 + 4 * TAGS };
	static const unsigned n_tags[] = {MOST - 1, MOST, MOST + 1, 8189, 8190, 16380, 16381, TAGS};
	uint8_t *p = calloc(1, OCTETS);

	assert_non_null(p);
	for (unsigned i = 0; i < RTE_DIM(n_tags); i++) {
		bool fits = n_tags[i] <= MOST;

		rig_reset();
		for (unsigned t = 0; t < n_tags[i]; t++)
			put16(p + 12 + 4 * t, 0x8100);
		put16(p + 12 + 4 * n_tags[i], 0x0800);
		check(segments(p, 14 + 4 * n_tags[i], 1900, 1900), fits ? CLASS_IPV4 : CLASS_OTHER,
			(uint16_t)(14 + 4 * RTE_MIN(n_tags[i], (unsigned)MOST)));
	}
	free(p);
}

static void a_cut_anywhere_in_the_tags_is_short_vlan_e24(void **state)
{
	uint8_t p[64];
	uint16_t l2_len = head(p, 2, both_tpids, 2, 0x0806);

	assert_int_equal(l2_len, 22);
	for (uint16_t len = 0; len <= 24; len++)
		check_flat(p, len,
			len < 14   ? CLASS_SHORT
			: len < 22 ? CLASS_SHORT_VLAN
				   : CLASS_ARP,
			22);
}

static void other_tpids_are_types_e26(void **state)
{
	uint8_t p[64];

	for (unsigned type = 0x9100; type <= 0x9300; type += 0x100) {
		head(p, 0, both_tpids, 2, type);
		check_flat(p, 60, CLASS_OTHER, 14);
		head(p, 2, both_tpids, 2, type);
		check_flat(p, 60, CLASS_OTHER, 22);
	}
	classifier_add_tpid(&classifier, 0x9100); // unless a bridge acts on them
	head(p, 0, both_tpids, 2, 0x9100);
	put16(p + 16, 0x0806);
	check_flat(p, 60, CLASS_ARP, 18);
	check_flat(p, 17, CLASS_SHORT_VLAN, 0);
}

static void what_only_looks_like_a_tpid_is_none_e28(void **state)
{
	uint8_t p[64] = {0};

	memset(p, 0x81, 12); // MAC addresses
	put16(p + 12, 0x8100);
	put16(p + 14, 0x8100); // TCI: PCP 4, VID 256
	put16(p + 16, 0x0800);
	check_flat(p, 60, CLASS_IPV4, 18);
	put16(p + 14, 0x88a8);
	put16(p + 16, 0x86dd);
	put16(p + 18, 0x8100); // payload
	check_flat(p, 60, CLASS_IPV6, 18);
}

static void segments_may_be_cut_anywhere(void **state)
{
	static const uint16_t types[] = {0x0800, 5, 1501, 0xcccc};
	uint8_t p[128] = {0};

	for (unsigned t = 0; t < RTE_DIM(types); t++) {
		for (unsigned n_tags = 0; n_tags < 4; n_tags++) {
			uint16_t l2_len = head(p, n_tags, both_tpids, 2, types[t]);

			for (uint32_t len = 1; len <= 40; len++) {
				uint8_t class = len < 14       ? CLASS_SHORT
				                : len < l2_len ? CLASS_SHORT_VLAN
				                               : class_of(types[t]);

				for (uint32_t first = 1; first <= len; first++) {
					check(segments(p, len, first, 1), class, l2_len);
					check(segments(p, len, first, 7), class, l2_len);
				}
			}
		}
	}
}

static void registered_types_get_classes_of_their_own(void **state)
{
	uint8_t p[64] = {0};
	int class = classifier_add(&classifier, 0xcccc);

	assert_int_equal(class, CLASS_NAMED);
	assert_int_equal(classifier_add(&classifier, 0xcccc), class);
	assert_int_equal(classifier_add(&classifier, 0x0806), CLASS_ARP);
	assert_int_equal(classifier.type[class], 0xcccc);
	head(p, 2, both_tpids, 2, 0xcccc);
	check_flat(p, 60, (uint8_t) class, 22);
	head(p, 0, both_tpids, 2, 0xcccd);
	check_flat(p, 60, CLASS_OTHER, 14);
	for (unsigned i = 1; CLASS_NAMED + i < CLASS_MAX; i++)
		assert_int_equal(
			classifier_add(&classifier, (uint16_t)(0x9000 + i)), CLASS_NAMED + i);
	assert_int_equal(classifier.n_classes, CLASS_MAX);
	assert_int_equal(classifier_add(&classifier, 0x7777), -1);
	assert_int_equal(classifier_add(&classifier, 0xcccc), class);
}

// An LLC frame of `octets` in all, whose length field says `length`.
static void check_llc(const char *llc, size_t n, unsigned length, uint16_t octets, int class)
{
	uint8_t p[64] = {0};

	memcpy(p + head(p, 0, both_tpids, 2, length), llc, n);
	check_flat(p, octets, (uint8_t) class, 14);
	memset(p, 0, sizeof(p));
	memcpy(p + head(p, 2, both_tpids, 2, length), llc, n);
	check_flat(p, octets + 8, (uint8_t) class, 22);
}

#define LLC(octets) octets, sizeof(octets) - 1

static void length_frames_are_told_by_sap_and_snap(void **state)
{
	static const char stp[] = "\x42\x42\x03\0\0", cdp[] = "\xaa\xaa\x03\0\0\x0c\x20\0zz";
	int sap, snap;

	// Nobody asks: they are frames with a length, and a burst of them is uniform.
	check_llc(LLC(stp), 38, 60 - 8, CLASS_LENGTH);
	sap = classifier_add_sap(&classifier, 0x42);
	snap = classifier_add_snap(&classifier, 0x00000c, 0x2000);
	assert_int_equal(sap, CLASS_NAMED);
	assert_int_equal(snap, CLASS_NAMED + 1);
	assert_int_equal(classifier_add_sap(&classifier, 0x42), sap);
	assert_int_equal(classifier_add_snap(&classifier, 0x00000c, 0x2000), snap);
	check_llc(LLC(stp), 38, 52, sap);
	check_llc(LLC(stp), 3, 17, sap);
	check_llc(LLC(stp), 2, 52, CLASS_LENGTH);  // no room for LLC in the length,
	check_llc(LLC(stp), 38, 16, CLASS_LENGTH); // nor in the frame
	check_llc(LLC("\x43\x42\x03"), 38, 52, CLASS_LENGTH);
	check_llc(LLC(cdp), 30, 52, snap);
	check_llc(LLC(cdp), 8, 22, snap);
	check_llc(LLC(cdp), 7, 52, CLASS_LENGTH);
	check_llc(LLC(cdp), 30, 21, CLASS_LENGTH);
	check_llc(LLC("\xaa\xaa\x03\0\0\x0c\x20\x01"), 30, 52, CLASS_LENGTH);
	check_llc(LLC("\xaa\xaa\x03\0\0\0\x20\0"), 30, 52, CLASS_LENGTH);
	check_llc(LLC("\xaa\xab\x03\0\0\x0c\x20\0"), 30, 52, CLASS_LENGTH);
	// What has no length is not looked at.
	check_llc(LLC(stp), 1501, 52, CLASS_LENGTH_RESERVED);
	check_llc(LLC(stp), 0x88cc, 52, CLASS_OTHER);
}

static void llc_across_segments_and_in_mixed_bursts(void **state)
{
	int snap = classifier_add_snap(&classifier, 0x00000c, 0x2000);
	struct rte_mbuf *pkts[CLASSIFY_BURST];
	struct classified c;
	uint8_t p[64] = {0};

	memcpy(p + head(p, 1, both_tpids, 1, 30), "\xaa\xaa\x03\0\0\x0c\x20\0", 8);
	for (uint32_t first = 1; first <= 48; first++)
		check(segments(p, 48, first, 3), (uint8_t)snap, 18);
	rig_reset();
	for (unsigned i = 0; i < CLASSIFY_BURST; i++) {
		p[25] = i % 2;
		pkts[i] = rig_mbuf(p, 48, 0, 0, 0);
	}
	classify_burst(&classifier, pkts, CLASSIFY_BURST, false, &c);
	assert_false(c.uniform);
	for (uint16_t i = 0; i < CLASSIFY_BURST; i++)
		assert_int_equal(classified_class(&c, i), i % 2 ? CLASS_LENGTH : snap);
	assert_int_equal(classifier.kind[snap], CLASS_BY_SNAP);
	assert_int_equal(classifier.oui[snap], 0x00000c);
	assert_int_equal(classifier.type[snap], 0x2000);
}

static void classes_have_the_names_that_are_printed(void **state)
{
	static const char *const names[] = {"short_header", "short_vlan", "length_reserved",
		"length", "other", "ipv4", "ipv6", "arp", "broken"};

	for (unsigned c = 0; c < CLASS_NAMED; c++)
		assert_string_equal(class_name((enum frame_class)c), names[c]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(frames_under_14_octets_are_short_e1, classify_rig_set_up),
		cmocka_unit_test_setup(
			the_type_field_alone_decides_e2_e8_e9_e10, classify_rig_set_up),
		cmocka_unit_test_setup(every_type_has_its_class, classify_rig_set_up),
		cmocka_unit_test_setup(any_number_of_tags_is_walked_e25_e27, classify_rig_set_up),
		cmocka_unit_test_setup(
			a_cut_anywhere_in_the_tags_is_short_vlan_e24, classify_rig_set_up),
		cmocka_unit_test_setup(
			more_tags_than_a_header_has_room_for_are_a_type_e27, classify_rig_set_up),
		cmocka_unit_test_setup(other_tpids_are_types_e26, classify_rig_set_up),
		cmocka_unit_test_setup(
			what_only_looks_like_a_tpid_is_none_e28, classify_rig_set_up),
		cmocka_unit_test_setup(segments_may_be_cut_anywhere, classify_rig_set_up),
		cmocka_unit_test_setup(
			registered_types_get_classes_of_their_own, classify_rig_set_up),
		cmocka_unit_test_setup(length_frames_are_told_by_sap_and_snap, classify_rig_set_up),
		cmocka_unit_test_setup(
			llc_across_segments_and_in_mixed_bursts, classify_rig_set_up),
	};
	const struct CMUnitTest once[] = {
		cmocka_unit_test(classes_have_the_names_that_are_printed),
	};

	return cmocka_run_group_tests(once, NULL, NULL) + classify_rig_run(tests, RTE_DIM(tests));
}
