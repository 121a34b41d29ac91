/* SPDX-License-Identifier: BSD-3-Clause */
/* See scratch.h. Called for one frame at a time by who explains it; reads the live table as any
 * lane does and never writes to it. */

#include <stdlib.h>
#include <string.h>

#include "bridge/fdb_place.h"
#include "bridge/inside.h"
#include "bridge/scratch.h"

_Static_assert((int)BRIDGE_SCRATCH_READ >= (int)INSIDE_READ, "what the rules read");

enum { CAPACITY = 16 }; // entries that there is room for; a frame meets two

// Copy what there is for a key, and tell the port.
static uint8_t copy_entry(const struct fdb *from, struct fdb *to, uint64_t key)
{
	struct fdb_place place = fdb_place(from, key);
	struct fdb_found found = fdb_find(from, place.home, place.tag);
	const uint64_t word = (1u << FDB_STEP) - 1;

	if (found.slot == NULL)
		return FDB_NONE;
	place = fdb_place(to, key);
	fdb_claim(to, place.home, place.tag | (found.entry & word));
	return found.entry & FDB_PORT;
}

// Limits hold as they do in the live table.
static struct fdb *make_table(const struct fdb *live, void *memory)
{
	struct fdb_config config = live->config;
	struct fdb *fdb;

	config.capacity = CAPACITY;
	fdb = fdb_init(memory, &config);
	fdb->config.capacity = live->config.capacity;
	atomic_init(&fdb->n_learned, atomic_load(&live->n_learned));
	for (unsigned i = 0; i < FDB_PORTS; i++)
		atomic_init(&fdb->of_member[i], atomic_load(&live->of_member[i]));
	for (unsigned i = 0; i < FDB_VLANS; i++)
		atomic_init(&fdb->of_vlan[i], atomic_load(&live->of_vlan[i]));
	return fdb;
}

struct bridge *bridge_scratch(const struct bridge *live, uint16_t port, const uint8_t *frame,
	uint32_t len, struct bridge_glance *glance)
{
	size_t n = sizeof(*live) + (live->vlan_aware ? FDB_VLANS : 1) * sizeof(live->vlan[0]);
	size_t at = (n + 63) / 64 * 64, size = (at + fdb_size(CAPACITY) + 63) / 64 * 64;
	struct bridge *bridge = aligned_alloc(64, size);
	struct inside in = {0};

	if (bridge == NULL)
		return NULL;
	memset(bridge, 0, size);
	memcpy(bridge, live, n);
	bridge->fdb = make_table(live->fdb, (char *)bridge + at);
	*glance = (struct bridge_glance){
		.enters = !live->vlan_aware || inside_of(live, port, frame, len, &in) == INSIDE_OK};
	if (!glance->enters)
		return bridge;
	glance->vlan = inside_vlan(&in);
	glance->src = fdb_key(glance->vlan, inside_mac(frame + 6));
	glance->dst_port =
		copy_entry(live->fdb, bridge->fdb, fdb_key(glance->vlan, inside_mac(frame)));
	glance->src_port = inside_mac(frame) == inside_mac(frame + 6)
	                           ? glance->dst_port
	                           : copy_entry(live->fdb, bridge->fdb, glance->src);
	return bridge;
}
