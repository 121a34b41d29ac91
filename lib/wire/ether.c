/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parse of frames that lie in one piece, and the names of what parsing finds. Called by blframe,
 * by handlers and by tests, on octets from the wire: reads headers only, and never past `len`.
 * Knows no mbufs (ether_mbuf.c) and does no I/O.
 */

#include "wire/ether.h"

#include "wire/ether_walk.h"

static const uint8_t *read_flat(const void *frame, uint32_t offset, uint32_t n, uint8_t *room)
{
	return (const uint8_t *)frame + offset;
}

enum ether_error ether_parse(const uint8_t *p, uint32_t len, unsigned tpids, struct ether *e)
{
	return ether_walk(read_flat, p, len, tpids, e);
}

const char *ether_error_name(enum ether_error error)
{
	static const char *const names[] = {
		[ETHER_OK] = "ok",
		[ETHER_SHORT_HEADER] = "short_header",
		[ETHER_SHORT_VLAN] = "short_vlan",
		[ETHER_LENGTH_RESERVED] = "length_reserved",
		[ETHER_LENGTH_OVERRUN] = "length_overrun",
		[ETHER_LLC_SHORT] = "llc_short",
		[ETHER_SNAP_SHORT] = "snap_short",
	};

	return names[error];
}

const char *ether_kind_name(enum ether_kind kind)
{
	static const char *const names[] = {
		[ETHER_ETHERNET2] = "ethernet2",
		[ETHER_LLC] = "llc",
		[ETHER_SNAP] = "snap",
		[ETHER_RAW8023] = "raw8023",
	};

	return names[kind];
}

const char *ether_flag_name(unsigned bit)
{
	static const char *const names[] = {"dst_broadcast", "dst_multicast",
		"dst_link_constrained", "src_group", "src_zero", "vid_reserved"};

	return bit < RTE_DIM(names) ? names[bit] : NULL;
}
