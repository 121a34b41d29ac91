/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

/**
 * @file
 * Capabilities: what a start has is used, and what is not needed afterwards is given up, in every
 * thread of the process. Main and management thread.
 */

#include <stddef.h>

#include "conf/conf.h"

/** Make effective what is only permitted: a file's capabilities without their effective flag
 * (setcap
 *  ...=p), by which a start that lacks some can still say which. First of all in main(). */
void privilege_take(void);

/**
 * Keep what devices that return or are added may need, give up the rest for good, and gain none
 * by programs that are executed (no_new_privs): in all threads that there are, and so in those that
 * they will start. Kept, as far as there: NET_ADMIN and NET_RAW (a live change may add a tap or an
 * interface); for net_af_xdp and PCI devices IPC_LOCK, for the first SYS_ADMIN, for the second
 * SYS_RAWIO, too; DAC_OVERRIDE where peers of another user meet us by a socket, or a file
 * that we need later is another user's.
 *
 * @param config, ledger  files that will be read and written; NULL: none.
 * @param kept            names of those that are kept, "none" where there are none.
 * @return 0, or -1 with a sentence: some thread has not given them up.
 */
int privilege_give_up(const struct conf *conf, const char *config, const char *ledger, char *kept,
	size_t kept_size, char *error, size_t error_size);

#endif
