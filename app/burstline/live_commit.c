/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See live_commit.h. Called by management.c and rpc_live.c; what a change does is live.c's.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <rte_cycles.h>

#define LOG_MODULE "handler"
#include "base/log.h"
#include "conf/conf.h"
#include "live.h"
#include "live_commit.h"
#include "management.h"

// A change for which the program waits to be told that it is good.
static int commit(struct instance *instance, struct conf *conf, unsigned confirm_s, char *error,
	size_t error_size)
{
	char *was = conf_text(instance->conf);

	management_log(instance);
	if (was == NULL || live_apply(instance, conf, error, error_size) != 0) {
		if (was == NULL)
			snprintf(error, error_size, "out of memory: nothing was changed");
		free(was);
		conf_free(conf);
		return -1;
	}
	free(instance->previous);
	instance->previous = was;
	instance->confirm_tsc = confirm_s != 0 ? rte_rdtsc() + instance->tsc_hz * confirm_s : 0;
	if (confirm_s != 0)
		log_info("the change is taken back in %u s unless it is confirmed", confirm_s);
	return 0;
}

// Another change would make what nobody said is good what a rollback goes back to.
static bool is_pending(const struct instance *instance, char *error, size_t error_size)
{
	uint64_t now = rte_rdtsc(), until = instance->confirm_tsc;

	if (until == 0)
		return false;
	snprintf(error, error_size,
		"the last change waits %u s more to be confirmed: keep it (blctl confirm) or take "
		"it back (blctl rollback) first; nothing was changed",
		until > now ? (unsigned)((until - now) / instance->tsc_hz) : 0);
	return true;
}

int live_commit_file(struct instance *instance, const char *path, char *error, size_t error_size)
{
	struct conf *conf;
	struct stat status;

	if (path == NULL) {
		snprintf(error, error_size,
			"there is no file to read again: the built-in configuration runs");
		return -1;
	}
	if (is_pending(instance, error, error_size))
		return -1;
	// Nothing here may wait for a pipe's other end.
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
		snprintf(error, error_size,
			"%s is no regular file, and is not read again: give a file to -c, or apply "
			"one (blctl apply); nothing was changed",
			path);
		return -1;
	}
	if (conf_load(path, &conf, error, error_size) != 0)
		return -1;
	return commit(instance, conf, 0, error, error_size);
}

int live_commit_text(struct instance *instance, const char *name, const char *text, size_t size,
	unsigned confirm_s, char *error, size_t error_size)
{
	struct conf *conf;

	if (is_pending(instance, error, error_size) ||
		conf_load_buffer(name, text, size, &conf, error, error_size) != 0)
		return -1;
	return commit(instance, conf, confirm_s, error, error_size);
}

bool live_commit_confirm(struct instance *instance)
{
	bool waited = instance->confirm_tsc != 0;

	instance->confirm_tsc = 0;
	return waited;
}

int live_commit_rollback(struct instance *instance, char *error, size_t error_size)
{
	struct conf *conf;

	if (instance->previous == NULL) {
		snprintf(error, error_size, "nothing was changed since the start");
		return -1;
	}
	if (conf_load_buffer("previous", instance->previous, strlen(instance->previous), &conf,
		    error, error_size) != 0)
		return -1;
	return commit(instance, conf, 0, error, error_size);
}

// Nobody said that the change is good: it may have cut them off.
static void take_back(struct instance *instance)
{
	char error[1024];

	if (live_commit_rollback(instance, error, sizeof(error)) == 0) {
		log_warning("the change was not confirmed: it is taken back");
	} else {
		log_error("the change was not confirmed, and cannot be taken back yet: %s", error);
		instance->confirm_tsc = rte_rdtsc() + instance->tsc_hz;
	}
}

void live_commit_round(struct instance *instance)
{
	if (instance->change == NULL && instance->confirm_tsc != 0 &&
		rte_rdtsc() > instance->confirm_tsc)
		take_back(instance);
}
