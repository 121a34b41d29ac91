/* SPDX-License-Identifier: BSD-3-Clause */
/* See server_socket.h. Called by server.c. */

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server.h"
#include "server_socket.h"

enum { GROUPS_MAX = 256 };

static int find_path(struct server_socket *s, const char *name, char *error, size_t error_size)
{
	const char *runtime = getenv("RUNTIME_DIRECTORY"), *user = getenv("XDG_RUNTIME_DIR");
	char folder[sizeof(s->path)];
	int n;

	if (runtime != NULL)
		n = snprintf(folder, sizeof(folder), "%s", runtime);
	else
		n = snprintf(folder, sizeof(folder), "%s/burstline",
			geteuid() == 0 ? "/run"
			: user != NULL ? user
				       : "/tmp");
	if (n < (int)sizeof(folder))
		n = snprintf(s->path, sizeof(s->path), "%s/%s.sock", folder, name);
	if (n >= (int)sizeof(s->path)) {
		snprintf(error, error_size,
			"no control socket: the path of its folder is longer "
			"than %zu characters: set RUNTIME_DIRECTORY to a shorter one",
			sizeof(s->path) - strlen(name) - 7);
		return -1;
	}
	mkdir(folder, 0755);
	return 0;
}

static int make_socket(struct server_socket *s, char *error, size_t error_size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct group *group = getgrnam(SERVER_GROUP);

	s->group = group == NULL ? (gid_t)-1 : group->gr_gid;
	memcpy(address.sun_path, s->path, sizeof(address.sun_path));
	unlink(s->path);
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	// Until it listens nobody can connect: its mode is right before.
	if (s->fd < 0 || bind(s->fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		snprintf(error, error_size,
			"no control socket: cannot make %s: %s: give this "
			"process a folder of its own in RUNTIME_DIRECTORY",
			s->path, strerror(errno));
		return -1;
	}
	if ((s->group != (gid_t)-1 && chown(s->path, (uid_t)-1, s->group) != 0) ||
		chmod(s->path, 0660) != 0 || listen(s->fd, SERVER_CLIENTS) != 0) {
		snprintf(error, error_size,
			"no control socket: cannot set up %s: %s: run as root "
			"or as a member of the group " SERVER_GROUP,
			s->path, strerror(errno));
		unlink(s->path);
		return -1;
	}
	return 0;
}

int server_socket_open(struct server_socket *s, const char *name, char *error, size_t error_size)
{
	s->fd = -1;
	if (find_path(s, name, error, error_size) == 0 && make_socket(s, error, error_size) == 0)
		return 0;
	if (s->fd >= 0)
		close(s->fd);
	return -1;
}

void server_socket_close(const struct server_socket *s)
{
	unlink(s->path);
	close(s->fd);
}

bool server_socket_may_change(const struct server_socket *s, int fd, const struct ucred *peer)
{
	gid_t groups[GROUPS_MAX];
	socklen_t size = sizeof(groups);

	if (peer->uid == 0 || peer->uid == geteuid())
		return true;
	if (s->group == (gid_t)-1)
		return false;
	if (peer->gid == s->group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0)
		return false;
	for (size_t i = 0; i < size / sizeof(groups[0]); i++) {
		if (groups[i] == s->group)
			return true;
	}
	return false;
}
