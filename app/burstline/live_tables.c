/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See live_tables.h. Called by live_change.c and live.c; no lane sees anything of it before a view.
 * What the tables hold afterwards is live_entries.c's.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge_build.h"
#include "build.h"
#include "conf/conf.h"
#include "live_tables.h"

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
	return a->vlan_aware == b->vlan_aware && a->tpid == b->tpid && a->fdb == b->fdb;
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

bool live_tables_had(const struct live_change *c, const struct instance_bridge *bridge)
{
	for (unsigned j = 0; j < c->plan->conf->n_bridges; j++) {
		if (c->bridges[j] == bridge)
			return true;
	}
	return false;
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
		if (live_tables_had(c, instance->bridges[b]) &&
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
		if (instance->bridges[b] != NULL && !live_tables_had(c, instance->bridges[b]))
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
