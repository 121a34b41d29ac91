/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LLDPDUs to structs. Called by the lldp handler, by its bursts and when its table is shown. Reads
 * nothing before the length is known to suffice. What an identifier says is not judged: together
 * they name a neighbour, whatever they are.
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "wire/lldp.h"
#include "wire/tag.h"

// TLV types (8.4.1, table 8-1); 9 to 126 are reserved.
enum {
	TLV_END = 0,
	TLV_CHASSIS = 1,
	TLV_PORT = 2,
	TLV_TTL = 3,
	TLV_PORT_DESCRIPTION = 4,
	TLV_SYSTEM_NAME = 5,
	TLV_SYSTEM_DESCRIPTION = 6,
	TLV_CAPABILITIES = 7,
	TLV_ADDRESS = 8,
	TLV_ORGANIZATION = 127
};

enum {
	HEADER = 2,           // octets of type (7 bits) and length (9 bits), 8.4
	TEXT_MAX = 255,       // 8.5.5 to 8.5.7
	CAPABILITIES_LEN = 4, // 8.5.8
	ADDRESS_FIXED = 7,    // 8.5.9: all but address string and OID
	ADDRESS_MAX = 32,     // with its family
	OID_MAX = 128,        //
	ORGANIZATION_MIN = 4, // OUI and subtype, 8.6.1
	FAMILY_IPV4 = 1,      // IANA address family numbers
	FAMILY_IPV6 = 2
};

/** Where a reader is. */
struct cursor {
	const uint8_t *p;
	size_t left;
};

/** One TLV's information string. */
struct tlv {
	uint8_t type;
	uint16_t len;
	const uint8_t *p;
};

/** @return false: it extends behind the end. */
static bool take(struct cursor *c, struct tlv *tlv)
{
	uint16_t head;

	if (c->left < HEADER)
		return false;
	head = tag_load_be16(c->p);
	tlv->type = (uint8_t)(head >> 9);
	tlv->len = head & 0x1ff;
	tlv->p = c->p + HEADER;
	if (tlv->len > c->left - HEADER)
		return false;
	c->p += HEADER + tlv->len;
	c->left -= HEADER + (size_t)tlv->len;
	return true;
}

/** A chassis or port ID: subtype and 1 to 255 octets. */
static bool take_id(struct cursor *c, uint8_t type, uint8_t *kind, struct lldp_piece *id)
{
	struct tlv tlv;

	if (!take(c, &tlv) || tlv.type != type || tlv.len < 2 || tlv.len > 1 + TEXT_MAX)
		return false;
	*kind = tlv.p[0];
	*id = (struct lldp_piece){tlv.p + 1, (uint16_t)(tlv.len - 1)};
	return true;
}

/** The first of its type and not too long; the standard allows one only. */
static bool keep_text(const struct tlv *tlv, struct lldp_piece *text)
{
	if (text->p != NULL || tlv->len > TEXT_MAX)
		return false;
	*text = (struct lldp_piece){tlv->p, tlv->len};
	return true;
}

static bool keep_capabilities(const struct tlv *tlv, struct lldp *lldp)
{
	if (lldp->has_capabilities || tlv->len != CAPABILITIES_LEN)
		return false;
	lldp->has_capabilities = true;
	lldp->capabilities = tag_load_be16(tlv->p);
	lldp->enabled = tag_load_be16(tlv->p + 2);
	return true;
}

/** Length, family, address, interface number and its kind, length, OID (8.5.9). */
static bool keep_address(const struct tlv *tlv, struct lldp *lldp)
{
	size_t len, oid;

	if (tlv->len < ADDRESS_FIXED)
		return false;
	len = tlv->p[0];
	if (len < 2 || len > ADDRESS_MAX || tlv->len < ADDRESS_FIXED + len)
		return false;
	oid = tlv->p[ADDRESS_FIXED - 1 + len];
	if (oid > OID_MAX || tlv->len != ADDRESS_FIXED + len + oid)
		return false;
	if (lldp->addresses++ == 0)
		lldp->address = (struct lldp_piece){tlv->p + 1, (uint16_t)len};
	return true;
}

/** An optional TLV. @return false: to be discarded. */
static bool keep(const struct tlv *tlv, struct lldp *lldp)
{
	switch (tlv->type) {
	case TLV_PORT_DESCRIPTION:
		return keep_text(tlv, &lldp->port_description);
	case TLV_SYSTEM_NAME:
		return keep_text(tlv, &lldp->system_name);
	case TLV_SYSTEM_DESCRIPTION:
		return keep_text(tlv, &lldp->system_description);
	case TLV_CAPABILITIES:
		return keep_capabilities(tlv, lldp);
	case TLV_ADDRESS:
		return keep_address(tlv, lldp);
	case TLV_ORGANIZATION:
		if (tlv->len < ORGANIZATION_MIN)
			return false;
		lldp->organization++; // no OUI is known here
		break;
	default:
		break;
	}
	lldp->unrecognized++;
	return true;
}

/** The three that every LLDPDU begins with (8.2). */
static enum lldp_error take_mandatory(struct cursor *c, struct lldp *lldp)
{
	const uint8_t *first = c->p;
	struct tlv tlv;

	if (!take_id(c, TLV_CHASSIS, &lldp->chassis_kind, &lldp->chassis))
		return LLDP_CHASSIS;
	if (!take_id(c, TLV_PORT, &lldp->port_kind, &lldp->port))
		return LLDP_PORT;
	lldp->id_len = (uint16_t)(c->p - first);
	if (!take(c, &tlv) || tlv.type != TLV_TTL || tlv.len < sizeof(lldp->ttl))
		return LLDP_TTL;
	lldp->ttl = tag_load_be16(tlv.p); // what may follow in it is not for us (9.2.7.7.1 c)
	return LLDP_OK;
}

enum lldp_error lldp_parse(const uint8_t *p, size_t len, struct lldp *lldp)
{
	struct cursor c = {p, len < LLDP_MAX ? len : LLDP_MAX};
	enum lldp_error error;
	struct tlv tlv;

	*lldp = (struct lldp){0};
	error = take_mandatory(&c, lldp);
	lldp->len = (uint16_t)(c.p - p);
	if (error != LLDP_OK || lldp->ttl == 0)
		return error;
	while (c.left > 0) {
		if (!take(&c, &tlv)) {
			lldp->discarded++; // the others stand (9.2.7.7.2 e)
			break;
		}
		if (tlv.type == TLV_END && tlv.len != 0)
			return LLDP_END;
		if (tlv.type >= TLV_CHASSIS && tlv.type <= TLV_TTL)
			return LLDP_REPEATED;
		lldp->len = (uint16_t)(c.p - p);
		if (tlv.type == TLV_END)
			break;
		lldp->discarded += !keep(&tlv, lldp);
	}
	return LLDP_OK;
}

enum lldp_group lldp_group(const uint8_t mac[6])
{
	static const uint8_t reserved[5] = {0x01, 0x80, 0xc2, 0x00, 0x00};

	if (memcmp(mac, reserved, sizeof(reserved)) != 0)
		return LLDP_NO_GROUP;
	switch (mac[5]) {
	case 0x0e:
		return LLDP_NEAREST_BRIDGE;
	case 0x03:
		return LLDP_NEAREST_NON_TPMR_BRIDGE;
	case 0x00:
		return LLDP_NEAREST_CUSTOMER_BRIDGE;
	default:
		return LLDP_NO_GROUP;
	}
}

const char *lldp_group_name(enum lldp_group group)
{
	static const char *const names[] = {
		[LLDP_NEAREST_BRIDGE] = "nearest_bridge",
		[LLDP_NEAREST_NON_TPMR_BRIDGE] = "nearest_non_tpmr_bridge",
		[LLDP_NEAREST_CUSTOMER_BRIDGE] = "nearest_customer_bridge",
		[LLDP_NO_GROUP] = "none",
	};

	return names[group];
}

bool lldp_mac_text(const struct lldp_piece *id, char *text)
{
	const uint8_t *p = id->p;

	if (id->len != 6)
		return false;
	snprintf(text, LLDP_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", p[0], p[1], p[2], p[3], p[4],
		p[5]);
	return true;
}

bool lldp_address_text(const struct lldp_piece *id, char *text)
{
	if (id->len == 1 + sizeof(struct in_addr) && id->p[0] == FAMILY_IPV4)
		return inet_ntop(AF_INET, id->p + 1, text, LLDP_TEXT) != NULL;
	if (id->len == 1 + sizeof(struct in6_addr) && id->p[0] == FAMILY_IPV6)
		return inet_ntop(AF_INET6, id->p + 1, text, LLDP_TEXT) != NULL;
	return false;
}

void lldp_capabilities_text(uint16_t capabilities, char *text)
{
	static const char *const names[16] = {"other", "repeater", "bridge", "wlan_ap", "router",
		"telephone", "docsis", "station", "c_vlan", "s_vlan", "tpmr", "bit11", "bit12",
		"bit13", "bit14", "bit15"};
	size_t n = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < 16; i++) {
		if ((capabilities >> i & 1) != 0)
			n += (size_t)snprintf(
				text + n, LLDP_TEXT - n, "%s%s", n == 0 ? "" : " ", names[i]);
	}
}
