/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef EXAMINE_H
#define EXAMINE_H

/**
 * @file
 * The whole examination of this machine, doctor and preflight: for --doctor and before each start.
 * Main thread, before EAL starts; changes nothing.
 */

#include <stdbool.h>

#include "doctor.h"
#include "handler.h"

/** Exit codes of --doctor; a wrong file or command line is 2, as everywhere. */
enum { EXAMINE_WELL = 0, EXAMINE_ERROR = 1, EXAMINE_WARNING = 3 };

/**
 * Look at everything.
 *
 * @param topology of this machine, with notes of the ports.
 * @param plan     NULL: this machine carries none, and `why` is the plan's sentence.
 * @param force    take what carries a default route, too.
 */
void examine(const struct conf *conf, const struct topology *topology,
	const struct handler *const *table, const struct plan *plan, const char *why, bool force,
	struct findings *f);

/** Before a start: warnings and errors to the log, one line each. @return 0, or -1: errors. */
int examine_before_start(const struct conf *conf, const struct topology *topology,
	const struct handler *const *table, const struct plan *plan, bool force);

/** --doctor: everything to standard output, as text or JSON. @return the exit code. */
int examine_and_print(const struct conf *conf, const struct topology *topology,
	const struct handler *const *table, const struct plan *plan, const char *why, bool force,
	bool json);

#endif
