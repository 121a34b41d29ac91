/* SPDX-License-Identifier: BSD-3-Clause */
/* conf_differs(): the same text twice is alike, each change is named, handlers do not count. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf_differ.h"

static const char text[] =
	"name: n\n"
	"lcores: {control: 0, workers: [1, 2], idle: busy}\n"
	"memory: {mbufs: 65536}\n"
	"ports:\n"
	"  - {name: a, device: net_null0, mtu: 1500, workers: [1]}\n"
	"  - {name: b, device: net_null1, unknown: a}\n"
	"  - {name: c, device: net_null2}\n"
	"  - {name: d, device: net_null3}\n"
	"bridges:\n"
	"  - name: br\n"
	"    vlan-aware: true\n"
	"    static: [{mac: \"02:00:00:00:00:77\", vlan: 10, port: c}]\n"
	"    members:\n"
	"      - {port: c, mode: trunk, vlans: [10, \"20-30\"]}\n"
	"      - {port: d, mode: trunk, vlans: [30], translate: [{wire: [{vid: 7}], inside: [{vid: "
	"10}]}]}\n"
	"interfaces:\n"
	"  - {name: i, port: a, addresses: [192.0.2.1/24, 198.51.100.1/32]}\n"
	"  - {name: j, bridge: br, tags: [{vid: 10}], addresses: [203.0.113.1/24]}\n"
	"neighbours: [{interface: i, address: 192.0.2.66, mac: \"02:00:00:00:00:66\"}]\n"
	"handlers: [{name: echo, place: inline}]\n";

static struct conf *load(const char *from, const char *to)
{
	const char *at = from != NULL ? strstr(text, from) : NULL;
	char changed[4096], error[256];
	struct conf *conf;

	assert_true(from == NULL || at != NULL);
	if (from == NULL)
		snprintf(changed, sizeof(changed), "%s", text);
	else
		snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, to,
			at + strlen(from));
	if (conf_load_buffer("x", changed, strlen(changed), &conf, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	return conf;
}

static void each_change_is_named(void **state)
{
	static const struct {
		const char *from, *to, *key; // NULL: alike
	} rows[] = {
		{NULL, NULL, NULL},
		{"place: inline", "place: control", NULL},
		{"handlers:", "plugins: /x\nhandlers:", NULL},
		{"name: n\n", "name: m\n", "name"},
		{"control: 0", "control: 3", "lcores"},
		{"workers: [1, 2]", "workers: [1, 3]", "lcores"},
		{"idle: busy", "idle: pause", "lcores"},
		{"65536", "65537", "memory"},
		{"mtu: 1500", "mtu: 1501", "ports[0]"},
		{"workers: [1]", "workers: [2]", "ports[0]"},
		{"unknown: a", "unknown: drop", "ports[1]"},
		{"net_null2", "net_null4", "ports[2]"},
		{"vlan: 10, port: c", "vlan: 20, port: c", "bridges[0]"},
		{"20-30", "20-31", "bridges[0]"},
		{"vid: 7", "vid: 8", "bridges[0]"},
		{", 198.51.100.1/32", "", "interfaces[0]"},
		{"198.51.100.1/32", "198.51.100.2/32", "interfaces[0]"},
		{"203.0.113.1/24", "203.0.113.1/25", "interfaces[1]"},
		{"00:66", "00:67", "neighbours[0]"},
		{"ports:\n", "wires: []\nports:\n", NULL},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf *a = load(NULL, NULL), *b = load(rows[i].from, rows[i].to);
		char key[64] = "";

		assert_int_equal(conf_differs(a, b, key, sizeof(key)), rows[i].key != NULL);
		assert_string_equal(key, rows[i].key != NULL ? rows[i].key : "");
		conf_free(a);
		conf_free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_change_is_named)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
