/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_ETHER_MBUF_H
#define WIRE_ETHER_MBUF_H

/**
 * @file
 * The frame functions on mbufs, segmented ones included. Apart from the rest, so that programs
 * without mbufs do not link them. Context: burst path.
 */

#include <rte_mbuf.h>

#include "wire/ether_tags.h"

/** ether_parse() of a frame of any number of segments, cut anywhere. */
enum ether_error ether_parse_mbuf(const struct rte_mbuf *m, unsigned tpids, struct ether *e);

/**
 * ether_rewrite() of a frame in an mbuf: its data offset and lengths move, its offload fields do
 * not. Refused where the octets are seen by others (clones, reference counts above 1) or where
 * addresses and tags to pop are not all in the first segment.
 */
enum ether_rewrite_error ether_rewrite_mbuf(
	struct rte_mbuf *m, const struct ether_rewrite *rewrite);

#endif
