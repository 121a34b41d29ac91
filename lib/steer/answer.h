/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_ANSWER_H
#define STEER_ANSWER_H

/**
 * @file
 * The way of an answer, made with the L2 header of its question. Burst path; for handlers.
 */

#include "steer/frame.h"
#include "steer/iface.h"
#include "steer/out.h"

/**
 * To the port of the question. A question that a handler of ours made came by none: its answer goes
 * through the interface, which has tags of its own.
 *
 * @param l2_len of the answer.
 */
static inline void answer_port(
	struct out *out, struct rte_mbuf *m, uint16_t iface, uint16_t l2_len, uint16_t port)
{
	if (likely(port != RTE_MBUF_PORT_INVALID)) {
		out_tx(out, m, port);
		return;
	}
	frame_untag(m, l2_len);
	out_send(out, m, iface);
}

/**
 * To an address behind the interface. The interface's port needs no other tags than those of
 * the question; a bridge looks for the address, so the frame enters it from inside, untagged. One
 * that came by no port goes through the interface, too.
 */
static inline void answer_station(struct out *out, struct rte_mbuf *m, const struct iface *iface)
{
	bool as_it_is = !iface->on_bridge && m->port != RTE_MBUF_PORT_INVALID;

	answer_port(out, m, iface->id, frame_meta(m).l2_len,
		as_it_is ? iface->port : RTE_MBUF_PORT_INVALID);
}

#endif
