/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What classify_burst() has to beat: frame by frame with a switch, with DPDK's packet types, with a
 * table of all types; and itself without prefetches. Each fills the same struct and is held against
 * ours before it is measured.
 */

#include <string.h>

#include <rte_ether.h>
#include <rte_net.h>
#include <rte_prefetch.h>

#include "bare_classify.h"
#include "bench.h"
#include "steer_set.h"
#include "wire/tag.h"

enum { TAGGED = 255 };

// The same classifier, for instruction sets that this CPU has besides its best one.
static struct classifier with_isa[CLASSIFY_ISAS];

static uint8_t of_type[65536]; // by host order

static uint16_t type_at(const struct rte_mbuf *m, uint32_t at)
{
	return tag_load_be16(rte_pktmbuf_mtod_offset(m, const uint8_t *, at));
}

static uint8_t one_by_switch(const struct rte_mbuf *m, uint16_t *l2_len)
{
	uint32_t at = 2 * RTE_ETHER_ADDR_LEN;

	*l2_len = 0;
	if (m->data_len < RTE_ETHER_HDR_LEN)
		return CLASS_SHORT;
	for (;;) {
		uint16_t type = type_at(m, at);

		*l2_len = (uint16_t)(at + 2);
		switch (type) {
		case TAG_TPID_C:
		case TAG_TPID_S:
			at += 4;
			if (at + 2 > m->data_len)
				return CLASS_SHORT_VLAN;
			break;
		case RTE_ETHER_TYPE_IPV4:
			return CLASS_IPV4;
		case RTE_ETHER_TYPE_IPV6:
			return CLASS_IPV6;
		case RTE_ETHER_TYPE_ARP:
			return CLASS_ARP;
		default:
			return type <= 1500  ? CLASS_LENGTH
			       : type < 1536 ? CLASS_LENGTH_RESERVED
			                     : CLASS_OTHER;
		}
	}
}

static uint8_t one_by_ptype(const struct rte_mbuf *m, uint16_t *l2_len)
{
	struct rte_net_hdr_lens lens;
	uint32_t type = rte_net_get_ptype(m, &lens, RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK);

	*l2_len = lens.l2_len;
	switch (type & RTE_PTYPE_L3_MASK) {
	case RTE_PTYPE_L3_IPV4:
	case RTE_PTYPE_L3_IPV4_EXT:
		return CLASS_IPV4;
	case RTE_PTYPE_L3_IPV6:
	case RTE_PTYPE_L3_IPV6_EXT:
		return CLASS_IPV6;
	default:
		// It knows no others.
		return of_type[type_at(m, lens.l2_len - 2u)];
	}
}

static uint8_t one_by_table(const struct rte_mbuf *m, uint16_t *l2_len)
{
	uint32_t at = 2 * RTE_ETHER_ADDR_LEN;
	uint8_t class;

	*l2_len = 0;
	if (m->data_len < RTE_ETHER_HDR_LEN)
		return CLASS_SHORT;
	while ((class = of_type[type_at(m, at)]) == TAGGED) {
		at += 4;
		if (at + 2 > m->data_len)
			return CLASS_SHORT_VLAN;
	}
	*l2_len = (uint16_t)(at + 2);
	return class;
}

// The loop that all three share: it is made of each of them.
static __rte_always_inline void one_by_one(struct rte_mbuf **pkts, uint16_t n,
	struct classified *out, uint8_t (*one)(const struct rte_mbuf *m, uint16_t *l2_len))
{
	out->n = n;
	out->uniform = false;
	out->bytes = 0;
	out->has_short = false;
	out->max_len = 0;
	for (uint16_t i = 0; i < n; i++) {
		out->class[i] = one(pkts[i], &out->l2_len[i]);
		out->bytes += pkts[i]->pkt_len;
		out->has_short |= out->class[i] == CLASS_SHORT;
		out->max_len = RTE_MAX(out->max_len, pkts[i]->pkt_len);
	}
}

typedef void classify_fn(struct rte_mbuf **pkts, uint16_t n, struct classified *out);

static void by_switch(struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	one_by_one(pkts, n, out, one_by_switch);
}

static void by_ptype(struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	one_by_one(pkts, n, out, one_by_ptype);
}

static void by_table(struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	one_by_one(pkts, n, out, one_by_table);
}

static void without_prefetch(struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	static classify_pass *const bare[CLASSIFY_ISAS] = {
		[CLASSIFY_PORTABLE] = bare_classify_portable,
#ifdef RTE_ARCH_X86_64
		[CLASSIFY_AVX2] = bare_classify_avx2,
		[CLASSIFY_AVX512] = bare_classify_avx512,
#endif
	};

	bare[steer_set.classifier.isa](&steer_set.classifier, pkts, n, false, out);
}

static void portable(struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	classify_burst(&with_isa[CLASSIFY_PORTABLE], pkts, n, false, out);
}

static void avx2(struct rte_mbuf **pkts, uint16_t n, struct classified *out)
{
	classify_burst(&with_isa[CLASSIFY_AVX2], pkts, n, false, out);
}

static void make_isas(void)
{
	for (enum classify_isa isa = 0; isa < CLASSIFY_ISAS; isa++) {
		with_isa[isa] = steer_set.classifier;
		with_isa[isa].isa = RTE_MIN(isa, steer_set.classifier.isa);
	}
}

static void make_table(void)
{
	for (unsigned type = 0; type < RTE_DIM(of_type); type++)
		of_type[type] = type <= 1500  ? CLASS_LENGTH
		                : type < 1536 ? CLASS_LENGTH_RESERVED
		                              : CLASS_OTHER;
	of_type[TAG_TPID_C] = of_type[TAG_TPID_S] = TAGGED;
	of_type[RTE_ETHER_TYPE_IPV4] = CLASS_IPV4;
	of_type[RTE_ETHER_TYPE_IPV6] = CLASS_IPV6;
	of_type[RTE_ETHER_TYPE_ARP] = CLASS_ARP;
}

static void compare(classify_fn *classify)
{
	struct classified ours, theirs;
	struct burst b;

	frames_take(&b, 0, CLASSIFY_BURST);
	classify_burst(&steer_set.classifier, b.pkts, b.n, false, &ours);
	classify(b.pkts, b.n, &theirs);
	for (uint16_t i = 0; i < b.n; i++) {
		if (classified_class(&ours, i) != classified_class(&theirs, i) ||
			classified_l2_len(&ours, i) != classified_l2_len(&theirs, i))
			bench_die("a rival classifies differently");
	}
	if (ours.bytes != theirs.bytes)
		bench_die("a rival counts differently");
}

static void open_set(const struct stage *s, uint32_t n)
{
	static classify_fn *const all[] = {
		by_switch, by_ptype, by_table, portable, avx2, without_prefetch};

	steer_set_make();
	make_table();
	make_isas();
	frames_fill(traffic_find(s->traffic), n);
	for (unsigned i = 0; i < RTE_DIM(all); i++)
		compare(all[i]);
}

static __rte_always_inline void run(struct burst *b, classify_fn *classify)
{
	struct classified c;

	for (uint16_t at = 0; at < b->n; at += CLASSIFY_BURST) {
		classify(
			&b->pkts[at], RTE_MIN((uint16_t)(b->n - at), (uint16_t)CLASSIFY_BURST), &c);
		__asm__ volatile("" : : "r"(&c) : "memory");
	}
}

static void run_switch(struct burst *b)
{
	run(b, by_switch);
}

static void run_portable(struct burst *b)
{
	run(b, portable);
}

static void run_avx2(struct burst *b)
{
	run(b, avx2);
}

static void run_ptype(struct burst *b)
{
	run(b, by_ptype);
}

static void run_table(struct burst *b)
{
	run(b, by_table);
}

static void run_bare(struct burst *b)
{
	run(b, without_prefetch);
}

static void run_steer_bare(struct burst *b)
{
	struct classified c;

	for (uint16_t at = 0; at < b->n; at += CLASSIFY_BURST) {
		without_prefetch(
			&b->pkts[at], RTE_MIN((uint16_t)(b->n - at), (uint16_t)CLASSIFY_BURST), &c);
		dispatch_burst(&steer_set.in_place, 0, &b->pkts[at], &c, &steer_set.out, 0);
		out_flush(&steer_set.out);
	}
}

// What memory allows: a line of each frame, all at once, and nothing done with it.
static void run_lines(struct burst *b)
{
	for (uint16_t i = 0; i < b->n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(b->pkts[i], const void *));
	for (uint16_t i = 0; i < b->n; i++) {
		const uint64_t *p = rte_pktmbuf_mtod(b->pkts[i], const uint64_t *);

		__asm__ volatile("" : : "r"(*p));
	}
}

// clang-format off
#define STAGE(called, frames, runs) {.name = called, .traffic = frames, \
	.footprint = FRAME_FOOTPRINT, .is_timed = true, .open = open_set, .take = frames_take, \
	.run = runs}
#define OF_ALL(called, runs) STAGE(called, "u4", runs), STAGE(called, "q1", runs), \
	STAGE(called, "qq", runs), STAGE(called, "mix", runs)
const struct stage rival_stages[] = {
	OF_ALL("classify-bare", run_bare),
	OF_ALL("classify-portable", run_portable),
	OF_ALL("classify-avx2", run_avx2),
	OF_ALL("classify-switch", run_switch),
	OF_ALL("classify-ptype", run_ptype),
	OF_ALL("classify-table", run_table),
	STAGE("lines", "u4", run_lines),
	STAGE("steer-bare", "u4", run_steer_bare), STAGE("steer-bare", "mix", run_steer_bare),
	{.name = NULL},
};
// clang-format on
