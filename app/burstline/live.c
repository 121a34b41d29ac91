/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The steps of a live change (live.h). What is made for it is live_change.c's, what views have of
 * it live_view.c's. Called by live_commit.c and management.c; no lane calls in here.
 */

#include <stdio.h>

#include <rte_cycles.h>

#define LOG_MODULE "handler"
#include "base/log.h"
#include "conf/conf.h"
#include "control.h"
#include "live.h"
#include "live_change.h"
#include "live_diff.h"
#include "live_entries.h"
#include "live_handlers.h"
#include "live_ports.h"
#include "live_rings.h"
#include "live_tables.h"
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
			live_handlers_had(change, h))
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
			live_ports_switched(instance, change);
		}
		if (!change->told) {
			telemetry_pause();
			change->told = live_entries_set(instance, change);
			telemetry_resume();
			if (!change->told)
				return false;
		}
		// The last burst out of an old ring may still be in its handler's hands.
		if (!live_rings_empty(change) || !live_grace(instance) || !live_rings_empty(change))
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
		change->step = LIVE_LEAVING;
		return true;
	case LIVE_LEAVING:
		// A lane may still read a view that has them: then it is tried again.
		if (!view_renew(instance, true))
			return false;
		telemetry_pause();
		instance->change = NULL;
		live_change_free(instance, change);
		live_change_trim_pools(instance);
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
		char name[96];

		if (lane_silence(lane) < instance->tsc_hz / 1000 * GRACE_MS)
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

static const char *awaited(const struct live_change *c, char *what, size_t size)
{
	if (!c->published || c->step == LIVE_LEAVING)
		snprintf(what, size, "a lane that stands still");
	else if (!c->told)
		snprintf(what, size, "the control lcore to change the bridges' tables");
	else
		snprintf(what, size, "handler %s to take its frames", live_rings_awaited(c));
	return what;
}

int live_apply(struct instance *instance, struct conf *conf, char *error, size_t error_size)
{
	char what[CONF_NAME_MAX + 64];
	struct live_change *change;
	uint64_t deadline;
	int rc;

	go_on(instance);
	if (instance->change != NULL) {
		snprintf(error, error_size,
			"the last change still waits for %s: nothing was changed; try again when "
			"it is through",
			awaited(instance->change, what, sizeof(what)));
		return -1;
	}
	if (check_diff(instance, conf, error, error_size) != 0)
		return -1;
	if (check_lanes(instance, error, error_size) != 0)
		return -1;
	telemetry_pause();
	live_change_trim_pools(instance);
	rc = live_change_make(instance, conf, &change, error, error_size);
	instance->change = rc == 0 ? change : NULL;
	telemetry_resume();
	if (rc != 0)
		return -1;
	say(change);
	deadline = deadline_in(instance, WAIT_MS);
	while (go_on(instance) && rte_rdtsc() < deadline)
		rte_delay_us_sleep(STEP_US);
	if (instance->change != NULL)
		log_warning("the change goes on, and waits for %s",
			awaited(instance->change, what, sizeof(what)));
	return 0;
}

void live_round(struct instance *instance)
{
	go_on(instance);
}

void live_end(struct instance *instance)
{
	if (instance->change != NULL && instance->change->step != LIVE_LEAVING)
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
		live_change_free(instance, change);
}
