/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Build of frames from their fields. Called by blframe and by whoever originates frames. Refuses
 * what no receiver would read back as it was meant: everything is checked before the first octet
 * is written, so a refused build leaves the room as it was.
 */

#include "wire/ether_build.h"

#include <string.h>

static uint8_t *put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *put(uint8_t *p, const void *from, uint32_t n)
{
	if (n != 0)
		memcpy(p, from, n);
	return p + n;
}

enum ether_build_error ether_tag_check(const struct ether_tag *tag)
{
	if (!ether_is_tpid(tag->tpid, ETHER_TPIDS_9100 | ETHER_TPIDS_9200 | ETHER_TPIDS_9300))
		return ETHER_BUILD_TPID;
	if (tag->vid >= ETHER_VID_RESERVED)
		return ETHER_BUILD_VID;
	return tag->pcp > 7 || tag->dei > 1 ? ETHER_BUILD_PCP : ETHER_BUILD_OK;
}

static enum ether_build_error check_kind(const struct ether_spec *s)
{
	uint32_t snap = s->kind == ETHER_SNAP ? ETHER_SNAP_LEN : 0;
	enum ether_kind reads_as = ETHER_LLC;

	if (s->kind == ETHER_ETHERNET2)
		return s->ethertype < ETHER_TYPE_MIN || tag_is_tpid(s->ethertype) ? ETHER_BUILD_TYPE
		                                                                  : ETHER_BUILD_OK;
	if (s->payload_len > ETHER_LENGTH_MAX - snap)
		return ETHER_BUILD_TOO_LONG;
	if (s->kind == ETHER_SNAP)
		return ETHER_BUILD_OK;
	if (s->payload_len < 3)
		return ETHER_BUILD_LLC_SHORT;
	if (s->payload[0] == 0xff && s->payload[1] == 0xff)
		reads_as = ETHER_RAW8023;
	else if (s->payload[0] == 0xaa && s->payload[1] == 0xaa && s->payload[2] == 0x03)
		reads_as = ETHER_SNAP;
	return reads_as == s->kind ? ETHER_BUILD_OK : ETHER_BUILD_LLC_KIND;
}

enum ether_build_error ether_build(
	const struct ether_spec *s, uint8_t *p, uint32_t room, uint32_t *len)
{
	uint32_t snap = s->kind == ETHER_SNAP ? ETHER_SNAP_LEN : 0;
	uint64_t used = ETHER_HEADER_LEN + (uint64_t)s->n_tags * ETHER_TAG_LEN + snap +
	                (uint64_t)s->payload_len + s->trailer_len;
	uint64_t total = used < s->min_len ? s->min_len : used;
	enum ether_build_error error = check_kind(s);

	for (uint32_t i = 0; i < s->n_tags && error == ETHER_BUILD_OK; i++) {
		error = ether_tag_check(&s->tags[i]);
		if (error == ETHER_BUILD_OK && s->kind == ETHER_ETHERNET2 &&
			s->ethertype == s->tags[i].tpid)
			error = ETHER_BUILD_TYPE; // who reads the tag reads another one here
	}
	if (error != ETHER_BUILD_OK)
		return error;
	if (total > room)
		return ETHER_BUILD_ROOM;
	p = put(p, s->dst, ETHER_MAC_LEN);
	p = put(p, s->src, ETHER_MAC_LEN);
	for (uint32_t i = 0; i < s->n_tags; i++) {
		const struct ether_tag *t = &s->tags[i];

		p = put_be16(p, t->tpid);
		p = put_be16(
			p, (uint16_t)(t->pcp << TAG_PCP_SHIFT | (t->dei ? TAG_DEI : 0) | t->vid));
	}
	if (s->kind == ETHER_ETHERNET2) {
		p = put_be16(p, s->ethertype);
	} else {
		p = put_be16(p, (uint16_t)(s->payload_len + snap));
		if (s->kind == ETHER_SNAP) {
			p = put(p, "\xaa\xaa\x03", 3);
			p = put(p, s->oui, sizeof(s->oui));
			p = put_be16(p, s->pid);
		}
	}
	p = put(p, s->payload, s->payload_len);
	p = put(p, s->trailer, s->trailer_len);
	memset(p, 0, total - used);
	*len = (uint32_t)total;
	return ETHER_BUILD_OK;
}

void ether_describe(
	const uint8_t *p, const struct ether *e, struct ether_tag *tags, struct ether_spec *s)
{
	*s = (struct ether_spec){.tags = tags,
		.n_tags = e->n_tags,
		.kind = (enum ether_kind)e->kind,
		.ethertype = e->ethertype,
		.payload = p + e->payload_offset,
		.payload_len = e->payload_len,
		.trailer = p + e->payload_offset + e->payload_len,
		.trailer_len = e->pad_len};
	memcpy(s->dst, p, ETHER_MAC_LEN);
	memcpy(s->src, p + ETHER_MAC_LEN, ETHER_MAC_LEN);
	for (uint32_t i = 0; i < e->n_tags; i++)
		tags[i] = ether_tag(p, i);
	if (e->kind == ETHER_SNAP) {
		memcpy(s->oui, p + e->payload_offset - 5, sizeof(s->oui));
		s->pid = tag_load_be16(p + e->payload_offset - 2);
	}
}

const char *ether_build_error_text(enum ether_build_error error)
{
	static const char *const texts[] = {
		[ETHER_BUILD_OK] = "nothing is wrong",
		[ETHER_BUILD_TPID] =
			"a tag's TPID must be 0x8100, 0x88a8, 0x9100, 0x9200 or 0x9300",
		[ETHER_BUILD_VID] = "a tag's VID must be 0 to 4094 (4095 is reserved)",
		[ETHER_BUILD_PCP] = "a tag's PCP must be 0 to 7 and its DEI 0 or 1",
		[ETHER_BUILD_TYPE] = "the EtherType must be 0x0600 to 0xffff and not a tag's TPID",
		[ETHER_BUILD_TOO_LONG] =
			"the payload is too long for a length field (1500 octets with "
			"the LLC and SNAP headers)",
		[ETHER_BUILD_LLC_SHORT] =
			"an LLC or raw 802.3 frame needs 3 octets or more behind its "
			"length field",
		[ETHER_BUILD_LLC_KIND] =
			"the first octets behind the length field make it another kind "
			"of frame (AA-AA-03 is SNAP, FF-FF is raw 802.3)",
		[ETHER_BUILD_ROOM] = "the frame is too long",
	};

	return texts[error];
}
