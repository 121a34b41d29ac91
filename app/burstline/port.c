/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bring ports up and down through ethdev. Called by the start and by the management thread; never
 * by a lane. Asks only for the offloads that are used: none for tags, none for checksums.
 */

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_bus_vdev.h>
#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "eal_log.h"
#include "port.h"
#include "topology.h"

enum { HANDSHAKE_MS = 1000 }; // of a memif: it takes a few

static int fail(const struct port *port, char *error, size_t size, const char *what, int err)
{
	char said[256];

	if (eal_log_last(said, sizeof(said)))
		snprintf(error, size, "port %s: %s: %s (%s)", port->conf->name, what,
			rte_strerror(-err), said);
	else
		snprintf(
			error, size, "port %s: %s: %s", port->conf->name, what, rte_strerror(-err));
	return -1;
}

static void device_name(const char *device, char *name, size_t size)
{
	snprintf(name, size, "%.*s", (int)strcspn(device, ","), device);
}

// Our end of a tap must not have the MAC address of the kernel's end, which is the driver's.
static void choose_mac(struct port *port)
{
	struct rte_ether_addr mac;

	if (port->conf->has_mac) {
		memcpy(port->mac, port->conf->mac, sizeof(port->mac));
		return;
	}
	rte_eth_macaddr_get(port->id, &mac);
	memcpy(port->mac, mac.addr_bytes, sizeof(port->mac));
	if (strcmp(port->driver->prefix, "net_tap") == 0)
		port->mac[5] ^= 1;
}

// The client of a memif connects when it is started, and only then.
static bool is_client(const struct port *port)
{
	char role[16];

	return strcmp(port->driver->prefix, "net_memif") == 0 &&
	       (!driver_argument(port->conf->device, "role", role, sizeof(role)) ||
		       (strcmp(role, "server") != 0 && strcmp(role, "master") != 0));
}

// A memif server that was killed leaves its socket, and the driver does not take one that exists.
// Nobody listens there any more, or it is not ours to remove.
static void remove_dead_socket(const struct port *port)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (strcmp(port->driver->prefix, "net_memif") != 0 || is_client(port) ||
		!driver_argument(
			port->conf->device, "socket", address.sun_path, sizeof(address.sun_path)))
		return;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 &&
		errno == ECONNREFUSED)
		unlink(address.sun_path);
	close(fd);
}

int port_probe(struct port *port, char *error, size_t error_size)
{
	char name[RTE_ETH_NAME_MAX_LEN];
	struct rte_eth_dev_info info;
	int rc = 0;

	device_name(port->plan->device, name, sizeof(name));
	eal_log_forget();
	remove_dead_socket(port);
	if (!port->plan->is_pci)
		rc = rte_dev_probe(port->plan->device);
	if (rc != 0)
		return fail(port, error, error_size, "its driver refused the device", rc);
	if (rte_eth_dev_get_port_by_name(name, &port->id) != 0) {
		snprintf(error, error_size,
			"port %s: no network device %s: bind it to a DPDK driver "
			"(dpdk-devbind.py -b vfio-pci %s) or correct `device`",
			port->conf->name, name, name);
		return -1;
	}
	if (port->id >= OUT_PORTS) {
		snprintf(error, error_size, "port %s: more than %d DPDK ports", port->conf->name,
			OUT_PORTS);
		return -1;
	}
	rc = rte_eth_dev_info_get(port->id, &info);
	if (rc != 0)
		return fail(port, error, error_size, "cannot read what the device offers", rc);
	port->state = PORT_STOPPED;
	port->ifindex = port->driver->kernel_iface ? info.if_index : 0;
	if (port->ifindex == 0 || if_indextoname(port->ifindex, port->iface) == NULL)
		port->iface[0] = '\0';
	choose_mac(port);
	return 0;
}

int port_offer(const struct port *port, struct topology *topology, char *error, size_t error_size)
{
	const struct topology_port *known = topology_find_port(topology, port->conf->name);
	struct topology_port offer = {0};
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_info_get(port->id, &info);
	int node = rte_eth_dev_socket_id(port->id);

	if (rc != 0)
		return fail(port, error, error_size, "cannot read what the device offers", rc);
	if (known != NULL)
		offer = *known;
	snprintf(offer.name, sizeof(offer.name), "%s", port->conf->name);
	offer.node_known = port->plan->is_pci && node >= 0;
	offer.node = node < 0 ? 0 : (unsigned)node;
	offer.max_rxq = info.max_rx_queues;
	offer.max_txq = info.max_tx_queues;
	return topology_set_port(topology, &offer);
}

static int set_mac(struct port *port, char *error, size_t error_size)
{
	struct rte_ether_addr mac;
	int rc;

	// A tap's driver would give both ends the address: ours is kept in software there.
	if (!port->conf->has_mac || strcmp(port->driver->prefix, "net_tap") == 0)
		return 0;
	memcpy(mac.addr_bytes, port->mac, sizeof(port->mac));
	rc = rte_eth_dev_default_mac_addr_set(port->id, &mac);
	if (rc == 0 || (rc == -ENOTSUP && port->conf->promiscuous))
		return 0;
	return fail(port, error, error_size, "the device does not take this `mac`", rc);
}

static int set_mtu(struct port *port, char *error, size_t error_size)
{
	uint16_t mtu = 0;
	int rc;

	if (port->plan->mtu != 0) {
		rc = rte_eth_dev_set_mtu(port->id, (uint16_t)port->plan->mtu);
		if (rc != 0)
			return fail(
				port, error, error_size, "the device does not take this `mtu`", rc);
	}
	rte_eth_dev_get_mtu(port->id, &mtu);
	port->mtu = mtu;
	port->max_frame = port->plan->max_frame;
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
		return fail(port, error, error_size, "cannot set up an RX queue", rc);
	for (uint16_t q = 0; rc == 0 && q < port->plan->n_txq; q++)
		rc = rte_eth_tx_queue_setup(port->id, q, tx_desc, node, NULL);
	if (rc != 0)
		return fail(port, error, error_size, "cannot set up a TX queue", rc);
	return 0;
}

int port_configure(struct port *port, struct rte_mempool *pool, char *error, size_t error_size)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = {0};
	int rc;

	eal_log_forget();
	rc = rte_eth_dev_info_get(port->id, &info);
	if (rc != 0)
		return fail(port, error, error_size, "cannot read what the device offers", rc);
	conf.rxmode.mtu = port->plan->mtu;
	if (port->plan->n_rxq > 1 && info.flow_type_rss_offloads != 0) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf =
			info.flow_type_rss_offloads &
			(RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
	}
	port->chains = (info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0;
	if (port->chains)
		conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	rc = rte_eth_dev_configure(
		port->id, (uint16_t)port->plan->n_rxq, (uint16_t)port->plan->n_txq, &conf);
	if (rc != 0)
		return fail(port, error, error_size, "the device does not take this set-up", rc);
	if (set_queues(port, pool, error, error_size) != 0 ||
		set_mac(port, error, error_size) != 0 || set_mtu(port, error, error_size) != 0)
		return -1;
	if (port->conf->promiscuous) {
		rc = rte_eth_promiscuous_enable(port->id);
		if (rc != 0 && rc != -ENOTSUP)
			return fail(port, error, error_size, "cannot become promiscuous", rc);
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
		port->start_tsc = rte_rdtsc();
		return 0;
	}
	// While no server listens; the management thread tries again.
	if (is_client(port)) {
		port->state = PORT_STOPPED;
		return 0;
	}
	return fail(port, error, error_size, "the device does not start", rc);
}

bool port_driver_link(const struct port *port)
{
	struct rte_eth_link link = {0};

	return rte_eth_link_get_nowait(port->id, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

bool port_lost_peer(const struct port *port)
{
	return is_client(port) && !atomic_load(&port->link_up) &&
	       rte_rdtsc() - port->start_tsc > rte_get_tsc_hz() * HANDSHAKE_MS / 1000;
}

void port_stop(struct port *port)
{
	rte_eth_dev_stop(port->id);
	port->state = PORT_STOPPED;
}

void port_close(struct port *port)
{
	if (port->state == PORT_CLOSED)
		return;
	if (port->state != PORT_STOPPED)
		rte_eth_dev_stop(port->id);
	rte_eth_dev_close(port->id);
	port->state = PORT_CLOSED;
}
