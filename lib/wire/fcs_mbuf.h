/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_FCS_MBUF_H
#define WIRE_FCS_MBUF_H

/**
 * @file
 * The FCS of frames in mbufs of any number of segments. Context: burst path of ports whose frames
 * carry an FCS.
 */

#include <rte_mbuf.h>

#include "wire/fcs.h"

/** FCS of the first `len` octets of the frame; `len` is at most its length. */
uint32_t fcs_compute_mbuf(const struct rte_mbuf *m, uint32_t len);

/**
 * Check the FCS and take it off, at rx.
 *
 * @return FCS_OK: the frame is 4 octets shorter; segments that held nothing else are freed, so
 *         only the lcore that may put into the frame's pool may call this. Else: unchanged.
 */
enum fcs_verdict fcs_strip_mbuf(struct rte_mbuf *m);

/**
 * Append the FCS, at tx.
 *
 * @return false, and the frame unchanged: the last segment has no room for 4 octets, or others
 *         see it too.
 */
bool fcs_append_mbuf(struct rte_mbuf *m);

#endif
