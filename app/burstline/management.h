/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MANAGEMENT_H
#define MANAGEMENT_H

/**
 * @file
 * The management thread: an ordinary thread in which everything runs that may block. It starts
 * ports, publishes views, watches links and signals, and ends the program in order.
 */

#include <pthread.h>
#include <stdbool.h>

#include "instance.h"
#include "port_life.h"
#include "server.h"

struct management {
	struct instance *instance;
	struct port_life life;
	struct metrics *metrics; // NULL: not configured
	struct server *server;   // of the control socket; NULL: there is none
	int signal_fd;           // SIGINT, SIGTERM, SIGHUP (blocked in all threads)
	const char *config;      // file that SIGHUP has read again; NULL: there is none
	const char *ledger;      // file that the end writes; NULL: none
	pthread_t thread;
	bool failed; // a port did not start; `error` says why
	char error[512];
	// A lane did not return: end the program without it. Does not return.
	void (*abandon)(void *arg);
	void *abandon_arg;
};

/** Start the thread. The main thread goes on into control_main(), which returns when the thread
 *  has set PHASE_STOP. @return 0 or -errno. */
int management_start(struct management *m);

/** Wait for the thread's end; `failed` and `error` are valid then. */
void management_join(struct management *m);

/** Let handlers release what they hold and wait until the rings are empty, but not longer than
 *  0.9 s after `since` (TSC). Nothing is received any more; the lanes still run. */
void management_drain(struct instance *instance, uint64_t since);

/** Write what lanes noticed to the log. What they name goes or changes with the configuration:
 * before it does, too. */
void management_log(const struct instance *instance);

/** Count and free what is left in the rings of lanes that have returned. */
void management_sweep(struct instance *instance);

#endif
