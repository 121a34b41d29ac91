/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The schema of the configuration, once, for loading, checking and saving, and beside it the limits
 * that a libcyaml schema has no room for. Data only: walk.c reads both. A new key is a member in
 * raw.h, a line in a field table, a line in the rules and a paragraph in config/README.md.
 */

#include <string.h>

#include "conf/raw.h"

enum { FDB_MAX = 1 << 24, RATE_MAX = 1000000000 };

#define OPT (CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER)
#define REQ CYAML_FLAG_POINTER

static const cyaml_schema_value_t number_value = {CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint32_t)};
static const cyaml_schema_value_t text_value = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED)};

static const cyaml_strval_t idle_words[] = {
	{"busy", CONF_IDLE_BUSY}, {"pause", CONF_IDLE_PAUSE}, {"sleep", CONF_IDLE_SLEEP}};
static const cyaml_strval_t hugepages_words[] = {{"auto", CONF_HUGEPAGES_AUTO},
	{"never", CONF_HUGEPAGES_NEVER}, {"require", CONF_HUGEPAGES_REQUIRE}};
static const cyaml_strval_t mode_words[] = {
	{"access", CONF_MODE_ACCESS}, {"trunk", CONF_MODE_TRUNK}, {"qinq", CONF_MODE_QINQ}};
static const cyaml_strval_t accept_words[] = {{"all", CONF_ACCEPT_ALL},
	{"tagged", CONF_ACCEPT_TAGGED}, {"untagged", CONF_ACCEPT_UNTAGGED}};
static const cyaml_strval_t overload_words[] = {{"drop-tail", CONF_OVERLOAD_DROP_TAIL},
	{"drop-head", CONF_OVERLOAD_DROP_HEAD}, {"pass", CONF_OVERLOAD_PASS}};

#define TEXT(key, flags, type, member)                                                             \
	CYAML_FIELD_STRING_PTR(key, flags, struct type, member, 0, CYAML_UNLIMITED)
#define NUMBER(key, type, member) CYAML_FIELD_UINT_PTR(key, OPT, struct type, member)
#define BOOL(key, type, member)   CYAML_FIELD_BOOL_PTR(key, OPT, struct type, member)
#define WORD(key, type, member, words)                                                             \
	CYAML_FIELD_ENUM_PTR(                                                                      \
		key, OPT | CYAML_FLAG_STRICT, struct type, member, words, CYAML_ARRAY_LEN(words))
#define LIST(key, flags, type, member, entry, min, max)                                            \
	CYAML_FIELD_SEQUENCE_COUNT(key, flags, struct type, member, n_##member, entry, min, max)

static const cyaml_schema_field_t lcores_fields[] = {
	TEXT("control", OPT, raw_lcores, control),
	LIST("workers", OPT, raw_lcores, workers, &number_value, 0, CONF_WORKERS_MAX),
	WORD("idle", raw_lcores, idle, idle_words),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t memory_fields[] = {
	TEXT("mbufs", OPT, raw_memory, mbufs),
	WORD("hugepages", raw_memory, hugepages, hugepages_words),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t metrics_fields[] = {
	NUMBER("port", raw_metrics, port),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t port_fields[] = {
	TEXT("name", REQ, raw_port, name),
	TEXT("device", REQ, raw_port, device),
	TEXT("mac", OPT, raw_port, mac),
	NUMBER("mtu", raw_port, mtu),
	TEXT("rx-queues", OPT, raw_port, rx_queues),
	TEXT("tx-queues", OPT, raw_port, tx_queues),
	TEXT("descriptors", OPT, raw_port, descriptors),
	LIST("workers", OPT, raw_port, workers, &number_value, 0, CONF_WORKERS_MAX),
	BOOL("optional", raw_port, optional),
	BOOL("promiscuous", raw_port, promiscuous),
	BOOL("fcs", raw_port, fcs),
	BOOL("reflect", raw_port, reflect),
	TEXT("unknown", OPT, raw_port, unknown),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t tag_fields[] = {
	NUMBER("tpid", raw_tag, tpid),
	CYAML_FIELD_UINT("vid", CYAML_FLAG_DEFAULT, struct raw_tag, vid),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t tag_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_tag, tag_fields)};

static const cyaml_schema_field_t translation_fields[] = {
	LIST("wire", REQ, raw_translation, wire, &tag_value, 1, CONF_TRANSLATED_MAX),
	LIST("inside", REQ, raw_translation, inside, &tag_value, 1, CONF_TRANSLATED_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t translation_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_translation, translation_fields)};

static const cyaml_schema_field_t storm_fields[] = {
	NUMBER("broadcast", raw_storm, broadcast),
	NUMBER("multicast", raw_storm, multicast),
	NUMBER("unknown", raw_storm, unknown),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t member_fields[] = {
	TEXT("port", REQ, raw_member, port),
	WORD("mode", raw_member, mode, mode_words),
	NUMBER("vlan", raw_member, vlan),
	LIST("vlans", OPT, raw_member, vlans, &text_value, 0, 4094),
	NUMBER("native", raw_member, native),
	WORD("accept", raw_member, accept, accept_words),
	BOOL("filter", raw_member, filter),
	NUMBER("pcp", raw_member, pcp),
	LIST("pcp-map", OPT, raw_member, pcp_map, &number_value, CONF_PCPS, CONF_PCPS),
	LIST("translate", OPT, raw_member, translate, &translation_value, 0, CONF_TRANSLATIONS_MAX),
	BOOL("isolated", raw_member, isolated),
	BOOL("sticky", raw_member, sticky),
	NUMBER("limit", raw_member, limit),
	CYAML_FIELD_MAPPING_PTR("storm", OPT, struct raw_member, storm, storm_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t member_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_member, member_fields)};

static const cyaml_schema_field_t entry_fields[] = {
	TEXT("mac", REQ, raw_entry, mac),
	NUMBER("vlan", raw_entry, vlan),
	TEXT("port", REQ, raw_entry, port),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t entry_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_entry, entry_fields)};

static const cyaml_schema_field_t bridge_fields[] = {
	TEXT("name", REQ, raw_bridge, name),
	BOOL("vlan-aware", raw_bridge, vlan_aware),
	NUMBER("tpid", raw_bridge, tpid),
	NUMBER("ageing", raw_bridge, ageing),
	NUMBER("fdb", raw_bridge, fdb),
	NUMBER("vlan-limit", raw_bridge, vlan_limit),
	NUMBER("learn-rate", raw_bridge, learn_rate),
	LIST("static", OPT, raw_bridge, entries, &entry_value, 0, CONF_ENTRIES_MAX),
	LIST("members", OPT, raw_bridge, members, &member_value, 0, CONF_PORTS_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t interface_fields[] = {
	TEXT("name", REQ, raw_interface, name),
	TEXT("port", OPT, raw_interface, port),
	TEXT("bridge", OPT, raw_interface, bridge),
	LIST("tags", OPT, raw_interface, tags, &tag_value, 0, CONF_TAGS_MAX),
	TEXT("mac", OPT, raw_interface, mac),
	LIST("addresses", REQ, raw_interface, addresses, &text_value, 1, CONF_ADDRESSES_MAX),
	BOOL("probe", raw_interface, probe),
	NUMBER("neighbour-limit", raw_interface, neighbour_limit),
	NUMBER("neighbour-timeout", raw_interface, neighbour_timeout),
	NUMBER("icmp-errors", raw_interface, icmp_errors),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t neighbour_fields[] = {
	TEXT("interface", REQ, raw_neighbour, interface),
	TEXT("address", REQ, raw_neighbour, address),
	TEXT("mac", REQ, raw_neighbour, mac),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t handler_fields[] = {
	TEXT("name", REQ, raw_handler, name),
	TEXT("plugin", OPT, raw_handler, plugin),
	NUMBER("ethertype", raw_handler, ethertype),
	TEXT("place", OPT, raw_handler, place),
	NUMBER("cpu", raw_handler, cpu),
	NUMBER("rate", raw_handler, rate),
	NUMBER("burst", raw_handler, burst),
	NUMBER("ring", raw_handler, ring),
	NUMBER("budget", raw_handler, budget),
	WORD("overload", raw_handler, overload, overload_words),
	TEXT("pass-to", OPT, raw_handler, pass_to),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t port_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_port, port_fields)};
static const cyaml_schema_value_t wire_value = {
	CYAML_VALUE_SEQUENCE_FIXED(CYAML_FLAG_POINTER | CYAML_FLAG_FLOW, char *, &text_value, 2)};
static const cyaml_schema_value_t bridge_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_bridge, bridge_fields)};
static const cyaml_schema_value_t interface_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_interface, interface_fields)};
static const cyaml_schema_value_t neighbour_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_neighbour, neighbour_fields)};
static const cyaml_schema_value_t handler_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_handler, handler_fields)};

static const cyaml_schema_field_t conf_fields[] = {
	TEXT("name", OPT, raw_conf, name),
	CYAML_FIELD_MAPPING_PTR("lcores", OPT, struct raw_conf, lcores, lcores_fields),
	CYAML_FIELD_MAPPING_PTR("memory", OPT, struct raw_conf, memory, memory_fields),
	CYAML_FIELD_MAPPING_PTR("metrics", OPT, struct raw_conf, metrics, metrics_fields),
	LIST("ports", OPT, raw_conf, ports, &port_value, 0, CONF_PORTS_MAX),
	LIST("wires", OPT, raw_conf, wires, &wire_value, 0, CONF_PORTS_MAX / 2),
	LIST("bridges", OPT, raw_conf, bridges, &bridge_value, 0, CONF_BRIDGES_MAX),
	LIST("interfaces", OPT, raw_conf, interfaces, &interface_value, 0, CONF_INTERFACES_MAX),
	LIST("neighbours", OPT, raw_conf, neighbours, &neighbour_value, 0, CONF_NEIGHBOURS_MAX),
	TEXT("plugins", OPT, raw_conf, plugins),
	LIST("handlers", OPT, raw_conf, handlers, &handler_value, 0, CONF_HANDLERS_MAX),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t conf_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_conf, conf_fields)};

static const struct rule rules[] = {
	{"name", RULE_NAME, 0, 0, NULL},
	{"lcores.control", RULE_AUTO, 0, CONF_CPU_LAST, NULL},
	{"lcores.workers[]", RULE_NUMBER, 0, CONF_CPU_LAST, NULL},
	{"memory.mbufs", RULE_AUTO, 256, 1u << 24, NULL},
	{"metrics.port", RULE_NUMBER, 1, 65535, NULL},
	{"ports[].name", RULE_PORT, 0, 0, NULL},
	{"ports[].device", RULE_DEVICE, 0, 0, NULL},
	{"ports[].mac", RULE_MAC, 0, 0, NULL},
	{"ports[].mtu", RULE_NUMBER, 68, 9702, NULL},
	{"ports[].rx-queues", RULE_AUTO, 1, 64, NULL},
	{"ports[].tx-queues", RULE_AUTO, 1, 64, NULL},
	{"ports[].descriptors", RULE_AUTO, 32, 32768, NULL},
	{"ports[].workers[]", RULE_NUMBER, 0, CONF_CPU_LAST, NULL},
	{"ports[].unknown", RULE_NAME, 0, 0, NULL},
	{"wires[][]", RULE_NAME, 0, 0, NULL},
	{"bridges[].name", RULE_NAME, 0, 0, NULL},
	{"bridges[].tpid", RULE_TPID, 0x0600, 0xffff, NULL},
	{"bridges[].ageing", RULE_NUMBER, 10, 1000000, NULL},
	{"bridges[].fdb", RULE_NUMBER, 64, FDB_MAX, NULL},
	{"bridges[].vlan-limit", RULE_NUMBER, 1, FDB_MAX, NULL},
	{"bridges[].learn-rate", RULE_NUMBER, 0, RATE_MAX, NULL},
	{"bridges[].static[].mac", RULE_MAC, 0, 0, NULL},
	{"bridges[].static[].vlan", RULE_NUMBER, 1, 4094, NULL},
	{"bridges[].static[].port", RULE_NAME, 0, 0, NULL},
	{"bridges[].members[].port", RULE_NAME, 0, 0, NULL},
	{"bridges[].members[].vlan", RULE_NUMBER, 1, 4094, NULL},
	{"bridges[].members[].vlans[]", RULE_VLANS, 1, 4094, NULL},
	{"bridges[].members[].native", RULE_NUMBER, 1, 4094, NULL},
	{"bridges[].members[].pcp", RULE_NUMBER, 0, CONF_PCPS - 1, NULL},
	{"bridges[].members[].pcp-map[]", RULE_NUMBER, 0, CONF_PCPS - 1, NULL},
	{"bridges[].members[].translate[].wire[].tpid", RULE_TPID, 0x0600, 0xffff, NULL},
	{"bridges[].members[].translate[].wire[].vid", RULE_NUMBER, 1, 4094, NULL},
	{"bridges[].members[].translate[].inside[].tpid", RULE_TPID, 0x0600, 0xffff, NULL},
	{"bridges[].members[].translate[].inside[].vid", RULE_NUMBER, 1, 4094, NULL},
	{"bridges[].members[].limit", RULE_NUMBER, 1, FDB_MAX, NULL},
	{"bridges[].members[].storm.broadcast", RULE_NUMBER, 1, RATE_MAX, NULL},
	{"bridges[].members[].storm.multicast", RULE_NUMBER, 1, RATE_MAX, NULL},
	{"bridges[].members[].storm.unknown", RULE_NUMBER, 1, RATE_MAX, NULL},
	{"interfaces[].name", RULE_NAME, 0, 0, NULL},
	{"interfaces[].port", RULE_NAME, 0, 0, NULL},
	{"interfaces[].bridge", RULE_NAME, 0, 0, NULL},
	{"interfaces[].tags[].tpid", RULE_TPID, 0x0600, 0xffff, NULL},
	{"interfaces[].tags[].vid", RULE_NUMBER, 1, 4094, NULL},
	{"interfaces[].mac", RULE_MAC, 0, 0, NULL},
	{"interfaces[].addresses[]", RULE_PREFIX, 0, 0, NULL},
	{"interfaces[].neighbour-limit", RULE_NUMBER, 1, CONF_NEIGHBOURS_MAX, NULL},
	{"interfaces[].neighbour-timeout", RULE_NUMBER, 1, 86400, NULL},
	{"interfaces[].icmp-errors", RULE_NUMBER, 0, RATE_MAX, NULL},
	{"neighbours[].interface", RULE_NAME, 0, 0, NULL},
	{"neighbours[].address", RULE_ADDRESS, 0, 0, NULL},
	{"neighbours[].mac", RULE_MAC, 0, 0, NULL},
	{"handlers[].name", RULE_NAME, 0, 0, NULL},
	{"plugins", RULE_FOLDER, 0, 0, NULL},
	{"handlers[].plugin", RULE_FILE, 0, 0, NULL},
	{"handlers[].ethertype", RULE_NUMBER, 0x0600, 0xffff, NULL},
	{"handlers[].place", RULE_PLACE, 0, CONF_CPU_LAST, NULL},
	{"handlers[].cpu", RULE_NUMBER, 0, CONF_CPU_LAST, NULL},
	{"handlers[].rate", RULE_NUMBER, 0, RATE_MAX, NULL},
	{"handlers[].burst", RULE_NUMBER, 1, 1000000, NULL},
	{"handlers[].ring", RULE_POWER, 64, 65536, NULL},
	{"handlers[].budget", RULE_NUMBER, 1, 4096, NULL},
	{"handlers[].pass-to", RULE_NAME, 0, 0, NULL},
};

const struct rule *rule_find(const char *path)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strcmp(rules[i].path, path) == 0)
			return &rules[i];
	return NULL;
}
