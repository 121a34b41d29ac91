/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bridges of a view, from the configuration and the ports' states. Called by view.c. A member
 * without link is in no mask: nothing is sent there, and what is behind it floods again.
 */

#include <stdlib.h>
#include <string.h>

#include "bridge_view.h"
#include "wire/tag.h"

_Static_assert((int)BRIDGE_MAX == (int)CONF_BRIDGES_MAX, "a bridge's index is its id");
_Static_assert((int)BRIDGE_TRANSLATIONS == (int)CONF_TRANSLATIONS_MAX, "");
_Static_assert((int)BRIDGE_TRANSLATED == (int)CONF_TRANSLATED_MAX, "");

enum {
	// IEEE 802.1Q Table 8-1: a C-VLAN bridge forwards none of the 16 reserved addresses.
	RESERVED_C = 0xffff,
	// Table 8-2: an S-VLAN bridge keeps 1 to A and E; the others belong to its customers.
	RESERVED_S = 0x47fe
};

static const enum bridge_mode modes[] = {
	[CONF_MODE_ACCESS] = BRIDGE_ACCESS,
	[CONF_MODE_TRUNK] = BRIDGE_TRUNK,
	[CONF_MODE_QINQ] = BRIDGE_QINQ,
};

static const enum bridge_accept accepts[] = {
	[CONF_ACCEPT_ALL] = BRIDGE_ACCEPT_ALL,
	[CONF_ACCEPT_TAGGED] = BRIDGE_ACCEPT_TAGGED,
	[CONF_ACCEPT_UNTAGGED] = BRIDGE_ACCEPT_UNTAGGED,
};

int bridge_of_port(const struct conf *conf, unsigned port)
{
	for (unsigned b = 0; b < conf->n_bridges; b++) {
		for (unsigned m = 0; m < conf->bridges[b].n_members; m++) {
			if (conf->bridges[b].members[m].port == port)
				return (int)b;
		}
	}
	return -1;
}

// What a worker takes copies from: not what the kernel maps for its own ports, unless there is
// nothing else; then the nearest; then the longest mbufs.
static uint64_t fitness(const struct plan_pool *pool, unsigned node)
{
	return (uint64_t)!pool->umem << 33 | (uint64_t)(pool->node == node) << 32 | pool->data_room;
}

// A worker may use pools for received frames as it likes, as long as a port has them; the others
// may touch only the pool of frames that we make.
struct rte_mempool *bridge_view_pool(const struct instance *instance, unsigned l)
{
	const struct plan *plan = instance->plan;
	unsigned node = plan->lcores[l].node, best = plan->ports[0].pool;

	if (plan->lcores[l].role != PLAN_WORKER)
		return instance->lanes[l]->pool;
	for (unsigned p = 1; p < plan->n_ports; p++) {
		unsigned i = plan->ports[p].pool;

		if (fitness(&plan->pools[i], node) > fitness(&plan->pools[best], node))
			best = i;
	}
	return instance->pools[best];
}

static unsigned n_vlans(const struct conf_bridge *conf)
{
	return conf->vlan_aware ? CONF_VLANS : 1;
}

static void set_rules(struct bridge_member *member, const struct conf_member *conf)
{
	member->mode = modes[conf->mode];
	member->accept = accepts[conf->accept];
	member->filter = conf->filter;
	member->pvid = (uint16_t)conf->vlan;
	member->pcp = conf->pcp;
	for (uint8_t i = 0; i < sizeof(member->pcp_map); i++) {
		member->pcp_map[i] = conf->pcp_map[i];
		member->maps_pcp |= conf->pcp_map[i] != i;
	}
	member->n_translations = (uint8_t)conf->n_translations;
	for (unsigned i = 0; i < conf->n_translations; i++) {
		const struct conf_translation *from = &conf->translations[i];
		struct bridge_translation *to = &member->translation[i];

		to->n_wire = (uint8_t)from->n_wire;
		to->n_inside = (uint8_t)from->n_inside;
		for (unsigned t = 0; t < BRIDGE_TRANSLATED; t++) {
			to->wire[t] = (struct iface_tag){from->wire[t].tpid, from->wire[t].vid};
			to->inside[t] =
				(struct iface_tag){from->inside[t].tpid, from->inside[t].vid};
		}
	}
}

static bool translates(const struct conf_member *conf, unsigned vlan)
{
	for (unsigned i = 0; i < conf->n_translations; i++) {
		if (conf->translations[i].inside[0].vid == vlan)
			return true;
	}
	return false;
}

// In which VLANs a member is, and how their frames leave there.
static void set_vlans(
	struct bridge *bridge, const struct conf_member *conf, unsigned n, uint32_t bit)
{
	for (unsigned v = 0; v < n; v++) {
		struct bridge_vlan *vlan = &bridge->vlan[v];

		if (bridge->vlan_aware && !conf_member_has_vlan(conf, v))
			continue;
		vlan->members |= bit;
		if (conf->mode != CONF_MODE_TRUNK || !bridge->vlan_aware)
			continue;
		if (translates(conf, v))
			vlan->translated |= bit;
		else if (v != conf->vlan)
			vlan->tagged |= bit;
	}
}

static void set_member(struct bridge *bridge, const struct instance *instance,
	const struct conf_member *conf, unsigned n)
{
	const struct port *port = instance->ports[conf->port];
	uint32_t bit = UINT32_C(1) << port->id;

	set_rules(&bridge->member[port->id], conf);
	if (conf->isolated)
		bridge->isolated |= bit;
	if (port->plan->linear || !port->chains)
		bridge->linear |= bit;
	if (port_forwards(port))
		set_vlans(bridge, conf, n, bit);
}

static struct bridge *make(const struct instance *instance, const struct view *view, unsigned id)
{
	const struct conf_bridge *conf = &instance->conf->bridges[id];
	const struct instance_bridge *lasting = instance->bridges[id];
	unsigned n = n_vlans(conf);
	struct bridge *bridge = calloc(1, sizeof(*bridge) + n * sizeof(bridge->vlan[0]));

	if (bridge == NULL)
		return NULL;
	bridge->id = lasting->id;
	bridge->vlan_aware = conf->vlan_aware;
	bridge->tpid = conf->tpid;
	bridge->reserved = conf->vlan_aware && conf->tpid == TAG_TPID_S ? RESERVED_S : RESERVED_C;
	bridge->fdb = lasting->fdb;
	bridge->ifaces = view->iface_index;
	for (unsigned v = 0; v < n; v++)
		bridge->vlan[v].slot = lasting->slot[v];
	for (unsigned m = 0; m < conf->n_members; m++)
		set_member(bridge, instance, &conf->members[m], n);
	for (unsigned i = 0; i < instance->ifaces.n; i++) {
		const struct iface *iface = &instance->ifaces.iface[i];

		if (iface->on_bridge && iface->bridge == lasting->id)
			bridge->vlan[iface->vlan].local = true;
	}
	return bridge;
}

int bridge_view_make(const struct instance *instance, struct view *view)
{
	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		const struct instance_bridge *lasting = instance->bridges[b];
		struct bridge *bridge = make(instance, view, b);

		if (bridge == NULL)
			return -1;
		view->bridge[lasting->id] = bridge;
		view->ageing[view->n_ageing++] = lasting->ageing;
	}
	return 0;
}

void bridge_view_free(struct view *view)
{
	for (unsigned b = 0; b < BRIDGE_MAX; b++)
		free(view->bridge[b]);
}
