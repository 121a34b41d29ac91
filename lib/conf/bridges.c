/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bridges, from the document to struct conf_bridge: defaults, sets of VLANs, names to indices.
 * Called by resolve.c once the ports are there. What one member may have beside what is checked
 * here, by the keys that are written; what contradicts another member or port is bridge_refs.c's.
 */

#include <stdio.h>
#include <string.h>

#include "conf/resolve.h"
#include "conf/scalar.h"

enum { ACCESS = 1 << CONF_MODE_ACCESS, TRUNK = 1 << CONF_MODE_TRUNK, QINQ = 1 << CONF_MODE_QINQ };

static const char *const mode_names[] = {
	[CONF_MODE_ACCESS] = "access", [CONF_MODE_TRUNK] = "trunk", [CONF_MODE_QINQ] = "qinq"};

/* Keys of a member that mean something on a VLAN-aware bridge only, and in these modes. */
static const struct vlan_key {
	const char *key;
	unsigned modes;
	const char *where;
} vlan_keys[] = {
	{"mode", ACCESS | TRUNK | QINQ, ""},
	{"vlan", ACCESS | QINQ, "access or qinq"},
	{"vlans", TRUNK, "trunk"},
	{"native", TRUNK, "trunk"},
	{"accept", ACCESS | TRUNK, "access or trunk"}, // every frame is a tunnel's
	{"filter", ACCESS | TRUNK, "access or trunk"},
	{"pcp", ACCESS | TRUNK | QINQ, ""},
	{"pcp-map", ACCESS | TRUNK | QINQ, ""},
	{"translate", TRUNK, "trunk"},
};

static unsigned or_default(const uint32_t *value, unsigned otherwise)
{
	return value != NULL ? *value : otherwise;
}

static bool is_set(const bool *value, bool otherwise)
{
	return value != NULL ? *value : otherwise;
}

static int fail_unaware(const struct doc *doc, int node)
{
	return doc_fail(
		doc, node, "found this key on a bridge that is not VLAN-aware, expected none");
}

/* Complain about a key that the bridge or the member's mode has no use for. */
static int check_keys(const struct conf_bridge *bridge, const struct raw_member *raw,
	const struct doc *doc, int node)
{
	for (size_t i = 0; i < sizeof(vlan_keys) / sizeof(vlan_keys[0]); i++) {
		const struct vlan_key *k = &vlan_keys[i];
		int at = doc_child(doc, node, k->key);

		if (at == DOC_NONE)
			continue;
		if (!bridge->vlan_aware)
			return fail_unaware(doc, at);
		if (raw->mode != NULL && !(k->modes >> *raw->mode & 1))
			return doc_fail(doc, at,
				"found this key on a member of mode %s, expected it with mode %s",
				mode_names[*raw->mode], k->where);
	}
	if (!bridge->vlan_aware)
		return 0;
	if (raw->mode == NULL)
		return doc_fail(doc, node, "found no mode, expected access, trunk or qinq");
	if (*raw->mode != CONF_MODE_TRUNK && raw->vlan == NULL)
		return doc_fail(doc, node, "found no vlan, which mode %s needs, expected one",
			mode_names[*raw->mode]);
	if (*raw->mode == CONF_MODE_TRUNK && raw->n_vlans == 0 && raw->native == NULL &&
		raw->n_translate == 0)
		return doc_fail(
			doc, node, "found no VLAN on a trunk, expected vlans, native or translate");
	if (*raw->mode == CONF_MODE_TRUNK && raw->native == NULL && raw->accept != NULL &&
		*raw->accept == CONF_ACCEPT_UNTAGGED)
		return doc_fail(doc, doc_in(doc, node, "accept", -1),
			"found untagged on a trunk without native, which takes no frame so, "
			"expected all or tagged");
	return 0;
}

static void add_vlan(struct conf_member *member, unsigned vlan)
{
	member->vlans[vlan / 8] |= (uint8_t)(1u << vlan % 8);
}

/* "10" or "20-30", checked: both ends are there. */
static void read_range(const char *s, uint32_t *from, uint32_t *to)
{
	char first[8];
	size_t n = strcspn(s, "-");

	snprintf(first, sizeof(first), "%.*s", (int)n, s);
	scalar_number(first, 0, CONF_VLANS, from);
	*to = *from;
	if (s[n] != '\0')
		scalar_number(s + n + 1, 0, CONF_VLANS, to);
}

static int resolve_vlans(
	struct conf_member *member, const struct raw_member *raw, const struct doc *doc, int node)
{
	for (unsigned i = 0; i < raw->n_vlans; i++) {
		uint32_t from = 0, to = 0;

		read_range(raw->vlans[i], &from, &to);
		for (uint32_t v = from; v <= to; v++) {
			if (conf_member_has_vlan(member, v))
				return doc_fail(doc, doc_in(doc, node, "vlans", (int)i),
					"found VLAN %u a second time, expected it once", v);
			add_vlan(member, v);
		}
	}
	if (raw->vlan != NULL)
		member->vlan = *raw->vlan;
	if (raw->native != NULL)
		member->vlan = *raw->native;
	if (member->vlan != 0)
		add_vlan(member, member->vlan);
	return 0;
}

/* The tags of one side; the first has the bridge's TPID unless another is written. */
static void resolve_tags(
	struct conf_tag *to, unsigned *n_to, const struct raw_tag *raw, unsigned n, uint16_t tpid)
{
	for (unsigned i = 0; i < n; i++)
		to[i] = conf_tag(&raw[i], i == 0 ? tpid : TPID_C);
	*n_to = n;
}

/* A VLAN that `vlans` or `native` has passes as it is: a translation of it would be a second form
 * of the same frames. */
static int check_untranslated(const struct conf_bridge *bridge, const struct conf_member *member,
	const struct conf_tag *tag, const struct doc *doc, int node)
{
	if (tag->tpid != bridge->tpid || !conf_member_has_vlan(member, tag->vid))
		return 0;
	return doc_fail(doc, doc_in(doc, node, "vid", -1),
		"found VLAN %u, which this member has without a translation too (vlans or "
		"native), expected it once",
		tag->vid);
}

static int resolve_translation(const struct conf_bridge *bridge, const struct conf_member *member,
	struct conf_translation *to, const struct raw_translation *raw, const struct doc *doc,
	int node)
{
	int wire = doc_in(doc, node, "wire", 0), inside = doc_in(doc, node, "inside", 0);

	if (raw->n_wire > 1 && raw->n_inside > 1)
		return doc_fail(doc, doc_in(doc, node, "inside", -1),
			"found two tags for two, expected a translation of one tag to one, one to "
			"two or two to one");
	resolve_tags(to->wire, &to->n_wire, raw->wire, raw->n_wire, bridge->tpid);
	resolve_tags(to->inside, &to->n_inside, raw->inside, raw->n_inside, bridge->tpid);
	if (to->inside[0].tpid != bridge->tpid)
		return doc_fail(doc, doc_in(doc, inside, "tpid", -1),
			"found 0x%04x, expected the bridge's TPID, 0x%04x", to->inside[0].tpid,
			bridge->tpid);
	if (check_untranslated(bridge, member, &to->wire[0], doc, wire) != 0 ||
		check_untranslated(bridge, member, &to->inside[0], doc, inside) != 0)
		return -1;
	return 0;
}

static int resolve_translations(const struct conf_bridge *bridge, struct conf_member *member,
	const struct raw_member *raw, const struct doc *doc, int node)
{
	if (conf_make(doc, &member->translations, raw->n_translate,
		    sizeof(*member->translations)) != 0)
		return -1;
	member->n_translations = raw->n_translate;
	for (unsigned i = 0; i < raw->n_translate; i++)
		if (resolve_translation(bridge, member, &member->translations[i],
			    &raw->translate[i], doc, doc_in(doc, node, "translate", (int)i)) != 0)
			return -1;
	for (unsigned i = 0; i < raw->n_translate; i++)
		add_vlan(member, member->translations[i].inside[0].vid);
	return 0;
}

static int resolve_member(const struct conf *conf, const struct conf_bridge *bridge,
	struct conf_member *member, const struct raw_member *raw, const struct doc *doc, int node)
{
	int port = conf_find_port(conf, raw->port);

	if (port < 0)
		return conf_fail_no_port(doc, doc_in(doc, node, "port", -1), raw->port, "");
	member->port = (unsigned)port;
	if (check_keys(bridge, raw, doc, node) != 0)
		return -1;
	member->mode = raw->mode != NULL ? *raw->mode : CONF_MODE_ACCESS;
	member->accept = raw->accept != NULL ? *raw->accept : CONF_ACCEPT_ALL;
	member->filter = is_set(raw->filter, true);
	member->pcp = (uint8_t)or_default(raw->pcp, 0);
	for (unsigned i = 0; i < CONF_PCPS; i++)
		member->pcp_map[i] = (uint8_t)(raw->n_pcp_map > 0 ? raw->pcp_map[i] : i);
	member->isolated = is_set(raw->isolated, false);
	member->sticky = is_set(raw->sticky, false);
	member->limit = or_default(raw->limit, 0);
	if (raw->storm != NULL) {
		member->storm.broadcast = or_default(raw->storm->broadcast, 0);
		member->storm.multicast = or_default(raw->storm->multicast, 0);
		member->storm.unknown = or_default(raw->storm->unknown, 0);
	}
	if (resolve_vlans(member, raw, doc, node) != 0)
		return -1;
	return resolve_translations(bridge, member, raw, doc, node);
}

static int resolve_members(const struct conf *conf, struct conf_bridge *bridge,
	const struct raw_bridge *raw, const struct doc *doc, unsigned b)
{
	if (conf_make(doc, &bridge->members, raw->n_members, sizeof(*bridge->members)) != 0)
		return -1;
	bridge->n_members = raw->n_members;
	for (unsigned i = 0; i < raw->n_members; i++)
		if (resolve_member(conf, bridge, &bridge->members[i], &raw->members[i], doc,
			    doc_at(doc, "bridges", b, "members", (int)i)) != 0)
			return -1;
	return 0;
}

static int resolve_entry(const struct conf *conf, const struct conf_bridge *bridge,
	struct conf_entry *to, const struct raw_entry *raw, const struct doc *doc, int node)
{
	int port = conf_find_port(conf, raw->port);

	if (port < 0)
		return conf_fail_no_port(doc, doc_in(doc, node, "port", -1), raw->port, "");
	if (!bridge->vlan_aware && raw->vlan != NULL)
		return fail_unaware(doc, doc_in(doc, node, "vlan", -1));
	if (bridge->vlan_aware && raw->vlan == NULL)
		return doc_fail(
			doc, node, "found no vlan, which a VLAN-aware bridge needs, expected one");
	scalar_mac(raw->mac, to->mac);
	to->vlan = or_default(raw->vlan, 0);
	to->port = (unsigned)port;
	return 0;
}

static int resolve_entries(const struct conf *conf, struct conf_bridge *bridge,
	const struct raw_bridge *raw, const struct doc *doc, unsigned b)
{
	int list = doc_child(doc, doc_at(doc, "bridges", b, NULL, -1), "static");
	int node = list == DOC_NONE ? DOC_NONE : doc->nodes[list].first;

	if (conf_make(doc, &bridge->entries, raw->n_entries, sizeof(*bridge->entries)) != 0)
		return -1;
	bridge->n_entries = raw->n_entries;
	for (unsigned i = 0; i < raw->n_entries; i++, node = doc->nodes[node].next)
		if (resolve_entry(conf, bridge, &bridge->entries[i], &raw->entries[i], doc, node) !=
			0)
			return -1;
	return 0;
}

static int resolve_bridge(
	struct conf *conf, unsigned b, const struct raw_bridge *raw, const struct doc *doc)
{
	struct conf_bridge *bridge = &conf->bridges[b];

	conf_copy_text(bridge->name, sizeof(bridge->name), raw->name);
	bridge->vlan_aware = is_set(raw->vlan_aware, false);
	bridge->tpid = (uint16_t)or_default(raw->tpid, TPID_C);
	bridge->ageing = or_default(raw->ageing, CONF_AGEING);
	bridge->fdb = or_default(raw->fdb, CONF_FDB);
	bridge->vlan_limit = or_default(raw->vlan_limit, 0);
	bridge->learn_rate = or_default(raw->learn_rate, CONF_LEARN_RATE);
	if (!bridge->vlan_aware && raw->tpid != NULL)
		return fail_unaware(doc, doc_at(doc, "bridges", b, "tpid", -1));
	if (!bridge->vlan_aware && raw->vlan_limit != NULL)
		return fail_unaware(doc, doc_at(doc, "bridges", b, "vlan-limit", -1));
	if (resolve_members(conf, bridge, raw, doc, b) != 0)
		return -1;
	return resolve_entries(conf, bridge, raw, doc, b);
}

int conf_resolve_bridges(struct conf *conf, const struct raw_conf *raw, const struct doc *doc)
{
	if (conf_make(doc, &conf->bridges, raw->n_bridges, sizeof(*conf->bridges)) != 0)
		return -1;
	conf->n_bridges = raw->n_bridges;
	for (unsigned i = 0; i < raw->n_bridges; i++)
		if (resolve_bridge(conf, i, &raw->bridges[i], doc) != 0)
			return -1;
	return 0;
}

void conf_bridge_mac(const char *instance, const char *interface, uint8_t mac[6])
{
	const char *names[2] = {instance, interface};
	uint64_t hash = UINT64_C(0xcbf29ce484222325); // FNV-1a, 64 bits

	for (unsigned i = 0; i < 2; i++)
		for (const char *s = names[i];; s++) {
			hash = (hash ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
			if (*s == '\0')
				break;
		}
	hash ^= hash >> 40; // the low bits alone depend least on the first letters
	mac[0] = 0x02;
	for (unsigned i = 1; i < 6; i++, hash >>= 8)
		mac[i] = (uint8_t)hash;
}
