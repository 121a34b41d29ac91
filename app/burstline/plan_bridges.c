/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Step of plan_make(): what each bridge takes. Its members' queues and rings are those of their
 * ports: every lcore reaches every port anyway. What floods take from the pools is plan_terms.c's.
 */

#include "plan_draft.h"

#include "bridge/bridge.h"
#include "bridge/fdb.h"

static unsigned count_vlans(const struct conf_bridge *bridge)
{
	unsigned n = 0;

	if (!bridge->vlan_aware)
		return 1;
	for (unsigned v = 1; v < CONF_VLANS; v++)
		for (unsigned m = 0; m < bridge->n_members; m++)
			if (conf_member_has_vlan(&bridge->members[m], v)) {
				n++;
				break;
			}
	return n;
}

int draft_bridges(struct draft *d)
{
	struct plan *p = d->plan;

	for (unsigned i = 0; i < d->conf->n_bridges; i++) {
		const struct conf_bridge *c = &d->conf->bridges[i];
		struct plan_bridge *b = draft_push(d, &p->bridges, &p->n_bridges, sizeof(*b));

		if (!b)
			return -1;
		b->conf = i;
		b->node = draft_memory_node(d, p->lcores[0].node);
		b->n_vlans = count_vlans(c);
		b->table_bytes = fdb_size(c->fdb);
		b->counter_bytes =
			p->n_lcores * (sizeof(struct bridge_lane) +
					      b->n_vlans * sizeof(struct bridge_vlan_counts));
	}
	return 0;
}
