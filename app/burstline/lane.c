/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every lcore does around its own work: take the view, drain rings, run handlers and their
 * timers, end the round. Called by the loops in worker.c and control.c only; must not touch
 * another lane and must not know ethdev.
 */

#include <sys/prctl.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_pause.h>
#include <rte_prefetch.h>

#include "account.h"
#include "capture_lane.h"
#include "instance.h"
#include "lane.h"
#include "redispatch.h"

enum {
	NAP_AFTER_US = 200,     // idle for so long before the first nap
	NAP_SHARE = 16,         // a nap lasts this part of the idle time so far,
	NAP_WORKER_US = 1200,   // at most so long in a worker
	NAP_CONTROL_SHARE = 50, // and on control, which is slow anyway,
	NAP_CONTROL_US = 1500   // reaches its longest after 75 ms
};

static void count_ring_out(struct lane *lane, struct rte_mbuf **pkts, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		out_line(&lane->out, pkts[i])->ring_out++;
}

void lane_enter(struct lane *lane, struct lane_handler *h)
{
	atomic_store_explicit(&lane->call_tsc, rte_rdtsc(), memory_order_relaxed);
	lane->out.counts = &h->counts;
}

uint64_t lane_leave(struct lane *lane)
{
	uint64_t now = rte_rdtsc();

	handler_took(lane->out.counts, lane->now_tsc,
		now - atomic_load_explicit(&lane->call_tsc, memory_order_relaxed));
	capture_turn(lane);
	lane->out.counts = NULL;
	return now;
}

static void run_burst(
	struct lane *lane, const struct view_in *in, struct rte_mbuf **pkts, uint16_t n)
{
	struct lane_handler *h = in->handler, *before;
	struct gate_arrivals arrivals;
	uint64_t now;

	gate_arrive(pkts, n, &arrivals);
	before = account_begin(lane, h, pkts, n);
	lane_enter(lane, h);
	h->counts.bursts++;
	h->counts.frames += n;
	h->handler->burst(h->state, pkts, n, &lane->out);
	account_end(lane, before);
	now = lane_leave(lane);
	h->busy_cycles += now - atomic_load_explicit(&lane->call_tsc, memory_order_relaxed);
	gate_leave(in->gate, &arrivals, now);
}

// What was finished must find room before more is taken in.
static bool is_clogged(const struct lane *lane)
{
	return unlikely(lane->n_backlog > LANE_BACKLOG / 2);
}

// A round of a handler: as many frames as its budget allows.
static uint16_t serve(struct lane *lane, const struct view_in *in)
{
	struct rte_mbuf *pkts[PLAN_BURST];
	uint16_t total = 0, left = in->budget, n;

	if (in->gate->overload == GATE_DROP_HEAD) {
		total = gate_shed(in->gate, LANE_BACKLOG / 4, pkts, &n, &lane->out);
		if (n != 0)
			run_burst(lane, in, pkts, n);
	}
	while (left != 0 && !is_clogged(lane)) {
		n = handoff_recv(&in->handoff, pkts, RTE_MIN(left, (uint16_t)PLAN_BURST));
		if (n == 0)
			break;
		count_ring_out(lane, pkts, n);
		run_burst(lane, in, pkts, n);
		left -= n;
		total += n;
	}
	return total;
}

// Frames to send for another lane.
static void send_handed(struct lane *lane, uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	lane->handed = true;
	out_put_bulk(&lane->out, pkts, n, port);
	capture_turn(lane);
	lane->handed = false;
}

// They come from another CPU's cache, are sent and freed, and written with what is received next:
// their lines are asked for at once, not one after the other when each is written.
static void take_lines(struct rte_mbuf **pkts, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		rte_prefetch0_write(pkts[i]);
		rte_prefetch0_write(rte_pktmbuf_mtod(pkts[i], void *));
	}
}

// Frames to send for another lane, or finished ones to free.
static uint16_t collect(struct lane *lane, const struct view_in *in)
{
	struct rte_mbuf *pkts[PLAN_BURST];
	uint16_t n = handoff_recv(&in->handoff, pkts, PLAN_BURST);

	take_lines(pkts, n);
	if (in->kind == PLAN_RING_DONE) {
		rte_pktmbuf_free_bulk(pkts, n);
		return n;
	}
	count_ring_out(lane, pkts, n);
	if (in->kind == PLAN_RING_LOCAL) {
		if (n != 0)
			redispatch_received(lane, pkts, n);
		capture_turn(lane);
		return n;
	}
	send_handed(lane, in->port, pkts, n);
	return n;
}

// Bits of the rings to drain. A ring that waits keeps its bit; one that is gone may have left it.
static uint64_t take_pending(struct lane *lane)
{
	const struct view_lane *lv = lane->view_lane;
	uint64_t bits = handoff_take_pending(&lane->pending);

	if (likely((bits & lv->held) == 0 && (bits & ~lv->rings) == 0))
		return bits;
	atomic_fetch_or_explicit(&lane->pending.bits, bits & lv->held, memory_order_relaxed);
	return bits & lv->rings & ~lv->held;
}

// Empty the rings that come first in this view: what is received next is not to overtake it.
static __rte_cold void recv_first(struct lane *lane)
{
	for (uint64_t bits = lane->view_lane->first; bits != 0; bits &= bits - 1) {
		const struct view_in *in = &lane->view_lane->in[__builtin_ctzll(bits)];
		struct rte_mbuf *pkts[PLAN_BURST];
		uint16_t n;

		while ((n = handoff_recv(&in->handoff, pkts, PLAN_BURST)) != 0) {
			count_ring_out(lane, pkts, n);
			run_burst(lane, in, pkts, n);
			redispatch_flush(lane);
			out_flush(&lane->out);
		}
	}
}

unsigned lane_recv_pending(struct lane *lane)
{
	unsigned total = 0;

	for (uint64_t bits = take_pending(lane); bits != 0; bits &= bits - 1) {
		const struct view_in *in = &lane->view_lane->in[__builtin_ctzll(bits)];

		if (is_clogged(lane)) {
			atomic_fetch_or_explicit(&lane->pending.bits, bits, memory_order_relaxed);
			break;
		}
		total += in->kind == PLAN_RING_HANDLER ? serve(lane, in) : collect(lane, in);
	}
	return total;
}

void lane_tick_due(struct lane *lane, uint64_t now)
{
	lane->next_tick_tsc = now + lane->instance->tsc_hz / 1000;
	for (unsigned i = 0; i < lane->view_lane->n_handlers; i++) {
		struct lane_handler *h = lane->view_lane->handler[i], *before;

		if (h->handler->tick == NULL)
			continue;
		before = account_begin(lane, h, NULL, 0);
		lane_enter(lane, h);
		h->handler->tick(h->state, now, &lane->out);
		account_end(lane, before);
		lane_leave(lane);
	}
}

// They release what they hold.
static void drain_handlers(struct lane *lane, struct lane_handler *const *handlers, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct lane_handler *h = handlers[i], *before;

		if (h->handler->drain == NULL)
			continue;
		before = account_begin(lane, h, NULL, 0);
		lane_enter(lane, h);
		h->handler->drain(h->state, &lane->out);
		account_end(lane, before);
		lane_leave(lane);
	}
	redispatch_flush(lane);
	out_flush(&lane->out);
}

// Once for each view that has some: handlers that were replaced.
static __rte_cold void retire(struct lane *lane)
{
	const struct view_lane *lv = lane->view_lane;
	uint64_t generation = lane->view->generation;

	if (atomic_load_explicit(&lane->retired, memory_order_relaxed) == generation)
		return;
	drain_handlers(lane, lv->retired, lv->n_retired);
	atomic_store_explicit(&lane->retired, generation, memory_order_release);
}

// Once, in the drain phase.
static void drain(struct lane *lane)
{
	if (atomic_load_explicit(&lane->drained, memory_order_relaxed))
		return;
	drain_handlers(lane, lane->view_lane->handler, lane->view_lane->n_handlers);
	atomic_store_explicit(&lane->drained, true, memory_order_release);
}

// How long to nap after so many idle cycles; 0: not yet.
static uint64_t nap_us(const struct lane *lane, uint64_t idle_cycles)
{
	uint64_t idle_us = idle_cycles / (lane->instance->tsc_hz / 1000000);
	uint64_t share, longest, us;

	if (idle_us < NAP_AFTER_US)
		return 0;
	share = lane->role == PLAN_WORKER || lane->role == PLAN_HANDLER ? NAP_SHARE
	                                                                : NAP_CONTROL_SHARE;
	longest = lane->role == PLAN_WORKER || lane->role == PLAN_HANDLER ? NAP_WORKER_US
	                                                                  : NAP_CONTROL_US;
	us = idle_us / share;
	return us > longest ? longest : us;
}

// True: time passed, and not by work.
static bool rest(struct lane *lane, uint64_t now)
{
	const struct instance *instance = lane->instance;
	enum conf_idle idle = instance->conf->lcores.idle;
	struct timespec nap = {0};
	uint64_t us;

	if (plan_shares_cpu(lane->role))
		idle = CONF_IDLE_SLEEP;
	if (idle == CONF_IDLE_BUSY)
		return false;
	us = idle == CONF_IDLE_SLEEP ? nap_us(lane, now - lane->last_work_tsc) : 0;
	if (us == 0) {
		rte_pause();
		return false;
	}
	nap.tv_nsec = (long)us * 1000;
	rte_rcu_qsbr_thread_offline(instance->qsbr, lane->id);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
	rte_rcu_qsbr_thread_online(instance->qsbr, lane->id);
	return true;
}

// The burst boundary: everything was flushed, the lane's own ledger balances. Returns the time,
// at which the next round begins.
static uint64_t end_round(struct lane *lane, uint64_t start, unsigned work)
{
	const struct instance *instance = lane->instance;
	uint64_t now;

	ledger_answer(&lane->snapshot, &lane->ledger);
	now = rte_rdtsc();
	if (unlikely(now - start > lane->stalls.threshold))
		stall_note(lane, start, now - start, work);
	// The view may be freed from here on.
	rte_rcu_qsbr_quiescent(instance->qsbr, lane->id);
	stall_round_ended(&lane->stalls, lane->rounds++, now - start, work);
	if (work == 0 && rest(lane, start))
		now = rte_rdtsc();
	atomic_store_explicit(&lane->alive_tsc, now, memory_order_relaxed);
	if (work == 0) {
		lane->idle_cycles += now - start;
		return now;
	}
	lane->busy_cycles += now - start;
	lane->busy_rounds++;
	lane->last_work_tsc = now;
	return now;
}

// The forwarding tables' clock: every lane reckons it alike, and divides once a second.
static void set_time(struct lane *lane, uint64_t now)
{
	const struct instance *instance = lane->instance;
	uint64_t since;

	lane->now_tsc = now;
	if (likely(now < lane->next_second_tsc))
		return;
	since = now > instance->start_tsc ? (now - instance->start_tsc) / instance->tsc_hz : 0;
	if (unlikely(now > lane->stalls.timed_end))
		lane->out.timed = false;
	lane->seconds = (uint32_t)since;
	lane->next_second_tsc = instance->start_tsc + (since + 1) * instance->tsc_hz;
}

void lane_run(struct lane *lane, unsigned (*poll)(struct lane *lane, uint64_t now))
{
	const struct instance *instance = lane->instance;
	uint64_t now = rte_rdtsc();
	int phase;

	// A nap is as long as it says: the kernel's default adds 50 us.
	prctl(PR_SET_TIMERSLACK, 1000UL);
	rte_rcu_qsbr_thread_online(instance->qsbr, lane->id);
	stall_begin(&lane->stalls);
	while ((phase = atomic_load_explicit(&instance->phase, memory_order_acquire)) !=
			PHASE_STOP &&
		!atomic_load_explicit(&lane->leave, memory_order_relaxed)) {
		unsigned work = 0;

		set_time(lane, now);
		lane->view = atomic_load_explicit(&instance->view, memory_order_acquire);
		lane->view_lane = lane->view == NULL ? NULL : lane->view->lane[lane->id];
		if (likely(lane->view_lane != NULL)) {
			lane->out.done_limit = lane->view->done_limit;
			if (unlikely(lane->view_lane->n_retired != 0))
				retire(lane);
			if (unlikely(lane->view_lane->first != 0))
				recv_first(lane);
			work = poll(lane, now);
			if (unlikely(phase == PHASE_DRAIN))
				drain(lane);
		}
		now = end_round(lane, now, work);
	}
	rte_rcu_qsbr_thread_offline(instance->qsbr, lane->id);
	atomic_store_explicit(&lane->ended, true, memory_order_release);
}
