/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_H
#define LINK_H

/**
 * @file
 * The kernel's word on interfaces (rtnetlink): link state of ports whose drivers do not know it,
 * and interfaces that go away. Management thread only.
 */

#include <stdbool.h>
#include <stddef.h>

struct link_watch;

enum link_change {
	LINK_UP,
	LINK_DOWN,
	LINK_DELETED, // the interface is gone
	LINK_MOVED    // into another network namespace: alive, but no longer seen from here
};

/** Called for every change that the kernel reports. */
typedef void (*link_change_fn)(void *arg, unsigned ifindex, enum link_change change);

/** Start to watch, and ask for the present state of all links. NULL with a sentence in `error`. */
struct link_watch *link_watch_open(
	link_change_fn changed, void *arg, char *error, size_t error_size);

/** Descriptor to poll for input, non-blocking. */
int link_watch_fd(const struct link_watch *w);

/** Read what has come, call `changed` for each. */
void link_watch_read(struct link_watch *w);

void link_watch_close(struct link_watch *w);

#endif
