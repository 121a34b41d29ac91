/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Members that come and go: see bridge_link.h. Called by management.c; starts no port and makes no
 * view itself.
 */

#include <rte_cycles.h>

#include "ageing.h"
#include "bridge_link.h"
#include "bridge_view.h"
#include "control.h"

enum { SETTLES_S = 10 };

void bridge_link_changed(
	struct bridge_links *links, const struct instance *instance, const struct port *port)
{
	uint32_t bit = UINT32_C(1) << port->id;

	if (bridge_of_port(instance->conf, port->plan->conf) < 0)
		return;
	links->stale = true;
	if (port_forwards(port))
		links->came_up |= bit;
	else
		links->went_down |= bit;
}

bool bridge_link_due(const struct bridge_links *links, const struct instance *instance)
{
	return (links->stale || links->went_down != 0) &&
	       rte_rdtsc() - links->settled_tsc >= instance->tsc_hz / SETTLES_S;
}

// A flush that finds no room is asked for again in the next round.
static void flush_members(struct bridge_links *links, const struct instance *instance)
{
	for (unsigned p = 0; p < instance->plan->n_ports; p++) {
		uint16_t id = instance->ports[p]->id;
		struct fdb_match match = {.by_port = true, .port = (uint8_t)id};
		int bridge = bridge_of_port(instance->conf, p);

		if (bridge >= 0 && (links->went_down >> id & 1) != 0 &&
			ageing_request(instance->bridges[bridge]->ageing, &match))
			links->went_down &= ~(UINT32_C(1) << id);
	}
}

// The bridge that has this id.
static const struct conf_bridge *conf_of(const struct instance *instance, uint8_t id)
{
	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		if (instance->bridges[b]->id == id)
			return &instance->conf->bridges[b];
	}
	return NULL;
}

// Members of an interface's VLAN that work, by DPDK port id.
static uint32_t working(const struct instance *instance, const struct iface *iface)
{
	const struct conf_bridge *conf = conf_of(instance, iface->bridge);
	uint32_t mask = 0;

	for (unsigned m = 0; conf != NULL && m < conf->n_members; m++) {
		const struct conf_member *member = &conf->members[m];

		if ((!conf->vlan_aware || conf_member_has_vlan(member, iface->vlan)) &&
			port_forwards(instance->ports[member->port]))
			mask |= UINT32_C(1) << instance->ports[member->port]->id;
	}
	return mask;
}

static void tell_interfaces(struct bridge_links *links, struct instance *instance)
{
	for (uint16_t i = 0; i < instance->ifaces.n; i++) {
		const struct iface *iface = &instance->ifaces.iface[i];
		uint32_t mask = iface->on_bridge ? working(instance, iface) : 0;

		if ((mask & links->came_up) != 0 || (mask != 0 && links->again[i]))
			control_tell(instance, HANDLER_ADDRESS, i);
		if (mask == 0 && links->reached[i])
			control_tell(instance, HANDLER_IFACE_DOWN, i);
		links->reached[i] = mask != 0;
		links->again[i] = links->again[i] && mask == 0;
	}
}

void bridge_link_again(struct bridge_links *links, uint16_t iface)
{
	links->again[iface] = true;
	links->stale = true;
}

void bridge_link_settle(struct bridge_links *links, struct instance *instance)
{
	links->stale = false;
	links->settled_tsc = rte_rdtsc();
	flush_members(links, instance);
	tell_interfaces(links, instance);
	links->came_up = 0;
}
