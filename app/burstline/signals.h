/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIGNALS_H
#define SIGNALS_H

/**
 * @file
 * What signals do to the program. Main thread, before any other is started: they inherit it.
 */

#include <stddef.h>

/** @return the descriptor that those which end or change the program are read from, or -1 with a
 *          sentence. */
int signals_open(char *error, size_t error_size);

#endif
