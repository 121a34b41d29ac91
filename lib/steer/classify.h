/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_CLASSIFY_H
#define STEER_CLASSIFY_H

/**
 * @file
 * From a burst to classes: one small number for each frame, by the type/length field behind its
 * tags (IEEE 802.3 3.2.6, 802.1Q 9.6).
 *
 * The result never depends on octets behind a frame. Context: burst path; reads frames, and writes
 * nothing but `struct classified`, and MAC addresses when it is asked to exchange them.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

enum {
	CLASSIFY_BURST = 32,
	CLASSIFY_TPIDS = 34 // 0x8100, 0x88a8, and one for each of 32 bridges
};

/** Instruction sets that bursts can be classified with; all come to the same result. */
enum classify_isa {
	CLASSIFY_PORTABLE, // what the whole program is built for: SSE4.2 on x86
	CLASSIFY_AVX2,
	CLASSIFY_AVX512, // VL and BW, on vectors of 256 bits: no CPU lowers its clock for those
	CLASSIFY_ISAS
};

const char *classify_isa_name(enum classify_isa isa);

/** Has this CPU it, and does EAL's --force-max-simd-bitwidth allow it? */
bool classify_isa_works(enum classify_isa isa);

/** The last one that works: what classifier_init() takes. */
enum classify_isa classify_isa_best(void);

/** Classes that always exist; those of registered EtherTypes follow. */
enum frame_class {
	CLASS_SHORT,           // fewer than 14 octets
	CLASS_SHORT_VLAN,      // ends inside its tags
	CLASS_LENGTH_RESERVED, // 1501..1535
	CLASS_LENGTH,          // 802.3 length frame: LLC, SNAP, raw
	CLASS_OTHER,           // EtherType that nobody named
	CLASS_IPV4,
	CLASS_IPV6,
	CLASS_ARP,
	CLASS_BROKEN, // never classified: wrong FCS, a stripped tag without room to put it back
	CLASS_NAMED,  // first class of a registered EtherType
	CLASS_MAX = 32
};

/** Name of a class that always exists. */
const char *class_name(enum frame_class c);

/** What a named class goes by. */
enum class_kind { CLASS_BY_TYPE, CLASS_BY_SAP, CLASS_BY_SNAP };

/** EtherType, DSAP, or OUI and PID to class. Immutable while workers read it. */
struct classifier {
	enum classify_isa isa;
	uint8_t of_type[65536];   // by type/length field, network byte order as it is loaded
	uint16_t type[CLASS_MAX]; // of the named classes, host order: EtherType, DSAP or PID
	uint8_t kind[CLASS_MAX];  // enum class_kind
	uint32_t oui[CLASS_MAX];  // of CLASS_BY_SNAP
	uint8_t of_sap[256];      // by DSAP
	unsigned n_classes;
	unsigned n_tpids;
	uint16_t tpid[CLASSIFY_TPIDS]; // network byte order
};

/** Start with the classes that always exist. */
void classifier_init(struct classifier *c);

/** Take a type for a tag's TPID, as 0x8100 and 0x88a8 are from the start: CLASSIFY_TPIDS in all. */
void classifier_add_tpid(struct classifier *c, uint16_t tpid);

/** Class of an EtherType (0x0600 and above, not a tag's TPID), made when it is new.
 *  @return the class, or -1 when there are CLASS_MAX. */
int classifier_add(struct classifier *c, uint16_t ethertype);

/** The same of frames with a length field and a whole LLC header: by DSAP (not 0xaa), or by OUI and
 *  PID behind AA-AA-03. From the first of them on, length frames take the slow path. */
int classifier_add_sap(struct classifier *c, uint8_t dsap);
int classifier_add_snap(struct classifier *c, uint32_t oui, uint16_t pid);

/** Class of a registered DSAP, or OUI and PID; CLASS_LENGTH for others. */
uint8_t classifier_snap(const struct classifier *c, uint32_t oui, uint16_t pid);

/** What is known of a burst after one pass. */
struct classified {
	uint16_t n;
	bool uniform;       // all of class[0] and l2_len[0]; the arrays hold only [0]
	bool has_short;     // a frame is shorter than an Ethernet header
	bool swapped;       // the MAC addresses of all frames were exchanged; else of none
	uint32_t max_len;   // longest frame, octets; no less where it is above 65535
	uint64_t bytes;     // of all frames
	uint64_t differ[4]; // bits of octets 0..31 in memory order in which any frame differs from
	                    // the first; all ones where that was not found out, which a uniform
	                    // burst never is
	uint8_t class[CLASSIFY_BURST];
	_Alignas(16) uint16_t l2_len[CLASSIFY_BURST]; // MAC addresses, tags and type field; 0 for
	                                              // the short classes
	_Alignas(32) uint64_t tags[CLASSIFY_BURST];   // see CLASSIFY_TAGS_MASK; not of a uniform
	                                              // burst
};

/** Tags of a frame: of one or two, its octets 12..19 in memory order without priorities, DEI and
 *  what follows the tags; 0 of a frame without. */
#define CLASSIFY_TAGS_MASK(n_tags)                                                                 \
	((n_tags) == 1 ? RTE_BE64(UINT64_C(0xffff0fff00000000))                                    \
		       : RTE_BE64(UINT64_C(0xffff0fffffff0fff)))

/** No tags are this: the frame has more than two, or the first segment of one in the burst is
 *  shorter than 28 octets. */
#define CLASSIFY_TAGS_UNKNOWN UINT64_MAX

/**
 * Classify n (1..CLASSIFY_BURST) frames.
 *
 * @param swap exchange MAC addresses, too, where the octets are loaded anyway: out->swapped. The
 *             frames must be ours to write.
 */
void classify_burst(const struct classifier *c, struct rte_mbuf **pkts, uint16_t n, bool swap,
	struct classified *out);

/** Class of frame i. */
static inline uint8_t classified_class(const struct classified *c, uint16_t i)
{
	return c->class[c->uniform ? 0 : i];
}

static inline uint16_t classified_l2_len(const struct classified *c, uint16_t i)
{
	return c->l2_len[c->uniform ? 0 : i];
}

#endif
