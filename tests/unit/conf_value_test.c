/* SPDX-License-Identifier: BSD-3-Clause */
/* Values that are not what their key takes: numbers, words, names, addresses, places (L18). The
 * whole message is compared. */

#include "conf_rows.h"

static const struct row numbers[] = {
	ROW("ports:\n  - name: a\n    device: net_null0\n  - name: b\n    device: net_null1\n    "
	    "mtu: 15oo\n",
		"x.yaml:6:10: ports[1].mtu: found \"15oo\", expected " MTU),
	ROW(PORT("mtu: 67"), "x.yaml:1:43: ports[0].mtu: found \"67\", expected " MTU),
	ROW(PORT("mtu: 9703"), "x.yaml:1:43: ports[0].mtu: found \"9703\", expected " MTU),
	ROW(PORT("mtu: -1"), "x.yaml:1:43: ports[0].mtu: found \"-1\", expected " MTU),
	ROW(PORT("mtu: +1500"), "x.yaml:1:43: ports[0].mtu: found \"+1500\", expected " MTU),
	ROW(PORT("mtu: 01500"), "x.yaml:1:43: ports[0].mtu: found \"01500\", expected " MTU),
	ROW(PORT("mtu: 1500.0"), "x.yaml:1:43: ports[0].mtu: found \"1500.0\", expected " MTU),
	ROW(PORT("mtu: 1.5e3"), "x.yaml:1:43: ports[0].mtu: found \"1.5e3\", expected " MTU),
	ROW(PORT("mtu: 1_500"), "x.yaml:1:43: ports[0].mtu: found \"1_500\", expected " MTU),
	ROW(PORT("mtu: 0b11"), "x.yaml:1:43: ports[0].mtu: found \"0b11\", expected " MTU),
	ROW(PORT("mtu: 0o17"), "x.yaml:1:43: ports[0].mtu: found \"0o17\", expected " MTU),
	ROW(PORT("mtu: 0x"), "x.yaml:1:43: ports[0].mtu: found \"0x\", expected " MTU),
	ROW(PORT("mtu: 0X600"), "x.yaml:1:43: ports[0].mtu: found \"0X600\", expected " MTU),
	ROW(PORT("mtu: 99999999999999999999"),
		"x.yaml:1:43: ports[0].mtu: found \"99999999999999999999\", expected " MTU),
	ROW(PORT("mtu: auto"), "x.yaml:1:43: ports[0].mtu: found \"auto\", expected " MTU),
	ROW(PORT("reflect: maybe"),
		"x.yaml:1:47: ports[0].reflect: found \"maybe\", expected true or false"),
	ROW(PORT("promiscuous: yes"),
		"x.yaml:1:51: ports[0].promiscuous: found \"yes\", expected true or false"),
	ROW(PORT("promiscuous: True"),
		"x.yaml:1:51: ports[0].promiscuous: found \"True\", expected true or false"),
	ROW(PORT("reflect: 1"),
		"x.yaml:1:47: ports[0].reflect: found \"1\", expected true or false"),
	ROW("lcores: {idle: nap}\n",
		"x.yaml:1:16: lcores.idle: found \"nap\", expected busy, pause or sleep"),
	ROW("lcores: {idle: Busy}\n",
		"x.yaml:1:16: lcores.idle: found \"Busy\", expected busy, pause or sleep"),
	ROW("memory: {hugepages: 2M}\n",
		"x.yaml:1:21: memory.hugepages: found \"2M\", expected auto, never or require"),
	ROW(HANDLER("overload: block"), "x.yaml:1:34: handlers[0].overload: found \"block\", "
					"expected drop-tail, drop-head or pass"),
	ROW("lcores: {control: -1}\n", "x.yaml:1:19: lcores.control: found \"-1\", expected auto "
				       "or a number from 0 to 1023"),
	ROW("lcores: {control: 1024}\n", "x.yaml:1:19: lcores.control: found \"1024\", expected "
					 "auto or a number from 0 to 1023"),
	ROW("lcores: {workers: [1, two]}\n",
		"x.yaml:1:23: lcores.workers[1]: found \"two\", expected a number from 0 to 1023"),
	ROW("lcores: {workers: [1024]}\n",
		"x.yaml:1:20: lcores.workers[0]: found \"1024\", expected a number from 0 to 1023"),
	ROW("metrics: {port: 0}\n",
		"x.yaml:1:17: metrics.port: found \"0\", expected a number from "
		"1 to 65535"),
	ROW("memory: {mbufs: 255}\n", "x.yaml:1:17: memory.mbufs: found \"255\", expected auto or "
				      "a number from 256 to 16777216"),
	ROW("memory: {mbufs: automatic}\n", "x.yaml:1:17: memory.mbufs: found \"automatic\", "
					    "expected auto or a number from 256 to 16777216"),
	ROW("memory: {mbufs: 16777217}\n", "x.yaml:1:17: memory.mbufs: found \"16777217\", "
					   "expected auto or a number from 256 to 16777216"),
	ROW(PORT("rx-queues: 0"), "x.yaml:1:49: ports[0].rx-queues: found \"0\", expected auto or "
				  "a number from 1 to 64"),
	ROW(PORT("rx-queues: 65"), "x.yaml:1:49: ports[0].rx-queues: found \"65\", expected auto "
				   "or a number from 1 to 64"),
	ROW(PORT("tx-queues: many"), "x.yaml:1:49: ports[0].tx-queues: found \"many\", expected "
				     "auto or a number from 1 to 64"),
	ROW(PORT("descriptors: 31"), "x.yaml:1:51: ports[0].descriptors: found \"31\", expected "
				     "auto or a number from 32 to 32768"),
	ROW(PORT("descriptors: 32769"), "x.yaml:1:51: ports[0].descriptors: found \"32769\", "
					"expected auto or a number from 32 to 32768"),
	ROW(HANDLER("rate: 1000000001"), "x.yaml:1:30: handlers[0].rate: found \"1000000001\", "
					 "expected a number from 0 to 1000000000"),
	ROW(HANDLER("burst: 0"),
		"x.yaml:1:31: handlers[0].burst: found \"0\", expected a number from 1 to 1000000"),
	ROW(HANDLER("ring: 100"), "x.yaml:1:30: handlers[0].ring: found \"100\", expected a power "
				  "of two from 64 to 65536"),
	ROW(HANDLER("ring: 32"), "x.yaml:1:30: handlers[0].ring: found \"32\", expected a power of "
				 "two from 64 to 65536"),
	ROW(HANDLER("ring: 131072"), "x.yaml:1:30: handlers[0].ring: found \"131072\", expected a "
				     "power of two from 64 to 65536"),
	ROW(INTERFACE("neighbour-limit: 0"), "x.yaml:6:41: interfaces[0].neighbour-limit: found "
					     "\"0\", expected a number from 1 to 4096"),
	ROW(INTERFACE("neighbour-limit: 4097"),
		"x.yaml:6:41: interfaces[0].neighbour-limit: found \"4097\", expected a number "
		"from 1 to 4096"),
	ROW(INTERFACE("neighbour-timeout: 86401"),
		"x.yaml:6:43: interfaces[0].neighbour-timeout: found \"86401\", expected a "
		"number from 1 to 86400"),
	ROW(INTERFACE("icmp-errors: all"), "x.yaml:6:37: interfaces[0].icmp-errors: found "
					   "\"all\", expected a number from 0 to 1000000000"),
	ROW(INTERFACE("probe: maybe"), "x.yaml:6:31: interfaces[0].probe: found \"maybe\", "
				       "expected true or false"),
	ROW(INTERFACE("tags: [{vid: 0}]"), "x.yaml:6:37: interfaces[0].tags[0].vid: found \"0\", "
					   "expected a number from 1 to 4094"),
	ROW(INTERFACE("tags: [{vid: 4095}]"), "x.yaml:6:37: interfaces[0].tags[0].vid: found "
					      "\"4095\", expected a number from 1 to 4094"),
	ROW(INTERFACE("tags: [{vid: 1}, {vid: 4096}]"),
		"x.yaml:6:47: interfaces[0].tags[1].vid: found \"4096\", expected a number from 1 "
		"to 4094"),
	ROW(INTERFACE("tags: [{vid: 1, tpid: 0x0800}]"),
		"x.yaml:6:46: interfaces[0].tags[0].tpid: found \"0x0800\", expected " TPID),
	ROW(INTERFACE("tags: [{vid: 1, tpid: 0x05ff}]"),
		"x.yaml:6:46: interfaces[0].tags[0].tpid: found \"0x05ff\", expected " TPID),
};

static const struct row names[] = {
	ROW("name: a/b\n", "x.yaml:1:7: name: found \"a/b\", expected " NAME),
	ROW("name: ../x\n", "x.yaml:1:7: name: found \"../x\", expected " NAME),
	ROW("name: .hidden\n", "x.yaml:1:7: name: found \".hidden\", expected " NAME),
	ROW("name: -x\n", "x.yaml:1:7: name: found \"-x\", expected " NAME),
	ROW("name: \"a b\"\n", "x.yaml:1:7: name: found \"a b\", expected " NAME),
	ROW("name: a,b\n", "x.yaml:1:7: name: found \"a,b\", expected " NAME),
	ROW("name: a:b\n", "x.yaml:1:7: name: found \"a:b\", expected " NAME),
	ROW("name: \"\303\251\"\n", "x.yaml:1:7: name: found \"\\xc3\\xa9\", expected " NAME),
	ROW("name: n2345678901234567890123456789012\n",
		"x.yaml:1:7: name: found \"n2345678901234567890123456789012\", expected " NAME),
	ROW("ports: [{name: drop, device: net_null0}]\n",
		"x.yaml:1:16: ports[0].name: found \"drop\", expected " NAME
		" and is not \"drop\""),
	ROW("ports: [{name: a/b, device: net_null0}]\n",
		"x.yaml:1:16: ports[0].name: found \"a/b\", expected " NAME " and is not \"drop\""),
	ROW(THREE_PORTS "interfaces: [{name: \"i i\", port: a, addresses: [192.0.2.1/24]}]\n",
		"x.yaml:5:21: interfaces[0].name: found \"i i\", expected " NAME),
	ROW("handlers: [{name: a*}]\n",
		"x.yaml:1:19: handlers[0].name: found \"a*\", expected " NAME),
	ROW("ports: [{name: a, device: \"\"}]\n",
		"x.yaml:1:27: ports[0].device: found nothing, expected " DEVICE),
	ROW("ports: [{name: a, device: \",iface=x\"}]\n",
		"x.yaml:1:27: ports[0].device: found \",iface=x\", expected " DEVICE),
	ROW("ports: [{name: a, device: \"net null\"}]\n",
		"x.yaml:1:27: ports[0].device: found \"net null\", expected " DEVICE),
	ROW("ports: [{name: a, device: \"net_null0\\n\"}]\n",
		"x.yaml:1:27: ports[0].device: found \"net_null0\\x0a\", expected " DEVICE),
	ROW("ports: [{name: a, device: "
	    "\"net_null0,"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}]\n",
		"x.yaml:1:27: ports[0].device: found "
		"\"net_null0,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\", expected " DEVICE),
};

static const struct row addresses[] = {
	ROW(PORT("mac: \"00:00:00:00:00:00\""),
		"x.yaml:1:43: ports[0].mac: found \"00:00:00:00:00:00\", expected " MAC),
	ROW(PORT("mac: \"01:00:5e:00:00:01\""),
		"x.yaml:1:43: ports[0].mac: found \"01:00:5e:00:00:01\", expected " MAC),
	ROW(PORT("mac: \"ff:ff:ff:ff:ff:ff\""),
		"x.yaml:1:43: ports[0].mac: found \"ff:ff:ff:ff:ff:ff\", expected " MAC),
	ROW(PORT("mac: \"02:00:00:00:00\""),
		"x.yaml:1:43: ports[0].mac: found \"02:00:00:00:00\", expected " MAC),
	ROW(PORT("mac: \"02:00:00:00:00:00:01\""),
		"x.yaml:1:43: ports[0].mac: found \"02:00:00:00:00:00:01\", expected " MAC),
	ROW(PORT("mac: \"02-00-00-00-00-01\""),
		"x.yaml:1:43: ports[0].mac: found \"02-00-00-00-00-01\", expected " MAC),
	ROW(PORT("mac: \"020000000001\""),
		"x.yaml:1:43: ports[0].mac: found \"020000000001\", expected " MAC),
	ROW(PORT("mac: \"02:00:00:00:00:0g\""),
		"x.yaml:1:43: ports[0].mac: found \"02:00:00:00:00:0g\", expected " MAC),
	ROW(PORT("mac: \"2:0:0:0:0:1\""),
		"x.yaml:1:43: ports[0].mac: found \"2:0:0:0:0:1\", expected " MAC),
	ROW(INTERFACE("addresses: [192.0.2.1]"),
		"x.yaml:6:36: interfaces[0].addresses[0]: found \"192.0.2.1\", expected " PREFIX),
	ROW(INTERFACE("addresses: [192.0.2.1/]"),
		"x.yaml:6:36: interfaces[0].addresses[0]: found \"192.0.2.1/\", expected " PREFIX),
	ROW(INTERFACE("addresses: [192.0.2.1/33]"), "x.yaml:6:36: interfaces[0].addresses[0]: "
						    "found \"192.0.2.1/33\", expected " PREFIX),
	ROW(INTERFACE("addresses: [192.0.2.1/0]"),
		"x.yaml:6:36: interfaces[0].addresses[0]: found \"192.0.2.1/0\", expected " PREFIX),
	ROW(INTERFACE("addresses: [192.0.2.1/024]"), "x.yaml:6:36: interfaces[0].addresses[0]: "
						     "found \"192.0.2.1/024\", expected " PREFIX),
	ROW(INTERFACE("addresses: [192.0.2.1/0x18]"), "x.yaml:6:36: interfaces[0].addresses[0]: "
						      "found \"192.0.2.1/0x18\", expected " PREFIX),
	ROW(INTERFACE("addresses: [192.0.2.0/24]"), "x.yaml:6:36: interfaces[0].addresses[0]: "
						    "found \"192.0.2.0/24\", expected " PREFIX),
	ROW(INTERFACE("addresses: [192.0.2.255/24]"), "x.yaml:6:36: interfaces[0].addresses[0]: "
						      "found \"192.0.2.255/24\", expected " PREFIX),
	ROW(INTERFACE("addresses: [224.0.0.1/4]"),
		"x.yaml:6:36: interfaces[0].addresses[0]: found \"224.0.0.1/4\", expected " PREFIX),
	ROW(INTERFACE("addresses: [255.255.255.255/32]"),
		"x.yaml:6:36: interfaces[0].addresses[0]: found \"255.255.255.255/32\", "
		"expected " PREFIX),
	ROW(INTERFACE("addresses: [127.0.0.1/8]"),
		"x.yaml:6:36: interfaces[0].addresses[0]: found \"127.0.0.1/8\", expected " PREFIX),
	ROW(INTERFACE("addresses: [0.0.0.0/32]"),
		"x.yaml:6:36: interfaces[0].addresses[0]: found \"0.0.0.0/32\", expected " PREFIX),
	ROW(INTERFACE("addresses: [0.1.2.3/24]"),
		"x.yaml:6:36: interfaces[0].addresses[0]: found \"0.1.2.3/24\", expected " PREFIX),
	ROW(INTERFACE("addresses: [192.0.2/24]"),
		"x.yaml:6:36: interfaces[0].addresses[0]: found \"192.0.2/24\", expected " PREFIX),
	ROW(INTERFACE("addresses: [192.0.2.01/24]"), "x.yaml:6:36: interfaces[0].addresses[0]: "
						     "found \"192.0.2.01/24\", expected " PREFIX),
	ROW(INTERFACE("addresses: [192.0.2.256/24]"), "x.yaml:6:36: interfaces[0].addresses[0]: "
						      "found \"192.0.2.256/24\", expected " PREFIX),
	ROW(INTERFACE("addresses: [hello/24]"),
		"x.yaml:6:36: interfaces[0].addresses[0]: found \"hello/24\", expected " PREFIX),
	ROW(INTERFACE("mac: \"03:00:00:00:00:01\", addresses: [192.0.2.1/24]"),
		"x.yaml:6:29: interfaces[0].mac: found \"03:00:00:00:00:01\", expected " MAC),
	ROW(NEIGHBOUR("address: 192.0.2.2, mac: \"00:00:00:00:00:00\""),
		"x.yaml:7:54: neighbours[0].mac: found \"00:00:00:00:00:00\", expected " MAC),
	ROW(NEIGHBOUR("address: 192.0.2.2, mac: \"01:00:5e:00:00:01\""),
		"x.yaml:7:54: neighbours[0].mac: found \"01:00:5e:00:00:01\", expected " MAC),
	ROW(NEIGHBOUR("address: 192.0.2.2/24"),
		"x.yaml:7:38: neighbours[0].address: found \"192.0.2.2/24\", expected the address "
		"of a host, such as 192.0.2.66"),
	ROW(NEIGHBOUR("address: 224.0.0.1"),
		"x.yaml:7:38: neighbours[0].address: found \"224.0.0.1\", expected the address of "
		"a host, such as 192.0.2.66"),
};

static const struct row places[] = {
	ROW(HANDLER("place: worker"),
		"x.yaml:1:31: handlers[0].place: found \"worker\", expected " PLACE),
	ROW(HANDLER("place: lcore"),
		"x.yaml:1:31: handlers[0].place: found \"lcore\", expected " PLACE),
	ROW(HANDLER("place: \"lcore \""),
		"x.yaml:1:31: handlers[0].place: found \"lcore \", expected " PLACE),
	ROW(HANDLER("place: inline 3"),
		"x.yaml:1:31: handlers[0].place: found \"inline 3\", expected " PLACE),
	ROW(HANDLER("place: control 1"),
		"x.yaml:1:31: handlers[0].place: found \"control 1\", expected " PLACE),
	ROW(HANDLER("place: \"lcore 3,\""),
		"x.yaml:1:31: handlers[0].place: found \"lcore 3,\", expected " PLACE),
	ROW(HANDLER("place: \"lcore ,3\""),
		"x.yaml:1:31: handlers[0].place: found \"lcore ,3\", expected " PLACE),
	ROW(HANDLER("place: \"lcore 3, 5\""),
		"x.yaml:1:31: handlers[0].place: found \"lcore 3, 5\", expected " PLACE),
	ROW(HANDLER("place: \"lcore 3,3\""),
		"x.yaml:1:31: handlers[0].place: found \"lcore 3,3\", expected " PLACE),
	ROW(HANDLER("place: lcore 1024"),
		"x.yaml:1:31: handlers[0].place: found \"lcore 1024\", expected " PLACE),
	ROW(HANDLER("place: lcore x"),
		"x.yaml:1:31: handlers[0].place: found \"lcore x\", expected " PLACE),
	ROW(HANDLER("place: lcore3"),
		"x.yaml:1:31: handlers[0].place: found \"lcore3\", expected " PLACE),
	ROW(HANDLER("place: Inline"),
		"x.yaml:1:31: handlers[0].place: found \"Inline\", expected " PLACE),
	ROW(HANDLER("place: lcore 3,5"),
		"x.yaml:1:39: handlers[0]: found the unknown key \"5\", expected " HANDLER_KEYS),
};

static void numbers_and_words_are_taken_strictly(void **state)
{
	check_rows(numbers, sizeof(numbers) / sizeof(numbers[0]));
}

static void names_and_devices_fit_files_and_eal(void **state)
{
	check_rows(names, sizeof(names) / sizeof(names[0]));
}

static void addresses_are_those_of_one_host(void **state)
{
	check_rows(addresses, sizeof(addresses) / sizeof(addresses[0]));
}

static void a_place_has_cpus_where_it_needs_them_and_only_there(void **state)
{
	check_rows(places, sizeof(places) / sizeof(places[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_words_are_taken_strictly),
		cmocka_unit_test(names_and_devices_fit_files_and_eal),
		cmocka_unit_test(addresses_are_those_of_one_host),
		cmocka_unit_test(a_place_has_cpus_where_it_needs_them_and_only_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
