/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See watchdog.h. A lane is stalled when it has begun neither a round nor a call of a handler for a
 * second; a handler is slow when, in half a second, it was busy most of the time at more than a
 * millisecond a frame. Called by management.c. Reads the lanes' counters, writes none of them.
 */

#include <stdio.h>

#include <rte_cycles.h>

#define LOG_MODULE "watchdog"
#include "base/log.h"
#include "watchdog.h"

static double seconds(const struct instance *instance, uint64_t cycles)
{
	return (double)cycles / (double)instance->tsc_hz;
}

void watchdog_name(
	const struct instance *instance, const struct lane_handler *h, char *text, size_t size)
{
	static const char *const places[] = {[CONF_PLACE_INLINE] = "inline",
		[CONF_PLACE_CONTROL] = "control",
		[CONF_PLACE_LCORE] = "lcore",
		[CONF_PLACE_OWN] = "own"};

	snprintf(text, size, "handler %s", h->handler->name);
	for (unsigned i = 0; i < instance->plan->n_instances; i++) {
		const struct plan_instance *p = &instance->plan->instances[i];

		if (instance->handlers[i] == h)
			snprintf(text, size, "handler %s %u (%s, CPU %u)", h->handler->name,
				p->instance, places[p->place],
				instance->plan->lcores[p->lcore].cpu);
	}
}

const struct lane_handler *watchdog_running(const struct instance *instance, unsigned lane)
{
	const struct handler_counts *counts =
		__atomic_load_n(&instance->lanes[lane]->out.counts, __ATOMIC_RELAXED);

	for (unsigned i = 0; counts != NULL && i < instance->plan->n_instances; i++) {
		if (&instance->handlers[i]->counts == counts)
			return instance->handlers[i];
	}
	return NULL;
}

static void name_stalled(struct instance *instance, struct lane *lane, uint64_t now)
{
	static const char *const costs[] = {
		[PLAN_CONTROL] = "nothing of control goes on, ARP and ping neither",
		[PLAN_WORKER] = "the ports of this worker wait, too: give it a place of its own",
		[PLAN_HANDLER] = "its frames are dropped, and so are those of handlers beside it",
		[PLAN_OWN] = "its frames are dropped, all others go on",
	};
	const struct lane_handler *h = watchdog_running(instance, lane->id);
	double s = seconds(instance, now - lane->stalled_tsc);
	char name[96];

	if (h == NULL) {
		log_warning("the lcore on CPU %u has stood still for %.1f s",
			instance->plan->lcores[lane->id].cpu, s);
		return;
	}
	watchdog_name(instance, h, name, sizeof(name));
	log_warning("%s has not returned from a burst for %.1f s: %s", name, s, costs[lane->role]);
}

static void look_at_lane(struct instance *instance, struct lane *lane, uint64_t now)
{
	uint64_t round = atomic_load_explicit(&lane->alive_tsc, memory_order_relaxed);
	uint64_t call = atomic_load_explicit(&lane->call_tsc, memory_order_relaxed);
	uint64_t since = call > round ? call : round;

	if (lane->stalled_tsc != 0) {
		if (since == lane->stalled_tsc)
			return;
		log_info("the lcore or thread on CPU %u goes on after %.1f s",
			instance->plan->lcores[lane->id].cpu,
			seconds(instance, since - lane->stalled_tsc));
		lane->stalled_tsc = 0;
	}
	if (now < since || now - since < instance->tsc_hz / 1000 * WATCHDOG_STALL_MS)
		return;
	lane->stalled_tsc = since;
	name_stalled(instance, lane, now);
}

static bool is_running(const struct instance *instance, unsigned i)
{
	unsigned lane = instance->plan->instances[i].lcore;

	return watchdog_running(instance, lane) == instance->handlers[i];
}

static void look_at_handler(struct instance *instance, unsigned i, uint64_t now)
{
	struct lane_handler *h = instance->handlers[i];
	struct lane_watch *w = &h->watch;
	uint64_t passed = now - w->tsc, busy = h->busy_cycles - w->busy_cycles;
	uint64_t frames = h->counts.frames - w->frames, bursts = h->counts.bursts - w->bursts;
	bool slow = frames != 0 && busy > passed / 2 && busy / frames > instance->tsc_hz / 1000;
	char name[96];

	// A burst's time is known when it is over.
	if (w->tsc != 0 && slow != w->slow && (slow || !is_running(instance, i))) {
		watchdog_name(instance, h, name, sizeof(name));
		if (slow)
			log_warning("%s is slow: %.1f ms a frame, %.0f ms in one burst", name,
				1000 * seconds(instance, busy) / (double)frames,
				1000 * seconds(instance, busy) /
					(double)RTE_MAX(bursts, UINT64_C(1)));
		else
			log_info("%s keeps up again", name);
		w->slow = slow;
	}
	*w = (struct lane_watch){.tsc = now,
		.busy_cycles = h->busy_cycles,
		.frames = h->counts.frames,
		.bursts = h->counts.bursts,
		.slow = w->slow};
}

void watchdog_round(struct instance *instance)
{
	uint64_t now = rte_rdtsc();

	stall_log_round(instance, now);
	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		if (instance->lanes[l] != NULL)
			look_at_lane(instance, instance->lanes[l], now);
	}
	for (unsigned i = 0; i < instance->plan->n_instances; i++) {
		struct lane_handler *h = instance->handlers[i];

		if (h != NULL && now - h->watch.tsc > instance->tsc_hz / 1000 * WATCHDOG_SLOW_MS)
			look_at_handler(instance, i, now);
	}
}

bool watchdog_all_well(const struct instance *instance)
{
	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		const struct lane *lane = instance->lanes[l];

		if (lane != NULL && lane->stalled_tsc != 0 &&
			(lane->role == PLAN_CONTROL || lane->role == PLAN_WORKER))
			return false;
	}
	return true;
}
