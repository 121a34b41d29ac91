/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PREFLIGHT_CAPABILITY_H
#define PREFLIGHT_CAPABILITY_H

/**
 * @file
 * Which capabilities(7) a port's device takes, and which of them this thread lacks. Sets are bit
 * masks, bit CAP_X for each. No EAL; any thread.
 */

#include <stdint.h>

#include "conf/conf.h"
#include "finding.h"

/** Those without which its device cannot be opened and set up as the configuration says; tried on
 *  Linux 6.18. Where a limit does as well (RLIMIT_MEMLOCK), or files decide (VFIO): none. */
uint64_t preflight_capabilities(const struct conf_port *port);

/**
 * Find those that are missing, each by its name.
 *
 * @param wanted by all ports: what a file's capabilities have to be.
 * @return 0, or -1: something is missing.
 */
int preflight_privilege(const struct conf_port *port, uint64_t wanted, struct findings *f);

/** "net_raw, sys_admin"; "" for none. @return `text`. */
const char *preflight_capability_names(uint64_t set, char *text, size_t size);

#endif
