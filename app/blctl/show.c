/* SPDX-License-Identifier: BSD-3-Clause */
/* blctl show: the tables of a running instance, its plan and its configuration. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "table.h"

static const char help[] =
	"usage: blctl show TABLE [NAME]\n"
	"\n"
	"  ports        ports with what they received, sent and dropped\n"
	"  workers      lcores and threads, and how busy they are\n"
	"  handlers     handlers: where they run, what they did with frames\n"
	"  rings        rings between lcores: how full they are\n"
	"  drops        dropped frames by port and reason\n"
	"  neighbours   MAC addresses of IPv4 neighbours\n"
	"  fdb          forwarding tables of bridges\n"
	"  bridges      bridges, their members and VLANs\n"
	"  interfaces   interfaces and their addresses\n"
	"  config       the configuration that runs\n"
	"  plan         lcores, queues, rings and pools as planned\n"
	"  NAME         a table of a handler's own, such as lldp, or another of the instance's\n"
	"\n"
	"With NAME all there is to say of that port, handler, bridge, MAC address, ...\n"
	"Counters count from the start, or from the last `blctl clear`.\n"
	"\n"
	"  blctl show ports\n"
	"  blctl show handlers arp\n"
	"  blctl show fdb 02:00:00:00:00:07\n"
	"  blctl -j show drops | jq '.[] | select(.reason == \"policed\")'\n";

static char *busy(const json_t *row)
{
	double busy_cycles = json_number_value(json_object_get(row, "busy_cycles"));
	double idle_cycles = json_number_value(json_object_get(row, "idle_cycles"));
	double all = busy_cycles + idle_cycles;
	char *text;

	return asprintf(&text, "%.1f", all > 0 ? 100 * busy_cycles / all : 0) < 0 ? NULL : text;
}

// Nobody: all zeros.
static char *conflict(const json_t *row)
{
	const char *mac = json_string_value(json_object_get(row, "conflict_mac"));

	return mac == NULL || strcmp(mac, "00:00:00:00:00:00") == 0 ? NULL : strdup(mac);
}

static const struct column ports[] = {{"port", "name", NULL}, {"state", "state", NULL},
	{"link", "link", NULL}, {"MTU octets", "mtu", NULL}, {"rx frames", "rx", NULL},
	{"rx octets", "rx_bytes", NULL}, {"tx frames", "tx", NULL}, {"tx octets", "tx_bytes", NULL},
	{"dropped frames", "dropped", NULL}, {"kept frames", "kept", NULL},
	{"in flight frames", "in_flight", NULL}, {NULL, NULL, NULL}};
static const struct column workers[] = {{"lcore", "lcore", NULL}, {"CPU", "cpu", NULL},
	{"role", "role", NULL}, {"busy %", "busy", busy}, {"busy cycles", "busy_cycles", NULL},
	{"idle cycles", "idle_cycles", NULL}, {"rounds", "rounds", NULL},
	{"busy rounds", "busy_rounds", NULL}, {NULL, NULL, NULL}};
static const struct column handlers[] = {{"handler", "name", NULL}, {"instance", "instance", NULL},
	{"place", "place", NULL}, {"CPU", "cpu", NULL}, {"frames", "frames", NULL},
	{"tx frames", "tx", NULL}, {"consumed frames", "consume", NULL},
	{"dropped frames", "drop", NULL}, {"originated frames", "originated", NULL},
	{"ring slots", "ring_slots", NULL}, {"ring depth", "ring_depth", NULL},
	{"ring peak", "ring_peak", NULL}, {"dropped before it, frames", "drops", NULL},
	{NULL, NULL, NULL}};
static const struct column rings[] = {{"ring", "name", NULL}, {"kind", "kind", NULL},
	{"from lcore", "from_lcore", NULL}, {"to lcore", "to_lcore", NULL},
	{"for", "handler|port", NULL}, {"slots", "slots", NULL}, {"depth frames", "depth", NULL},
	{"peak frames", "peak", NULL}, {NULL, NULL, NULL}};
static const struct column drops[] = {{"port", "port", NULL}, {"reason", "reason", NULL},
	{"EtherType", "ethertype", NULL}, {"CPU", "cpu", NULL}, {"frames", "frames", NULL},
	{NULL, NULL, NULL}};
static const struct column neighbours[] = {{"interface", "interface", NULL},
	{"address", "address", NULL}, {"MAC address", "mac", NULL}, {"state", "state", NULL},
	{"held frames", "held", NULL}, {NULL, NULL, NULL}};
static const struct column fdb[] = {{"bridge", "bridge", NULL}, {"VLAN", "vlan", NULL},
	{"MAC address", "mac", NULL}, {"port", "port", NULL}, {"static", "static", NULL},
	{"age s", "age", NULL}, {NULL, NULL, NULL}};
static const struct column bridges[] = {{"bridge", "name", NULL},
	{"VLAN-aware", "vlan_aware", NULL}, {"TPID", "tpid", NULL}, {"members", "members", NULL},
	{"forwarding", "forwarding", NULL}, {"ageing s", "ageing", NULL},
	{"room for addresses", "capacity", NULL}, {"learned addresses", "learned", NULL},
	{"static addresses", "static", NULL}, {NULL, NULL, NULL}};
static const struct column members[] = {{"bridge", "bridge", NULL}, {"member", "port", NULL},
	{"mode", "mode", NULL}, {"state", "state", NULL}, {"addresses", "addresses", NULL},
	{"unicast frames", "unicast", NULL}, {"broadcast frames", "broadcast", NULL},
	{"multicast frames", "multicast", NULL}, {"unknown frames", "unknown", NULL},
	{"learned", "learned", NULL}, {"moved", "moved", NULL}, {NULL, NULL, NULL}};
static const struct column vlans[] = {{"bridge", "bridge", NULL}, {"VLAN", "vlan", NULL},
	{"members", "members", NULL}, {"addresses", "addresses", NULL}, {"frames", "frames", NULL},
	{"octets", "bytes", NULL}, {"flooded frames", "flooded", NULL},
	{"storm frames", "storm", NULL}, {NULL, NULL, NULL}};
static const struct column interfaces[] = {{"interface", "name", NULL}, {"on port", "port", NULL},
	{"on bridge", "bridge", NULL}, {"tags", "tags", NULL}, {"MAC address", "mac", NULL},
	{"addresses", "addresses", NULL}, {NULL, NULL, NULL}};
static const struct column addresses[] = {{"interface", "interface", NULL},
	{"address", "address", NULL}, {"prefix bits", "prefix", NULL}, {"state", "state", NULL},
	{"conflicts", "conflicts", NULL}, {"conflict with", "conflict_mac", conflict},
	{NULL, NULL, NULL}};

/** What is shown under a name: one table of the instance after the other. */
static const struct view {
	const char *name;
	const char *empty;
	struct {
		const char *table;
		const struct column *columns;
	} parts[3];
} views[] = {
	{"ports", "no ports", {{"ports", ports}}},
	{"workers", "no workers", {{"workers", workers}}},
	{"handlers", "no handlers", {{"handlers", handlers}}},
	{"rings", "no rings", {{"rings", rings}}},
	{"drops", "no drops", {{"drops", drops}}},
	{"neighbours", "no neighbours", {{"neighbours", neighbours}}},
	{"fdb", "no entries", {{"fdb", fdb}}},
	{"bridges", "no bridges",
		{{"bridges", bridges}, {"bridge_members", members}, {"bridge_vlans", vlans}}},
	{"interfaces", "no interfaces", {{"interfaces", interfaces}, {"addresses", addresses}}},
};

/** The rows in which somebody is named so. */
static json_t *select_rows(json_t *rows, const char *name)
{
	static const char *const keys[] = {"name", "bridge", "port", "interface", "mac", "address"};
	json_t *found = json_array(), *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			const char *value = json_string_value(json_object_get(row, keys[k]));

			if (value != NULL && strcmp(value, name) == 0) {
				json_array_append(found, row);
				break;
			}
		}
	}
	json_decref(rows);
	return found;
}

static void print_rows(const json_t *rows)
{
	for (size_t i = 0; i < json_array_size(rows); i++) {
		if (i > 0)
			putchar('\n');
		table_print_row(json_array_get(rows, i));
	}
}

static int none_named(const char *table, const char *name)
{
	complain("show %s: there is no %s (blctl show %s lists what there is)", table, name, table);
	return EXIT_FAILED;
}

static int show_view(
	struct client *client, const struct options *o, const struct view *view, const char *name)
{
	json_t *all = json_object(), *rows;
	size_t found = 0;

	for (size_t p = 0; p < 3 && view->parts[p].table != NULL; p++) {
		int code = client_table(client, view->parts[p].table, &rows);

		if (code != EXIT_OK) {
			json_decref(all);
			return code;
		}
		if (name != NULL)
			rows = select_rows(rows, name);
		found += json_array_size(rows);
		json_object_set_new(all, view->parts[p].table, rows);
	}
	for (size_t p = 0; !o->json && p < 3 && view->parts[p].table != NULL; p++) {
		rows = json_object_get(all, view->parts[p].table);
		if (p > 0 && json_array_size(rows) > 0)
			putchar('\n');
		if (name != NULL)
			print_rows(rows);
		else if (p == 0 || json_array_size(rows) > 0)
			table_print(stdout, view->parts[p].columns, rows, view->empty);
	}
	// One table is an array, several are an object of arrays.
	if (o->json)
		json_print(view->parts[1].table == NULL ? json_object_get(all, view->parts[0].table)
							: all);
	json_decref(all);
	if (name == NULL || found > 0)
		return finish_output(EXIT_OK);
	return none_named(view->name, name);
}

/** A table that this program does not know by name. */
static int show_other(
	struct client *client, const struct options *o, const char *table, const char *name)
{
	json_t *rows;
	bool found;
	int code = client_table(client, table, &rows);

	if (code != EXIT_OK)
		return code;
	if (name != NULL)
		rows = select_rows(rows, name);
	found = name == NULL || json_array_size(rows) > 0;
	if (o->json)
		json_print(rows);
	else if (name != NULL)
		print_rows(rows);
	else
		table_print_all(rows, "no entries");
	json_decref(rows);
	return found ? finish_output(EXIT_OK) : none_named(table, name);
}

static int show_plan(struct client *client, const struct options *o)
{
	json_t *rows, *row;
	size_t i;
	int code = client_table(client, "plan", &rows);

	if (code != EXIT_OK)
		return code;
	if (o->json)
		json_print(rows);
	else
		json_array_foreach(rows, i, row)
			printf("%s\n", json_string_value(json_object_get(row, "line")));
	json_decref(rows);
	return finish_output(EXIT_OK);
}

static int show_config(struct client *client, const struct options *o)
{
	json_t *result;
	int code = client_call(client, "config", json_object(), &result);

	if (code != EXIT_OK)
		return code;
	if (o->json)
		json_print(result);
	else
		fputs(json_string_value(json_object_get(result, "text")), stdout);
	json_decref(result);
	return finish_output(EXIT_OK);
}

int show_command(struct client *client, const struct options *o, int argc, char **argv)
{
	const char *name = argc == 3 ? argv[2] : NULL;

	if (o->help)
		return help_print(help);
	if (argc < 2 || argc > 3)
		return complain_words("show");
	if (strcmp(argv[1], "plan") == 0)
		return show_plan(client, o);
	if (strcmp(argv[1], "config") == 0)
		return show_config(client, o);
	for (size_t v = 0; v < sizeof(views) / sizeof(views[0]); v++) {
		if (strcmp(argv[1], views[v].name) == 0)
			return show_view(client, o, &views[v], name);
	}
	return show_other(client, o, argv[1], name);
}
