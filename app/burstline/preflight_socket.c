/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is wrong with the path of a vhost-user or memif socket, before EAL starts: folder, rights,
 * somebody else who serves it, nobody who does. Called by preflight.c.
 */

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

/** A server that was killed leaves its socket; one that lives answers. Ports of ours may share one
 * of net_memif. */
static bool is_served(const struct driver_socket *s)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct ucred peer = {0};
	socklen_t size = sizeof(peer);
	bool served;
	int fd = socket(AF_UNIX,
		(s->seqpacket ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, s->path, sizeof(address.sun_path));
	// EAGAIN: its backlog is full.
	served = fd >= 0 && (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ||
				    errno == EAGAIN);
	if (served && s->seqpacket && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
		peer.pid == getpid())
		served = false;
	if (fd >= 0)
		close(fd);
	return served;
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
	if (!is_served(s))
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
