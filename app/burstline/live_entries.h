/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LIVE_ENTRIES_H
#define LIVE_ENTRIES_H

/**
 * @file
 * What is in the tables that go on through a live change: our addresses, neighbours, entries of
 * forwarding tables. Private to live*.c; management thread.
 */

#include "live_change.h"

/** A view has the new state: addresses and static entries become what they are to be, what is
 *  behind members, VLANs and interfaces that went is forgotten, addresses are announced. False: the
 *  control lane has not come to all of it yet, call again. */
bool live_entries_set(struct instance *instance, struct live_change *c);

#endif
