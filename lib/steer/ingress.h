/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_INGRESS_H
#define STEER_INGRESS_H

/**
 * @file
 * By which interface did a frame come in, and is it for us? For dispatch.c, which has the contract.
 *
 * Interfaces go by tags, of which a port sees few: what was found for some is known to the worker
 * from then on. Context: burst path of one worker.
 */

#include <string.h>

#include <rte_ether.h>

#include "steer/dispatch.h"

/** The same of equal MAC addresses, whatever the two octets behind them are. */
static inline uint64_t ingress_load_mac(const uint8_t mac[8])
{
	uint64_t octets;

	memcpy(&octets, mac, sizeof(octets));
	return rte_cpu_to_le_64(octets) << 16;
}

/** Cold half of ingress_known(). */
void ingress_forget(const struct dispatch *d);

/** Tags that this worker knows of the port. What was found under another view may be wrong. */
static inline struct dispatch_stack *ingress_known(const struct dispatch *d, uint16_t port)
{
	if (unlikely(d->known->generation != d->generation))
		ingress_forget(d);
	return d->known->stack[port];
}

/** Cold half of ingress_place(): find the interface of a frame with these tags. */
void ingress_learn(const struct dispatch *d, uint16_t port, const uint8_t *frame, uint16_t l2_len,
	uint64_t tags, struct dispatch_stack *s);

/**
 * Give a frame its meta.
 *
 * @param l2_len read only when the tags are new or unknown.
 * @param tags   of `struct classified`.
 * @return false: it is not for us, or ingress_select() has to find out.
 */
static __rte_always_inline bool ingress_place(const struct dispatch *d, uint16_t port,
	struct dispatch_stack *known, struct rte_mbuf *m, const uint16_t *l2_len, uint64_t tags)
{
	struct dispatch_stack *s =
		&known[tags * UINT64_C(0x9e3779b97f4a7c15) >> (64 - DISPATCH_STACK_BITS)];
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);

	if (unlikely(s->tags != tags)) {
		if (tags == CLASSIFY_TAGS_UNKNOWN) {
			frame_meta_set(m, OUT_IFACE_NONE, *l2_len);
			return false;
		}
		ingress_learn(d, port, frame, *l2_len, tags, s);
	}
	m->hash.fdir.hi = s->meta;
	return ingress_load_mac(frame) == s->mac || (frame[0] & 1) != 0;
}

/** The tags of a frame that has so many and all their octets, as `struct classified` has them. */
static inline uint64_t ingress_load_tags(const struct rte_mbuf *m, uint16_t l2_len)
{
	uint64_t tags;

	if (l2_len == RTE_ETHER_HDR_LEN)
		return 0;
	memcpy(&tags, rte_pktmbuf_mtod_offset(m, const uint8_t *, 2 * RTE_ETHER_ADDR_LEN),
		sizeof(tags));
	return tags & (l2_len == 18 ? CLASSIFY_TAGS_MASK(1) : CLASSIFY_TAGS_MASK(2));
}

/** One destination and one stack of tags: what is found of one frame holds for all. */
static inline bool ingress_are_alike(const struct classified *c)
{
	uint16_t l2_len = c->l2_len[0];

	return (c->differ[0] & UINT64_C(0xffffffffffff)) == 0 &&
	       (l2_len == RTE_ETHER_HDR_LEN ||
		       (c->differ[1] >> 32 == 0 && (l2_len == 18 || (uint32_t)c->differ[2] == 0)));
}

/** ingress_place() of frames with headers of one length; false when it is of one. */
bool ingress_place_each(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts, uint16_t n,
	uint16_t l2_len);

/** The same of all frames of a uniform burst. */
static __rte_always_inline bool ingress_place_uniform(
	const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts, const struct classified *c)
{
	uint16_t n = c->n, l2_len = c->l2_len[0];
	uint32_t meta;
	bool placed;

	if (unlikely(!ingress_are_alike(c)))
		return ingress_place_each(d, port, pkts, n, l2_len);
	placed = ingress_place(d, port, ingress_known(d, port), pkts[0], &l2_len,
		ingress_load_tags(pkts[0], l2_len));
	meta = pkts[0]->hash.fdir.hi;
#pragma GCC unroll 4
	for (struct rte_mbuf **at = pkts; at != pkts + n; at++)
		(*at)->hash.fdir.hi = meta;
	return placed;
}

/** Leave at the front those of n frames that are for us; any frames, whose meta has the length of
 *  their header. Returns how many they are; the others are dropped. */
uint16_t ingress_select(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts, uint16_t n,
	struct out *out);

#endif
