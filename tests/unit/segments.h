/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SEGMENTS_H
#define SEGMENTS_H

/*
 * mbufs without a pool or EAL: a frame cut into chained segments, each in a buffer of its own. They
 * are static, one frame at a time, and never freed.
 */

#include <string.h>

#include <rte_mbuf.h>

enum { SEGMENTS_MAX = 2048, SEGMENTS_ROOM = 2048, SEGMENTS_HEADROOM = 128 };

/** An empty direct mbuf, the n-th. */
static inline struct rte_mbuf *segment(unsigned n)
{
	static struct rte_mbuf mbufs[SEGMENTS_MAX];
	static uint8_t rooms[SEGMENTS_MAX][SEGMENTS_ROOM];
	struct rte_mbuf *m = &mbufs[n];

	memset(m, 0, sizeof(*m));
	m->buf_addr = rooms[n];
	m->buf_len = SEGMENTS_ROOM;
	m->data_off = SEGMENTS_HEADROOM;
	m->nb_segs = 1;
	rte_mbuf_refcnt_set(m, 1);
	return m;
}

/** The frame in segments of at most `cut` octets (1 to 1920), the first of at most `first`. */
static inline struct rte_mbuf *segments(
	const uint8_t *frame, uint32_t len, uint32_t first, uint32_t cut)
{
	struct rte_mbuf *head = segment(0), *last = head;
	uint32_t at = 0;

	for (unsigned n = 0;;) {
		uint32_t part = RTE_MIN(n == 0 ? first : cut, len - at);

		memcpy(rte_pktmbuf_mtod(last, uint8_t *), frame + at, part);
		last->data_len = (uint16_t)part;
		at += part;
		if (at == len)
			break;
		last->next = segment(++n);
		last = last->next;
		head->nb_segs++;
	}
	head->pkt_len = len;
	return head;
}

#endif
