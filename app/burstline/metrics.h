/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef METRICS_H
#define METRICS_H

/**
 * @file
 * The tables of show.h for Prometheus and the like: GET /metrics on a port of the loopback address,
 * as OpenMetrics 1.0, or in Prometheus' text format for who accepts text/plain only.
 *
 * Runs in a thread of libmicrohttpd, so a slow reader delays nobody; METRICS_CLIENTS at once,
 * METRICS_IDLE_S each. metrics_open() and metrics_close(): management thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { METRICS_CLIENTS = 16, METRICS_IDLE_S = 10 };

struct metrics;

/** @return NULL with a sentence. */
struct metrics *metrics_open(uint16_t port, char *error, size_t error_size);

/** NULL is fine. */
void metrics_close(struct metrics *metrics);

/** All metrics as text, from malloc(); NULL: out of memory. (metrics_text.c) */
char *metrics_text(bool open_metrics, size_t *size);

#endif
