/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_LLDP_H
#define WIRE_LLDP_H

/**
 * @file
 * LLDPDUs, octets to struct (IEEE 802.1AB-2016 clauses 7 and 8; what is valid: 9.2.7.7.1 and
 * 9.2.7.7.2), and their identifiers as text.
 *
 * No mbuf, no I/O, no state; any thread. Nothing is copied: pieces point into the LLDPDU.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LLDP_ETHERTYPE = 0x88cc,
	LLDP_MAX = 1500, // octets of an LLDPDU that are looked at: the payload of an 802.3 frame
	LLDP_TEXT = 160  // room for what becomes text here, its end included
};

/** Whose destination address a frame has (7.1, table 7-1). */
enum lldp_group {
	LLDP_NEAREST_BRIDGE,          // 01-80-C2-00-00-0E
	LLDP_NEAREST_NON_TPMR_BRIDGE, // 01-80-C2-00-00-03
	LLDP_NEAREST_CUSTOMER_BRIDGE, // 01-80-C2-00-00-00
	LLDP_NO_GROUP
};

enum lldp_error {
	LLDP_OK,
	LLDP_CHASSIS,  // the first TLV is no chassis ID of 1 to 255 octets
	LLDP_PORT,     // the second is no port ID of 1 to 255 octets
	LLDP_TTL,      // the third is no time to live of at least 2 octets
	LLDP_REPEATED, // one of these three comes again
	LLDP_END       // an End Of LLDPDU that is not empty
};

/** Kinds of identifiers that have a form of their own; others are shown as text. */
enum lldp_chassis_kind { LLDP_CHASSIS_MAC = 4, LLDP_CHASSIS_ADDRESS = 5 }; // 8.5.2.2, table 8-2
enum lldp_port_kind { LLDP_PORT_MAC = 3, LLDP_PORT_ADDRESS = 4 };          // 8.5.3.2, table 8-3

/** Octets of the LLDPDU; p NULL: it has none. */
struct lldp_piece {
	const uint8_t *p;
	uint16_t len;
};

struct lldp {
	uint8_t chassis_kind; // subtype
	uint8_t port_kind;    // subtype
	uint16_t ttl;         // seconds; 0: the sender goes, and nothing below is set
	uint16_t id_len;      // octets of the first two TLVs: equal ones are the same neighbour
	uint16_t len;         // octets up to the end, End Of LLDPDU included
	struct lldp_piece chassis, port;
	struct lldp_piece port_description, system_name, system_description;
	bool has_capabilities;
	uint16_t capabilities, enabled; // bit 0: other, ... (8.5.8.1, table 8-4)
	struct lldp_piece address;      // the first management address, its family (IANA) in front
	uint16_t addresses;             // management addresses in all
	uint16_t organization;          // organizationally specific TLVs
	uint16_t unrecognized;          // these, and TLVs of reserved types (9.2.7.7.1 f, g)
	uint16_t discarded; // TLVs of a wrong length, behind the end, or there already (9.2.7.7.2)
};

/** The group that a destination address is, or LLDP_NO_GROUP. */
enum lldp_group lldp_group(const uint8_t mac[6]);

/** Name of a group (letters and _); static. */
const char *lldp_group_name(enum lldp_group group);

/**
 * Read and check an LLDPDU.
 *
 * The three mandatory TLVs have to stand in front, in order and once; a fault there, or an End Of
 * LLDPDU that is not empty, refuses the LLDPDU. A fault in an optional TLV costs that TLV only.
 * End Of LLDPDU may be missing (6.1, 9.2.7.7.1 h); what follows it is padding and never read.
 *
 * @param p    first octet behind the EtherType; `len` octets are readable.
 * @param lldp always set as far as was read; `discarded` counts in every case.
 */
enum lldp_error lldp_parse(const uint8_t *p, size_t len, struct lldp *lldp);

/** A MAC address, or a network address behind its family, in its usual form into text[LLDP_TEXT].
 *  @return false: `id` is none of that length or family. */
bool lldp_mac_text(const struct lldp_piece *id, char *text);
bool lldp_address_text(const struct lldp_piece *id, char *text);

/** Names of the capabilities, with blanks between them, into text[LLDP_TEXT]. */
void lldp_capabilities_text(uint16_t capabilities, char *text);

#endif
