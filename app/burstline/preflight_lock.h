/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PREFLIGHT_LOCK_H
#define PREFLIGHT_LOCK_H

/**
 * @file
 * Memory that a port's device locks, against RLIMIT_MEMLOCK: the kernel says no more than "try
 * again". Main and management thread, before the device is opened.
 */

#include <stdint.h>

#include "conf/conf.h"
#include "finding.h"

/** Octets that this process has locked already. */
uint64_t preflight_locked(void);

/**
 * Find out whether a port's device may lock what it has to.
 *
 * @param mtu    of the port as it will be.
 * @param locked by those before it; what this one locks is added.
 * @return 0, or -1: it may not.
 */
int preflight_lock(
	const struct conf_port *port, unsigned mtu, uint64_t *locked, struct findings *f);

#endif
