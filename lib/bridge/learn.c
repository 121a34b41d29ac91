/* SPDX-License-Identifier: BSD-3-Clause */
/* See learn.h. Called by usual.c and bridge.c, which decide what becomes of the frames. */

#include "bridge/learn.h"

void learn_tell(const struct bridge_call *call, enum bridge_event_kind kind, uint64_t key,
	uint16_t port, uint8_t was)
{
	bridge_event_put(call->lane->events, (struct bridge_event){.key = key,
						     .bridge = call->bridge->id,
						     .kind = (uint8_t)kind,
						     .port = (uint8_t)port,
						     .was = was});
}

static void count(const struct bridge_call *call, uint16_t port, const struct fdb_source *source)
{
	struct bridge_member_counts *counts = counts_of(call, port);

	switch (source->learned) {
	case FDB_KNOWN:
	case FDB_OWN: // its frames are told, one by one
	case FDB_NEW: // counted by learn_end()
		break;
	case FDB_MOVED:
		counts->moved++;
		learn_tell(call, BRIDGE_EVENT_MOVED, source->key, port, source->was);
		break;
	case FDB_HELD:
		counts->held++;
		learn_tell(call, BRIDGE_EVENT_HELD, source->key, port, source->was);
		break;
	case FDB_LIMIT_MEMBER:
	case FDB_LIMIT_VLAN:
		counts->over_limit++;
		learn_tell(call, BRIDGE_EVENT_FULL, source->key, port, FDB_NONE);
		break;
	case FDB_LIMIT_RATE:
		counts->over_rate++;
		break;
	case FDB_FULL:
		counts->table_full++;
		learn_tell(call, BRIDGE_EVENT_FULL, source->key, port, FDB_NONE);
		break;
	}
}

bool learn_sources(
	const struct bridge_call *call, uint16_t port, struct fdb_source *sources, uint16_t n)
{
	struct fdb_learning l = learn_begin(call, port);
	bool own = false;

	fdb_learn_burst(&l, sources, n);
	learn_end(call, &l);
	for (uint16_t i = 0; i < n && l.added != n; i++) {
		count(call, port, &sources[i]);
		own |= sources[i].learned == FDB_OWN;
	}
	return own;
}
