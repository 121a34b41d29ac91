/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices as ports take them and give them back: see port_device.h. Called by main, and by
 * port_life.c while lanes run; publishes no view and sets up no queue.
 */

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_ethdev.h>

#define LOG_MODULE "port"
#include "base/log.h"
#include "eal_log.h"
#include "hotplug.h"
#include "port.h"
#include "port_device.h"
#include "port_presence.h"
#include "preflight.h"
#include "topology.h"
#include "vhost_peer.h"
#include "xdp_log.h"

enum { COMPLETION_ROUNDS = 5 };

struct port *port_create(
	const struct conf_port *conf, const struct plan_port *plan, char *error, size_t error_size)
{
	struct port *port = calloc(1, sizeof(*port));

	snprintf(error, error_size, "out of memory");
	if (port == NULL)
		return NULL;
	port->conf = conf;
	port->plan = plan;
	port->peer_fd = -1;
	port->tap_fd = -1;
	port->driver = driver_find(conf->device, error, error_size);
	if (port->driver != NULL)
		return port;
	free(port);
	return NULL;
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

// A server that was killed leaves its socket, and the drivers do not take one that exists. Nobody
// listens there any more, or it is not ours to remove.
static void remove_dead_socket(const struct port *port)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct driver_socket s;
	int fd;

	if (!driver_socket(port->driver, port->conf->device, &s) || !s.serves)
		return;
	fd = socket(AF_UNIX, (s.seqpacket ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	memcpy(address.sun_path, s.path, sizeof(address.sun_path));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 &&
		errno == ECONNREFUSED)
		unlink(address.sun_path);
	close(fd);
}

// libxdp's dispatcher leaves files in the bpf file system, which the driver does not know of.
static void prepare_xdp(void)
{
	setenv("LIBXDP_SKIP_DISPATCHER", "1", 1);
	xdp_log_take();
}

// net_af_xdp learns only when it sends that frames have left: let it free them.
static void take_completions(const struct port *port)
{
	for (unsigned round = 0; round < COMPLETION_ROUNDS; round++) {
		for (uint16_t q = 0; q < port->plan->n_txq; q++)
			rte_eth_tx_burst(port->id, q, NULL, 0);
		rte_delay_us_sleep(1000);
	}
}

// ethdev gives out its lowest free id. A port that returns must have its own again (ledgers,
// forwarding tables and member masks know it by that), so ids below it that are free are filled
// while it is probed.
static uint32_t fill_below(uint16_t id)
{
	uint32_t filled = 0;
	char name[32];

	for (uint16_t i = 0; i < id; i++) {
		snprintf(name, sizeof(name), "net_null_fill%u", i);
		if (!rte_eth_dev_is_valid_port(i) && rte_eal_hotplug_add("vdev", name, "") == 0)
			filled |= UINT32_C(1) << i;
	}
	return filled;
}

static void unfill(uint32_t filled)
{
	char name[32];

	for (unsigned i = 0; filled != 0; i++, filled >>= 1) {
		snprintf(name, sizeof(name), "net_null_fill%u", i);
		if ((filled & 1) != 0)
			rte_eal_hotplug_remove("vdev", name);
	}
}

bool port_id_taken(uint16_t id)
{
	return rte_eth_dev_is_valid_port(id);
}

void port_await(struct port *port, uint16_t id)
{
	port->id = id;
	port->has_id = true;
	if (port->conf->has_mac)
		memcpy(port->mac, port->conf->mac, sizeof(port->mac));
	else
		conf_bridge_mac(port->conf->name, port->conf->device, port->mac);
	port->state = PORT_GONE;
}

int port_reserve(struct port *port, char *error, size_t error_size)
{
	uint16_t id = 0;
	char name[32];

	while (rte_eth_dev_is_valid_port(id))
		id++;
	snprintf(name, sizeof(name), "net_null_fill%u", id);
	eal_log_forget();
	if (id >= OUT_PORTS || rte_eal_hotplug_add("vdev", name, "") != 0)
		return port_fail(port, error, error_size,
			"cannot keep a place for an optional port", -ENOSPC);
	port_await(port, id);
	log_info("port %s: waits for its %s", port->conf->name,
		port->driver->asks_peer ? "peer" : "device");
	return 0;
}

void port_place(struct port *port, uint16_t id)
{
	port->id = id;
	port->placed = true;
}

void port_reserve_end(const struct port *port)
{
	if (port->state == PORT_GONE)
		unfill(UINT32_C(1) << port->id);
}

// EAL probes PCI devices at its start; those that come later are for us to probe.
static int probe(const struct port *port)
{
	uint32_t filled;
	int rc;

	if (!port->has_id && !port->placed)
		return port->plan->is_pci ? 0 : rte_dev_probe(port->plan->device);
	filled = fill_below(port->id);
	rc = rte_dev_probe(port->plan->device);
	unfill(filled);
	return rc;
}

// The start looked before; an interface that is back may have them anew.
static void warn_of_addresses(const struct port *port)
{
	if (port->driver->kernel_shares && preflight_has_address(port->iface))
		log_warning("port %s: interface %s has addresses of the kernel's, which answers "
			    "there too: remove them (ip address flush dev %s)",
			port->conf->name, port->iface, port->iface);
}

static int take_id(struct port *port, const char *name, uint16_t id, char *error, size_t size)
{
	if ((port->has_id || port->placed) && port->id != id) {
		snprintf(error, size, "port %s: DPDK gave %s the number %u instead of %u",
			port->conf->name, name, id, port->id);
		rte_eth_dev_close(id);
		return -1;
	}
	if (id >= OUT_PORTS) {
		snprintf(error, size, "port %s: more than %d DPDK ports", port->conf->name,
			OUT_PORTS);
		return -1;
	}
	port->id = id;
	return 0;
}

static void note_device(struct port *port, const struct rte_eth_dev_info *info)
{
	port->state = PORT_STOPPED;
	port->ifindex = port->driver->kernel_iface ? info->if_index : 0;
	if (port->ifindex == 0 || if_indextoname(port->ifindex, port->iface) == NULL)
		port->iface[0] = '\0';
	port->tap_fd = -1;
	snprintf(port->device_name, sizeof(port->device_name), "%s", rte_dev_name(info->device));
	// Neighbours know the address that the port had.
	if (port->has_id)
		warn_of_addresses(port);
	else
		choose_mac(port);
	port->has_id = true;
	hotplug_watch(port);
}

int port_probe(struct port *port, char *error, size_t error_size)
{
	char name[RTE_ETH_NAME_MAX_LEN];
	struct rte_eth_dev_info info;
	uint16_t id;
	int rc;

	if (!port_can_open(port, error, error_size))
		return -1;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(port->plan->device, ","),
		port->plan->device);
	eal_log_forget();
	remove_dead_socket(port);
	if (port->driver->umem)
		prepare_xdp();
	rc = probe(port);
	if (rc != 0)
		return port_fail(port, error, error_size, "its driver refused the device", rc);
	if (rte_eth_dev_get_port_by_name(name, &id) != 0) {
		snprintf(error, error_size,
			"port %s: no network device %s: bind it to a DPDK driver "
			"(dpdk-devbind.py -b vfio-pci %s) or correct `device`",
			port->conf->name, name, name);
		return -1;
	}
	if (take_id(port, name, id, error, error_size) != 0)
		return -1;
	rc = rte_eth_dev_info_get(port->id, &info);
	if (rc != 0)
		return port_fail(port, error, error_size, "cannot read what the device offers", rc);
	note_device(port, &info);
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
		return port_fail(port, error, error_size, "cannot read what the device offers", rc);
	if (known != NULL)
		offer = *known;
	snprintf(offer.name, sizeof(offer.name), "%s", port->conf->name);
	offer.node_known = port->plan->is_pci && node >= 0;
	offer.node = node < 0 ? 0 : (unsigned)node;
	offer.max_rxq = info.max_rx_queues;
	offer.max_txq = info.max_tx_queues;
	offer.scatter = (info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) != 0;
	return topology_set_port(topology, &offer);
}

// The device of the port alone: another of its ports may still be in use.
static void remove_device(const struct rte_device *device)
{
	uint16_t id;

	RTE_ETH_FOREACH_DEV_OF(id, device)
	{
		return;
	}
	rte_dev_remove((struct rte_device *)(uintptr_t)device);
}

// A server of a memif takes a peer when it is stopped, too, and reaches back to the port when that
// peer goes, unless it is stopped once more before it is closed (DPDK 22.11).
static int forget_peer(uint16_t id)
{
	rte_eth_dev_start(id);
	return rte_eth_dev_stop(id);
}

// Its driver will begin anew: the numbers go on from here.
static void keep_stats(struct port *port)
{
#define X(field, help) atomic_store(&port->stats_before.field, atomic_load(&port->stats.field));
	PORT_STATS_FIELDS(X)
#undef X
}

void port_close(struct port *port)
{
	struct rte_eth_dev_info info;
	bool known;

	if (port->driver != NULL && port->driver->asks_peer)
		vhost_peer_forget(&port->peer_fd);
	if (port->state == PORT_CLOSED || port->state == PORT_GONE)
		return;
	hotplug_unwatch(port);
	port_note_opened(port);
	if (port->state != PORT_STOPPED && port->driver->umem)
		take_completions(port);
	if (port->state != PORT_STOPPED)
		port_stop(port);
	else if (strcmp(port->driver->prefix, "net_memif") == 0 && !port_is_client(port))
		port_in_turn(port, forget_peer);
	if (port->driver->asks_peer)
		vhost_peer_settle();
	port->tap_fd = -1;
	known = rte_eth_dev_info_get(port->id, &info) == 0;
	port_in_turn(port, rte_eth_dev_close);
	keep_stats(port);
	if (known)
		remove_device(info.device);
	port->state = PORT_CLOSED;
}
