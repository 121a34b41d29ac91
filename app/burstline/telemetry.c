/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DPDK telemetry: renders the tables of show.h as /burstline/NAME. Registers the commands with EAL,
 * whose telemetry threads then call in here until the instance goes. The parameter of every command
 * is the number of entries to pass over; an empty array ends the list.
 *
 * Limits of telemetry: 256 entries, 16 KiB, texts of 127 characters, keys of letters, digits, _ and
 * /, and an array of objects only as the whole answer. So every answer is an array of objects, in
 * pages.
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#include "compat.h"
#include "show.h"
#include "telemetry.h"

#define PREFIX "/burstline/"

static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static struct instance *served; // NULL: nothing to tell (any more)

static unsigned first_of(const char *params)
{
	return params == NULL ? 0 : (unsigned)strtoul(params, NULL, 10);
}

static void add_text(struct rte_tel_data *d, const char *key, const char *value)
{
	char text[RTE_TEL_MAX_STRING_LEN];

	snprintf(text, sizeof(text), "%s", value);
	rte_tel_data_add_dict_string(d, key, text);
}

static void add_number(struct rte_tel_data *d, const char *key, json_int_t number)
{
	if (number < 0)
		rte_tel_data_add_dict_int(d, key, (int)number);
	else
		compat_tel_u64(d, key, (uint64_t)number);
}

static void add_numbers(struct rte_tel_data *d, const char *key, json_t *numbers)
{
	struct rte_tel_data *inner = rte_tel_data_alloc();
	const char *name;
	json_t *number;

	rte_tel_data_start_dict(inner);
	json_object_foreach(numbers, name, number)
		add_number(inner, name, json_integer_value(number));
	rte_tel_data_add_dict_container(d, key, inner, 0);
}

// DPDK 22.11 prints an array of objects but lets only arrays be added to an array: the entry is
// added as one and becomes an object afterwards.
static void add_row(struct rte_tel_data *list, json_t *row)
{
	struct rte_tel_data *d = rte_tel_data_alloc();
	const char *key;
	json_t *value;

	rte_tel_data_start_array(d, RTE_TEL_U64_VAL);
	rte_tel_data_add_array_container(list, d, 0);
	rte_tel_data_start_dict(d);
	json_object_foreach(row, key, value)
	{
		if (json_is_string(value))
			add_text(d, key, json_string_value(value));
		else if (json_is_object(value))
			add_numbers(d, key, value);
		else
			add_number(d, key,
				json_is_integer(value) ? json_integer_value(value)
						       : json_is_true(value));
	}
}

int telemetry_page(const char *name, unsigned first, unsigned max, json_t **rows)
{
	int rc = -ENODEV;

	pthread_mutex_lock(&open_lock);
	if (served != NULL)
		rc = show_page(served, name, first, max, rows);
	pthread_mutex_unlock(&open_lock);
	return rc;
}

static int answer(const char *cmd, const char *params, struct rte_tel_data *d)
{
	json_t *rows = NULL, *row;
	size_t i;
	int rc;

	rte_tel_data_start_array(d, RTE_TEL_CONTAINER);
	rc = telemetry_page(cmd + strlen(PREFIX), first_of(params), 0, &rows);
	json_array_foreach(rows, i, row) add_row(d, row);
	json_decref(rows);
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

static int add_command(const char *name, const char *help)
{
	char cmd[64], text[128];

	snprintf(cmd, sizeof(cmd), PREFIX "%s", name);
	snprintf(text, sizeof(text), "%s. Parameter: entries to pass over", help);
	return rte_telemetry_register_cmd(cmd, answer, text);
}

static int add_own(const char *name)
{
	return add_command(name, "The handler's own table");
}

int telemetry_open(struct instance *instance)
{
	pthread_mutex_lock(&open_lock);
	served = instance;
	pthread_mutex_unlock(&open_lock);
	compat_register_usage(usage);
	for (const struct show_table *t = show_tables; t->name != NULL; t++) {
		int rc = add_command(t->name, t->help);

		if (rc != 0)
			return rc;
	}
	return show_own_names(instance, add_own);
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
