/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Methods that check, compare, apply and take back a configuration. The text comes as a descriptor
 * (SCM_RIGHTS): it may be longer than a line, and whoever sends it has opened it. Called by rpc.c.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live_commit.h"
#include "live_diff.h"
#include "rpc.h"

enum { TEXT_MAX = 4 << 20, CONFIRM_S_MAX = 3600 };

struct text {
	const char *name; // stands for the file in messages
	char *octets;
	size_t size;
};

/** The text that came with a call, to be freed. False after rpc_fail(). */
static bool take_text(struct rpc_call *call, const char *name, struct text *text)
{
	int fd = call->peer->fds[0];
	struct stat status;
	ssize_t n = -1;

	*text = (struct text){.name = name != NULL ? name : "configuration"};
	// A file or memory, for nothing here may wait for a pipe's other end.
	if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		rpc_fail(call, RPC_BAD_PARAMETERS,
			"%s comes with one descriptor (SCM_RIGHTS) of a file or memfd that holds "
			"the configuration: blctl does that",
			call->method);
		return false;
	}
	if (status.st_size > TEXT_MAX) {
		rpc_fail(call, RPC_REFUSED, "%s: a configuration has at most %d octets", text->name,
			TEXT_MAX);
		return false;
	}
	text->octets = malloc((size_t)status.st_size + 1);
	if (text->octets != NULL)
		n = pread(fd, text->octets, (size_t)status.st_size, 0);
	if (n < 0) {
		rpc_fail(call, RPC_FAILED, "%s: cannot be read: %s", text->name,
			text->octets != NULL ? strerror(errno) : "out of memory");
		free(text->octets);
		return false;
	}
	text->size = (size_t)n;
	text->octets[n] = '\0';
	return true;
}

static json_t *difference_json(const struct live_difference *d)
{
	static const char *const effects[] = {[LIVE_EFFECT_NONE] = "none",
		[LIVE_EFFECT_INTERRUPTS] = "interrupts",
		[LIVE_EFFECT_REFUSED] = "refused"};

	return json_pack("{s:s, s:s?, s:s?, s:s, s:s, s:s}", "path", d->path, "from", d->from, "to",
		d->to, "effect", effects[d->effect], "port", d->port, "sentence", d->sentence);
}

json_t *rpc_config_diff(struct rpc_call *call)
{
	struct live_differences d;
	const char *name = NULL;
	struct text text;
	json_t *list;
	int rc;

	if (!rpc_unpack(call, "{s?s}", "name", &name) || !take_text(call, name, &text))
		return NULL;
	rc = live_diff_text(call->m->instance->conf, text.name, text.octets, text.size, &d,
		call->error, sizeof(call->error));
	free(text.octets);
	if (rc != 0) {
		call->code = RPC_BAD_CONFIGURATION;
		return NULL;
	}
	list = json_array();
	for (unsigned i = 0; i < d.n; i++)
		json_array_append_new(list, difference_json(&d.list[i]));
	live_diff_free(&d);
	return json_pack("{s:o}", "differences", list);
}

json_t *rpc_config_apply(struct rpc_call *call)
{
	struct live_differences d;
	json_int_t confirm_s = 0;
	const char *name = NULL;
	struct text text;
	int rc;

	if (!rpc_unpack(call, "{s?s, s?I}", "name", &name, "confirm", &confirm_s))
		return NULL;
	if (confirm_s < 0 || confirm_s > CONFIRM_S_MAX)
		return rpc_fail(
			call, RPC_BAD_PARAMETERS, "confirm is 0 to %d seconds", CONFIRM_S_MAX);
	if (!take_text(call, name, &text))
		return NULL;
	// A file that is wrong is another matter than one that cannot be applied now.
	call->code = RPC_BAD_CONFIGURATION;
	rc = live_diff_text(call->m->instance->conf, text.name, text.octets, text.size, &d,
		call->error, sizeof(call->error));
	if (rc == 0) {
		live_diff_free(&d);
		call->code = RPC_REFUSED;
		rc = live_commit_text(call->m->instance, text.name, text.octets, text.size,
			(unsigned)confirm_s, call->error, sizeof(call->error));
	}
	free(text.octets);
	if (rc != 0)
		return NULL;
	return json_pack("{s:b}", "under_way", call->m->instance->change != NULL);
}

json_t *rpc_config_confirm(struct rpc_call *call)
{
	if (!rpc_unpack(call, "{}"))
		return NULL;
	if (!live_commit_confirm(call->m->instance))
		return rpc_fail(call, RPC_REFUSED,
			"no change waits to be confirmed: it was not applied with --confirm, or was "
			"taken back already");
	return json_object();
}

json_t *rpc_config_rollback(struct rpc_call *call)
{
	if (!rpc_unpack(call, "{}"))
		return NULL;
	if (live_commit_rollback(call->m->instance, call->error, sizeof(call->error)) != 0) {
		call->code = RPC_REFUSED;
		return NULL;
	}
	return json_pack("{s:b}", "under_way", call->m->instance->change != NULL);
}
