/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bridges, their members, VLANs and forwarding tables: tables of show.c. Reads counters and tables
 * that outlive views, and changes nothing. Lanes may add and move entries meanwhile.
 */

#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>

#include "bridge_log.h"
#include "bridge_view.h"
#include "show.h"

static uint64_t load32(const _Atomic uint32_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

// By kind, as far as they came to the management thread: what a lane lost is the worker's counter.
static void add_event_counts(struct instance *instance, unsigned id, json_t *e)
{
	const struct bridge_log_counts *c =
		bridge_log_counts(instance->bridge_log, instance->bridges[id]->id);

	show_number(e, "events_moved", c->moved);
	show_number(e, "events_flapping", c->flapping);
	show_number(e, "events_held", c->held);
	show_number(e, "events_own", c->own);
	show_number(e, "events_full", c->full);
	show_number(e, "lines_suppressed", c->suppressed);
}

static void add_bridge(struct instance *instance, unsigned id, json_t *e)
{
	const struct conf_bridge *conf = &instance->conf->bridges[id];
	const struct fdb *fdb = instance->bridges[id]->fdb;
	unsigned forwarding = 0;
	char tpid[8];

	for (unsigned m = 0; m < conf->n_members; m++)
		forwarding += port_forwards(instance->ports[conf->members[m].port]);
	snprintf(tpid, sizeof(tpid), "0x%04x", conf->tpid);
	show_text(e, "name", conf->name);
	show_bool(e, "vlan_aware", conf->vlan_aware);
	show_text(e, "tpid", tpid);
	show_number(e, "members", conf->n_members);
	show_number(e, "forwarding", forwarding);
	show_number(e, "ageing", conf->ageing);
	show_number(e, "capacity", conf->fdb);
	show_number(e, "learned", load32(&fdb->n_learned));
	show_number(e, "static", load32(&fdb->n_static));
	add_event_counts(instance, id, e);
}

int show_bridges(struct instance *instance, struct show_rows *rows)
{
	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		json_t *e = show_row(rows);

		if (e != NULL)
			add_bridge(instance, b, e);
	}
	return 0;
}

// By index of the ingress: a DPDK port id, or BRIDGE_INSIDE.
static void add_member_counts(
	const struct instance *instance, unsigned id, uint16_t port, json_t *e)
{
	struct bridge_member_counts sum = {0};

	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		const struct bridge_member_counts *c =
			&instance->bridges[id]->lane[l]->member[port];

#define X(field, help) sum.field += c->field;
		BRIDGE_MEMBER_FIELDS(X)
#undef X
	}
#define X(field, help) show_number(e, #field, sum.field);
	BRIDGE_MEMBER_FIELDS(X)
#undef X
}

static void add_member(
	struct instance *instance, unsigned id, const struct conf_member *member, json_t *e)
{
	static const char *const modes[] = {[CONF_MODE_ACCESS] = "access",
		[CONF_MODE_TRUNK] = "trunk",
		[CONF_MODE_QINQ] = "qinq"};
	const struct conf_bridge *conf = &instance->conf->bridges[id];
	const struct port *port = instance->ports[member->port];

	show_text(e, "bridge", conf->name);
	show_text(e, "port", port->conf->name);
	show_text(e, "mode", conf->vlan_aware ? modes[member->mode] : "transparent");
	show_text(e, "state", port_forwards(port) ? "forwarding" : "down");
	show_number(e, "addresses", load32(&instance->bridges[id]->fdb->of_member[port->id]));
	add_member_counts(instance, id, port->id, e);
}

// Frames that our own interfaces send into the bridge.
static void add_inside(struct instance *instance, unsigned id, json_t *e)
{
	show_text(e, "bridge", instance->conf->bridges[id].name);
	show_text(e, "port", "self");
	add_member_counts(instance, id, BRIDGE_INSIDE, e);
}

static bool has_interface(const struct instance *instance, unsigned id)
{
	for (unsigned i = 0; i < instance->ifaces.n; i++) {
		if (instance->ifaces.iface[i].on_bridge &&
			instance->ifaces.iface[i].bridge == instance->bridges[id]->id)
			return true;
	}
	return false;
}

int show_bridge_members(struct instance *instance, struct show_rows *rows)
{
	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		const struct conf_bridge *conf = &instance->conf->bridges[b];

		for (unsigned m = 0; m < conf->n_members; m++) {
			json_t *e = show_row(rows);

			if (e != NULL)
				add_member(instance, b, &conf->members[m], e);
		}
		if (has_interface(instance, b)) {
			json_t *e = show_row(rows);

			if (e != NULL)
				add_inside(instance, b, e);
		}
	}
	return 0;
}

static void add_vlan_counts(const struct instance *instance, unsigned id, unsigned slot, json_t *e)
{
	const struct instance_bridge *bridge = instance->bridges[id];
	struct bridge_vlan_counts sum = {0};

	if (bridge->before != NULL)
		sum = bridge->before[slot];

	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		const struct bridge_vlan_counts *c = &bridge->lane[l]->vlan[slot];

#define X(field, help) sum.field += c->field;
		BRIDGE_VLAN_FIELDS(X)
#undef X
	}
#define X(field, help) show_number(e, #field, sum.field);
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

static void add_vlan(struct instance *instance, unsigned id, unsigned vlan, json_t *e)
{
	const struct conf_bridge *conf = &instance->conf->bridges[id];
	const struct instance_bridge *bridge = instance->bridges[id];

	show_text(e, "bridge", conf->name);
	if (conf->vlan_aware)
		show_number(e, "vlan", vlan);
	show_number(e, "members", members_of(conf, vlan));
	show_number(e, "addresses", load32(&bridge->fdb->of_vlan[vlan]));
	add_vlan_counts(instance, id, bridge->slot[vlan], e);
}

int show_bridge_vlans(struct instance *instance, struct show_rows *rows)
{
	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		const struct instance_bridge *bridge = instance->bridges[b];
		bool aware = instance->conf->bridges[b].vlan_aware;

		for (unsigned v = 0; v < (aware ? CONF_VLANS : 1); v++) {
			json_t *e;

			if (aware && bridge->slot[v] == 0)
				continue; // nobody is in it
			e = show_row(rows);
			if (e != NULL)
				add_vlan(instance, b, v, e);
		}
	}
	return 0;
}

static void add_fdb_entry(
	struct instance *instance, unsigned id, const struct fdb_entry *entry, json_t *e)
{

	show_text(e, "bridge", instance->conf->bridges[id].name);
	if (instance->conf->bridges[id].vlan_aware)
		show_number(e, "vlan", entry->vlan);
	show_mac(e, "mac", entry->mac);
	show_text(e, "port", entry->port < FDB_PORTS ? instance->port_name[entry->port] : "local");
	show_bool(e, "static", entry->is_static);
	show_number(e, "age", entry->age);
}

/** Where the last page of a thread ended: a table of a million entries is not walked from its
 *  beginning for each of its pages. */
struct fdb_page {
	const struct fdb *fdb;
	unsigned row, bridge;
	uint32_t cursor;
};

// Rows that are wanted, or in front of those.
static unsigned rows_to_come(const struct show_rows *rows, unsigned most)
{
	unsigned n = rows->seen < rows->first ? rows->first - rows->seen
	                                      : rows->max - (rows->seen - rows->first);

	return RTE_MIN(n, most);
}

int show_fdb(struct instance *instance, struct show_rows *rows)
{
	uint32_t seconds = (uint32_t)((rte_rdtsc() - instance->start_tsc) / instance->tsc_hz);
	static _Thread_local struct fdb_page last;
	struct fdb_page at = {0};
	struct fdb_entry entries[64];

	if (last.row == rows->first && last.bridge < instance->conf->n_bridges &&
		last.fdb == instance->bridges[last.bridge]->fdb) {
		at = last;
		rows->seen = last.row;
	}
	for (; at.bridge < instance->conf->n_bridges; at.bridge++, at.cursor = 0) {
		at.fdb = instance->bridges[at.bridge]->fdb;
		while (at.cursor != UINT32_MAX && !show_full(rows)) {
			unsigned n = fdb_list(at.fdb, seconds, &at.cursor, entries,
				rows_to_come(rows, RTE_DIM(entries)));

			for (unsigned i = 0; i < n; i++) {
				json_t *row = show_row(rows);

				if (row != NULL)
					add_fdb_entry(instance, at.bridge, &entries[i], row);
			}
		}
		if (show_full(rows))
			break;
	}
	at.row = rows->seen;
	last = at;
	return 0;
}
