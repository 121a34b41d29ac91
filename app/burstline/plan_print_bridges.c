/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bridges of a plan as text: members with their VLANs, tables, and what a flood costs. Called
 * by plan_print.c; prints only what configuration and plan hold, decides nothing.
 */

#include "plan.h"

#include "plan_print.h"

static const double MIB = 1048576.0;

static bool is_translated(const struct conf_member *member, unsigned vlan)
{
	for (unsigned i = 0; i < member->n_translations; i++)
		if (member->translations[i].inside[0].vid == vlan)
			return true;
	return false;
}

/** VLANs that are tagged with the bridge's tag on the wire: "10,20-30". */
static void print_vlans(const struct conf_member *member, FILE *to)
{
	const char *before = ", VLANs ";

	for (unsigned v = 1; v < CONF_VLANS; v++) {
		unsigned last = v;

		if (!conf_member_has_vlan(member, v) || v == member->vlan ||
			is_translated(member, v))
			continue;
		while (last + 1 < CONF_VLANS && conf_member_has_vlan(member, last + 1) &&
			last + 1 != member->vlan && !is_translated(member, last + 1))
			last++;
		fprintf(to, "%s%u", before, v);
		if (last > v)
			fprintf(to, "-%u", last);
		before = ",";
		v = last;
	}
}

static void print_tags(const struct conf_tag *tags, unsigned n, FILE *to)
{
	for (unsigned i = 0; i < n; i++)
		fprintf(to, "%s0x%04x %u", i ? ", " : " ", tags[i].tpid, tags[i].vid);
}

static void print_member(const struct plan *p, const struct conf_bridge *bridge,
	const struct conf_member *member, FILE *to)
{
	static const char *const modes[] = {"access", "trunk", "qinq"};

	fprintf(to, "    %s:", p->conf->ports[member->port].name);
	if (!bridge->vlan_aware) {
		fprintf(to, " all frames\n");
		return;
	}
	fprintf(to, " %s", modes[member->mode]);
	if (member->mode == CONF_MODE_TRUNK) {
		print_vlans(member, to);
		if (member->vlan != 0)
			fprintf(to, ", VLAN %u untagged", member->vlan);
	} else {
		fprintf(to, ", VLAN %u", member->vlan);
	}
	fputc('\n', to);
	for (unsigned i = 0; i < member->n_translations; i++) {
		const struct conf_translation *t = &member->translations[i];

		fprintf(to, "      on the wire");
		print_tags(t->wire, t->n_wire, to);
		fprintf(to, ", inside");
		print_tags(t->inside, t->n_inside, to);
		fputc('\n', to);
	}
}

static void print_flood(const struct plan *p, const struct conf_bridge *bridge, FILE *to)
{
	const char *before = "; copies for";

	fprintf(to, "    a flooded frame is shared%s",
		bridge->vlan_aware ? ", with a header of its own where tags differ" : "");
	for (unsigned m = 0; m < bridge->n_members; m++) {
		unsigned port = bridge->members[m].port;

		if (!p->ports[port].linear)
			continue;
		fprintf(to, "%s %s", before, p->conf->ports[port].name);
		before = ",";
	}
	fputc('\n', to);
}

void plan_print_bridges(const struct plan *p, FILE *to)
{
	if (p->n_bridges == 0)
		return;
	fprintf(to, "\nbridges\n");
	for (unsigned i = 0; i < p->n_bridges; i++) {
		const struct plan_bridge *b = &p->bridges[i];
		const struct conf_bridge *c = &p->conf->bridges[b->conf];

		if (c->vlan_aware)
			fprintf(to, "  %s: VLAN-aware, tag 0x%04x, %u VLAN%s\n", c->name, c->tpid,
				b->n_vlans, b->n_vlans == 1 ? "" : "s");
		else
			fprintf(to, "  %s: not VLAN-aware\n", c->name);
		fprintf(to,
			"    table of %u addresses, %.1f MiB, on node %u; counters of %u lcores, "
			"%.1f MiB\n",
			c->fdb, (double)b->table_bytes / MIB, b->node, p->n_lcores,
			(double)b->counter_bytes / MIB);
		for (unsigned m = 0; m < c->n_members; m++)
			print_member(p, c, &c->members[m], to);
		print_flood(p, c, to);
	}
}
