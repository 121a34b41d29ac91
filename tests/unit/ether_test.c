/* SPDX-License-Identifier: BSD-3-Clause */
/* Parsing frames: conformance cases E1 to E30. Every frame is parsed
 * where readable memory ends. E35 and E36 are dispatch's, tested there. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <rte_common.h>

#include "wire/ether.h"

#include "fence.h"

#define ADDRS "\x02\0\0\0\0\x01\x02\0\0\0\0\x02"

static uint8_t frame[1 << 17];

/** Addresses, then `n` octets of header; zeros up to `len`, which is returned. */
static uint32_t make(const void *header, uint32_t n, uint32_t len)
{
	memset(frame, 0, sizeof(frame));
	memcpy(frame, ADDRS, ETHER_ADDRS_LEN);
	memcpy(frame + ETHER_ADDRS_LEN, header, n);
	return len;
}

#define MAKE(header, len) make(header, sizeof(header) - 1, len)

static enum ether_error parse(uint32_t len, struct ether *e)
{
	*e = (struct ether){0};
	return ether_parse(fence_put(frame, len), len, ETHER_TPIDS_STANDARD, e);
}

#define assert_parses(len, e) assert_int_equal(parse(len, e), ETHER_OK)

static void e1_fewer_than_14_octets_is_a_short_header(void **state)
{
	struct ether e;

	for (uint32_t len = 0; len < 14; len++)
		assert_int_equal(parse(MAKE("\x08\x00", len), &e), ETHER_SHORT_HEADER);
}

static void e2_header_alone_parses_and_is_a_runt(void **state)
{
	struct ether e;

	assert_parses(MAKE("\x08\x00", 14), &e);
	assert_int_equal(e.payload_offset, 14);
	assert_int_equal(e.payload_len, 0);
	assert_int_equal(ether_size(14, e.n_tags), ETHER_RUNT);
}

static void e3_runts_parse(void **state)
{
	struct ether e;

	for (uint32_t len = 15; len < 60; len++) {
		assert_parses(MAKE("\x08\x00", len), &e);
		assert_int_equal(e.payload_len, len - 14);
		assert_int_equal(ether_size(len, 0), ETHER_RUNT);
	}
	assert_int_equal(ether_size(60, 0), ETHER_BASIC);
}

static void e5_usual_lengths_are_basic(void **state)
{
	struct ether e;

	assert_parses(MAKE("\x08\x00", 60), &e);
	assert_int_equal(ether_size(60, e.n_tags), ETHER_BASIC);
	assert_parses(MAKE("\x08\x00", 1514), &e);
	assert_int_equal(ether_size(1514, e.n_tags), ETHER_BASIC);
	assert_parses(MAKE("\x81\x00\x00\x05\x08\x00", 1518), &e);
	assert_int_equal(e.payload_len, 1500);
	assert_int_equal(ether_size(1518, e.n_tags), ETHER_BASIC);
	assert_parses(MAKE("\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00", 1522), &e);
	assert_int_equal(e.payload_len, 1500);
	assert_int_equal(ether_size(1522, e.n_tags), ETHER_BASIC);
	assert_int_equal(ether_size(1523, e.n_tags), ETHER_ENVELOPE);
}

static void e6_envelope_frames_parse_and_fit_by_mtu(void **state)
{
	struct ether e;

	for (uint32_t len = 1515; len <= 1996; len++) {
		assert_parses(MAKE("\x08\x00", len), &e);
		assert_int_equal(ether_size(len, 0), ETHER_ENVELOPE);
		assert_false(ether_fits(len, 0, 1500));
		assert_true(ether_fits(len, 0, len - 14));
	}
	assert_true(ether_fits(1514, 0, 1500));
	assert_true(ether_fits(1522, 2, 1500));
	assert_false(ether_fits(1523, 2, 1500));
	assert_int_equal(ether_size(1997, 0), ETHER_JUMBO);
}

static void e7_jumbo_frames_parse_and_fit_by_mtu(void **state)
{
	static const uint32_t lens[] = {9014, 9230, 80000};
	struct ether e;

	for (unsigned i = 0; i < RTE_DIM(lens); i++) {
		assert_parses(MAKE("\x86\xdd", lens[i]), &e);
		assert_int_equal(e.payload_len, lens[i] - 14);
		assert_int_equal(ether_size(lens[i], 0), ETHER_JUMBO);
		assert_true(ether_fits(lens[i], 0, lens[i] - 14));
		assert_false(ether_fits(lens[i], 0, lens[i] - 15));
	}
}

/** E8 to E19: a length field, behind tags too (E29). */
struct length_case {
	const char *name;
	uint16_t length;
	uint32_t present; // octets behind the length field
	const char llc[8];
	enum ether_error want;
	enum ether_kind kind;
	uint16_t ethertype;
};

static const struct length_case length_cases[] = {
	{"E8 length 1500", 1500, 1500, "\x42\x42\x03", ETHER_OK, ETHER_LLC, 0},
	{"E9 1501 is reserved", 1501, 1600, "", ETHER_LENGTH_RESERVED, 0, 0},
	{"E9 1535 is reserved", 1535, 1600, "", ETHER_LENGTH_RESERVED, 0, 0},
	{"E9 reserved comes before overrun", 1501, 0, "", ETHER_LENGTH_RESERVED, 0, 0},
	{"E11 overrun by one", 47, 46, "\x42\x42\x03", ETHER_LENGTH_OVERRUN, 0, 0},
	{"E11 overrun of nothing", 1, 0, "", ETHER_LENGTH_OVERRUN, 0, 0},
	{"E12 pad is no payload", 38, 46, "\x42\x42\x03", ETHER_OK, ETHER_LLC, 0},
	{"E13 length 0", 0, 46, "", ETHER_LLC_SHORT, 0, 0},
	{"E13 length 1", 1, 46, "\x42", ETHER_LLC_SHORT, 0, 0},
	{"E13 length 2", 2, 46, "\xff\xff", ETHER_LLC_SHORT, 0, 0},
	{"E14 U format", 3, 46, "\x42\x42\x03", ETHER_OK, ETHER_LLC, 0},
	{"E14 I format", 4, 4, "\xf0\xf0\x00\x02", ETHER_OK, ETHER_LLC, 0},
	{"E15 RFC 1042", 46, 46, "\xaa\xaa\x03\0\0\0\x08", ETHER_OK, ETHER_SNAP, 0x0800},
	{"E15 PID 0x05ff is no EtherType", 46, 46, "\xaa\xaa\x03\0\0\0\x05\xff", ETHER_OK,
		ETHER_SNAP, 0},
	{"E15 PID 0x0600 is one", 8, 8, "\xaa\xaa\x03\0\0\0\x06", ETHER_OK, ETHER_SNAP, 0x0600},
	{"E16 Cisco's OUI", 46, 46, "\xaa\xaa\x03\0\0\x0c\x20", ETHER_OK, ETHER_SNAP, 0},
	{"E17 SNAP of 3", 3, 46, "\xaa\xaa\x03", ETHER_SNAP_SHORT, 0, 0},
	{"E17 SNAP of 7", 7, 7, "\xaa\xaa\x03\0\0\0\x08", ETHER_SNAP_SHORT, 0, 0},
	{"E18 AA-AA with another control", 3, 46, "\xaa\xaa\x13", ETHER_OK, ETHER_LLC, 0},
	{"E18 AA-AB", 8, 46, "\xaa\xab\x03", ETHER_OK, ETHER_LLC, 0},
	{"E19 FF-FF is raw 802.3", 30, 46, "\xff\xff\x00\x1e", ETHER_OK, ETHER_RAW8023, 0},
	{"E19 FF-FE is LLC", 30, 46, "\xff\xfe\x00\x1e", ETHER_OK, ETHER_LLC, 0},
};

static void check_length_case(const struct length_case *c, uint32_t n_tags)
{
	uint32_t at = ETHER_ADDRS_LEN + n_tags * 4;
	uint32_t snap = c->kind == ETHER_SNAP ? 8 : 0;
	struct ether e;

	make("", 0, 0);
	for (uint32_t i = 0; i < n_tags; i++)
		memcpy(frame + 12 + i * 4, "\x81\x00\x00\x07", 4);
	frame[at] = (uint8_t)(c->length >> 8);
	frame[at + 1] = (uint8_t)c->length;
	memcpy(frame + at + 2, c->llc, sizeof(c->llc));
	if (parse(at + 2 + c->present, &e) != c->want)
		fail_msg("%s behind %u tags: %s", c->name, n_tags, ether_error_name(parse(at, &e)));
	if (c->want != ETHER_OK)
		return;
	if (e.kind != c->kind || e.ethertype != c->ethertype || e.n_tags != n_tags ||
		e.payload_offset != at + 2 + snap || e.payload_len != c->length - snap ||
		e.pad_len != c->present - c->length)
		fail_msg("%s behind %u tags: %s 0x%04x at %u, %u + %u octets", c->name, n_tags,
			ether_kind_name(e.kind), e.ethertype, e.payload_offset, e.payload_len,
			e.pad_len);
}

static void e8_to_e19_length_frames(void **state)
{
	for (unsigned i = 0; i < RTE_DIM(length_cases); i++)
		check_length_case(&length_cases[i], 0);
}

static void e29_length_frames_behind_tags(void **state)
{
	for (unsigned i = 0; i < RTE_DIM(length_cases); i++)
		for (uint32_t n_tags = 1; n_tags <= 3; n_tags++)
			check_length_case(&length_cases[i], n_tags);
}

static void e10_ethertypes_begin_at_0600(void **state)
{
	struct ether e;

	assert_parses(MAKE("\x06\x00", 60), &e);
	assert_int_equal(e.ethertype, 0x0600);
	assert_parses(MAKE("\xff\xff", 60), &e);
	assert_int_equal(e.ethertype, 0xffff);
	assert_int_equal(e.kind, ETHER_ETHERNET2);
	assert_int_equal(e.pad_len, 0);
}

static void e20_e21_e23_every_tci_is_read_exactly(void **state)
{
	struct ether e;

	for (unsigned tci = 0; tci <= 0xffff; tci++) {
		struct ether_tag t;

		MAKE("\x88\xa8\x00\x00\x08\x00", 60);
		frame[14] = (uint8_t)(tci >> 8);
		frame[15] = (uint8_t)tci;
		assert_int_equal(ether_parse(frame, 60, 0, &e), ETHER_OK);
		t = ether_tag(frame, 0);
		if (t.tpid != 0x88a8 || t.vid != tci % 4096 || t.pcp != tci / 8192 ||
			t.dei != tci / 4096 % 2)
			fail_msg("TCI 0x%04x: PCP %u DEI %u VID %u", tci, t.pcp, t.dei, t.vid);
		assert_int_equal(e.flags, tci % 4096 == 4095 ? ETHER_VID_IS_RESERVED : 0);
	}
}

static void e22_vid_4095_is_flagged_in_any_tag(void **state)
{
	struct ether e;

	assert_parses(MAKE("\x88\xa8\x00\x05\x81\x00\xef\xff\x08\x00", 60), &e);
	assert_int_equal(e.flags, ETHER_VID_IS_RESERVED);
	assert_parses(MAKE("\x88\xa8\x0f\xff\x81\x00\x00\x05\x08\x00", 60), &e);
	assert_int_equal(e.flags, ETHER_VID_IS_RESERVED);
}

static void e24_cut_tags_are_short(void **state)
{
	struct ether e;

	for (uint32_t len = 14; len < 18; len++)
		assert_int_equal(
			parse(MAKE("\x81\x00\x00\x05\x08\x00", len), &e), ETHER_SHORT_VLAN);
	assert_parses(18, &e);
	for (uint32_t len = 14; len < 22; len++)
		assert_int_equal(parse(MAKE("\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00", len), &e),
			ETHER_SHORT_VLAN);
	assert_parses(22, &e);
}

static void e25_every_stack_of_two_is_reported_in_order(void **state)
{
	static const char stacks[][9] = {"\x88\xa8\x00\x05\x81\x00\x00\x06",
		"\x81\x00\x00\x05\x81\x00\x00\x06", "\x88\xa8\x00\x05\x88\xa8\x00\x06",
		"\x81\x00\x00\x05\x88\xa8\x00\x06"};
	struct ether e;

	for (unsigned i = 0; i < RTE_DIM(stacks); i++) {
		make(stacks[i], 8, 0);
		memcpy(frame + 20, "\x86\xdd", 2);
		assert_parses(68, &e);
		assert_int_equal(e.n_tags, 2);
		assert_int_equal(e.ethertype, 0x86dd);
		assert_int_equal(e.payload_offset, 22);
		assert_int_equal(e.payload_len, 46);
		for (uint32_t t = 0; t < 2; t++) {
			assert_int_equal(
				ether_tag(frame, t).tpid, tag_load_be16(frame + 12 + 4 * t));
			assert_int_equal(ether_tag(frame, t).vid, 5 + t);
		}
	}
	assert_parses(MAKE("\x88\xa8\x00\x05\x08\x00", 60), &e);
	assert_int_equal(e.n_tags, 1);
}

static void e26_other_tpids_are_tags_when_named(void **state)
{
	static const unsigned names[] = {ETHER_TPIDS_9100, ETHER_TPIDS_9200, ETHER_TPIDS_9300};
	struct ether e;

	for (unsigned i = 0; i < 3; i++) {
		MAKE("\x91\x00\x00\x05\x81\x00\x00\x06\x08\x00", 64);
		frame[12] = (uint8_t)(0x91 + i);
		assert_int_equal(ether_parse(frame, 64, names[i], &e), ETHER_OK);
		assert_int_equal(e.n_tags, 2);
		assert_int_equal(e.ethertype, 0x0800);
		assert_int_equal(ether_parse(frame, 64, 7u << 1 & ~names[i], &e), ETHER_OK);
		assert_int_equal(e.n_tags, 0);
		assert_int_equal(e.ethertype, 0x9100 + i * 0x100);
	}
	MAKE("\x90\x00\x00\x05\x08\x00", 64);
	assert_int_equal(ether_parse(frame, 64, ~0u, &e), ETHER_OK);
	assert_int_equal(e.ethertype, 0x9000);
	MAKE("\x91\x01\x00\x05\x08\x00", 64);
	assert_int_equal(ether_parse(frame, 64, ~0u, &e), ETHER_OK);
	assert_int_equal(e.ethertype, 0x9101);
}

static void e27_any_number_of_tags(void **state)
{
	static const uint32_t counts[] = {3, 4, 8, 375, 32000};
	struct ether e;

	for (unsigned i = 0; i < RTE_DIM(counts); i++) {
		uint32_t n = counts[i], at = 12 + n * 4;

		make("", 0, 0);
		for (uint32_t t = 0; t < n; t++)
			memcpy(frame + 12 + t * 4, "\x81\x00\x00\x05", 4);
		memcpy(frame + at, "\x08\x00", 2);
		assert_parses(at + 2, &e);
		assert_int_equal(e.n_tags, n);
		assert_int_equal(e.payload_offset, at + 2);
		assert_int_equal(ether_type_offset(&e), at);
		assert_int_equal(parse(at + 1, &e), ETHER_SHORT_VLAN);
	}
}

static void e28_octets_that_look_like_a_tpid_are_no_tag(void **state)
{
	struct ether e;

	MAKE("\x81\x00\x81\x00\x08\x00\x81\x00", 60); // TCI and payload
	memcpy(frame, "\x02\0\0\0\x81\0\x02\0\x81\0\x81\0", 12);
	assert_parses(60, &e);
	assert_int_equal(e.n_tags, 1);
	assert_int_equal(ether_tag(frame, 0).vid, 0x100);
	assert_int_equal(ether_tag(frame, 0).pcp, 4);
	assert_int_equal(e.ethertype, 0x0800);
}

static void e30_addresses_are_flagged(void **state)
{
	static const struct {
		const char addrs[13];
		unsigned flags;
	} cases[] = {
		{ADDRS, 0},
		{"\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x02", ETHER_DST_BROADCAST},
		{"\xff\xff\xff\xff\xff\xfe\x02\0\0\0\0\x02", ETHER_DST_MULTICAST},
		{"\x01\x80\xc2\0\0\0\x02\0\0\0\0\x02",
			ETHER_DST_MULTICAST | ETHER_DST_LINK_CONSTRAINED},
		{"\x01\x80\xc2\0\0\x0f\x02\0\0\0\0\x02",
			ETHER_DST_MULTICAST | ETHER_DST_LINK_CONSTRAINED},
		{"\x01\x80\xc2\0\0\x10\x02\0\0\0\0\x02", ETHER_DST_MULTICAST},
		{"\x01\x80\xc2\0\x01\0\x02\0\0\0\0\x02", ETHER_DST_MULTICAST},
		{"\x02\0\0\0\0\x01\x03\0\0\0\0\x02", ETHER_SRC_GROUP},
		{"\x02\0\0\0\0\x01\xff\xff\xff\xff\xff\xff", ETHER_SRC_GROUP},
		{"\x02\0\0\0\0\x01\0\0\0\0\0\0", ETHER_SRC_ZERO},
		{"\x02\0\0\0\0\x01\0\0\0\0\0\x01", 0},
		{"\0\0\0\0\0\0\x02\0\0\0\0\x02", 0},
	};
	struct ether e;

	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		MAKE("\x08\x00", 60);
		memcpy(frame, cases[i].addrs, 12);
		assert_parses(60, &e);
		assert_int_equal(e.flags, cases[i].flags);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(e1_fewer_than_14_octets_is_a_short_header),
		cmocka_unit_test(e2_header_alone_parses_and_is_a_runt),
		cmocka_unit_test(e3_runts_parse),
		cmocka_unit_test(e5_usual_lengths_are_basic),
		cmocka_unit_test(e6_envelope_frames_parse_and_fit_by_mtu),
		cmocka_unit_test(e7_jumbo_frames_parse_and_fit_by_mtu),
		cmocka_unit_test(e8_to_e19_length_frames),
		cmocka_unit_test(e10_ethertypes_begin_at_0600),
		cmocka_unit_test(e20_e21_e23_every_tci_is_read_exactly),
		cmocka_unit_test(e22_vid_4095_is_flagged_in_any_tag),
		cmocka_unit_test(e24_cut_tags_are_short),
		cmocka_unit_test(e25_every_stack_of_two_is_reported_in_order),
		cmocka_unit_test(e26_other_tpids_are_tags_when_named),
		cmocka_unit_test(e27_any_number_of_tags),
		cmocka_unit_test(e28_octets_that_look_like_a_tpid_are_no_tag),
		cmocka_unit_test(e29_length_frames_behind_tags),
		cmocka_unit_test(e30_addresses_are_flagged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
