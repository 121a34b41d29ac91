/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_H
#define LINK_H

/**
 * @file
 * The kernel's word on interfaces (rtnetlink): link state and MTU of ports whose drivers do not
 * know them, and a wake-up when an interface goes. Management thread only.
 */

#include <stdbool.h>
#include <stddef.h>

struct link_watch;

/** Called for every interface that the kernel tells of. One that is deleted or moved away is not
 *  told: whoever needs it finds it missing when link_watch_read() has returned. */
typedef void (*link_change_fn)(void *arg, unsigned ifindex, bool up, unsigned mtu);

/** Start to watch, and ask for the present state of all links. NULL with a sentence in `error`. */
struct link_watch *link_watch_open(
	link_change_fn changed, void *arg, char *error, size_t error_size);

/** Ask for the present state of all links once more, for an interface that is new to the caller. */
void link_watch_ask(struct link_watch *w);

/** Descriptor to poll for input, non-blocking. */
int link_watch_fd(const struct link_watch *w);

/** Read what has come, call `changed` for each. */
void link_watch_read(struct link_watch *w);

void link_watch_close(struct link_watch *w);

#endif
