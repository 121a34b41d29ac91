/* SPDX-License-Identifier: BSD-3-Clause */
/* What a good configuration becomes: every key, every default, the built-in one, and the schema
 * that can write it back. Bad ones are in conf_error_test.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include <cmocka.h>

#include "conf/conf.h"
#include "conf/raw.h"

static const char every_key[] =
	"name: edge-1\n"
	"lcores: {control: 0, workers: [1, 0x2], idle: busy}\n"
	"memory: {mbufs: 16384, hugepages: never}\n"
	"metrics: {port: 9117}\n"
	"ports:\n"
	"  - {name: p0, device: \"net_tap0,iface=bl0\", mac: \"02:00:00:00:00:01\", mtu: 1400}\n"
	"  - name: p1\n"
	"    device: 0000:3b:00.0\n"
	"    rx-queues: 4\n"
	"    tx-queues: auto\n"
	"    descriptors: 512\n"
	"    workers: [2, 1]\n"
	"    optional: true\n"
	"    promiscuous: false\n"
	"    fcs: false\n"
	"    reflect: false\n"
	"    unknown: p0\n"
	"  - {name: p2, device: net_tap2, unknown: drop}\n"
	"  - {name: p3, device: net_tap3}\n"
	"  - {name: p4, device: net_tap4, reflect: true}\n"
	"  - {name: p5, device: net_tap5}\n"
	"  - {name: p6, device: net_tap6}\n"
	"wires:\n"
	"  - [p3, p2]\n"
	"  - [p5, p6]\n"
	"interfaces:\n"
	"  - {name: p0, port: p0, addresses: [192.0.2.1/24, 198.51.100.1/31], probe: false}\n"
	"  - name: p0.100.200\n"
	"    port: p0\n"
	"    tags: [{tpid: 0x88a8, vid: 100}, {vid: 200}]\n"
	"    mac: 02:00:00:00:00:1F\n"
	"    addresses: [203.0.113.1/24]\n"
	"    probe: true\n"
	"    neighbour-limit: 4096\n"
	"    neighbour-timeout: 86400\n"
	"    icmp-errors: 0\n"
	"neighbours:\n"
	"  - {interface: p0.100.200, address: 203.0.113.66, mac: \"02:00:00:00:00:66\"}\n"
	"handlers:\n"
	"  - {name: arp, place: control, rate: 1000, burst: 256, ring: 1024, overload: drop-tail}\n"
	"  - {name: count, place: \"lcore 3,5\", rate: 0}\n"
	"  - {name: echo, place: own, cpu: 2, budget: 8, overload: pass, pass-to: p1}\n";

static struct conf *load(const char *text)
{
	struct conf *conf = NULL;
	char error[512];

	if (conf_load_buffer("test", text, strlen(text), &conf, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	return conf;
}

static void lcores_and_memory_are_as_written(void **state)
{
	struct conf *c = load(every_key);

	assert_string_equal(c->name, "edge-1");
	assert_int_equal(c->lcores.control, 0);
	assert_int_equal(c->lcores.n_workers, 2);
	assert_int_equal(c->lcores.workers[0], 1);
	assert_int_equal(c->lcores.workers[1], 2);
	assert_int_equal(c->lcores.idle, CONF_IDLE_BUSY);
	assert_int_equal(c->memory.mbufs, 16384);
	assert_int_equal(c->metrics_port, 9117);
	assert_int_equal(c->memory.hugepages, CONF_HUGEPAGES_NEVER);
	conf_free(c);
}

static void ports_and_wires_are_as_written(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	struct conf *c = load(every_key);
	const struct conf_port *p = c->ports;

	assert_int_equal(c->n_ports, 7);
	assert_string_equal(p[0].name, "p0");
	assert_string_equal(p[0].device, "net_tap0,iface=bl0");
	assert_true(p[0].has_mac);
	assert_memory_equal(p[0].mac, mac, 6);
	assert_int_equal(p[0].mtu, 1400);
	assert_string_equal(p[1].device, "0000:3b:00.0");
	assert_int_equal(p[1].rx_queues, 4);
	assert_int_equal(p[1].tx_queues, CONF_AUTO);
	assert_int_equal(p[1].descriptors, 512);
	assert_int_equal(p[1].n_workers, 2);
	assert_int_equal(p[1].workers[0], 2);
	assert_int_equal(p[1].workers[1], 1);
	assert_true(p[1].optional);
	assert_false(p[1].promiscuous);
	assert_int_equal(p[1].unknown_port, 0);
	assert_int_equal(p[2].unknown_port, -1);
	assert_false(p[3].reflect);
	assert_true(p[4].reflect);
	assert_int_equal(c->n_wires, 2);
	assert_int_equal(c->wires[0].port[0], 3);
	assert_int_equal(c->wires[0].port[1], 2);
	assert_int_equal(c->wires[1].port[0], 5);
	assert_int_equal(c->wires[1].port[1], 6);
	conf_free(c);
}

static void interfaces_and_neighbours_are_as_written(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 0x1f}, far[6] = {2, 0, 0, 0, 0, 0x66};
	struct conf *c = load(every_key);
	const struct conf_interface *i = c->interfaces;

	assert_int_equal(c->n_interfaces, 2);
	assert_int_equal(i[0].n_tags, 0);
	assert_false(i[0].has_mac);
	assert_false(i[0].probe);
	assert_int_equal(i[0].neighbour_limit, CONF_NEIGHBOUR_LIMIT);
	assert_int_equal(i[0].neighbour_timeout, CONF_NEIGHBOUR_TIMEOUT);
	assert_int_equal(i[0].icmp_errors, CONF_ICMP_ERRORS);
	assert_true(i[1].probe);
	assert_int_equal(i[1].neighbour_limit, 4096);
	assert_int_equal(i[1].neighbour_timeout, 86400);
	assert_int_equal(i[1].icmp_errors, 0);
	assert_int_equal(i[0].n_addresses, 2);
	assert_int_equal(i[0].addresses[0].ip_be, htonl(0xc0000201));
	assert_int_equal(i[0].addresses[0].prefix, 24);
	assert_int_equal(i[0].addresses[1].ip_be, htonl(0xc6336401));
	assert_int_equal(i[0].addresses[1].prefix, 31);
	assert_string_equal(i[1].name, "p0.100.200");
	assert_int_equal(i[1].port, 0);
	assert_int_equal(i[1].n_tags, 2);
	assert_int_equal(i[1].tags[0].tpid, 0x88a8);
	assert_int_equal(i[1].tags[0].vid, 100);
	assert_int_equal(i[1].tags[1].tpid, 0x8100);
	assert_int_equal(i[1].tags[1].vid, 200);
	assert_true(i[1].has_mac);
	assert_memory_equal(i[1].mac, mac, 6);
	assert_int_equal(c->n_neighbours, 1);
	assert_int_equal(c->neighbours[0].interface, 1);
	assert_int_equal(c->neighbours[0].address_be, htonl(0xcb007142));
	assert_memory_equal(c->neighbours[0].mac, far, 6);
	conf_free(c);
}

static void handlers_are_as_written(void **state)
{
	struct conf *c = load(every_key);
	const struct conf_handler *h = c->handlers;

	assert_int_equal(c->n_handlers, 3);
	assert_string_equal(h[0].name, "arp");
	assert_true(h[0].has_place);
	assert_int_equal(h[0].place, CONF_PLACE_CONTROL);
	assert_true(h[0].has_rate);
	assert_int_equal(h[0].rate, 1000);
	assert_int_equal(h[0].burst, 256);
	assert_int_equal(h[0].ring, 1024);
	assert_int_equal(h[0].overload, CONF_OVERLOAD_DROP_TAIL);
	assert_int_equal(h[1].place, CONF_PLACE_LCORE);
	assert_int_equal(h[1].n_cpus, 2);
	assert_int_equal(h[1].cpus[0], 3);
	assert_int_equal(h[1].cpus[1], 5);
	assert_true(h[1].has_rate);
	assert_int_equal(h[1].rate, 0);
	assert_false(h[2].has_rate);
	assert_int_equal(h[2].burst, 0);
	assert_int_equal(h[2].ring, 0);
	assert_int_equal(h[2].place, CONF_PLACE_OWN);
	assert_int_equal(h[2].n_cpus, 1);
	assert_int_equal(h[2].cpus[0], 2);
	assert_int_equal(h[2].budget, 8);
	assert_int_equal(h[2].overload, CONF_OVERLOAD_PASS);
	assert_int_equal(h[2].pass_port, 1);
	assert_int_equal(h[1].pass_port, -1);
	conf_free(c);
}

static void absent_keys_have_their_defaults(void **state)
{
	struct conf *c = load("ports: [{name: p0, device: net_null0}]\n");
	const struct conf_port *p = c->ports;

	assert_string_equal(c->name, "burstline");
	assert_int_equal(c->lcores.control, CONF_CPU_AUTO);
	assert_int_equal(c->lcores.n_workers, 0);
	assert_int_equal(c->lcores.idle, CONF_IDLE_SLEEP);
	assert_int_equal(c->memory.mbufs, CONF_AUTO);
	assert_int_equal(c->metrics_port, 0);
	assert_int_equal(c->memory.hugepages, CONF_HUGEPAGES_AUTO);
	assert_false(p->has_mac);
	assert_int_equal(p->mtu, 0);
	assert_int_equal(p->rx_queues, CONF_AUTO);
	assert_int_equal(p->tx_queues, CONF_AUTO);
	assert_int_equal(p->descriptors, CONF_AUTO);
	assert_int_equal(p->n_workers, 0);
	assert_false(p->optional);
	assert_true(p->promiscuous);
	assert_false(p->fcs);
	assert_false(p->reflect);
	assert_int_equal(p->unknown_port, -1);
	assert_int_equal(c->n_wires, 0);
	assert_int_equal(c->n_interfaces, 0);
	assert_int_equal(c->n_neighbours, 0);
	assert_int_equal(c->n_handlers, 0);
	conf_free(c);
}

static void words_for_automatic_values_are_taken(void **state)
{
	struct conf *c = load("lcores: {control: auto, idle: pause, workers: []}\n"
			      "memory: {mbufs: auto, hugepages: require}\n"
			      "ports: [{name: p0, device: net_null0, rx-queues: auto}]\n");

	assert_int_equal(c->lcores.control, CONF_CPU_AUTO);
	assert_int_equal(c->lcores.idle, CONF_IDLE_PAUSE);
	assert_int_equal(c->memory.mbufs, CONF_AUTO);
	assert_int_equal(c->memory.hugepages, CONF_HUGEPAGES_REQUIRE);
	conf_free(c);
}

static void an_empty_mapping_is_a_configuration_without_ports(void **state)
{
	struct conf *c = load("{}\n");

	assert_int_equal(c->n_ports, 0);
	assert_string_equal(c->name, "burstline");
	conf_free(c);
}

/* What looks like a contradiction and is none. */
static void different_tags_and_shared_cpus_are_no_contradiction(void **state)
{
	struct conf *c = load("lcores: {control: 1, workers: [1, 1]}\n"
			      "ports:\n"
			      "  - {name: a, device: 0000:3b:00.0, unknown: b, workers: [1]}\n"
			      "  - {name: b, device: 0001:3b:00.0}\n"
			      "  - {name: c, device: 3b:00.1}\n"
			      "wires: [[b, c]]\n"
			      "interfaces:\n"
			      "  - {name: a, port: a, addresses: [10.0.0.1/31, 10.0.0.2/8]}\n"
			      "  - {name: b, port: a, tags: [{vid: 5}], addresses: [10.0.0.0/31]}\n"
			      "  - {name: c, port: a, tags: [{vid: 5, tpid: 0x88a8}],\n"
			      "     addresses: [10.0.0.1/32]}\n"
			      "neighbours:\n"
			      "  - {interface: b, address: 10.0.0.1, mac: 02:00:00:00:00:01}\n"
			      "handlers: [{name: a}]\n");

	assert_int_equal(c->n_interfaces, 3);
	conf_free(c);
}

static void a_byte_order_mark_is_no_indent(void **state)
{
	struct conf *c = load("\xef\xbb\xbfname: here\nmemory: {mbufs: 0x100}\n");

	assert_string_equal(c->name, "here");
	assert_int_equal(c->memory.mbufs, 256);
	conf_free(c);
}

static void the_built_in_configuration_bridges_two_taps_and_answers_there(void **state)
{
	struct conf *c = NULL;
	char error[512];

	assert_int_equal(conf_default(&c, error, sizeof(error)), 0);
	assert_string_equal(c->name, "burstline");
	assert_int_equal(c->n_ports, 2);
	assert_string_equal(c->ports[0].name, "bl0");
	assert_string_equal(c->ports[1].name, "bl1");
	assert_int_equal(c->n_wires, 0);
	assert_int_equal(c->n_bridges, 1);
	assert_false(c->bridges[0].vlan_aware);
	assert_int_equal(c->bridges[0].n_members, 2);
	assert_int_equal(c->bridges[0].members[0].port, 0);
	assert_int_equal(c->bridges[0].members[1].port, 1);
	assert_int_equal(c->n_interfaces, 1);
	assert_true(c->interfaces[0].on_bridge);
	assert_false(c->interfaces[0].has_mac);
	assert_int_equal(c->interfaces[0].addresses[0].ip_be, htonl(0xc0000201));
	conf_free(c);
}

/* What the schema writes back must load again and be the same: so nothing is written that was not
 * there, and every form of value survives. */
static void the_schema_saves_what_it_loaded(void **state)
{
	const cyaml_config_t config = {.mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR};
	struct raw_conf *raw = NULL;
	char *once = NULL, *twice = NULL, error[512];
	size_t n_once, n_twice;
	struct conf *c = NULL;

	assert_int_equal(cyaml_load_data((const uint8_t *)every_key, strlen(every_key), &config,
				 &conf_schema, (cyaml_data_t **)&raw, NULL),
		CYAML_OK);
	assert_int_equal(cyaml_save_data(&once, &n_once, &config, &conf_schema, raw, 0), CYAML_OK);
	cyaml_free(&config, &conf_schema, raw, 0);
	if (conf_load_buffer("saved", once, n_once, &c, error, sizeof(error)) != 0)
		fail_msg("%s\n%.*s", error, (int)n_once, once);
	assert_int_equal(c->n_ports, 7);
	assert_int_equal(c->ports[1].rx_queues, 4);
	assert_int_equal(c->wires[0].port[0], 3);
	assert_int_equal(c->interfaces[1].tags[0].tpid, 0x88a8);
	assert_int_equal(c->handlers[1].cpus[1], 5);
	assert_false(c->handlers[2].has_rate);
	conf_free(c);

	raw = NULL;
	assert_int_equal(cyaml_load_data((const uint8_t *)once, n_once, &config, &conf_schema,
				 (cyaml_data_t **)&raw, NULL),
		CYAML_OK);
	assert_int_equal(
		cyaml_save_data(&twice, &n_twice, &config, &conf_schema, raw, 0), CYAML_OK);
	cyaml_free(&config, &conf_schema, raw, 0);
	assert_int_equal(n_once, n_twice);
	assert_memory_equal(once, twice, n_once);
	free(once);
	free(twice);
}

/* Truncation at every octet: a message with the file's name, or a configuration; never neither. */
static void a_cut_document_loads_or_says_why(void **state)
{
	unsigned loaded = 0, refused = 0;

	for (size_t n = 0; n <= strlen(every_key); n++) {
		char *exact = malloc(n > 0 ? n : 1); // so that a sanitizer sees a read past the end
		struct conf *c = NULL;
		char error[512];

		memcpy(exact, every_key, n);
		if (conf_load_buffer("cut", exact, n, &c, error, sizeof(error)) == 0) {
			assert_non_null(c);
			loaded++;
		} else {
			assert_null(c);
			assert_memory_equal(error, "cut:", 4);
			refused++;
		}
		conf_free(c);
		free(exact);
	}
	assert_true(loaded > 10);
	assert_true(refused > 100);
}

static void every_key_of_the_schema_is_in_the_reference(void **state)
{
	const cyaml_schema_value_t *work[256] = {&conf_schema};
	unsigned n = 1, keys = 0;
	static char readme[32768];
	FILE *f = fopen(CONF_REFERENCE, "r");
	size_t size;

	assert_non_null(f);
	size = fread(readme, 1, sizeof(readme) - 1, f);
	fclose(f);
	assert_true(size < sizeof(readme) - 1);
	readme[size] = '\0';
	for (unsigned i = 0; i < n; i++) {
		if (work[i]->type == CYAML_SEQUENCE || work[i]->type == CYAML_SEQUENCE_FIXED)
			work[n++] = work[i]->sequence.entry;
		if (work[i]->type != CYAML_MAPPING)
			continue;
		for (const cyaml_schema_field_t *k = work[i]->mapping.fields; k->key; k++) {
			char row[64], below[64], section[64];

			snprintf(row, sizeof(row), "\n| `%s` |", k->key);
			snprintf(below, sizeof(below), ".%s` |", k->key);
			snprintf(section, sizeof(section), "\n## %s\n", k->key);
			if (!strstr(readme, i == 0 ? section : row) && !strstr(readme, below))
				fail_msg("no `%s` in the reference", k->key);
			work[n++] = &k->value;
			keys++;
			assert_true(n < 240);
		}
	}
	assert_true(keys > 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lcores_and_memory_are_as_written),
		cmocka_unit_test(ports_and_wires_are_as_written),
		cmocka_unit_test(interfaces_and_neighbours_are_as_written),
		cmocka_unit_test(handlers_are_as_written),
		cmocka_unit_test(absent_keys_have_their_defaults),
		cmocka_unit_test(words_for_automatic_values_are_taken),
		cmocka_unit_test(an_empty_mapping_is_a_configuration_without_ports),
		cmocka_unit_test(different_tags_and_shared_cpus_are_no_contradiction),
		cmocka_unit_test(a_byte_order_mark_is_no_indent),
		cmocka_unit_test(the_built_in_configuration_bridges_two_taps_and_answers_there),
		cmocka_unit_test(the_schema_saves_what_it_loaded),
		cmocka_unit_test(every_key_of_the_schema_is_in_the_reference),
		cmocka_unit_test(a_cut_document_loads_or_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
