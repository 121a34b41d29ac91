/* SPDX-License-Identifier: BSD-3-Clause */
/* Methods of the control socket: static neighbours. Called by rpc.c, by its table of methods. */

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "conf/conf.h"
#include "neigh/neigh.h"
#include "rpc_changes.h"

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

struct neighbour_change {
	struct neigh_table *neigh;
	uint16_t iface;
	uint32_t ip_be;
	uint8_t mac[6];
	int rc;
};

static void add_neighbour(void *arg)
{
	struct neighbour_change *n = arg;

	n->rc = neigh_add_static(n->neigh, n->iface, n->ip_be, n->mac);
}

static void del_neighbour(void *arg)
{
	struct neighbour_change *n = arg;

	n->rc = neigh_forget(n->neigh, n->iface, n->ip_be) ? 0 : -ENOENT;
}

static bool find_neighbour(struct rpc_call *call, const char *interface, const char *address,
	struct neighbour_change *n)
{
	const struct iface *iface = find_interface(call, interface);

	if (iface == NULL)
		return false;
	n->neigh = call->m->instance->neigh;
	n->iface = iface->id;
	if (inet_pton(AF_INET, address, &n->ip_be) == 1)
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
	struct conf *conf = rpc_running_conf(call);
	const char *interface, *address, *mac;
	struct conf_neighbour kept = {0};
	struct neighbour_change n = {0};
	int rc;

	if (conf == NULL ||
		!rpc_unpack(call, "{s:s, s:s, s:s}", "interface", &interface, "address", &address,
			"mac", &mac) ||
		!find_neighbour(call, interface, address, &n) || !rpc_station(call, mac, n.mac))
		return NULL;
	if (iface_relation(&call->m->instance->ifaces.iface[n.iface], n.ip_be) != IFACE_ON_LINK)
		return rpc_fail(call, RPC_REFUSED,
			"%s is no host in a subnet of interface %s: blctl show interfaces has its "
			"addresses",
			address, interface);
	if (!rpc_on_control(call, add_neighbour, &n))
		return NULL;
	if (n.rc != 0)
		return rpc_fail(call, RPC_REFUSED,
			"the neighbour table is full of static entries: delete one first");
	kept.interface = interface_of(call->m->instance, n.iface);
	kept.address_be = n.ip_be;
	memcpy(kept.mac, n.mac, sizeof(kept.mac));
	rc = conf_set_neighbour(conf, &kept);
	if (rc == 0)
		return json_object();
	rpc_on_control(call, del_neighbour, &n); // it would not be saved
	return rpc_not_kept(call, rc);
}

json_t *rpc_neighbour_del(struct rpc_call *call)
{
	struct conf *conf = rpc_running_conf(call);
	const char *interface, *address;
	struct neighbour_change n = {0};

	if (conf == NULL ||
		!rpc_unpack(call, "{s:s, s:s}", "interface", &interface, "address", &address) ||
		!find_neighbour(call, interface, address, &n) ||
		!rpc_on_control(call, del_neighbour, &n))
		return NULL;
	if (n.rc != 0)
		return rpc_fail(call, RPC_REFUSED,
			"interface %s has no neighbour %s: blctl show neighbours lists them",
			interface, address);
	conf_drop_neighbour(conf, interface_of(call->m->instance, n.iface), n.ip_be);
	return json_object();
}
