/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a bridge to our own interfaces: which one a frame is for, the police before a broadcast is
 * copied, and the handlers at the burst's end. Called by bridge.c.
 */

#include <string.h>

#include "bridge/local.h"

// The interface of ours that a frame is for, with the whole L2 header in the first segment.
static const struct iface *find_iface(
	const struct bridge *b, const struct inside *in, const uint8_t *p, uint16_t l2_len)
{
	struct iface_tag tags[2] = {{b->tpid, inside_vlan(in)},
		{(uint16_t)(in->inner >> 16), (uint16_t)(in->inner & TAG_VID_MASK)}};
	unsigned n = b->vlan_aware ? 1u + in->n_inner : 0;

	return iface_find_inside(
		b->ifaces, b->id, tags, n, p, (uint16_t)(12 + 4 * in->pop), l2_len);
}

static void add_local(struct local *local, struct rte_mbuf *m, uint8_t class,
	const struct iface *iface, uint16_t l2_len)
{
	frame_meta_set(m, iface != NULL ? iface->id : OUT_IFACE_NONE, l2_len);
	local->pkts[local->n] = m;
	local->class[local->n++] = class;
}

void local_deliver(const struct bridge_call *call, uint16_t port, struct local *local)
{
	while (local->n != 0) {
		struct rte_mbuf *pkts[CLASSIFY_BURST];
		uint8_t class = local->class[0];
		uint16_t n = 0, left = 0;

		for (uint16_t i = 0; i < local->n; i++) {
			if (local->class[i] == class) {
				pkts[n++] = local->pkts[i];
				continue;
			}
			local->pkts[left] = local->pkts[i];
			local->class[left++] = local->class[i];
		}
		local->n = left;
		dispatch_local(call->dispatch, port, pkts, n, class, call->out, call->now);
	}
}

// What no handler may be given; a bridge forwards it nonetheless, if it has both addresses.
static bool is_malformed(uint8_t class, enum drop_reason *reason)
{
	*reason = class == CLASS_SHORT        ? DROP_SHORT_HEADER
	          : class == CLASS_SHORT_VLAN ? DROP_SHORT_VLAN
	                                      : DROP_LENGTH_RESERVED;
	return class == CLASS_SHORT || class == CLASS_SHORT_VLAN || class == CLASS_LENGTH_RESERVED;
}

// A frame to an address of ours, or to a reserved one that a handler takes.
void local_take(const struct bridge_call *call, uint16_t port, struct rte_mbuf *m,
	const struct inside *in, uint8_t class, uint16_t l2_len, struct local *local)
{
	const struct iface *iface;
	enum drop_reason reason;
	const uint8_t *p;

	if (unlikely(is_malformed(class, &reason))) {
		out_discard(call->out, m, reason);
		return;
	}
	if (unlikely(m->data_len < l2_len) && rte_pktmbuf_linearize(m) != 0) {
		out_discard(call->out, m, DROP_NO_BUFFER);
		return;
	}
	p = rte_pktmbuf_mtod(m, const uint8_t *);
	iface = find_iface(call->bridge, in, p, l2_len);
	if ((p[0] & 1) == 0 && iface == NULL) {
		out_discard(call->out, m, DROP_NO_INTERFACE);
		return;
	}
	if ((p[0] & 1) == 0 && memcmp(iface->mac, p, sizeof(iface->mac)) != 0) {
		out_discard(call->out, m, DROP_NOT_FOR_US);
		return;
	}
	if (dispatch_has_handler(call->dispatch, class) &&
		!dispatch_admits(call->dispatch, port, class, call->now)) {
		out_discard(call->out, m, DROP_POLICED);
		return;
	}
	counts_of(call, port)->local++;
	add_local(local, m, class, iface, l2_len);
}

// A broadcast is for the interface of its VLAN too, as a private copy.
void local_copy(const struct bridge_call *call, uint16_t port, const struct rte_mbuf *m,
	const struct inside *in, uint8_t class, uint16_t l2_len, struct local *local)
{
	struct bridge_member_counts *counts = counts_of(call, port);
	const struct iface *iface;
	struct rte_mbuf *copy;

	if (!bridge_vlan_of(call->bridge, in)->local ||
		!dispatch_has_handler(call->dispatch, class) || m->data_len < l2_len)
		return;
	iface = find_iface(call->bridge, in, rte_pktmbuf_mtod(m, const uint8_t *), l2_len);
	if (iface == NULL)
		return;
	if (!dispatch_admits(call->dispatch, port, class, call->now)) {
		counts->local_policed++;
		return;
	}
	copy = flood_copy(call, counts, m);
	if (copy == NULL)
		return;
	out_line(call->out, m)->copies++;
	counts->local++;
	add_local(local, copy, class, iface, l2_len);
}
