/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Step of plan_make(): ports, their queues and who owns them. Every queue has one owner. RX queues
 * are dealt over the workers near the port; TX queues go to those who poll the port first.
 */

#include <stdio.h>
#include <string.h>

#include "driver.h"
#include "plan_draft.h"

#include <rte_mbuf_core.h>

/** Workers of one port: those that may poll it. */
struct pollers {
	unsigned lcore[PLAN_MAX_LCORES];
	unsigned n;
};

/** Those that the port names, else the workers on its node, else all. */
static int find_pollers(struct draft *d, const struct conf_port *c, const struct plan_port *port,
	struct pollers *pollers)
{
	const struct plan_lcore *lcores = d->plan->lcores;

	pollers->n = 0;
	for (unsigned k = 0; k < c->n_workers; k++) {
		unsigned before = pollers->n;

		for (unsigned w = 1; w <= d->n_workers; w++)
			if (lcores[w].cpu == c->workers[k])
				pollers->lcore[pollers->n++] = w;
		if (pollers->n == before)
			return draft_fail(d,
				"port %s: CPU %u of workers is not in lcores.workers: add it there",
				c->name, c->workers[k]);
	}
	if (c->n_workers)
		return 0;
	for (unsigned w = 1; w <= d->n_workers && port->node_known; w++)
		if (lcores[w].node == port->node)
			pollers->lcore[pollers->n++] = w;
	if (pollers->n == 0)
		for (unsigned w = 1; w <= d->n_workers; w++)
			pollers->lcore[pollers->n++] = w;
	return 0;
}

static int fail_queues(struct draft *d, const struct conf_port *c, const char *key, unsigned asked,
	unsigned offered)
{
	return draft_fail(d, "port %s: %s %u is more than the %u that %.*s offers", c->name, key,
		asked, offered, (int)strcspn(c->device, ","), c->device);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/** What the device offers: measured, else promised by its driver; PCI without either: no limit. */
static unsigned offered(unsigned measured, unsigned promised)
{
	unsigned n = measured ? measured : promised;

	return n ? least(n, PLAN_MAX_QUEUES) : PLAN_MAX_QUEUES;
}

/** Every queue of the device string gets frames. */
static int set_fixed(struct draft *d, const struct conf_port *c, const struct driver *driver,
	unsigned rx, struct plan_port *port)
{
	unsigned asked = c->rx_queues;

	if (!asked && driver->pairs_queues)
		asked = c->tx_queues;
	if (asked && asked != rx)
		return draft_fail(d,
			"port %s: %s-queues %u leaves queues of its device string unread: it has "
			"%u",
			c->name, c->rx_queues ? "rx" : "tx", asked, rx);
	port->n_rxq = rx;
	return 0;
}

static int count_queues(struct draft *d, const struct conf_port *c, const struct driver *driver,
	unsigned pollers, struct plan_port *port)
{
	const struct topology_port *t = topology_find_port(d->topology, c->name);
	unsigned rx = offered(t ? t->max_rxq : 0, driver_rx_queues(driver, c->device));
	unsigned tx = offered(t ? t->max_txq : 0, driver_tx_queues(driver, c->device));
	unsigned limit = driver->auto_queues ? driver->auto_queues : PLAN_MAX_QUEUES;

	if (c->rx_queues > rx)
		return fail_queues(d, c, "rx-queues", c->rx_queues, rx);
	if (c->tx_queues > tx)
		return fail_queues(d, c, "tx-queues", c->tx_queues, tx);
	port->n_rxq = c->rx_queues ? c->rx_queues : least(least(pollers, rx), limit);
	port->n_txq = c->tx_queues ? c->tx_queues : least(least(d->n_workers, tx), limit);
	if (driver->fixed_queues && set_fixed(d, c, driver, rx, port) < 0)
		return -1;
	if (driver->pairs_queues || (t && t->pairs_queues)) {
		if (c->rx_queues && c->tx_queues && c->rx_queues != c->tx_queues)
			return draft_fail(d,
				"port %s: %s needs as many RX as TX queues, found rx-queues %u and "
				"tx-queues %u",
				c->name, driver->is_pci ? "virtio" : driver->prefix, c->rx_queues,
				c->tx_queues);
		if (c->tx_queues && !driver->fixed_queues)
			port->n_rxq = c->tx_queues;
		port->n_txq = port->n_rxq;
	}
	return 0;
}

/** Each queue to the poller with the fewest of this port, then with the fewest in all. */
static int deal_rx(struct draft *d, const struct conf_port *c, const struct pollers *pollers,
	struct plan_port *port)
{
	const struct plan_lcore *lcores = d->plan->lcores;
	unsigned own[PLAN_MAX_LCORES] = {0};

	for (unsigned q = 0; q < port->n_rxq; q++) {
		unsigned best = pollers->lcore[0];

		for (unsigned k = 1; k < pollers->n; k++) {
			unsigned w = pollers->lcore[k];

			if (own[w] < own[best] ||
				(own[w] == own[best] && d->load[w] < d->load[best]))
				best = w;
		}
		port->rxq[q].lcore = best;
		own[best]++;
		d->load[best]++;
	}
	for (unsigned w = 1; w <= d->n_workers && port->node_known; w++) {
		if (own[w] && lcores[w].node != port->node &&
			draft_warn(d, PLAN_NUMA,
				"port %s is on node %u, the worker on CPU %u that polls it on node "
				"%u: each access to its queues crosses nodes (distance %u, local "
				"10)",
				c->name, port->node, lcores[w].cpu, lcores[w].node,
				draft_distance(d, lcores[w].node, port->node)) < 0)
			return -1;
	}
	for (unsigned k = 0; k < pollers->n && port->n_rxq < pollers->n; k++) {
		unsigned w = pollers->lcore[k];

		if (!own[w] && draft_note(d,
				       "port %s has %u RX queue%s: worker on CPU %u does not "
				       "poll it",
				       c->name, port->n_rxq, port->n_rxq == 1 ? "" : "s",
				       lcores[w].cpu) < 0)
			return -1;
	}
	return 0;
}

static bool owns(const struct plan_queue *queues, unsigned n, unsigned lcore)
{
	for (unsigned q = 0; q < n; q++)
		if (queues[q].lcore == lcore)
			return true;
	return false;
}

/** One queue a worker; those that poll the port come first. */
static void deal_tx(const struct draft *d, struct plan_port *port)
{
	unsigned n = 0;

	for (unsigned q = 0; q < port->n_rxq && n < port->n_txq; q++)
		if (!owns(port->txq, n, port->rxq[q].lcore))
			port->txq[n++].lcore = port->rxq[q].lcore;
	for (unsigned w = 1; w <= d->n_workers && n < port->n_txq; w++)
		if (!owns(port->txq, n, w))
			port->txq[n++].lcore = w;
	while (n < port->n_txq)
		port->txq[n++].lcore = PLAN_NO_LCORE;
}

/** The kernel's interface has to be given its MTU by who makes it. */
__attribute__((format(printf, 5, 6))) static int warn_mtu(struct draft *d,
	const struct conf_port *c, const struct driver *driver, unsigned mtu, const char *fmt, ...)
{
	char reason[PLAN_NOTE_MAX / 2], iface[32];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	if (draft_warn(d, PLAN_MTU, "port %s: %s: give the interface MTU %u before the start",
		    c->name, reason, mtu) < 0)
		return -1;
	if (driver_interface(driver, c->device, iface, sizeof(iface)))
		draft_mend(d, "ip link set dev %s mtu %u", iface, mtu);
	return 0;
}

static int set_mtu(struct draft *d, const struct conf_port *c, const struct driver *driver,
	struct plan_port *port, unsigned *mtu)
{
	const struct topology_port *t = topology_find_port(d->topology, c->name);

	*mtu = c->mtu ? c->mtu : t && t->mtu ? t->mtu : driver->default_mtu;
	port->mtu = driver->sets_mtu ? c->mtu : 0;
	if (!driver->sets_mtu && t && t->mtu && t->mtu < *mtu)
		return warn_mtu(d, c, driver, *mtu, "its interface has MTU %u, and %s sets none",
			t->mtu, driver->prefix);
	if (driver->max_mtu == 0 || *mtu <= driver->max_mtu || driver->pairs_queues)
		return 0;
	port->mtu = 0;
	if (t && t->mtu >= *mtu)
		return 0;
	return warn_mtu(d, c, driver, *mtu, "DPDK sets no MTU above %u on %s", driver->max_mtu,
		driver->prefix);
}

static int check_device(struct draft *d, unsigned i)
{
	const struct conf_port *a = &d->conf->ports[i];
	size_t n = strcspn(a->device, ",");

	for (unsigned j = 0; j < i; j++) {
		const struct conf_port *b = &d->conf->ports[j];

		if (strcspn(b->device, ",") == n && strncmp(a->device, b->device, n) == 0)
			return draft_fail(d,
				"ports %s and %s name the same device %.*s: number them "
				"(net_tap0, net_tap1)",
				b->name, a->name, (int)n, a->device);
	}
	return 0;
}

/** A net_memif client that shares its mbufs has them on the descriptors of both directions. */
static bool is_zero_copy(const char *device)
{
	char value[8];

	return driver_argument(device, "zero-copy", value, sizeof(value)) &&
	       strcmp(value, "yes") == 0;
}

static int warn_peer(
	struct draft *d, const struct conf_port *c, const struct driver *driver, unsigned max_frame)
{
	unsigned buffer = driver_peer_buffer(driver, c->device, max_frame);

	if (buffer == 0)
		return 0;
	return draft_warn(d, PLAN_PEER,
		"port %s: its client must have buffers for a whole frame (bsize=%u or more; the "
		"same mtu in Burstline): %s garbles what is longer than one, and %u is usual",
		c->name, max_frame, driver->prefix, buffer);
}

bool plan_same_device(const struct conf_port *a, const struct conf_port *b)
{
	return strcmp(a->device, b->device) == 0 && a->mtu == b->mtu &&
	       a->promiscuous == b->promiscuous && a->has_mac == b->has_mac &&
	       memcmp(a->mac, b->mac, sizeof(a->mac)) == 0 && a->rx_queues == b->rx_queues &&
	       a->tx_queues == b->tx_queues && a->descriptors == b->descriptors &&
	       a->n_workers == b->n_workers &&
	       (a->n_workers == 0 ||
		       memcmp(a->workers, b->workers, a->n_workers * sizeof(*a->workers)) == 0);
}

/** The running port that goes on as it is, or NULL. */
static const struct plan_port *find_running(const struct draft *d, const struct conf_port *c)
{
	for (unsigned i = 0; d->running && i < d->running->n_ports; i++) {
		const struct plan_port *port = &d->running->ports[i];
		const struct conf_port *was = &d->running->conf->ports[port->conf];

		if (strcmp(was->name, c->name) == 0 && plan_same_device(was, c))
			return port;
	}
	return NULL;
}

/** Its queues stay where they are; what has come since is dealt around them. */
static void keep_port(struct draft *d, unsigned i, struct plan_port *port)
{
	unsigned conf = port->conf;
	bool linear = port->linear;

	*port = *d->was[i];
	port->conf = conf;
	port->linear = linear;
}

static int make_port(struct draft *d, unsigned i)
{
	const struct conf_port *c = &d->conf->ports[i];
	const struct topology_port *t = topology_find_port(d->topology, c->name);
	const struct driver *driver = driver_find(c->device, d->error, d->error_size);
	struct plan_port *port;
	struct pollers pollers;
	char reason[PLAN_NOTE_MAX];
	unsigned mtu, room;

	if (!driver) {
		snprintf(reason, sizeof(reason), "%s", d->error);
		return draft_fail(d, "port %s: %s", c->name, reason);
	}
	port = draft_push(d, &d->plan->ports, &d->plan->n_ports, sizeof(*port));
	if (!port || check_device(d, i) < 0)
		return -1;
	port->conf = i;
	port->is_pci = driver->is_pci;
	port->stamp_port = driver->stamp_port;
	port->umem = driver->umem;
	port->shares_memory = driver->shares_memory;
	port->linear = driver->linear || c->fcs; // a check sequence is appended to the octets
	port->node_known = t && t->node_known;
	port->node = port->node_known ? t->node : d->plan->lcores[0].node;
	port->rx_descriptors =
		c->descriptors ? c->descriptors : driver_rx_descriptors(driver, c->device);
	port->tx_descriptors =
		c->descriptors ? c->descriptors : driver_tx_descriptors(driver, c->device);
	if (set_mtu(d, c, driver, port, &mtu) < 0)
		return -1;
	if (driver_derive(driver, c->device, mtu, port->device, sizeof(port->device), &room,
		    &port->max_frame, reason, sizeof(reason)) < 0)
		return draft_fail(d, "port %s: %s", c->name, reason);
	port->tag_room = driver_tag_room(driver, c->device);
	if (warn_peer(d, c, driver, port->max_frame) < 0)
		return -1;
	d->rooms[i] = room + RTE_PKTMBUF_HEADROOM;
	d->can_chain[i] = room > DRIVER_MIN_ROOM && !is_zero_copy(c->device) &&
	                  (driver->chains_rx || (t && t->scatter));
	d->holds_rx[i] = driver->holds_rx || is_zero_copy(c->device);
	d->holds_tx[i] = driver->holds_tx || is_zero_copy(c->device);
	d->kept[i] = t ? t->kept_frames : 0;
	if (d->was[i]) {
		keep_port(d, i, port);
		d->kept_tx[i] = port->n_txq * driver->kept_tx;
		return 0;
	}
	if (find_pollers(d, c, port, &pollers) < 0 ||
		count_queues(d, c, driver, pollers.n, port) < 0 ||
		deal_rx(d, c, &pollers, port) < 0)
		return -1;
	port->kept = port->n_rxq * driver->kept_rx;
	d->kept_tx[i] = port->n_txq * driver->kept_tx;
	deal_tx(d, port);
	if (!port->node_known)
		port->node = d->plan->lcores[port->rxq[0].lcore].node;
	return 0;
}

int draft_ports(struct draft *d)
{
	struct plan *p = d->plan;

	if (d->conf->n_ports > PLAN_MAX_PORTS)
		return draft_fail(d, "%u ports are more than the %d that DPDK is built for",
			d->conf->n_ports, PLAN_MAX_PORTS);
	for (unsigned i = 0; i < d->conf->n_ports; i++) {
		d->was[i] = find_running(d, &d->conf->ports[i]);
		for (unsigned q = 0; d->was[i] && q < d->was[i]->n_rxq; q++)
			d->load[d->was[i]->rxq[q].lcore]++;
	}
	for (unsigned i = 0; i < d->conf->n_ports; i++)
		if (make_port(d, i) < 0)
			return -1;
	for (unsigned w = 1; w <= d->n_workers; w++) {
		p->lcores[w].idle = d->load[w] == 0;
		if (p->lcores[w].idle &&
			draft_note(d, "worker on CPU %u polls no RX queue: it is idle",
				p->lcores[w].cpu) < 0)
			return -1;
	}
	return 0;
}
