/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys that contradict each other, and keys that are known but refused for now (L18). The whole
 * message is compared. */

#include "conf_rows.h"

static const struct row references[] = {
	ROW(THREE_PORTS "wires: [[a, d]]\n",
		"x.yaml:5:13: wires[0][1]: found \"d\", expected the name of a port"),
	ROW(THREE_PORTS "wires: [[a, a]]\n", "x.yaml:5:13: wires[0][1]: found port \"a\", which "
					     "wires[0][0] on line 5 has, expected another port"),
	ROW(THREE_PORTS "wires:\n  - [a, b]\n  - [c, a]\n",
		"x.yaml:7:9: wires[1][1]: found port \"a\", which wires[0][0] on line 6 has, "
		"expected another port"),
	ROW("ports:\n  - {name: a, device: net_null0}\n  - name: b\n    device: net_null1\n    "
	    "reflect: true\nwires: [[a, b]]\n",
		"x.yaml:6:13: wires[0][1]: found port \"b\", which reflects (line 5), expected a "
		"port without a role"),
	ROW(THREE_PORTS "interfaces: [{name: i, port: d, addresses: [192.0.2.1/24]}]\n",
		"x.yaml:5:30: interfaces[0].port: found \"d\", expected the name of a port"),
	ROW(THREE_PORTS
		"wires: [[a, b]]\ninterfaces:\n  - {name: i, port: b, addresses: [192.0.2.1/24]}\n",
		"x.yaml:7:21: interfaces[0].port: found port \"b\", which is in wires[0] (line 5), "
		"expected a port without a role"),
	ROW("ports: [{name: a, device: net_null0, reflect: true}]\ninterfaces:\n  - {name: i, "
	    "port: a, addresses: [192.0.2.1/24]}\n",
		"x.yaml:3:21: interfaces[0].port: found port \"a\", which reflects (line 1), "
		"expected a port without a role"),
	ROW(THREE_PORTS "interfaces: [{name: i, addresses: [192.0.2.1/24]}]\n",
		"x.yaml:5:14: interfaces[0]: found neither port nor bridge, expected one of them"),
	ROW(THREE_PORTS
		"interfaces: [{name: i, port: a, bridge: br0, addresses: [192.0.2.1/24]}]\n",
		"x.yaml:5:41: interfaces[0].bridge: found a bridge beside the port on line 5, "
		"expected one of them"),
	ROW(ONE_INTERFACE "  - {name: j, port: a, addresses: [203.0.113.1/24]}\n",
		"x.yaml:7:5: interfaces[1]: found port \"a\" with the tags of interfaces[0] on "
		"line 6, expected another port or other tags"),
	ROW(THREE_PORTS "interfaces:\n  - {name: i, port: a, tags: [{vid: 5}], addresses: "
			"[192.0.2.1/24]}\n  - {name: j, port: a, tags: [{tpid: 0x8100, vid: 0x5}], "
			"addresses: [203.0.113.1/24]}\n",
		"x.yaml:7:5: interfaces[1]: found port \"a\" with the tags of interfaces[0] on "
		"line 6, expected another port or other tags"),
	ROW(THREE_PORTS "interfaces:\n  - name: i\n    port: a\n    addresses:\n      - "
			"192.0.2.1/24\n      - 192.0.2.1/25\n",
		"x.yaml:10:9: interfaces[0].addresses[1]: found this address a second time (before "
		"on line 9), expected it once"),
	ROW("ports:\n  - {name: a, device: net_null0}\n  - {name: a, device: net_null1}\n",
		"x.yaml:3:12: ports[1].name: found \"a\", which ports[0] on line 2 has, expected "
		"another name"),
	ROW(ONE_INTERFACE "  - {name: i, port: b, addresses: [203.0.113.1/24]}\n",
		"x.yaml:7:12: interfaces[1].name: found \"i\", which interfaces[0] on line 6 has, "
		"expected another name"),
	ROW("handlers:\n  - name: arp\n  - name: arp\n",
		"x.yaml:3:11: handlers[1].name: found \"arp\", which handlers[0] on line 2 has, "
		"expected another name"),
	ROW("ports:\n  - {name: a, device: \"net_tap0,iface=x\"}\n  - {name: b, device: "
	    "\"net_tap0,iface=y\"}\n",
		"x.yaml:3:23: ports[1].device: found the device \"net_tap0\", which ports[0] on "
		"line 2 has, expected another device"),
	ROW("ports:\n  - {name: a, device: \"0000:3B:00.0\"}\n  - {name: b, device: \"3b:00.0\"}\n",
		"x.yaml:3:23: ports[1].device: found the device \"3b:00.0\", which ports[0] on "
		"line 2 has, expected another device"),
	ROW("ports:\n  - {name: a, device: \"3b:00.0\"}\n  - {name: b, device: "
	    "\"0000:3b:00.0,x=1\"}\n",
		"x.yaml:3:23: ports[1].device: found the device \"0000:3b:00.0\", which ports[0] "
		"on "
		"line 2 has, expected another device"),
	ROW(PORT("unknown: a"), "x.yaml:1:47: ports[0].unknown: found the port itself, expected "
				"another port or drop"),
	ROW(PORT("unknown: z"),
		"x.yaml:1:47: ports[0].unknown: found \"z\", expected the name of a port or drop"),
	ROW("ports:\n  - {name: a, device: net_null0, unknown: c}\n  - {name: b, device: "
	    "net_null1}\n  - {name: c, device: net_null2}\nwires: [[a, b]]\n",
		"x.yaml:2:43: ports[0].unknown: found a port, but \"a\" is in wires[0] (line 5) "
		"and has no unknown frames, expected drop"),
	ROW("ports:\n  - {name: a, device: net_null0, unknown: b, reflect: true}\n  - {name: b, "
	    "device: net_null1}\n",
		"x.yaml:2:43: ports[0].unknown: found a port, but \"a\" reflects (line 2) and has "
		"no unknown frames, expected drop"),
	ROW(PORT("workers: [1, 1]"),
		"x.yaml:1:51: ports[0].workers[1]: found CPU 1 a second time, expected it once"),
	ROW("lcores: {workers: [1, 2]}\nports: [{name: a, device: net_null0, workers: [1, 3]}]\n",
		"x.yaml:2:51: ports[0].workers[1]: found CPU 3, expected one of lcores.workers"),
	ROW(ONE_INTERFACE
		"neighbours: [{interface: x, address: 192.0.2.2, mac: \"02:00:00:00:00:02\"}]\n",
		"x.yaml:7:26: neighbours[0].interface: found \"x\", expected the name of an "
		"interface"),
	ROW(NEIGHBOUR("address: 203.0.113.2, mac: \"02:00:00:00:00:02\""),
		"x.yaml:7:38: neighbours[0].address: found an address that is no host's in the "
		"subnets of \"i\", expected one that is"),
	ROW(NEIGHBOUR("address: 192.0.2.255, mac: \"02:00:00:00:00:02\""),
		"x.yaml:7:38: neighbours[0].address: found an address that is no host's in the "
		"subnets of \"i\", expected one that is"),
	ROW(NEIGHBOUR("address: 192.0.2.0, mac: \"02:00:00:00:00:02\""),
		"x.yaml:7:38: neighbours[0].address: found an address that is no host's in the "
		"subnets of \"i\", expected one that is"),
	ROW(NEIGHBOUR("address: 198.51.100.2, mac: \"02:00:00:00:00:02\""),
		"x.yaml:7:38: neighbours[0].address: found an address that is no host's in the "
		"subnets of \"i\", expected one that is"),
	ROW(NEIGHBOUR("address: 192.0.2.1, mac: \"02:00:00:00:00:02\""),
		"x.yaml:7:38: neighbours[0].address: found an address of \"i\" itself, expected a "
		"neighbour's"),
	ROW(ONE_INTERFACE
		"neighbours:\n  - {interface: i, address: 192.0.2.2, mac: \"02:00:00:00:00:02\"}\n "
		" - {interface: i, address: 192.0.2.2, mac: \"02:00:00:00:00:03\"}\n",
		"x.yaml:9:29: neighbours[1].address: found the address of neighbours[0] on line 8, "
		"expected another address"),
	ROW(HANDLER("place: control, cpu: 1"),
		"x.yaml:1:45: handlers[0].cpu: found a CPU beside place control on line 1, "
		"expected it only with place own"),
	ROW(HANDLER("overload: pass"), "x.yaml:1:34: handlers[0].overload: found pass without a "
				       "port, expected `pass-to: PORT` beside it"),
	ROW(HANDLER("overload: drop-head, pass-to: a"),
		"x.yaml:1:54: handlers[0].pass-to: found a port that gets nothing, expected "
		"`overload: pass` beside it"),
	ROW(HANDLER("overload: pass, pass-to: a"), "x.yaml:1:49: handlers[0].pass-to: found "
						   "\"a\", expected the name of a port"),
};

static const struct row later[] = {
	ROW(HANDLER("ethertype: 0xcccc"),
		"x.yaml:1:35: handlers[0].ethertype: found an EtherType without a plug-in, expected "
		"it beside the key plugin only"),
	ROW(HANDLER("plugin: x.so, ethertype: 0x88a8"),
		"x.yaml:1:49: handlers[0].ethertype: found the EtherType of a tag, expected one "
		"that stands behind tags"),
	ROW(HANDLER("plugin: \"../x.so\""),
		"x.yaml:1:32: handlers[0].plugin: found "
		"\"../x.so\", expected the name of a file of up to 127 printable characters without "
		"'/'"),
	ROW("plugins: lib\n", "x.yaml:1:10: plugins: found \"lib\", expected the absolute path of "
			      "a folder, such as /usr/lib/burstline/plugins"),
	ROW(HANDLER("ethertype: 0x05ff"), "x.yaml:1:35: handlers[0].ethertype: found \"0x05ff\", "
					  "expected a number from 1536 to 65535"),
	ROW(HANDLER("plugin: \"\""), "x.yaml:1:32: handlers[0].plugin: found nothing, expected "
				     "the name of a file of up to 127 printable characters without "
				     "'/'"),
	ROW(INTERFACE("addresses: [\"2001:db8::1/64\"]"),
		"x.yaml:6:36: interfaces[0].addresses[0]: found \"2001:db8::1/64\", " LATER),
	ROW(NEIGHBOUR("address: \"2001:db8::2\", mac: \"02:00:00:00:00:02\""),
		"x.yaml:7:38: neighbours[0].address: found \"2001:db8::2\", " LATER),
	ROW(INTERFACE("addresses: [\"2001:db8::1/129\"]"),
		"x.yaml:6:36: interfaces[0].addresses[0]: found \"2001:db8::1/129\", "
		"expected " PREFIX),
	ROW(INTERFACE("tags: [{tpid: 0x9100, vid: 1}], addresses: [192.0.2.1/24]"),
		"x.yaml:6:38: interfaces[0].tags[0].tpid: found 0x9100, " LATER),
	ROW(PORT("fcs: true, mtu: 1"), "x.yaml:1:54: ports[0].mtu: found \"1\", expected " MTU),
};

static void contradictions_name_both_places(void **state)
{
	check_rows(references, sizeof(references) / sizeof(references[0]));
}

static void what_is_not_supported_yet_is_checked_and_refused(void **state)
{
	check_rows(later, sizeof(later) / sizeof(later[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contradictions_name_both_places),
		cmocka_unit_test(what_is_not_supported_yet_is_checked_and_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
