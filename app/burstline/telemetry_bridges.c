/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bridges, their members, VLANs and forwarding tables as telemetry tells them. Called through the
 * table in telemetry_answers.c, in EAL's telemetry threads; reads counters and tables that outlive
 * views, and changes nothing. Lanes may add and move entries meanwhile.
 */

#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>

#include "bridge_log.h"
#include "bridge_view.h"
#include "compat.h"
#include "telemetry_bridges.h"
#include "telemetry_list.h"

static const struct port *port_of_id(const struct instance *instance, uint8_t id)
{
	return &instance->ports[instance->port_of_id[id]];
}

static uint64_t load32(const _Atomic uint32_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

// By kind, as far as they came to the management thread: what a lane lost is the worker's counter.
static void add_event_counts(struct instance *instance, unsigned id, struct rte_tel_data *e)
{
	const struct bridge_log_counts *c = bridge_log_counts(instance->bridge_log, (uint8_t)id);

	compat_tel_u64(e, "events_moved", c->moved);
	compat_tel_u64(e, "events_flapping", c->flapping);
	compat_tel_u64(e, "events_held", c->held);
	compat_tel_u64(e, "events_own", c->own);
	compat_tel_u64(e, "events_full", c->full);
	compat_tel_u64(e, "lines_suppressed", c->suppressed);
}

static void add_bridge(struct instance *instance, unsigned id, struct rte_tel_data *e)
{
	const struct conf_bridge *conf = &instance->conf->bridges[id];
	const struct fdb *fdb = instance->bridges[id].fdb;
	unsigned forwarding = 0;
	char tpid[8];

	for (unsigned m = 0; m < conf->n_members; m++)
		forwarding += port_forwards(&instance->ports[conf->members[m].port]);
	snprintf(tpid, sizeof(tpid), "0x%04x", conf->tpid);
	rte_tel_data_add_dict_string(e, "name", conf->name);
	compat_tel_u64(e, "vlan_aware", conf->vlan_aware);
	rte_tel_data_add_dict_string(e, "tpid", tpid);
	compat_tel_u64(e, "members", conf->n_members);
	compat_tel_u64(e, "forwarding", forwarding);
	compat_tel_u64(e, "ageing", conf->ageing);
	compat_tel_u64(e, "capacity", conf->fdb);
	compat_tel_u64(e, "learned", load32(&fdb->n_learned));
	compat_tel_u64(e, "static", load32(&fdb->n_static));
	add_event_counts(instance, id, e);
}

int telemetry_bridges(struct instance *instance, unsigned first, struct rte_tel_data *list)
{
	unsigned seen = 0;

	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		struct rte_tel_data *e = telemetry_entry(list, first, TELEMETRY_MIDDLE, &seen);

		if (e != NULL)
			add_bridge(instance, b, e);
	}
	return 0;
}

// By index of the ingress: a DPDK port id, or BRIDGE_INSIDE.
static void add_member_counts(
	const struct instance *instance, unsigned id, uint16_t port, struct rte_tel_data *e)
{
	struct bridge_member_counts sum = {0};

	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		const struct bridge_member_counts *c = &instance->bridges[id].lane[l]->member[port];

#define X(field, help) sum.field += c->field;
		BRIDGE_MEMBER_FIELDS(X)
#undef X
	}
#define X(field, help) compat_tel_u64(e, #field, sum.field);
	BRIDGE_MEMBER_FIELDS(X)
#undef X
}

static void add_member(struct instance *instance, unsigned id, const struct conf_member *member,
	struct rte_tel_data *e)
{
	static const char *const modes[] = {[CONF_MODE_ACCESS] = "access",
		[CONF_MODE_TRUNK] = "trunk",
		[CONF_MODE_QINQ] = "qinq"};
	const struct conf_bridge *conf = &instance->conf->bridges[id];
	const struct port *port = &instance->ports[member->port];

	rte_tel_data_add_dict_string(e, "bridge", conf->name);
	rte_tel_data_add_dict_string(e, "port", port->conf->name);
	rte_tel_data_add_dict_string(
		e, "mode", conf->vlan_aware ? modes[member->mode] : "transparent");
	rte_tel_data_add_dict_string(e, "state", port_forwards(port) ? "forwarding" : "down");
	compat_tel_u64(e, "addresses", load32(&instance->bridges[id].fdb->of_member[port->id]));
	add_member_counts(instance, id, port->id, e);
}

// Frames that our own interfaces send into the bridge.
static void add_inside(struct instance *instance, unsigned id, struct rte_tel_data *e)
{
	rte_tel_data_add_dict_string(e, "bridge", instance->conf->bridges[id].name);
	rte_tel_data_add_dict_string(e, "port", "self");
	add_member_counts(instance, id, BRIDGE_INSIDE, e);
}

static bool has_interface(const struct instance *instance, unsigned id)
{
	for (unsigned i = 0; i < instance->ifaces.n; i++) {
		if (instance->ifaces.iface[i].on_bridge && instance->ifaces.iface[i].bridge == id)
			return true;
	}
	return false;
}

int telemetry_bridge_members(struct instance *instance, unsigned first, struct rte_tel_data *list)
{
	unsigned seen = 0;

	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		const struct conf_bridge *conf = &instance->conf->bridges[b];

		for (unsigned m = 0; m < conf->n_members; m++) {
			struct rte_tel_data *e =
				telemetry_entry(list, first, TELEMETRY_MIDDLE, &seen);

			if (e != NULL)
				add_member(instance, b, &conf->members[m], e);
		}
		if (has_interface(instance, b)) {
			struct rte_tel_data *e =
				telemetry_entry(list, first, TELEMETRY_MIDDLE, &seen);

			if (e != NULL)
				add_inside(instance, b, e);
		}
	}
	return 0;
}

static void add_vlan_counts(
	const struct instance *instance, unsigned id, unsigned slot, struct rte_tel_data *e)
{
	struct bridge_vlan_counts sum = {0};

	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		const struct bridge_vlan_counts *c = &instance->bridges[id].lane[l]->vlan[slot];

#define X(field, help) sum.field += c->field;
		BRIDGE_VLAN_FIELDS(X)
#undef X
	}
#define X(field, help) compat_tel_u64(e, #field, sum.field);
	BRIDGE_VLAN_FIELDS(X)
#undef X
}

static unsigned members_of(const struct conf_bridge *conf, unsigned vlan)
{
	unsigned n = 0;

	for (unsigned m = 0; m < conf->n_members; m++)
		n += !conf->vlan_aware || conf_member_has_vlan(&conf->members[m], vlan);
	return n;
}

static void add_vlan(struct instance *instance, unsigned id, unsigned vlan, struct rte_tel_data *e)
{
	const struct conf_bridge *conf = &instance->conf->bridges[id];
	const struct instance_bridge *bridge = &instance->bridges[id];

	rte_tel_data_add_dict_string(e, "bridge", conf->name);
	if (conf->vlan_aware)
		compat_tel_u64(e, "vlan", vlan);
	compat_tel_u64(e, "members", members_of(conf, vlan));
	compat_tel_u64(e, "addresses", load32(&bridge->fdb->of_vlan[vlan]));
	add_vlan_counts(instance, id, bridge->slot[vlan], e);
}

int telemetry_bridge_vlans(struct instance *instance, unsigned first, struct rte_tel_data *list)
{
	unsigned seen = 0;

	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		const struct instance_bridge *bridge = &instance->bridges[b];
		bool aware = instance->conf->bridges[b].vlan_aware;

		for (unsigned v = 0; v < (aware ? CONF_VLANS : 1); v++) {
			struct rte_tel_data *e;

			if (aware && bridge->slot[v] == 0)
				continue; // nobody is in it
			e = telemetry_entry(list, first, TELEMETRY_SHORT, &seen);
			if (e != NULL)
				add_vlan(instance, b, v, e);
		}
	}
	return 0;
}

static void add_fdb_entry(struct instance *instance, unsigned id, const struct fdb_entry *entry,
	struct rte_tel_data *e)
{
	const uint8_t *mac = entry->mac;
	char text[32];

	rte_tel_data_add_dict_string(e, "bridge", instance->conf->bridges[id].name);
	if (instance->conf->bridges[id].vlan_aware)
		compat_tel_u64(e, "vlan", entry->vlan);
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
	rte_tel_data_add_dict_string(e, "mac", text);
	rte_tel_data_add_dict_string(e, "port",
		entry->port < FDB_PORTS ? port_of_id(instance, entry->port)->conf->name : "local");
	compat_tel_u64(e, "static", entry->is_static);
	compat_tel_u64(e, "age", entry->age);
}

// A page; false when it is full. Passing over is a walk: a table is shown from its beginning.
static bool add_table(struct instance *instance, unsigned id, unsigned first, unsigned *seen,
	struct rte_tel_data *list)
{
	const struct fdb *fdb = instance->bridges[id].fdb;
	uint32_t seconds = (uint32_t)((rte_rdtsc() - instance->start_tsc) / instance->tsc_hz);
	uint32_t cursor = 0;
	struct fdb_entry entries[64];

	while (cursor != UINT32_MAX) {
		unsigned n = fdb_list(fdb, seconds, &cursor, entries, RTE_DIM(entries));

		for (unsigned i = 0; i < n; i++) {
			struct rte_tel_data *e =
				telemetry_entry(list, first, TELEMETRY_SHORT, seen);

			if (e != NULL)
				add_fdb_entry(instance, id, &entries[i], e);
		}
		if (*seen >= first && *seen - first >= TELEMETRY_SHORT)
			return false;
	}
	return true;
}

int telemetry_fdb(struct instance *instance, unsigned first, struct rte_tel_data *list)
{
	unsigned seen = 0;

	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		if (!add_table(instance, b, first, &seen, list))
			break;
	}
	return 0;
}
