/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RPC_H
#define RPC_H

/**
 * @file
 * JSON-RPC 2.0, one object a line: what comes in on the control socket, and the table of methods.
 * Parameters are by name. What each takes and gives is in schema/METHOD.json.
 *
 * A new method is a function, a line in rpc_methods[] and a schema.
 *
 * Context: management thread.
 */

#include <stdbool.h>

#include <jansson.h>

#include "management.h"
#include "server.h"

enum rpc_code {
	RPC_NOT_JSON = -32700,
	RPC_NOT_A_REQUEST = -32600,
	RPC_NO_METHOD = -32601,
	RPC_BAD_PARAMETERS = -32602,
	RPC_FAILED = -32603,
	RPC_REFUSED = -32000,          // as things are; the message says why
	RPC_NOT_PERMITTED = -32001,    // to this user
	RPC_BAD_CONFIGURATION = -32002 // file:line:column: what is wrong
};

struct rpc_call {
	struct management *m;
	struct server_peer *peer;
	const char *method;
	json_t *params; // an object
	enum rpc_code code;
	char error[512];
};

struct rpc_method {
	const char *name; // NULL: the last
	/** @return the result, a new reference; or NULL after rpc_fail(). Must end soon: the ports
	 *  wait for it. */
	json_t *(*run)(struct rpc_call *call);
	bool changes; // for root, the instance's user and a group only (server.h)
};

extern const struct rpc_method rpc_methods[];

/** Say why not. @return NULL. */
json_t *rpc_fail(struct rpc_call *call, enum rpc_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** Take the parameters out: json_unpack() with JSON_STRICT. False after rpc_fail(). */
bool rpc_unpack(struct rpc_call *call, const char *fmt, ...);

/** Answer a line: `answer` of struct server_config, `arg` is the struct management. */
char *rpc_answer(void *arg, struct server_peer *peer, const char *line, size_t n);

/** Answers to what is no request at all. */
extern const char rpc_too_long[], rpc_too_many[], rpc_no_files[];

/* Methods. */
json_t *rpc_neighbour_add(struct rpc_call *call);
json_t *rpc_neighbour_del(struct rpc_call *call);
json_t *rpc_fdb_add(struct rpc_call *call);
json_t *rpc_fdb_del(struct rpc_call *call);
json_t *rpc_fdb_flush(struct rpc_call *call);
json_t *rpc_port_up(struct rpc_call *call);
json_t *rpc_port_down(struct rpc_call *call);
json_t *rpc_config_diff(struct rpc_call *call);
json_t *rpc_config_apply(struct rpc_call *call);
json_t *rpc_config_confirm(struct rpc_call *call);
json_t *rpc_config_rollback(struct rpc_call *call);
json_t *rpc_capture(struct rpc_call *call);
json_t *rpc_explain(struct rpc_call *call);

#endif
