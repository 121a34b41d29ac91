/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See capture_lane.h. Called by lanes at the places where frames come, leave and end. Must not
 * wait: a frame that finds no room is counted, and with little room a burst is not even looked at,
 * so a slow reader costs a lane next to nothing.
 */

#include <stddef.h>
#include <string.h>

#include <rte_cycles.h>

#include "account.h"
#include "capture.h"
#include "capture_lane.h"
#include "instance.h"

static struct capture_lane *mine(const struct lane *lane)
{
	return atomic_load_explicit(&lane->view->capture->lane[lane->id], memory_order_relaxed);
}

static void miss(struct capture_lane *cl, unsigned line, uint64_t n)
{
	uint64_t missed = atomic_load_explicit(&cl->missed[line], memory_order_relaxed);

	atomic_store_explicit(&cl->missed[line], missed + n, memory_order_relaxed);
}

// Handed over by a lane of this session: the number of the handler that had it is in its meta.
static const char *name_handed(const struct lane *lane, const struct rte_mbuf *m)
{
	const struct view *view = lane->view;

	if (!lane->handed || m->hash.fdir.hi != view->capture->mark || m->hash.fdir.lo == 0)
		return "";
	for (unsigned l = 0; l < PLAN_MAX_LCORES && view->lane[l] != NULL; l++) {
		for (unsigned i = 0; i < view->lane[l]->n_handlers; i++) {
			const struct lane_handler *h = view->lane[l]->handler[i];

			if (h->serial == m->hash.fdir.lo)
				return h->handler->name;
		}
	}
	return "";
}

static const struct lane_handler *running(const struct lane *lane)
{
	return lane->out.counts == NULL ? NULL
	                                : (const void *)((const char *)lane->out.counts -
							 offsetof(struct lane_handler, counts));
}

static const char *name(const struct lane *lane, const struct rte_mbuf *m)
{
	const struct lane_handler *h = running(lane);

	return h != NULL ? h->handler->name : name_handed(lane, m);
}

static bool passes(const struct capture *c, const void *octets, uint32_t length, uint32_t readable)
{
	return !c->filters || bpf_filter(c->filter.bf_insns, octets, length, readable) != 0;
}

static void copy(uint8_t *to, const struct rte_mbuf *m, uint32_t n)
{
	for (; n != 0 && m != NULL; m = m->next) {
		uint32_t part = RTE_MIN(n, (uint32_t)m->data_len);

		memcpy(to, rte_pktmbuf_mtod(m, const void *), part);
		to += part;
		n -= part;
	}
}

// Record a frame as `what` says, if the filter lets it through. False: no room.
static bool take(struct lane *lane, struct capture_lane *cl, const struct capture_record *what,
	const struct rte_mbuf *m)
{
	const struct capture *c = lane->view->capture;
	bool chain = m->nb_segs > 1;
	uint32_t captured = RTE_MIN(m->pkt_len, c->snaplen);
	// The filter sees a chain as it is copied: as far as any could look.
	uint32_t copied = chain ? RTE_MIN(m->pkt_len, (uint32_t)CAPTURE_SNAPLEN) : captured;
	uint64_t mark = capture_ring_mark(&cl->ring);
	struct capture_record *r;

	if (!chain && !passes(c, rte_pktmbuf_mtod(m, const void *), m->pkt_len, m->data_len))
		return true;
	r = (struct capture_record *)capture_ring_reserve(&cl->ring, (uint32_t)sizeof(*r) + copied);
	if (r == NULL)
		return false;
	memcpy((char *)r + sizeof(r->head), (const char *)what + sizeof(r->head),
		sizeof(*r) - sizeof(r->head));
	r->captured = captured;
	r->length = m->pkt_len;
	r->ingress = m->port;
	strncpy(r->handler, name(lane, m), sizeof(r->handler) - 1);
	copy(r->octets, m, copied);
	if (chain && !passes(c, r->octets, m->pkt_len, copied))
		capture_ring_take_back(&cl->ring, mark);
	else if (chain)
		capture_ring_shorten(&cl->ring, &r->head, (uint32_t)sizeof(*r) + captured);
	return true;
}

static bool is_full(const struct capture_lane *cl)
{
	return capture_ring_room(&cl->ring) < CAPTURE_LOW;
}

static void publish(struct capture_lane *cl)
{
	capture_ring_keep(&cl->ring, capture_ring_mark(&cl->ring));
}

void capture_received(struct lane *lane, uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	struct capture_record what = {
		.tsc = rte_rdtsc(), .egress = RTE_MBUF_PORT_INVALID, .at = CAPTURE_RX};
	struct capture_lane *cl = mine(lane);

	if (is_full(cl)) {
		miss(cl, port, n);
		return;
	}
	for (uint16_t i = 0; i < n; i++) {
		if (!take(lane, cl, &what, pkts[i]))
			miss(cl, port, 1);
	}
	publish(cl);
}

void capture_send_begin(struct lane *lane, uint16_t port, struct rte_mbuf **pkts, uint16_t n,
	struct capture_sending *s)
{
	struct capture_record what = {.tsc = rte_rdtsc(), .egress = port, .at = CAPTURE_TX};
	struct capture_lane *cl = mine(lane);

	s->missed = 0;
	s->full = is_full(cl);
	if (s->full)
		return;
	s->end[0] = capture_ring_mark(&cl->ring);
	for (uint16_t i = 0; i < n; i++) {
		if (!take(lane, cl, &what, pkts[i]))
			s->missed |= UINT64_C(1) << i;
		s->end[i + 1] = capture_ring_mark(&cl->ring);
	}
}

void capture_send_end(
	struct lane *lane, uint16_t port, const struct capture_sending *s, uint16_t sent)
{
	struct capture_lane *cl = mine(lane);
	uint64_t first = sent >= 64 ? UINT64_MAX : (UINT64_C(1) << sent) - 1;

	if (s->full) {
		miss(cl, port, sent);
		return;
	}
	capture_ring_keep(&cl->ring, s->end[sent]);
	miss(cl, port, (uint64_t)__builtin_popcountll(s->missed & first));
}

void capture_discarded(struct out *out, struct rte_mbuf *m, enum drop_reason reason)
{
	struct lane *lane = out->owner;
	const struct capture *c = lane->view->capture;
	unsigned line = ledger_index(m->port);
	struct capture_record what = {.tsc = rte_rdtsc(),
		.egress = lane->egress,
		.at = CAPTURE_DROP,
		.reason = (uint8_t)reason};

	if (c == NULL || (c->at & CAPTURE_DROP) == 0 || (c->ports >> line & 1) == 0 ||
		(c->reason >= 0 && c->reason != (int)reason))
		return;
	if (is_full(mine(lane)) || !take(lane, mine(lane), &what, m))
		miss(mine(lane), line, 1);
	publish(mine(lane));
}

void capture_mark(struct lane *lane, struct rte_mbuf **pkts, uint16_t n)
{
	const struct lane_handler *h = running(lane);

	for (uint16_t i = 0; i < n; i++) {
		pkts[i]->hash.fdir.hi = lane->view->capture->mark;
		pkts[i]->hash.fdir.lo = h != NULL ? h->serial : 0;
	}
}

void capture_inline(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	struct handler_counts *counts = out->counts;
	struct lane_handler *h = state;

	out->counts = NULL;
	out_flush(out);
	out->counts = counts;
#ifdef BURSTLINE_ACCOUNT
	account_inline(h, pkts, n, out);
#else
	h->handler->burst(h->state, pkts, n, out);
#endif
	out_flush(out);
}
