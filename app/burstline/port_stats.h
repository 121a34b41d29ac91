/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PORT_STATS_H
#define PORT_STATS_H

/**
 * @file
 * What the driver of a port says that it lost, by the names DPDK has for it. None of it is in the
 * ledger: frames that never came to us, or went wrong after we had given them away.
 *
 * The management thread asks (port_read_stats()), once a second, for some NICs take a while to
 * answer; any thread may read what was said.
 */

#include <stdatomic.h>
#include <stdint.h>

// clang-format off
#define PORT_STATS_FIELDS(X) \
	X(imissed,   "frames for which no receive descriptor was free") \
	X(ierrors,   "frames that were broken, or not to be received") \
	X(rx_nombuf, "times that no mbuf was to be had for a frame") \
	X(oerrors,   "frames that could not be sent, after the driver took them")
// clang-format on

struct port_stats {
#define X(field, help) _Atomic uint64_t field;
	PORT_STATS_FIELDS(X)
#undef X
};

#endif
