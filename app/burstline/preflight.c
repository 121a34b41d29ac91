/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What can be known before EAL starts: missing capabilities, devices and interfaces, each as one
 * sentence with its remedy. Called once by main; changes nothing.
 */

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cap-ng.h>

#include "base/log.h"
#include "driver.h"
#include "preflight.h"
#include "preflight_pci.h"
#include "preflight_route.h"

static int need_capability(
	const struct conf_port *port, unsigned capability, char *error, size_t size)
{
	if (capng_have_capability(CAPNG_EFFECTIVE, capability))
		return 0;
	snprintf(error, size,
		"port %s: %s needs capability %s: run as root, or grant it "
		"(setcap cap_%s+ep, docker --cap-add)",
		port->name, port->device, capng_capability_to_name(capability),
		capng_capability_to_name(capability));
	return -1;
}

static int check_tun(const struct conf_port *port, char *error, size_t size)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	snprintf(error, size, "port %s: cannot open /dev/net/tun: %s: %s", port->name,
		strerror(errno),
		errno == ENOENT ? "load the module (modprobe tun), in a container pass --device "
				  "/dev/net/tun"
				: "give this process access to it, in a container pass --device "
				  "/dev/net/tun");
	return -1;
}

static int check_iface(const struct conf_port *port, char *error, size_t size)
{
	char iface[IF_NAMESIZE];

	if (!driver_argument(port->device, "iface", iface, sizeof(iface))) {
		snprintf(error, size, "port %s: device \"%s\" names no interface: add iface=NAME",
			port->name, port->device);
		return -1;
	}
	if (if_nametoindex(iface) != 0 || port->optional)
		return 0;
	snprintf(error, size,
		"port %s: interface %s does not exist here: create it "
		"(ip link add %s type veth peer name ...) or correct iface=",
		port->name, iface, iface);
	return -1;
}

static int check_route(const struct conf_port *port, const char *iface, char *error, size_t size)
{
	char via[IF_NAMESIZE];

	if (!preflight_has_default_route("/proc", "/sys", iface, via, sizeof(via)))
		return 0;
	snprintf(error, size,
		"port %s: %s is interface %s, and the default route of this machine goes through "
		"%s: choose another, or start with --force",
		port->name, port->device, iface, via);
	return -1;
}

// A machine that nobody reaches any more is the worst surprise.
static int check_routes(
	const struct conf_port *port, const struct driver *driver, char *error, size_t size)
{
	static const char *const keys[] = {
		"iface", "rx_iface", "rx_iface_in", "tx_iface", "remote"};
	char ifaces[PREFLIGHT_IFACES][IF_NAMESIZE], address[64];
	unsigned n = 0;

	if (driver->is_pci) {
		preflight_pci_address(port->device, address, sizeof(address));
		n = preflight_pci_ifaces("/sys", address, ifaces);
	}
	for (unsigned k = 0; k < sizeof(keys) / sizeof(keys[0]) && !driver->is_pci; k++)
		n += driver_argument(port->device, keys[k], ifaces[n], sizeof(ifaces[n]));
	for (unsigned i = 0; i < n; i++)
		if (check_route(port, ifaces[i], error, size) != 0)
			return -1;
	return 0;
}

// The kernel hears the same frames and answers ARP and ping for its own addresses (L36).
static void warn_addresses(const struct conf_port *port)
{
	struct ifaddrs *all = NULL, *a;
	char iface[IF_NAMESIZE];

	if (!driver_argument(port->device, "iface", iface, sizeof(iface)) || getifaddrs(&all) != 0)
		return;
	for (a = all; a != NULL; a = a->ifa_next)
		if (strcmp(a->ifa_name, iface) == 0 && a->ifa_addr != NULL &&
			(a->ifa_addr->sa_family == AF_INET || a->ifa_addr->sa_family == AF_INET6))
			break;
	if (a != NULL)
		log_warning("port %s: interface %s has addresses of the kernel's, which answers "
			    "there beside us: ip addr flush dev %s",
			port->name, iface, iface);
	freeifaddrs(all);
}

static int check_port(const struct conf_port *port, bool force, char *error, size_t size)
{
	char address[64];
	const struct driver *driver = driver_find(port->device, error, size);

	if (driver == NULL || (!force && check_routes(port, driver, error, size) != 0))
		return -1;
	if (driver->is_pci) {
		preflight_pci_address(port->device, address, sizeof(address));
		return preflight_pci("/sys", "/dev", port->name, address, error, size);
	}
	if (strcmp(driver->prefix, "net_tap") == 0) {
		if (check_tun(port, error, size) != 0)
			return -1;
		return need_capability(port, CAP_NET_ADMIN, error, size);
	}
	if (strcmp(driver->prefix, "net_af_packet") == 0) {
		if (check_iface(port, error, size) != 0)
			return -1;
		warn_addresses(port);
		return need_capability(port, CAP_NET_RAW, error, size);
	}
	return 0;
}

// MTU of a kernel interface as it is now; 0: there is none of that name.
static unsigned kernel_mtu(const char *iface)
{
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc = -1;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", iface);
	if (fd >= 0) {
		rc = ioctl(fd, SIOCGIFMTU, &request);
		close(fd);
	}
	return rc == 0 ? (unsigned)request.ifr_mtu : 0;
}

int preflight_note_ports(
	struct topology *topology, const struct conf *conf, char *error, size_t error_size)
{
	for (unsigned p = 0; p < conf->n_ports; p++) {
		const struct conf_port *port = &conf->ports[p];
		const struct driver *driver = driver_find(port->device, error, error_size);
		struct topology_port note = {0};
		char iface[IF_NAMESIZE];

		if (driver == NULL || driver_kept_frames(driver, port->device, &note.kept_frames,
					      error, error_size) != 0)
			return -1;
		snprintf(note.name, sizeof(note.name), "%s", port->name);
		if (driver_interface(driver, port->device, iface, sizeof(iface)))
			note.mtu = kernel_mtu(iface);
		if (topology_set_port(topology, &note) != 0) {
			snprintf(error, error_size, "out of memory");
			return -1;
		}
	}
	return 0;
}

int preflight_check(const struct conf *conf, bool force, char *error, size_t error_size)
{
	capng_get_caps_process();
	for (unsigned p = 0; p < conf->n_ports; p++) {
		if (check_port(&conf->ports[p], force, error, error_size) != 0)
			return -1;
	}
	return 0;
}
