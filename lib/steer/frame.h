/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_FRAME_H
#define STEER_FRAME_H

/**
 * @file
 * For frames that are answered in place: who may be answered, and how long the answer is. Burst
 * path; links nothing.
 */

#include <stdbool.h>
#include <string.h>

#include <rte_mbuf.h>

enum { FRAME_MIN = 60 }; // octets without FCS, tags included (IEEE 802.3 3.2.8)

/** Can one host have this MAC address: neither group nor zero? */
static inline bool frame_is_station(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return (mac[0] & 1) == 0 && memcmp(mac, zero, sizeof(zero)) != 0;
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

#endif
