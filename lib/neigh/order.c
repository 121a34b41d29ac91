/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Entries that people add and delete while the program runs: asked for by the management thread,
 * done by neigh_poll() in the thread that owns the table.
 */

#include <errno.h>
#include <string.h>

#include "neigh/entry.h"

bool neigh_order(struct neigh_table *t, const struct neigh_order *order)
{
	if (!errand_done(&t->errand))
		return false;
	t->order = *order;
	errand_ask(&t->errand);
	return true;
}

bool neigh_ordered(const struct neigh_table *t, int *result)
{
	if (!errand_done(&t->errand))
		return false;
	*result = t->errand.result;
	return true;
}

static int remove_entry(
	struct neigh_table *t, const struct neigh_order *order, struct neigh_held *held)
{
	struct entry *e = entry_find(t, order->iface, order->ip_be);

	held->n = 0;
	if (e == NULL)
		return -ENOENT;
	entry_take_held(t, e, held);
	entry_remove(t, e);
	return 0;
}

enum neigh_todo order_do(struct neigh_table *t, struct neigh_work *work)
{
	struct neigh_order order = t->order;
	int rc;

	work->iface = order.iface;
	work->ip_be = order.ip_be;
	memcpy(work->mac, order.mac, sizeof(work->mac));
	if (order.add)
		rc = neigh_add_static(t, order.iface, order.ip_be, order.mac, &work->held);
	else
		rc = remove_entry(t, &order, &work->held);
	errand_answer(&t->errand, rc);
	if (work->held.n == 0)
		return NEIGH_IDLE;
	return order.add ? NEIGH_SEND_HELD : NEIGH_DROP_HELD;
}
