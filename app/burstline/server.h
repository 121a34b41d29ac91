/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SERVER_H
#define SERVER_H

/**
 * @file
 * The control socket: lines in, lines out, on a Unix stream socket of mode 0660. Knows nothing of
 * what the lines mean.
 *
 * Nothing here waits. Bounds: SERVER_CLIENTS at once (the longest idle one gives way to a new one),
 * SERVER_LINE octets a line, one answer of SERVER_ANSWER octets under way for each client (nothing
 * is read from who does not read), SERVER_PARTIAL_MS for the rest of a line, SERVER_SLOW_MS without
 * progress of an answer.
 *
 * Context: management thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	SERVER_CLIENTS = 64,
	SERVER_LINE = 64 * 1024,
	SERVER_ANSWER = 1024 * 1024,
	SERVER_PARTIAL_MS = 5000,
	SERVER_SLOW_MS = 2000,
	SERVER_FDS = 2,       // descriptors that come with a line, at most
	SERVER_IDLE_MS = 100, // who was silent for so long may have to give way
	SERVER_TURN_MS = 10   // of one server_serve()
};

/** Whose members may change things, besides root and the user who runs the instance. */
#define SERVER_GROUP "burstline"

/** Who asks, as the kernel says (SO_PEERCRED). */
struct server_peer {
	pid_t pid;
	uid_t uid;
	bool may_change;
	// That came with the line (SCM_RIGHTS), -1 behind them; who takes one sets it to -1, the
	// others are closed after the answer.
	int fds[SERVER_FDS];
};

struct server_config {
	const char *name; // of the instance: NAME.sock
	/** Answer a line of n octets without its line feed; it may hold anything.
	 *  @return what is sent, '\n' at its end, from malloc(); NULL: nothing is. */
	char *(*answer)(void *arg, struct server_peer *peer, const char *line, size_t n);
	/** What is sent before a line is refused that is too long, to a client too many, and to one
	 *  for whom this process may open no file; '\n' at its end. */
	const char *too_long, *too_many, *no_files;
	void *arg;
};

struct server;

/** Make the socket: in $RUNTIME_DIRECTORY, or /run/burstline for root, else the user's runtime
 *  folder. What a dead instance left there is replaced: the caller holds the name.
 *  @return NULL with a sentence. */
struct server *server_open(const struct server_config *config, char *error, size_t error_size);

/** Becomes readable when there is something to do. */
int server_fd(const struct server *s);

/** Do it, for SERVER_TURN_MS at most (and one answer). Also to be called without cause a few times
 *  a second: it looks after who is slow. @return true: there is more, call again. */
bool server_serve(struct server *s);

/** Drop all clients, remove the socket; NULL is fine. */
void server_close(struct server *s);

#endif
