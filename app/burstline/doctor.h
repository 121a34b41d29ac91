/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DOCTOR_H
#define DOCTOR_H

/**
 * @file
 * What of this machine will keep a configuration from running, or from running well; of its
 * devices preflight.h tells. Changes nothing. Main thread, before EAL starts.
 */

#include "conf/conf.h"
#include "finding.h"
#include "plan.h"
#include "topology.h"

struct doctor {
	const struct conf *conf;
	const struct topology *topology;
	const struct plan *plan; // for this machine; NULL: it carries none,
	const char *why;         // and this is the plan's sentence
	const struct plan *wish; // for a machine that has what is asked for
	const char *proc, *sys;  // "/proc" and "/sys", or folders made for a test
};

/** Everything but devices. */
void doctor_look(const struct doctor *d, struct findings *f);

/** Its parts: doctor_memory.c, doctor_cpus.c, doctor_limits.c. */
void doctor_memory(const struct doctor *d, struct findings *f);
void doctor_cpus(const struct doctor *d, struct findings *f);
void doctor_limits(const struct doctor *d, struct findings *f);

/** The plan that tells how much is needed: this machine's where it has one. */
static inline const struct plan *doctor_plan(const struct doctor *d)
{
	return d->plan != NULL ? d->plan : d->wish;
}

#endif
