/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef NOTIFY_H
#define NOTIFY_H

/**
 * @file
 * What the service manager is told (sd_notify(3): one datagram to $NOTIFY_SOCKET). Written here and
 * not taken from libsystemd: it is thirty lines for a stable protocol, and the library would be the
 * largest that the program is linked with. Management thread.
 */

#include <stdbool.h>
#include <stdint.h>

/** Ports run, frames flow. Nothing happens where nobody asked ($NOTIFY_SOCKET). */
void notify_ready(void);

/** The end has begun. */
void notify_stopping(void);

/** Feed the manager's watchdog ($WATCHDOG_USEC, $WATCHDOG_PID), twice as often as it asks; called
 *  ten times a second or so. @param well false: not now, for something stands still. */
void notify_alive(bool well, uint64_t now_us);

#endif
