/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See preflight_capability.h. Called by preflight.c, and by live.c before a running program, which
 * has given some up, takes a device. libcap-ng for names and what there is.
 */

#include "preflight_capability.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cap-ng.h>

#include "driver.h"

static const char PRIVILEGE[] =
	"the kernel gives the device only to who has this capability, and the driver "
	"says no more than that it failed";

static uint64_t bit(unsigned capability)
{
	return UINT64_C(1) << capability;
}

uint64_t preflight_capabilities(const struct conf_port *port)
{
	char error[256], iface[32];
	const struct driver *driver = driver_find(port->device, error, sizeof(error));

	if (driver == NULL || driver->is_pci)
		return 0;
	// Its program is found by its number, which BPF does not allow.
	if (driver->umem)
		return bit(CAP_NET_RAW) | bit(CAP_NET_ADMIN) | bit(CAP_SYS_ADMIN);
	if (strcmp(driver->prefix, "net_tap") == 0)
		return bit(CAP_NET_ADMIN);
	if (driver->kernel_shares) // DPDK sets its flags, whatever they are
		return bit(CAP_NET_RAW) | bit(CAP_NET_ADMIN);
	if (strcmp(driver->prefix, "net_pcap") == 0 &&
		driver_interface(driver, port->device, iface, sizeof(iface)))
		return bit(CAP_NET_RAW);
	return 0;
}

static void list(uint64_t set, const char *before, const char *between, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned c = 0; c <= CAP_LAST_CAP && used < size; c++)
		if ((set & bit(c)) != 0)
			used += (size_t)snprintf(text + used, size - used, "%s%s%s",
				used > 0 ? between : "", before, capng_capability_to_name(c));
}

const char *preflight_capability_names(uint64_t set, char *text, size_t size)
{
	list(set, "", ", ", text, size);
	return text;
}

/** A file's capabilities do where this process could have them; else who starts it grants them. */
static void say_remedy(struct finding *finding, unsigned capability, uint64_t wanted)
{
	char all[256], file[PATH_MAX / 16], name[32];
	ssize_t n = readlink("/proc/self/exe", file, sizeof(file) - 1);

	snprintf(name, sizeof(name), "%s", capng_capability_to_name(capability));
	for (char *p = name; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	if (n <= 0 || !capng_have_capability(CAPNG_BOUNDING_SET, capability)) {
		finding_mend(finding,
			"have it granted where this is started (docker --cap-add %s, systemd "
			"CapabilityBoundingSet= and AmbientCapabilities=CAP_%s)",
			name, name);
		return;
	}
	file[n] = '\0';
	list(wanted, "cap_", ",", all, sizeof(all));
	finding_mend(finding,
		"setcap %s=p %s # or run as root, or systemd AmbientCapabilities=CAP_%s", all, file,
		name);
}

int preflight_privilege(const struct conf_port *port, uint64_t wanted, struct findings *f)
{
	uint64_t needed = preflight_capabilities(port);
	int rc = 0;

	for (unsigned c = 0; c <= CAP_LAST_CAP; c++) {
		if ((needed & bit(c)) == 0 || capng_have_capability(CAPNG_EFFECTIVE, c))
			continue;
		say_remedy(finding_add(f, FINDING_ERROR, "capability", PRIVILEGE,
				   "port %s: %s needs capability %s", port->name, port->device,
				   capng_capability_to_name(c)),
			c, wanted | needed);
		rc = -1;
	}
	return rc;
}
