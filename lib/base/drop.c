/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of the drop reasons: read by the ledger, telemetry and the exit report. */

#include "base/drop.h"

static const struct {
	const char *name;
	const char *help;
} reasons[] = {
#define X(id, name, help) {name, help},
	DROP_REASONS(X)
#undef X
};

const char *drop_name(enum drop_reason r)
{
	return reasons[r].name;
}

const char *drop_help(enum drop_reason r)
{
	return reasons[r].help;
}
