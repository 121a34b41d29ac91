/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON-RPC 2.0 on the control socket: from a line to a method and back. Called by server.c.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "rpc.h"

const char rpc_too_long[] = "{\"jsonrpc\": \"2.0\", \"id\": null, \"error\": {\"code\": -32600, "
			    "\"message\": \"a request is one line of at most 65536 octets\"}}\n";
const char rpc_too_many[] = "{\"jsonrpc\": \"2.0\", \"id\": null, \"error\": {\"code\": -32000, "
			    "\"message\": \"64 clients are connected and all are busy: try again "
			    "later\"}}\n";

const char rpc_no_files[] = "{\"jsonrpc\": \"2.0\", \"id\": null, \"error\": {\"code\": -32000, "
			    "\"message\": \"the instance may open no more files: raise its limit "
			    "(prlimit --nofile, or ulimit -n before the start)\"}}\n";

json_t *rpc_fail(struct rpc_call *call, enum rpc_code code, const char *fmt, ...)
{
	va_list args;

	call->code = code;
	va_start(args, fmt);
	vsnprintf(call->error, sizeof(call->error), fmt, args);
	va_end(args);
	return NULL;
}

bool rpc_unpack(struct rpc_call *call, const char *fmt, ...)
{
	json_error_t error;
	va_list args;
	int rc;

	va_start(args, fmt);
	rc = json_vunpack_ex(call->params, &error, JSON_STRICT, fmt, args);
	va_end(args);
	if (rc == 0)
		return true;
	rpc_fail(call, RPC_BAD_PARAMETERS, "%s: wrong parameters: %s", call->method, error.text);
	return false;
}

static const struct rpc_method *find(const char *name)
{
	const struct rpc_method *m = rpc_methods;

	while (m->name != NULL && strcmp(m->name, name) != 0)
		m++;
	return m->name == NULL ? NULL : m;
}

// A name that a message quotes may have been cut inside a character, and JSON is UTF-8.
static void keep_utf8(char *text)
{
	json_t *string = json_string(text);

	for (; string == NULL && *text != '\0'; text++)
		if ((*text & 0x80) != 0)
			*text = '?';
	json_decref(string);
}

static json_t *run(struct rpc_call *call, const json_t *request)
{
	const char *version = json_string_value(json_object_get(request, "jsonrpc"));
	const json_t *id = json_object_get(request, "id");
	const struct rpc_method *method;
	json_t *result;

	call->method = json_string_value(json_object_get(request, "method"));
	if (version == NULL || strcmp(version, "2.0") != 0 || call->method == NULL ||
		(id != NULL && !json_is_string(id) && !json_is_integer(id) && !json_is_null(id)))
		return rpc_fail(call, RPC_NOT_A_REQUEST,
			"a request is an object with \"jsonrpc\": \"2.0\", \"method\": a text, "
			"\"id\": a whole number or a text, \"params\": an object");
	if (!json_is_object(call->params))
		return rpc_fail(
			call, RPC_BAD_PARAMETERS, "params is an object: parameters have names");
	method = find(call->method);
	if (method == NULL)
		return rpc_fail(call, RPC_NO_METHOD,
			"there is no method of that name: `methods` lists them");
	if (method->changes && !call->peer->may_change)
		return rpc_fail(call, RPC_NOT_PERMITTED,
			"%s is for root and the group " SERVER_GROUP
			": run it as root, or join the group (usermod -aG " SERVER_GROUP " NAME)",
			call->method);
	result = method->run(call);
	if (result == NULL)
		keep_utf8(call->error);
	if (method->changes)
		events_note("%s by uid %u, pid %d: %s", call->method, call->peer->uid,
			call->peer->pid, result != NULL ? "done" : call->error);
	return result;
}

static char *text_of(json_t *answer)
{
	char *text = json_dumps(answer, JSON_COMPACT);
	size_t n = text == NULL ? 0 : strlen(text);
	char *line = text == NULL || n >= SERVER_ANSWER ? NULL : realloc(text, n + 2);

	if (line != NULL)
		strcpy(line + n, "\n");
	else
		free(text);
	return line;
}

// Takes over `result`, or NULL: the call failed.
static char *render(const struct rpc_call *call, json_t *id, json_t *result)
{
	json_t *answer = json_pack("{s:s, s:O}", "jsonrpc", "2.0", "id", id);
	char *text;

	if (result != NULL)
		json_object_set_new(answer, "result", result);
	else
		json_object_set_new(answer, "error",
			json_pack("{s:i, s:s}", "code", call->code, "message", call->error));
	text = text_of(answer);
	json_decref(answer);
	return text;
}

char *rpc_answer(void *arg, struct server_peer *peer, const char *line, size_t n)
{
	struct rpc_call call = {
		.m = arg, .peer = peer, .code = RPC_FAILED, .error = "out of memory"};
	json_error_t error;
	json_t *request = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error), *id, *result;
	char *text;

	id = json_object_get(request, "id");
	if (request == NULL) {
		rpc_fail(&call, RPC_NOT_JSON, "this line is not JSON: column %d", error.column);
		return render(&call, json_null(), NULL);
	}
	if (json_object_get(request, "params") != NULL)
		call.params = json_incref(json_object_get(request, "params"));
	else
		call.params = json_object();
	result = run(&call, request);
	if (id == NULL && call.code != RPC_NOT_A_REQUEST) {
		json_decref(result); // a notification
		text = NULL;
	} else {
		if (!json_is_string(id) && !json_is_integer(id))
			id = json_null();
		text = render(&call, id, result);
		if (text == NULL) {
			rpc_fail(&call, RPC_FAILED, "the answer is too long: ask for fewer rows");
			text = render(&call, id, NULL);
		}
	}
	json_decref(call.params);
	json_decref(request);
	return text;
}
