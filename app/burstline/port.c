/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bring ports up and down through ethdev. Called by the start and by the management thread; never
 * by a lane. Asks only for the offloads that are used: none for tags, none for checksums.
 */

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#define LOG_MODULE "port"
#include "base/log.h"
#include "eal_log.h"
#include "memif_faults.h"
#include "port.h"
#include "tap_fd.h"

enum { HANDSHAKE_MS = 1000 }; // of a memif: it takes a few

int port_fail(const struct port *port, char *error, size_t size, const char *what, int err)
{
	char said[256];
	bool any = eal_log_last(said, sizeof(said));

	// Drivers return -1 for any failure, which is no lack of permission.
	if (any && err == -1)
		snprintf(error, size, "port %s: %s: %s", port->conf->name, what, said);
	else if (any)
		snprintf(error, size, "port %s: %s: %s (%s)", port->conf->name, what,
			rte_strerror(-err), said);
	else
		snprintf(
			error, size, "port %s: %s: %s", port->conf->name, what, rte_strerror(-err));
	return -1;
}

// The client of a memif connects when it is started, and only then.
bool port_is_client(const struct port *port)
{
	char role[16];

	return strcmp(port->driver->prefix, "net_memif") == 0 &&
	       (!driver_argument(port->conf->device, "role", role, sizeof(role)) ||
		       (strcmp(role, "server") != 0 && strcmp(role, "master") != 0));
}

static int set_mac(struct port *port, char *error, size_t error_size)
{
	struct rte_ether_addr mac;
	int rc;

	// A tap's driver would give both ends the address: ours is kept in software there.
	if (strcmp(port->driver->prefix, "net_tap") == 0)
		return 0;
	// A device that returns may have another address than the one that the port goes by; an
	// interface of the kernel's keeps its own if it need not.
	if (!port->conf->has_mac &&
		((port->driver->kernel_iface && port->conf->promiscuous) ||
			rte_eth_macaddr_get(port->id, &mac) != 0 ||
			memcmp(mac.addr_bytes, port->mac, sizeof(port->mac)) == 0))
		return 0;
	memcpy(mac.addr_bytes, port->mac, sizeof(port->mac));
	rc = rte_eth_dev_default_mac_addr_set(port->id, &mac);
	if (rc == 0 || (rc == -ENOTSUP && port->conf->promiscuous))
		return 0;
	// Of those that know no address some are the kernel's; the others filter nothing.
	if (rc == -ENOTSUP && !port->conf->has_mac && !port->driver->kernel_iface)
		return 0;
	return port_fail(port, error, error_size, "the device does not take this `mac`", rc);
}

static int set_mtu(struct port *port, char *error, size_t error_size)
{
	uint16_t mtu = 0;
	int rc;

	if (port->plan->mtu != 0) {
		rc = rte_eth_dev_set_mtu(port->id, (uint16_t)port->plan->mtu);
		if (rc != 0)
			return port_fail(
				port, error, error_size, "the device does not take this `mtu`", rc);
	}
	rte_eth_dev_get_mtu(port->id, &mtu);
	port->mtu = mtu;
	port->max_frame = port->plan->max_frame;
	port->rx_cut = driver_rx_cut(port->driver, port->plan->device);
	return 0;
}

static int set_queues(struct port *port, struct rte_mempool *pool, char *error, size_t error_size)
{
	uint16_t rx_desc = (uint16_t)port->plan->rx_descriptors;
	uint16_t tx_desc = (uint16_t)port->plan->tx_descriptors;
	int rc = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &rx_desc, &tx_desc);
	int socket = rte_eth_dev_socket_id(port->id);
	unsigned node = socket < 0 ? (unsigned)SOCKET_ID_ANY : (unsigned)socket;

	for (uint16_t q = 0; rc == 0 && q < port->plan->n_rxq; q++)
		rc = rte_eth_rx_queue_setup(port->id, q, rx_desc, node, NULL, pool);
	if (rc != 0)
		return port_fail(port, error, error_size, "cannot set up an RX queue", rc);
	for (uint16_t q = 0; rc == 0 && q < port->plan->n_txq; q++)
		rc = rte_eth_tx_queue_setup(port->id, q, tx_desc, node, NULL);
	if (rc != 0)
		return port_fail(port, error, error_size, "cannot set up a TX queue", rc);
	return 0;
}

// tests/qemu.sh saw that; whether it is the driver or QEMU is not known.
static void warn_of_chains(const struct port *port, const struct rte_eth_dev_info *info)
{
	if (port->plan->rx_segs > 1 && strcmp(info->driver_name, "net_vmxnet3") == 0)
		log_warning("port %s: net_vmxnet3 may lose frames longer than one mbuf when they "
			    "come in chains, and does not count them: give more hugepages, so that "
			    "each frame gets one large mbuf (--plan tells how many)",
			port->conf->name);
}

int port_configure(struct port *port, struct rte_mempool *pool, char *error, size_t error_size)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = {0};
	int rc;

	eal_log_forget();
	rc = rte_eth_dev_info_get(port->id, &info);
	if (rc != 0)
		return port_fail(port, error, error_size, "cannot read what the device offers", rc);
	warn_of_chains(port, &info);
	conf.rxmode.mtu = port->plan->mtu;
	if (port->plan->n_rxq > 1 && info.flow_type_rss_offloads != 0) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf =
			info.flow_type_rss_offloads &
			(RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
	}
	if (port->plan->rx_segs > 1 && (info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) != 0)
		conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
	port->chains = (info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0;
	if (port->chains)
		conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	rc = rte_eth_dev_configure(
		port->id, (uint16_t)port->plan->n_rxq, (uint16_t)port->plan->n_txq, &conf);
	if (rc != 0)
		return port_fail(
			port, error, error_size, "the device does not take this set-up", rc);
	port->openings++; // a driver that fails may keep what it took nonetheless
	if (set_queues(port, pool, error, error_size) != 0 ||
		set_mac(port, error, error_size) != 0 || set_mtu(port, error, error_size) != 0)
		return -1;
	if (port->conf->promiscuous) {
		rc = rte_eth_promiscuous_enable(port->id);
		if (rc != 0 && rc != -ENOTSUP)
			return port_fail(port, error, error_size, "cannot become promiscuous", rc);
	}
	return 0;
}

int port_start(struct port *port, char *error, size_t error_size)
{
	int rc;

	eal_log_forget();
	rc = rte_eth_dev_start(port->id);
	if (rc == 0) {
		port->state = PORT_STARTED;
		if (strcmp(port->driver->prefix, "net_tap") == 0 && port->tap_fd < 0)
			port->tap_fd = tap_fd_find(port->iface);
		// One that was in another namespace is back: its driver knows it by its name.
		if (port->tap_fd >= 0 && port->ifindex == 0)
			port->ifindex = if_nametoindex(port->iface);
		port->start_tsc = rte_rdtsc();
		return 0;
	}
	// While no server listens; the management thread tries again.
	if (port_is_client(port)) {
		port->state = PORT_STOPPED;
		return 0;
	}
	return port_fail(port, error, error_size, "the device does not start", rc);
}

bool port_follow_mtu(struct port *port, unsigned mtu)
{
	if (!port->driver->kernel_shares || mtu == 0 || mtu == port->mtu)
		return false;
	port->mtu = mtu;
	// One tag may come on top; the kernel drops what is longer without a word.
	port->max_frame =
		RTE_MIN(port->plan->max_frame, mtu + (uint32_t)(RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN));
	return true;
}

bool port_driver_link(const struct port *port)
{
	struct rte_eth_link link = {0};

	// The driver asks rtnetlink, which knows the interfaces of this namespace.
	if (port->tap_fd >= 0)
		return tap_fd_state(port->tap_fd) == TAP_UP;

	return rte_eth_link_get_nowait(port->id, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

bool port_lost_peer(const struct port *port)
{
	if (port->driver->asks_peer)
		return !atomic_load(&port->link_up);
	return port_is_client(port) && !atomic_load(&port->link_up) &&
	       rte_rdtsc() - port->start_tsc > rte_get_tsc_hz() * HANDSHAKE_MS / 1000;
}

void port_read_stats(struct port *port)
{
	struct rte_eth_stats s;

	if (atomic_load(&port->removed) || rte_eth_stats_get(port->id, &s) != 0)
		return;
#define X(field, help)                                                                             \
	atomic_store(&port->stats.field, atomic_load(&port->stats_before.field) + s.field);
	PORT_STATS_FIELDS(X)
#undef X
}

void port_in_turn(const struct port *port, int (*run)(uint16_t id))
{
	if (strcmp(port->driver->prefix, "net_memif") == 0)
		memif_in_turn(run, port->id);
	else
		run(port->id);
}

void port_stop(struct port *port)
{
	port_read_stats(port);
	port_in_turn(port, rte_eth_dev_stop);
	port->state = PORT_STOPPED;
}
