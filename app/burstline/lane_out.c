/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How frames leave a lane, whatever its role: the limits of the port, the ring to who owns its
 * queue, the verdict `send`. Called on the lane; must not know ethdev.
 */

#include <rte_ether.h>

#include "capture_lane.h"
#include "lane.h"
#include "wire/ether_mbuf.h"

// Asked only for frames above max_frame: whether the room for an 0x8100 tag makes this one fit.
static bool fits_tagged(const struct rte_mbuf *m, const struct view_port *port)
{
	const rte_be16_t *tpid;
	rte_be16_t copy;

	if (m->pkt_len > port->max_frame + port->tag_room)
		return false;
	tpid = rte_pktmbuf_read(m, offsetof(struct rte_ether_hdr, ether_type), sizeof(copy), &copy);
	return tpid != NULL && *tpid == RTE_BE16(RTE_ETHER_TYPE_VLAN);
}

uint16_t lane_filter(
	struct lane *lane, struct rte_mbuf **pkts, uint16_t n, const struct view_port *port)
{
	uint16_t kept = 0, id = (uint16_t)(port - lane->view->port);

	for (uint16_t i = 0; i < n; i++) {
		if (pkts[i]->pkt_len < RTE_ETHER_HDR_LEN)
			lane_discard(lane, pkts[i], id, DROP_SHORT_HEADER);
		else if (pkts[i]->pkt_len > port->max_frame && !fits_tagged(pkts[i], port))
			lane_discard(lane, pkts[i], id, DROP_TX_TOO_LONG);
		else
			pkts[kept++] = pkts[i];
	}
	return kept;
}

void lane_hand_over(struct lane *lane, uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	const struct handoff *ring = &lane->view_lane->tx_ring[port];
	uint16_t sent = 0;

	capture_handed(lane, pkts, n);
	// Counted before: what was handed over may be gone at once.
	for (uint16_t i = 0; i < n; i++)
		out_line(&lane->out, pkts[i])->ring_in++;
	if (likely(ring->ring != NULL))
		sent = handoff_send(ring, pkts, n);
	for (uint16_t i = sent; i < n; i++) {
		out_line(&lane->out, pkts[i])->ring_in--;
		lane_discard(lane, pkts[i], port, ring->ring != NULL ? DROP_TX_RING : DROP_TX_DOWN);
	}
}

// Into the bridge, which adds its own tag, the interface's first, at each egress.
static void enter_bridge(struct lane *lane, struct rte_mbuf *m, const struct iface *iface)
{
	struct bridge_call call = lane_bridge_call(lane, lane->view->bridge[iface->bridge]);

	bridge_send(&call, m, iface->vlan);
}

void lane_send(struct out *out, struct rte_mbuf *m, uint16_t iface_id)
{
	struct lane *lane = out->owner;
	const struct iface *iface = &lane->view->ifaces.iface[iface_id];
	unsigned first = iface->on_bridge && lane->view->bridge[iface->bridge]->vlan_aware ? 1 : 0;
	struct ether_rewrite push = {.push = iface->n_tags - first, .priority = ETHER_PRIORITY_SET};

	for (unsigned t = first; t < iface->n_tags; t++) {
		push.tags[t - first].tpid = iface->tags[t].tpid;
		push.tags[t - first].vid = iface->tags[t].vid;
	}
	if (unlikely(iface->unused))
		out_discard(out, m, DROP_NO_INTERFACE);
	else if (push.push != 0 && ether_rewrite_mbuf(m, &push) != ETHER_REWRITE_OK)
		out_discard(out, m, DROP_NO_BUFFER);
	else if (iface->on_bridge)
		enter_bridge(lane, m, iface);
	else
		out_put(out, m, iface->port);
}

struct rte_mbuf *lane_alloc(struct out *out)
{
	const struct lane *lane = out->owner;

	return rte_pktmbuf_alloc(lane->pool);
}
