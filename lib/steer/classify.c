/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What types are classes, with which instructions bursts are classified, and the frames that
 * classify_burst.c leaves. Tables are made by control; frames are walked by workers.
 */

#include <string.h>

#include <rte_byteorder.h>
#include <rte_cpuflags.h>
#include <rte_ether.h>
#include <rte_vect.h>

#include "steer/classify_inside.h"
#include "steer/out.h"
#include "wire/tag.h"

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

const char *classify_isa_name(enum classify_isa isa)
{
	static const char *const of[] = {
		[CLASSIFY_PORTABLE] = "portable",
		[CLASSIFY_AVX2] = "avx2",
		[CLASSIFY_AVX512] = "avx512",
	};

	return of[isa];
}

bool classify_isa_works(enum classify_isa isa)
{
#ifdef RTE_ARCH_X86_64
	// As libraries of DPDK do: what EAL's option --force-max-simd-bitwidth forbids is not used.
	// Without EAL, 0, nothing is forbidden.
	uint16_t width = rte_vect_get_max_simd_bitwidth();

	if (isa != CLASSIFY_PORTABLE && width != 0 && width < RTE_VECT_SIMD_256)
		return false;
	switch (isa) {
	case CLASSIFY_AVX512: // of vectors of 256 bits
		return rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX512VL) > 0 &&
		       rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX512BW) > 0;
	case CLASSIFY_AVX2:
		return rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) > 0;
	default:
		break;
	}
#endif
	return isa == CLASSIFY_PORTABLE;
}

enum classify_isa classify_isa_best(void)
{
	enum classify_isa best = CLASSIFY_PORTABLE;

	for (enum classify_isa isa = CLASSIFY_AVX2; isa < CLASSIFY_ISAS; isa++) {
		if (classify_isa_works(isa))
			best = isa;
	}
	return best;
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
	classifier_add_tpid(c, TAG_TPID_C);
	classifier_add_tpid(c, TAG_TPID_S);
	map(c, RTE_ETHER_TYPE_IPV4, CLASS_IPV4);
	map(c, RTE_ETHER_TYPE_IPV6, CLASS_IPV6);
	map(c, RTE_ETHER_TYPE_ARP, CLASS_ARP);
	c->type[CLASS_IPV4] = RTE_ETHER_TYPE_IPV4;
	c->type[CLASS_IPV6] = RTE_ETHER_TYPE_IPV6;
	c->type[CLASS_ARP] = RTE_ETHER_TYPE_ARP;
	memset(c->of_sap, CLASS_LENGTH, sizeof(c->of_sap));
	c->n_classes = CLASS_NAMED;
	c->isa = classify_isa_best();
}

void classifier_add_tpid(struct classifier *c, uint16_t tpid)
{
	if (c->of_type[rte_cpu_to_be_16(tpid)] == CLASS_TAGGED)
		return;
	c->tpid[c->n_tpids++] = rte_cpu_to_be_16(tpid);
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
		// Of a longer header frame_meta() could not tell the length.
		if (at + 4 + 2 >= FRAME_META_AGAIN) {
			class = CLASS_OTHER;
			break;
		}
		at += 4;
		if (at + 2 > m->pkt_len)
			return CLASS_SHORT_VLAN;
	}
	*l2_len = (uint16_t)(at + 2);
	if (class == CLASS_LLC)
		class = classify_llc(c, m, at + 2, rte_be_to_cpu_16(load_type(m, at)));
	return class;
}

void classify_walk(
	const struct classifier *c, const struct rte_mbuf *m, uint16_t i, struct classified *out)
{
	out->class[i] = classify_one(c, m, &out->l2_len[i]);
	out->has_short |= out->class[i] == CLASS_SHORT;
}

void classify_burst(const struct classifier *c, struct rte_mbuf **pkts, uint16_t n, bool swap,
	struct classified *out)
{
	static classify_pass *const pass[CLASSIFY_ISAS] = {
		[CLASSIFY_PORTABLE] = classify_burst_portable,
#ifdef RTE_ARCH_X86_64
		[CLASSIFY_AVX2] = classify_burst_avx2,
		[CLASSIFY_AVX512] = classify_burst_avx512,
#endif
	};

	pass[c->isa](c, pkts, n, swap, out);
}
