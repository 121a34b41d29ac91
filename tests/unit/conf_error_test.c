/* SPDX-License-Identifier: BSD-3-Clause */
/* Documents that are no configuration: what is no YAML or no text, and keys that are unknown,
 * twice, absent or of another type (L18). The whole message is compared. */

#include "conf_rows.h"

static const struct row documents[] = {
	ROW("", "x.yaml:1:1: document: found nothing, expected " MAPPING),
	ROW("# nothing\n", "x.yaml:1:1: document: found nothing, expected " MAPPING),
	ROW("---\n", "x.yaml:2:1: document: found nothing, expected " MAPPING),
	ROW("- a\n", "x.yaml:1:1: document: found a list, expected " MAPPING),
	ROW("hello\n", "x.yaml:1:1: document: found \"hello\", expected " MAPPING),
	ROW("name: a\n---\nname: b\n",
		"x.yaml:2:1: document: found a second document, expected one"),
	ROW("name: &x a\n", "x.yaml:1:7: document: found an anchor (&), expected the value itself"),
	ROW("ports: &x []\n",
		"x.yaml:1:8: document: found an anchor (&), expected the value itself"),
	ROW("name: *x\n", "x.yaml:1:7: document: found an alias (*), expected the value itself"),
	ROW("*x : a\n", "x.yaml:1:1: document: found an alias (*), expected the value itself"),
	ROW("<<: {}\n", "x.yaml:1:1: document: found the unknown key \"<<\", expected " TOP_KEYS),
	ROW("name: !!str a\n", "x.yaml:1:7: document: found a tag (!), expected the value itself"),
	ROW("ports: [\n", "x.yaml:2:1: ports: found no YAML (while parsing a flow node, did not "
			  "find expected node content), expected YAML"),
	ROW("name: \"a\n", "x.yaml:2:1: document: found no YAML (while scanning a quoted scalar, "
			   "found unexpected end of stream), expected YAML"),
	ROW("lcores:\n\tidle: busy\n",
		"x.yaml:2:1: document: found no YAML (while scanning for the next token, found "
		"character that cannot start any token), expected YAML"),
	ROW("name: a: b\n", "x.yaml:1:8: document: found no YAML (mapping values are not allowed "
			    "in this context), expected YAML"),
	ROW("? [a]\n: b\n", "x.yaml:1:3: document: found a list, expected a key"),
	ROW("{a: b}: c\n", "x.yaml:1:1: document: found a mapping, expected a key"),
	ROW("name: a\000b\n", "x.yaml:1:8: document: found the octet or character 0x00 (control "
			      "characters are not allowed), expected " TEXT),
	ROW("name: \"a\\0b\"\n", "x.yaml:1:7: name: found \"a\\x00b\", expected " NAME),
	ROW("\177ELF\002\001\001\000\000\000",
		"x.yaml:1:1: document: found the octet or character 0x7f (control characters are "
		"not allowed), expected " TEXT),
	ROW("name: a\nports: []\n# \351t\351\n",
		"x.yaml:3:4: document: found the octet or character 0x74 (invalid trailing UTF-8 "
		"octet), expected " TEXT),
	ROW("\377\376n\000a\000", "x.yaml:1:1: document: found the octet or character 0xff "
				  "(invalid leading UTF-8 octet), expected " TEXT),
	ROW("name: \303",
		"x.yaml:1:7: document: found incomplete UTF-8 octet sequence, expected " TEXT),
};

static const struct row keys[] = {
	ROW("nmae: a\n",
		"x.yaml:1:1: document: found the unknown key \"nmae\", expected " TOP_KEYS),
	ROW("ports:\n  - {name: a, device: net_null0}\n  - {name: b, device: net_null1, mtuu: 1}\n",
		"x.yaml:3:34: ports[1]: found the unknown key \"mtuu\", expected " PORT_KEYS),
	ROW("Name: a\n",
		"x.yaml:1:1: document: found the unknown key \"Name\", expected " TOP_KEYS),
	ROW("lcores: {main: 0}\n", "x.yaml:1:10: lcores: found the unknown key \"main\", expected "
				   "control, workers or idle"),
	ROW("memory: {size: 1}\n",
		"x.yaml:1:10: memory: found the unknown key \"size\", expected mbufs or hugepages"),
	ROW(INTERFACE("tags: [{pcp: 1, vid: 2}]"), "x.yaml:6:32: interfaces[0].tags[0]: found the "
						   "unknown key \"pcp\", expected tpid or vid"),
	ROW(NEIGHBOUR("ip: 1"), "x.yaml:7:29: neighbours[0]: found the unknown key \"ip\", "
				"expected interface, address or mac"),
	ROW(HANDLER("queue: 1"), "x.yaml:1:24: handlers[0]: found the unknown key \"queue\", "
				 "expected " HANDLER_KEYS),
	ROW("bridges: [{stp: true}]\n", "x.yaml:1:12: bridges[0]: found the unknown key \"stp\", "
					"expected name, vlan-aware, tpid, ageing, fdb, "
					"vlan-limit, learn-rate, static or members"),
	ROW("bridges: [{name: a, members: [{vid: 1}]}]\n",
		"x.yaml:1:32: bridges[0].members[0]: found the unknown key \"vid\", expected port, "
		"mode, vlan, vlans, native, accept, filter, pcp, pcp-map, translate, isolated, "
		"sticky, limit or storm"),
	ROW("\"a\\e[31m\\xe9\": 1\n", "x.yaml:1:1: document: found the unknown key "
				      "\"a\\x1b[31m\\xc3\\xa9\", expected " TOP_KEYS),
	ROW("a234567890123456789012345678901234567890123456789012345678901234567890: 1\n",
		"x.yaml:1:1: document: found the unknown key "
		"\"a23456789012345678901234567890123456789012345678901234...\", "
		"expected " TOP_KEYS),
	ROW("name: a\nports: []\nname: a\n", "x.yaml:3:1: name: found this key a second time "
					     "(before on line 1), expected it once"),
	ROW(PORT("mtu: 68, mtu: 68"), "x.yaml:1:47: ports[0].mtu: found this key a second time "
				      "(before on line 1), expected it once"),
	ROW("ports: [{device: net_null0}]\n",
		"x.yaml:1:9: ports[0].name: found no such key, expected " NAME
		" and is not \"drop\""),
	ROW("ports:\n  - name: a\n",
		"x.yaml:2:5: ports[0].device: found no such key, expected " DEVICE),
	ROW(THREE_PORTS "interfaces: [{port: a, addresses: [192.0.2.1/24]}]\n",
		"x.yaml:5:14: interfaces[0].name: found no such key, expected " NAME),
	ROW(THREE_PORTS "interfaces: [{name: i, port: a}]\n",
		"x.yaml:5:14: interfaces[0].addresses: found no such key, expected a list"),
	ROW(INTERFACE("tags: [{tpid: 0x8100}], addresses: [192.0.2.1/24]"),
		"x.yaml:6:31: interfaces[0].tags[0].vid: found no such key, expected a number from "
		"1 to 4094"),
	ROW(ONE_INTERFACE "neighbours: [{address: 192.0.2.2, mac: \"02:00:00:00:00:02\"}]\n",
		"x.yaml:7:14: neighbours[0].interface: found no such key, expected " NAME),
	ROW(NEIGHBOUR("mac: \"02:00:00:00:00:02\""),
		"x.yaml:7:14: neighbours[0].address: found no such key, expected the address of a "
		"host, such as 192.0.2.66"),
	ROW(NEIGHBOUR("address: 192.0.2.2"),
		"x.yaml:7:14: neighbours[0].mac: found no such key, expected " MAC),
	ROW("handlers: [{place: control}]\n",
		"x.yaml:1:12: handlers[0].name: found no such key, expected " NAME),
	ROW("bridges: [{fdb: 64}]\n",
		"x.yaml:1:11: bridges[0].name: found no such key, expected " NAME),
	ROW("bridges: [{name: a, members: [{vlan: 1}]}]\n",
		"x.yaml:1:31: bridges[0].members[0].port: found no such key, expected " NAME),
};

static const struct row types[] = {
	ROW("lcores: []\n", "x.yaml:1:9: lcores: found a list, expected " MAPPING),
	ROW("lcores: 3\n", "x.yaml:1:9: lcores: found \"3\", expected " MAPPING),
	ROW("memory:\n", "x.yaml:1:8: memory: found nothing, expected " MAPPING),
	ROW("ports: {name: a}\n", "x.yaml:1:8: ports: found a mapping, expected a list"),
	ROW("ports: none\n", "x.yaml:1:8: ports: found \"none\", expected a list"),
	ROW("wires:\n", "x.yaml:1:7: wires: found nothing, expected a list"),
	ROW("ports: [a]\n", "x.yaml:1:9: ports[0]: found \"a\", expected " MAPPING),
	ROW(THREE_PORTS "wires: [a, b]\n", "x.yaml:5:9: wires[0]: found \"a\", expected a list"),
	ROW("name: [a]\n", "x.yaml:1:7: name: found a list, expected " NAME),
	ROW(PORT("mtu: {}"), "x.yaml:1:43: ports[0].mtu: found a mapping, expected " MTU),
	ROW(PORT("reflect: [true]"),
		"x.yaml:1:47: ports[0].reflect: found a list, expected true or false"),
	ROW("lcores: {idle: {}}\n",
		"x.yaml:1:16: lcores.idle: found a mapping, expected busy, pause or sleep"),
	ROW("lcores: {workers: 1}\n", "x.yaml:1:19: lcores.workers: found \"1\", expected a list"),
	ROW(INTERFACE("addresses: 192.0.2.1/24"),
		"x.yaml:6:35: interfaces[0].addresses: found \"192.0.2.1/24\", expected a list"),
	ROW(PORT("mtu: "), "x.yaml:1:43: ports[0].mtu: found nothing, expected " MTU),
	ROW("name:\n", "x.yaml:1:6: name: found nothing, expected " NAME),
	ROW(PORT("reflect: "),
		"x.yaml:1:47: ports[0].reflect: found nothing, expected true or false"),
	ROW(THREE_PORTS "wires: [[a]]\n", "x.yaml:5:9: wires[0]: found 1 entry, expected 2"),
	ROW(THREE_PORTS "wires: [[a, b, c]]\n",
		"x.yaml:5:16: wires[0]: found more than 2 entries, expected at most 2"),
	ROW(INTERFACE("addresses: []"),
		"x.yaml:6:35: interfaces[0].addresses: found 0 entries, expected at least 1"),
	ROW(INTERFACE("tags: [{vid: 1}, {vid: 2}, {vid: 3}, {vid: 4}, {vid: 5}]"),
		"x.yaml:6:71: interfaces[0].tags: found more than 4 entries, expected at most 4"),
};

static void what_is_no_document_is_refused_where_it_stops_being_one(void **state)
{
	check_rows(documents, sizeof(documents) / sizeof(documents[0]));
}

static void unknown_duplicate_and_missing_keys_are_named(void **state)
{
	check_rows(keys, sizeof(keys) / sizeof(keys[0]));
}

static void values_of_another_type_are_refused(void **state)
{
	check_rows(types, sizeof(types) / sizeof(types[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_document_is_refused_where_it_stops_being_one),
		cmocka_unit_test(unknown_duplicate_and_missing_keys_are_named),
		cmocka_unit_test(values_of_another_type_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
