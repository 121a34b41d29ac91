/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef UNIT_DISPATCH_RIG_H
#define UNIT_DISPATCH_RIG_H

/**
 * @file
 * A worker's dispatch on two plain ports, with interfaces behind tags and an ARP handler in place.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "steer/dispatch.h"
#include "steer_rig.h"

enum { PORT = 3, OTHER = 7, RINGS = 4, SLOTS = 1024, HZ = 1000000 };

extern const uint8_t port_mac[6], iface_mac[6]; // PORT's, and the interface's on OTHER
extern const uint8_t host[6], broadcast[6], multicast[6];

extern struct classifier classifier;
extern struct dispatch d;
extern struct unknown_types unknown[OUT_PORTS];
extern struct gate rings[RINGS];
extern struct handoff_pending pending;
extern struct dispatch_police policed;
extern struct handler_counts handler_counts;
extern struct iface ifaces[4];

// What the handler in place was given; it consumes everything.
extern struct rte_mbuf *given[RIG_MBUFS];
extern unsigned n_given;

int dispatch_rig_set_up(void **state);
int dispatch_rig_tear_down(void **state);

/** A frame of 60 octets received on `port`: destination, tags (TPID and TCI, 0 ends), type. */
struct rte_mbuf *frame(
	uint16_t port, const uint8_t *dst, const uint32_t *tags, uint16_t type, uint8_t flow);

void burst(uint16_t port, struct rte_mbuf **pkts, uint16_t n, uint64_t now);

/** A burst of one frame, on PORT. */
struct rte_mbuf *one(const uint8_t *dst, const uint32_t *tags, uint16_t type);

/** Of PORT. */
uint64_t drops(enum drop_reason reason);

#endif
