/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Forwarding tables and what each lane keeps for a bridge. Called by build.c, and for a change by
 * live*.c. Everything that lanes write lies in memory of their own node.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <rte_cycles.h>
#include <rte_malloc.h>

#include "ageing.h"
#include "bridge_log.h"
#include "bridge_build.h"
#include "lane_build.h"
#include "live_change.h"

enum {
	DEPTH_PART = 10,  // a bucket holds this part of a second's frames,
	DEPTH_LEAST = 32, // but a burst, if a second has so many
	VLANS_MORE = 64   // for which counters have room when they grow
};

static uint32_t depth(uint32_t rate)
{
	return RTE_MAX(rate / DEPTH_PART, RTE_MIN(rate, (uint32_t)DEPTH_LEAST));
}

static uint64_t mac_of(const uint8_t octets[6])
{
	uint64_t mac = 0;

	memcpy(&mac, octets, 6);
	return mac;
}

// VLANs that a member or an interface of ours is in get counters; into the others no frame comes.
// One that had some keeps them.
static void number_vlans(const struct instance *instance, unsigned id)
{
	const struct conf_bridge *conf = &instance->conf->bridges[id];
	struct instance_bridge *bridge = instance->bridges[id];

	if (bridge->n_slots == 0)
		bridge->n_slots = 1;
	for (unsigned v = 1; v < CONF_VLANS && conf->vlan_aware; v++) {
		bool used = false;

		for (unsigned m = 0; m < conf->n_members && !used; m++)
			used = conf_member_has_vlan(&conf->members[m], v);
		for (unsigned i = 0; i < instance->ifaces.n && !used; i++) {
			const struct iface *iface = &instance->ifaces.iface[i];

			used = iface->on_bridge && iface->bridge == instance->bridge_id[id] &&
			       iface->vlan == v;
		}
		if (used && bridge->slot[v] == 0)
			bridge->slot[v] = (uint16_t)bridge->n_slots++;
	}
}

static void set_limits(
	const struct instance *instance, const struct conf_bridge *conf, struct fdb_config *config)
{
	uint32_t sticky = 0;

	config->vlan_limit = conf->vlan_limit;
	for (unsigned m = 0; m < conf->n_members; m++) {
		const struct conf_member *member = &conf->members[m];
		uint16_t port = instance->ports[member->port]->id;

		config->member_limit[port] = member->limit;
		sticky |= (uint32_t)member->sticky << port;
	}
	config->sticky = sticky;
}

static int make_table(const struct instance *instance, unsigned id)
{
	const struct conf_bridge *conf = &instance->conf->bridges[id];
	struct fdb_config config = {.capacity = conf->fdb,
		.ageing = conf->ageing,
		.learners = instance->plan->n_lcores};
	void *memory = rte_zmalloc_socket("fdb", fdb_size(conf->fdb), RTE_CACHE_LINE_SIZE,
		build_node(instance->plan, instance->plan->bridges[id].node));

	if (memory == NULL)
		return -1;
	set_limits(instance, conf, &config);
	if (getrandom(&config.seed, sizeof(config.seed), 0) != sizeof(config.seed)) {
		rte_free(memory);
		return -1;
	}
	instance->bridges[id]->fdb = fdb_init(memory, &config);
	instance->bridges[id]->ageing = ageing_create(instance->bridges[id]->fdb);
	return instance->bridges[id]->ageing == NULL ? -1 : 0;
}

// Configured entries, and our own addresses: frames to them leave the bridge for a handler.
int bridge_build_entries(const struct instance *instance, unsigned id)
{
	const struct conf_bridge *conf = &instance->conf->bridges[id];
	struct fdb *fdb = instance->bridges[id]->fdb;
	int rc = 0;

	for (unsigned e = 0; e < conf->n_entries && rc == 0; e++) {
		const struct conf_entry *entry = &conf->entries[e];

		rc = fdb_add_static(fdb, fdb_key((uint16_t)entry->vlan, mac_of(entry->mac)),
			(uint8_t)instance->ports[entry->port]->id);
	}
	for (unsigned i = 0; i < instance->ifaces.n && rc == 0; i++) {
		const struct iface *iface = &instance->ifaces.iface[i];

		if (iface->on_bridge && iface->bridge == instance->bridges[id]->id)
			rc = fdb_add_static(
				fdb, fdb_key(iface->vlan, mac_of(iface->mac)), FDB_LOCAL);
	}
	return rc;
}

void bridge_build_ageing(const struct instance *instance, unsigned id)
{
	uint64_t since = (rte_rdtsc() - instance->start_tsc) / instance->tsc_hz;

	fdb_set_ageing(
		instance->bridges[id]->fdb, instance->conf->bridges[id].ageing, (uint32_t)since);
}

// Workers may be taking from them.
static void set_buckets(
	const struct instance *instance, const struct conf_bridge *conf, struct bridge_lane *lane)
{
	uint64_t hz = instance->tsc_hz;

	for (unsigned m = 0; m < conf->n_members; m++) {
		const struct conf_member *member = &conf->members[m];
		const uint32_t rates[BRIDGE_STORMS] = {
			[BRIDGE_STORM_BROADCAST] = member->storm.broadcast,
			[BRIDGE_STORM_MULTICAST] = member->storm.multicast,
			[BRIDGE_STORM_UNKNOWN] = member->storm.unknown,
		};
		uint16_t port = instance->ports[member->port]->id;

		bucket_limit(&lane->learn[port], conf->learn_rate, depth(conf->learn_rate), hz);
		for (unsigned s = 0; s < BRIDGE_STORMS; s++)
			bucket_limit(&lane->storm[port][s], rates[s], depth(rates[s]), hz);
	}
}

static int make_lane(struct instance *instance, unsigned id, unsigned l)
{
	const struct plan *plan = instance->plan;
	struct instance_bridge *bridge = instance->bridges[id];
	int node = build_node(plan, plan->lcores[l].node);
	struct bridge_lane *lane = bridge->lane[l];

	// Of a lane that was here before: its counters go on.
	if (lane != NULL) {
		instance->lanes[l]->bridge[bridge->id] = lane;
		return 0;
	}
	lane = rte_zmalloc_socket("bridge", sizeof(*lane), RTE_CACHE_LINE_SIZE, node);
	if (lane == NULL)
		return -1;
	lane->vlan = rte_zmalloc_socket(
		"vlans", bridge->n_room * sizeof(*lane->vlan), RTE_CACHE_LINE_SIZE, node);
	if (lane->vlan == NULL) { // a later change is not to find it half made
		rte_free(lane);
		return -1;
	}
	lane->events = instance->bridge_events[l];
	set_buckets(instance, &instance->conf->bridges[id], lane);
	bridge->lane[l] = lane;
	instance->lanes[l]->bridge[bridge->id] = lane;
	return 0;
}

int bridge_build_lane(struct instance *instance, unsigned l)
{
	const struct plan *plan = instance->plan;

	if (instance->conf->n_bridges == 0)
		return 0;
	if (instance->bridge_events[l] == NULL)
		instance->bridge_events[l] =
			rte_zmalloc_socket("events", sizeof(*instance->bridge_events[l]),
				RTE_CACHE_LINE_SIZE, build_node(plan, plan->lcores[l].node));
	if (instance->bridge_events[l] == NULL)
		return -1;
	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		if (make_lane(instance, b, l) != 0)
			return -1;
	}
	return 0;
}

// Names go by id; a bridge or port that comes later finds its place there.
void bridge_build_names(struct instance *instance)
{
	memset(instance->bridge_names, 0, sizeof(instance->bridge_names));
	for (unsigned b = 0; b < instance->conf->n_bridges; b++)
		instance->bridge_names[instance->bridges[b]->id] = instance->conf->bridges[b].name;
}

static int make_log(struct instance *instance)
{
	struct bridge_log_config config = {.bridges = instance->bridge_names,
		.ports = instance->port_names,
		.n_bridges = BRIDGE_MAX,
		.n_ports = OUT_PORTS};

	for (unsigned p = 0; p < OUT_PORTS; p++)
		instance->port_names[p] = instance->port_name[p];
	instance->bridge_log = bridge_log_create(&config);
	return instance->bridge_log == NULL ? -1 : 0;
}

struct instance_bridge *bridge_build_one(
	struct instance *instance, unsigned b, char *error, size_t error_size)
{
	const struct conf_bridge *conf = &instance->conf->bridges[b];
	struct instance_bridge *bridge = calloc(1, sizeof(*bridge));

	snprintf(error, error_size, "no memory for bridge %s", conf->name);
	if (bridge == NULL || (instance->bridge_log == NULL && make_log(instance) != 0)) {
		free(bridge);
		return NULL;
	}
	instance->bridges[b] = bridge;
	bridge->id = instance->bridge_id[b];
	number_vlans(instance, b);
	bridge->n_room = bridge->n_slots;
	if (make_table(instance, b) != 0)
		snprintf(error, error_size,
			"no memory for the table of bridge %s (%u addresses, %zu KiB): give more "
			"hugepages or a smaller `fdb`",
			conf->name, conf->fdb, fdb_size(conf->fdb) / 1024);
	else if (bridge_build_entries(instance, b) != 0)
		snprintf(error, error_size,
			"the table of bridge %s has no room for its static entries: give a larger "
			"`fdb`",
			conf->name);
	else
		return bridge;
	instance->bridges[b] = NULL;
	bridge_build_free_one(instance, bridge);
	return NULL;
}

void bridge_build_free_one(struct instance *instance, struct instance_bridge *bridge)
{
	ageing_free(bridge->ageing);
	rte_free(bridge->fdb);
	for (unsigned l = 0; l < PLAN_MAX_LCORES; l++) {
		rte_free(bridge->outgrown[l]);
		if (bridge->lane[l] != NULL)
			rte_free(bridge->lane[l]->vlan);
		rte_free(bridge->lane[l]);
		if (instance->lanes[l] != NULL &&
			instance->lanes[l]->bridge[bridge->id] == bridge->lane[l])
			instance->lanes[l]->bridge[bridge->id] = NULL;
	}
	free(bridge->before);
	free(bridge);
}

static int grow_counters(struct instance *instance, struct instance_bridge *bridge)
{
	struct bridge_vlan_counts *fresh[PLAN_MAX_LCORES] = {NULL};
	unsigned n_old = bridge->n_room, n = bridge->n_slots + VLANS_MORE;
	bool left;

	if (bridge->before == NULL)
		bridge->before = calloc(CONF_VLANS + 1, sizeof(*bridge->before));
	for (unsigned l = 0; bridge->before != NULL && l < PLAN_MAX_LCORES; l++) {
		if (bridge->lane[l] == NULL)
			continue;
		fresh[l] = rte_zmalloc("vlans", n * sizeof(*fresh[l]), RTE_CACHE_LINE_SIZE);
		if (fresh[l] == NULL) {
			for (unsigned i = 0; i < l; i++)
				rte_free(fresh[i]);
			return -1;
		}
	}
	if (bridge->before == NULL)
		return -1;
	for (unsigned l = 0; l < PLAN_MAX_LCORES; l++) {
		if (fresh[l] != NULL)
			fresh[l] = __atomic_exchange_n(
				&bridge->lane[l]->vlan, fresh[l], __ATOMIC_ACQ_REL);
	}
	bridge->n_room = n;
	left = live_grace(instance);
	for (unsigned l = 0; l < PLAN_MAX_LCORES; l++) {
		for (unsigned v = 0; fresh[l] != NULL && v < n_old; v++) {
#define X(field, help) bridge->before[v].field += fresh[l][v].field;
			BRIDGE_VLAN_FIELDS(X)
#undef X
		}
		// A lane that stands still may count in them yet. When they grow again it has gone
		// on, or there is no change.
		rte_free(bridge->outgrown[l]);
		bridge->outgrown[l] = left ? NULL : fresh[l];
		if (left)
			rte_free(fresh[l]);
	}
	return 0;
}

int bridge_build_vlans(struct instance *instance, unsigned b)
{
	struct instance_bridge *bridge = instance->bridges[b];

	number_vlans(instance, b);
	return bridge->n_slots <= bridge->n_room ? 0 : grow_counters(instance, bridge);
}

void bridge_build_limits(struct instance *instance, unsigned b)
{
	const struct conf_bridge *conf = &instance->conf->bridges[b];
	struct instance_bridge *bridge = instance->bridges[b];

	set_limits(instance, conf, &bridge->fdb->config);
	for (unsigned l = 0; l < PLAN_MAX_LCORES; l++) {
		if (bridge->lane[l] != NULL)
			set_buckets(instance, conf, bridge->lane[l]);
	}
}

int bridge_build(struct instance *instance, char *error, size_t error_size)
{
	const struct conf *conf = instance->conf;

	instance->bridges = calloc(BRIDGE_MAX, sizeof(struct instance_bridge *));
	if (instance->bridges == NULL)
		return -1;
	for (unsigned b = 0; b < conf->n_bridges; b++) {
		if (bridge_build_one(instance, b, error, error_size) == NULL)
			return -1;
	}
	bridge_build_names(instance);
	snprintf(error, error_size, "no memory for what bridges count");
	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		if (bridge_build_lane(instance, l) != 0)
			return -1;
	}
	return 0;
}

void bridge_build_free(struct instance *instance)
{
	for (unsigned b = 0; instance->bridges != NULL && b < BRIDGE_MAX; b++) {
		if (instance->bridges[b] != NULL)
			bridge_build_free_one(instance, instance->bridges[b]);
	}
	for (unsigned l = 0; l < PLAN_MAX_LCORES; l++)
		rte_free(instance->bridge_events[l]);
	bridge_log_free(instance->bridge_log);
	free(instance->bridges);
}
