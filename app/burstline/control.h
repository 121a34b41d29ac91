/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "handler.h"
#include "lane.h"

/** What other lanes do with verdicts: everything leaves by ring, finished mbufs too. */
extern const struct out_ops control_out_ops;

/** Loop of the control lcore and of handler lcores; `arg` is its struct lane. Returns at
 *  PHASE_STOP. Must not block: whatever may block runs in the management thread. */
int control_main(void *arg);

/** Have the control lane call `run`, between two of its rounds, and wait: for what only it may
 *  write. Management thread. False: the control lane did not come to it within `ms`, and will not.
 */
bool control_do(struct instance *instance, void (*run)(void *arg), void *arg, unsigned ms);

/** Tell the control lcore's handlers of an event. Management thread. False when the mailbox is
 *  full: control stands still, for it has room for several of each interface and port. */
bool control_tell(struct instance *instance, enum handler_event event, uint16_t id);

/** The same to one handler, which is new. */
bool control_tell_one(struct instance *instance, const struct lane_handler *h,
	enum handler_event event, uint16_t id);

#endif
