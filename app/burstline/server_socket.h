/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SERVER_SOCKET_H
#define SERVER_SOCKET_H

/**
 * @file
 * The file that clients of the control socket connect to: where it is, whom its mode lets in, and
 * who of them may change things. Private to server.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

struct server_socket {
	int fd;      // listens, does not block
	gid_t group; // SERVER_GROUP; -1: there is none here
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/** Make it, as server_open() says. @return 0, or -1 with a sentence and nothing made. */
int server_socket_open(struct server_socket *s, const char *name, char *error, size_t error_size);

/** Close and remove it. */
void server_socket_close(const struct server_socket *s);

/** May who is at the other end of `fd` change things? Who may connect says the socket's mode. */
bool server_socket_may_change(const struct server_socket *s, int fd, const struct ucred *peer);

#endif
