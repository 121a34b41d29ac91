/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What contradicts what on bridges: members whose port has another role, translations that cannot
 * be undone, static entries and interfaces that no member could reach. Called by refs.c once all
 * names are indices.
 */

#include <string.h>

#include "conf/resolve.h"

static int member_at(const struct doc *doc, unsigned bridge, unsigned member)
{
	return doc_at(doc, "bridges", bridge, "members", (int)member);
}

static int check_role(const struct conf *conf, const struct doc *doc, unsigned b, unsigned m)
{
	unsigned port = conf->bridges[b].members[m].port;
	const struct conf_port *p = &conf->ports[port];
	int node = doc_in(doc, member_at(doc, b, m), "port", -1);
	char role[64];

	if (conf_has_role(conf, doc, port, b, m, role, sizeof(role)))
		return doc_fail(doc, node,
			"found port \"%s\", which %s, expected a port without a role", p->name,
			role);
	if (!p->promiscuous)
		return doc_fail(doc, doc_at(doc, "ports", port, "promiscuous", -1),
			"found false, but \"%s\" is in bridges[%u] (line %u), which needs every "
			"frame, expected true",
			p->name, b, doc_line(doc, node));
	return 0;
}

/* Is one side the beginning of the other, or the same? Then a frame with the longer one has two
 * meanings. */
static bool is_beginning(
	const struct conf_tag *a, unsigned n_a, const struct conf_tag *b, unsigned n_b)
{
	for (unsigned i = 0; i < n_a && i < n_b; i++)
		if (a[i].tpid != b[i].tpid || a[i].vid != b[i].vid)
			return false;
	return true;
}

static int check_translations(const struct conf_member *member, const struct doc *doc, int node)
{
	for (unsigned i = 1; i < member->n_translations; i++)
		for (unsigned j = 0; j < i; j++) {
			const struct conf_translation *a = &member->translations[i];
			const struct conf_translation *b = &member->translations[j];
			int a_node = doc_in(doc, node, "translate", (int)i);
			int b_node = doc_in(doc, node, "translate", (int)j);
			const char *side = NULL;

			if (is_beginning(a->wire, a->n_wire, b->wire, b->n_wire))
				side = "wire";
			else if (is_beginning(a->inside, a->n_inside, b->inside, b->n_inside))
				side = "inside";
			if (side != NULL)
				return doc_fail(doc, doc_in(doc, a_node, side, -1),
					"found tags that cannot be told from those of "
					"translate[%u] on line %u, expected others",
					j, doc_line(doc, doc_in(doc, b_node, side, -1)));
		}
	return 0;
}

static const struct conf_member *find_member(const struct conf_bridge *bridge, unsigned port)
{
	for (unsigned i = 0; i < bridge->n_members; i++)
		if (bridge->members[i].port == port)
			return &bridge->members[i];
	return NULL;
}

static int check_entry(const struct conf *conf, unsigned b, unsigned e, const struct doc *doc)
{
	const struct conf_bridge *bridge = &conf->bridges[b];
	const struct conf_entry *entry = &bridge->entries[e];
	const struct conf_member *member = find_member(bridge, entry->port);
	const char *port = conf->ports[entry->port].name;
	int node;

	if (member != NULL && (!bridge->vlan_aware || conf_member_has_vlan(member, entry->vlan)))
		return 0;
	node = doc_at(doc, "bridges", b, "static", (int)e);
	if (member == NULL)
		return doc_fail(doc, doc_in(doc, node, "port", -1),
			"found \"%s\", which is no member of \"%s\", expected one that is", port,
			bridge->name);
	return doc_fail(doc, doc_in(doc, node, "vlan", -1),
		"found %u, a VLAN that \"%s\" is not in, expected one that it is in", entry->vlan,
		port);
}

static int check_entries(const struct conf *conf, unsigned b, const struct doc *doc)
{
	const struct conf_bridge *bridge = &conf->bridges[b];

	for (unsigned i = 0; i < bridge->n_entries; i++) {
		const struct conf_entry *e = &bridge->entries[i];

		if (check_entry(conf, b, i, doc) != 0)
			return -1;
		for (unsigned j = 0; j < i; j++)
			if (bridge->entries[j].vlan == e->vlan &&
				memcmp(bridge->entries[j].mac, e->mac, sizeof(e->mac)) == 0)
				return doc_fail(doc, doc_at(doc, "bridges", b, "static", (int)i),
					"found the address and VLAN of static[%u] on line %u, "
					"expected others",
					j,
					doc_line(doc, doc_at(doc, "bridges", b, "static", (int)j)));
	}
	return 0;
}

/* On a VLAN-aware bridge the first tag of an interface is its VLAN. */
static int check_interface(const struct conf *conf, unsigned i, const struct doc *doc)
{
	const struct conf_interface *iface = &conf->interfaces[i];
	const struct conf_bridge *bridge = &conf->bridges[iface->bridge];
	int tag;

	if (!bridge->vlan_aware)
		return 0;
	if (iface->n_tags == 0)
		return doc_fail(doc, doc_at(doc, "interfaces", i, "tags", -1),
			"found no tags on the VLAN-aware bridge \"%s\", expected one with the VLAN",
			bridge->name);
	tag = doc_at(doc, "interfaces", i, "tags", 0);
	if (iface->tags[0].tpid != bridge->tpid)
		return doc_fail(doc, doc_in(doc, tag, "tpid", -1),
			"found 0x%04x, expected the TPID of \"%s\", 0x%04x", iface->tags[0].tpid,
			bridge->name, bridge->tpid);
	for (unsigned m = 0; m < bridge->n_members; m++)
		if (conf_member_has_vlan(&bridge->members[m], iface->tags[0].vid))
			return 0;
	return doc_fail(doc, doc_in(doc, tag, "vid", -1),
		"found %u, a VLAN that no member of \"%s\" is in, expected one that has members",
		iface->tags[0].vid, bridge->name);
}

int conf_check_bridges(const struct conf *conf, const struct doc *doc)
{
	for (unsigned b = 0; b < conf->n_bridges; b++) {
		const struct conf_bridge *bridge = &conf->bridges[b];

		for (unsigned m = 0; m < bridge->n_members; m++)
			if (check_role(conf, doc, b, m) != 0 ||
				check_translations(
					&bridge->members[m], doc, member_at(doc, b, m)) != 0)
				return -1;
		if (check_entries(conf, b, doc) != 0)
			return -1;
	}
	for (unsigned i = 0; i < conf->n_interfaces; i++)
		if (conf->interfaces[i].on_bridge && check_interface(conf, i, doc) != 0)
			return -1;
	return 0;
}
