/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CLIENT_H
#define CLIENT_H

/**
 * @file
 * The other end of the control socket: JSON-RPC calls to a running instance, one at a time.
 */

#include <jansson.h>

struct client {
	const char *socket; // -s, or NULL
	const char *name;   // -n, or NULL: "burstline"
	int fd;             // -1: not connected
	char path[108];
	char *in; // what came of an answer
	size_t n_in, room;
	json_int_t serial;
};

/**
 * Call a method; connects first.
 *
 * @param params taken over.
 * @param result of EXIT_OK: the caller's reference.
 * @return the exit code, what was wrong having been said.
 */
int client_call(struct client *client, const char *method, json_t *params, json_t **result);

/** The same; `fds`, n (0..4) of them, go with the call (SCM_RIGHTS) and stay the caller's. */
int client_call_with(struct client *client, const char *method, json_t *params, const int *fds,
	unsigned n, json_t **result);

/**
 * All rows of a table, page by page.
 *
 * @param rows of EXIT_OK: an array, the caller's reference; else NULL.
 * @return the exit code.
 */
int client_table(struct client *client, const char *table, json_t **rows);

/** The same; `at_ns`: when the first page was read, by CLOCK_MONOTONIC of this machine. */
int client_table_at(struct client *client, const char *table, json_t **rows, json_int_t *at_ns);

/** If the instance has ended the connection while nothing was asked, the next call makes another.
 */
void client_renew(struct client *client);

void client_close(struct client *client);

#endif
