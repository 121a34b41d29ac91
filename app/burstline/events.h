/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef EVENTS_H
#define EVENTS_H

/**
 * @file
 * What happened, for `blctl events`: the last EVENTS_KEPT lines of the log and changes that were
 * asked for, numbered from 1. Any thread but workers: a short lock.
 */

#include <stdint.h>

#include <jansson.h>

enum { EVENTS_KEPT = 512, EVENTS_TEXT = 256, EVENTS_PAGE = 128 };

/** Keep the log's lines from now on. */
void events_open(void);

/** A line that is not worth the log. */
void events_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** Those after number `after`, EVENTS_PAGE at most.
 *  @param last set to the number of the last one in it, or the last one that there is. */
json_t *events_after(uint64_t after, uint64_t *last);

#endif
