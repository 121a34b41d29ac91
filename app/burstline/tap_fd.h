/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TAP_FD_H
#define TAP_FD_H

/**
 * @file
 * A tap through the descriptor that its driver holds. The kernel answers there in whichever
 * namespace the interface is, where rtnetlink and the driver know nothing of it.
 */

enum tap_state {
	TAP_UP,
	TAP_DOWN, // its interface is not up
	TAP_GONE  // its interface was deleted
};

/** Descriptor of a queue of the tap that this process holds; -1: none. The driver's: not to be
 *  closed, and not to be used when the port is closed. */
int tap_fd_find(const char *iface);

enum tap_state tap_fd_state(int fd);

#endif
