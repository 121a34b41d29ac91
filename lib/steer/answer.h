/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_ANSWER_H
#define STEER_ANSWER_H

/**
 * @file
 * The way of an answer, made with the L2 header of its question, that does not go back to the port
 * of the question (`out_tx`). Burst path; for handlers.
 */

#include "steer/frame.h"
#include "steer/iface.h"
#include "steer/out.h"

/**
 * To an address behind the interface. The interface's port needs no other tags than those of
 * the question; a bridge looks for the address, so the frame enters it from inside, untagged.
 */
static inline void answer_station(struct out *out, struct rte_mbuf *m, const struct iface *iface)
{
	if (!iface->on_bridge) {
		out_tx(out, m, iface->port);
		return;
	}
	frame_untag(m, frame_meta(m).l2_len);
	out_send(out, m, iface->id);
}

#endif
