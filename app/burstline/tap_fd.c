/* SPDX-License-Identifier: BSD-3-Clause */
/* See tap_fd.h. Called by port_device.c only; reads and writes no frame. */

#include <dirent.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap_fd.h"

// Does this descriptor belong to the tap? /proc tells (tun_chr_show_fdinfo of the kernel).
static bool is_queue_of(const char *fd, const char *iface)
{
	char path[64], line[64], name[32];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%.16s", fd);
	f = fopen(path, "re");
	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
		found = sscanf(line, "iff: %31s", name) == 1 && strcmp(name, iface) == 0;
	if (f != NULL)
		fclose(f);
	return found;
}

int tap_fd_find(const char *iface)
{
	DIR *dir = opendir("/proc/self/fdinfo");
	struct dirent *e;
	int fd = -1;

	while (dir != NULL && fd < 0 && (e = readdir(dir)) != NULL) {
		if (e->d_name[0] != '.' && is_queue_of(e->d_name, iface))
			fd = atoi(e->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	return fd;
}

// A tap takes frames while its interface is up; poll() fails on one that has none any more.
enum tap_state tap_fd_state(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	if (poll(&p, 1, 0) < 0)
		return TAP_UP; // out of memory or interrupted: the next look tells
	if ((p.revents & (POLLERR | POLLNVAL)) != 0)
		return TAP_GONE;
	return (p.revents & POLLOUT) != 0 ? TAP_UP : TAP_DOWN;
}
