/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Default routes, from /proc/net/route and /proc/net/ipv6_route of our network namespace. Called by
 * preflight.c; changes nothing. Tables other than main are not seen.
 */

#include "preflight_route.h"

#include <dirent.h>
#include <limits.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH = 4 }; // VLAN on a bridge on a bond on a NIC

static const char NOWHERE[] = "00000000000000000000000000000000";

static bool leads_out(unsigned flags)
{
	return (flags & RTF_UP) != 0 && (flags & RTF_REJECT) == 0;
}

static bool is_ipv4_default(const char *line, const char *iface)
{
	char name[IF_NAMESIZE];
	unsigned to, flags, mask;

	return sscanf(line, "%15s %x %*x %x %*d %*d %*d %x", name, &to, &flags, &mask) == 4 &&
	       strcmp(name, iface) == 0 && to == 0 && mask == 0 && leads_out(flags);
}

static bool is_ipv6_default(const char *line, const char *iface)
{
	char name[IF_NAMESIZE], to[33];
	unsigned prefix, flags;

	return sscanf(line, "%32s %x %*s %*x %*s %*x %*x %*x %x %15s", to, &prefix, &flags, name) ==
	               4 &&
	       strcmp(name, iface) == 0 && strcmp(to, NOWHERE) == 0 && prefix == 0 &&
	       leads_out(flags);
}

static bool any_line(const char *proc, const char *file, const char *iface,
	bool (*is_default)(const char *line, const char *iface))
{
	char path[PATH_MAX], line[512];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/net/%s", proc, file);
	f = fopen(path, "re");
	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
		found = is_default(line, iface);
	if (f != NULL)
		fclose(f);
	return found;
}

static bool has_route(const char *proc, const char *sys, const char *iface, char *via,
	size_t via_size, unsigned depth)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	if (any_line(proc, "route", iface, is_ipv4_default) ||
		any_line(proc, "ipv6_route", iface, is_ipv6_default)) {
		snprintf(via, via_size, "%s", iface);
		return true;
	}
	snprintf(path, sizeof(path), "%s/class/net/%s", sys, iface);
	dir = depth > 0 ? opendir(path) : NULL;
	while (dir != NULL && !found && (entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, "upper_", 6) == 0)
			found = has_route(proc, sys, entry->d_name + 6, via, via_size, depth - 1);
	if (dir != NULL)
		closedir(dir);
	return found;
}

bool preflight_has_default_route(
	const char *proc, const char *sys, const char *iface, char *via, size_t via_size)
{
	return has_route(proc, sys, iface, via, via_size, DEPTH);
}
