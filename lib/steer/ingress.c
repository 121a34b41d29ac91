/* SPDX-License-Identifier: BSD-3-Clause */
/* See ingress.h. Called by dispatch.c, for plain ports. Must not free or transmit. */

#include <rte_ether.h>

#include "steer/ingress.h"

enum { TAGS_LEN = 2 * 4, TAGS_END = 2 * RTE_ETHER_ADDR_LEN + TAGS_LEN };

__rte_cold void ingress_forget(const struct dispatch *d)
{
	for (unsigned p = 0; p < OUT_PORTS; p++)
		for (unsigned s = 0; s < RTE_DIM(d->known->stack[p]); s++)
			d->known->stack[p][s].tags = DISPATCH_STACK_EMPTY;
	d->known->generation = d->generation;
}

__rte_noinline void ingress_learn(const struct dispatch *d, uint16_t port, const uint8_t *frame,
	uint16_t l2_len, uint64_t tags, struct dispatch_stack *s)
{
	const struct iface *iface = iface_find(d->ifaces, port, frame, l2_len);
	uint8_t mac[8] = {0};

	memcpy(mac, iface != NULL ? iface->mac : d->port[port].mac, sizeof(d->port[port].mac));
	*s = (struct dispatch_stack){.tags = tags,
		.mac = ingress_load_mac(mac),
		.iface = iface != NULL ? iface->id : (uint16_t)OUT_IFACE_NONE,
		.l2_len = l2_len};
}

__rte_noinline bool ingress_place_each(const struct dispatch *d, uint16_t port,
	struct rte_mbuf **pkts, uint16_t n, uint16_t l2_len)
{
	struct dispatch_stack *known = ingress_known(d, port);
	bool placed = true;

	for (uint16_t i = 0; i < n; i++)
		placed &= ingress_place(
			d, port, known, pkts[i], &l2_len, ingress_load_tags(pkts[i], l2_len));
	return placed;
}

// A frame of many tags, or in pieces. False: it was dropped.
static __rte_noinline bool select_one(
	const struct dispatch *d, uint16_t port, struct rte_mbuf *m, struct out *out)
{
	uint16_t l2_len = frame_meta(m).l2_len;
	const struct iface *iface;
	const uint8_t *dst, *ours;

	// The contract: the whole L2 header lies in the first segment.
	if (m->data_len < l2_len && rte_pktmbuf_linearize(m) != 0) {
		out_discard(out, m, DROP_NO_BUFFER);
		return false;
	}
	dst = rte_pktmbuf_mtod(m, const uint8_t *);
	iface = iface_find(d->ifaces, port, dst, l2_len);
	ours = iface != NULL ? iface->mac : d->port[port].mac;
	if ((dst[0] & 1) == 0 && memcmp(dst, ours, RTE_ETHER_ADDR_LEN) != 0) {
		out_discard(out, m, DROP_NOT_FOR_US);
		return false;
	}
	frame_meta_set(m, iface != NULL ? iface->id : OUT_IFACE_NONE, l2_len);
	return true;
}

uint16_t ingress_select(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts, uint16_t n,
	struct out *out)
{
	struct dispatch_stack *known = ingress_known(d, port);
	uint16_t kept = 0;

	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		uint16_t l2_len = frame_meta(m).l2_len;

		if (unlikely(m->data_len < RTE_MAX((uint16_t)TAGS_END, l2_len) ||
			     l2_len > RTE_ETHER_HDR_LEN + TAGS_LEN)) {
			if (!select_one(d, port, m, out))
				continue;
		} else if (!ingress_place(
				   d, port, known, m, &l2_len, ingress_load_tags(m, l2_len))) {
			out_discard(out, m, DROP_NOT_FOR_US);
			continue;
		}
		pkts[kept++] = m;
	}
	return kept;
}
