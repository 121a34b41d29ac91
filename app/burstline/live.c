/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The steps of a live change (live.h), and what of the old is in the views meanwhile. What is made
 * for it is live_build.c's. Called by management.c and view.c; no lane calls in here.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_malloc.h>

#define LOG_MODULE "handler"
#include "base/log.h"
#include "conf/conf.h"
#include "control.h"
#include "lane_build.h"
#include "live.h"
#include "live_build.h"
#include "live_diff.h"
#include "live_ports.h"
#include "live_tables.h"
#include "plugin.h"
#include "telemetry.h"
#include "view.h"
#include "watchdog.h"

enum {
	GRACE_MS = 500,  // for every lane to pass a quiescent point
	WAIT_MS = 2000,  // for a change to get through, before it is left to later rounds
	SETTLE_MS = 500, // for frames that were sent to leave their rings
	STEP_US = 100
};

static uint64_t deadline_in(const struct instance *instance, unsigned ms)
{
	return rte_rdtsc() + instance->tsc_hz / 1000 * ms;
}

bool live_grace(struct instance *instance)
{
	uint64_t token = rte_rcu_qsbr_start(instance->qsbr);
	uint64_t deadline = deadline_in(instance, GRACE_MS);

	while (rte_rcu_qsbr_check(instance->qsbr, token, false) == 0) {
		if (rte_rdtsc() > deadline)
			return false;
		rte_delay_us_sleep(STEP_US);
	}
	return true;
}

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
	else
		graft_switching(change, view);
}

static bool old_rings_empty(const struct live_change *change)
{
	for (unsigned i = 0; i < change->n_old; i++) {
		if (!rte_ring_empty(change->old[i].ring.ring))
			return false;
	}
	return true;
}

// What the old handlers' lanes have sent so far leaves the rings to the owners of TX queues: what
// the new ones send may take another way.
static void settle(struct instance *instance)
{
	const struct plan *plan = instance->plan;
	uint64_t deadline = deadline_in(instance, SETTLE_MS);

	for (unsigned r = 0; r < plan->n_rings; r++) {
		const struct rte_ring *ring = instance->rings[r].ring;
		uint32_t sent = __atomic_load_n(&ring->prod.tail, __ATOMIC_ACQUIRE);

		if (plan->rings[r].kind != PLAN_RING_TX && plan->rings[r].kind != PLAN_RING_LOCAL)
			continue;
		while ((int32_t)(__atomic_load_n(&ring->cons.tail, __ATOMIC_ACQUIRE) - sent) < 0 &&
			rte_rdtsc() < deadline)
			rte_delay_us_sleep(STEP_US);
	}
	live_grace(instance);
}

static bool all_retired(const struct instance *instance)
{
	const struct live_change *change = instance->change;
	const struct view *view = atomic_load_explicit(&instance->view, memory_order_acquire);

	for (unsigned i = 0; i < change->n_retired; i++) {
		const struct lane *lane = instance->lanes[change->retired[i].lane];

		if (atomic_load_explicit(&lane->retired, memory_order_acquire) != view->generation)
			return false;
	}
	for (unsigned i = 0; i < change->n_self; i++) {
		if (!rte_ring_empty(change->self[i].ring.ring))
			return false;
	}
	return true;
}

// A handler on control that is new knows no link and no address yet.
static void introduce(struct instance *instance)
{
	const struct live_change *change = instance->change;

	for (unsigned i = 0; i < instance->plan->n_instances; i++) {
		const struct lane_handler *h = instance->handlers[i];

		if (instance->plan->instances[i].lcore != 0 || h->handler->event == NULL ||
			live_was_there(change, h))
			continue;
		for (unsigned p = 0; p < instance->plan->n_ports; p++) {
			const struct port *port = instance->ports[p];

			if (port->state == PORT_STARTED && atomic_load(&port->link_up))
				control_tell_one(instance, h, HANDLER_LINK_UP, port->id);
		}
		for (uint16_t f = 0; f < instance->ifaces.n; f++)
			control_tell_one(instance, h, HANDLER_ADDRESS, f);
	}
}

// One step, if its time has come; false: not yet.
static bool advance(struct instance *instance)
{
	struct live_change *change = instance->change;

	switch (change->step) {
	case LIVE_SWITCHING:
		if (!change->published) {
			live_tables_show(instance);
			if (!view_renew(instance, true))
				return false;
			change->published = true;
			live_start_lanes(instance);
			live_ports_switched(instance, change);
		}
		if (!change->told) {
			telemetry_pause();
			change->told = live_tables_switched(instance, change);
			telemetry_resume();
			if (!change->told)
				return false;
		}
		// The last burst out of an old ring may still be in its handler's hands.
		if (!old_rings_empty(change) || !live_grace(instance) || !old_rings_empty(change))
			return false;
		settle(instance);
		change->step = LIVE_RETIRING;
		for (unsigned i = 0; i < change->n_fresh; i++)
			atomic_store_explicit(
				&change->fresh[i].gate->replaces, false, memory_order_relaxed);
		return view_renew(instance, true);
	case LIVE_RETIRING:
		if (!all_retired(instance))
			return false;
		introduce(instance);
		telemetry_pause();
		instance->change = NULL;
		if (!view_renew(instance, true)) {
			instance->change = change; // a lane may still read the last view
			telemetry_resume();
			return false;
		}
		live_free_old(instance, change);
		live_pools_trim(instance);
		telemetry_resume();
		return true;
	case LIVE_ENDING:
		break;
	}
	return false;
}

static bool go_on(struct instance *instance)
{
	while (instance->change != NULL && advance(instance))
		;
	return instance->change != NULL;
}

// A lane that stands still would keep the change from getting through.
static int check_lanes(struct instance *instance, char *error, size_t error_size)
{
	if (live_grace(instance))
		return 0;
	snprintf(error, error_size, "a lane stands still: nothing was changed");
	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		const struct lane *lane = instance->lanes[l];
		const struct lane_handler *h = watchdog_running(instance, l);
		uint64_t alive = atomic_load_explicit(&lane->alive_tsc, memory_order_relaxed);
		char name[96];

		if (rte_rdtsc() - alive < instance->tsc_hz / 1000 * GRACE_MS)
			continue;
		if (h != NULL)
			watchdog_name(instance, h, name, sizeof(name));
		else
			snprintf(name, sizeof(name), "the lcore on CPU %u",
				instance->plan->lcores[l].cpu);
		snprintf(error, error_size,
			"%s stands still: nothing was changed; try again when it goes on", name);
		break;
	}
	return -1;
}

static int check_diff(
	const struct instance *instance, const struct conf *conf, char *error, size_t error_size)
{
	struct live_differences d;
	bool refuses;

	snprintf(error, error_size, "out of memory: nothing was changed");
	if (live_diff_conf(instance->conf, conf, &d) != 0)
		return -1;
	refuses = live_diff_refuses(&d, error, error_size);
	for (unsigned i = 0; i < d.n && !refuses; i++) {
		if (d.list[i].sentence[0] != '\0')
			log_info("%s", d.list[i].sentence);
	}
	live_diff_free(&d);
	return refuses ? -1 : 0;
}

static void say(const struct live_change *change)
{
	log_answer(LOG_INFO, "handlers: %u kept, %u new, %u ended%s", change->n_kept, change->n_new,
		change->n_retired, change->n_old != 0 ? "; the old empty their rings first" : "");
}

int live_apply_conf(struct instance *instance, struct conf *conf, char *error, size_t error_size)
{
	struct live_change *change;
	uint64_t deadline;
	int rc;

	go_on(instance);
	if (instance->change != NULL) {
		snprintf(error, error_size,
			"the last change still waits for handler %s to take its frames: nothing "
			"was changed; try again when it has",
			live_waits_for(instance->change));
		return -1;
	}
	if (check_diff(instance, conf, error, error_size) != 0)
		return -1;
	if (check_lanes(instance, error, error_size) != 0)
		return -1;
	telemetry_pause();
	live_pools_trim(instance);
	rc = live_build(instance, conf, &change, error, error_size);
	instance->change = rc == 0 ? change : NULL;
	telemetry_resume();
	if (rc != 0)
		return -1;
	say(change);
	deadline = deadline_in(instance, WAIT_MS);
	while (go_on(instance) && rte_rdtsc() < deadline)
		rte_delay_us_sleep(STEP_US);
	if (instance->change != NULL)
		log_warning("handler %s is slow to take its frames: the change waits for it",
			live_waits_for(instance->change));
	return 0;
}

// A change for which the program waits to be told that it is good.
static int apply_conf(struct instance *instance, struct conf *conf, unsigned confirm_s, char *error,
	size_t error_size)
{
	char *was = conf_text(instance->conf);

	if (was == NULL || live_apply_conf(instance, conf, error, error_size) != 0) {
		if (was == NULL)
			snprintf(error, error_size, "out of memory: nothing was changed");
		free(was);
		conf_free(conf);
		return -1;
	}
	free(instance->previous);
	instance->previous = was;
	instance->confirm_tsc = confirm_s != 0 ? rte_rdtsc() + instance->tsc_hz * confirm_s : 0;
	if (confirm_s != 0)
		log_info("the change is taken back in %u s unless it is confirmed", confirm_s);
	return 0;
}

// Another change would make what nobody said is good what a rollback goes back to.
static bool is_pending(const struct instance *instance, char *error, size_t error_size)
{
	uint64_t now = rte_rdtsc(), until = instance->confirm_tsc;

	if (until == 0)
		return false;
	snprintf(error, error_size,
		"the last change waits %u s more to be confirmed: keep it (blctl confirm) or take "
		"it back (blctl rollback) first; nothing was changed",
		until > now ? (unsigned)((until - now) / instance->tsc_hz) : 0);
	return true;
}

int live_apply(struct instance *instance, const char *path, char *error, size_t error_size)
{
	struct conf *conf;

	if (path == NULL) {
		snprintf(error, error_size,
			"there is no file to read again: the built-in configuration runs");
		return -1;
	}
	if (is_pending(instance, error, error_size))
		return -1;
	if (conf_load(path, &conf, error, error_size) != 0)
		return -1;
	return apply_conf(instance, conf, 0, error, error_size);
}

int live_apply_text(struct instance *instance, const char *name, const char *text, size_t size,
	unsigned confirm_s, char *error, size_t error_size)
{
	struct conf *conf;

	if (is_pending(instance, error, error_size) ||
		conf_load_buffer(name, text, size, &conf, error, error_size) != 0)
		return -1;
	return apply_conf(instance, conf, confirm_s, error, error_size);
}

int live_diff(const struct instance *instance, const char *name, const char *text, size_t size,
	struct live_differences *d, char *error, size_t error_size)
{
	struct conf *conf;
	int rc;

	if (conf_load_buffer(name, text, size, &conf, error, error_size) != 0)
		return -1;
	rc = live_diff_conf(instance->conf, conf, d);
	if (rc != 0)
		snprintf(error, error_size, "out of memory");
	conf_free(conf);
	return rc;
}

char *live_save(const struct instance *instance)
{
	return conf_text(instance->conf);
}

bool live_confirm(struct instance *instance)
{
	bool waited = instance->confirm_tsc != 0;

	instance->confirm_tsc = 0;
	return waited;
}

int live_rollback(struct instance *instance, char *error, size_t error_size)
{
	struct conf *conf;

	if (instance->previous == NULL) {
		snprintf(error, error_size, "nothing was changed since the start");
		return -1;
	}
	if (conf_load_buffer("previous", instance->previous, strlen(instance->previous), &conf,
		    error, error_size) != 0)
		return -1;
	return apply_conf(instance, conf, 0, error, error_size);
}

// Nobody said that the change is good: it may have cut them off.
static void take_back(struct instance *instance)
{
	char error[1024];

	if (live_rollback(instance, error, sizeof(error)) == 0) {
		log_warning("the change was not confirmed: it is taken back");
	} else {
		log_error("the change was not confirmed, and cannot be taken back yet: %s", error);
		instance->confirm_tsc = rte_rdtsc() + instance->tsc_hz;
	}
}

bool live_round(struct instance *instance)
{
	bool waits = go_on(instance);

	if (!waits && instance->confirm_tsc != 0 && rte_rdtsc() > instance->confirm_tsc)
		take_back(instance);
	return waits;
}

void live_end(struct instance *instance)
{
	if (instance->change != NULL)
		instance->change->step = LIVE_ENDING;
}

void live_close_ports(struct instance *instance)
{
	if (instance->change != NULL)
		live_ports_shut(instance, instance->change);
}

void live_close(struct instance *instance)
{
	struct live_change *change = instance->change;

	instance->change = NULL;
	if (change != NULL)
		live_free_old(instance, change);
	free(instance->previous);
	instance->previous = NULL;
}
