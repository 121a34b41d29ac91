/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FCS of segmented frames. Called by the rx and tx ends of ports with `fcs: true`, in workers.
 * rte_net_crc knows no running value: the values of two parts are joined by zlib's arithmetic.
 */

#include "wire/fcs_mbuf.h"

#include <zlib.h>

// To join a part's value costs about 900 cycles, as zlib's slower CRC of this many octets does.
enum { JOIN_MIN = 512 };

uint32_t fcs_compute_mbuf(const struct rte_mbuf *m, uint32_t len)
{
	uint32_t fcs = 0; // of no octets

	if (likely(len <= m->data_len))
		return fcs_compute(rte_pktmbuf_mtod(m, const uint8_t *), len);
	for (; len != 0; m = m->next) {
		const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
		uint32_t n = RTE_MIN(len, (uint32_t)m->data_len);

		if (n < JOIN_MIN)
			fcs = (uint32_t)crc32(fcs, p, n);
		else
			fcs = (uint32_t)crc32_combine(fcs, fcs_compute(p, n), n);
		len -= n;
	}
	return fcs;
}

/** Shorten the frame to its first `len` octets; `len` is less than its length. */
static void cut(struct rte_mbuf *m, uint32_t len)
{
	struct rte_mbuf *last = m;
	uint16_t n_segs = 1;
	uint32_t at = 0;

	for (; at + last->data_len < len; last = last->next, n_segs++)
		at += last->data_len;
	rte_pktmbuf_free(last->next);
	last->next = NULL;
	last->data_len = (uint16_t)(len - at);
	m->nb_segs = n_segs;
	m->pkt_len = len;
}

enum fcs_verdict fcs_strip_mbuf(struct rte_mbuf *m)
{
	uint8_t room[FCS_LEN];
	uint32_t len = m->pkt_len - FCS_LEN;

	if (unlikely(m->pkt_len < FCS_LEN))
		return FCS_SHORT;
	if (fcs_compute_mbuf(m, len) != fcs_load(rte_pktmbuf_read(m, len, FCS_LEN, room)))
		return FCS_BAD;
	cut(m, len);
	return FCS_OK;
}

bool fcs_append_mbuf(struct rte_mbuf *m)
{
	struct rte_mbuf *last = rte_pktmbuf_lastseg(m);
	uint32_t fcs;

	if (rte_mbuf_refcnt_read(last) != 1 || !RTE_MBUF_DIRECT(last) ||
		rte_pktmbuf_tailroom(last) < FCS_LEN)
		return false;
	fcs = fcs_compute_mbuf(m, m->pkt_len);
	fcs_store((uint8_t *)rte_pktmbuf_append(m, FCS_LEN), fcs);
	return true;
}
