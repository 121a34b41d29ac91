/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a port: see port_life.h for its picture. Called by management.c. A device is stopped
 * or given back only when a view without it is published and each lane has passed a burst
 * boundary: no lane polls a stopped port.
 */

#include <stdio.h>

#include <rte_cycles.h>
#include <rte_mempool.h>

#define LOG_MODULE "port"
#include "base/log.h"
#include "control.h"
#include "link.h"
#include "port.h"
#include "port_device.h"
#include "port_life.h"
#include "port_presence.h"
#include "view.h"

enum { RETRY_MS = 1000 }; // between looks for a device that is gone

static void retry_later(struct port *port)
{
	port->retry_tsc = rte_rdtsc() + rte_get_tsc_hz() * RETRY_MS / 1000;
}

static void tell_link(struct port_life *life, struct port *port, bool up)
{
	atomic_store(&port->link_up, up);
	control_tell(life->instance, up ? HANDLER_LINK_UP : HANDLER_LINK_DOWN, port->id);
	bridge_link_changed(&life->bridge_links, life->instance, port);
}

static void set_link(struct port_life *life, struct port *port, bool up)
{
	if (atomic_load(&port->link_up) == up)
		return;
	log_info("port %s: link %s", port->conf->name, up ? "up" : "down");
	tell_link(life, port, up);
}

// A lane that has stalled keeps the old view: then the port is left in a later round.
static void leave(struct port_life *life, struct port *port)
{
	if (!view_renew(life->instance, true))
		return;
	if (port->next == PORT_STOPPED)
		port_stop(port);
	else
		port_close(port);
	port->state = port->next;
	retry_later(port);
}

static void lose(struct port_life *life, struct port *port, enum port_state next)
{
	port->state = PORT_LEAVING;
	port->next = next;
	port->losses += next == PORT_GONE;
	tell_link(life, port, false);
	view_renew(life->instance, true);
}

static void started(struct port_life *life, struct port *port)
{
	if (port->state != PORT_STARTED || !view_renew(life->instance, true))
		return;
	// An interface that is new to us told its state before we knew it.
	if (life->links != NULL && port->ifindex != 0)
		link_watch_ask(life->links);
}

static bool is_lost(struct port_life *life, struct port *port)
{
	char why[128];

	if (!port_device_gone(port, why, sizeof(why)))
		return false;
	log_warning("port %s: %s: the port is down, the others go on", port->conf->name, why);
	lose(life, port, PORT_GONE);
	return true;
}

// Nobody looks at the device of a port that is down: it may have gone meanwhile.
static void try_start(struct port_life *life, struct port *port)
{
	char error[256];

	if (port_start(port, error, sizeof(error)) == 0) {
		port->said = false;
		started(life, port);
	} else if (!is_lost(life, port) && !port->said) {
		log_warning("%s; it is tried again", error);
		port->said = true;
	}
}

// What the driver keeps (net_af_xdp) is lost to the pool each time it is opened.
static int check_pool(
	const struct port *port, const struct rte_mempool *pool, char *error, size_t error_size)
{
	unsigned left = port->plan->kept > 0 ? rte_mempool_avail_count(pool) : 0;

	if (left >= 2 * port->plan->kept)
		return 0;
	snprintf(error, error_size,
		"port %s: %s keeps %u mbufs each time it is opened, and %u are left: start again, "
		"with a higher `mbufs` if this comes often",
		port->conf->name, port->driver->prefix, port->plan->kept, left);
	return -1;
}

static int take_up(struct port_life *life, struct port *port, char *error, size_t error_size)
{
	struct rte_mempool *pool = life->instance->pools[port->plan->pool];

	if (check_pool(port, pool, error, error_size) != 0)
		return -1;
	if (port_probe(port, error, error_size) == 0 &&
		port_configure(port, pool, error, error_size) == 0 &&
		port_start(port, error, error_size) == 0)
		return 0;
	port_close(port);
	port->state = PORT_GONE;
	return -1;
}

static void look_for_device(struct port_life *life, struct port *port)
{
	char error[512];

	retry_later(port);
	if (port_present(port, error, sizeof(error)) &&
		take_up(life, port, error, sizeof(error)) == 0) {
		log_info("port %s: its %s is back", port->conf->name,
			port->driver->asks_peer ? "peer" : "device");
		port->said = false;
		started(life, port);
	} else if (error[0] != '\0' && !port->said) {
		log_warning("%s; tried again every second", error);
		port->said = true;
	}
}

static void look_at_device(struct port_life *life, struct port *port)
{
	if (is_lost(life, port))
		return;
	if (port->ifindex == 0)
		set_link(life, port, port_driver_link(port));
	// A memif client connects when it is started, a vhost-user client when it is opened.
	if (port_lost_peer(port))
		lose(life, port, port->driver->asks_peer ? PORT_GONE : PORT_STOPPED);
}

static void settle_bridges(struct port_life *life)
{
	if (!bridge_link_due(&life->bridge_links, life->instance))
		return;
	if (life->bridge_links.stale)
		view_renew(life->instance, true);
	bridge_link_settle(&life->bridge_links, life->instance);
}

// What may take long, behind the kernel's lock for all interfaces.
static bool slow_step(struct port_life *life, struct port *port)
{
	if (port->state == PORT_LEAVING)
		leave(life, port);
	else if (port->state == PORT_GONE && !port->kept_down && rte_rdtsc() >= port->retry_tsc)
		look_for_device(life, port);
	else
		return false;
	return true;
}

// Losses first: a device that is being closed or opened must not keep another port up.
static void look(struct port_life *life)
{
	struct port *const *ports = life->instance->ports;
	unsigned n = life->instance->plan->n_ports;

	for (unsigned p = 0; p < n; p++) {
		if (ports[p]->state == PORT_STOPPED && !ports[p]->kept_down)
			try_start(life, ports[p]);
		else if (ports[p]->state == PORT_STARTED)
			look_at_device(life, ports[p]);
	}
	for (unsigned p = 0; p < n; p++) {
		if (slow_step(life, ports[p]))
			return;
	}
}

// A tap in another namespace works, but its driver could not start it again from here.
static bool can_return(struct port *port)
{
	char why[128];

	return port->state != PORT_STARTED || port->tap_fd < 0 ||
	       (!port_device_gone(port, why, sizeof(why)) && port->ifindex != 0);
}

int port_life_keep_down(
	struct port_life *life, struct port *port, bool down, char *error, size_t error_size)
{
	if (port->kept_down == down)
		return 0;
	if (down && !can_return(port)) {
		snprintf(error, error_size,
			"port %s: its interface %s is in another namespace, and could not be "
			"started again from here: take it down there (ip link set %s down)",
			port->conf->name, port->iface, port->iface);
		return -1;
	}
	port->kept_down = down;
	log_info("port %s: %s as asked for", port->conf->name, down ? "down" : "up again");
	// A vhost-user client finds its server only when it is opened.
	if (down && port->state == PORT_STARTED)
		lose(life, port, port->driver->asks_peer ? PORT_GONE : PORT_STOPPED);
	look(life);
	return 0;
}

static void read_stats(struct port_life *life)
{
	const struct instance *instance = life->instance;
	uint64_t now = rte_rdtsc();

	if (now < life->next_stats_tsc)
		return;
	life->next_stats_tsc = now + instance->tsc_hz;
	for (unsigned p = 0; p < instance->plan->n_ports; p++) {
		if (instance->ports[p]->state == PORT_STARTED)
			port_read_stats(instance->ports[p]);
	}
}

void port_life_round(struct port_life *life)
{
	look(life);
	settle_bridges(life);
	read_stats(life);
}

void port_life_link(void *arg, unsigned ifindex, bool up, unsigned mtu)
{
	struct port_life *life = arg;

	for (unsigned p = 0; p < life->instance->plan->n_ports; p++) {
		struct port *port = life->instance->ports[p];

		if (ifindex == 0 || port->ifindex != ifindex || port->state != PORT_STARTED)
			continue;
		set_link(life, port, up);
		if (port_follow_mtu(port, mtu)) {
			log_info("port %s: MTU is %u now: longer frames are not sent",
				port->conf->name, mtu);
			view_renew(life->instance, true);
		}
	}
}

int port_life_start(struct port_life *life, char *error, size_t error_size)
{
	struct instance *instance = life->instance;

	for (unsigned p = 0; p < instance->plan->n_ports; p++) {
		struct port *port = instance->ports[p];

		if (port->state != PORT_GONE && port_start(port, error, error_size) != 0)
			return -1;
		if (port->state == PORT_STOPPED)
			log_info("port %s: waits for its peer", port->conf->name);
	}
	// Bridges begin with the links that there are.
	if (life->links != NULL)
		link_watch_read(life->links);
	look(life);
	view_renew(instance, true);
	bridge_link_settle(&life->bridge_links, instance);
	return 0;
}
