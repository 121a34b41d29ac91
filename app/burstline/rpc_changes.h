/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RPC_CHANGES_H
#define RPC_CHANGES_H

/**
 * @file
 * What methods that change tables share (rpc_neighbours.c, rpc_fdb.c). What only the control lane
 * may write is written there. What a file could say is put into the configuration that runs, too,
 * so that it is saved and compared with the rest. Private to rpc_*.c; management thread.
 *
 * Where one of these finds nothing, rpc_fail() has been called.
 */

#include "rpc.h"

enum { RPC_ANSWER_MS = 200 }; // that the ports wait for the control lane, at most

/** An address that a station may have: not a group's, not all zeros. */
bool rpc_station(struct rpc_call *call, const char *text, uint8_t mac[6]);

struct port *rpc_find_port(struct rpc_call *call, const char *name);

/** The configuration that runs, to put a static entry into; NULL while another comes. */
struct conf *rpc_running_conf(struct rpc_call *call);

/** control_do(): done, or false and nothing was changed. */
bool rpc_on_control(struct rpc_call *call, void (*run)(void *arg), void *arg);

/** The configuration had no room for an entry. @return NULL. */
json_t *rpc_not_kept(struct rpc_call *call, int rc);

#endif
