/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is wrong with the path of a vhost-user socket, before EAL starts: folder, rights, somebody
 * else who serves it, nobody who does. Called by preflight.c.
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

static int check_folder(
	const struct conf_port *port, const struct driver_socket *s, char *error, size_t size)
{
	char folder[sizeof(s->path)];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", s->path);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		snprintf(folder, sizeof(folder), ".");
	else
		slash[slash == folder] = '\0';
	if (access(folder, W_OK | X_OK) == 0)
		return 0;
	snprintf(error, size, "port %s: no socket can be made in %s: %s: %s", port->name, folder,
		strerror(errno),
		errno == ENOENT ? "create the folder (mkdir -p) or correct the path"
				: "give this process access to it");
	return -1;
}

/** A server that was killed leaves its socket; one that lives answers. */
static int check_unserved(
	const struct conf_port *port, const struct driver_socket *s, char *error, size_t size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	bool served;
	int fd;

	if (lstat(s->path, &st) != 0)
		return 0;
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(error, size,
			"port %s: %s is there and is no socket: move it away or correct the path",
			port->name, s->path);
		return -1;
	}
	memcpy(address.sun_path, s->path, sizeof(address.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	// EAGAIN: its backlog is full.
	served = fd >= 0 && (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ||
				    errno == EAGAIN);
	if (fd >= 0)
		close(fd);
	if (!served)
		return 0;
	snprintf(error, size, "port %s: another process serves %s: stop it or choose another path",
		port->name, s->path);
	return -1;
}

static int check_peer(
	const struct conf_port *port, const struct driver_socket *s, char *error, size_t size)
{
	struct stat st;

	if (stat(s->path, &st) != 0) {
		if (strncmp(s->path, "/dev/", 5) != 0)
			return 0; // the port waits for its server
		snprintf(error, size, "port %s: %s: %s: load the module (modprobe vhost_net)",
			port->name, s->path, strerror(errno));
		return -1;
	}
	if (S_ISSOCK(st.st_mode))
		return 0;
	if (!S_ISCHR(st.st_mode)) {
		snprintf(error, size,
			"port %s: %s is neither a socket nor a device: correct path=", port->name,
			s->path);
		return -1;
	}
	if (access(s->path, R_OK | W_OK) == 0)
		return 0;
	snprintf(error, size,
		"port %s: cannot open %s: %s: give this process access to it, in a container pass "
		"--device %s",
		port->name, s->path, strerror(errno), s->path);
	return -1;
}

int preflight_socket(
	const struct conf_port *port, const struct driver *driver, char *error, size_t error_size)
{
	struct driver_socket s;

	if (!driver_socket(driver, port->device, &s) || s.seqpacket)
		return 0;
	if (s.serves)
		return check_folder(port, &s, error, error_size) != 0
		               ? -1
		               : check_unserved(port, &s, error, error_size);
	// A net_vhost client waits for its server by itself.
	return driver->asks_peer ? check_peer(port, &s, error, error_size) : 0;
}
