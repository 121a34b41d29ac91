/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See live_tables.h. Called by live_change.c and live.c. What only the control lane may write
 * (neighbours, our addresses, entries of forwarding tables) it does itself, by a job.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_malloc.h>

#include "account.h"
#include "ageing.h"
#include "base/log.h"
#include "bridge_build.h"
#include "bridge_view.h"
#include "build.h"
#include "conf/conf.h"
#include "control.h"
#include "live_tables.h"
#include "neigh/neigh.h"
#include "neigh/own.h"
#include "port_life.h"

enum {
	FLUSH_VLANS = 16, // more that go: all of the member is forgotten
	FLUSH_MS = 1000,
	JOB_MS = 500
};

static const char *place_name(const struct conf *conf, const struct conf_interface *i)
{
	return i->on_bridge ? conf->bridges[i->bridge].name : conf->ports[i->port].name;
}

// Where frames find it: what differs in that is another interface.
static bool same_place(const struct conf *a, const struct conf_interface *x, const struct conf *b,
	const struct conf_interface *y)
{
	return strcmp(x->name, y->name) == 0 && x->on_bridge == y->on_bridge &&
	       strcmp(place_name(a, x), place_name(b, y)) == 0 && x->n_tags == y->n_tags &&
	       memcmp(x->tags, y->tags, x->n_tags * sizeof(x->tags[0])) == 0;
}

static int find_interface(const struct conf *was, const struct conf *conf, unsigned i)
{
	for (unsigned j = 0; j < was->n_interfaces; j++) {
		if (same_place(was, &was->interfaces[j], conf, &conf->interfaces[i]))
			return (int)j;
	}
	return -1;
}

// The lowest number that was never given out, else the lowest that nobody has now: what still
// belonged to the last who had it is long gone.
static int take_id(const bool *taken, unsigned n_used, unsigned n)
{
	for (unsigned id = n_used; id < n; id++) {
		if (!taken[id])
			return (int)id;
	}
	for (unsigned id = 0; id < n; id++) {
		if (!taken[id])
			return (int)id;
	}
	return -1;
}

static int number_interfaces(
	struct instance *instance, struct live_change *c, char *error, size_t size)
{
	const struct conf *was = c->plan->conf, *conf = instance->conf;
	bool taken[IFACE_MAX] = {false};

	memset(instance->iface_id, 0xff, sizeof(instance->iface_id));
	for (unsigned j = 0; j < was->n_interfaces; j++)
		taken[c->iface_id[j]] = true;
	for (unsigned i = 0; i < conf->n_interfaces; i++) {
		int j = find_interface(was, conf, i);

		if (j >= 0)
			instance->iface_id[i] = c->iface_id[j];
	}
	for (unsigned i = 0; i < conf->n_interfaces; i++) {
		int id;

		if (instance->iface_id[i] != UINT16_MAX)
			continue;
		id = take_id(taken, c->ifaces.n, IFACE_MAX);
		if (id < 0) {
			snprintf(error, size,
				"interface %s: no number is free for it until some of the %u that "
				"there are have gone: change it in two steps",
				conf->interfaces[i].name, was->n_interfaces);
			return -1;
		}
		instance->iface_id[i] = (uint16_t)id;
		taken[id] = true;
	}
	return 0;
}

bool live_tables_same(const struct conf_bridge *a, const struct conf_bridge *b)
{
	return a->vlan_aware == b->vlan_aware && a->tpid == b->tpid && a->fdb == b->fdb &&
	       (a->ageing == b->ageing ||
		       (a->ageing < UINT16_MAX / 2 && b->ageing < UINT16_MAX / 2));
}

static int number_bridges(
	struct instance *instance, struct live_change *c, char *error, size_t size)
{
	const struct conf *was = c->plan->conf, *conf = instance->conf;
	bool taken[BRIDGE_MAX] = {false};

	for (unsigned j = 0; j < was->n_bridges; j++)
		taken[c->bridge_id[j]] = true;
	for (unsigned b = 0; b < conf->n_bridges; b++) {
		for (unsigned j = 0; j < was->n_bridges; j++) {
			if (strcmp(was->bridges[j].name, conf->bridges[b].name) != 0 ||
				!live_tables_same(&was->bridges[j], &conf->bridges[b]))
				continue;
			instance->bridges[b] = c->bridges[j];
			instance->bridge_id[b] = c->bridge_id[j];
		}
	}
	for (unsigned b = 0; b < conf->n_bridges; b++) {
		int id;

		if (instance->bridges[b] != NULL)
			continue;
		id = take_id(taken, 0, BRIDGE_MAX);
		if (id < 0) {
			snprintf(error, size,
				"bridge %s: there may be %d until those that go have gone: change "
				"it in two steps",
				conf->bridges[b].name, BRIDGE_MAX);
			return -1;
		}
		instance->bridge_id[b] = (uint8_t)id;
		taken[id] = true;
	}
	return 0;
}

static bool bridge_is_new(const struct live_change *c, const struct instance_bridge *bridge)
{
	for (unsigned j = 0; j < c->plan->conf->n_bridges; j++) {
		if (c->bridges[j] == bridge)
			return false;
	}
	return true;
}

static bool bridge_stays(const struct instance *instance, const struct instance_bridge *bridge)
{
	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		if (instance->bridges[b] == bridge)
			return true;
	}
	return false;
}

static int build_bridges(struct instance *instance, struct live_change *c, char *error, size_t size)
{
	const struct conf *conf = instance->conf;

	for (unsigned b = 0; b < conf->n_bridges; b++) {
		if (instance->bridges[b] == NULL &&
			bridge_build_one(instance, b, error, size) == NULL)
			return -1;
		if (!bridge_is_new(c, instance->bridges[b]) &&
			bridge_build_vlans(instance, b) != 0) {
			snprintf(error, size, "no memory for the VLANs of bridge %s",
				conf->bridges[b].name);
			return -1;
		}
	}
	for (unsigned l = 0; l < c->plan->n_lcores; l++) {
		if (bridge_build_lane(instance, l) != 0) {
			snprintf(error, size, "no memory for what bridges count");
			return -1;
		}
	}
	return 0;
}

static int build_wishes(struct instance *instance, struct live_change *c)
{
	const struct iface_table *t = &instance->ifaces;
	unsigned n = 0;

	for (unsigned i = 0; i < t->n; i++)
		n += t->iface[i].n_addresses;
	c->wishes = calloc(n + 1, sizeof(c->wishes[0]));
	c->own_room = own_room(n);
	if (c->wishes == NULL || c->own_room == NULL)
		return -1;
	for (unsigned i = 0; i < t->n; i++) {
		const struct iface *iface = &t->iface[i];

		for (unsigned a = 0; a < iface->n_addresses; a++)
			c->wishes[c->n_wishes++] = (struct own_wish){
				iface->addresses[a].ip_be, iface->id, iface->probe};
	}
	return 0;
}

int live_tables_build(struct instance *instance, struct live_change *c, char *error, size_t size)
{
	const struct conf *conf = instance->conf;

	instance->bridges = calloc(BRIDGE_MAX, sizeof(struct instance_bridge *));
	if (instance->bridges == NULL)
		return -1;
	if (conf->n_neighbours > instance->statics_max) {
		snprintf(error, size,
			"neighbours: %u are more than the %u that there is room for: that needs a "
			"restart; nothing was changed",
			conf->n_neighbours, instance->statics_max);
		return -1;
	}
	if (number_interfaces(instance, c, error, size) != 0 ||
		number_bridges(instance, c, error, size) != 0)
		return -1;
	if (build_ifaces(instance, c->ifaces.n, &instance->ifaces) != 0 ||
		build_wishes(instance, c) != 0) {
		snprintf(error, size, "out of memory: nothing was changed");
		return -1;
	}
	return build_bridges(instance, c, error, size);
}

void live_tables_undo(struct instance *instance, struct live_change *c)
{
	for (unsigned b = 0; instance->bridges != NULL && b < instance->conf->n_bridges; b++) {
		if (instance->bridges[b] != NULL && bridge_is_new(c, instance->bridges[b]))
			bridge_build_free_one(instance, instance->bridges[b]);
	}
	free(instance->bridges);
	free(instance->ifaces.iface);
	free(c->own_room);
	free(c->wishes);
}

void live_tables_show(struct instance *instance)
{
	__atomic_store_n(&instance->shown.iface, instance->ifaces.iface, __ATOMIC_RELEASE);
	__atomic_store_n(&instance->shown.n, instance->ifaces.n, __ATOMIC_RELEASE);
	bridge_build_names(instance);
}

// Frames that wait for a neighbour that there is no more.
static void drop_held(struct lane *lane, const struct neigh_held *held)
{
	struct lane_handler *h = NULL, *before;

	for (unsigned i = 0; i < lane->view_lane->n_handlers; i++) {
		if (lane->view_lane->handler[i]->env.neigh != NULL)
			h = lane->view_lane->handler[i];
	}
	if (h == NULL || held->n == 0)
		return;
	before = account_begin(lane, h, NULL, 0);
	lane->out.counts = &h->counts;
	for (unsigned i = 0; i < held->n; i++) {
		out_release(&lane->out, held->frames[i]);
		out_drop(&lane->out, held->frames[i], DROP_NEIGH_UNRESOLVED);
	}
	account_end(lane, before);
	lane->out.counts = NULL;
}

static void forget(struct lane *lane, struct neigh_table *t, uint16_t iface, uint32_t ip_be)
{
	struct neigh_held held;
	unsigned cursor = 0;

	while (neigh_forget(t, iface, ip_be, &cursor, &held))
		drop_held(lane, &held);
}

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
static void forget_strangers(const struct instance *instance, struct lane *lane)
{
	struct neigh_info info[64];
	unsigned cursor = 0, n;

	do {
		n = neigh_copy(instance->neigh, &cursor, info, RTE_DIM(info));
		for (unsigned i = 0; i < n; i++) {
			const struct iface *iface = &instance->ifaces.iface[info[i].iface];

			if (!iface->unused &&
				iface_relation(iface, info[i].ip_be) == IFACE_OFF_LINK)
				forget(lane, instance->neigh, info[i].iface, info[i].ip_be);
		}
	} while (n == RTE_DIM(info));
}

static void set_neighbours(
	struct instance *instance, const struct live_change *c, struct lane *lane)
{
	const struct conf *was = c->plan->conf, *conf = instance->conf;
	struct neigh_table *t = instance->neigh;
	struct neigh_held held;

	for (unsigned j = 0; j < was->n_interfaces; j++) {
		if (instance->ifaces.iface[c->iface_id[j]].unused)
			forget(lane, t, c->iface_id[j], 0);
	}
	for (unsigned n = 0; n < was->n_neighbours; n++) {
		uint16_t iface = c->iface_id[was->neighbours[n].interface];

		if (!is_static(instance, iface, was->neighbours[n].address_be))
			forget(lane, t, iface, was->neighbours[n].address_be);
	}
	forget_strangers(instance, lane);
	for (unsigned i = 0; i < conf->n_interfaces; i++)
		neigh_configure(t, instance->iface_id[i], conf->interfaces[i].neighbour_limit,
			conf->interfaces[i].neighbour_timeout);
	for (unsigned n = 0; n < conf->n_neighbours; n++) {
		const struct conf_neighbour *to = &conf->neighbours[n];

		if (neigh_add_static(t, instance->iface_id[to->interface], to->address_be, to->mac,
			    &held) != 0)
			log_error("neighbours[%u]: no room in the neighbour table", n);
		drop_held(lane, &held);
	}
}

// Entries that are there already are found and left.
static void set_entries(struct instance *instance, const struct live_change *c)
{
	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		if (!bridge_is_new(c, instance->bridges[b]) &&
			bridge_build_entries(instance, b) != 0)
			log_error("the table of bridge %s has no room for its static entries: give "
				  "a larger `fdb`",
				instance->conf->bridges[b].name);
	}
}

struct work {
	struct instance *instance;
	struct live_change *change;
};

static void on_control(void *arg, struct lane *lane)
{
	struct work *w = arg;
	struct live_change *c = w->change;

	c->own_was = own_replace(w->instance->neigh, c->wishes, c->n_wishes, c->own_room);
	c->own_room = NULL;
	set_neighbours(w->instance, c, lane);
	set_entries(w->instance, c);
}

static void flush(struct instance *instance, struct ageing *ageing, const struct fdb_match *match)
{
	uint64_t deadline = rte_rdtsc() + instance->tsc_hz / 1000 * FLUSH_MS;

	while (!ageing_request(ageing, match) && rte_rdtsc() < deadline)
		rte_delay_us_sleep(500);
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
static void flush_member(struct instance *instance, const struct instance_bridge *bridge,
	const struct conf_member *was, const struct conf_member *is, uint16_t id)
{
	struct fdb_match match = {.by_port = true, .port = (uint8_t)id};
	unsigned n = 0;

	for (unsigned v = 1; is != NULL && v < CONF_VLANS; v++)
		n += conf_member_has_vlan(was, v) && !conf_member_has_vlan(is, v);
	if (is == NULL || n > FLUSH_VLANS) {
		flush(instance, bridge->ageing, &match);
		return;
	}
	match.by_vlan = true;
	for (unsigned v = 1; n != 0 && v < CONF_VLANS; v++) {
		match.vlan = (uint16_t)v;
		if (conf_member_has_vlan(was, v) && !conf_member_has_vlan(is, v))
			flush(instance, bridge->ageing, &match);
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

static void flush_entry(struct instance *instance, unsigned b, uint16_t vlan, const uint8_t mac[6])
{
	struct fdb_match match = {
		.by_vlan = true, .by_mac = true, .vlan = vlan, .statics_too = true};

	memcpy(&match.mac, mac, 6);
	if (!has_entry(instance, b, vlan, match.mac))
		flush(instance, instance->bridges[b]->ageing, &match);
}

static void flush_bridge(struct instance *instance, struct live_change *c, unsigned b, unsigned j)
{
	const struct conf *was = c->plan->conf;
	const struct conf_bridge *old = &was->bridges[j];
	struct instance_bridge *bridge = instance->bridges[b];

	for (unsigned m = 0; m < old->n_members; m++) {
		const struct conf_member *member = &old->members[m];

		flush_member(instance, bridge, member,
			find_member(instance->conf, &instance->conf->bridges[b],
				was->ports[member->port].name),
			c->ports[member->port]->id);
	}
	for (unsigned e = 0; e < old->n_entries; e++)
		flush_entry(instance, b, (uint16_t)old->entries[e].vlan, old->entries[e].mac);
	for (unsigned i = 0; i < c->ifaces.n; i++) {
		const struct iface *iface = &c->ifaces.iface[i];

		if (iface->on_bridge && iface->bridge == bridge->id)
			flush_entry(instance, b, iface->vlan, iface->mac);
	}
}

static void flush_bridges(struct instance *instance, struct live_change *c)
{
	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		for (unsigned j = 0; j < c->plan->conf->n_bridges; j++) {
			if (c->bridges[j] != instance->bridges[b])
				continue;
			bridge_build_limits(instance, b);
			flush_bridge(instance, c, b, j);
		}
	}
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

bool live_tables_switched(struct instance *instance, struct live_change *c)
{
	struct work work = {instance, c};
	struct control_job job = {.run = on_control, .arg = &work};

	if (!control_do(instance, &job, JOB_MS))
		return false;
	flush_bridges(instance, c);
	announce(instance, c);
	return true;
}

void live_tables_close(struct instance *instance, struct live_change *c)
{
	for (unsigned j = 0; c->bridges != NULL && j < c->plan->conf->n_bridges; j++) {
		if (!bridge_stays(instance, c->bridges[j]))
			bridge_build_free_one(instance, c->bridges[j]);
	}
	free(c->bridges);
	free(c->ifaces.iface);
	free(c->own_was);
	free(c->own_room);
	free(c->wishes);
}
