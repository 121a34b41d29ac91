/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_RAW_H
#define CONF_RAW_H

/**
 * @file
 * The document as libcyaml loads it: one struct a mapping, one member a key, nothing resolved.
 * Internal to lib/conf. `conf_schema` is the one schema: the walk checks along it, cyaml_load
 * fills these structs by it, and cyaml_save can write them back.
 *
 * An optional scalar or mapping is a pointer and an absent key is NULL, so that what was not
 * written is not saved. What may be a number or a word (`auto`, a range) is a string.
 */

#include <stdbool.h>
#include <stdint.h>

#include <cyaml/cyaml.h>

#include "conf/conf.h"

struct raw_lcores {
	char *control; // CPU or "auto"
	uint32_t *workers;
	unsigned n_workers;
	enum conf_idle *idle;
};

struct raw_memory {
	char *mbufs; // number or "auto"
	enum conf_hugepages *hugepages;
};

struct raw_metrics {
	uint32_t *port;
};

struct raw_port {
	char *name;
	char *device;
	char *mac;
	uint32_t *mtu;
	char *rx_queues;   // number or "auto"
	char *tx_queues;   // number or "auto"
	char *descriptors; // number or "auto"
	uint32_t *workers;
	unsigned n_workers;
	bool *optional;
	bool *promiscuous;
	bool *fcs;
	bool *reflect;
	char *unknown; // port or "drop"
};

struct raw_tag {
	uint32_t *tpid;
	uint32_t vid;
};

struct raw_translation {
	struct raw_tag *wire;
	unsigned n_wire;
	struct raw_tag *inside;
	unsigned n_inside;
};

struct raw_storm {
	uint32_t *broadcast;
	uint32_t *multicast;
	uint32_t *unknown;
};

struct raw_member {
	char *port;
	enum conf_mode *mode;
	uint32_t *vlan;
	char **vlans; // "10" or "20-30"
	unsigned n_vlans;
	uint32_t *native;
	enum conf_accept *accept;
	bool *filter;
	uint32_t *pcp;
	uint32_t *pcp_map; // none or CONF_PCPS
	unsigned n_pcp_map;
	struct raw_translation *translate;
	unsigned n_translate;
	bool *isolated;
	bool *sticky;
	uint32_t *limit;
	struct raw_storm *storm;
};

struct raw_entry {
	char *mac;
	uint32_t *vlan;
	char *port;
};

struct raw_bridge {
	char *name;
	bool *vlan_aware;
	uint32_t *tpid;
	uint32_t *ageing;
	uint32_t *fdb;
	uint32_t *vlan_limit;
	uint32_t *learn_rate;
	struct raw_entry *entries;
	unsigned n_entries;
	struct raw_member *members;
	unsigned n_members;
};

struct raw_interface {
	char *name;
	char *port;
	char *bridge;
	struct raw_tag *tags;
	unsigned n_tags;
	char *mac;
	char **addresses;
	unsigned n_addresses;
	bool *probe;
	uint32_t *neighbour_limit;
	uint32_t *neighbour_timeout;
	uint32_t *icmp_errors;
};

struct raw_neighbour {
	char *interface;
	char *address;
	char *mac;
};

struct raw_handler {
	char *name;
	char *plugin;
	uint32_t *ethertype;
	char *place;
	uint32_t *cpu;
	uint32_t *rate;
	uint32_t *burst;
	uint32_t *ring;
	uint32_t *budget;
	enum conf_overload *overload;
	char *pass_to;
};

struct raw_conf {
	char *name;
	struct raw_lcores *lcores;
	struct raw_memory *memory;
	struct raw_metrics *metrics;
	struct raw_port *ports;
	unsigned n_ports;
	char ***wires; // [n_wires] of 2 names; libcyaml frees inline lists by the wrong stride
	unsigned n_wires;
	struct raw_bridge *bridges;
	unsigned n_bridges;
	struct raw_interface *interfaces;
	unsigned n_interfaces;
	struct raw_neighbour *neighbours;
	unsigned n_neighbours;
	char *plugins;
	struct raw_handler *handlers;
	unsigned n_handlers;
};

/** The schema of a whole document: a mapping into struct raw_conf. */
extern const cyaml_schema_value_t conf_schema;

/** What a value means beyond its type in the schema. */
enum rule_kind {
	RULE_NONE,   // the schema says it all: booleans, words of an enum
	RULE_NAME,   // of ours: fit for files and telemetry
	RULE_PORT,   // the name of a port to be; not "drop"
	RULE_FOLDER, // its absolute path
	RULE_FILE,   // name of a file in a folder that is given elsewhere
	RULE_DEVICE, // device string: name[,arguments]
	RULE_NUMBER, // from min to max
	RULE_AUTO,   // the same, or "auto"
	RULE_POWER,  // the same, a power of two
	RULE_TPID,   // EtherType of a tag
	RULE_VLANS,  // VLAN ID or a range of them
	RULE_MAC,    // one station's address
	RULE_PREFIX, // address that a host can have, with prefix length
	RULE_ADDRESS,
	RULE_PLACE // inline, control, own, lcore N[,M]
};

/** Limits of one key. */
struct rule {
	const char *path; // as messages have it, without indices: "ports[].mtu"
	enum rule_kind kind;
	uint32_t min, max;
	const char *later; // values that are checked but refused for now: "a|b", or "*" for all
};

/** @return the rule of a path, or NULL: none beyond the schema. */
const struct rule *rule_find(const char *path);

#endif
