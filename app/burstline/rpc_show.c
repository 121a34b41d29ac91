/* SPDX-License-Identifier: BSD-3-Clause */
/* Methods of the control socket that read, the table of all methods, and clearing of counters. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "conf/conf.h"
#include "events.h"
#include "rpc.h"
#include "show.h"

enum { ROWS_DEFAULT = 128, ROWS_MAX = 512 };

static json_t *ping(struct rpc_call *call)
{
	const struct instance *instance = call->m->instance;

	if (!rpc_unpack(call, "{}"))
		return NULL;
	return json_pack("{s:s, s:s, s:i, s:I}", "name", instance->conf->name, "version",
		BURSTLINE_VERSION, "pid", (int)getpid(), "uptime_s",
		(json_int_t)((rte_rdtsc() - instance->start_tsc) / instance->tsc_hz));
}

static json_t *list_methods(struct rpc_call *call)
{
	json_t *list;

	if (!rpc_unpack(call, "{}"))
		return NULL;
	list = json_array();
	for (const struct rpc_method *m = rpc_methods; m->name != NULL; m++)
		json_array_append_new(
			list, json_pack("{s:s, s:b}", "name", m->name, "changes", m->changes));
	return json_pack("{s:o}", "methods", list);
}

static json_t *show(struct rpc_call *call)
{
	json_int_t first = 0, count = ROWS_DEFAULT;
	struct timespec now;
	const char *table;
	json_t *rows;
	int rc;

	if (!rpc_unpack(call, "{s:s, s?I, s?I}", "table", &table, "first", &first, "count", &count))
		return NULL;
	if (first < 0 || first > INT32_MAX || count < 1 || count > ROWS_MAX)
		return rpc_fail(call, RPC_BAD_PARAMETERS,
			"show: first is 0 or more, count is 1 to %d", ROWS_MAX);
	rc = show_page(call->m->instance, table, (unsigned)first, (unsigned)count, &rows);
	if (rc == -ENOENT)
		return rpc_fail(call, RPC_REFUSED,
			"there is no table %.32s here: `blctl show --help` tells of them, the method "
			"`tables` lists them",
			table);
	if (rc != 0)
		return rpc_fail(call, RPC_FAILED, "show: %s", strerror(-rc));
	// Who reckons rates must not take the way of the answer for time that passed here.
	clock_gettime(CLOCK_MONOTONIC, &now);
	return json_pack("{s:s, s:I, s:o, s:b, s:I}", "table", table, "first", first, "rows", rows,
		"more", json_array_size(rows) == (size_t)count, "at_ns",
		(json_int_t)now.tv_sec * 1000000000 + now.tv_nsec);
}

static json_t *list_tables(struct rpc_call *call)
{
	const struct plan *plan = call->m->instance->plan;
	json_t *list;

	if (!rpc_unpack(call, "{}"))
		return NULL;
	list = json_array();
	for (const struct show_table *t = show_tables; t->name != NULL; t++)
		json_array_append_new(list, json_string(t->name));
	for (unsigned i = 0; i < plan->n_instances; i++) {
		const struct handler *h = plan->instances[i].handler;

		if (h->row != NULL && plan->instances[i].instance == 0)
			json_array_append_new(list, json_string(h->name));
	}
	return json_pack("{s:o}", "tables", list);
}

static json_t *config(struct rpc_call *call)
{
	json_t *result;
	char *text;

	if (!rpc_unpack(call, "{}"))
		return NULL;
	text = conf_text(call->m->instance->conf);
	if (text == NULL)
		return NULL; // out of memory
	result = json_pack("{s:s}", "text", text);
	free(text);
	return result;
}

static json_t *events(struct rpc_call *call)
{
	json_int_t after = 0;
	uint64_t last;
	json_t *list;

	if (!rpc_unpack(call, "{s?I}", "after", &after))
		return NULL;
	if (after < 0)
		return rpc_fail(call, RPC_BAD_PARAMETERS, "events: after is a number of an event");
	list = events_after((uint64_t)after, &last);
	return json_pack("{s:o, s:I}", "events", list, "last", (json_int_t)last);
}

static json_t *clear(struct rpc_call *call)
{
	int rc;

	if (!rpc_unpack(call, "{}"))
		return NULL;
	rc = show_clear(call->m->instance);
	if (rc != 0)
		return rpc_fail(call, RPC_FAILED, "clear: %s", strerror(-rc));
	return json_object();
}

const struct rpc_method rpc_methods[] = {
	{"ping", ping, false},
	{"methods", list_methods, false},
	{"tables", list_tables, false},
	{"show", show, false},
	{"config", config, false},
	{"events", events, false},
	{"clear", clear, true},
	{"neighbour.add", rpc_neighbour_add, true},
	{"neighbour.del", rpc_neighbour_del, true},
	{"fdb.add", rpc_fdb_add, true},
	{"fdb.del", rpc_fdb_del, true},
	{"fdb.flush", rpc_fdb_flush, true},
	{"port.up", rpc_port_up, true},
	{"port.down", rpc_port_down, true},
	{"config.diff", rpc_config_diff, true},
	{"config.apply", rpc_config_apply, true},
	{"config.confirm", rpc_config_confirm, true},
	{"config.rollback", rpc_config_rollback, true},
	{"capture", rpc_capture, true},
	{"explain", rpc_explain, false},
	{NULL, NULL, false},
};
