/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What can be known before EAL starts: missing capabilities, devices and interfaces, each as one
 * sentence with its remedy. Called once by main; changes nothing.
 */

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cap-ng.h>

#include "driver.h"
#include "preflight.h"
#include "preflight_pci.h"
#include "preflight_route.h"
#include "preflight_socket.h"

enum { LOCKED_MIN = 64 << 20 }; // octets: more than a pool of one queue takes

enum { VENDOR_VIRTIO = 0x1af4 };

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

// Since Linux 5.8 CAP_BPF loads programs; CAP_SYS_ADMIN does too.
static int check_bpf(const struct conf_port *port, char *error, size_t size)
{
	return capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN)
	               ? 0
	               : need_capability(port, CAP_BPF, error, size);
}

// The kernel locks the whole pool.
static int check_memlock(const struct conf_port *port, char *error, size_t size)
{
	struct rlimit limit = {0};

	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_IPC_LOCK) ||
		getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur >= LOCKED_MIN)
		return 0;
	snprintf(error, size,
		"port %s: net_af_xdp locks its pool, and only %llu KiB may be locked: grant "
		"CAP_IPC_LOCK (docker --cap-add) or raise the limit (ulimit -l unlimited)",
		port->name, (unsigned long long)limit.rlim_cur / 1024);
	return -1;
}

static int check_af_xdp(const struct conf_port *port, char *error, size_t size)
{
	int fd;

	if (need_capability(port, CAP_NET_RAW, error, size) != 0 ||
		need_capability(port, CAP_NET_ADMIN, error, size) != 0 ||
		check_bpf(port, error, size) != 0 || check_memlock(port, error, size) != 0)
		return -1;
	fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	snprintf(error, size,
		"port %s: no AF_XDP socket can be made: %s: use net_af_packet, or a kernel with "
		"CONFIG_XDP_SOCKETS",
		port->name, strerror(errno));
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

static int check_port(const struct conf_port *port, bool force, char *error, size_t size)
{
	char address[64];
	const struct driver *driver = driver_find(port->device, error, size);

	if (driver == NULL || (!force && check_routes(port, driver, error, size) != 0))
		return -1;
	if (driver->is_pci && port->optional) // it may come later
		return 0;
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
		return need_capability(port, CAP_NET_RAW, error, size);
	}
	if (driver->umem)
		return check_iface(port, error, size) != 0 ? -1 : check_af_xdp(port, error, size);
	return preflight_socket(port, driver, error, size);
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

int preflight_check(const struct conf *conf, bool force, char *error, size_t error_size)
{
	capng_get_caps_process();
	for (unsigned p = 0; p < conf->n_ports; p++) {
		if (check_port(&conf->ports[p], force, error, error_size) != 0)
			return -1;
	}
	return 0;
}
