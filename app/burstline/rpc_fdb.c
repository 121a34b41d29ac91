/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods of the control socket: static entries of bridges' forwarding tables, and flushes. Called
 * by rpc.c, by its table of methods.
 */

#include <string.h>

#include <rte_cycles.h>

#include "ageing.h"
#include "conf/conf.h"
#include "rpc_changes.h"

enum { ROUND_US = 50 };

static json_t *slow(struct rpc_call *call)
{
	return rpc_fail(call, RPC_REFUSED,
		"%s: the control lcore has not answered within %d ms: see the log for what holds it "
		"up, then look whether it was done",
		call->method, RPC_ANSWER_MS);
}

static int find_bridge(struct rpc_call *call, const char *name)
{
	const struct conf *conf = call->m->instance->conf;

	for (unsigned b = 0; b < conf->n_bridges; b++) {
		if (strcmp(conf->bridges[b].name, name) == 0)
			return (int)b;
	}
	rpc_fail(
		call, RPC_REFUSED, "there is no bridge %.32s: blctl show bridges lists them", name);
	return -1;
}

// -1: not given.
static bool check_vlan(struct rpc_call *call, int bridge, json_int_t vlan, bool needed)
{
	const struct instance *instance = call->m->instance;
	const struct conf_bridge *conf = &instance->conf->bridges[bridge];

	if (!conf->vlan_aware && vlan != -1)
		rpc_fail(call, RPC_REFUSED, "bridge %s is not VLAN-aware: leave the VLAN out",
			conf->name);
	else if (conf->vlan_aware && vlan == -1 && needed)
		rpc_fail(call, RPC_BAD_PARAMETERS, "%s: bridge %s is VLAN-aware: say in which VLAN",
			call->method, conf->name);
	else if (vlan != -1 &&
		 (vlan < 1 || vlan > 4094 || instance->bridges[bridge]->slot[vlan] == 0))
		rpc_fail(call, RPC_REFUSED, "no member of bridge %s is in VLAN %lld", conf->name,
			(long long)vlan);
	else
		return true;
	return false;
}

static const struct conf_member *find_member(
	struct rpc_call *call, int bridge, const struct port *port)
{
	const struct instance *instance = call->m->instance;
	const struct conf_bridge *conf = &instance->conf->bridges[bridge];

	for (unsigned m = 0; m < conf->n_members; m++) {
		if (instance->ports[conf->members[m].port] == port)
			return &conf->members[m];
	}
	rpc_fail(call, RPC_REFUSED, "port %s is no member of bridge %s", port->conf->name,
		conf->name);
	return NULL;
}

static uint64_t mac_word(const uint8_t mac[6])
{
	uint64_t word = 0;

	memcpy(&word, mac, 6);
	return word;
}

static bool in_vlan(struct rpc_call *call, int bridge, const struct conf_member *member,
	json_int_t vlan, const char *port)
{
	const struct conf_bridge *conf = &call->m->instance->conf->bridges[bridge];

	if (!conf->vlan_aware || conf_member_has_vlan(member, (unsigned)vlan))
		return true;
	rpc_fail(call, RPC_REFUSED, "port %s is not in VLAN %lld of bridge %s", port,
		(long long)vlan, conf->name);
	return false;
}

// The entry of a key: our own addresses are not for others to change.
static bool not_ours(
	struct rpc_call *call, const struct instance_bridge *bridge, uint64_t key, const char *mac)
{
	if (fdb_lookup(bridge->fdb, key) != FDB_LOCAL)
		return true;
	rpc_fail(call, RPC_REFUSED, "%s is the address of an interface of ours", mac);
	return false;
}

struct entry_change {
	struct fdb *fdb;
	uint64_t key;
	uint8_t port;
	int rc;
};

static void add_entry(void *arg)
{
	struct entry_change *e = arg;

	e->rc = fdb_add_static(e->fdb, e->key, e->port);
}

json_t *rpc_fdb_add(struct rpc_call *call)
{
	const struct instance *instance = call->m->instance;
	uint64_t key;
	struct entry_change change;
	const char *name, *mac_text, *port_name;
	struct conf *conf = rpc_running_conf(call);
	const struct conf_member *member;
	struct conf_entry kept = {0};
	const struct port *port;
	json_int_t vlan = -1;
	uint8_t mac[6];
	int bridge, rc;

	if (conf == NULL ||
		!rpc_unpack(call, "{s:s, s:s, s:s, s?I}", "bridge", &name, "mac", &mac_text, "port",
			&port_name, "vlan", &vlan) ||
		(bridge = find_bridge(call, name)) < 0 || !check_vlan(call, bridge, vlan, true) ||
		!rpc_station(call, mac_text, mac) ||
		(port = rpc_find_port(call, port_name)) == NULL ||
		(member = find_member(call, bridge, port)) == NULL ||
		!in_vlan(call, bridge, member, vlan, port_name))
		return NULL;
	key = fdb_key((uint16_t)(vlan == -1 ? 0 : vlan), mac_word(mac));
	if (!not_ours(call, instance->bridges[bridge], key, mac_text))
		return NULL;
	change = (struct entry_change){instance->bridges[bridge]->fdb, key, (uint8_t)port->id, 0};
	if (!rpc_on_control(call, add_entry, &change))
		return NULL;
	if (change.rc != 0)
		return rpc_fail(call, RPC_REFUSED,
			"the table of bridge %s has no room: flush it or give it a higher `fdb`",
			name);
	kept.vlan = fdb_vlan(key);
	kept.port = member->port;
	memcpy(kept.mac, mac, sizeof(kept.mac));
	rc = conf_set_entry(&conf->bridges[bridge], &kept);
	if (rc == 0)
		return json_object();
	// It would not be saved.
	ageing_request(instance->bridges[bridge]->ageing, &(struct fdb_match){.by_mac = true,
								  .by_vlan = true,
								  .statics_too = true,
								  .vlan = kept.vlan,
								  .mac = mac_word(mac)});
	return rpc_not_kept(call, rc);
}

static json_t *flush(struct rpc_call *call, int bridge, const struct fdb_match *match)
{
	const struct instance *instance = call->m->instance;
	uint64_t deadline = rte_rdtsc() + instance->tsc_hz * RPC_ANSWER_MS / 1000;
	struct ageing *ageing = instance->bridges[bridge]->ageing;

	if (!ageing_request(ageing, match))
		return slow(call);
	while (!ageing_flushed(ageing)) {
		if (rte_rdtsc() > deadline)
			return slow(call);
		rte_delay_us_sleep(ROUND_US);
	}
	return json_object();
}

json_t *rpc_fdb_del(struct rpc_call *call)
{
	const struct instance *instance = call->m->instance;
	struct fdb_match match = {.by_mac = true, .by_vlan = true, .statics_too = true};
	struct conf *conf = rpc_running_conf(call);
	const char *name, *mac_text;
	json_int_t vlan = -1;
	uint8_t mac[6];
	uint64_t key;
	int bridge;

	if (conf == NULL ||
		!rpc_unpack(call, "{s:s, s:s, s?I}", "bridge", &name, "mac", &mac_text, "vlan",
			&vlan) ||
		(bridge = find_bridge(call, name)) < 0 || !check_vlan(call, bridge, vlan, true) ||
		!rpc_station(call, mac_text, mac))
		return NULL;
	match.vlan = (uint16_t)(vlan == -1 ? 0 : vlan);
	match.mac = mac_word(mac);
	key = fdb_key(match.vlan, match.mac);
	if (!not_ours(call, instance->bridges[bridge], key, mac_text))
		return NULL;
	if (fdb_lookup(instance->bridges[bridge]->fdb, key) == FDB_NONE)
		return rpc_fail(call, RPC_REFUSED,
			"bridge %s has no entry for %s: blctl show fdb lists them", name, mac_text);
	conf_drop_entry(&conf->bridges[bridge], match.vlan, mac);
	return flush(call, bridge, &match);
}

json_t *rpc_fdb_flush(struct rpc_call *call)
{
	const char *name, *port_name = NULL;
	struct fdb_match match = {0};
	const struct port *port;
	json_int_t vlan = -1;
	int bridge;

	if (!rpc_unpack(
		    call, "{s:s, s?s, s?I}", "bridge", &name, "port", &port_name, "vlan", &vlan) ||
		(bridge = find_bridge(call, name)) < 0 || !check_vlan(call, bridge, vlan, false))
		return NULL;
	if (port_name != NULL) {
		port = rpc_find_port(call, port_name);
		if (port == NULL || find_member(call, bridge, port) == NULL)
			return NULL;
		match.by_port = true;
		match.port = (uint8_t)port->id;
	}
	match.by_vlan = vlan != -1;
	match.vlan = (uint16_t)(vlan == -1 ? 0 : vlan);
	return flush(call, bridge, &match);
}
