/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which interface a frame belongs to: an open-addressing table over (port, tags), at most half
 * full. Built with a view by the management thread; read by workers for frames to handlers only.
 */

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_hash_crc.h>

#include "steer/iface.h"
#include "wire/tag.h"

struct iface_index {
	uint32_t mask;
	const struct iface *slot[];
};

struct key {
	uint32_t n;
	uint32_t tag[IFACE_TAGS_MAX]; // TPID in the high half, VID in the low
};

// A place is a DPDK port id, or BRIDGES and above for a bridge.
enum { BRIDGES = 0x100 };

static uint16_t place_of(const struct iface *iface)
{
	return iface->on_bridge ? (uint16_t)(BRIDGES + iface->bridge) : iface->port;
}

static uint32_t hash(uint16_t place, const struct key *key)
{
	uint32_t hash = rte_hash_crc_4byte(key->n, place);

	for (uint32_t i = 0; i < key->n; i++)
		hash = rte_hash_crc_4byte(key->tag[i], hash);
	return hash;
}

static bool same(const struct iface *iface, uint16_t place, const struct key *key)
{
	if (place_of(iface) != place || iface->n_tags != key->n)
		return false;
	for (unsigned i = 0; i < key->n; i++) {
		if (key->tag[i] != ((uint32_t)iface->tags[i].tpid << 16 | iface->tags[i].vid))
			return false;
	}
	return true;
}

__rte_cold struct iface_index *iface_index_create(const struct iface_table *table)
{
	uint32_t size = 4;
	struct iface_index *index;

	while (size < 2u * table->n)
		size *= 2;
	index = calloc(1, sizeof(*index) + size * sizeof(index->slot[0]));
	if (index == NULL)
		return NULL;
	index->mask = size - 1;
	for (unsigned i = 0; i < table->n; i++) {
		const struct iface *iface = &table->iface[i];
		struct key key = {.n = iface->n_tags};
		uint32_t at;

		if (iface->unused)
			continue;
		for (unsigned t = 0; t < key.n; t++)
			key.tag[t] = (uint32_t)iface->tags[t].tpid << 16 | iface->tags[t].vid;
		at = hash(place_of(iface), &key) & index->mask;
		while (index->slot[at] != NULL)
			at = (at + 1) & index->mask;
		index->slot[at] = iface;
	}
	return index;
}

__rte_cold void iface_index_free(struct iface_index *index)
{
	free(index);
}

// Look up a key to which the tags from `at` on are added.
static const struct iface *find(const struct iface_index *index, uint16_t place, struct key *key,
	const uint8_t *frame, uint16_t at, uint16_t l2_len)
{
	for (; at + 2 < l2_len; at = (uint16_t)(at + 4)) {
		uint32_t vid = tag_load_be16(frame + at + 2) & TAG_VID_MASK;

		if (vid == 0)
			continue;
		if (key->n == IFACE_TAGS_MAX)
			return NULL;
		key->tag[key->n++] = (uint32_t)tag_load_be16(frame + at) << 16 | vid;
	}
	for (uint32_t slot = hash(place, key) & index->mask; index->slot[slot] != NULL;
		slot = (slot + 1) & index->mask) {
		if (same(index->slot[slot], place, key))
			return index->slot[slot];
	}
	return NULL;
}

const struct iface *iface_find(
	const struct iface_index *index, uint16_t port, const uint8_t *frame, uint16_t l2_len)
{
	struct key key = {.n = 0};

	return index == NULL ? NULL : find(index, port, &key, frame, 12, l2_len);
}

const struct iface *iface_find_inside(const struct iface_index *index, uint8_t bridge,
	const struct iface_tag *inside, unsigned n_inside, const uint8_t *frame, uint16_t at,
	uint16_t l2_len)
{
	struct key key = {.n = n_inside};

	if (index == NULL)
		return NULL;
	for (unsigned i = 0; i < n_inside; i++)
		key.tag[i] = (uint32_t)inside[i].tpid << 16 | inside[i].vid;
	return find(index, (uint16_t)(BRIDGES + bridge), &key, frame, at, l2_len);
}
