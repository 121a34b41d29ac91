/* SPDX-License-Identifier: BSD-3-Clause */
/* Any octets as an LLDPDU: in bounds, pieces inside it, and what was accepted is accepted again,
 * and alike, when it ends where the parser said. */

#include <stdlib.h>
#include <string.h>

#include "wire/lldp.h"

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_piece(const struct lldp_piece *piece, const uint8_t *data, size_t len)
{
	char text[LLDP_TEXT];

	if (piece->p == NULL) {
		CHECK(piece->len == 0);
		return;
	}
	CHECK(piece->p >= data && piece->p + piece->len <= data + len);
	if (lldp_mac_text(piece, text))
		CHECK(strlen(text) == 17);
	if (lldp_address_text(piece, text))
		CHECK(strlen(text) >= 2 && strlen(text) < 46);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[LLDP_TEXT];
	struct lldp l, again;

	if (lldp_parse(data, size, &l) != LLDP_OK)
		return 0;
	CHECK(l.id_len >= 8 && l.id_len < l.len && l.len <= size && l.len <= LLDP_MAX);
	CHECK(l.chassis.len >= 1 && l.chassis.len <= 255 && l.port.len >= 1 && l.port.len <= 255);
	check_piece(&l.chassis, data, l.id_len);
	check_piece(&l.port, data, l.id_len);
	check_piece(&l.port_description, data, l.len);
	check_piece(&l.system_name, data, l.len);
	check_piece(&l.system_description, data, l.len);
	check_piece(&l.address, data, l.len);
	CHECK((l.addresses == 0) == (l.address.p == NULL));
	CHECK(l.organization <= l.unrecognized);
	lldp_capabilities_text(l.capabilities, text);
	CHECK(strlen(text) < sizeof(text) - 1);
	CHECK(lldp_parse(data, l.len, &again) == LLDP_OK);
	CHECK(again.discarded <= l.discarded && l.discarded - again.discarded <= 1);
	again.discarded = l.discarded; // a TLV that ended behind the end is not there any more
	CHECK(memcmp(&again, &l, sizeof(l)) == 0);
	return 0;
}
