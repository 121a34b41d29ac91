/* SPDX-License-Identifier: BSD-3-Clause */
/* conf_text() and conf_diff(): what is written loads as what it was written from, for every example
 * and for every key; and a difference is told by its path. */

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf_differ.h"

static const char every_key[] =
	"name: n\n"
	"lcores: {control: 0, workers: [1, 2], idle: busy}\n"
	"memory: {mbufs: 65536, hugepages: never}\n"
	"metrics: {port: 9117}\n"
	"plugins: /tmp/p\n"
	"ports:\n"
	"  - {name: a, device: \"net_null0,size=64\", mac: \"02:00:00:00:00:01\", mtu: 1400, "
	"rx-queues: 2, tx-queues: 1, descriptors: 256, workers: [1, 2], optional: true, "
	"promiscuous: false, fcs: true, unknown: b}\n"
	"  - {name: b, device: net_null1}\n"
	"  - {name: c, device: net_null2}\n"
	"  - {name: d, device: net_null3}\n"
	"  - {name: e, device: net_null4}\n"
	"  - {name: f, device: net_null5}\n"
	"  - {name: g, device: net_null6, reflect: true}\n"
	"  - {name: h, device: net_null7}\n"
	"wires: [[b, c]]\n"
	"bridges:\n"
	"  - {name: flat, members: [{port: h, isolated: true}], "
	"static: [{mac: \"02:00:00:00:00:0d\", port: h}]}\n"
	"  - name: vlans\n"
	"    vlan-aware: true\n"
	"    tpid: 0x9100\n"
	"    ageing: 10\n"
	"    fdb: 1048576\n"
	"    vlan-limit: 1000\n"
	"    learn-rate: 0\n"
	"    static: [{mac: \"02:00:00:00:00:0b\", vlan: 25, port: d}]\n"
	"    members:\n"
	"      - port: d\n"
	"        mode: trunk\n"
	"        vlans: [10, \"20-30\", \"4094\"]\n"
	"        native: 10\n"
	"        accept: tagged\n"
	"        filter: false\n"
	"        pcp: 5\n"
	"        pcp-map: [0, 1, 2, 3, 4, 5, 5, 5]\n"
	"        translate:\n"
	"          - {wire: [{vid: 200}], inside: [{vid: 40}]}\n"
	"          - {wire: [{tpid: 0x8100, vid: 10}], inside: [{vid: 41}, {vid: 7}]}\n"
	"          - {wire: [{vid: 300}, {tpid: 0x88a8, vid: 1}], inside: [{vid: 42}]}\n"
	"        sticky: true\n"
	"        limit: 16777216\n"
	"        storm: {broadcast: 1, multicast: 2, unknown: 1000000000}\n"
	"      - {port: e, mode: access, vlan: 10, accept: untagged}\n"
	"      - {port: f, mode: qinq, vlan: 25}\n"
	"interfaces:\n"
	"  - {name: i, bridge: vlans, tags: [{vid: 40}, {vid: 5}], addresses: [192.0.2.1/24]}\n"
	"  - {name: j, bridge: flat, mac: \"02:00:00:00:00:77\", addresses: [192.0.2.2/24]}\n"
	"  - {name: k, port: a, tags: [{tpid: 0x88a8, vid: 5}], addresses: [198.51.100.1/24, "
	"203.0.113.9/32], probe: true, neighbour-limit: 7, neighbour-timeout: 9, icmp-errors: 0}\n"
	"neighbours: [{interface: k, address: 198.51.100.66, mac: \"02:00:00:00:00:66\"}]\n"
	"handlers:\n"
	"  - {name: arp, place: control, rate: 0, burst: 256, ring: 1024, budget: 64, overload: "
	"drop-head}\n"
	"  - {name: echo, plugin: echo.so, ethertype: 0xcccc, place: \"lcore 1,2\", overload: pass, "
	"pass-to: a}\n"
	"  - {name: two, plugin: two.so, place: own, cpu: 1}\n"
	"  - {name: three, plugin: three.so, cpu: 0}\n";

static struct conf *load(const char *name, const char *text)
{
	struct conf *conf = NULL;
	char error[1024];

	if (conf_load_buffer(name, text, strlen(text), &conf, error, sizeof(error)) != 0)
		fail_msg("%s\n%s", error, text);
	return conf;
}

static void assert_alike(const char *name, const struct conf *a, const struct conf *b)
{
	struct conf_changes changes;
	char key[64];

	assert_int_equal(conf_diff(a, b, &changes), 0);
	if (changes.n != 0)
		fail_msg("%s: %s: %s became %s", name, changes.change[0].path,
			changes.change[0].from, changes.change[0].to);
	conf_changes_free(&changes);
	if (conf_differs(a, b, key, sizeof(key)))
		fail_msg("%s: %s differs", name, key);
}

// Written, loaded and written again: all the same.
static void go_round(const char *name, const struct conf *conf)
{
	char *text = conf_text(conf), *again;
	struct conf *read;

	assert_non_null(text);
	read = load(name, text);
	assert_alike(name, conf, read);
	again = conf_text(read);
	assert_string_equal(text, again);
	conf_free(read);
	free(again);
	free(text);
}

static void every_example_goes_round(void **state)
{
	DIR *dir = opendir(CONFIG_DIR);
	const struct dirent *entry;
	unsigned n = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		char path[512], error[1024];
		struct conf *conf;

		if (strstr(entry->d_name, ".yaml") == NULL ||
			strncmp(entry->d_name, "topology", 8) == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", CONFIG_DIR, entry->d_name);
		if (conf_load(path, &conf, error, sizeof(error)) != 0)
			fail_msg("%s", error);
		go_round(entry->d_name, conf);
		conf_free(conf);
		n++;
	}
	closedir(dir);
	assert_true(n >= 12);
}

static void every_key_goes_round(void **state)
{
	struct conf *conf = load("every key", every_key);

	(void)state;
	go_round("every key", conf);
	conf_free(conf);
}

static void defaults_are_left_out(void **state)
{
	struct conf *conf;
	char error[256], *text;

	(void)state;
	assert_int_equal(conf_default(&conf, error, sizeof(error)), 0);
	text = conf_text(conf);
	assert_string_equal(text, "name: burstline\n"
				  "ports:\n"
				  "- {name: bl0, device: 'net_tap0,iface=bl0'}\n"
				  "- {name: bl1, device: 'net_tap1,iface=bl1'}\n"
				  "bridges:\n"
				  "- name: br0\n"
				  "  members:\n"
				  "  - {port: bl0}\n"
				  "  - {port: bl1}\n"
				  "interfaces:\n"
				  "- {name: br0, bridge: br0, addresses: [192.0.2.1/24]}\n");
	free(text);
	conf_free(conf);
}

static struct conf *changed(const char *from, const char *to)
{
	const char *at = strstr(every_key, from);
	static char text[8192];

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - every_key), every_key, to,
		at + strlen(from));
	return load(from, text);
}

static void each_change_is_told(void **state)
{
	static const struct {
		const char *was, *is;         // text
		const char *path, *from, *to; // of the first change
		unsigned n;
	} rows[] = {
		{"mtu: 1400", "mtu: 1500", "ports[a].mtu", "1400", "1500", 1},
		{"workers: [1, 2], optional", "workers: [1], optional", "ports[a].workers", "1, 2",
			"1", 1},
		{"unknown: b", "unknown: drop", "ports[a].unknown", "b", NULL, 1},
		{"idle: busy", "idle: pause", "lcores.idle", "busy", "pause", 1},
		{"wires: [[b, c]]", "wires: []", "wires[b, c]", "b, c", NULL, 1},
		{"wires: [[b, c]]", "wires: [[c, b]]", NULL, NULL, NULL, 0},
		{"[10, \"20-30\", \"4094\"]", "[10, \"20-29\"]", "bridges[vlans].members[d].vlans",
			"20-30, 4094", "20-29", 1},
		{"{port: e, mode: access, vlan: 10,", "{port: e, mode: access, vlan: 11,",
			"bridges[vlans].members[e].vlan", "10", "11", 1},
		{"      - {port: f, mode: qinq, vlan: 25}\n", "", "bridges[vlans].members[f]",
			"{port: f, mode: qinq, vlan: 25}", NULL, 1},
		{"{vid: 200}], inside: [{vid: 40}]", "{vid: 201}], inside: [{vid: 40}]",
			"bridges[vlans].members[d].translate",
			"{wire: [{vid: 200}], inside: [{vid: 40}]}, "
			"{wire: [{tpid: 0x8100, vid: 10}], inside: [{vid: 41}, {vid: 7}]}, "
			"{wire: [{vid: 300}, {tpid: 0x88a8, vid: 1}], inside: [{vid: 42}]}",
			"{wire: [{vid: 201}], inside: [{vid: 40}]}, "
			"{wire: [{tpid: 0x8100, vid: 10}], inside: [{vid: 41}, {vid: 7}]}, "
			"{wire: [{vid: 300}, {tpid: 0x88a8, vid: 1}], inside: [{vid: 42}]}",
			1},
		{", 203.0.113.9/32", "", "interfaces[k].addresses",
			"198.51.100.1/24, 203.0.113.9/32", "198.51.100.1/24", 1},
		{"\"02:00:00:00:00:66\"", "\"02:00:00:00:00:67\"",
			"neighbours[k 198.51.100.66].mac", "02:00:00:00:00:66", "02:00:00:00:00:67",
			1},
		{"address: 198.51.100.66", "address: 198.51.100.67", "neighbours[k 198.51.100.66]",
			"{interface: k, address: 198.51.100.66, mac: 02:00:00:00:00:66}", NULL, 2},
		{"rate: 0, burst", "rate: 10, burst", "handlers[arp].rate", "0", "10", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf *a = load("a", every_key), *b = changed(rows[i].was, rows[i].is);
		struct conf_changes c;

		assert_int_equal(conf_diff(a, b, &c), 0);
		if (c.n != rows[i].n)
			fail_msg("%s: %u changes, the first of %s", rows[i].was, c.n,
				c.n != 0 ? c.change[0].path : "nothing");
		if (c.n != 0) {
			assert_string_equal(c.change[0].path, rows[i].path);
			assert_int_equal(c.change[0].from == NULL, rows[i].from == NULL);
			assert_int_equal(c.change[0].to == NULL, rows[i].to == NULL);
			if (rows[i].from != NULL)
				assert_string_equal(c.change[0].from, rows[i].from);
			if (rows[i].to != NULL)
				assert_string_equal(c.change[0].to, rows[i].to);
		}
		conf_changes_free(&c);
		conf_free(a);
		conf_free(b);
	}
}

// A trunk of every other VLAN up to `last`.
static struct conf *many_vlans(unsigned last)
{
	static char text[32768];
	size_t n = (size_t)snprintf(text, sizeof(text),
		"ports: [{name: a, device: net_null0}]\n"
		"bridges:\n  - {name: br, vlan-aware: true, members: [{port: a, mode: trunk, "
		"vlans: [");

	for (unsigned v = 1; v <= last; v += 2)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u", v == 1 ? "" : ", ", v);
	snprintf(text + n, sizeof(text) - n, "]}]}\n");
	return load("many", text);
}

static void the_last_of_many_vlans_is_told(void **state)
{
	struct conf *a = many_vlans(4091), *b = many_vlans(4093);
	struct conf_changes c;

	assert_int_equal(conf_diff(a, b, &c), 0);
	assert_int_equal(c.n, 1);
	assert_string_equal(c.change[0].path, "bridges[br].members[a].vlans");
	assert_string_equal(c.change[0].to + strlen(c.change[0].to) - 4, "4093");
	conf_changes_free(&c);
	conf_free(a);
	conf_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_goes_round),
		cmocka_unit_test(every_key_goes_round),
		cmocka_unit_test(defaults_are_left_out),
		cmocka_unit_test(each_change_is_told),
		cmocka_unit_test(the_last_of_many_vlans_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
