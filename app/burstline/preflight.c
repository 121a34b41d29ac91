/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What can be known of the ports before EAL starts: missing capabilities, devices and interfaces,
 * each with its remedy. Called by doctor.c and main; changes nothing.
 */

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cap-ng.h>
#include <rte_eal.h>

#include "driver.h"
#include "preflight.h"
#include "preflight_capability.h"
#include "preflight_lock.h"
#include "preflight_pci.h"
#include "preflight_route.h"
#include "preflight_socket.h"
#include "preflight_veth.h"

enum { VENDOR_VIRTIO = 0x1af4 };

static const char LOST[] = "without it the port has no device";
static const char CUT_OFF[] = "whoever reaches this machine by that route would be cut off";
static const char TWO_ANSWER[] =
	"hosts hear two answers, with two MAC addresses, and connections break";
static const char CHECKSUMS[] =
	"what the other end leaves to its device arrives here unfinished: TCP and UDP with wrong "
	"checksums, and segments longer than the MTU";

static void check_tun(const struct conf_port *port, struct findings *f)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC), reason = errno;

	if (fd >= 0) {
		close(fd);
		return;
	}
	finding_mend(finding_add(f, FINDING_ERROR, "tun", LOST,
			     "port %s: cannot open /dev/net/tun: %s", port->name, strerror(reason)),
		"%s # in a container: --device /dev/net/tun",
		reason == ENOENT ? "modprobe tun; mkdir -p /dev/net; mknod -m 666 /dev/net/tun c "
				   "10 200"
				 : "chmod 666 /dev/net/tun");
}

static int check_iface(const struct conf_port *port, struct findings *f)
{
	char iface[IF_NAMESIZE];

	if (!driver_argument(port->device, "iface", iface, sizeof(iface))) {
		finding_mend(finding_add(f, FINDING_ERROR, "interface", LOST,
				     "port %s: device \"%s\" names no interface", port->name,
				     port->device),
			"add iface=NAME");
		return -1;
	}
	if (if_nametoindex(iface) != 0 || port->optional)
		return 0;
	finding_mend(finding_add(f, FINDING_ERROR, "interface", LOST,
			     "port %s: interface %s does not exist here", port->name, iface),
		"ip link add %s type veth # or correct iface=", iface);
	return -1;
}

static void check_af_xdp(const struct conf_port *port, struct findings *f)
{
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		close(fd);
		return;
	}
	finding_mend(
		finding_add(f, FINDING_ERROR, "af-xdp", LOST,
			"port %s: no AF_XDP socket can be made: %s", port->name, strerror(errno)),
		"use net_af_packet, or a kernel with CONFIG_XDP_SOCKETS");
}

static int check_route(
	const struct conf_port *port, const char *iface, bool force, struct findings *f)
{
	char via[IF_NAMESIZE];

	if (!preflight_has_default_route("/proc", "/sys", iface, via, sizeof(via)))
		return 0;
	finding_mend(finding_add(f, force ? FINDING_INFO : FINDING_ERROR, "default-route", CUT_OFF,
			     "port %s: %s is interface %s, and the default route of this machine "
			     "goes through %s",
			     port->name, port->device, iface, via),
		"choose another, or start with --force");
	return force ? 0 : -1;
}

// A machine that nobody reaches any more is the worst surprise.
static int check_routes(
	const struct conf_port *port, const struct driver *driver, bool force, struct findings *f)
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
		if (check_route(port, ifaces[i], force, f) != 0)
			return -1;
	return 0;
}

bool preflight_has_address(const char *iface)
{
	struct ifaddrs *all, *a;

	if (getifaddrs(&all) != 0)
		return false;
	for (a = all; a != NULL; a = a->ifa_next) {
		const struct sockaddr_in6 *six = (const void *)a->ifa_addr;

		if (strcmp(a->ifa_name, iface) != 0 || six == NULL)
			continue;
		if (six->sin6_family == AF_INET ||
			(six->sin6_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr)))
			break;
	}
	freeifaddrs(all);
	return a != NULL;
}

static void check_checksums(const struct conf_port *port, const char *iface, struct findings *f)
{
	char peer[IF_NAMESIZE];

	switch (preflight_veth("/sys", iface, peer, sizeof(peer))) {
	case VETH_NOT:
	case VETH_PEER_TX_OFF:
		return;
	case VETH_PEER_TX_ON:
		finding_mend(finding_add(f, FINDING_WARNING, "tx-checksum", CHECKSUMS,
				     "port %s: %s, the other end of %s, leaves checksums to its "
				     "device, and there is none",
				     port->name, peer, iface),
			"ethtool -K %s tx off", peer);
		return;
	case VETH_PEER_ELSEWHERE:
		finding_mend(finding_add(f, FINDING_INFO, "tx-checksum", CHECKSUMS,
				     "port %s: the other end of %s is in another namespace: "
				     "whether it leaves checksums to its device is not seen",
				     port->name, iface),
			"there: ethtool -K IF tx off");
		return;
	}
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

// What a smaller MTU of the kernel's lets in is the plan's to say.
static void check_mtu(const struct conf_port *port, const char *iface, struct findings *f)
{
	unsigned mtu = kernel_mtu(iface);

	if (port->mtu == 0 || mtu <= port->mtu)
		return;
	finding_mend(finding_add(f, FINDING_WARNING, "mtu",
			     "longer frames that come in are cut, counted and dropped (rx_cut)",
			     "port %s: interface %s has MTU %u, above the port's %u", port->name,
			     iface, mtu, port->mtu),
		"ip link set dev %s mtu %u # or the port's `mtu` the same", iface, port->mtu);
}

// What does not keep the port from starting.
static void check_disturbance(
	const struct conf_port *port, const struct driver *driver, struct findings *f)
{
	char iface[IF_NAMESIZE];

	if (!driver->kernel_iface ||
		!driver_argument(port->device, "iface", iface, sizeof(iface)) ||
		if_nametoindex(iface) == 0)
		return;
	if (driver->kernel_shares && preflight_has_address(iface))
		finding_mend(finding_add(f, FINDING_WARNING, "kernel-address", TWO_ANSWER,
				     "port %s: interface %s has addresses of the kernel's, which "
				     "answers there too",
				     port->name, iface),
			"ip address flush dev %s", iface);
	if (driver->kernel_shares || driver->umem)
		check_checksums(port, iface, f);
	if (driver->kernel_shares)
		check_mtu(port, iface, f);
}

static void check_pci(const struct conf_port *port, struct findings *f)
{
	char address[64];

	if (port->optional) // it may come later
		return;
	preflight_pci_address(port->device, address, sizeof(address));
	preflight_pci("/sys", "/dev", port->name, address, f);
}

/** What all ports take together. */
struct all {
	uint64_t capabilities, locked; // bits; octets
};

// The kernel's interface that is to be taken.
static void check_taken(const struct conf_port *port, const struct driver *driver, bool privileged,
	struct all *all, struct findings *f)
{
	char iface[IF_NAMESIZE] = "";

	if (check_iface(port, f) != 0 || !privileged)
		return;
	driver_interface(driver, port->device, iface, sizeof(iface));
	if (preflight_lock(port, port->mtu != 0 ? port->mtu : kernel_mtu(iface), &all->locked, f) ==
			0 &&
		driver->umem)
		check_af_xdp(port, f);
}

static void check_port(
	const struct conf_port *port, bool force, struct all *all, struct findings *f)
{
	char error[256];
	const struct driver *driver = driver_find(port->device, error, sizeof(error));
	bool privileged;

	if (driver == NULL) {
		finding_add(f, FINDING_ERROR, "device", LOST, "%s", error);
		return;
	}
	if (check_routes(port, driver, force, f) != 0)
		return;
	privileged = preflight_privilege(port, all->capabilities, f) == 0;
	if (driver->is_pci) {
		check_pci(port, f);
	} else if (strcmp(driver->prefix, "net_tap") == 0) {
		check_tun(port, f);
	} else if (driver->kernel_iface) {
		check_taken(port, driver, privileged, all, f);
	} else {
		preflight_socket(port, driver, f);
	}
	check_disturbance(port, driver, f);
}

// A number that sysfs tells of a PCI device; `fallback` where there is no device of this address.
static int pci_number(const char *device, const char *what, int fallback)
{
	int length = (int)strcspn(device, ","), number;
	bool domain = strchr(device, ':') != strrchr(device, ':');
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s%.*s/%s",
		domain ? "" : "0000:", length, device, what);
	file = fopen(path, "re");
	if (file == NULL)
		return fallback;
	if (fscanf(file, "%i", &number) != 1)
		number = fallback;
	fclose(file);
	return number;
}

static void note_pci(struct topology_port *note, const char *device)
{
	int node = pci_number(device, "numa_node", -1);

	note->node_known = node >= 0;
	note->node = node < 0 ? 0 : (unsigned)node;
	note->pairs_queues = pci_number(device, "vendor", 0) == VENDOR_VIRTIO;
	note->scatter = true; // as nearly all do; what it really offers is known when it is probed
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
		if (driver->is_pci)
			note_pci(&note, port->device);
		if (topology_set_port(topology, &note) != 0) {
			snprintf(error, error_size, "out of memory");
			return -1;
		}
	}
	return 0;
}

void preflight_check(const struct conf *conf, bool force, struct findings *f)
{
	struct all all = {.locked = preflight_locked()};

	capng_get_caps_process();
	for (unsigned p = 0; p < conf->n_ports; p++)
		all.capabilities |= preflight_capabilities(&conf->ports[p]);
	for (unsigned p = 0; p < conf->n_ports; p++)
		check_port(&conf->ports[p], force, &all, f);
}

int preflight_check_port(const struct conf_port *port, bool force, char *error, size_t error_size)
{
	struct all all = {.locked = preflight_locked()};
	struct findings found = {0};
	int rc = 0;

	capng_get_caps_process();
	check_port(port, force, &all, &found);
	for (unsigned i = 0; i < found.n && rc == 0; i++) {
		if (found.list[i].severity != FINDING_ERROR)
			continue;
		finding_sentence(&found.list[i], error, error_size);
		rc = -1;
	}
	findings_free(&found);
	return rc;
}

int preflight_check_privilege(const struct conf_port *port, char *error, size_t error_size)
{
	char iface[IF_NAMESIZE] = "", names[128];
	const struct driver *driver = driver_find(port->device, error, error_size);
	uint64_t missing = 0, needed = preflight_capabilities(port), locked = preflight_locked();
	struct findings found = {0};

	if (driver == NULL)
		return -1;
	if (driver->is_pci && !rte_eal_has_pci()) {
		snprintf(error, error_size,
			"port %s: this program was started without PCI devices and has given up "
			"what they need: restart it with this file",
			port->name);
		return -1;
	}
	capng_get_caps_process();
	for (unsigned c = 0; c <= CAP_LAST_CAP; c++)
		if ((needed >> c & 1) != 0 && !capng_have_capability(CAPNG_EFFECTIVE, c))
			missing |= UINT64_C(1) << c;
	driver_interface(driver, port->device, iface, sizeof(iface));
	if (preflight_lock(port, port->mtu != 0 ? port->mtu : kernel_mtu(iface), &locked, &found) !=
		0)
		missing |= UINT64_C(1) << CAP_IPC_LOCK;
	findings_free(&found);
	if (missing == 0)
		return 0;
	snprintf(error, error_size,
		"port %s: %s needs %s, which this program gave up once it ran, or never had: "
		"restart it with this file",
		port->name, port->device,
		preflight_capability_names(missing, names, sizeof(names)));
	return -1;
}
