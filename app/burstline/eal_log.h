/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef EAL_LOG_H
#define EAL_LOG_H

/**
 * @file
 * What EAL and drivers log is kept, not shown: the last line becomes part of our own sentence when
 * something fails. `--verbose` shows all of it as it comes.
 */

#include <stdbool.h>
#include <stddef.h>

enum eal_log_mode { EAL_LOG_KEEP, EAL_LOG_SHOW };

/** Take over DPDK's log stream. Before rte_eal_init(). */
int eal_log_open(enum eal_log_mode mode);

/** The last line since eal_log_forget(), without its line feed; false when there was none. */
bool eal_log_last(char *line, size_t size);

void eal_log_forget(void);

#endif
