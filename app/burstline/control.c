/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop of lanes that run handlers and own no queue: control (ARP, ICMP, timers, events),
 * `lcore N` and `own` handlers. Frames come and go through rings. These threads can be preempted,
 * so they never put an mbuf into a pool: finished ones go to a worker by ring.
 */

#include <rte_cycles.h>

#include "account.h"
#include "ageing.h"
#include "capture_lane.h"
#include "control.h"
#include "instance.h"
#include "redispatch.h"

static void flush_port(struct out *out, uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	lane_hand_over(out->owner, port, pkts, n);
}

static void retry_backlog(struct lane *lane)
{
	while (lane->n_backlog != 0) {
		uint16_t n = (uint16_t)RTE_MIN(lane->n_backlog, 64u);
		struct rte_mbuf **last = &lane->backlog[lane->n_backlog - n];
		uint16_t sent = handoff_send(&lane->view_lane->done, last, n);

		memmove(last, last + sent, (n - sent) * sizeof(*last));
		lane->n_backlog -= sent;
		if (sent < n)
			return;
	}
}

// Nothing finished may get lost: where all places are taken, by a handler that let go of very many
// at once, this lane waits for the worker that frees. False: the program ends, and none does.
static __rte_noinline bool wait_for_room(struct lane *lane, uint16_t n)
{
	while (lane->n_backlog + n > LANE_BACKLOG) {
		if (atomic_load_explicit(&lane->instance->phase, memory_order_relaxed) ==
			PHASE_STOP)
			return false;
		rte_delay_us_sleep(100);
		retry_backlog(lane);
	}
	return true;
}

static void give_back(struct out *out, struct rte_mbuf **pkts, uint16_t n)
{
	struct lane *lane = out->owner;
	uint16_t sent = 0;

	if (lane->n_backlog == 0)
		sent = handoff_send(&lane->view_lane->done, pkts, n);
	if (unlikely(lane->n_backlog + n - sent > LANE_BACKLOG) && !wait_for_room(lane, n)) {
		rte_pktmbuf_free_bulk(pkts + sent, n - sent);
		return;
	}
	for (uint16_t i = sent; i < n; i++)
		lane->backlog[lane->n_backlog++] = pkts[i];
}

const struct out_ops control_out_ops = {
	.flush_port = flush_port,
	.give_back = give_back,
	.send = lane_send,
	.local = redispatch_take,
	.alloc = lane_alloc,
	.discarded = capture_discarded,
};

// An event travels as the pointer itself: nothing to allocate, nothing to free.
static void *event_pack(enum handler_event event, uint16_t id)
{
	return (void *)(uintptr_t)(1u << 31 | (uint32_t)event << 16 | id);
}

bool control_tell(struct instance *instance, enum handler_event event, uint16_t id)
{
	return rte_ring_sp_enqueue(instance->events, event_pack(event, id)) == 0;
}

bool control_tell_one(struct instance *instance, const struct lane_handler *h,
	enum handler_event event, uint16_t id)
{
	uintptr_t packed = (uintptr_t)event_pack(event, id);

	return rte_ring_sp_enqueue(
		       instance->events, (void *)(packed | (uintptr_t)h->serial << 32)) == 0;
}

struct control_job {
	void (*run)(void *arg);
	void *arg;
	_Atomic bool done;
};

bool control_do(struct instance *instance, void (*run)(void *arg), void *arg, unsigned ms)
{
	uint64_t deadline = rte_rdtsc() + instance->tsc_hz / 1000 * ms;
	struct control_job job = {.run = run, .arg = arg};
	bool withdrawn = false;

	atomic_store_explicit(&instance->job, &job, memory_order_release);
	while (!withdrawn && !atomic_load_explicit(&job.done, memory_order_acquire)) {
		// What was begun is awaited.
		if (rte_rdtsc() > deadline)
			withdrawn = atomic_exchange(&instance->job, NULL) != NULL;
		rte_delay_us_sleep(100);
	}
	return !withdrawn;
}

static unsigned take_job(struct lane *lane)
{
	struct instance *instance = (struct instance *)(uintptr_t)lane->instance;
	struct control_job *job;

	if (lane->role != PLAN_CONTROL ||
		likely(atomic_load_explicit(&instance->job, memory_order_relaxed) == NULL))
		return 0;
	job = atomic_exchange_explicit(&instance->job, NULL, memory_order_acq_rel);
	if (job == NULL)
		return 0;
	job->run(job->arg);
	atomic_store_explicit(&job->done, true, memory_order_release);
	return 1;
}

static unsigned take_events(struct lane *lane, uint64_t now)
{
	unsigned work = 0;
	void *packed;

	if (lane->role != PLAN_CONTROL)
		return 0;
	while (rte_ring_sc_dequeue(lane->instance->events, &packed) == 0) {
		uint32_t e = (uint32_t)(uintptr_t)packed, one = (uint32_t)((uintptr_t)packed >> 32);

		for (unsigned i = 0; i < lane->view_lane->n_handlers; i++) {
			struct lane_handler *h = lane->view_lane->handler[i], *before;

			if (h->handler->event == NULL || (one != 0 && one != h->serial))
				continue;
			before = account_begin(lane, h, NULL, 0);
			lane_enter(lane, h);
			h->handler->event(h->state, (enum handler_event)(e >> 16 & 0x7fff),
				(uint16_t)e, now, &lane->out);
			account_end(lane, before);
			lane_leave(lane);
		}
		work++;
	}
	return work;
}

// Old entries of the forwarding tables, and flushes that were asked for.
static unsigned age_tables(struct lane *lane, uint64_t now)
{
	const struct view *view = lane->view;
	unsigned work = 0;

	for (unsigned i = 0; lane->role == PLAN_CONTROL && i < view->n_ageing; i++)
		work += ageing_poll(view->ageing[i], lane->seconds, now, lane->instance->tsc_hz);
	return work;
}

static unsigned control_poll(struct lane *lane, uint64_t now)
{
	unsigned work =
		lane_recv(lane) + take_job(lane) + take_events(lane, now) + age_tables(lane, now);

	lane_tick(lane, now);
	redispatch_flush(lane);
	out_flush(&lane->out);
	retry_backlog(lane);
	return work;
}

int control_main(void *arg)
{
	lane_run(arg, control_poll);
	return 0;
}
