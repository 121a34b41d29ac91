/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Classify a burst. What its frames differ in from the first is taken by one pass of vector
 * compares; where that says that all have one type, one class is everyone's. Of other bursts each
 * frame is walked by itself. Called by workers; touches no mbuf line but the first.
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

enum { LOOK_AHEAD = 4 }; // frames

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

/** Octets 0..15 of a frame in memory order: addresses, type, what follows. */
typedef uint64_t head __attribute__((vector_size(16)));

static inline head load_head(const struct rte_mbuf *m)
{
	head octets;

	memcpy(&octets, rte_pktmbuf_mtod(m, const uint8_t *), sizeof(octets));
	return octets;
}

// Octets 16..23, of tagged frames: both types behind a tag.
static inline uint64_t load_behind(const struct rte_mbuf *m)
{
	uint64_t octets;

	memcpy(&octets, rte_pktmbuf_mtod_offset(m, const uint8_t *, sizeof(head)), sizeof(octets));
	return octets;
}

static inline uint16_t type_in(uint64_t octets, unsigned at)
{
	uint16_t type[4];

	memcpy(type, &octets, sizeof(octets));
	return type[at / 2];
}

// One look at each frame for lengths and for what its octets have in common with those of the
// first. False: a first segment is too short.
static __rte_always_inline bool compare(
	struct rte_mbuf **pkts, uint16_t n, bool tagged, struct classified *out)
{
	const uint16_t wanted = sizeof(head) + (tagged ? sizeof(uint64_t) : 0);
	uint64_t first_behind, differ_behind = 0, max_len = 0, bytes = 0;
	head first, differ = {0};

	if (unlikely(pkts[0]->data_len < wanted))
		return false;
	first = load_head(pkts[0]);
	first_behind = tagged ? load_behind(pkts[0]) : 0;
#pragma GCC unroll 4
	for (uint16_t i = 0; i < n; i++) {
		uint64_t len;

		if (unlikely(pkts[i]->data_len < wanted))
			return false;
		differ |= load_head(pkts[i]) ^ first;
		if (tagged)
			differ_behind |= load_behind(pkts[i]) ^ first_behind;
		len = pkts[i]->pkt_len;
		bytes += len;
		max_len = len > max_len ? len : max_len;
	}
	memcpy(out->differ, &differ, sizeof(differ));
	out->differ[2] = differ_behind;
	out->bytes = bytes;
	out->max_len = (uint32_t)max_len;
	return true;
}

// A burst without tags: has every frame the type of the first?
static bool is_uniform_untagged(struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	return compare(pkts, n, false, out) && type_in(out->differ[1], 4) == 0;
}

// A burst whose outer types are all the same TPID: are the types behind it, or behind a second
// tag, all the same too? Then one class is everyone's.
static __rte_noinline bool is_uniform_tagged(
	const struct classifier *c, struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	uint64_t first;

	if (!compare(pkts, n, true, out) || type_in(out->differ[1], 4) != 0)
		return false;
	first = load_behind(pkts[0]);
	for (unsigned at = 0; at <= 4 && type_in(out->differ[2], at) == 0; at += 4) {
		out->class[0] = c->of_type[type_in(first, at)];
		out->l2_len[0] = (uint16_t)(18 + at);
		if (out->class[0] != CLASS_TAGGED)
			return out->class[0] != CLASS_LLC;
	}
	return false;
}

// All frames have one class: it is found without the types of each. Of most bursts that are a
// mixture the first frames tell. Of cold ones they come early: behind a branch on the last one's
// octets nothing would retire until all are there.
static __rte_always_inline bool is_uniform(
	const struct classifier *c, struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	uint16_t type = outer_type(pkts[0]), differ = 0;

	for (uint16_t i = 1; i < LOOK_AHEAD; i++)
		differ |= outer_type(pkts[i < n ? i : 0]) ^ type;
	if (differ != 0)
		return false;
	out->class[0] = c->of_type[type];
	out->l2_len[0] = RTE_ETHER_HDR_LEN;
	if (out->class[0] == CLASS_TAGGED)
		return is_uniform_tagged(c, pkts, n, out);
	return out->class[0] != CLASS_LLC && is_uniform_untagged(pkts, n, out);
}

// A frame that walk() leaves: short, segmented, of many tags, LLC.
static __rte_noinline void walk_slowly(
	const struct classifier *c, const struct rte_mbuf *m, uint16_t i, struct classified *out)
{
	out->class[i] = classify_one(c, m, &out->l2_len[i]);
	out->has_short |= out->class[i] == CLASS_SHORT;
}

// Any frame, without a branch on how many tags it has, up to two: what comes next is not to be
// guessed.
static __rte_always_inline void walk(
	const struct classifier *c, const struct rte_mbuf *m, uint16_t i, struct classified *out)
{
	const uint8_t *p = rte_pktmbuf_mtod_offset(m, const uint8_t *, 2 * RTE_ETHER_ADDR_LEN);
	unsigned tags = 0, class;
	uint16_t type_be;

	if (unlikely(m->data_len < RTE_ETHER_HDR_LEN + 2 * 4)) {
		walk_slowly(c, m, i, out);
		return;
	}
	for (unsigned tag = 0; tag < 2; tag++) {
		memcpy(&type_be, p + tags, sizeof(type_be));
		tags += 4u * (c->of_type[type_be] == CLASS_TAGGED);
	}
	memcpy(&type_be, p + tags, sizeof(type_be));
	class = c->of_type[type_be];
	out->class[i] = (uint8_t) class;
	out->l2_len[i] = (uint16_t)(RTE_ETHER_HDR_LEN + tags);
	if (unlikely(class >= CLASS_LLC))
		walk_slowly(c, m, i, out);
}

// Each frame by itself.
static void classify_each(
	const struct classifier *c, struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	uint64_t max_len = 0, bytes = 0;

#pragma GCC unroll 4
	for (uint16_t i = 0; i < n; i++) {
		uint64_t len = pkts[i]->pkt_len;

		walk(c, pkts[i], i, out);
		bytes += len;
		max_len = len > max_len ? len : max_len;
	}
	out->bytes = bytes;
	out->max_len = (uint32_t)max_len;
}

void classify_burst(
	const struct classifier *c, struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	// All at once: the loads below then overlap as far as the CPU can. The driver has just
	// written the mbufs, and received frames begin behind the usual headroom.
#pragma GCC unroll 4
	for (uint16_t i = 0; i < n; i++)
		rte_prefetch0((const char *)pkts[i]->buf_addr + RTE_PKTMBUF_HEADROOM);
	out->n = n;
	out->has_short = false;
	out->differ[0] = out->differ[1] = out->differ[2] = UINT64_MAX;
	out->uniform = is_uniform(c, pkts, n, out);
	if (!out->uniform)
		classify_each(c, pkts, n, out);
}
