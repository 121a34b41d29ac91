/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parse and tag rewriting on mbufs. Called by handlers and by the output of tagged interfaces and
 * bridge ports, in workers. Never allocates, frees or linearises; what may not be written is
 * refused, and the caller copies or drops.
 */

#include "wire/ether_mbuf.h"

#include "wire/ether_walk.h"

static const uint8_t *read_segments(const void *frame, uint32_t offset, uint32_t n, uint8_t *room)
{
	return rte_pktmbuf_read(frame, offset, n, room);
}

enum ether_error ether_parse_mbuf(const struct rte_mbuf *m, unsigned tpids, struct ether *e)
{
	if (likely(m->nb_segs == 1))
		return ether_parse(rte_pktmbuf_mtod(m, const uint8_t *), m->data_len, tpids, e);
	return ether_walk(read_segments, m, m->pkt_len, tpids, e);
}

static bool is_writable(const struct rte_mbuf *m)
{
	if (rte_mbuf_refcnt_read(m) != 1)
		return false;
	if (RTE_MBUF_HAS_EXTBUF(m))
		return rte_mbuf_ext_refcnt_read(m->shinfo) == 1;
	return RTE_MBUF_DIRECT(m);
}

enum ether_rewrite_error ether_rewrite_mbuf(struct rte_mbuf *m, const struct ether_rewrite *rewrite)
{
	uint8_t *before = rte_pktmbuf_mtod(m, uint8_t *);
	uint8_t *frame = before;
	uint32_t len = m->data_len;
	enum ether_rewrite_error error;
	int grow;

	if (unlikely(!is_writable(m)))
		return ETHER_REWRITE_SHARED;
	error = ether_rewrite(&frame, &len, rte_pktmbuf_headroom(m), rewrite);
	if (unlikely(error != ETHER_REWRITE_OK))
		return error == ETHER_REWRITE_SHORT && m->nb_segs > 1 ? ETHER_REWRITE_SPLIT : error;
	grow = (int)(before - frame);
	m->data_off = (uint16_t)(m->data_off - grow);
	m->data_len = (uint16_t)(m->data_len + grow);
	m->pkt_len = (uint32_t)((int64_t)m->pkt_len + grow);
	return ETHER_REWRITE_OK;
}
