/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STEER_SET_H
#define STEER_SET_H

/* A classifier and two dispatches of one worker, for the stages of steer: handlers of IPv4, IPv6
 * and ARP in place, and behind rings. */

#include "steer/dispatch.h"

struct steer_set {
	struct classifier classifier;
	struct dispatch in_place, by_ring;
	struct gate gate[CLASS_MAX];
	struct handoff_pending pending;
	struct unknown_types unknown[OUT_PORTS];
	struct dispatch_known known;
	struct out out;
	struct ledger ledger;
	struct handler_counts counts;
};

extern struct steer_set steer_set;

/** Once; more often does nothing. */
void steer_set_make(void);

/** What a handler's lane does with what lies in the rings; returns how many frames it found. */
unsigned steer_set_receive(struct out *out);

#endif
