/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods that show single frames: capture and explain. Called by rpc.c. Who captures sees what
 * others send: for those who may change things only.
 */

#include <errno.h>
#include <string.h>

#include "capture.h"
#include "explain.h"
#include "rpc.h"

// One place of "at": "rx", "tx", "drop", "drop=REASON".
static bool read_place(const char *text, struct capture_request *request)
{
	if (strcmp(text, "rx") == 0)
		request->at |= CAPTURE_RX;
	else if (strcmp(text, "tx") == 0)
		request->at |= CAPTURE_TX;
	else if (strcmp(text, "drop") == 0)
		request->at |= CAPTURE_DROP;
	else if (strncmp(text, "drop=", 5) == 0 && request->reason == NULL) {
		request->at |= CAPTURE_DROP;
		request->reason = text + 5;
	} else
		return false;
	return true;
}

static bool read_places(struct rpc_call *call, json_t *places, struct capture_request *request)
{
	size_t i;
	json_t *place;

	json_array_foreach(places, i, place)
	{
		if (!json_is_string(place) || !read_place(json_string_value(place), request)) {
			rpc_fail(call, RPC_BAD_PARAMETERS,
				"at is a list of rx, tx, drop or drop=REASON (one reason)");
			return false;
		}
	}
	return true;
}

// [[code, jt, jf, k], ...] into room for CAPTURE_FILTER_MAX. What the program does is looked at
// later.
static bool read_filter(struct rpc_call *call, json_t *list, struct bpf_program *filter)
{
	json_t *insn;
	size_t i;

	if (json_array_size(list) > CAPTURE_FILTER_MAX) {
		rpc_fail(call, RPC_BAD_PARAMETERS, "a filter has up to %d instructions",
			CAPTURE_FILTER_MAX);
		return false;
	}
	json_array_foreach(list, i, insn)
	{
		json_int_t code, jt, jf, k;

		if (json_unpack(insn, "[I,I,I,I!]", &code, &jt, &jf, &k) != 0 || code < 0 ||
			code > UINT16_MAX || jt < 0 || jt > UINT8_MAX || jf < 0 || jf > UINT8_MAX ||
			k < 0 || k > UINT32_MAX) {
			rpc_fail(call, RPC_BAD_PARAMETERS,
				"filter is a list of instructions [code, jt, jf, k], as tcpdump -ddd "
				"and blctl compile them: %zu is none",
				i);
			return false;
		}
		filter->bf_insns[i] =
			(struct bpf_insn){(u_short)code, (u_char)jt, (u_char)jf, (bpf_u_int32)k};
	}
	filter->bf_len = (u_int)json_array_size(list);
	return true;
}

json_t *rpc_capture(struct rpc_call *call)
{
	struct bpf_insn insns[CAPTURE_FILTER_MAX];
	struct capture_request request = {.filter.bf_insns = insns,
		.fd = call->peer->fds[0],
		.session_fd = call->peer->fds[1]};
	json_int_t count = 0, snaplen = 0;
	json_t *at = NULL, *filter = NULL;
	int rc;

	if (!rpc_unpack(call, "{s?s, s?o, s?o, s?I, s?I}", "port", &request.port, "at", &at,
		    "filter", &filter, "count", &count, "length", &snaplen))
		return NULL;
	if (at == NULL)
		request.at = CAPTURE_RX | CAPTURE_TX | CAPTURE_DROP;
	else if (!read_places(call, at, &request))
		return NULL;
	if (filter != NULL && !json_is_array(filter))
		return rpc_fail(call, RPC_BAD_PARAMETERS, "filter is a list of instructions");
	if (!read_filter(call, filter, &request.filter))
		return NULL;
	if (count < 0 || snaplen < 0 || snaplen > CAPTURE_SNAPLEN)
		return rpc_fail(call, RPC_BAD_PARAMETERS,
			"count and length are numbers from 0, length up to %d", CAPTURE_SNAPLEN);
	if (request.session_fd < 0)
		return rpc_fail(call, RPC_BAD_PARAMETERS,
			"capture comes with two descriptors (SCM_RIGHTS): where pcapng goes, and a "
			"stream socket whose other end you keep: blctl capture does that");
	request.count = (uint64_t)count;
	request.snaplen = (uint32_t)snaplen;
	rc = capture_start(call->m->instance, &request, call->error, sizeof(call->error));
	if (rc != 0) {
		call->code = rc == -EINVAL ? RPC_BAD_PARAMETERS : RPC_REFUSED;
		return NULL;
	}
	call->peer->fds[0] = call->peer->fds[1] = -1;
	return json_object();
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

json_t *rpc_explain(struct rpc_call *call)
{
	uint8_t octets[EXPLAIN_FRAME_MAX];
	const char *port, *hex;
	json_t *answer;
	size_t n;
	int rc;

	if (!rpc_unpack(call, "{s:s, s:s}", "port", &port, "frame", &hex))
		return NULL;
	n = strlen(hex);
	if (n % 2 != 0 || n / 2 > sizeof(octets))
		return rpc_fail(call, RPC_BAD_PARAMETERS,
			"frame is pairs of hex digits, %d octets at most", EXPLAIN_FRAME_MAX);
	for (size_t i = 0; i < n; i += 2) {
		int high = digit(hex[i]), low = digit(hex[i + 1]);

		if (high < 0 || low < 0)
			return rpc_fail(call, RPC_BAD_PARAMETERS,
				"frame is pairs of hex digits: '%.2s' is none", hex + i);
		octets[i / 2] = (uint8_t)(high << 4 | low);
	}
	answer = explain_frame(
		call->m->instance, port, octets, n / 2, &rc, call->error, sizeof(call->error));
	if (answer == NULL)
		call->code = rc == -EINVAL ? RPC_BAD_PARAMETERS : RPC_REFUSED;
	return answer;
}
