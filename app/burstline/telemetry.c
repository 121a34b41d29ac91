/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DPDK telemetry: the same counters as the ledger file and the exit report. Registers the commands
 * with EAL, whose telemetry threads then call in here until the instance goes; what is answered is
 * telemetry_answers.c's, and telemetry_rows.c's where a handler shows a table. The parameter of
 * every command is the number of entries to pass over; an empty array ends the list.
 */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#include "compat.h"
#include "telemetry.h"
#include "telemetry_answers.h"
#include "telemetry_rows.h"

static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static struct instance *served; // NULL: nothing to tell (any more)

static unsigned first_of(const char *params)
{
	return params == NULL ? 0 : (unsigned)strtoul(params, NULL, 10);
}

static int answer(const char *cmd, const char *params, struct rte_tel_data *d)
{
	int rc = -ENODEV;

	rte_tel_data_start_array(d, RTE_TEL_CONTAINER);
	pthread_mutex_lock(&open_lock);
	for (const struct telemetry_answer *a = telemetry_answers;
		served != NULL && a->name != NULL; a++) {
		if (strcmp(cmd, a->name) == 0)
			rc = a->add(served, first_of(params), d);
	}
	if (rc == -ENODEV && served != NULL)
		rc = telemetry_rows(served, cmd, first_of(params), d);
	pthread_mutex_unlock(&open_lock);
	return rc;
}

// EAL's own view of its lcores, where the version asks for it.
static int usage(unsigned lcore, struct rte_lcore_usage *usage)
{
	int rc = -1;

	pthread_mutex_lock(&open_lock);
	if (served != NULL && lcore < served->plan->n_lcores) {
		const struct lane *lane = served->lanes[lcore];

		usage->busy_cycles = lane->busy_cycles;
		usage->total_cycles = lane->busy_cycles + lane->idle_cycles;
		rc = 0;
	}
	pthread_mutex_unlock(&open_lock);
	return rc;
}

static int add_rows_command(const char *cmd)
{
	return rte_telemetry_register_cmd(
		cmd, answer, "The handler's own table. Parameter: as for ports");
}

int telemetry_open(struct instance *instance)
{
	pthread_mutex_lock(&open_lock);
	served = instance;
	pthread_mutex_unlock(&open_lock);
	compat_register_usage(usage);
	for (const struct telemetry_answer *a = telemetry_answers; a->name != NULL; a++) {
		int rc = rte_telemetry_register_cmd(a->name, answer, a->help);

		if (rc != 0)
			return rc;
	}
	return telemetry_rows_commands(instance, add_rows_command);
}

void telemetry_close(void)
{
	pthread_mutex_lock(&open_lock);
	served = NULL;
	pthread_mutex_unlock(&open_lock);
}

void telemetry_pause(void)
{
	pthread_mutex_lock(&open_lock);
}

void telemetry_resume(void)
{
	pthread_mutex_unlock(&open_lock);
}
