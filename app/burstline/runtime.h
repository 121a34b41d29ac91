/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RUNTIME_H
#define RUNTIME_H

/**
 * @file
 * Where files live that last as long as the program: EAL's, locks, sockets.
 */

#include <stdbool.h>
#include <stddef.h>

/** Of several folders in $RUNTIME_DIRECTORY, which systemd separates by colons, the first is ours,
 * for EAL too, which takes the whole for one; an empty one is none. Once, before anybody asks. */
void runtime_settle(void);

/** EAL's choice (DPDK 22.11, eal_create_runtime_dir()), to which it adds dpdk/NAME:
 *  $RUNTIME_DIRECTORY, else /var/run for root, else $XDG_RUNTIME_DIR, else /tmp. */
void runtime_base(char *path, size_t size);

/** Ours: $RUNTIME_DIRECTORY as systemd makes it for the service (RuntimeDirectory=burstline), else
 *  BASE/burstline. @return whether it is ours to make and to remove. */
bool runtime_folder(char *path, size_t size);

#endif
