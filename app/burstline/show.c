/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tables by name, their pages, and what was cleared. Called by telemetry, the control socket
 * and the metrics. What rows hold is the other show_*.c's; nothing here changes the instance.
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "show.h"

enum {
	LONG = 8,    // rows of a page of telemetry, of those with all of a ledger's counters
	MIDDLE = 16, // with some twenty
	SHORT = 32,
	BRIEF = 64
};

static pthread_mutex_t cleared_lock = PTHREAD_MUTEX_INITIALIZER;
static json_t *cleared; // by table's name: its rows as they were, by their ids

// clang-format off
#define X(field, help) {#field, SHOW_COUNTER, help, NULL, NULL},
static const struct show_number port_numbers[] = {
	LEDGER_FIELDS(X)
	LEDGER_EGRESS_FIELDS(X)
	{"dropped", SHOW_COUNTER, "frames dropped, for any reason", NULL, NULL},
	{"mtu", SHOW_GAUGE, "longest payload in octets", NULL, NULL},
	{"kept", SHOW_GAUGE, "frames that handlers hold", NULL, NULL},
	{"in_flight", SHOW_GAUGE, "frames in rings", NULL, NULL},
	{"balance", SHOW_GAUGE, "frames that came in and left nowhere: 0", NULL, NULL},
	{"drops", SHOW_COUNTERS, "frames dropped, by reason", "reason", NULL},
	{"classes", SHOW_COUNTERS, "frames received, by class", "class", NULL},
	{"driver", SHOW_COUNTERS, "frames lost, by the driver's count", "counter", NULL},
	{NULL, SHOW_GAUGE, NULL, NULL, NULL},
};
static const struct show_number drop_numbers[] = {
	{"frames", SHOW_COUNTER, "frames dropped", NULL, NULL},
	{NULL, SHOW_GAUGE, NULL, NULL, NULL},
};
static const struct show_number worker_numbers[] = {
	{"busy_cycles", SHOW_COUNTER, "TSC cycles of rounds that moved frames", NULL, NULL},
	{"idle_cycles", SHOW_COUNTER, "TSC cycles of rounds that did not", NULL, NULL},
	{"rounds", SHOW_COUNTER, "rounds of its loop", NULL, NULL},
	{"busy_rounds", SHOW_COUNTER, "rounds that moved frames", NULL, NULL},
	{"rx", SHOW_COUNTER, "frames received from drivers", NULL, NULL},
	{"tx", SHOW_COUNTER, "frames accepted by drivers", NULL, NULL},
	{"dropped", SHOW_COUNTER, "frames dropped, for any reason", NULL, NULL},
	{"bridge_events", SHOW_COUNTER, "what its bridges noticed", NULL, NULL},
	{"bridge_events_lost", SHOW_COUNTER, "of these, lost before they were logged", NULL, NULL},
	{NULL, SHOW_GAUGE, NULL, NULL, NULL},
};
static const struct show_number handler_numbers[] = {
	HANDLER_FIELDS(X)
	{"busy_cycles", SHOW_COUNTER,
		"TSC cycles in its burst function, where not inline", NULL, NULL},
	{"budget", SHOW_GAUGE, "frames of each ring in a round", NULL, NULL},
	{"ring_slots", SHOW_GAUGE, "frames that its rings hold", NULL, NULL},
	{"ring_depth", SHOW_GAUGE, "frames in its rings", NULL, NULL},
	{"ring_peak", SHOW_GAUGE, "most frames there ever were in one ring", NULL, NULL},
	{"passed", SHOW_COUNTER, "frames sent to the port that pass-to names", NULL, NULL},
	{"waits_us", SHOW_COUNTERS, "frames by microseconds from the ring to the verdict", "wait",
		"waits"},
	{"drops", SHOW_COUNTERS, "frames dropped before the handler, by reason", "reason", NULL},
	{"counters", SHOW_COUNTERS, "counters of the handler's own", "counter", "own"},
	{NULL, SHOW_GAUGE, NULL, NULL, NULL},
};
static const struct show_number ring_numbers[] = {
	{"slots", SHOW_GAUGE, "frames that it holds", NULL, NULL},
	{"depth", SHOW_GAUGE, "frames in it", NULL, NULL},
	{"peak", SHOW_GAUGE, "most frames there ever were in it", NULL, NULL},
	{NULL, SHOW_GAUGE, NULL, NULL, NULL},
};
static const struct show_number pool_numbers[] = {
	{"mbufs", SHOW_GAUGE, "mbufs", NULL, NULL},
	{"in_use", SHOW_GAUGE, "mbufs on descriptors, in rings, held", NULL, NULL},
	{NULL, SHOW_GAUGE, NULL, NULL, NULL},
};
static const struct show_number address_numbers[] = {
	{"conflicts", SHOW_COUNTER, "times that another host claimed the address", NULL, NULL},
	{NULL, SHOW_GAUGE, NULL, NULL, NULL},
};
static const struct show_number neighbour_event_numbers[] = {
	{"conflict", SHOW_COUNTER, "addresses of ours that were claimed", NULL, NULL},
	{"taken", SHOW_COUNTER, "addresses given up while they were probed", NULL, NULL},
	{"regained", SHOW_COUNTER, "addresses that are ours again", NULL, NULL},
	{"moved", SHOW_COUNTER, "neighbours whose MAC address changed", NULL, NULL},
	{"static_conflict", SHOW_COUNTER, "static neighbours whose address was claimed", NULL,
		NULL},
	{"table_full", SHOW_COUNTER, "neighbours not learnt: no room", NULL, NULL},
	{"flapping", SHOW_COUNTER, "moves of neighbours that flapped", NULL, NULL},
	{"lines_suppressed", SHOW_COUNTER, "log lines left out", NULL, NULL},
	{"lost", SHOW_COUNTER, "events lost before they were logged", NULL, NULL},
	{NULL, SHOW_GAUGE, NULL, NULL, NULL},
};
static const struct show_number bridge_numbers[] = {
	{"members", SHOW_GAUGE, "members", NULL, NULL},
	{"forwarding", SHOW_GAUGE, "members that forward", NULL, NULL},
	{"ageing", SHOW_GAUGE, "seconds until an address is forgotten", NULL, NULL},
	{"capacity", SHOW_GAUGE, "addresses that can be learned", NULL, NULL},
	{"learned", SHOW_GAUGE, "addresses learned", NULL, NULL},
	{"static", SHOW_GAUGE, "static entries", NULL, NULL},
	{"events_moved", SHOW_COUNTER, "addresses that moved", NULL, NULL},
	{"events_flapping", SHOW_COUNTER, "moves of addresses that flapped", NULL, NULL},
	{"events_held", SHOW_COUNTER, "static or sticky addresses seen elsewhere", NULL, NULL},
	{"events_own", SHOW_COUNTER, "addresses of ours that came in", NULL, NULL},
	{"events_full", SHOW_COUNTER, "addresses not learned", NULL, NULL},
	{"lines_suppressed", SHOW_COUNTER, "log lines left out", NULL, NULL},
	{NULL, SHOW_GAUGE, NULL, NULL, NULL},
};
static const struct show_number member_numbers[] = {
	{"addresses", SHOW_GAUGE, "addresses learned from it", NULL, NULL},
	BRIDGE_MEMBER_FIELDS(X)
	{NULL, SHOW_GAUGE, NULL, NULL, NULL},
};
static const struct show_number vlan_numbers[] = {
	{"members", SHOW_GAUGE, "members that are in it", NULL, NULL},
	{"addresses", SHOW_GAUGE, "addresses learned in it", NULL, NULL},
	BRIDGE_VLAN_FIELDS(X)
	{NULL, SHOW_GAUGE, NULL, NULL, NULL},
};
// clang-format on
#undef X

const struct show_table show_tables[] = {
	{"ports", "port", "Ports and their ledger", LONG, {"name"}, port_numbers, show_ports},
	{"workers", "worker", "Lcores and their cycles", SHORT, {"lcore", "cpu", "role"},
		worker_numbers, show_workers},
	{"handlers", "handler", "Handler instances", LONG, {"name", "instance"}, handler_numbers,
		show_handlers},
	{"rings", "ring", "Rings between lcores", SHORT, {"name"}, ring_numbers, show_rings},
	{"drops", "drop", "Drops, types without handler", BRIEF,
		{"port", "reason", "ethertype", "cpu"}, drop_numbers, show_drops},
	{"neighbours", NULL, "Neighbour table", BRIEF, {"interface", "address"}, NULL,
		show_neighbours},
	{"addresses", "address", "Our own addresses", BRIEF, {"interface", "address"},
		address_numbers, show_addresses},
	{"neighbour_events", "neighbour_event", "What was logged of both", 1, {NULL},
		neighbour_event_numbers, show_neighbour_events},
	{"interfaces", NULL, "Interfaces: where our addresses live", SHORT, {"name"}, NULL,
		show_interfaces},
	{"pools", "pool", "Mempools", SHORT, {"name"}, pool_numbers, show_pools},
	{"plan", NULL, "The plan's text", BRIEF, {NULL}, NULL, show_plan},
	{"bridges", "bridge", "Bridges and their tables", MIDDLE, {"name"}, bridge_numbers,
		show_bridges},
	{"bridge_members", "bridge_member", "Members and their counters", MIDDLE,
		{"bridge", "port"}, member_numbers, show_bridge_members},
	{"bridge_vlans", "bridge_vlan", "VLANs and their counters", BRIEF, {"bridge", "vlan"},
		vlan_numbers, show_bridge_vlans},
	{"fdb", NULL, "Forwarding tables", BRIEF, {"bridge", "vlan", "mac"}, NULL, show_fdb},
	{NULL, NULL, NULL, 0, {NULL}, NULL, NULL},
};

json_t *show_row(struct show_rows *rows)
{
	unsigned i = rows->seen++;
	json_t *row;

	if (i < rows->first || i - rows->first >= rows->max)
		return NULL;
	row = json_object();
	json_array_append_new(rows->list, row);
	return row;
}

void show_number(json_t *row, const char *key, uint64_t number)
{
	if (row != NULL)
		json_object_set_new_nocheck(row, key, json_integer((json_int_t)number));
}

void show_signed(json_t *row, const char *key, int64_t number)
{
	if (row != NULL)
		json_object_set_new_nocheck(row, key, json_integer(number));
}

void show_text(json_t *row, const char *key, const char *text)
{
	json_t *string = row == NULL ? NULL : json_string(text);

	if (row != NULL)
		json_object_set_new_nocheck(row, key, string == NULL ? json_string("?") : string);
}

void show_bool(json_t *row, const char *key, bool value)
{
	if (row != NULL)
		json_object_set_new_nocheck(row, key, json_boolean(value));
}

void show_mac(json_t *row, const char *key, const uint8_t mac[6])
{
	char text[32];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
	show_text(row, key, text);
}

void show_ip(json_t *row, const char *key, uint32_t ip_be)
{
	const uint8_t *ip = (const uint8_t *)&ip_be;
	char text[16];

	snprintf(text, sizeof(text), "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
	show_text(row, key, text);
}

json_t *show_object(json_t *row, const char *key)
{
	json_t *object = row == NULL ? NULL : json_object();

	if (object != NULL)
		json_object_set_new_nocheck(row, key, object);
	return object;
}

static const struct show_table *find(const char *name)
{
	const struct show_table *t = show_tables;

	while (t->name != NULL && strcmp(t->name, name) != 0)
		t++;
	return t->name == NULL ? NULL : t;
}

/** What names a row: the values of its ids. */
static void row_id(const struct show_table *table, const json_t *row, char *id, size_t size)
{
	size_t used = 0;

	id[0] = '\0';
	for (unsigned i = 0; i < SHOW_IDS && table->ids[i] != NULL && used < size; i++) {
		const json_t *value = json_object_get(row, table->ids[i]);

		if (json_is_string(value))
			used += (size_t)snprintf(
				id + used, size - used, "%s", json_string_value(value));
		else if (json_is_integer(value))
			used += (size_t)snprintf(id + used, size - used, "%" JSON_INTEGER_FORMAT,
				json_integer_value(value));
		if (used < size)
			used += (size_t)snprintf(id + used, size - used, "|");
	}
}

// A counter that began anew meanwhile (a handler that was replaced) has nothing to take off.
static void take_off(json_t *object, const char *key, const json_t *base)
{
	json_int_t now = json_integer_value(json_object_get(object, key));
	json_int_t was = json_integer_value(json_object_get(base, key));

	if (was != 0 && now >= was)
		json_object_set_new_nocheck(object, key, json_integer(now - was));
}

static void take_off_all(json_t *counters, const json_t *base)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(counters, next, key, value)
	{
		take_off(counters, key, base);
		// Of reasons and classes only those are shown that there are.
		if (json_object_get(base, key) != NULL &&
			json_integer_value(json_object_get(counters, key)) == 0 &&
			json_integer_value(json_object_get(base, key)) != 0)
			json_object_del(counters, key);
	}
}

static void take_off_row(const struct show_table *table, json_t *row, const json_t *base)
{
	for (const struct show_number *n = table->numbers; n->key != NULL; n++) {
		if (n->kind == SHOW_COUNTER && json_object_get(row, n->key) != NULL)
			take_off(row, n->key, base);
		else if (n->kind == SHOW_COUNTERS)
			take_off_all(json_object_get(row, n->key), json_object_get(base, n->key));
	}
}

static void take_off_cleared(const struct show_table *table, const json_t *rows)
{
	char id[256];
	json_t *row;
	size_t i;

	if (table->numbers == NULL)
		return;
	pthread_mutex_lock(&cleared_lock);
	json_array_foreach(rows, i, row)
	{
		row_id(table, row, id, sizeof(id));
		if (cleared != NULL)
			take_off_row(table, row,
				json_object_get(json_object_get(cleared, table->name), id));
	}
	pthread_mutex_unlock(&cleared_lock);
}

int show_page(
	struct instance *instance, const char *name, unsigned first, unsigned max, json_t **list)
{
	const struct show_table *table = find(name);
	struct show_rows rows = {.list = json_array(), .first = first};
	int rc;

	rows.max = max != 0 ? max : table != NULL ? table->page : LONG;
	if (rows.list == NULL)
		return -ENOMEM;
	rc = table == NULL ? show_own(instance, name, &rows) : table->fill(instance, &rows);
	if (rc != 0) {
		json_decref(rows.list);
		return rc;
	}
	if (table != NULL)
		take_off_cleared(table, rows.list);
	*list = rows.list;
	return 0;
}

int show_clear(struct instance *instance)
{
	json_t *all = json_object();
	int rc = all == NULL ? -ENOMEM : 0;

	for (const struct show_table *t = show_tables; t->name != NULL && rc == 0; t++) {
		struct show_rows rows = {.list = json_array(), .max = UINT32_MAX};
		json_t *by_id = json_object(), *row;
		char id[256];
		size_t i;

		json_object_set_new(all, t->name, by_id);
		rc = t->numbers == NULL ? 0 : t->fill(instance, &rows);
		json_array_foreach(rows.list, i, row)
		{
			row_id(t, row, id, sizeof(id));
			json_object_set(by_id, id, row);
		}
		json_decref(rows.list);
	}
	if (rc == 0) {
		json_t *last;

		pthread_mutex_lock(&cleared_lock);
		last = cleared;
		cleared = all;
		pthread_mutex_unlock(&cleared_lock);
		all = last;
	}
	json_decref(all);
	return rc;
}

void show_end(void)
{
	pthread_mutex_lock(&cleared_lock);
	json_decref(cleared);
	cleared = NULL;
	pthread_mutex_unlock(&cleared_lock);
}
