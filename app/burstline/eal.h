/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef EAL_H
#define EAL_H

/**
 * @file
 * EAL's arguments and the traces it leaves: runtime folder, hugepage files, the lock on the
 * instance's name. Cold; main thread.
 */

#include <stddef.h>

#include "conf/conf.h"
#include "plan.h"

struct eal_lock {
	int fd;
	char path[192];
};

/**
 * Take the instance's name: one Burstline of a name at a time. Also removes what a killed one left.
 *
 * @return 0, or -1 with a sentence.
 */
int eal_lock_name(struct eal_lock *lock, const char *name, char *error, size_t error_size);

void eal_unlock_name(struct eal_lock *lock);

/**
 * rte_eal_init() as the plan has it.
 *
 * @param extra arguments of the command line after `--`: they come last and win.
 * @return 0, -EINVAL if `extra` is wrong, or -1: both with a sentence; nothing is left behind then.
 */
int eal_start(const struct conf *conf, const struct plan *plan, const struct topology *topology,
	int n_extra, char **extra, char *error, size_t error_size);

/** Remove what EAL leaves behind without ending it: for an exit while some thread still runs. */
void eal_forget(const char *name);

/** rte_eal_cleanup(), and remove what it leaves behind. */
void eal_stop(const char *name);

#endif
