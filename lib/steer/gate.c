/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See gate.h. Called by dispatch in workers and by lanes that run handlers behind rings. Must not
 * free or transmit. While the ring is less than three quarters full no frame is looked at.
 */

#include <stdbool.h>
#include <string.h>

#include <rte_ether.h>

#include "steer/gate.h"
#include "wire/tag.h"

enum { PCP_RESERVED = 6 }; // this priority and above: internetwork and network control

__rte_cold void gate_init(struct gate *g, uint32_t slots, enum gate_overload overload, uint64_t hz)
{
	memset(g, 0, sizeof(*g));
	g->overload = overload;
	g->size = slots - 1;
	g->high = slots / 4 * 3;
	g->low = slots / 2;
	g->reserve = slots / 8;
	g->us_scale = ((UINT64_C(1000000) << GATE_STAMP_SHIFT) << 32) / hz;
}

__rte_cold void gate_add(struct gate *sum, const struct gate *g)
{
#define X(field, help) sum->field += g->field;
	GATE_IN_FIELDS(X)
#undef X
	sum->drop_head += g->drop_head;
	for (unsigned w = 0; w < GATE_WAITS; w++)
		sum->waits[w] += g->waits[w];
}

// Tag control information of the outermost tag: a frame without one has priority 0, DEI 0.
static uint16_t outer_tci(const struct rte_mbuf *m)
{
	if (frame_meta(m).l2_len <= RTE_ETHER_HDR_LEN)
		return 0;
	return tag_load_be16(rte_pktmbuf_mtod_offset(m, const uint8_t *, RTE_ETHER_HDR_LEN));
}

static bool is_reserved(uint16_t tci)
{
	return tci >> TAG_PCP_SHIFT >= PCP_RESERVED;
}

static void turn_away(struct gate *g, struct rte_mbuf *m, struct out *out)
{
	// Back to where it came from would be a reflector that nobody asked for.
	if (g->overload == GATE_PASS && m->port != g->pass_port) {
		g->passed++;
		out_put(out, m, g->pass_port);
		return;
	}
	if (atomic_load_explicit(&g->replaces, memory_order_relaxed)) {
		g->replaced++;
		out_discard(out, m, DROP_REPLACED);
		return;
	}
	g->drop_tail++;
	out_discard(out, m, DROP_HANDLER_RING);
}

// The ring is nearly full: who may come in? Those are left at the front of pkts.
static uint16_t admit(
	struct gate *g, struct rte_mbuf **pkts, uint16_t n, uint32_t taken, struct out *out)
{
	uint16_t admitted = 0;

	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		uint16_t tci = outer_tci(m);
		uint32_t room = g->size - taken;

		if (taken >= g->high && (tci & TAG_DEI) != 0) {
			g->drop_dei++;
			out_discard(out, m, DROP_HANDLER_DEI);
		} else if (room == 0 || (room <= g->reserve && !is_reserved(tci))) {
			turn_away(g, m, out);
		} else {
			pkts[admitted++] = m;
			taken++;
		}
	}
	return admitted;
}

void gate_send(struct gate *g, struct rte_mbuf **pkts, uint16_t n, uint16_t port, struct out *out,
	uint64_t now)
{
	uint32_t taken = rte_ring_count(g->handoff.ring);
	uint16_t sent;

	if (unlikely(taken + n > g->high))
		n = admit(g, pkts, n, taken, out);
	for (uint16_t i = 0; i < n; i++)
		frame_stamp_set(pkts[i], (uint32_t)(now >> GATE_STAMP_SHIFT));
	sent = handoff_send(&g->handoff, pkts, n);
	out->ledger->port[port].ring_in += sent;
	g->entered += sent;
	if (unlikely(taken + sent > g->peak))
		g->peak = taken + sent;
	for (uint16_t i = sent; i < n; i++)
		turn_away(g, pkts[i], out);
}

uint16_t gate_shed(
	struct gate *g, uint16_t most, struct rte_mbuf **keep, uint16_t *n, struct out *out)
{
	uint32_t taken = rte_ring_count(g->handoff.ring);
	uint16_t all = 0;

	*n = 0;
	g->sheds |= taken > g->high;
	while (g->sheds && taken > g->low && all < most && *n == 0) {
		struct rte_mbuf *pkts[OUT_BURST];
		uint32_t left = RTE_MIN(taken - g->low, (uint32_t)(most - all));
		uint16_t got = handoff_recv(
			&g->handoff, pkts, (uint16_t)RTE_MIN(left, (uint32_t)OUT_BURST));

		for (uint16_t i = 0; i < got; i++) {
			out_line(out, pkts[i])->ring_out++;
			if (is_reserved(outer_tci(pkts[i]))) {
				keep[(*n)++] = pkts[i];
				continue;
			}
			g->drop_head++;
			out_discard(out, pkts[i], DROP_HANDLER_HEAD);
		}
		taken -= got;
		all += got;
		if (got == 0)
			break;
	}
	g->sheds &= taken > g->low;
	return all;
}

void gate_arrive(struct rte_mbuf **pkts, uint16_t n, struct gate_arrivals *a)
{
	a->n = 0;
	for (uint16_t i = 0; i < n; i++) {
		uint32_t stamp = frame_stamp(pkts[i]);

		if (i == 0 || stamp != a->stamp[a->n - 1]) {
			a->stamp[a->n] = stamp;
			a->frames[a->n++] = 0;
		}
		a->frames[a->n - 1]++;
	}
}

void gate_leave(struct gate *g, const struct gate_arrivals *a, uint64_t now)
{
	for (uint16_t i = 0; i < a->n; i++) {
		uint32_t waited = (uint32_t)(now >> GATE_STAMP_SHIFT) - a->stamp[i];
		// Lanes' clocks may differ by a little: a wait below nothing is nothing.
		uint64_t us = (int32_t)waited < 0 ? 0 : waited * g->us_scale >> 32;
		unsigned entry = us == 0 ? 0 : 64 - (unsigned)__builtin_clzll(us);

		g->waits[RTE_MIN(entry, (unsigned)GATE_WAITS - 1)] += a->frames[i];
	}
}
