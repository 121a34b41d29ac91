/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See live_ports.h. Called by live_change.c, in its order; decides nothing about handlers, bridges
 * or interfaces. A device is closed only when no view has its port.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "control.h"
#include "link.h"
#include "live_ports.h"
#include "port.h"
#include "port_device.h"
#include "port_life.h"
#include "port_presence.h"
#include "preflight.h"
#include "topology.h"
#include "view.h"

static int find_port(const struct plan *plan, const char *name)
{
	for (unsigned p = 0; p < plan->n_ports; p++) {
		if (strcmp(plan->conf->ports[plan->ports[p].conf].name, name) == 0)
			return (int)p;
	}
	return -1;
}

static bool is_new(const struct live_change *c, const struct port *port)
{
	for (unsigned p = 0; p < c->plan->n_ports; p++) {
		if (c->ports[p] == port)
			return false;
	}
	return true;
}

static bool stays(const struct instance *instance, const struct port *port)
{
	for (unsigned p = 0; p < instance->conf->n_ports; p++) {
		if (instance->ports[p] == port)
			return true;
	}
	return false;
}

static bool same_word(const char *a, const char *b)
{
	size_t n = strcspn(a, ",");

	return strcspn(b, ",") == n && strncmp(a, b, n) == 0;
}

// A device can be opened once: who has it must go first.
static int check_free(const struct live_change *c, const struct instance *instance,
	const struct conf_port *conf, char *error, size_t size)
{
	for (unsigned p = 0; p < c->plan->n_ports; p++) {
		const struct port *port = c->ports[p];

		if (stays(instance, port) || !same_word(port->conf->device, conf->device))
			continue;
		snprintf(error, size,
			"port %s: its device %.*s is that of port %s, which goes with the same "
			"change: take %s out first, in a change of its own; nothing was changed",
			conf->name, (int)strcspn(conf->device, ","), conf->device, port->conf->name,
			port->conf->name);
		return -1;
	}
	return 0;
}

int live_ports_match(struct instance *instance, struct live_change *c, char *error, size_t size)
{
	const struct conf *conf = instance->conf;

	instance->ports = calloc(PLAN_MAX_PORTS, sizeof(struct port *));
	if (instance->ports == NULL || conf->n_ports > PLAN_MAX_PORTS)
		return -1;
	for (unsigned p = 0; p < conf->n_ports; p++) {
		int was = find_port(c->plan, conf->ports[p].name);

		if (was >= 0)
			instance->ports[p] = c->ports[was];
		if (was >= 0 && !plan_same_device(c->ports[was]->conf, &conf->ports[p]))
			c->reopen |= UINT32_C(1) << p;
	}
	for (unsigned p = 0; p < conf->n_ports; p++) {
		if (instance->ports[p] == NULL &&
			check_free(c, instance, &conf->ports[p], error, size) != 0)
			return -1;
	}
	return 0;
}

// A number that no other port has or had: its ledger's lines are its own. The one that a port of
// this name had; then one that nobody had; then the lowest.
static int choose_id(const struct instance *instance, const struct live_change *c, const char *name)
{
	uint32_t taken = 0;
	int fresh = -1, lowest = -1;

	for (unsigned p = 0; p < c->plan->n_ports; p++)
		taken |= UINT32_C(1) << c->ports[p]->id;
	for (unsigned p = 0; p < instance->conf->n_ports; p++) {
		if (instance->ports[p] != NULL && instance->ports[p]->has_id)
			taken |= UINT32_C(1) << instance->ports[p]->id;
	}
	for (int id = OUT_PORTS - 1; id >= 0; id--) {
		if ((taken >> id & 1) != 0 || port_id_taken((uint16_t)id))
			continue;
		if (strcmp(instance->port_name[id], name) == 0)
			return id;
		lowest = id;
		if (instance->port_name[id][0] == '\0')
			fresh = id;
	}
	return fresh >= 0 ? fresh : lowest;
}

static int probe_one(struct instance *instance, struct live_change *c, struct port *port,
	char *error, size_t size)
{
	const struct conf_port *conf = port->conf;
	struct conf alone = {.ports = (struct conf_port *)(uintptr_t)conf, .n_ports = 1};
	int id = choose_id(instance, c, conf->name);

	if (id < 0) {
		snprintf(error, size, "port %s: all %d numbers of ports are in use", conf->name,
			OUT_PORTS);
		return -1;
	}
	if (preflight_check_port(conf, instance->force, error, size) != 0)
		return -1;
	topology_drop_port(instance->topology, conf->name);
	if (preflight_note_ports(instance->topology, &alone, error, size) != 0)
		return -1;
	if ((conf->optional || port->driver->asks_peer) && !port_present(port, error, size)) {
		port_await(port, (uint16_t)id);
	} else {
		port_place(port, (uint16_t)id);
		if (port_probe(port, error, size) != 0 ||
			port_offer(port, instance->topology, error, size) != 0)
			return -1;
	}
	if (instance->port_name[id][0] == '\0')
		c->named |= UINT32_C(1) << id;
	snprintf(instance->port_name[id], sizeof(instance->port_name[0]), "%s", conf->name);
	memcpy(instance->port_mac[id], port->mac, sizeof(port->mac));
	return 0;
}

int live_ports_probe(struct instance *instance, struct live_change *c, char *error, size_t size)
{
	const struct plan *plan = instance->plan;

	for (unsigned p = 0; p < plan->n_ports; p++) {
		if (instance->ports[p] != NULL)
			continue;
		instance->ports[p] =
			port_create(&instance->conf->ports[p], &plan->ports[p], error, size);
		if (instance->ports[p] == NULL ||
			probe_one(instance, c, instance->ports[p], error, size) != 0)
			return -1;
		c->n_ports_new++;
	}
	return 0;
}

void live_ports_point(struct instance *instance)
{
	for (unsigned p = 0; instance->ports != NULL && p < instance->plan->n_ports; p++) {
		struct port *port = instance->ports[p];

		if (port == NULL)
			continue;
		port->conf = &instance->conf->ports[instance->plan->ports[p].conf];
		port->plan = &instance->plan->ports[p];
	}
}

static int set_up(struct instance *instance, struct port *port, char *error, size_t size)
{
	struct rte_mempool *pool = instance->pools[port->plan->pool];

	if (port_configure(port, pool, error, size) != 0)
		return -1;
	return port->kept_down ? 0 : port_start(port, error, size);
}

int live_ports_start(struct instance *instance, struct live_change *c, char *error, size_t size)
{
	for (unsigned p = 0; p < instance->plan->n_ports; p++) {
		struct port *port = instance->ports[p];

		if (is_new(c, port) && port->state == PORT_STOPPED &&
			set_up(instance, port, error, size) != 0)
			return -1;
	}
	return 0;
}

// What its driver keeps stays lost to the pool that it had.
static void forget_pool(struct instance *instance, struct port *port)
{
	instance->pool_kept[port->plan->pool] +=
		port->plan->kept * port->openings +
		(port->plan->umem ? port->losses * port->plan->n_txq * PLAN_BURST : 0);
	port->openings = 0;
	port->losses = 0;
}

static int open_again(struct instance *instance, struct port *port, char *error, size_t size)
{
	if (port->conf->has_mac)
		memcpy(port->mac, port->conf->mac, sizeof(port->mac));
	port->driver = driver_find(port->conf->device, error, size);
	if (port->driver == NULL)
		return -1;
	if ((port->conf->optional || port->driver->asks_peer) && !port_present(port, error, size)) {
		port->state = PORT_GONE;
		return 0;
	}
	if (port_probe(port, error, size) == 0 && set_up(instance, port, error, size) == 0) {
		memcpy(instance->port_mac[port->id], port->mac, sizeof(port->mac));
		return 0;
	}
	port_close(port);
	port->state = PORT_GONE;
	return -1;
}

// Out of the view that runs, and closed.
static int leave(struct instance *instance, struct live_change *c, char *error, size_t size)
{
	live_change_exchange(instance, c); // the old state
	for (unsigned p = 0; p < c->plan->n_ports; p++)
		memcpy(c->mac[p], c->ports[p]->mac, sizeof(c->mac[p]));
	for (unsigned p = 0; p < c->plan->n_ports; p++) {
		if ((c->reopen >> p & 1) != 0 && c->ports[p]->state == PORT_STARTED)
			c->ports[p]->state = PORT_LEAVING;
	}
	if (view_renew(instance, true)) {
		for (unsigned p = 0; p < c->plan->n_ports; p++) {
			struct port *port = c->ports[p];

			if ((c->reopen >> p & 1) == 0)
				continue;
			log_info("port %s: is opened anew", port->conf->name);
			port_close(port);
			forget_pool(instance, port);
		}
		live_change_exchange(instance, c);
		return 0;
	}
	for (unsigned p = 0; p < c->plan->n_ports; p++) {
		if ((c->reopen >> p & 1) != 0 && c->ports[p]->state == PORT_LEAVING)
			c->ports[p]->state = PORT_STARTED;
	}
	view_renew(instance, true);
	live_change_exchange(instance, c);
	snprintf(error, size, "a lane stands still: nothing was changed");
	return -1;
}

// Back to what it was, as far as the device still can.
static void restore(struct instance *instance, struct live_change *c)
{
	char error[512];

	live_change_exchange(instance, c);
	for (unsigned p = 0; p < c->plan->n_ports; p++) {
		struct port *port = c->ports[p];

		if ((c->reopen >> p & 1) == 0)
			continue;
		if (port->state != PORT_CLOSED && port->state != PORT_GONE) {
			port_close(port);
			forget_pool(instance, port);
		}
		memcpy(port->mac, c->mac[p], sizeof(port->mac));
		if (open_again(instance, port, error, sizeof(error)) != 0)
			log_error("%s; tried again every second", error);
		atomic_store(&port->link_up, false);
	}
	view_renew(instance, true);
	link_watch_ask(instance->life->links);
	live_change_exchange(instance, c);
}

int live_ports_reopen(struct instance *instance, struct live_change *c, char *error, size_t size)
{
	if (c->reopen == 0)
		return 0;
	if (leave(instance, c, error, size) != 0)
		return -1;
	for (unsigned p = 0; p < instance->plan->n_ports; p++) {
		struct port *port = instance->ports[p];

		if ((c->reopen >> p & 1) == 0)
			continue;
		atomic_store(&port->link_up, false);
		if (open_again(instance, port, error, size) == 0)
			continue;
		restore(instance, c);
		return -1;
	}
	return 0;
}

void live_ports_undo(struct instance *instance, struct live_change *c)
{
	for (unsigned p = 0; instance->ports != NULL && p < PLAN_MAX_PORTS; p++) {
		struct port *port = instance->ports[p];

		if (port == NULL || !is_new(c, port))
			continue;
		topology_drop_port(instance->topology, port->conf->name);
		port_close(port);
		if (port->plan->pool < c->plan->n_pools)
			c->pool_kept[port->plan->pool] += port->plan->kept * port->openings;
		if (port->has_id && (c->named >> port->id & 1) != 0)
			instance->port_name[port->id][0] = '\0';
		free(port);
	}
	free(instance->ports);
}

void live_ports_switched(struct instance *instance, struct live_change *c)
{
	for (unsigned p = 0; p < c->plan->n_ports; p++) {
		struct port *port = c->ports[p];

		if (!stays(instance, port)) {
			log_info("port %s: removed", port->conf->name);
			control_tell(instance, HANDLER_LINK_DOWN, port->id);
		}
	}
	for (unsigned p = 0; p < instance->plan->n_ports; p++) {
		if (is_new(c, instance->ports[p]))
			log_info("port %s: added%s", instance->ports[p]->conf->name,
				instance->ports[p]->state == PORT_GONE ? ", waits for its device"
								       : "");
	}
	if (instance->life != NULL && instance->life->links != NULL)
		link_watch_ask(instance->life->links);
}

void live_ports_shut(struct instance *instance, struct live_change *c)
{
	for (unsigned p = 0; c->ports != NULL && p < c->plan->n_ports; p++) {
		if (stays(instance, c->ports[p]))
			continue;
		port_close(c->ports[p]);
		forget_pool(instance, c->ports[p]);
	}
}

void live_ports_close(struct instance *instance, struct live_change *c)
{
	live_ports_shut(instance, c);
	for (unsigned p = 0; c->ports != NULL && p < c->plan->n_ports; p++) {
		struct port *port = c->ports[p];

		if (stays(instance, port))
			continue;
		topology_drop_port(instance->topology, port->conf->name);
		free(port);
	}
	free(c->ports);
	c->ports = NULL;
}
