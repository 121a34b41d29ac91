/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLAN_PRINT_H
#define PLAN_PRINT_H

/**
 * @file
 * Private to plan_print*.c: the parts of plan_print() that have files of their own.
 */

#include <stdio.h>

struct plan;

/** Bridges, their members and tables; nothing when there are none. */
void plan_print_bridges(const struct plan *p, FILE *to);

#endif
