/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Classify a burst: pass 1 collects the type/length fields into an array (all frames are
 * prefetched before), an all-alike burst leaves there; pass 2 maps the types to classes and walks
 * tags where there are some. Bursts that look like one destination's or begin with a tag are first
 * taken for alike (take_alike()). Called by workers; touches no mbuf line but the first.
 */

#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_prefetch.h>

#include "steer/classify.h"
#include "wire/tag.h"

// In the map only: read on.
enum {
	CLASS_LLC = 254,   // a length, where LLC classes are registered
	CLASS_TAGGED = 255 // a TPID
};

enum { LLC_LEN = 3, SNAP_LEN = 8, SAP_SNAP = 0xaa, CONTROL_UI = 0x03 };

static const char *const names[] = {
	[CLASS_SHORT] = "short_header",
	[CLASS_SHORT_VLAN] = "short_vlan",
	[CLASS_LENGTH_RESERVED] = "length_reserved",
	[CLASS_LENGTH] = "length",
	[CLASS_OTHER] = "other",
	[CLASS_IPV4] = "ipv4",
	[CLASS_IPV6] = "ipv6",
	[CLASS_ARP] = "arp",
	[CLASS_BROKEN] = "broken",
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
	memset(c->of_sap, CLASS_LENGTH, sizeof(c->of_sap));
	c->n_classes = CLASS_NAMED;
}

void classifier_add_tpid(struct classifier *c, uint16_t tpid)
{
	map(c, tpid, CLASS_TAGGED);
}

static int add_class(struct classifier *c, enum class_kind kind, uint16_t type)
{
	if (c->n_classes == CLASS_MAX)
		return -1;
	c->kind[c->n_classes] = (uint8_t)kind;
	c->type[c->n_classes] = type;
	return (int)c->n_classes++;
}

int classifier_add(struct classifier *c, uint16_t ethertype)
{
	int class = c->of_type[rte_cpu_to_be_16(ethertype)];

	if (class != CLASS_OTHER)
		return class;
	class = add_class(c, CLASS_BY_TYPE, ethertype);
	if (class >= 0)
		map(c, ethertype, (uint8_t) class);
	return class;
}

static void read_llc(struct classifier *c)
{
	for (unsigned length = 0; length <= 1500; length++)
		map(c, (uint16_t)length, CLASS_LLC);
}

int classifier_add_sap(struct classifier *c, uint8_t dsap)
{
	int class = c->of_sap[dsap];

	if (class != CLASS_LENGTH)
		return class;
	class = add_class(c, CLASS_BY_SAP, dsap);
	if (class >= 0) {
		c->of_sap[dsap] = (uint8_t) class;
		read_llc(c);
	}
	return class;
}

uint8_t classifier_snap(const struct classifier *c, uint32_t oui, uint16_t pid)
{
	for (unsigned i = CLASS_NAMED; i < c->n_classes; i++) {
		if (c->kind[i] == CLASS_BY_SNAP && c->oui[i] == oui && c->type[i] == pid)
			return (uint8_t)i;
	}
	return CLASS_LENGTH;
}

int classifier_add_snap(struct classifier *c, uint32_t oui, uint16_t pid)
{
	int class = classifier_snap(c, oui, pid);

	if (class != CLASS_LENGTH)
		return class;
	class = add_class(c, CLASS_BY_SNAP, pid);
	if (class >= 0) {
		c->oui[class] = oui;
		read_llc(c);
	}
	return class;
}

// Two octets at an offset, also across segments; the caller has checked pkt_len.
static uint16_t load_type(const struct rte_mbuf *m, uint32_t at)
{
	uint16_t type_be, across;

	memcpy(&type_be, rte_pktmbuf_read(m, at, sizeof(across), &across), sizeof(type_be));
	return type_be;
}

// A length frame whose LLC header begins at `at`; both its length and the frame must hold it.
static uint8_t classify_llc(
	const struct classifier *c, const struct rte_mbuf *m, uint32_t at, uint16_t length)
{
	uint8_t across[SNAP_LEN];
	const uint8_t *p;
	uint32_t left = m->pkt_len - at;

	left = length < left ? length : left;
	if (left < LLC_LEN)
		return CLASS_LENGTH;
	p = rte_pktmbuf_read(m, at, left < SNAP_LEN ? left : SNAP_LEN, across);
	if (p[0] != SAP_SNAP || p[1] != SAP_SNAP || p[2] != CONTROL_UI)
		return c->of_sap[p[0]];
	if (left < SNAP_LEN)
		return CLASS_LENGTH;
	return classifier_snap(
		c, (uint32_t)p[3] << 16 | (uint32_t)p[4] << 8 | p[5], (uint16_t)(p[6] << 8 | p[7]));
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
	if (class == CLASS_LLC)
		class = classify_llc(c, m, at + 2, rte_be_to_cpu_16(load_type(m, at)));
	return class;
}

// What the first pass takes for a type: a first segment without that field takes the walk, whatever
// its octets are.
static uint16_t outer_type(const struct rte_mbuf *m)
{
	uint16_t type_be;

	if (unlikely(m->data_len < RTE_ETHER_HDR_LEN))
		return RTE_BE16(TAG_TPID_C);
	memcpy(&type_be, rte_pktmbuf_mtod_offset(m, const uint8_t *, 12), sizeof(type_be));
	return type_be;
}

/** The first octets of a frame: addresses, type, and with a tag both types behind it. */
struct octets {
	uint64_t low, high; // 0..7, 8..15
	uint64_t behind;    // 16..23, of tagged frames
};

static inline struct octets load_octets(const struct rte_mbuf *m, bool tagged)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	struct octets octets = {0};

	memcpy(&octets.low, p, sizeof(octets.low));
	memcpy(&octets.high, p + 8, sizeof(octets.high));
	if (tagged)
		memcpy(&octets.behind, p + 16, sizeof(octets.behind));
	return octets;
}

/** Where frames differ from the first one, as bits. */
static inline uint16_t differ_at(uint64_t octets, unsigned at)
{
	uint16_t type[4];

	memcpy(type, &octets, sizeof(octets));
	return type[at / 2];
}

// One look at each frame for lengths and for what its octets have in common with those of the
// first. False: a first segment is too short, or (tagged) an outer type differs.
static __rte_always_inline bool take_alike(struct rte_mbuf **pkts, uint16_t n, bool tagged,
	struct classified *out, struct octets *differ)
{
	const uint16_t wanted = tagged ? sizeof(struct octets) : 16;
	uint64_t low = 0, high = 0, behind = 0, max_len = 0, bytes = 0;
	struct octets first;

	if (unlikely(pkts[0]->data_len < wanted))
		return false;
	first = load_octets(pkts[0], tagged);
#pragma GCC unroll 4
	for (uint16_t i = 0; i < n; i++) {
		struct octets octets;
		uint64_t len;

		if (unlikely(pkts[i]->data_len < wanted))
			return false;
		octets = load_octets(pkts[i], tagged);
		low |= octets.low ^ first.low;
		high |= octets.high ^ first.high;
		behind |= octets.behind ^ first.behind;
		len = pkts[i]->pkt_len;
		bytes += len;
		max_len = len > max_len ? len : max_len;
	}
	*differ = (struct octets){low, high, behind};
	out->differ[0] = low;
	out->differ[1] = high;
	out->bytes = bytes;
	out->max_len = (uint32_t)max_len;
	return true;
}

// A burst of frames without tags.
static bool is_uniform_untagged(struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	struct octets differ;

	return take_alike(pkts, n, false, out, &differ) && differ_at(differ.high, 4) == 0;
}

// A burst whose outer types are all the same TPID: are the types behind it, or behind a second
// tag, all the same too? Then one class is everyone's.
static __rte_noinline bool is_uniform_tagged(
	const struct classifier *c, struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	struct octets first, differ;

	if (outer_type(pkts[n > 1]) != outer_type(pkts[0]) ||
		!take_alike(pkts, n, true, out, &differ) || differ_at(differ.high, 4) != 0)
		return false;
	first = load_octets(pkts[0], true);
	for (unsigned at = 0; at <= 4 && differ_at(differ.behind, at) == 0; at += 4) {
		out->class[0] = c->of_type[differ_at(first.behind, at)];
		out->l2_len[0] = (uint16_t)(18 + at);
		if (out->class[0] != CLASS_TAGGED)
			return out->class[0] != CLASS_LLC;
	}
	return false;
}

// A look at the second frame tells most bursts of several destinations or types. Of cold ones it
// comes early: behind a branch on the last one's octets nothing would retire until all are there.
static inline bool may_be_alike(struct rte_mbuf **pkts, uint16_t n)
{
	const struct rte_mbuf *other = pkts[n > 1];
	uint32_t first, second;

	if (unlikely(other->data_len < RTE_ETHER_HDR_LEN))
		return false;
	memcpy(&first, rte_pktmbuf_mtod_offset(pkts[0], const uint8_t *, 2), sizeof(first));
	memcpy(&second, rte_pktmbuf_mtod_offset(other, const uint8_t *, 2), sizeof(second));
	return first == second && outer_type(other) == outer_type(pkts[0]);
}

// All frames have one class: it is found without the types of each.
static __rte_always_inline bool is_uniform(const struct classifier *c, struct rte_mbuf **pkts,
	uint16_t n, bool octets, struct classified *out)
{
	uint16_t type = outer_type(pkts[0]);

	out->n = n;
	out->has_short = false;
	out->differ[0] = out->differ[1] = UINT64_MAX;
	out->class[0] = c->of_type[type];
	out->l2_len[0] = RTE_ETHER_HDR_LEN;
	if (out->class[0] == CLASS_TAGGED)
		return is_uniform_tagged(c, pkts, n, out);
	return octets && out->class[0] != CLASS_LLC && may_be_alike(pkts, n) &&
	       is_uniform_untagged(pkts, n, out);
}

// The type of each frame.
static void classify_types(
	const struct classifier *c, struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	uint16_t type[CLASSIFY_BURST]; // network byte order
	uint64_t max_len, bytes;
	uint16_t first, differ = 0;
	uint8_t class;

	first = outer_type(pkts[0]);
	type[0] = first;
	max_len = bytes = pkts[0]->pkt_len;
#pragma GCC unroll 4
	for (uint16_t i = 1; i < n; i++) {
		uint64_t len = pkts[i]->pkt_len;

		type[i] = outer_type(pkts[i]);
		differ |= type[i] ^ first;
		bytes += len;
		max_len = len > max_len ? len : max_len;
	}
	out->bytes = bytes;
	out->max_len = (uint32_t)max_len;

	class = c->of_type[first];
	out->class[0] = class;
	out->l2_len[0] = RTE_ETHER_HDR_LEN;
	out->uniform = differ == 0 && class < CLASS_LLC;
	if (likely(out->uniform))
		return;
	for (uint16_t i = 0; i < n; i++) {
		out->class[i] = c->of_type[type[i]];
		out->l2_len[i] = RTE_ETHER_HDR_LEN;
		if (out->class[i] >= CLASS_LLC)
			out->class[i] = classify_one(c, pkts[i], &out->l2_len[i]);
		out->has_short |= out->class[i] == CLASS_SHORT;
	}
}

static __rte_always_inline void classify(const struct classifier *c, struct rte_mbuf **pkts,
	uint16_t n, bool octets, struct classified *out)
{
	// All at once: the loads below then overlap as far as the CPU can. The driver has just
	// written the mbufs, and received frames begin behind the usual headroom.
#pragma GCC unroll 4
	for (uint16_t i = 0; i < n; i++)
		rte_prefetch0((const char *)pkts[i]->buf_addr + RTE_PKTMBUF_HEADROOM);
	out->uniform = is_uniform(c, pkts, n, octets, out);
	if (!out->uniform)
		classify_types(c, pkts, n, out);
}

void classify_burst(
	const struct classifier *c, struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	classify(c, pkts, n, false, out);
}

void classify_octets(
	const struct classifier *c, struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	classify(c, pkts, n, true, out);
}
