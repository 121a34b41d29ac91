/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TELEMETRY_ROWS_H
#define TELEMETRY_ROWS_H

#include <rte_telemetry.h>

#include "instance.h"

/** Call `each` with the command /burstline/NAME of every planned handler that shows a table.
 *  @return 0, or what `each` returned instead, at once. */
int telemetry_rows_commands(const struct instance *instance, int (*each)(const char *cmd));

/** Add a page of the table that such a command names, of all the handler's instances, passing over
 *  `first` rows. @return 0, or -ENODEV: no handler shows a table of that name. */
int telemetry_rows(
	struct instance *instance, const char *cmd, unsigned first, struct rte_tel_data *list);

#endif
