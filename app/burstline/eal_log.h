/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef EAL_LOG_H
#define EAL_LOG_H

/**
 * @file
 * What EAL and drivers log is kept, not shown: the last line becomes part of our own sentence when
 * something fails. What module `dpdk` of base/log.h lets pass is shown as it comes, too.
 */

#include <stdbool.h>
#include <stddef.h>

/** Take over DPDK's log stream. Before rte_eal_init(). */
int eal_log_open(void);

/** The last line since eal_log_forget(), without its line feed; false when there was none. */
bool eal_log_last(char *line, size_t size);

void eal_log_forget(void);

#endif
