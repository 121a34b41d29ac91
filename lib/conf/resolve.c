/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the document to what the program reads: numbers out of strings, defaults where a key is
 * absent, names to indices. Called by conf.c after the walk, so every value here is well formed;
 * what can still go wrong is a name that nothing has, or memory.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/resolve.h"
#include "conf/scalar.h"

static int no_memory(const struct doc *doc)
{
	snprintf(doc->error, doc->error_size, "%s: out of memory", doc->file);
	return -1;
}

int conf_make(const struct doc *doc, void *to, unsigned n, size_t size)
{
	void *p = NULL;

	if (n > 0) {
		p = calloc(n, size);
		if (p == NULL)
			return no_memory(doc);
	}
	memcpy(to, &p, sizeof(p));
	return 0;
}

struct conf_tag conf_tag(const struct raw_tag *raw, uint32_t tpid)
{
	return (struct conf_tag){
		.tpid = (uint16_t)(raw->tpid != NULL ? *raw->tpid : tpid),
		.vid = (uint16_t)raw->vid,
	};
}

static int copy_numbers(
	const struct doc *doc, unsigned **to, unsigned *n_to, const uint32_t *from, unsigned n)
{
	if (conf_make(doc, to, n, sizeof(**to)) != 0)
		return -1;
	for (unsigned i = 0; i < n; i++)
		(*to)[i] = from[i];
	*n_to = n;
	return 0;
}

void conf_copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

/* A number, or what stands for `auto` and for an absent key. */
static unsigned number_or(const char *s, unsigned otherwise)
{
	uint32_t v;

	return s != NULL && scalar_number(s, 0, UINT32_MAX, &v) ? v : otherwise;
}

static const char *text_or(const char *s, const char *otherwise)
{
	return s != NULL ? s : otherwise;
}

int conf_find_port(const struct conf *conf, const char *name)
{
	for (unsigned i = 0; i < conf->n_ports; i++)
		if (strcmp(conf->ports[i].name, name) == 0)
			return (int)i;
	return -1;
}

int conf_fail_no_port(const struct doc *doc, int node, const char *name, const char *also)
{
	return doc_fail(doc, node, "found \"%s\", expected the name of a port%s", name, also);
}

static int resolve_lcores(struct conf *conf, const struct raw_lcores *raw, const struct doc *doc)
{
	conf->lcores.control = CONF_CPU_AUTO;
	conf->lcores.idle = CONF_IDLE_SLEEP;
	if (raw == NULL)
		return 0;
	conf->lcores.control = (int)number_or(raw->control, (unsigned)CONF_CPU_AUTO);
	if (raw->idle != NULL)
		conf->lcores.idle = *raw->idle;
	return copy_numbers(
		doc, &conf->lcores.workers, &conf->lcores.n_workers, raw->workers, raw->n_workers);
}

static void resolve_memory(struct conf *conf, const struct raw_memory *raw)
{
	conf->memory.mbufs = CONF_AUTO;
	conf->memory.hugepages = CONF_HUGEPAGES_AUTO;
	if (raw == NULL)
		return;
	conf->memory.mbufs = number_or(raw->mbufs, CONF_AUTO);
	if (raw->hugepages != NULL)
		conf->memory.hugepages = *raw->hugepages;
}

static int resolve_port(struct conf_port *port, const struct raw_port *raw, const struct doc *doc)
{
	conf_copy_text(port->name, sizeof(port->name), raw->name);
	conf_copy_text(port->device, sizeof(port->device), raw->device);
	port->has_mac = raw->mac != NULL && scalar_mac(raw->mac, port->mac);
	port->mtu = raw->mtu != NULL ? *raw->mtu : 0;
	port->rx_queues = number_or(raw->rx_queues, CONF_AUTO);
	port->tx_queues = number_or(raw->tx_queues, CONF_AUTO);
	port->descriptors = number_or(raw->descriptors, CONF_AUTO);
	port->optional = raw->optional != NULL && *raw->optional;
	port->promiscuous = raw->promiscuous == NULL || *raw->promiscuous;
	port->fcs = raw->fcs != NULL && *raw->fcs;
	port->reflect = raw->reflect != NULL && *raw->reflect;
	port->unknown_port = -1;
	return copy_numbers(doc, &port->workers, &port->n_workers, raw->workers, raw->n_workers);
}

static int resolve_ports(struct conf *conf, const struct raw_conf *raw, const struct doc *doc)
{
	if (conf_make(doc, &conf->ports, raw->n_ports, sizeof(*conf->ports)) != 0)
		return -1;
	conf->n_ports = raw->n_ports;
	for (unsigned i = 0; i < raw->n_ports; i++)
		if (resolve_port(&conf->ports[i], &raw->ports[i], doc) != 0)
			return -1;
	for (unsigned i = 0; i < raw->n_ports; i++) {
		const char *unknown = raw->ports[i].unknown;

		if (unknown == NULL || strcmp(unknown, "drop") == 0)
			continue;
		conf->ports[i].unknown_port = conf_find_port(conf, unknown);
		if (conf->ports[i].unknown_port < 0)
			return conf_fail_no_port(
				doc, doc_at(doc, "ports", i, "unknown", -1), unknown, " or drop");
	}
	return 0;
}

static int resolve_wires(struct conf *conf, const struct raw_conf *raw, const struct doc *doc)
{
	if (conf_make(doc, &conf->wires, raw->n_wires, sizeof(*conf->wires)) != 0)
		return -1;
	conf->n_wires = raw->n_wires;
	for (unsigned i = 0; i < raw->n_wires; i++)
		for (int j = 0; j < 2; j++) {
			int port = conf_find_port(conf, raw->wires[i][j]);

			if (port < 0)
				return conf_fail_no_port(doc, doc_at(doc, "wires", i, NULL, j),
					raw->wires[i][j], "");
			conf->wires[i].port[j] = (unsigned)port;
		}
	return 0;
}

/* The port or the bridge. */
static int resolve_place(
	struct conf *conf, unsigned i, const struct raw_interface *raw, const struct doc *doc)
{
	struct conf_interface *iface = &conf->interfaces[i];
	int port;

	if (raw->bridge == NULL) {
		port = conf_find_port(conf, raw->port);
		if (port < 0)
			return conf_fail_no_port(
				doc, doc_at(doc, "interfaces", i, "port", -1), raw->port, "");
		iface->port = (unsigned)port;
		return 0;
	}
	iface->on_bridge = true;
	while (iface->bridge < conf->n_bridges &&
		strcmp(conf->bridges[iface->bridge].name, raw->bridge) != 0)
		iface->bridge++;
	if (iface->bridge == conf->n_bridges)
		return doc_fail(doc, doc_at(doc, "interfaces", i, "bridge", -1),
			"found \"%s\", expected the name of a bridge", raw->bridge);
	return 0;
}

static int resolve_interface(
	struct conf *conf, unsigned i, const struct raw_interface *raw, const struct doc *doc)
{
	struct conf_interface *iface = &conf->interfaces[i];
	uint32_t outer = TPID_C;

	if (resolve_place(conf, i, raw, doc) != 0)
		return -1;
	if (iface->on_bridge && conf->bridges[iface->bridge].vlan_aware)
		outer = conf->bridges[iface->bridge].tpid;
	conf_copy_text(iface->name, sizeof(iface->name), raw->name);
	iface->has_mac = raw->mac != NULL && scalar_mac(raw->mac, iface->mac);
	iface->probe = raw->probe != NULL && *raw->probe;
	iface->neighbour_limit =
		raw->neighbour_limit != NULL ? *raw->neighbour_limit : CONF_NEIGHBOUR_LIMIT;
	iface->neighbour_timeout =
		raw->neighbour_timeout != NULL ? *raw->neighbour_timeout : CONF_NEIGHBOUR_TIMEOUT;
	iface->icmp_errors = raw->icmp_errors != NULL ? *raw->icmp_errors : CONF_ICMP_ERRORS;
	iface->n_tags = raw->n_tags;
	for (unsigned t = 0; t < raw->n_tags; t++)
		iface->tags[t] = conf_tag(&raw->tags[t], t == 0 ? outer : TPID_C);
	if (conf_make(doc, &iface->addresses, raw->n_addresses, sizeof(*iface->addresses)) != 0)
		return -1;
	iface->n_addresses = raw->n_addresses;
	for (unsigned a = 0; a < raw->n_addresses; a++)
		scalar_prefix(
			raw->addresses[a], &iface->addresses[a].ip_be, &iface->addresses[a].prefix);
	return 0;
}

static int resolve_interfaces(struct conf *conf, const struct raw_conf *raw, const struct doc *doc)
{
	if (conf_make(doc, &conf->interfaces, raw->n_interfaces, sizeof(*conf->interfaces)) != 0)
		return -1;
	conf->n_interfaces = raw->n_interfaces;
	for (unsigned i = 0; i < raw->n_interfaces; i++)
		if (resolve_interface(conf, i, &raw->interfaces[i], doc) != 0)
			return -1;
	return 0;
}

static int resolve_neighbours(struct conf *conf, const struct raw_conf *raw, const struct doc *doc)
{
	if (conf_make(doc, &conf->neighbours, raw->n_neighbours, sizeof(*conf->neighbours)) != 0)
		return -1;
	conf->n_neighbours = raw->n_neighbours;
	for (unsigned i = 0; i < raw->n_neighbours; i++) {
		const struct raw_neighbour *from = &raw->neighbours[i];
		struct conf_neighbour *to = &conf->neighbours[i];

		while (to->interface < conf->n_interfaces &&
			strcmp(conf->interfaces[to->interface].name, from->interface) != 0)
			to->interface++;
		if (to->interface == conf->n_interfaces)
			return doc_fail(doc, doc_at(doc, "neighbours", i, "interface", -1),
				"found \"%s\", expected the name of an interface", from->interface);
		scalar_address(from->address, &to->address_be);
		scalar_mac(from->mac, to->mac);
	}
	return 0;
}

static int resolve_overload(
	struct conf *conf, unsigned i, const struct raw_handler *from, const struct doc *doc)
{
	struct conf_handler *to = &conf->handlers[i];

	to->overload = from->overload != NULL ? *from->overload : CONF_OVERLOAD_DROP_TAIL;
	to->pass_port = from->pass_to != NULL ? conf_find_port(conf, from->pass_to) : -1;
	if (from->pass_to == NULL && to->overload == CONF_OVERLOAD_PASS)
		return doc_fail(doc, doc_at(doc, "handlers", i, "overload", -1),
			"found pass without a port, expected `pass-to: PORT` beside it");
	if (from->pass_to != NULL && to->overload != CONF_OVERLOAD_PASS)
		return doc_fail(doc, doc_at(doc, "handlers", i, "pass-to", -1),
			"found a port that gets nothing, expected `overload: pass` beside it");
	if (from->pass_to != NULL && to->pass_port < 0)
		return conf_fail_no_port(
			doc, doc_at(doc, "handlers", i, "pass-to", -1), from->pass_to, "");
	return 0;
}

static int resolve_handlers(struct conf *conf, const struct raw_conf *raw, const struct doc *doc)
{
	if (conf_make(doc, &conf->handlers, raw->n_handlers, sizeof(*conf->handlers)) != 0)
		return -1;
	conf->n_handlers = raw->n_handlers;
	for (unsigned i = 0; i < raw->n_handlers; i++) {
		const struct raw_handler *from = &raw->handlers[i];
		struct conf_handler *to = &conf->handlers[i];
		struct scalar_place place = {.place = CONF_PLACE_INLINE};

		conf_copy_text(to->name, sizeof(to->name), from->name);
		conf_copy_text(to->plugin, sizeof(to->plugin), text_or(from->plugin, ""));
		to->ethertype = (uint16_t)(from->ethertype != NULL ? *from->ethertype : 0);
		to->has_place =
			from->place != NULL && scalar_place(from->place, CONF_CPU_LAST, &place);
		to->place = place.place;
		to->has_rate = from->rate != NULL;
		to->rate = from->rate != NULL ? *from->rate : 0;
		to->burst = from->burst != NULL ? *from->burst : 0;
		to->ring = from->ring != NULL ? *from->ring : 0;
		to->budget = from->budget != NULL ? *from->budget : 0;
		if (resolve_overload(conf, i, from, doc) != 0)
			return -1;
		if (from->cpu != NULL) {
			if (to->has_place && to->place != CONF_PLACE_OWN)
				return doc_fail(doc, doc_at(doc, "handlers", i, "cpu", -1),
					"found a CPU beside place %s on line %u, expected it only "
					"with place own",
					from->place,
					doc_line(doc, doc_at(doc, "handlers", i, "place", -1)));
			place.cpus[0] = *from->cpu;
			place.n_cpus = 1;
		}
		if (copy_numbers(doc, &to->cpus, &to->n_cpus, place.cpus, place.n_cpus) != 0)
			return -1;
	}
	return 0;
}

int conf_resolve(struct conf *conf, const struct raw_conf *raw, const struct doc *doc)
{
	conf_copy_text(conf->name, sizeof(conf->name), text_or(raw->name, CONF_NAME_DEFAULT));
	conf_copy_text(
		conf->plugins, sizeof(conf->plugins), text_or(raw->plugins, CONF_PLUGINS_DEFAULT));
	resolve_memory(conf, raw->memory);
	if (raw->metrics != NULL && raw->metrics->port != NULL)
		conf->metrics_port = *raw->metrics->port;
	if (resolve_lcores(conf, raw->lcores, doc) != 0 || resolve_ports(conf, raw, doc) != 0 ||
		resolve_wires(conf, raw, doc) != 0 || conf_resolve_bridges(conf, raw, doc) != 0 ||
		resolve_interfaces(conf, raw, doc) != 0 ||
		resolve_neighbours(conf, raw, doc) != 0 || resolve_handlers(conf, raw, doc) != 0)
		return -1;
	return 0;
}
