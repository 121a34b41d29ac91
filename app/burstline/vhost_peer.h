/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef VHOST_PEER_H
#define VHOST_PEER_H

/**
 * @file
 * The server that a net_virtio_user connects to. The driver asks it things while its port is
 * opened, started or closed, and waits for the answers for ever. So the server is asked beforehand
 * whether it answers, and what the driver waits for all the same has a limit.
 */

#include <stdbool.h>

/**
 * Does the server at `path` answer? Waits `wait_ms` at most; a question without an answer stays in
 * `*fd` (-1: none), and the next call looks for it. The server sees a connection that asks for its
 * features and goes. A device (/dev/vhost-net) answers when it is there.
 */
bool vhost_peer_answers(int *fd, const char *path, int wait_ms);

/** Drop a question that waits for its answer. */
void vhost_peer_forget(int *fd);

/** In this thread, from now on: a peer that does not answer a driver for a second is cut off, and
 *  the driver goes on with an error. */
void vhost_peer_limit(void);

/** Wait until the driver's alarms have run: after it has seen that its peer is gone, and before its
 *  port is closed, whose memory they use. */
void vhost_peer_settle(void);

#endif
