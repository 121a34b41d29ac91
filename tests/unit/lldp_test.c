/* SPDX-License-Identifier: BSD-3-Clause */
/* LLDPDUs against literal octets (IEEE 802.1AB-2016 8, 9.2.7.7.1, 9.2.7.7.2). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/lldp.h"

// What lldpd 1.0.16 sends from a veth.
static const uint8_t lldpd[] = {0x02, 0x07, 0x04, 0x02, 0x00, 0x00, 0x00, 0xaa, 0x01, // chassis
	0x04, 0x07, 0x03, 0x02, 0x00, 0x00, 0x00, 0xaa, 0x01,                         // port
	0x06, 0x02, 0x00, 0x78,                                                       // TTL 120
	0x0a, 0x05, 'h', 'o', 's', 't', 'a',                                          // name
	0x0c, 0x03, 'a', 'b', 'c',                                                    // description
	0x0e, 0x04, 0x00, 0x9c, 0x00, 0x14, // bridge wlan_ap router station; bridge router
	0x10, 0x0c, 0x05, 0x01, 192, 0, 2, 9, 0x02, 0x00, 0x00, 0x00, 0x02, 0x00, // management
	0x08, 0x04, 'e', 't', 'h', '0',                                   // port description
	0xfe, 0x09, 0x00, 0x12, 0x0f, 0x01, 0x03, 0x6c, 0x01, 0x00, 0x1e, // 802.3
	0x00, 0x00};

enum { IDS = 18, MANDATORY = 22 }; // octets of these TLVs

static bool is(const struct lldp_piece *piece, const char *text)
{
	return piece->len == strlen(text) && memcmp(piece->p, text, piece->len) == 0;
}

/** Parse a copy, good until the next one, that ends where a read behind it is seen by ASan. */
static enum lldp_error parse(const uint8_t *p, size_t len, struct lldp *lldp)
{
	static uint8_t *exact;

	free(exact);
	exact = malloc(len == 0 ? 1 : len);
	memcpy(exact, p, len);
	return lldp_parse(exact, len, lldp);
}

/** Parse the mandatory TLVs and `n` more octets behind them. */
static enum lldp_error with(const char *more, size_t n, struct lldp *lldp)
{
	uint8_t bytes[MANDATORY + 600];

	memcpy(bytes, lldpd, MANDATORY);
	memcpy(bytes + MANDATORY, more, n);
	return parse(bytes, MANDATORY + n, lldp);
}

#define WITH(more, lldp) with(more, sizeof(more) - 1, lldp)

static void what_lldpd_sends_is_read(void **state)
{
	struct lldp l;
	char text[LLDP_TEXT];

	assert_int_equal(lldp_parse(lldpd, sizeof(lldpd), &l), LLDP_OK);
	assert_int_equal(l.chassis_kind, LLDP_CHASSIS_MAC);
	assert_int_equal(l.port_kind, LLDP_PORT_MAC);
	assert_true(lldp_mac_text(&l.chassis, text));
	assert_string_equal(text, "02:00:00:00:aa:01");
	assert_int_equal(l.ttl, 120);
	assert_int_equal(l.id_len, IDS);
	assert_int_equal(l.len, sizeof(lldpd));
	assert_true(is(&l.system_name, "hosta"));
	assert_true(is(&l.system_description, "abc"));
	assert_true(is(&l.port_description, "eth0"));
	lldp_capabilities_text(l.capabilities, text);
	assert_string_equal(text, "bridge wlan_ap router station");
	lldp_capabilities_text(l.enabled, text);
	assert_string_equal(text, "bridge router");
	assert_true(lldp_address_text(&l.address, text));
	assert_string_equal(text, "192.0.2.9");
	assert_int_equal(l.addresses, 1);
	assert_int_equal(l.organization, 1);
	assert_int_equal(l.unrecognized, 1);
	assert_int_equal(l.discarded, 0);
}

static void every_cut_is_seen(void **state)
{
	// Where a TLV ends the rest is whole, with or without End Of LLDPDU.
	static const uint8_t ends[] = {22, 29, 34, 40, 54, 60, 71, 73};
	size_t next = 0;

	for (size_t len = 0; len <= sizeof(lldpd); len++) {
		enum lldp_error want = len < 9    ? LLDP_CHASSIS
		                       : len < 18 ? LLDP_PORT
		                       : len < 22 ? LLDP_TTL
		                                  : LLDP_OK;
		struct lldp l;

		assert_int_equal(parse(lldpd, len, &l), want);
		if (want != LLDP_OK)
			continue;
		assert_int_equal(l.discarded, len != ends[next]);
		next += len == ends[next];
	}
	assert_int_equal(next, sizeof(ends));
}

static void the_mandatory_tlvs_come_first_and_in_order(void **state)
{
	static const uint8_t order[6][3] = {
		{9, 0, 18}, {0, 18, 9}, {9, 18, 0}, {18, 0, 9}, {18, 9, 0}, {0, 0, 18}};
	static const enum lldp_error want[6] = {
		LLDP_CHASSIS, LLDP_PORT, LLDP_CHASSIS, LLDP_CHASSIS, LLDP_CHASSIS, LLDP_PORT};
	struct lldp l;

	for (unsigned i = 0; i < 6; i++) {
		uint8_t bytes[3 * 9];
		size_t n = 0;

		for (unsigned k = 0; k < 3; k++) {
			uint8_t len = (uint8_t)(order[i][k] == 18 ? 4 : 9);

			memcpy(bytes + n, lldpd + order[i][k], len);
			n += len;
		}
		assert_int_equal(parse(bytes, n, &l), want[i]);
	}
	// Nothing but End Of LLDPDU, nothing in front, nothing in between.
	assert_int_equal(parse((const uint8_t *)"\0\0", 2, &l), LLDP_CHASSIS);
	assert_int_equal(parse((const uint8_t *)"\x0a\x01x\x02\x02\x07x", 7, &l), LLDP_CHASSIS);
	assert_int_equal(
		parse((const uint8_t *)"\x02\x02\x07x\x04\x02\x07y\x0a\x01x", 11, &l), LLDP_TTL);
}

/** An LLDPDU whose chassis (or else port) ID has `len` octets with its subtype. */
static enum lldp_error with_id(bool of_chassis, uint16_t len, struct lldp *l)
{
	static const uint8_t one[] = {
		0x02, 0x02, 0x07, 'c', 0x04, 0x02, 0x07, 'p', 0x06, 0x02, 0, 9};
	uint8_t bytes[600] = {0};
	size_t n = 0;

	for (unsigned i = 0; i < 3; i++) {
		bool this = i == (of_chassis ? 0u : 1u);

		memcpy(bytes + n, one + 4 * i, 4);
		if (this) {
			bytes[n] |= (uint8_t)(len >> 8);
			bytes[n + 1] = (uint8_t)len;
		}
		n += this ? 2u + len : 4;
	}
	return parse(bytes, n, l);
}

static void ids_have_1_to_255_octets(void **state)
{
	for (unsigned of_chassis = 0; of_chassis < 2; of_chassis++) {
		enum lldp_error bad = of_chassis != 0 ? LLDP_CHASSIS : LLDP_PORT;
		struct lldp l;

		assert_int_equal(with_id(of_chassis, 0, &l), bad);
		assert_int_equal(with_id(of_chassis, 1, &l), bad);
		assert_int_equal(with_id(of_chassis, 2, &l), LLDP_OK);
		assert_int_equal(with_id(of_chassis, 256, &l), LLDP_OK);
		assert_int_equal(of_chassis != 0 ? l.chassis.len : l.port.len, 255);
		assert_int_equal(with_id(of_chassis, 257, &l), bad);
		assert_int_equal(with_id(of_chassis, 511, &l), bad);
	}
}

static void ttl_has_two_octets_or_more(void **state)
{
	uint8_t bytes[64];
	struct lldp l;

	memcpy(bytes, lldpd, MANDATORY);
	memcpy(bytes + IDS, "\x06\x03\x01\x02\xff\0\0", 7);
	assert_int_equal(parse(bytes, IDS + 7, &l), LLDP_OK);
	assert_int_equal(l.ttl, 0x0102);
	assert_int_equal(l.discarded, 0);
	memcpy(bytes + IDS, "\x06\x01\x01\0\0", 5);
	assert_int_equal(parse(bytes, IDS + 5, &l), LLDP_TTL);
	memcpy(bytes + IDS, "\x06\0\0\0", 4);
	assert_int_equal(parse(bytes, IDS + 4, &l), LLDP_TTL);
}

static void a_shutdown_ends_the_check(void **state)
{
	static const char behind[] = "\x06\x02\0\0" // TTL 0
				     "\x0a\x03x";   // a name that ends behind the end
	uint8_t bytes[64];
	struct lldp l;

	memcpy(bytes, lldpd, IDS);
	memcpy(bytes + IDS, behind, sizeof(behind) - 1);
	assert_int_equal(parse(bytes, IDS + sizeof(behind) - 1, &l), LLDP_OK);
	assert_int_equal(l.ttl, 0);
	assert_int_equal(l.id_len, IDS);
	assert_int_equal(l.discarded, 0);
	assert_null(l.system_name.p);
}

static void a_mandatory_tlv_twice_is_refused(void **state)
{
	struct lldp l;

	assert_int_equal(WITH("\x02\x02\x07x", &l), LLDP_REPEATED);
	assert_int_equal(WITH("\x0a\x01n\x04\x02\x07x\0\0", &l), LLDP_REPEATED);
	assert_int_equal(WITH("\x06\x02\0\x78", &l), LLDP_REPEATED);
	assert_int_equal(WITH("\0\0\x06\x02\0\x78", &l), LLDP_OK); // behind the end
}

static void end_of_lldpdu_is_empty(void **state)
{
	struct lldp l;

	assert_int_equal(WITH("\0\x01x", &l), LLDP_END);
	assert_int_equal(WITH("", &l), LLDP_OK);
	assert_int_equal(l.len, MANDATORY);
	assert_int_equal(WITH("\0\0\x0a\x01x\xff\xff", &l), LLDP_OK);
	assert_int_equal(l.len, MANDATORY + 2);
	assert_null(l.system_name.p);
	assert_int_equal(l.discarded, 0);
}

static void an_optional_tlv_twice_counts_once(void **state)
{
	struct lldp l;

	assert_int_equal(
		WITH("\x0a\x01x\x0a\x01y\x0c\0\x0c\x01z\x0e\x04\0\1\0\1\x0e\x04\0\2\0\2", &l),
		LLDP_OK);
	assert_int_equal(l.discarded, 3);
	assert_true(is(&l.system_name, "x"));
	assert_true(is(&l.system_description, ""));
	assert_int_equal(l.capabilities, 1);
}

static void a_wrong_length_costs_the_tlv_only(void **state)
{
	char long_name[2 + 256 + 3] = "\x0b"; // 256 octets
	struct lldp l;

	memcpy(long_name + 2 + 256, "\x0a\x01x", 3);
	assert_int_equal(with(long_name, sizeof(long_name), &l), LLDP_OK);
	assert_int_equal(l.discarded, 1);
	assert_true(is(&l.system_name, "x"));
	assert_int_equal(WITH("\x0e\x03\0\1\0\x0e\x05\0\1\0\1\0\x0e\x04\0\4\0\4", &l), LLDP_OK);
	assert_int_equal(l.discarded, 2);
	assert_int_equal(l.capabilities, 4);
	assert_int_equal(WITH("\xfe\x03\0\x12\x0f\xfe\x04\0\x12\x0f\1", &l), LLDP_OK);
	assert_int_equal(l.discarded, 1);
	assert_int_equal(l.organization, 1);
}

static void management_addresses_are_checked(void **state)
{
	struct lldp l;
	char text[LLDP_TEXT];

	// Two octets of address at least, all fields, an OID of the length it says.
	assert_int_equal(WITH("\x10\x06\x05\x01\1\2\3\4", &l), LLDP_OK);
	assert_int_equal(l.discarded, 1);
	assert_int_equal(WITH("\x10\x08\x01\x01\2\0\0\0\1\0", &l), LLDP_OK);
	assert_int_equal(l.discarded, 1);
	assert_int_equal(WITH("\x10\x0c\xff\x01\1\2\3\4\2\0\0\0\1\0", &l), LLDP_OK);
	assert_int_equal(l.discarded, 1);
	assert_int_equal(WITH("\x10\x0c\x05\x01\1\2\3\4\2\0\0\0\1\1", &l), LLDP_OK);
	assert_int_equal(l.discarded, 1);
	assert_int_equal(WITH("\x10\x0d\x05\x01\1\2\3\4\2\0\0\0\1\0\0", &l), LLDP_OK);
	assert_int_equal(l.discarded, 1);
	assert_int_equal(l.addresses, 0);
	// The first one is kept, of any family.
	assert_int_equal(
		WITH("\x10\x0a\x02\x09Z\2\0\0\0\1\1\6"
		     "\x10\x18\x11\x02\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\2\0\0\0\1\0",
			&l),
		LLDP_OK);
	assert_int_equal(l.discarded, 0);
	assert_int_equal(l.addresses, 2);
	assert_int_equal(l.address.len, 2);
	assert_false(lldp_address_text(&l.address, text));
	assert_int_equal(
		WITH("\x10\x18\x11\x02\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\2\0\0\0\1\0", &l),
		LLDP_OK);
}

static void addresses_have_their_usual_form(void **state)
{
	static const uint8_t six[17] = {2, 0x20, 0x01, 0x0d, 0xb8, [16] = 1},
			     bad[5] = {3, 1, 2, 3, 4};
	struct lldp_piece piece = {six, sizeof(six)};
	char text[LLDP_TEXT];

	assert_true(lldp_address_text(&piece, text));
	assert_string_equal(text, "2001:db8::1");
	piece.len = 16;
	assert_false(lldp_address_text(&piece, text));
	assert_false(lldp_mac_text(&piece, text));
	piece = (struct lldp_piece){bad, sizeof(bad)};
	assert_false(lldp_address_text(&piece, text));
	lldp_capabilities_text(0, text);
	assert_string_equal(text, "");
	lldp_capabilities_text(0xffff, text);
	assert_string_equal(text, "other repeater bridge wlan_ap router telephone docsis station "
				  "c_vlan s_vlan tpmr bit11 bit12 bit13 bit14 bit15");
}

static void unknown_tlvs_are_passed_over(void **state)
{
	struct lldp l;

	assert_int_equal(WITH("\x12\0\xfc\x02xy\x0a\x01x", &l), LLDP_OK); // types 9 and 126
	assert_int_equal(l.unrecognized, 2);
	assert_int_equal(l.organization, 0);
	assert_int_equal(l.discarded, 0);
	assert_true(is(&l.system_name, "x"));
}

static void no_more_than_1500_octets_are_read(void **state)
{
	static uint8_t jumbo[9000];
	struct lldp l;

	memcpy(jumbo, lldpd, MANDATORY);
	for (size_t at = MANDATORY; at + 513 <= sizeof(jumbo); at += 513)
		memcpy(jumbo + at, "\xff\xff\0\x12\x0f", 5); // 511 octets each
	assert_int_equal(lldp_parse(jumbo, sizeof(jumbo), &l), LLDP_OK);
	assert_int_equal(l.organization, 2);
	assert_int_equal(l.discarded, 1);
	assert_int_equal(l.len, MANDATORY + 2 * 513);
}

static void three_addresses_are_lldp_s(void **state)
{
	uint8_t mac[6] = {0x01, 0x80, 0xc2, 0, 0, 0};
	unsigned known = 0;

	for (unsigned last = 0; last < 256; last++) {
		mac[5] = (uint8_t)last;
		known += lldp_group(mac) != LLDP_NO_GROUP;
	}
	assert_int_equal(known, 3);
	mac[5] = 0x0e;
	assert_string_equal(lldp_group_name(lldp_group(mac)), "nearest_bridge");
	mac[5] = 0x03;
	assert_string_equal(lldp_group_name(lldp_group(mac)), "nearest_non_tpmr_bridge");
	mac[5] = 0;
	assert_string_equal(lldp_group_name(lldp_group(mac)), "nearest_customer_bridge");
	mac[4] = 1;
	assert_int_equal(lldp_group(mac), LLDP_NO_GROUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lldpd_sends_is_read),
		cmocka_unit_test(every_cut_is_seen),
		cmocka_unit_test(the_mandatory_tlvs_come_first_and_in_order),
		cmocka_unit_test(ids_have_1_to_255_octets),
		cmocka_unit_test(ttl_has_two_octets_or_more),
		cmocka_unit_test(a_shutdown_ends_the_check),
		cmocka_unit_test(a_mandatory_tlv_twice_is_refused),
		cmocka_unit_test(end_of_lldpdu_is_empty),
		cmocka_unit_test(an_optional_tlv_twice_counts_once),
		cmocka_unit_test(a_wrong_length_costs_the_tlv_only),
		cmocka_unit_test(management_addresses_are_checked),
		cmocka_unit_test(addresses_have_their_usual_form),
		cmocka_unit_test(unknown_tlvs_are_passed_over),
		cmocka_unit_test(no_more_than_1500_octets_are_read),
		cmocka_unit_test(three_addresses_are_lldp_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
