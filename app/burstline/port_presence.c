/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See port_presence.h. Called by main.c and port_device.c, and by port_life.c and live_ports.c
 * while lanes run. Looks from outside, at kernel, sockets and sysfs: DPDK is not asked.
 */

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOG_MODULE "port"
#include "base/log.h"
#include "port_presence.h"
#include "preflight_pci.h"
#include "tap_fd.h"
#include "vhost_peer.h"

enum {
	FIRST_ANSWER_MS = 500, // that the start waits for a vhost-user server,
	ANSWER_MS = 20         // and the ports later, once a second
};

// Interfaces that net_af_xdp had and closed: it opens none of them again. An index is not given out
// twice, so the oldest can be forgotten.
static unsigned opened[64], n_opened;

void port_note_opened(const struct port *port)
{
	if (port->driver->opens_once && port->ifindex != 0)
		opened[n_opened++ % RTE_DIM(opened)] = port->ifindex;
}

bool port_can_open(const struct port *port, char *error, size_t error_size)
{
	char iface[IF_NAMESIZE];
	unsigned ifindex;

	if (!port->driver->opens_once ||
		!driver_argument(port->conf->device, "iface", iface, sizeof(iface)))
		return true;
	ifindex = if_nametoindex(iface);
	for (unsigned i = 0; ifindex != 0 && i < RTE_DIM(opened); i++) {
		if (opened[i] != ifindex)
			continue;
		snprintf(error, error_size,
			"port %s: %s cannot be opened again on the same interface %s: delete it and "
			"create it anew",
			port->conf->name, port->driver->prefix, iface);
		return false;
	}
	return true;
}

// The kernel's own driver may have it first. While it has none, somebody is about to bind it.
static bool pci_present(const struct port *port, char *error, size_t error_size)
{
	char path[128], address[64];

	preflight_pci_address(port->conf->device, address, sizeof(address));
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", address);
	return access(path, F_OK) == 0 &&
	       preflight_pci_bound("/sys", port->conf->name, address, error, error_size) == 0;
}

bool port_present(struct port *port, char *error, size_t error_size)
{
	struct driver_socket s;
	char iface[IF_NAMESIZE];

	error[0] = '\0';
	if (port->plan->is_pci)
		return pci_present(port, error, error_size);
	if (port->driver->asks_peer && driver_socket(port->driver, port->conf->device, &s))
		return vhost_peer_answers(
			&port->peer_fd, s.path, port->has_id ? ANSWER_MS : FIRST_ANSWER_MS);
	// A tap is the driver's to make, for nobody else can.
	if (!port->driver->kernel_iface || strcmp(port->driver->prefix, "net_tap") == 0 ||
		!driver_argument(port->conf->device, "iface", iface, sizeof(iface)))
		return true;
	return port_can_open(port, error, error_size) && if_nametoindex(iface) != 0;
}

bool port_device_gone(struct port *port, char *why, size_t size)
{
	char name[IF_NAMESIZE];

	if (atomic_load(&port->removed)) {
		snprintf(why, size, "its device %s was removed", port->device_name);
		return true;
	}
	if (port->tap_fd >= 0 && tap_fd_state(port->tap_fd) == TAP_GONE) {
		snprintf(why, size, "interface %s was deleted", port->iface);
		return true;
	}
	if (port->ifindex == 0 || if_indextoname(port->ifindex, name) != NULL || errno != ENXIO)
		return false;
	if (port->tap_fd < 0) {
		snprintf(why, size, "interface %s was deleted or moved to another namespace",
			port->iface);
		return true;
	}
	// rtnetlink tells no more of it from here, but the device works.
	log_info("port %s: interface %s moved to another namespace", port->conf->name, port->iface);
	port->ifindex = 0;
	return false;
}
