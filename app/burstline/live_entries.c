/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See live_entries.h. Called by live.c. What only the control lane may write (neighbours, our
 * addresses, entries of forwarding tables) is written there, by control_do().
 */

#include <string.h>

#include "ageing.h"
#include "base/log.h"
#include "bridge_build.h"
#include "conf/conf.h"
#include "control.h"
#include "live_entries.h"
#include "live_tables.h"
#include "neigh/neigh.h"
#include "neigh/own.h"
#include "port_life.h"

enum {
	FLUSH_VLANS = 16, // more that go: all of the member is forgotten
	JOB_MS = 500
};

static bool is_static(const struct instance *instance, uint16_t iface, uint32_t ip_be)
{
	const struct conf *conf = instance->conf;

	for (unsigned n = 0; n < conf->n_neighbours; n++) {
		if (instance->iface_id[conf->neighbours[n].interface] == iface &&
			conf->neighbours[n].address_be == ip_be)
			return true;
	}
	return false;
}

// What was learnt in a subnet that is not ours any more. Static entries were dealt with before.
static void forget_strangers(const struct instance *instance)
{
	struct neigh_info info[64];
	unsigned cursor = 0, n;

	do {
		n = neigh_copy(instance->neigh, &cursor, info, RTE_DIM(info));
		for (unsigned i = 0; i < n; i++) {
			const struct iface *iface = &instance->ifaces.iface[info[i].iface];

			if (!iface->unused &&
				iface_relation(iface, info[i].ip_be) == IFACE_OFF_LINK)
				neigh_forget(instance->neigh, info[i].iface, info[i].ip_be);
		}
	} while (n == RTE_DIM(info));
}

static void set_neighbours(const struct instance *instance, const struct live_change *c)
{
	const struct conf *was = c->plan->conf, *conf = instance->conf;
	struct neigh_table *t = instance->neigh;

	for (unsigned j = 0; j < was->n_interfaces; j++) {
		if (instance->ifaces.iface[c->iface_id[j]].unused)
			neigh_forget_iface(t, c->iface_id[j]);
	}
	for (unsigned n = 0; n < was->n_neighbours; n++) {
		uint16_t iface = c->iface_id[was->neighbours[n].interface];

		if (!is_static(instance, iface, was->neighbours[n].address_be))
			neigh_forget(t, iface, was->neighbours[n].address_be);
	}
	forget_strangers(instance);
	for (unsigned i = 0; i < conf->n_interfaces; i++)
		neigh_configure(t, instance->iface_id[i], conf->interfaces[i].neighbour_limit,
			conf->interfaces[i].neighbour_timeout);
	for (unsigned n = 0; n < conf->n_neighbours; n++) {
		const struct conf_neighbour *to = &conf->neighbours[n];

		if (neigh_add_static(
			    t, instance->iface_id[to->interface], to->address_be, to->mac) != 0)
			log_error("neighbours[%u]: no room in the neighbour table", n);
	}
}

// Entries that are there already are found and left.
static void set_tables(const struct instance *instance, const struct live_change *c)
{
	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		if (!live_tables_had(c, instance->bridges[b]))
			continue;
		bridge_build_ageing(instance, b);
		if (bridge_build_entries(instance, b) != 0)
			log_error("the table of bridge %s has no room for its static entries: give "
				  "a larger `fdb`",
				instance->conf->bridges[b].name);
	}
}

struct work {
	struct instance *instance;
	struct live_change *change;
};

static void on_control(void *arg)
{
	struct work *w = arg;
	struct live_change *c = w->change;

	if (c->own_room != NULL)
		c->own_was = own_replace(w->instance->neigh, c->wishes, c->n_wishes, c->own_room);
	c->own_room = NULL;
	set_neighbours(w->instance, c);
	set_tables(w->instance, c);
}

/** What a change has to see whether it is to be flushed: as far as there is room for requests, the
 *  rest in another round. */
struct flushes {
	struct instance *instance;
	struct live_change *change;
	unsigned n;
	bool full;
};

// They come in one order in every round: those that were dealt with before are passed over.
static bool is_due(struct flushes *f)
{
	return f->n++ >= f->change->n_flushes && !f->full;
}

static void flush(struct flushes *f, struct ageing *ageing, const struct fdb_match *match)
{
	f->full = !ageing_request(ageing, match);
	f->change->n_flushes += !f->full;
}

static const struct conf_member *find_member(
	const struct conf *conf, const struct conf_bridge *bridge, const char *port)
{
	for (unsigned m = 0; m < bridge->n_members; m++) {
		if (strcmp(conf->ports[bridge->members[m].port].name, port) == 0)
			return &bridge->members[m];
	}
	return NULL;
}

// What was learned from a member that is none any more, or in VLANs that it left.
static void flush_member(struct flushes *f, const struct instance_bridge *bridge,
	const struct conf_member *was, const struct conf_member *is, uint16_t id)
{
	struct fdb_match match = {.by_port = true, .port = (uint8_t)id};
	unsigned n = 0;

	for (unsigned v = 1; is != NULL && v < CONF_VLANS; v++)
		n += conf_member_has_vlan(was, v) && !conf_member_has_vlan(is, v);
	if (is == NULL || n > FLUSH_VLANS) {
		if (is_due(f))
			flush(f, bridge->ageing, &match);
		return;
	}
	match.by_vlan = true;
	for (unsigned v = 1; n != 0 && v < CONF_VLANS; v++) {
		match.vlan = (uint16_t)v;
		if (conf_member_has_vlan(was, v) && !conf_member_has_vlan(is, v) && is_due(f))
			flush(f, bridge->ageing, &match);
	}
}

static bool has_entry(const struct instance *instance, unsigned b, uint16_t vlan, uint64_t mac)
{
	const struct conf_bridge *conf = &instance->conf->bridges[b];
	uint64_t m = 0;

	for (unsigned e = 0; e < conf->n_entries; e++) {
		memcpy(&m, conf->entries[e].mac, 6);
		if (conf->entries[e].vlan == vlan && m == mac)
			return true;
	}
	for (unsigned i = 0; i < instance->ifaces.n; i++) {
		const struct iface *iface = &instance->ifaces.iface[i];

		memcpy(&m, iface->mac, 6);
		if (iface->on_bridge && iface->bridge == instance->bridges[b]->id &&
			iface->vlan == vlan && m == mac)
			return true;
	}
	return false;
}

static void flush_entry(struct flushes *f, unsigned b, uint16_t vlan, const uint8_t mac[6])
{
	struct fdb_match match = {
		.by_vlan = true, .by_mac = true, .vlan = vlan, .statics_too = true};

	if (!is_due(f))
		return;
	memcpy(&match.mac, mac, 6);
	if (has_entry(f->instance, b, vlan, match.mac))
		f->change->n_flushes++;
	else
		flush(f, f->instance->bridges[b]->ageing, &match);
}

static void flush_bridge(struct flushes *f, unsigned b, unsigned j)
{
	const struct instance *instance = f->instance;
	const struct live_change *c = f->change;
	const struct conf *was = c->plan->conf;
	const struct conf_bridge *old = &was->bridges[j];
	const struct instance_bridge *bridge = instance->bridges[b];

	for (unsigned m = 0; m < old->n_members; m++) {
		const struct conf_member *member = &old->members[m];

		flush_member(f, bridge, member,
			find_member(instance->conf, &instance->conf->bridges[b],
				was->ports[member->port].name),
			c->ports[member->port]->id);
	}
	for (unsigned e = 0; e < old->n_entries; e++)
		flush_entry(f, b, (uint16_t)old->entries[e].vlan, old->entries[e].mac);
	for (unsigned i = 0; i < c->ifaces.n; i++) {
		const struct iface *iface = &c->ifaces.iface[i];

		if (iface->on_bridge && iface->bridge == bridge->id)
			flush_entry(f, b, iface->vlan, iface->mac);
	}
}

// False: there was no room for all of them.
static bool flush_bridges(struct instance *instance, struct live_change *c)
{
	struct flushes f = {.instance = instance, .change = c};

	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		for (unsigned j = 0; j < c->plan->conf->n_bridges; j++) {
			if (c->bridges[j] == instance->bridges[b])
				flush_bridge(&f, b, j);
		}
	}
	return !f.full;
}

static bool same_iface(const struct iface *a, const struct iface *b)
{
	return a->unused == b->unused && a->port == b->port && a->bridge == b->bridge &&
	       memcmp(a->mac, b->mac, sizeof(a->mac)) == 0 && a->probe == b->probe &&
	       a->n_addresses == b->n_addresses &&
	       memcmp(a->addresses, b->addresses, a->n_addresses * sizeof(a->addresses[0])) == 0;
}

// Those that are new, or have another address: they are tested and announced where they can be.
static void announce(struct instance *instance, const struct live_change *c)
{
	for (uint16_t i = 0; i < instance->ifaces.n; i++) {
		const struct iface *iface = &instance->ifaces.iface[i];
		bool was_there = i < c->ifaces.n && !c->ifaces.iface[i].unused;

		if (iface->unused && was_there)
			control_tell(instance, HANDLER_IFACE_DOWN, i);
		if (iface->unused || (was_there && same_iface(iface, &c->ifaces.iface[i])))
			continue;
		if (!iface->on_bridge)
			control_tell(instance, HANDLER_ADDRESS, i);
		else if (instance->life != NULL)
			bridge_link_again(&instance->life->bridge_links, i);
	}
}

// False: control has not come to it.
static bool enter(struct instance *instance, struct live_change *c)
{
	struct work work = {instance, c};

	if (!control_do(instance, on_control, &work, JOB_MS))
		return false;
	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		if (live_tables_had(c, instance->bridges[b]))
			bridge_build_limits(instance, b);
	}
	return true;
}

bool live_entries_set(struct instance *instance, struct live_change *c)
{
	if (!c->entered)
		c->entered = enter(instance, c);
	if (!c->entered || !flush_bridges(instance, c))
		return false;
	announce(instance, c);
	return true;
}
