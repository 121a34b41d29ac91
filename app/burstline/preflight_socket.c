/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is wrong with the path of a vhost-user or memif socket, before EAL starts: folder, rights,
 * somebody else who serves it, nobody who does. Called by preflight.c.
 */

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "preflight_socket.h"

static const char MEETS[] =
	"port and peer meet by this file, and the driver says no more than that "
	"it failed";

static int check_folder(
	const struct conf_port *port, const struct driver_socket *s, struct findings *f)
{
	char folder[sizeof(s->path)];
	struct finding *finding;
	char *slash;
	bool absent;

	snprintf(folder, sizeof(folder), "%s", s->path);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		snprintf(folder, sizeof(folder), ".");
	else
		slash[slash == folder] = '\0';
	if (access(folder, W_OK | X_OK) == 0)
		return 0;
	absent = errno == ENOENT;
	finding = finding_add(f, FINDING_ERROR, "socket", MEETS,
		"port %s: no socket can be made in %s: %s", port->name, folder, strerror(errno));
	if (absent)
		finding_mend(finding, "mkdir -p %s # or correct the path", folder);
	else
		finding_mend(finding, "chown %u %s # or choose another path", (unsigned)geteuid(),
			folder);
	return -1;
}

/** A server that was killed leaves its socket; one that lives answers. */
static bool answers(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool served;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	// EAGAIN: its backlog is full.
	served = fd >= 0 && (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ||
				    errno == EAGAIN);
	if (fd >= 0)
		close(fd);
	return served;
}

/** Whether one of our descriptors is this socket: ports of ours may share one. */
static bool is_ours(unsigned long inode)
{
	char name[320], link[64], socket[64];
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;
	bool ours = false;

	snprintf(socket, sizeof(socket), "socket:[%lu]", inode);
	while (dir != NULL && !ours && (e = readdir(dir)) != NULL) {
		ssize_t n;

		snprintf(name, sizeof(name), "/proc/self/fd/%s", e->d_name);
		n = readlink(name, link, sizeof(link) - 1);
		ours = n > 0 && (size_t)n == strlen(socket) &&
		       strncmp(link, socket, (size_t)n) == 0;
	}
	if (dir != NULL)
		closedir(dir);
	return ours;
}

/** Whether another process of this network namespace listens. Not by connecting: a peer that goes
 * at once ends the process that serves it (DPDK 22.11, net_memif). */
static bool listens(const char *path)
{
	enum { LISTENS = 0x10000 };
	FILE *f = fopen("/proc/net/unix", "re");
	char line[256], where[128];
	unsigned long flags, inode;
	bool found = false;

	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
		found = sscanf(line, "%*s %*s %*s %lx %*s %*s %lu %127s", &flags, &inode, where) ==
		                3 &&
		        (flags & LISTENS) != 0 && strcmp(where, path) == 0 && !is_ours(inode);
	if (f != NULL)
		fclose(f);
	return found;
}

static int check_unserved(
	const struct conf_port *port, const struct driver_socket *s, struct findings *f)
{
	struct stat st;

	if (lstat(s->path, &st) != 0)
		return 0;
	if (!S_ISSOCK(st.st_mode)) {
		finding_mend(finding_add(f, FINDING_ERROR, "socket", MEETS,
				     "port %s: %s is there and is no socket", port->name, s->path),
			"mv %s %s.old # or correct the path", s->path, s->path);
		return -1;
	}
	if (!(s->seqpacket ? listens(s->path) : answers(s->path)))
		return 0;
	finding_mend(finding_add(f, FINDING_ERROR, "socket", MEETS,
			     "port %s: another process serves %s", port->name, s->path),
		"stop it or choose another path");
	return -1;
}

static int check_peer(
	const struct conf_port *port, const struct driver_socket *s, struct findings *f)
{
	struct stat st;

	if (stat(s->path, &st) != 0) {
		if (strncmp(s->path, "/dev/", 5) != 0)
			return 0; // the port waits for its server
		finding_mend(finding_add(f, FINDING_ERROR, "socket", MEETS, "port %s: %s: %s",
				     port->name, s->path, strerror(errno)),
			"modprobe vhost_net");
		return -1;
	}
	if (S_ISSOCK(st.st_mode))
		return 0;
	if (!S_ISCHR(st.st_mode)) {
		finding_mend(finding_add(f, FINDING_ERROR, "socket", MEETS,
				     "port %s: %s is neither a socket nor a device", port->name,
				     s->path),
			"correct path=");
		return -1;
	}
	if (access(s->path, R_OK | W_OK) == 0)
		return 0;
	finding_mend(finding_add(f, FINDING_ERROR, "socket", MEETS, "port %s: cannot open %s: %s",
			     port->name, s->path, strerror(errno)),
		"give this process access to it, in a container pass --device %s", s->path);
	return -1;
}

int preflight_socket(const struct conf_port *port, const struct driver *driver, struct findings *f)
{
	struct driver_socket s;

	if (!driver_socket(driver, port->device, &s))
		return 0;
	if (s.serves)
		return check_folder(port, &s, f) != 0 ? -1 : check_unserved(port, &s, f);
	// A net_vhost client waits for its server by itself.
	return driver->asks_peer ? check_peer(port, &s, f) : 0;
}
