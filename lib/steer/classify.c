/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Classify a burst: pass 1 collects the type/length fields into an array (mbuf and frame are
 * prefetched ahead), an all-alike burst leaves there; pass 2 maps the types to classes and walks
 * tags where there are some. Called by workers; touches no mbuf line but the first.
 */

#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_prefetch.h>

#include "steer/classify.h"
#include "wire/tag.h"

enum {
	PREFETCH_MBUF = 8,  // mbuf headers ahead
	PREFETCH_FRAME = 4, // frames ahead
	CLASS_TAGGED = 255  // in the map only: a TPID, walk on
};

static const char *const names[] = {
	[CLASS_SHORT] = "short_header",
	[CLASS_SHORT_VLAN] = "short_vlan",
	[CLASS_LENGTH_RESERVED] = "length_reserved",
	[CLASS_LENGTH] = "length",
	[CLASS_OTHER] = "other",
	[CLASS_IPV4] = "ipv4",
	[CLASS_IPV6] = "ipv6",
	[CLASS_ARP] = "arp",
};

const char *class_name(enum frame_class c)
{
	return names[c];
}

static void map(struct classifier *c, uint16_t type, uint8_t class)
{
	c->of_type[rte_cpu_to_be_16(type)] = class;
}

void classifier_init(struct classifier *c)
{
	memset(c, 0, sizeof(*c));
	for (unsigned type = 0; type < 65536; type++)
		map(c, (uint16_t)type,
			type <= 1500  ? CLASS_LENGTH
			: type < 1536 ? CLASS_LENGTH_RESERVED
				      : CLASS_OTHER);
	map(c, TAG_TPID_C, CLASS_TAGGED);
	map(c, TAG_TPID_S, CLASS_TAGGED);
	map(c, RTE_ETHER_TYPE_IPV4, CLASS_IPV4);
	map(c, RTE_ETHER_TYPE_IPV6, CLASS_IPV6);
	map(c, RTE_ETHER_TYPE_ARP, CLASS_ARP);
	c->type[CLASS_IPV4] = RTE_ETHER_TYPE_IPV4;
	c->type[CLASS_IPV6] = RTE_ETHER_TYPE_IPV6;
	c->type[CLASS_ARP] = RTE_ETHER_TYPE_ARP;
	c->n_classes = CLASS_NAMED;
}

int classifier_add(struct classifier *c, uint16_t ethertype)
{
	uint8_t class = c->of_type[rte_cpu_to_be_16(ethertype)];

	if (class != CLASS_OTHER)
		return class;
	if (c->n_classes == CLASS_MAX)
		return -1;
	class = (uint8_t)c->n_classes++;
	map(c, ethertype, class);
	c->type[class] = ethertype;
	return class;
}

// Two octets at an offset, also across segments; the caller has checked pkt_len.
static uint16_t load_type(const struct rte_mbuf *m, uint32_t at)
{
	uint16_t type_be, across;

	memcpy(&type_be, rte_pktmbuf_read(m, at, sizeof(across), &across), sizeof(type_be));
	return type_be;
}

// Any frame: short, segmented, any number of tags; work is bounded by the frame's length.
static uint8_t classify_one(const struct classifier *c, const struct rte_mbuf *m, uint16_t *l2_len)
{
	uint32_t at = 2 * RTE_ETHER_ADDR_LEN;
	uint8_t class;

	*l2_len = 0;
	if (m->pkt_len < RTE_ETHER_HDR_LEN)
		return CLASS_SHORT;
	while ((class = c->of_type[load_type(m, at)]) == CLASS_TAGGED) {
		at += 4;
		if (at + 2 > m->pkt_len)
			return CLASS_SHORT_VLAN;
	}
	*l2_len = (uint16_t)(at + 2);
	return class;
}

void classify_burst(
	const struct classifier *c, struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	uint16_t type[CLASSIFY_BURST] = {0}; // network byte order
	uint32_t min_len = UINT32_MAX, max_len = 0;
	uint16_t differ = 0;
	uint64_t bytes = 0;
	uint8_t class;

	for (uint16_t i = 0; i < n && i < PREFETCH_FRAME; i++)
		rte_prefetch0(rte_pktmbuf_mtod(pkts[i], void *));
	for (uint16_t i = 0; i < n; i++) {
		const struct rte_mbuf *m = pkts[i];
		uint32_t len = m->pkt_len;

		if (i + PREFETCH_MBUF < n)
			rte_prefetch0(pkts[i + PREFETCH_MBUF]);
		if (i + PREFETCH_FRAME < n)
			rte_prefetch0(rte_pktmbuf_mtod(pkts[i + PREFETCH_FRAME], void *));
		// A first segment without the type field takes the walk below, whatever its octets
		// are.
		type[i] = RTE_BE16(TAG_TPID_C);
		if (likely(m->data_len >= RTE_ETHER_HDR_LEN))
			memcpy(&type[i], rte_pktmbuf_mtod_offset(m, const uint8_t *, 12), 2);
		differ |= (uint16_t)(type[i] ^ type[0]);
		bytes += len;
		min_len = len < min_len ? len : min_len;
		max_len = len > max_len ? len : max_len;
	}
	out->n = n;
	out->bytes = bytes;
	out->min_len = min_len;
	out->max_len = max_len;

	class = c->of_type[type[0]];
	out->uniform = differ == 0 && class != CLASS_TAGGED;
	if (likely(out->uniform)) {
		out->class[0] = class;
		out->l2_len[0] = RTE_ETHER_HDR_LEN;
		return;
	}
	for (uint16_t i = 0; i < n; i++) {
		out->class[i] = c->of_type[type[i]];
		out->l2_len[i] = RTE_ETHER_HDR_LEN;
		if (out->class[i] == CLASS_TAGGED)
			out->class[i] = classify_one(c, pkts[i], &out->l2_len[i]);
	}
}
