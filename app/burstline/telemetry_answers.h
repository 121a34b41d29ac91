/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TELEMETRY_ANSWERS_H
#define TELEMETRY_ANSWERS_H

#include <rte_telemetry.h>

#include "instance.h"

/** A command and what answers it. */
struct telemetry_answer {
	const char *name;
	const char *help;

	/** Add a page of entries to a list, passing over `first` ones. The caller keeps the
	 *  instance alive meanwhile; its lanes may run.
	 *  @return 0 or -errno. */
	int (*add)(struct instance *instance, unsigned first, struct rte_tel_data *list);
};

/** All commands; the last one's name is NULL. */
extern const struct telemetry_answer telemetry_answers[];

#endif
