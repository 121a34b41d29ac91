/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef EXPLAIN_H
#define EXPLAIN_H

/**
 * @file
 * Explain: what would become of a frame, had a port received it now. The lanes' own code runs on a
 * lane that is nobody's: with copies of what it would write (buckets, counters, the bridge's table)
 * and an end where drivers and handlers begin. So nothing is sent, learned, taken or counted, and
 * no decision is written twice. Management thread.
 */

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct instance;

enum { EXPLAIN_FRAME_MAX = 9600 };

/**
 * Explain a frame.
 *
 * @param port   name.
 * @param octets n of them, 1..EXPLAIN_FRAME_MAX: tags included, without FCS.
 * @param error  a sentence when there is no answer; always terminated.
 * @return an object (app/burstline/schema/explain.json), a new reference; NULL: *rc is
 *         -EINVAL: the frame is wrong; -ENOENT: no such port; another negative errno: not now.
 */
json_t *explain_frame(struct instance *instance, const char *port, const uint8_t *octets, size_t n,
	int *rc, char *error, size_t error_size);

/** Free what explaining has made. */
void explain_close(struct instance *instance);

#endif
