/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A PCI NIC before EAL is started: EAL passes over a device that it cannot have, and says so in a
 * log that nobody reads. Called by preflight.c; reads sysfs and opens the VFIO group, changes
 * nothing.
 */

#include "preflight_pci.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME = 64, CLASS_NETWORK = 0x02, CLASS_BRIDGE = 0x06 };

/** One device, as it is looked at. */
struct look {
	const char *sys, *dev, *port, *address;
	struct findings *findings;
};

/** DPDK uses these beside their kernel driver, which keeps the device. */
static const char *const bifurcated[] = {"mlx4_core", "mlx5_core"};
static const char *const uio[] = {"uio_pci_generic", "igb_uio"};

static const char LOST[] = "DPDK passes over a device that it cannot have, and starts without it";
static const char UNSAFE[] = "a device writes wherever it is told to, and only an IOMMU keeps it "
			     "inside this process's memory";

static struct finding *fail(const struct look *l, const char *id, const char *why, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));

static struct finding *fail(
	const struct look *l, const char *id, const char *why, const char *fmt, ...)
{
	struct finding *f = finding_add(l->findings, FINDING_ERROR, id, why,
		"port %s: PCI device %s ", l->port, l->address);
	size_t used = strlen(f->what);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->what + used, sizeof(f->what) - used, fmt, ap);
	va_end(ap);
	return f;
}

void preflight_pci_address(const char *device, char *address, size_t size)
{
	size_t n = strcspn(device, ",");
	bool domain = memchr(device, ':', n) != memrchr(device, ':', n);

	snprintf(address, size, "%s%.*s", domain ? "" : "0000:", (int)n, device);
	for (char *p = address; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
}

/** Last part of what a link of the device points to; "" when there is none. */
static void link_name(
	const char *sys, const char *address, const char *link, char *name, size_t size)
{
	char path[PATH_MAX], to[PATH_MAX];
	ssize_t n;

	name[0] = '\0';
	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/%s", sys, address, link);
	n = readlink(path, to, sizeof(to) - 1);
	if (n <= 0)
		return;
	to[n] = '\0';
	snprintf(name, size, "%.*s", (int)size - 1,
		strrchr(to, '/') != NULL ? strrchr(to, '/') + 1 : to);
}

/** First word of a file; "" when it cannot be read. */
static void first_word(const char *path, char *word, size_t size)
{
	FILE *f = fopen(path, "re");

	word[0] = '\0';
	if (f == NULL)
		return;
	if (fgets(word, (int)size, f) != NULL)
		word[strcspn(word, " \n")] = '\0';
	fclose(f);
}

/** Base class of a device, 0x02 for NICs; -1: unknown. */
static int base_class(const struct look *l, const char *address)
{
	char path[PATH_MAX], word[NAME];

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/class", l->sys, address);
	first_word(path, word, sizeof(word));
	return word[0] == '\0' ? -1 : (int)(strtoul(word, NULL, 16) >> 16);
}

static bool is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static int not_bound(const struct look *l, const char *driver)
{
	char unbind[128] = "";

	if (driver[0] != '\0')
		snprintf(unbind, sizeof(unbind), "echo %s > /sys/bus/pci/drivers/%s/unbind; ",
			l->address, driver);
	finding_mend(fail(l, "pci-driver", LOST, "is bound to %s, but DPDK needs vfio-pci",
			     driver[0] != '\0' ? driver : "no driver"),
		"dpdk-devbind.py -b vfio-pci %s, or: modprobe vfio-pci; echo vfio-pci > "
		"/sys/bus/pci/devices/%s/driver_override; %secho %s > /sys/bus/pci/drivers_probe",
		l->address, l->address, unbind, l->address);
	return -1;
}

/** Whether a driver of another device in the group keeps VFIO from having ours. */
static bool blocks_group(const struct look *l, const char *address, char *driver, size_t size)
{
	static const char *const harmless[] = {"", "vfio-pci", "pci-stub", "pcieport"};

	link_name(l->sys, address, "driver", driver, size);
	return strcmp(address, l->address) != 0 && base_class(l, address) != CLASS_BRIDGE &&
	       !is_one_of(driver, harmless, sizeof(harmless) / sizeof(harmless[0]));
}

static int check_group_mates(const struct look *l, const char *group)
{
	char path[PATH_MAX], driver[NAME];
	struct dirent *entry;
	DIR *dir;
	int rc = 0;

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/iommu_group/devices", l->sys,
		l->address);
	dir = opendir(path);
	while (dir != NULL && rc == 0 && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' ||
			!blocks_group(l, entry->d_name, driver, sizeof(driver)))
			continue;
		finding_mend(fail(l, "iommu-group", UNSAFE,
				     "shares IOMMU group %s with %s, which is bound to %s: all of "
				     "a group go to VFIO or none",
				     group, entry->d_name, driver),
			"dpdk-devbind.py -b vfio-pci %s", entry->d_name);
		rc = -1;
	}
	if (dir != NULL)
		closedir(dir);
	return rc;
}

static int check_open(const struct look *l, const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/vfio/%s", l->dev, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno == EBUSY)
		finding_mend(fail(l, "vfio", LOST, "is in use"),
			"another process has /dev/vfio/%s open", name);
	else if (errno == ENOENT)
		finding_mend(fail(l, "vfio", LOST, "cannot be had without /dev/vfio/%s", name),
			"modprobe vfio-pci, in a container pass --device /dev/vfio/vfio and "
			"--device /dev/vfio/GROUP");
	else
		finding_mend(fail(l, "vfio", LOST, "cannot be had: /dev/vfio/%s: %s", name,
				     strerror(errno)),
			"run as root, or chown the file to this user");
	return -1;
}

static int check_vfio(const struct look *l)
{
	char group[NAME], node[NAME + 16], path[PATH_MAX];

	link_name(l->sys, l->address, "iommu_group", group, sizeof(group));
	if (group[0] == '\0') {
		finding_mend(
			fail(l, "iommu", UNSAFE, "has no IOMMU group, so VFIO cannot give it away"),
			"switch the IOMMU on in the firmware (VT-d, AMD-Vi) and boot with "
			"intel_iommu=on iommu=pt");
		return -1;
	}
	if (check_group_mates(l, group) != 0)
		return -1;
	// A kernel that is built with VFIO's unsafe mode, without an IOMMU.
	snprintf(node, sizeof(node), "noiommu-%s", group);
	snprintf(path, sizeof(path), "%s/vfio/%s", l->dev, node);
	if (access(path, F_OK) != 0)
		snprintf(node, sizeof(node), "%s", group);
	return check_open(l, "vfio") != 0 ? -1 : check_open(l, node);
}

/** Whether a driver has the device that lets DPDK have it. */
static int check_driver(const struct look *l, bool *vfio)
{
	char driver[NAME];

	link_name(l->sys, l->address, "driver", driver, sizeof(driver));
	*vfio = strcmp(driver, "vfio-pci") == 0;
	if (*vfio || is_one_of(driver, bifurcated, sizeof(bifurcated) / sizeof(bifurcated[0])) ||
		is_one_of(driver, uio, sizeof(uio) / sizeof(uio[0])))
		return 0;
	return not_bound(l, driver);
}

int preflight_pci_bound(
	const char *sys, const char *port, const char *address, char *error, size_t error_size)
{
	struct findings f = {0};
	const struct look l = {sys, NULL, port, address, &f};
	bool vfio;
	int rc = check_driver(&l, &vfio);

	if (rc != 0 && f.n > 0)
		finding_sentence(&f.list[0], error, error_size);
	findings_free(&f);
	return rc;
}

int preflight_pci(
	const char *sys, const char *dev, const char *port, const char *address, struct findings *f)
{
	const struct look l = {sys, dev, port, address, f};
	char path[PATH_MAX], driver[NAME], group[NAME];
	bool vfio;
	int class;

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s", sys, address);
	if (access(path, F_OK) != 0) {
		finding_mend(fail(&l, "pci-device", LOST, "does not exist"),
			"correct `device` (lspci -D lists those that do)");
		return -1;
	}
	class = base_class(&l, address);
	if (class != -1 && class != CLASS_NETWORK) {
		finding_mend(fail(&l, "pci-device", LOST, "is no network device"),
			"correct `device` (lspci -D -d ::0200 lists those)");
		return -1;
	}
	if (check_driver(&l, &vfio) != 0 || (vfio && check_vfio(&l) != 0))
		return -1;
	link_name(sys, address, "driver", driver, sizeof(driver));
	link_name(sys, address, "iommu_group", group, sizeof(group));
	finding_add(f, FINDING_INFO, "pci-driver", LOST,
		"port %s: PCI device %s is bound to %s, IOMMU group %s", port, address, driver,
		group[0] != '\0' ? group : "none");
	return 0;
}

/** Add what a folder `net` has to the names. */
static unsigned add_ifaces(const char *path, char (*ifaces)[16], unsigned n)
{
	struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir != NULL && n < PREFLIGHT_IFACES && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			snprintf(ifaces[n++], sizeof(ifaces[0]), "%.15s", entry->d_name);
	if (dir != NULL)
		closedir(dir);
	return n;
}

unsigned preflight_pci_ifaces(const char *sys, const char *address, char (*ifaces)[16])
{
	char path[PATH_MAX], below[PATH_MAX + 300];
	struct dirent *entry;
	unsigned n;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s", sys, address);
	snprintf(below, sizeof(below), "%s/net", path);
	n = add_ifaces(below, ifaces, 0);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, "virtio", 6) != 0)
			continue;
		snprintf(below, sizeof(below), "%s/%s/net", path, entry->d_name);
		n = add_ifaces(below, ifaces, n);
	}
	if (dir != NULL)
		closedir(dir);
	return n;
}
