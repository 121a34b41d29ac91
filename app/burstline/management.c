/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The management thread's life: start the ports, publish the first view, then wait for signals,
 * link changes and devices that are not ready, and at the end drain and stop. The only writer of
 * port states and views after the start.
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "base/log.h"
#include "bridge_log.h"
#include "control.h"
#include "link.h"
#include "management.h"
#include "port.h"
#include "report.h"
#include "unmap.h"
#include "view.h"

enum {
	ROUND_MS = 100, // between looks at drivers' link states and waiting devices
	DRAIN_MS = 800  // for rings to run empty at the end
};

// False: lanes may still use what the last view had.
static bool publish(struct management *m, bool receive)
{
	struct view *view = view_create(m->instance, receive);

	if (view != NULL)
		return view_publish(m->instance, view) == 0;
	log_error("out of memory: the change was not made");
	return false;
}

static void set_link(struct management *m, struct port *port, bool up)
{
	if (atomic_exchange(&port->link_up, up) == up)
		return;
	log_info("port %s: link %s", port->conf->name, up ? "up" : "down");
	control_tell(m->instance, up ? HANDLER_LINK_UP : HANDLER_LINK_DOWN, port->id);
	bridge_link_changed(&m->bridge_links, m->instance, port);
}

static void port_gone(struct management *m, struct port *port)
{
	if (port->state == PORT_GONE)
		return;
	port->state = PORT_GONE;
	atomic_store(&port->link_up, false);
	log_warning("port %s: interface %s was deleted: the port is down, the others go on",
		port->conf->name, port->iface);
	control_tell(m->instance, HANDLER_LINK_DOWN, port->id);
	bridge_link_changed(&m->bridge_links, m->instance, port);
	publish(m, true);
}

static void settle_bridges(struct management *m)
{
	if (!bridge_link_due(&m->bridge_links, m->instance))
		return;
	if (m->bridge_links.stale)
		publish(m, true);
	bridge_link_settle(&m->bridge_links, m->instance);
}

static void on_link(void *arg, unsigned ifindex, enum link_change change)
{
	struct management *m = arg;
	struct instance *instance = m->instance;

	for (unsigned p = 0; p < instance->plan->n_ports; p++) {
		struct port *port = &instance->ports[p];

		if (port->ifindex != ifindex || ifindex == 0)
			continue;
		switch (change) {
		case LINK_UP:
			set_link(m, port, true);
			break;
		case LINK_DOWN:
			set_link(m, port, false);
			break;
		case LINK_DELETED:
			port_gone(m, port);
			break;
		case LINK_MOVED:
			// From here nothing more is heard of it, yet the device works.
			log_info("port %s: interface %s moved to another namespace",
				port->conf->name, port->iface);
			port->ifindex = 0;
			set_link(m, port, true);
			break;
		}
	}
}

static void try_waiting(struct management *m, struct port *port)
{
	char error[256];

	if (port_start(port, error, sizeof(error)) == 0 && port->state == PORT_STARTED)
		publish(m, true);
}

// Its peer is gone, or hung up before the link was there: no lane may use the port while it is
// stopped, and then its start is tried again.
static void reconnect(struct management *m, struct port *port)
{
	port->state = PORT_STOPPED;
	if (publish(m, true))
		port_stop(port);
}

static void look_at_ports(struct management *m)
{
	struct instance *instance = m->instance;

	for (unsigned p = 0; p < instance->plan->n_ports; p++) {
		struct port *port = &instance->ports[p];

		if (port->state == PORT_STOPPED)
			try_waiting(m, port);
		if (port->state == PORT_STARTED && !port->driver->kernel_iface)
			set_link(m, port, port_driver_link(port));
		if (port->state == PORT_STARTED && port_lost_peer(port))
			reconnect(m, port);
	}
}

static int start_ports(struct management *m)
{
	struct instance *instance = m->instance;

	for (unsigned p = 0; p < instance->plan->n_ports; p++) {
		struct port *port = &instance->ports[p];

		if (port_start(port, m->error, sizeof(m->error)) != 0)
			return -1;
		if (port->state == PORT_STOPPED)
			log_info("port %s: waits for its peer", port->conf->name);
	}
	return 0;
}

static void announce(struct management *m)
{
	for (uint16_t i = 0; i < m->instance->ifaces.n; i++)
		control_tell(m->instance, HANDLER_ADDRESS, i);
}

// Nothing in a ring, as far as the lanes' own counts tell; and nothing kept, if `kept` says so.
static bool empty(const struct ledger *sum, bool kept)
{
	for (unsigned p = 0; p < LEDGER_PORTS; p++) {
		if (ledger_port_in_flight(&sum->port[p]) != 0 ||
			(kept && ledger_port_kept(&sum->port[p]) != 0))
			return false;
	}
	return true;
}

// Finished mbufs on their way to a worker are not in the ledger any more, but not yet free.
static bool rings_empty(const struct instance *instance)
{
	for (unsigned r = 0; r < instance->plan->n_rings; r++) {
		if (!rte_ring_empty(instance->rings[r].ring))
			return false;
	}
	return true;
}

static bool handlers_drained(const struct instance *instance)
{
	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		if (!atomic_load(&instance->lanes[l]->drained))
			return false;
	}
	return true;
}

// Nothing is received any more. First what is under way arrives, then handlers release what they
// hold (what arrived could have been kept), then that leaves too.
void management_drain(struct instance *instance)
{
	uint64_t deadline = rte_rdtsc() + instance->tsc_hz * DRAIN_MS / 1000;
	static struct ledger sum;

	while (rte_rdtsc() < deadline && !(report_ledger(instance, &sum) && empty(&sum, false)))
		rte_delay_us_sleep(1000);
	atomic_store_explicit(&instance->phase, PHASE_DRAIN, memory_order_release);
	while (rte_rdtsc() < deadline) {
		if (handlers_drained(instance) && report_ledger(instance, &sum) &&
			empty(&sum, true) && rings_empty(instance))
			return;
		rte_delay_us_sleep(1000);
	}
	log_warning("rings did not run empty within %d ms", DRAIN_MS);
}

static void log_bridges(const struct instance *instance)
{
	uint64_t now_ms = rte_rdtsc() / (instance->tsc_hz / 1000);

	if (instance->bridge_log == NULL)
		return;
	for (unsigned l = 0; l < instance->plan->n_lcores; l++)
		bridge_log_drain(instance->bridge_log, instance->bridge_events[l], now_ms);
	bridge_log_tick(instance->bridge_log, now_ms);
}

static void serve(struct management *m, struct link_watch *links)
{
	struct pollfd fds[2] = {
		{.fd = m->signal_fd, .events = POLLIN},
		{.fd = link_watch_fd(links), .events = POLLIN},
	};

	for (;;) {
		poll(fds, 2, ROUND_MS);
		if (fds[0].revents != 0) {
			struct signalfd_siginfo info;

			if (read(m->signal_fd, &info, sizeof(info)) == sizeof(info)) {
				log_info("%s: stopping", strsignal((int)info.ssi_signo));
				return;
			}
		}
		if (fds[1].revents != 0)
			link_watch_read(links);
		look_at_ports(m);
		settle_bridges(m);
		log_bridges(m->instance);
	}
}

static void *management_main(void *arg)
{
	struct management *m = arg;
	struct link_watch *links = link_watch_open(on_link, m, m->error, sizeof(m->error));

	unmap_guard(m->instance->qsbr);
	m->failed = links == NULL || start_ports(m) != 0;
	if (!m->failed) {
		// Bridges begin with the links that there are.
		link_watch_read(links);
		look_at_ports(m);
		publish(m, true);
		bridge_link_settle(&m->bridge_links, m->instance);
		announce(m);
		log_info("ready");
		serve(m, links);
		publish(m, false);
		management_drain(m->instance);
		log_bridges(m->instance);
	}
	unmap_guard(NULL);
	atomic_store_explicit(&m->instance->phase, PHASE_STOP, memory_order_release);
	link_watch_close(links);
	return NULL;
}

int management_start(struct management *m)
{
	return -pthread_create(&m->thread, NULL, management_main, m);
}

void management_join(struct management *m)
{
	pthread_join(m->thread, NULL);
}
