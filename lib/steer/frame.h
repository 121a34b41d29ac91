/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_FRAME_H
#define STEER_FRAME_H

/**
 * @file
 * For frames that are answered in place: who may be answered, to whom the answer goes, and how
 * long it is. Burst path; links nothing.
 */

#include <stdbool.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

enum { FRAME_MIN = 60 }; // octets without FCS, tags included (IEEE 802.3 3.2.8)

/** Can one host have this MAC address: neither group nor zero? */
static inline bool frame_is_station(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return (mac[0] & 1) == 0 && memcmp(mac, zero, sizeof(zero)) != 0;
}

/** frame_swap_addresses() of a frame whose first 16 octets are not in one piece. */
static inline void frame_swap_scattered(struct rte_mbuf *m)
{
	uint8_t *octet[12];
	unsigned n = 0;

	for (struct rte_mbuf *s = m; s != NULL && n < 12; s = s->next) {
		for (uint16_t i = 0; i < s->data_len && n < 12; i++)
			octet[n++] = rte_pktmbuf_mtod_offset(s, uint8_t *, i);
	}
	for (unsigned i = 0; n == 12 && i < 6; i++) {
		uint8_t dst = *octet[i];

		*octet[i] = *octet[i + 6];
		*octet[i + 6] = dst;
	}
}

/** Exchange destination and source MAC address; nothing in a frame without both. The frame must be
 *  ours to write. */
static inline void frame_swap_addresses(struct rte_mbuf *m)
{
	uint8_t v __attribute__((vector_size(16)));
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);

	if (unlikely(m->data_len < sizeof(v))) {
		frame_swap_scattered(m);
		return;
	}
	memcpy(&v, p, sizeof(v));
	v = __builtin_shufflevector(v, v, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 12, 13, 14, 15);
	memcpy(p, &v, sizeof(v));
}

/**
 * Cut a frame of one segment to `len` octets, then pad it with zeros to FRAME_MIN as far as its
 * buffer has room: nothing of what it carried before leaves as padding.
 *
 * @param len not more than the frame has.
 */
static inline void frame_cut(struct rte_mbuf *m, uint16_t len)
{
	uint16_t room = (uint16_t)(m->data_len + rte_pktmbuf_tailroom(m));
	uint16_t padded = FRAME_MIN;

	if (padded > room)
		padded = room;
	if (padded < len)
		padded = len;
	memset(rte_pktmbuf_mtod_offset(m, char *, len), 0, padded - len);
	m->data_len = padded;
	m->pkt_len = padded;
}

/**
 * Take all tags off, priority with them; a frame of one segment is padded again.
 *
 * @param l2_len of the whole L2 header, which lies in the first segment.
 */
static inline void frame_untag(struct rte_mbuf *m, uint16_t l2_len)
{
	uint16_t tags = (uint16_t)(l2_len - RTE_ETHER_HDR_LEN);
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);

	if (tags == 0)
		return;
	memmove(p + tags, p, 2 * RTE_ETHER_ADDR_LEN);
	rte_pktmbuf_adj(m, tags);
	if (m->nb_segs == 1 && m->data_len < FRAME_MIN)
		frame_cut(m, m->data_len);
}

#endif
