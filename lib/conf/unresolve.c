/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Documents from configurations: see unresolve.h. Called by emit.c and diff.c. What is written
 * here is read again by resolve.c and bridges.c; tests/unit/conf_emit_test.c holds both to it.
 */

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/resolve.h"
#include "conf/unresolve.h"

struct chunk {
	struct chunk *next;
	_Alignas(max_align_t) char octets[];
};

/* All that a document points to; `failed`: there was no memory for some of it. */
struct raw_store {
	struct chunk *chunks;
	bool failed;
	struct raw_conf raw;
};

static void *make(struct raw_store *s, size_t n, size_t size)
{
	struct chunk *chunk;

	if (n == 0)
		return NULL;
	chunk = calloc(1, sizeof(*chunk) + n * size);
	if (chunk == NULL) {
		s->failed = true;
		return NULL;
	}
	chunk->next = s->chunks;
	s->chunks = chunk;
	return chunk->octets;
}

/* Room for a list; what could not be made has no entries. */
#define MAKE_LIST(s, to, count)                                                                    \
	do {                                                                                       \
		(to) = make((s), (count), sizeof(*(to)));                                          \
		n_made = (to) != NULL ? (count) : 0;                                               \
	} while (0)

static void *copy(struct raw_store *s, const void *from, size_t size)
{
	void *to = make(s, 1, size);

	return to != NULL ? memcpy(to, from, size) : NULL;
}

static uint32_t *number(struct raw_store *s, uint32_t v, uint32_t otherwise)
{
	return v == otherwise ? NULL : copy(s, &v, sizeof(v));
}

static bool *truth(struct raw_store *s, bool v, bool otherwise)
{
	return v == otherwise ? NULL : copy(s, &v, sizeof(v));
}

static char *text(struct raw_store *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static char *text(struct raw_store *s, const char *fmt, ...)
{
	char line[CONF_DEVICE_MAX + 16];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return copy(s, line, strlen(line) + 1);
}

static char *number_text(struct raw_store *s, unsigned v, unsigned otherwise)
{
	return v == otherwise ? NULL : text(s, "%u", v);
}

static char *mac_text(struct raw_store *s, const uint8_t m[6])
{
	return text(s, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static char *address_text(struct raw_store *s, uint32_t ip_be)
{
	char name[INET_ADDRSTRLEN] = "";

	inet_ntop(AF_INET, &ip_be, name, sizeof(name));
	return text(s, "%s", name);
}

static uint32_t *numbers(struct raw_store *s, const unsigned *from, unsigned n)
{
	uint32_t *to = make(s, n, sizeof(*to));

	for (unsigned i = 0; to != NULL && i < n; i++)
		to[i] = from[i];
	return to;
}

static void write_lcores(struct raw_store *s, const struct conf_lcores *c)
{
	struct raw_lcores *r;

	if (c->control == CONF_CPU_AUTO && c->n_workers == 0 && c->idle == CONF_IDLE_SLEEP)
		return;
	r = s->raw.lcores = make(s, 1, sizeof(*r));
	if (r == NULL)
		return;
	if (c->control != CONF_CPU_AUTO)
		r->control = text(s, "%d", c->control);
	r->workers = numbers(s, c->workers, c->n_workers);
	r->n_workers = r->workers != NULL ? c->n_workers : 0;
	if (c->idle != CONF_IDLE_SLEEP)
		r->idle = copy(s, &c->idle, sizeof(c->idle));
}

static void write_memory(struct raw_store *s, const struct conf_memory *c)
{
	struct raw_memory *r;

	if (c->mbufs == CONF_AUTO && c->hugepages == CONF_HUGEPAGES_AUTO)
		return;
	r = s->raw.memory = make(s, 1, sizeof(*r));
	if (r == NULL)
		return;
	r->mbufs = number_text(s, c->mbufs, CONF_AUTO);
	if (c->hugepages != CONF_HUGEPAGES_AUTO)
		r->hugepages = copy(s, &c->hugepages, sizeof(c->hugepages));
}

static void write_metrics(struct raw_store *s, const struct conf *conf)
{
	if (conf->metrics_port == 0)
		return;
	s->raw.metrics = make(s, 1, sizeof(*s->raw.metrics));
	if (s->raw.metrics != NULL)
		s->raw.metrics->port = copy(s, &conf->metrics_port, sizeof(uint32_t));
}

static void write_ports(struct raw_store *s, const struct conf *conf)
{
	unsigned n_made;

	MAKE_LIST(s, s->raw.ports, conf->n_ports);
	s->raw.n_ports = n_made;
	for (unsigned i = 0; i < n_made; i++) {
		const struct conf_port *c = &conf->ports[i];
		struct raw_port *r = &s->raw.ports[i];

		r->name = text(s, "%s", c->name);
		r->device = text(s, "%s", c->device);
		r->mac = c->has_mac ? mac_text(s, c->mac) : NULL;
		r->mtu = number(s, c->mtu, 0);
		r->rx_queues = number_text(s, c->rx_queues, CONF_AUTO);
		r->tx_queues = number_text(s, c->tx_queues, CONF_AUTO);
		r->descriptors = number_text(s, c->descriptors, CONF_AUTO);
		r->workers = numbers(s, c->workers, c->n_workers);
		r->n_workers = r->workers != NULL ? c->n_workers : 0;
		r->optional = truth(s, c->optional, false);
		r->promiscuous = truth(s, c->promiscuous, true);
		r->fcs = truth(s, c->fcs, false);
		r->reflect = truth(s, c->reflect, false);
		if (c->unknown_port >= 0)
			r->unknown = text(s, "%s", conf->ports[c->unknown_port].name);
	}
}

static void write_wires(struct raw_store *s, const struct conf *conf)
{
	unsigned n_made;

	MAKE_LIST(s, s->raw.wires, conf->n_wires);
	s->raw.n_wires = n_made;
	for (unsigned i = 0; i < n_made; i++) {
		char **ends = s->raw.wires[i] = make(s, 2, sizeof(*ends));

		for (unsigned e = 0; ends != NULL && e < 2; e++)
			ends[e] = text(s, "%s", conf->ports[conf->wires[i].port[e]].name);
	}
}

static struct raw_tag *tags(
	struct raw_store *s, const struct conf_tag *from, unsigned n, uint16_t outer)
{
	struct raw_tag *to = make(s, n, sizeof(*to));

	for (unsigned t = 0; to != NULL && t < n; t++) {
		to[t].tpid = number(s, from[t].tpid, t == 0 ? outer : TPID_C);
		to[t].vid = from[t].vid;
	}
	return to;
}

/* What `vlans` has to name: not the VLAN of untagged frames, nor those of translations. */
static bool is_listed(const struct conf_member *c, unsigned vlan)
{
	if (vlan == 0 || vlan >= CONF_VLANS || vlan == c->vlan || !conf_member_has_vlan(c, vlan))
		return false;
	for (unsigned i = 0; i < c->n_translations; i++)
		if (c->translations[i].inside[0].vid == vlan)
			return false;
	return true;
}

static void write_vlans(struct raw_store *s, const struct conf_member *c, struct raw_member *r)
{
	unsigned n = 0;

	for (unsigned v = 1; v < CONF_VLANS; v++)
		n += is_listed(c, v) && !is_listed(c, v - 1);
	r->vlans = make(s, n, sizeof(*r->vlans));
	for (unsigned v = 1; r->vlans != NULL && v < CONF_VLANS; v++) {
		unsigned first = v;

		if (!is_listed(c, v))
			continue;
		while (is_listed(c, v + 1))
			v++;
		r->vlans[r->n_vlans++] = v == first ? text(s, "%u", v) : text(s, "%u-%u", first, v);
	}
}

static void write_translations(
	struct raw_store *s, const struct conf_member *c, uint16_t tpid, struct raw_member *r)
{
	unsigned n_made;

	MAKE_LIST(s, r->translate, c->n_translations);
	r->n_translate = n_made;
	for (unsigned i = 0; i < n_made; i++) {
		const struct conf_translation *from = &c->translations[i];
		struct raw_translation *to = &r->translate[i];

		to->wire = tags(s, from->wire, from->n_wire, tpid);
		to->n_wire = to->wire != NULL ? from->n_wire : 0;
		to->inside = tags(s, from->inside, from->n_inside, tpid);
		to->n_inside = to->inside != NULL ? from->n_inside : 0;
	}
}

static void write_rules(struct raw_store *s, const struct conf_bridge *bridge,
	const struct conf_member *c, struct raw_member *r)
{
	bool identity = true;

	r->mode = copy(s, &c->mode, sizeof(c->mode));
	if (c->mode == CONF_MODE_TRUNK) {
		write_vlans(s, c, r);
		r->native = number(s, c->vlan, 0);
	} else {
		r->vlan = number(s, c->vlan, 0);
	}
	if (c->accept != CONF_ACCEPT_ALL)
		r->accept = copy(s, &c->accept, sizeof(c->accept));
	r->filter = truth(s, c->filter, true);
	r->pcp = number(s, c->pcp, 0);
	for (unsigned i = 0; i < CONF_PCPS; i++)
		identity &= c->pcp_map[i] == i;
	if (!identity) {
		r->pcp_map = make(s, CONF_PCPS, sizeof(*r->pcp_map));
		for (unsigned i = 0; r->pcp_map != NULL && i < CONF_PCPS; i++)
			r->pcp_map[r->n_pcp_map++] = c->pcp_map[i];
	}
	write_translations(s, c, bridge->tpid, r);
}

static void write_member(struct raw_store *s, const struct conf *conf,
	const struct conf_bridge *bridge, const struct conf_member *c, struct raw_member *r)
{
	const struct conf_storm *storm = &c->storm;

	r->port = text(s, "%s", conf->ports[c->port].name);
	if (bridge->vlan_aware)
		write_rules(s, bridge, c, r);
	r->isolated = truth(s, c->isolated, false);
	r->sticky = truth(s, c->sticky, false);
	r->limit = number(s, c->limit, 0);
	if (storm->broadcast == 0 && storm->multicast == 0 && storm->unknown == 0)
		return;
	r->storm = make(s, 1, sizeof(*r->storm));
	if (r->storm == NULL)
		return;
	r->storm->broadcast = number(s, storm->broadcast, 0);
	r->storm->multicast = number(s, storm->multicast, 0);
	r->storm->unknown = number(s, storm->unknown, 0);
}

static void write_bridge(struct raw_store *s, const struct conf *conf, const struct conf_bridge *c,
	struct raw_bridge *r)
{
	unsigned n_made;

	r->name = text(s, "%s", c->name);
	r->vlan_aware = truth(s, c->vlan_aware, false);
	r->tpid = number(s, c->tpid, TPID_C);
	r->ageing = number(s, c->ageing, CONF_AGEING);
	r->fdb = number(s, c->fdb, CONF_FDB);
	r->vlan_limit = number(s, c->vlan_limit, 0);
	r->learn_rate = number(s, c->learn_rate, CONF_LEARN_RATE);
	MAKE_LIST(s, r->members, c->n_members);
	r->n_members = n_made;
	for (unsigned m = 0; m < n_made; m++)
		write_member(s, conf, c, &c->members[m], &r->members[m]);
	MAKE_LIST(s, r->entries, c->n_entries);
	r->n_entries = n_made;
	for (unsigned e = 0; e < n_made; e++) {
		r->entries[e].mac = mac_text(s, c->entries[e].mac);
		r->entries[e].vlan = number(s, c->entries[e].vlan, 0);
		r->entries[e].port = text(s, "%s", conf->ports[c->entries[e].port].name);
	}
}

static void write_interface(struct raw_store *s, const struct conf *conf,
	const struct conf_interface *c, struct raw_interface *r)
{
	unsigned n_made;
	uint16_t outer = TPID_C;

	r->name = text(s, "%s", c->name);
	if (!c->on_bridge) {
		r->port = text(s, "%s", conf->ports[c->port].name);
	} else {
		const struct conf_bridge *bridge = &conf->bridges[c->bridge];

		r->bridge = text(s, "%s", bridge->name);
		if (bridge->vlan_aware)
			outer = bridge->tpid;
	}
	r->tags = tags(s, c->tags, c->n_tags, outer);
	r->n_tags = r->tags != NULL ? c->n_tags : 0;
	r->mac = c->has_mac ? mac_text(s, c->mac) : NULL;
	MAKE_LIST(s, r->addresses, c->n_addresses);
	r->n_addresses = n_made;
	for (unsigned a = 0; a < n_made; a++) {
		char *ip = address_text(s, c->addresses[a].ip_be);

		r->addresses[a] = ip != NULL ? text(s, "%s/%u", ip, c->addresses[a].prefix) : NULL;
	}
	r->probe = truth(s, c->probe, false);
	r->neighbour_limit = number(s, c->neighbour_limit, CONF_NEIGHBOUR_LIMIT);
	r->neighbour_timeout = number(s, c->neighbour_timeout, CONF_NEIGHBOUR_TIMEOUT);
	r->icmp_errors = number(s, c->icmp_errors, CONF_ICMP_ERRORS);
}

static void write_neighbours(struct raw_store *s, const struct conf *conf)
{
	unsigned n_made;

	MAKE_LIST(s, s->raw.neighbours, conf->n_neighbours);
	s->raw.n_neighbours = n_made;
	for (unsigned i = 0; i < n_made; i++) {
		const struct conf_neighbour *c = &conf->neighbours[i];
		struct raw_neighbour *r = &s->raw.neighbours[i];

		r->interface = text(s, "%s", conf->interfaces[c->interface].name);
		r->address = address_text(s, c->address_be);
		r->mac = mac_text(s, c->mac);
	}
}

static char *place_text(struct raw_store *s, const struct conf_handler *c)
{
	char line[CONF_WORKERS_MAX * 5 + 8] = "lcore ";
	size_t used = strlen(line);

	if (c->place == CONF_PLACE_INLINE)
		return text(s, "inline");
	if (c->place == CONF_PLACE_CONTROL)
		return text(s, "control");
	if (c->place == CONF_PLACE_OWN)
		return text(s, "own");
	for (unsigned i = 0; i < c->n_cpus && used < sizeof(line); i++)
		used += (size_t)snprintf(
			line + used, sizeof(line) - used, "%s%u", i ? "," : "", c->cpus[i]);
	return text(s, "%s", line);
}

static void write_handler(struct raw_store *s, const struct conf *conf,
	const struct conf_handler *c, struct raw_handler *r)
{
	r->name = text(s, "%s", c->name);
	r->plugin = c->plugin[0] != '\0' ? text(s, "%s", c->plugin) : NULL;
	r->ethertype = number(s, c->ethertype, 0);
	r->place = c->has_place ? place_text(s, c) : NULL;
	if (c->n_cpus != 0 && (!c->has_place || c->place == CONF_PLACE_OWN))
		r->cpu = copy(s, &(uint32_t){c->cpus[0]}, sizeof(uint32_t));
	r->rate = c->has_rate ? copy(s, &(uint32_t){c->rate}, sizeof(uint32_t)) : NULL;
	r->burst = number(s, c->burst, 0);
	r->ring = number(s, c->ring, 0);
	r->budget = number(s, c->budget, 0);
	if (c->overload != CONF_OVERLOAD_DROP_TAIL)
		r->overload = copy(s, &c->overload, sizeof(c->overload));
	if (c->pass_port >= 0)
		r->pass_to = text(s, "%s", conf->ports[c->pass_port].name);
}

static void write_all(struct raw_store *s, const struct conf *conf)
{
	unsigned n_made;

	s->raw.name = text(s, "%s", conf->name);
	write_lcores(s, &conf->lcores);
	write_memory(s, &conf->memory);
	write_metrics(s, conf);
	write_ports(s, conf);
	write_wires(s, conf);
	MAKE_LIST(s, s->raw.bridges, conf->n_bridges);
	s->raw.n_bridges = n_made;
	for (unsigned i = 0; i < n_made; i++)
		write_bridge(s, conf, &conf->bridges[i], &s->raw.bridges[i]);
	MAKE_LIST(s, s->raw.interfaces, conf->n_interfaces);
	s->raw.n_interfaces = n_made;
	for (unsigned i = 0; i < n_made; i++)
		write_interface(s, conf, &conf->interfaces[i], &s->raw.interfaces[i]);
	write_neighbours(s, conf);
	if (strcmp(conf->plugins, CONF_PLUGINS_DEFAULT) != 0)
		s->raw.plugins = text(s, "%s", conf->plugins);
	MAKE_LIST(s, s->raw.handlers, conf->n_handlers);
	s->raw.n_handlers = n_made;
	for (unsigned i = 0; i < n_made; i++)
		write_handler(s, conf, &conf->handlers[i], &s->raw.handlers[i]);
}

const struct raw_conf *conf_unresolve(const struct conf *conf, struct raw_store **store)
{
	struct raw_store *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	write_all(s, conf);
	if (s->failed) {
		raw_store_free(s);
		return NULL;
	}
	*store = s;
	return &s->raw;
}

void raw_store_free(struct raw_store *s)
{
	while (s != NULL && s->chunks != NULL) {
		struct chunk *next = s->chunks->next;

		free(s->chunks);
		s->chunks = next;
	}
	free(s);
}
