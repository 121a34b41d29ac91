/* SPDX-License-Identifier: BSD-3-Clause */
/* See preflight_veth.h: by ethtool's requests and the indices of sysfs. Called by preflight.c. */

#include "preflight_veth.h"

#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

static int ask(const char *iface, void *request)
{
	struct ifreq ifr = {.ifr_data = request};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = -1;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", iface);
	if (fd >= 0) {
		rc = ioctl(fd, SIOCETHTOOL, &ifr);
		close(fd);
	}
	return rc;
}

static bool is_veth(const char *iface)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};

	return ask(iface, &info) == 0 && strcmp(info.driver, "veth") == 0;
}

/** Index of the other end, in its own namespace; 0: unknown. */
static unsigned other_index(const char *sys, const char *iface)
{
	char path[PATH_MAX];
	unsigned index = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/class/net/%s/iflink", sys, iface);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%u", &index) != 1)
		index = 0;
	fclose(f);
	return index;
}

enum veth_peer preflight_veth(const char *sys, const char *iface, char *peer, size_t peer_size)
{
	struct ethtool_value tx = {.cmd = ETHTOOL_GTXCSUM};
	unsigned own = if_nametoindex(iface), other;
	char name[IF_NAMESIZE];

	if (!is_veth(iface))
		return VETH_NOT;
	// An index of another namespace may be one of ours, too: even our own (a container's
	// eth0@if2 is often number 2), or one that does not point back.
	other = other_index(sys, iface);
	if (other == own || if_indextoname(other, name) == NULL || !is_veth(name) ||
		other_index(sys, name) != own || ask(name, &tx) != 0)
		return VETH_PEER_ELSEWHERE;
	snprintf(peer, peer_size, "%s", name);
	return tx.data != 0 ? VETH_PEER_TX_ON : VETH_PEER_TX_OFF;
}
