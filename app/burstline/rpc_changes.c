/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods of the control socket that change tables and ports. What the control lcore owns it
 * changes itself; here its answer is awaited, ANSWER_MS at most. What a file could say is put into
 * the configuration that runs, so that it is saved and compared with the rest.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>

#include "ageing.h"
#include "bridge_build.h"
#include "neigh/neigh.h"
#include "port_life.h"
#include "rpc.h"

enum { ANSWER_MS = 200, ROUND_US = 50 };

static bool mac_parse(const char *text, uint8_t mac[6])
{
	int end = 0;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
		       &mac[3], &mac[4], &mac[5], &end) == 6 &&
	       end == 17 && text[end] == '\0';
}

// One that a station may have: not a group's, not all zeros.
static bool station_parse(struct rpc_call *call, const char *text, uint8_t mac[6])
{
	static const uint8_t none[6];

	if (mac_parse(text, mac) && (mac[0] & 1) == 0 && memcmp(mac, none, 6) != 0)
		return true;
	rpc_fail(call, RPC_BAD_PARAMETERS,
		"%s: found \"%.32s\", expected the MAC address of a station, as 02:00:00:00:00:01",
		call->method, text);
	return false;
}

static struct port *find_port(struct rpc_call *call, const char *name)
{
	struct instance *instance = call->m->instance;

	for (unsigned p = 0; p < instance->plan->n_ports; p++) {
		if (strcmp(instance->ports[p]->conf->name, name) == 0)
			return instance->ports[p];
	}
	rpc_fail(call, RPC_REFUSED, "there is no port %.32s: blctl show ports lists them", name);
	return NULL;
}

// The configuration that runs, to put a static entry into; NULL while another comes.
static struct conf *running_conf(struct rpc_call *call)
{
	const struct instance *instance = call->m->instance;

	// Ours to change: loaded by main() or for a change; lanes read it in changes only.
	if (instance->change == NULL)
		return (struct conf *)(uintptr_t)instance->conf;
	rpc_fail(call, RPC_REFUSED,
		"%s: a new configuration is being applied: try again when it is", call->method);
	return NULL;
}

static json_t *not_kept(struct rpc_call *call, int rc)
{
	return rpc_fail(call, RPC_REFUSED, "%s: %s", call->method,
		rc == -ENOMEM ? "no memory"
			      : "there are as many static entries as a file may have");
}

static json_t *slow(struct rpc_call *call)
{
	return rpc_fail(call, RPC_REFUSED,
		"%s: the control lcore has not answered within %d ms: see the log for what holds it "
		"up, then look whether it was done",
		call->method, ANSWER_MS);
}

static const struct iface *find_interface(struct rpc_call *call, const char *name)
{
	const struct iface_table *ifaces = &call->m->instance->ifaces;

	for (uint16_t i = 0; i < ifaces->n; i++) {
		if (!ifaces->iface[i].unused && strcmp(ifaces->iface[i].name, name) == 0)
			return &ifaces->iface[i];
	}
	rpc_fail(call, RPC_REFUSED, "there is no interface %.32s: blctl show interfaces lists them",
		name);
	return NULL;
}

static bool neighbour_do(struct rpc_call *call, const struct neigh_order *order, int *rc)
{
	const struct instance *instance = call->m->instance;
	uint64_t deadline = rte_rdtsc() + instance->tsc_hz * ANSWER_MS / 1000;

	if (!neigh_order(instance->neigh, order))
		return slow(call) != NULL;
	while (!neigh_ordered(instance->neigh, rc)) {
		if (rte_rdtsc() > deadline)
			return slow(call) != NULL;
		rte_delay_us_sleep(ROUND_US);
	}
	return true;
}

static bool neighbour_order(struct rpc_call *call, const char *interface, const char *address,
	struct neigh_order *order)
{
	const struct iface *iface = find_interface(call, interface);

	if (iface == NULL)
		return false;
	order->iface = iface->id;
	if (inet_pton(AF_INET, address, &order->ip_be) == 1)
		return true;
	rpc_fail(call, RPC_BAD_PARAMETERS, "%s: found \"%.32s\", expected an IPv4 address",
		call->method, address);
	return false;
}

// Index of an interface of the tables in the configuration.
static unsigned interface_of(const struct instance *instance, uint16_t iface)
{
	unsigned i = 0;

	while (instance->iface_id[i] != iface)
		i++;
	return i;
}

json_t *rpc_neighbour_add(struct rpc_call *call)
{
	struct conf *conf = running_conf(call);
	struct neigh_order order = {.add = true};
	const char *interface, *address, *mac;
	struct conf_neighbour kept = {0};
	int rc;

	if (conf == NULL)
		return NULL;

	if (!rpc_unpack(call, "{s:s, s:s, s:s}", "interface", &interface, "address", &address,
		    "mac", &mac) ||
		!neighbour_order(call, interface, address, &order) ||
		!station_parse(call, mac, order.mac))
		return NULL;
	if (iface_relation(&call->m->instance->ifaces.iface[order.iface], order.ip_be) !=
		IFACE_ON_LINK)
		return rpc_fail(call, RPC_REFUSED,
			"%s is no host in a subnet of interface %s: blctl show interfaces has its "
			"addresses",
			address, interface);
	kept.interface = interface_of(call->m->instance, order.iface);
	kept.address_be = order.ip_be;
	memcpy(kept.mac, order.mac, sizeof(kept.mac));
	if ((rc = conf_set_neighbour(conf, &kept)) != 0)
		return not_kept(call, rc);
	if (!neighbour_do(call, &order, &rc))
		return NULL;
	if (rc != 0)
		conf_drop_neighbour(conf, kept.interface, kept.address_be);
	if (rc != 0)
		return rpc_fail(call, RPC_REFUSED,
			"the neighbour table is full of static entries: delete one first");
	return json_object();
}

json_t *rpc_neighbour_del(struct rpc_call *call)
{
	struct conf *conf = running_conf(call);
	struct neigh_order order = {.add = false};
	const char *interface, *address;
	int rc;

	if (conf == NULL ||
		!rpc_unpack(call, "{s:s, s:s}", "interface", &interface, "address", &address) ||
		!neighbour_order(call, interface, address, &order) ||
		!neighbour_do(call, &order, &rc))
		return NULL;
	if (rc != 0)
		return rpc_fail(call, RPC_REFUSED,
			"interface %s has no neighbour %s: blctl show neighbours lists them",
			interface, address);
	conf_drop_neighbour(conf, interface_of(call->m->instance, order.iface), order.ip_be);
	return json_object();
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

json_t *rpc_fdb_add(struct rpc_call *call)
{
	const struct instance *instance = call->m->instance;
	uint64_t deadline = rte_rdtsc() + instance->tsc_hz * ANSWER_MS / 1000, key;
	const char *name, *mac_text, *port_name;
	struct conf *conf = running_conf(call);
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
		!station_parse(call, mac_text, mac) ||
		(port = find_port(call, port_name)) == NULL ||
		(member = find_member(call, bridge, port)) == NULL ||
		!in_vlan(call, bridge, member, vlan, port_name))
		return NULL;
	key = fdb_key((uint16_t)(vlan == -1 ? 0 : vlan), mac_word(mac));
	if (!not_ours(call, instance->bridges[bridge], key, mac_text))
		return NULL;
	kept.vlan = fdb_vlan(key);
	kept.port = member->port;
	memcpy(kept.mac, mac, sizeof(kept.mac));
	if ((rc = conf_set_entry(&conf->bridges[bridge], &kept)) != 0)
		return not_kept(call, rc);
	if (!ageing_add(instance->bridges[bridge]->ageing, key, (uint8_t)port->id))
		return slow(call);
	while (!ageing_added(instance->bridges[bridge]->ageing, &rc)) {
		if (rte_rdtsc() > deadline)
			return slow(call);
		rte_delay_us_sleep(ROUND_US);
	}
	if (rc != 0)
		conf_drop_entry(&conf->bridges[bridge], kept.vlan, kept.mac);
	if (rc != 0)
		return rpc_fail(call, RPC_REFUSED,
			"the table of bridge %s has no room: flush it or give it a higher `fdb`",
			name);
	return json_object();
}

static json_t *flush(struct rpc_call *call, int bridge, const struct fdb_match *match)
{
	const struct instance *instance = call->m->instance;
	uint64_t deadline = rte_rdtsc() + instance->tsc_hz * ANSWER_MS / 1000;
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
	struct conf *conf = running_conf(call);
	const char *name, *mac_text;
	json_int_t vlan = -1;
	uint8_t mac[6];
	uint64_t key;
	int bridge;

	if (conf == NULL ||
		!rpc_unpack(call, "{s:s, s:s, s?I}", "bridge", &name, "mac", &mac_text, "vlan",
			&vlan) ||
		(bridge = find_bridge(call, name)) < 0 || !check_vlan(call, bridge, vlan, true) ||
		!station_parse(call, mac_text, mac))
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
		port = find_port(call, port_name);
		if (port == NULL || find_member(call, bridge, port) == NULL)
			return NULL;
		match.by_port = true;
		match.port = (uint8_t)port->id;
	}
	match.by_vlan = vlan != -1;
	match.vlan = (uint16_t)(vlan == -1 ? 0 : vlan);
	return flush(call, bridge, &match);
}

static json_t *keep_down(struct rpc_call *call, bool down)
{
	struct port *port;
	const char *name;
	char error[256];

	if (!rpc_unpack(call, "{s:s}", "port", &name))
		return NULL;
	port = find_port(call, name);
	if (port == NULL)
		return NULL;
	if (port_life_keep_down(&call->m->life, port, down, error, sizeof(error)) != 0)
		return rpc_fail(call, RPC_REFUSED, "%s", error);
	return json_object();
}

json_t *rpc_port_up(struct rpc_call *call)
{
	return keep_down(call, false);
}

json_t *rpc_port_down(struct rpc_call *call)
{
	return keep_down(call, true);
}
