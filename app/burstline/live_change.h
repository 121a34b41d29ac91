/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LIVE_CHANGE_H
#define LIVE_CHANGE_H

/**
 * @file
 * What a live change consists of, and the order in which that is made, undone and freed. Private
 * to live*.c; management thread, while telemetry waits.
 */

#include "instance.h"
#include "neigh/own.h"

enum live_step { LIVE_SWITCHING, LIVE_RETIRING, LIVE_LEAVING, LIVE_ENDING };

/** A ring that only the change knows, or that it treats otherwise than the plan. */
struct live_ring {
	struct plan_ring plan;
	struct handoff ring;
	struct gate *gate; // PLAN_RING_HANDLER, and
	uint16_t budget;
	uint16_t port;                // PLAN_RING_TX: DPDK port id
	struct lane_handler *handler; // PLAN_RING_HANDLER
};

struct live_change {
	enum live_step step;
	bool published; // a view of it was
	struct live_ring *old, *fresh, *self;
	unsigned n_old;   // rings that go
	unsigned n_fresh; // rings of the new plan that wait for these
	unsigned n_self;  // of workers, for inline handlers that wait for these
	struct live_retired {
		struct lane_handler *handler;
		unsigned lane;
	} * retired; // handlers that go
	unsigned n_retired;
	unsigned n_kept, n_new; // handler instances
	unsigned first_lane;    // lanes from here on are new

	// Of before; freed when the change is through. live_change_exchange() puts it into the
	// instance and what was there here.
	const struct plan *plan; // and its conf
	struct port **ports;
	struct rte_mempool **pools;
	unsigned *pool_kept;
	struct instance_bridge **bridges;
	struct iface_table ifaces;
	uint16_t iface_id[CONF_INTERFACES_MAX];
	uint8_t bridge_id[BRIDGE_MAX];
	struct plugin_set *plugins;
	struct conf *conf; // NULL: main's
	struct handoff *rings;
	struct gate **gates;
	struct lane_handler **handlers;
	struct dispatch_police **police;
	unsigned n_handlers, n_police;

	// Ports (live_ports.h).
	uint32_t reopen; // by index in the new plan
	uint32_t named;  // ids that had no name
	unsigned n_ports_new;
	uint8_t mac[PLAN_MAX_PORTS][6]; // that those had, by the same
	// Tables (live_tables.h).
	struct own_wish *wishes;
	unsigned n_wishes;
	void *own_room, *own_was;
	bool entered;       // live_entries_set() has put in what is new,
	unsigned n_flushes; // has dealt with so much of what may have to be flushed,
	bool told;          // is done
};

/** Change the two states over. For steps that need the old one to run; twice is nothing. */
void live_change_exchange(struct instance *instance, struct live_change *c);

/**
 * Make everything that `conf` needs besides, and let the instance point to it. No view has it yet.
 *
 * @param conf taken over on success.
 * @return 0 with *change set, or -1 with a sentence: nothing was made.
 */
int live_change_make(struct instance *instance, struct conf *conf, struct live_change **change,
	char *error, size_t error_size);

/** Free the pools of ports that went; those that mbufs are missing of stay until the next time. No
 *  view but the last is in use, no change under way. */
void live_change_trim_pools(struct instance *instance);

/** Has every lane passed a quiescent point? False: one did not in time. */
bool live_grace(struct instance *instance);

/** No lane uses anything of before any more: free it, and the change. */
void live_change_free(struct instance *instance, struct live_change *c);

#endif
