/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What of a live change (live.h) is in the views while it goes on: rings that the plan does not
 * know, and handlers that empty theirs. Called by view.c, whenever it makes a view of the instance;
 * changes nothing else.
 */

#include "live.h"
#include "live_change.h"
#include "view.h"

static void hold(struct view *view, const struct live_ring *r, bool held)
{
	struct view_lane *lv = view->lane[r->plan.consumer];
	struct view_in *in = &lv->in[__builtin_ctzll(r->ring.bit)];

	*in = (struct view_in){.handoff = r->ring,
		.kind = r->plan.kind,
		.port = r->port,
		.handler = r->handler,
		.gate = r->gate,
		.budget = r->budget};
	lv->rings |= r->ring.bit;
	if (held)
		lv->held |= r->ring.bit;
}

// Frames for an inline handler wait in a ring of the worker's own.
static void divert(struct view *view, const struct live_ring *r)
{
	struct dispatch *d = &view->lane[r->plan.producer]->dispatch;

	for (unsigned c = 0; c < CLASS_MAX; c++) {
		struct dispatch_action *a = &d->action[c];

		if (a->kind != DISPATCH_INLINE || a->counts != &r->handler->counts)
			continue;
		a->kind = DISPATCH_RING;
		a->n_targets = 1;
		a->target[0] = r->gate;
	}
}

static void graft_switching(const struct live_change *change, struct view *view)
{
	bool waits = change->step == LIVE_SWITCHING;

	for (unsigned i = 0; i < change->n_old; i++)
		hold(view, &change->old[i], false);
	for (unsigned i = 0; i < change->n_fresh; i++)
		hold(view, &change->fresh[i], waits);
	for (unsigned i = 0; i < change->n_self; i++) {
		hold(view, &change->self[i], waits);
		if (waits)
			divert(view, &change->self[i]);
	}
	for (unsigned i = 0; i < change->n_retired; i++) {
		struct view_lane *lv = view->lane[change->retired[i].lane];

		if (lv->n_handlers < VIEW_HANDLERS)
			lv->handler[lv->n_handlers++] = change->retired[i].handler;
	}
}

static void graft_retiring(const struct live_change *change, struct view *view)
{
	for (unsigned i = 0; i < change->n_self; i++) {
		hold(view, &change->self[i], false);
		view->lane[change->self[i].plan.consumer]->first |= change->self[i].ring.bit;
	}
	for (unsigned i = 0; i < change->n_retired; i++) {
		struct view_lane *lv = view->lane[change->retired[i].lane];

		if (lv->n_retired < VIEW_HANDLERS)
			lv->retired[lv->n_retired++] = change->retired[i].handler;
	}
}

void live_graft(const struct instance *instance, struct view *view)
{
	const struct live_change *change = instance->change;

	if (change == NULL)
		return;
	if (change->step == LIVE_RETIRING)
		graft_retiring(change, view);
	else if (change->step != LIVE_LEAVING)
		graft_switching(change, view);
}
