/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_ANSWER_H
#define STEER_ANSWER_H

/**
 * @file
 * The two ways of an answer that was made in the mbuf of its question. Burst path; for handlers.
 */

#include "steer/frame.h"
#include "steer/iface.h"
#include "steer/out.h"

/** To the host that asked: by the port on which the question came, behind the tags it came with. */
static inline void answer_asker(struct out *out, struct rte_mbuf *m)
{
	out_tx(out, m, m->port);
}

/**
 * To another address behind the interface. The interface's port needs no other tags than those of
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
