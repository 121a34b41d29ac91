/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames of queues that are not like the others: drivers that set no port number, strip tags
 * without being asked or cut long frames, ports with `fcs: true`. Called by workers for such queues
 * only.
 */

#include <rte_ether.h>

#include "repair.h"
#include "wire/ether_mbuf.h"
#include "wire/fcs_mbuf.h"
#include "wire/tag.h"

enum { STRIPPED = RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ_STRIPPED };

static struct ether_tag stripped_tag(uint16_t tpid, uint16_t tci)
{
	return (struct ether_tag){
		tpid, tci & TAG_VID_MASK, (uint8_t)(tci >> TAG_PCP_SHIFT), (tci & TAG_DEI) != 0};
}

// Tags that were stripped are put back. The device does not tell their TPIDs: the outer of two was
// 0x88a8, any other 0x8100, as DPDK defines these offloads. The outer one may be gone alone.
static bool restore_tags(struct rte_mbuf *m)
{
	struct ether_rewrite push = {.priority = ETHER_PRIORITY_SET};

	if (m->ol_flags & RTE_MBUF_F_RX_QINQ_STRIPPED)
		push.tags[push.push++] = stripped_tag(TAG_TPID_S, m->vlan_tci_outer);
	if (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED)
		push.tags[push.push++] = stripped_tag(TAG_TPID_C, m->vlan_tci);
	m->ol_flags &= ~(uint64_t)STRIPPED;
	return ether_rewrite_mbuf(m, &push) == ETHER_REWRITE_OK;
}

// A frame that is dropped here never gets to the classifier: it is counted as received here.
static void drop(struct lane *lane, struct rte_mbuf *m, enum drop_reason reason)
{
	struct ledger_port *line = out_line(&lane->out, m);

	line->rx++;
	line->rx_bytes += m->pkt_len;
	line->class[CLASS_BROKEN]++;
	out_discard(&lane->out, m, reason);
}

// As long as the driver's slots: the kernel may have cut it. A tag that the driver put back was
// not in the slot.
static bool may_be_cut(const struct view_rxq *q, const struct rte_mbuf *m)
{
	return q->cut != 0 &&
	       m->pkt_len - ((m->ol_flags & RTE_MBUF_F_RX_VLAN) != 0 ? RTE_VLAN_HLEN : 0) >= q->cut;
}

static void stamp(struct rte_mbuf **pkts, uint16_t n, uint16_t port)
{
#pragma GCC unroll 4
	for (struct rte_mbuf **at = pkts; at != pkts + n; at++)
		(*at)->port = port;
}

static bool is_any_stripped(struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t flags = 0;

#pragma GCC unroll 4
	for (struct rte_mbuf **at = pkts; at != pkts + n; at++)
		flags |= (*at)->ol_flags;
	return (flags & STRIPPED) != 0;
}

uint16_t repair_received(
	struct lane *lane, const struct view_rxq *q, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t kept = 0;

	if (q->stamp)
		stamp(pkts, n, q->port);
	// Of a NIC's bursts this is all.
	if (!q->fcs && q->cut == 0 && likely(!is_any_stripped(pkts, n)))
		return n;
	for (uint16_t i = 0; i < n; i++) {
		if (unlikely(may_be_cut(q, pkts[i])))
			drop(lane, pkts[i], DROP_RX_CUT);
		else if (q->fcs && fcs_strip_mbuf(pkts[i]) != FCS_OK)
			drop(lane, pkts[i], DROP_FCS);
		else if (unlikely(pkts[i]->ol_flags & STRIPPED) && !restore_tags(pkts[i]))
			drop(lane, pkts[i], DROP_NO_BUFFER);
		else
			pkts[kept++] = pkts[i];
	}
	return kept;
}

static bool is_ours_alone(const struct rte_mbuf *m)
{
	return RTE_MBUF_DIRECT(m) && rte_mbuf_refcnt_read(m) == 1;
}

// A chain whose octets all fit into its first mbuf becomes one; its octets must be nobody else's.
static bool flatten(struct rte_mbuf *m)
{
	return m->nb_segs == 1 || (is_ours_alone(m) && rte_pktmbuf_linearize(m) == 0);
}

// The last mbuf of a chain may be full to its end: then the FCS gets one more.
static bool append_fcs(struct rte_mbuf *m, bool flat)
{
	struct rte_mbuf *last = rte_pktmbuf_lastseg(m), *more;
	uint32_t fcs;

	if (rte_pktmbuf_tailroom(last) >= FCS_LEN || flat)
		return fcs_append_mbuf(m);
	more = rte_pktmbuf_alloc(last->pool);
	if (more == NULL)
		return false;
	fcs = fcs_compute_mbuf(m, m->pkt_len);
	fcs_store((uint8_t *)rte_pktmbuf_append(more, FCS_LEN), fcs);
	if (rte_pktmbuf_chain(m, more) == 0)
		return true;
	rte_pktmbuf_free(more);
	return false;
}

uint16_t repair_to_send(struct lane *lane, const struct view_port *port, struct rte_mbuf **pkts,
	uint16_t n, uint64_t *bytes)
{
	uint16_t kept = 0;

	for (uint16_t i = 0; i < n; i++) {
		if ((!port->flat || flatten(pkts[i])) &&
			(!port->fcs || append_fcs(pkts[i], port->flat))) {
			*bytes += port->fcs ? FCS_LEN : 0;
			pkts[kept++] = pkts[i];
			continue;
		}
		*bytes -= pkts[i]->pkt_len;
		lane_discard(lane, pkts[i], (uint16_t)(port - lane->view->port), DROP_NO_BUFFER);
	}
	return kept;
}
