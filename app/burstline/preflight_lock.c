/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See preflight_lock.h. net_af_packet locks its rings (MAP_LOCKED), two of framecnt frames for each
 * pair of queues; the kernel locks the pool of net_af_xdp. Called by preflight.c.
 */

#include "preflight_lock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cap-ng.h>

#include "driver.h"

enum { UMEM_MIN = 64 << 20 }; // octets: more than a pool of one queue takes

static const char LOCKED[] =
	"the device's memory must not be swapped, and the driver says no more than that it failed";

uint64_t preflight_locked(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	uint64_t kib = 0, read;
	char line[128];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "VmLck: %" SCNu64, &read) == 1)
			kib = read;
	if (f != NULL)
		fclose(f);
	return kib << 10;
}

static uint64_t number(const char *device, const char *key, uint64_t otherwise)
{
	char value[32];

	return driver_argument(device, key, value, sizeof(value)) ? strtoull(value, NULL, 10)
	                                                          : otherwise;
}

/** As the driver reckons (22.11.11): whole blocks of frames. */
static uint64_t rings_of(const struct driver *driver, const struct conf_port *port, unsigned mtu)
{
	char derived[CONF_DEVICE_MAX], error[256];
	unsigned room, longest;
	uint64_t frame, block, frames;

	if (driver_derive(driver, port->device, mtu, derived, sizeof(derived), &room, &longest,
		    error, sizeof(error)) != 0)
		return 0;
	frame = number(derived, "framesz", 2048);
	block = number(derived, "blocksz", 4096);
	frames = number(derived, "framecnt", 512);
	if (frame == 0 || block < frame)
		return 0;
	return 2 * number(derived, "qpairs", 1) * (frames / (block / frame)) * block;
}

int preflight_lock(const struct conf_port *port, unsigned mtu, uint64_t *locked, struct findings *f)
{
	char error[256];
	const struct driver *driver = driver_find(port->device, error, sizeof(error));
	struct rlimit limit = {0};

	if (driver == NULL || (!driver->kernel_shares && !driver->umem))
		return 0;
	*locked += driver->umem ? UMEM_MIN
	                        : rings_of(driver, port, mtu != 0 ? mtu : driver->default_mtu);
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_IPC_LOCK) ||
		getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur >= *locked)
		return 0;
	finding_mend(
		finding_add(f, FINDING_ERROR, "memlock", LOCKED,
			"port %s: %s locks memory, %" PRIu64 " KiB with what was locked "
			"before, and only %" PRIu64 " KiB may be locked",
			port->name, driver->prefix, *locked >> 10, (uint64_t)limit.rlim_cur >> 10),
		"ulimit -l unlimited # or grant CAP_IPC_LOCK (docker --ulimit memlock=-1, systemd "
		"LimitMEMLOCK=infinity)");
	return -1;
}
