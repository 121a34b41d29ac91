/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ICMP_STATE_H
#define ICMP_STATE_H

/**
 * @file
 * State of the ICMP handler, which icmp.c (echo) and icmp_error.c (what is refused) share. Nobody
 * else includes it. One thread, the instance's.
 */

#include <stdint.h>

#include "base/bucket.h"
#include "handler.h"
#include "neigh/neigh.h"
#include "wire/ipv4.h"

// clang-format off
#define ICMP_COUNTERS(X) \
	X(echo_requests,  "echo requests to us") \
	X(echo_replies,   "echo replies made") \
	X(errors_sent,    "ICMP errors made: protocol or port unreachable") \
	X(errors_limited, "ICMP errors not made: over the interface's rate") \
	X(waiting,        "replies and errors that had to wait for ARP") \
	X(off_link,       "replies and errors to a foreign subnet, through the host that asked")
// clang-format on

struct icmp_state {
	const struct iface_table *ifaces;
	struct neigh_table *neigh;
	uint64_t tsc_hz;
	struct bucket *errors; // [IFACE_MAX], for the rates in
	uint32_t *rates;       // [IFACE_MAX]
	uint64_t now_tsc;      // of the last tick
#define X(field, help) uint64_t field;
	ICMP_COUNTERS(X)
#undef X
};

/** Whom an answer goes to, taken from the frame that asked. */
struct icmp_asker {
	uint32_t ip_be;
	uint16_t port; // on which it asked; RTE_MBUF_PORT_INVALID: none
	uint8_t mac[6];
};

/** ipv4_sum() of `len` octets from `off` on, over segments. */
uint16_t icmp_sum(const struct rte_mbuf *m, uint32_t off, uint32_t len);

/** Give an answer, complete but for its destination MAC address and with frame_meta(), to its next
 *  hop: most often the host that asked. */
void icmp_answer(struct icmp_state *s, struct out *out, struct rte_mbuf *m,
	const struct iface *iface, const struct icmp_asker *asker);

/** Tell the sender of a packet to us that its protocol or port is not served (RFC 1122 3.2.2.1), in
 *  a frame of its own behind the same tags, if the rate allows. The packet stays the caller's. */
void icmp_send_unreachable(struct icmp_state *s, struct out *out, const struct rte_mbuf *m,
	const struct iface *iface, const struct ipv4 *ip);

#endif
