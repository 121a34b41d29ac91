/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Push, pop and translation of tags on octets. Called by bridges, by what sends through tagged
 * interfaces (through ether_mbuf.c) and by tests. Only the twelve octets of the addresses move;
 * what lies behind the tags stays where it is. Everything is checked before anything is written.
 */

#include "wire/ether_tags.h"

#include <assert.h>
#include <string.h>

static void store_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

enum ether_build_error ether_rewrite_check(const struct ether_rewrite *rewrite)
{
	enum ether_build_error error = ETHER_BUILD_OK;

	if (rewrite->pop > ETHER_REWRITE_TAGS || rewrite->push > ETHER_REWRITE_TAGS)
		return ETHER_BUILD_ROOM;
	for (unsigned i = 0; i < rewrite->push && error == ETHER_BUILD_OK; i++)
		error = ether_tag_check(&rewrite->tags[i]);
	return error;
}

/**
 * Find the tags to pop, and the PCP and DEI bits of the outermost ones.
 *
 * @param bits set to the priority that pushed tag i keeps, for all i.
 */
static enum ether_rewrite_error look(
	const uint8_t *p, uint32_t len, const struct ether_rewrite *rewrite, uint16_t *bits)
{
	uint32_t at = ETHER_ADDRS_LEN;
	unsigned seen = 0;
	uint16_t last = 0;

	if (len < ETHER_HEADER_LEN)
		return ETHER_REWRITE_SHORT;
	for (; seen < rewrite->pop; seen++, at += ETHER_TAG_LEN) {
		if (!ether_is_tpid(tag_load_be16(p + at), rewrite->tpids))
			return ETHER_REWRITE_NO_TAG;
		if (len - at < ETHER_TAG_LEN + 2)
			return ETHER_REWRITE_SHORT;
		last = tag_load_be16(p + at + 2) & (uint16_t)~TAG_VID_MASK;
		bits[seen] = last;
	}
	if (seen == 0 && rewrite->priority == ETHER_PRIORITY_KEEP &&
		ether_is_tpid(tag_load_be16(p + at), rewrite->tpids)) {
		if (len - at < ETHER_TAG_LEN + 2)
			return ETHER_REWRITE_SHORT;
		last = tag_load_be16(p + at + 2) & (uint16_t)~TAG_VID_MASK;
	}
	for (; seen < rewrite->push; seen++)
		bits[seen] = last;
	return ETHER_REWRITE_OK;
}

enum ether_rewrite_error ether_rewrite(
	uint8_t **frame, uint32_t *len, uint32_t headroom, const struct ether_rewrite *rewrite)
{
	int grow = (rewrite->push - rewrite->pop) * ETHER_TAG_LEN;
	uint16_t bits[ETHER_REWRITE_TAGS] = {0};
	enum ether_rewrite_error error;
	uint8_t *p = *frame;

	assert(ether_rewrite_check(rewrite) == ETHER_BUILD_OK);
	error = look(p, *len, rewrite, bits);
	if (error != ETHER_REWRITE_OK)
		return error;
	if (grow > 0 && (uint32_t)grow > headroom)
		return ETHER_REWRITE_ROOM;
	if (grow != 0)
		memmove(p - grow, p, ETHER_ADDRS_LEN);
	p -= grow;
	for (unsigned i = 0; i < rewrite->push; i++) {
		const struct ether_tag *t = &rewrite->tags[i];
		uint8_t *at = p + ETHER_ADDRS_LEN + i * ETHER_TAG_LEN;

		if (rewrite->priority == ETHER_PRIORITY_SET)
			bits[i] = (uint16_t)(t->pcp << TAG_PCP_SHIFT | (t->dei ? TAG_DEI : 0));
		store_be16(at, t->tpid);
		store_be16(at + 2, bits[i] | t->vid);
	}
	*frame = p;
	*len = (uint32_t)((int64_t)*len + grow);
	return ETHER_REWRITE_OK;
}
