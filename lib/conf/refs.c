/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What contradicts what: ports with two roles, names and devices twice, neighbours that no subnet
 * holds. Called by conf.c once all names are indices. Each check names both places, and looks up
 * positions only when it has something to say.
 */

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "conf/resolve.h"
#include "conf/scalar.h"

/* Every list whose entries have names of their own, by where the names lie. */
struct named {
	const char *list;
	const void *first;
	size_t stride;
	unsigned n;
};

static const char *name_at(const struct named *named, unsigned i)
{
	return (const char *)named->first + i * named->stride;
}

static int check_names(const struct named *named, const struct doc *doc)
{
	for (unsigned i = 1; i < named->n; i++)
		for (unsigned j = 0; j < i; j++)
			if (strcmp(name_at(named, i), name_at(named, j)) == 0)
				return doc_fail(doc, doc_at(doc, named->list, i, "name", -1),
					"found \"%s\", which %s[%u] on line %u has, "
					"expected another name",
					name_at(named, i), named->list, j,
					doc_line(doc, doc_at(doc, named->list, j, "name", -1)));
	return 0;
}

static int check_all_names(const struct conf *conf, const struct doc *doc)
{
	const struct named all[] = {
		{"ports", conf->ports, sizeof(*conf->ports), conf->n_ports},
		{"bridges", conf->bridges, sizeof(*conf->bridges), conf->n_bridges},
		{"interfaces", conf->interfaces, sizeof(*conf->interfaces), conf->n_interfaces},
		{"handlers", conf->handlers, sizeof(*conf->handlers), conf->n_handlers},
	};

	_Static_assert(offsetof(struct conf_port, name) == 0 &&
			       offsetof(struct conf_bridge, name) == 0 &&
			       offsetof(struct conf_interface, name) == 0 &&
			       offsetof(struct conf_handler, name) == 0,
		"names come first");
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (check_names(&all[i], doc) != 0)
			return -1;
	return 0;
}

/* EAL knows a device by what stands before the comma; a PCI domain of 0 may be left out. */
static bool is_same_device(const char *a, const char *b)
{
	size_t n;

	if (strncmp(a, "0000:", 5) == 0)
		a += 5;
	if (strncmp(b, "0000:", 5) == 0)
		b += 5;
	n = strcspn(a, ",");
	return n == strcspn(b, ",") && strncasecmp(a, b, n) == 0;
}

static int check_devices(const struct conf *conf, const struct doc *doc)
{
	for (unsigned i = 1; i < conf->n_ports; i++)
		for (unsigned j = 0; j < i; j++)
			if (is_same_device(conf->ports[i].device, conf->ports[j].device))
				return doc_fail(doc, doc_at(doc, "ports", i, "device", -1),
					"found the device \"%.*s\", which ports[%u] on line %u "
					"has, "
					"expected another device",
					(int)strcspn(conf->ports[i].device, ","),
					conf->ports[i].device, j,
					doc_line(doc, doc_at(doc, "ports", j, "device", -1)));
	return 0;
}

static bool has_cpu(const unsigned *cpus, unsigned n, unsigned cpu)
{
	for (unsigned i = 0; i < n; i++)
		if (cpus[i] == cpu)
			return true;
	return false;
}

/* Without lcores.workers the plan picks the worker, and it checks. */
static int check_port_workers(const struct conf *conf, const struct doc *doc)
{
	const struct conf_lcores *l = &conf->lcores;

	for (unsigned i = 0; i < conf->n_ports; i++) {
		const struct conf_port *p = &conf->ports[i];

		for (unsigned w = 0; w < p->n_workers; w++) {
			int node = doc_at(doc, "ports", i, "workers", (int)w);

			if (has_cpu(p->workers, w, p->workers[w]))
				return doc_fail(doc, node,
					"found CPU %u a second time, expected it once",
					p->workers[w]);
			if (l->n_workers > 0 && !has_cpu(l->workers, l->n_workers, p->workers[w]))
				return doc_fail(doc, node,
					"found CPU %u, expected one of lcores.workers",
					p->workers[w]);
		}
	}
	return 0;
}

static int check_wire_end(const struct conf *conf, const struct doc *doc, unsigned i, int j)
{
	unsigned port = conf->wires[i].port[j];
	const struct conf_port *p = &conf->ports[port];
	int node = doc_at(doc, "wires", i, NULL, j);

	for (unsigned k = 0; k <= i; k++)
		for (int e = 0; e < (k < i ? 2 : j); e++)
			if (conf->wires[k].port[e] == port)
				return doc_fail(doc, node,
					"found port \"%s\", which wires[%u][%d] on line %u has, "
					"expected another port",
					p->name, k, e,
					doc_line(doc, doc_at(doc, "wires", k, NULL, e)));
	if (p->reflect)
		return doc_fail(doc, node,
			"found port \"%s\", which reflects (line %u), expected a port without a "
			"role",
			p->name, doc_line(doc, doc_at(doc, "ports", port, "reflect", -1)));
	return 0;
}

static int check_wires(const struct conf *conf, const struct doc *doc)
{
	for (unsigned i = 0; i < conf->n_wires; i++)
		for (int j = 0; j < 2; j++)
			if (check_wire_end(conf, doc, i, j) != 0)
				return -1;
	return 0;
}

static bool is_member(const struct conf *conf, const struct doc *doc, unsigned port,
	unsigned bridge, unsigned member, char *role, size_t size)
{
	for (unsigned i = 0; i < conf->n_bridges && i <= bridge; i++) {
		const struct conf_bridge *b = &conf->bridges[i];

		for (unsigned j = 0; j < b->n_members && (i < bridge || j < member); j++)
			if (b->members[j].port == port) {
				int node = doc_at(doc, "bridges", i, "members", (int)j);

				snprintf(role, size, "is in bridges[%u] (line %u)", i,
					doc_line(doc, doc_in(doc, node, "port", -1)));
				return true;
			}
	}
	return false;
}

bool conf_has_role(const struct conf *conf, const struct doc *doc, unsigned port, unsigned bridge,
	unsigned member, char *role, size_t size)
{
	if (conf->ports[port].reflect) {
		snprintf(role, size, "reflects (line %u)",
			doc_line(doc, doc_at(doc, "ports", port, "reflect", -1)));
		return true;
	}
	for (unsigned i = 0; i < conf->n_wires; i++)
		for (int j = 0; j < 2; j++)
			if (conf->wires[i].port[j] == port) {
				snprintf(role, size, "is in wires[%u] (line %u)", i,
					doc_line(doc, doc_at(doc, "wires", i, NULL, j)));
				return true;
			}
	return is_member(conf, doc, port, bridge, member, role, size);
}

static bool has_role(
	const struct conf *conf, const struct doc *doc, unsigned port, char *role, size_t size)
{
	return conf_has_role(conf, doc, port, UINT_MAX, 0, role, size);
}

static int check_unknown(const struct conf *conf, const struct doc *doc)
{
	char role[64];

	for (unsigned i = 0; i < conf->n_ports; i++) {
		const struct conf_port *p = &conf->ports[i];
		int node = doc_at(doc, "ports", i, "unknown", -1);

		if (p->unknown_port < 0)
			continue;
		if (p->unknown_port == (int)i)
			return doc_fail(
				doc, node, "found the port itself, expected another port or drop");
		if (has_role(conf, doc, i, role, sizeof(role)))
			return doc_fail(doc, node,
				"found a port, but \"%s\" %s and has no unknown frames, expected "
				"drop",
				p->name, role);
	}
	return 0;
}

static bool is_same_tags(const struct conf_interface *a, const struct conf_interface *b)
{
	if (a->n_tags != b->n_tags)
		return false;
	for (unsigned i = 0; i < a->n_tags; i++)
		if (a->tags[i].tpid != b->tags[i].tpid || a->tags[i].vid != b->tags[i].vid)
			return false;
	return true;
}

static int check_addresses(const struct conf_interface *iface, unsigned i, const struct doc *doc)
{
	for (unsigned a = 1; a < iface->n_addresses; a++)
		for (unsigned b = 0; b < a; b++)
			if (iface->addresses[a].ip_be == iface->addresses[b].ip_be)
				return doc_fail(doc,
					doc_at(doc, "interfaces", i, "addresses", (int)a),
					"found this address a second time (before on line %u), "
					"expected it once",
					doc_line(doc,
						doc_at(doc, "interfaces", i, "addresses", (int)b)));
	return 0;
}

static bool is_same_place(const struct conf_interface *a, const struct conf_interface *b)
{
	if (a->on_bridge != b->on_bridge)
		return false;
	return a->on_bridge ? a->bridge == b->bridge : a->port == b->port;
}

/* Tags of other TPIDs are not told from data yet, except a bridge's own, which only the bridge
 * looks for. */
static int check_tpids(const struct conf *conf, unsigned i, const struct doc *doc)
{
	const struct conf_interface *iface = &conf->interfaces[i];
	bool own = iface->on_bridge && conf->bridges[iface->bridge].vlan_aware;

	for (unsigned t = own ? 1 : 0; t < iface->n_tags; t++)
		if (iface->tags[t].tpid != TPID_C && iface->tags[t].tpid != TPID_S)
			return doc_fail(doc,
				doc_in(doc, doc_at(doc, "interfaces", i, "tags", (int)t), "tpid",
					-1),
				"found 0x%04x, which is not supported yet", iface->tags[t].tpid);
	return 0;
}

static int check_place(const struct conf *conf, unsigned i, const struct doc *doc)
{
	const struct conf_interface *a = &conf->interfaces[i];
	const char *kind = a->on_bridge ? "bridge" : "port";
	const char *name = a->on_bridge ? conf->bridges[a->bridge].name : conf->ports[a->port].name;
	char role[64];

	if (!a->on_bridge && has_role(conf, doc, a->port, role, sizeof(role)))
		return doc_fail(doc, doc_at(doc, "interfaces", i, "port", -1),
			"found port \"%s\", which %s, expected a port without a role", name, role);
	for (unsigned j = 0; j < i; j++)
		if (is_same_place(a, &conf->interfaces[j]) && is_same_tags(a, &conf->interfaces[j]))
			return doc_fail(doc, doc_at(doc, "interfaces", i, NULL, -1),
				"found %s \"%s\" with the tags of interfaces[%u] on line %u, "
				"expected another %s or other tags",
				kind, name, j,
				doc_line(doc, doc_at(doc, "interfaces", j, NULL, -1)), kind);
	return 0;
}

static int check_interfaces(const struct conf *conf, const struct doc *doc)
{
	for (unsigned i = 0; i < conf->n_interfaces; i++) {
		const struct conf_interface *a = &conf->interfaces[i];

		if (check_place(conf, i, doc) != 0 || check_tpids(conf, i, doc) != 0)
			return -1;
		if (check_addresses(a, i, doc) != 0)
			return -1;
	}
	return 0;
}

static int check_neighbour(const struct conf *conf, unsigned i, const struct doc *doc)
{
	const struct conf_neighbour *n = &conf->neighbours[i];
	const struct conf_interface *iface = &conf->interfaces[n->interface];
	bool inside = false;

	for (unsigned a = 0; a < iface->n_addresses; a++) {
		const struct conf_address *own = &iface->addresses[a];
		uint32_t diff = ntohl(own->ip_be ^ n->address_be);

		if (diff == 0)
			return doc_fail(doc, doc_at(doc, "neighbours", i, "address", -1),
				"found an address of \"%s\" itself, expected a neighbour's",
				iface->name);
		inside |= diff >> (32 - own->prefix) == 0 &&
		          scalar_is_host(n->address_be, own->prefix);
	}
	if (!inside)
		return doc_fail(doc, doc_at(doc, "neighbours", i, "address", -1),
			"found an address that is no host's in the subnets of \"%s\", expected one "
			"that is",
			iface->name);
	return 0;
}

static int check_neighbours(const struct conf *conf, const struct doc *doc)
{
	for (unsigned i = 0; i < conf->n_neighbours; i++) {
		const struct conf_neighbour *n = &conf->neighbours[i];

		if (check_neighbour(conf, i, doc) != 0)
			return -1;
		for (unsigned j = 0; j < i; j++)
			if (conf->neighbours[j].interface == n->interface &&
				conf->neighbours[j].address_be == n->address_be)
				return doc_fail(doc, doc_at(doc, "neighbours", i, "address", -1),
					"found the address of neighbours[%u] on line %u, expected "
					"another address",
					j,
					doc_line(doc, doc_at(doc, "neighbours", j, "address", -1)));
	}
	return 0;
}

static int check_handlers(const struct conf *conf, const struct doc *doc)
{
	for (unsigned i = 0; i < conf->n_handlers; i++) {
		const struct conf_handler *h = &conf->handlers[i];

		if (h->ethertype != 0 && h->plugin[0] == '\0')
			return doc_fail(doc, doc_at(doc, "handlers", i, "ethertype", -1),
				"found an EtherType without a plug-in, expected it beside the key "
				"plugin only");
		if (h->ethertype == TPID_C || h->ethertype == TPID_S)
			return doc_fail(doc, doc_at(doc, "handlers", i, "ethertype", -1),
				"found the EtherType of a tag, expected one that stands behind "
				"tags");
	}
	return 0;
}

int conf_check_parents(const struct raw_conf *raw, const struct doc *doc)
{
	for (unsigned i = 0; i < raw->n_interfaces; i++) {
		const struct raw_interface *r = &raw->interfaces[i];

		if (r->port == NULL && r->bridge == NULL)
			return doc_fail(doc, doc_at(doc, "interfaces", i, NULL, -1),
				"found neither port nor bridge, expected one of them");
		if (r->port != NULL && r->bridge != NULL)
			return doc_fail(doc, doc_at(doc, "interfaces", i, "bridge", -1),
				"found a bridge beside the port on line %u, expected one of them",
				doc_line(doc, doc_at(doc, "interfaces", i, "port", -1)));
	}
	return 0;
}

int conf_check_refs(const struct conf *conf, const struct doc *doc)
{
	if (check_all_names(conf, doc) != 0 || check_devices(conf, doc) != 0 ||
		check_port_workers(conf, doc) != 0 || check_wires(conf, doc) != 0 ||
		conf_check_bridges(conf, doc) != 0 || check_unknown(conf, doc) != 0 ||
		check_interfaces(conf, doc) != 0 || check_neighbours(conf, doc) != 0 ||
		check_handlers(conf, doc) != 0)
		return -1;
	return 0;
}
