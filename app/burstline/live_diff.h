/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LIVE_DIFF_H
#define LIVE_DIFF_H

/**
 * @file
 * What a live change would do, before it is made. Changes nothing; asks only what this process may
 * still do. Management thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"

enum live_effect {
	LIVE_EFFECT_NONE,       // no frame of what stays is lost
	LIVE_EFFECT_INTERRUPTS, // one port is closed and opened
	LIVE_EFFECT_REFUSED     // only a restart can do it
};

struct live_difference {
	const char *path, *from, *to; // as in struct conf_change
	enum live_effect effect;
	char port[CONF_NAME_MAX]; // that is interrupted; else ""
	char sentence[512];       // what follows; "": nothing to say
};

struct live_differences {
	struct live_difference *list;
	unsigned n;
	struct conf_changes changes; // that `list` points into
};

/** @return 0 with *d to be freed by live_diff_free(), or -1 without memory. */
int live_diff_conf(const struct conf *running, const struct conf *to, struct live_differences *d);

/** The same for a configuration as text; -1 with a sentence: it is wrong.
 *  @param name stands for the file in messages. */
int live_diff_text(const struct conf *running, const char *name, const char *text, size_t size,
	struct live_differences *d, char *error, size_t error_size);

void live_diff_free(struct live_differences *d);

/** Is something refused? Then `error` names all of that, a sentence each. */
bool live_diff_refuses(const struct live_differences *d, char *error, size_t error_size);

#endif
