/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_CONF_H
#define CONF_CONF_H

/**
 * @file
 * The configuration as structs, checked; everything else reads these and never YAML.
 *
 * Loading is all or nothing: a `struct conf` that was returned obeys every rule of
 * config/README.md. Not thread-safe; used by the main thread before the start and by the
 * management thread after it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CONF_NAME_MAX = 32,     // octets with the final 0, of every name
	CONF_DEVICE_MAX = 1024, // of a device string
	CONF_FILE_MAX = 128,    // of the name of a file
	CONF_PATH_MAX = 1024,   // of a path
	CONF_TAGS_MAX = 4,      // tags of an interface
	CONF_PORTS_MAX = 32,
	CONF_WORKERS_MAX = 63, // 64 lcores less the control lcore
	CONF_CPU_LAST = 1023,  // highest CPU number
	CONF_INTERFACES_MAX = 1024,
	CONF_ADDRESSES_MAX = 64,    // of one interface
	CONF_NEIGHBOURS_MAX = 4096, // static ones, and those learnt
	CONF_NEIGHBOUR_LIMIT = 1024,
	CONF_NEIGHBOUR_TIMEOUT = 30,
	CONF_ICMP_ERRORS = 100,
	CONF_HANDLERS_MAX = 64,
	CONF_BRIDGES_MAX = 32,
	CONF_ENTRIES_MAX = 4096,    // static entries of a bridge
	CONF_TRANSLATIONS_MAX = 16, // of a member
	CONF_TRANSLATED_MAX = 2,    // tags on each side of a translation
	CONF_VLANS = 4096,
	CONF_PCPS = 8, // priorities of a tag
	CONF_AUTO = 0, // value of a number that may be `auto` and is
	CONF_CPU_AUTO = -1
};

enum conf_idle { CONF_IDLE_BUSY, CONF_IDLE_PAUSE, CONF_IDLE_SLEEP };
enum conf_hugepages { CONF_HUGEPAGES_AUTO, CONF_HUGEPAGES_NEVER, CONF_HUGEPAGES_REQUIRE };
enum conf_place { CONF_PLACE_INLINE, CONF_PLACE_CONTROL, CONF_PLACE_LCORE, CONF_PLACE_OWN };
enum conf_overload { CONF_OVERLOAD_DROP_TAIL, CONF_OVERLOAD_DROP_HEAD, CONF_OVERLOAD_PASS };

struct conf_lcores {
	int control;       // CPU number, or CONF_CPU_AUTO: the first allowed
	unsigned *workers; // CPU numbers; n_workers 0: the second allowed CPU, else the first
	unsigned n_workers;
	enum conf_idle idle;
};

struct conf_memory {
	unsigned mbufs; // in each pool for received frames; CONF_AUTO: by arithmetic
	enum conf_hugepages hugepages;
};

struct conf_port {
	char name[CONF_NAME_MAX];
	char device[CONF_DEVICE_MAX]; // as written: "net_tap0,iface=bl0" or
	                              // "0000:3b:00.0[,devargs]"
	bool has_mac;
	uint8_t mac[6];
	unsigned mtu;         // 0: not given, the device's own (1500 where it has none)
	unsigned rx_queues;   // CONF_AUTO: one a worker, as far as the device has them
	unsigned tx_queues;   // CONF_AUTO: one a worker, as far as the device has them
	unsigned descriptors; // CONF_AUTO: what suits the driver
	unsigned *workers;    // CPU numbers of the workers that poll it; n_workers 0: all
	unsigned n_workers;
	bool optional;    // its device may be missing at the start
	bool promiscuous; // default true
	bool fcs;
	bool reflect;
	int unknown_port; // index into ports, or -1: drop
};

struct conf_wire {
	unsigned port[2]; // indices into ports, different
};

struct conf_tag {
	uint16_t tpid;
	uint16_t vid;
};

enum conf_mode { CONF_MODE_ACCESS, CONF_MODE_TRUNK, CONF_MODE_QINQ };
enum conf_accept { CONF_ACCEPT_ALL, CONF_ACCEPT_TAGGED, CONF_ACCEPT_UNTAGGED };

/** Frames a second, for each worker that polls the member; 0: unlimited. */
struct conf_storm {
	unsigned broadcast, multicast, unknown;
};

/** Tags on the wire of the member and inside the bridge, outermost first; no two of a member have
 *  one side alike, and inside[0] has the bridge's TPID. */
struct conf_translation {
	unsigned n_wire, n_inside; // 1..CONF_TRANSLATED_MAX
	struct conf_tag wire[CONF_TRANSLATED_MAX], inside[CONF_TRANSLATED_MAX];
};

struct conf_member {
	unsigned port; // index into ports
	// Of a VLAN-aware bridge only; else mode is ACCESS, vlan 0.
	enum conf_mode mode;
	uint8_t vlans[CONF_VLANS / 8]; // bit set of the VLANs it is in, `vlan` and those of
	                               // translations included
	unsigned vlan;                 // of untagged frames: `vlan` of access and qinq, `native`
	                               // of a trunk; 0: a trunk without native
	enum conf_accept accept;
	bool filter;                // drop what comes in with a VLAN it is not in
	uint8_t pcp;                // priority of untagged frames
	uint8_t pcp_map[CONF_PCPS]; // from outside to inside, at ingress
	struct conf_translation *translations;
	unsigned n_translations;
	// Of any bridge.
	bool isolated;  // exchanges no frames with other isolated members
	bool sticky;    // what it learned does not move to another member
	unsigned limit; // addresses that may be learned; 0: no limit
	struct conf_storm storm;
};

/** A static entry of a forwarding table. */
struct conf_entry {
	uint8_t mac[6];
	unsigned vlan; // 0 on a bridge that is not VLAN-aware
	unsigned port; // index into ports; a member
};

struct conf_bridge {
	char name[CONF_NAME_MAX];
	bool vlan_aware;
	uint16_t tpid;
	unsigned ageing;     // seconds
	unsigned fdb;        // entries that can be learned
	unsigned vlan_limit; // of these, in each VLAN; 0: no limit
	unsigned
		learn_rate; // additions and moves a second, for each member and worker; 0: no limit
	struct conf_member *members;
	unsigned n_members;
	struct conf_entry *entries;
	unsigned n_entries;
};

static inline bool conf_member_has_vlan(const struct conf_member *member, unsigned vlan)
{
	return (member->vlans[vlan / 8] >> vlan % 8 & 1) != 0;
}

struct conf_address {
	uint32_t ip_be; // network byte order
	uint8_t prefix; // 0..32
};

struct conf_interface {
	char name[CONF_NAME_MAX];
	bool on_bridge;
	unsigned port;                       // index into ports; unless on_bridge
	unsigned bridge;                     // index into bridges; if on_bridge
	struct conf_tag tags[CONF_TAGS_MAX]; // outermost first; tpid defaults to 0x8100. On a
	                                     // VLAN-aware bridge the first is the VLAN
	unsigned n_tags;
	bool has_mac;
	uint8_t mac[6];
	struct conf_address *addresses; // at least one
	unsigned n_addresses;
	bool probe;                 // addresses are probed before use (RFC 5227)
	unsigned neighbour_limit;   // that may be learnt
	unsigned neighbour_timeout; // seconds until a neighbour's answer is doubted
	unsigned icmp_errors;       // a second that may be sent; 0: none
};

struct conf_neighbour {
	unsigned interface; // index into interfaces
	uint32_t address_be;
	uint8_t mac[6];
};

struct conf_handler {
	char name[CONF_NAME_MAX];
	char plugin[CONF_FILE_MAX]; // name of a file in conf->plugins; "": built in
	uint16_t ethertype;         // of a plug-in, instead of those it names; 0: these
	bool has_place;             // else the handler's own default
	enum conf_place place;
	unsigned *cpus; // of `lcore N[,M]`, or of `own`; there none: the control lcore's
	unsigned n_cpus;
	bool has_rate;
	unsigned rate;   // frames a second, for each ingress port and worker; 0: unlimited
	unsigned burst;  // 0: the handler's own default
	unsigned ring;   // slots, a power of two; 0: default
	unsigned budget; // frames of one worker in a round of the handler; 0: default
	enum conf_overload overload;
	int pass_port; // index into ports, of CONF_OVERLOAD_PASS; else -1
};

struct conf {
	char name[CONF_NAME_MAX];
	struct conf_lcores lcores;
	struct conf_memory memory;
	unsigned metrics_port; // TCP, of the loopback address; 0: none
	struct conf_port *ports;
	unsigned n_ports;
	struct conf_wire *wires;
	unsigned n_wires;
	struct conf_bridge *bridges;
	unsigned n_bridges;
	struct conf_interface *interfaces;
	unsigned n_interfaces;
	struct conf_neighbour *neighbours;
	unsigned n_neighbours;
	char plugins[CONF_PATH_MAX]; // folder of the plug-ins
	struct conf_handler *handlers;
	unsigned n_handlers;
};

/**
 * Load and check a file.
 *
 * @param path  file; "-" is not special.
 * @param conf  set on success; owned by the caller, who calls conf_free().
 * @param error room for one line "file:line:column: path: found ..., expected ..." without a line
 *              feed (or "file: reason" where there is no position); always terminated.
 * @return 0, or -1 with `error` set and nothing allocated.
 */
int conf_load(const char *path, struct conf **conf, char *error, size_t error_size);

/** The same from memory; `name` stands for the file in messages. */
int conf_load_buffer(const char *name, const void *data, size_t size, struct conf **conf,
	char *error, size_t error_size);

/** The built-in configuration, for a start without a file: a bridge of the taps bl0 and bl1,
 *  with the address 192.0.2.1/24 on it. Loaded like any other; the parameters are those of
 *  conf_load(). */
int conf_default(struct conf **conf, char *error, size_t error_size);

/** The MAC address of an interface on a bridge for which none is given: locally administered, from
 *  a hash of both names, so the same after every start. */
void conf_bridge_mac(const char *instance, const char *interface, uint8_t mac[6]);

/** A static neighbour, or entry of a forwarding table, in place of one for the same address.
 *  @return 0, -E2BIG (there are as many as a file may have) or -ENOMEM, and nothing is done. */
int conf_set_neighbour(struct conf *conf, const struct conf_neighbour *neighbour);
int conf_set_entry(struct conf_bridge *bridge, const struct conf_entry *entry);

/** Take one out, if it is there. */
void conf_drop_neighbour(struct conf *conf, unsigned interface, uint32_t address_be);
void conf_drop_entry(struct conf_bridge *bridge, unsigned vlan, const uint8_t mac[6]);

/** The text that loads as this configuration: keys that have their default are left out, the order
 *  is that of config/README.md. Freed by free(); NULL without memory. */
char *conf_text(const struct conf *conf);

enum { CONF_PATH_TEXT = 192 };

/** A key, or a whole entry of a list, that is not the same in two configurations. */
struct conf_change {
	char path[CONF_PATH_TEXT]; // "bridges[br0].members[p4].vlans", "ports[p7]"
	char *from, *to;           // as written; NULL: absent, or its default
};

struct conf_changes {
	struct conf_change *change;
	unsigned n;
};

/** What has to change for `from` to become `to`; entries of lists are told apart by their names, so
 *  another order is no change. @return 0 with *changes to be freed, or -1 without memory. */
int conf_diff(const struct conf *from, const struct conf *to, struct conf_changes *changes);
void conf_changes_free(struct conf_changes *changes);

/** Free what a load returned; NULL is fine. */
void conf_free(struct conf *conf);

#endif
