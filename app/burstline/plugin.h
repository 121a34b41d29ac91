/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGIN_H
#define PLUGIN_H

/**
 * @file
 * Handlers from outside the tree: shared objects that the configuration names, and the table of all
 * handlers that it can choose from.
 *
 * A set is made for a configuration and never changes; a new one takes what did not change from the
 * one before it. Main and management thread; cold.
 */

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"
#include "handler.h"

struct plugin;

struct plugin_set {
	/** Plug-ins, then the built-in handlers whose names are not theirs; NULL at the end. */
	const struct handler *table[2 * CONF_HANDLERS_MAX];
	unsigned n;
	struct plugin *plugins[CONF_HANDLERS_MAX]; // of the first n entries of table
};

/**
 * Load the plug-ins of a configuration.
 *
 * A file must lie in conf->plugins, both must be root's and nobody else's to write. It is copied
 * before it is mapped: who overwrites it later changes nothing that runs.
 *
 * @param before a set whose unchanged plug-ins (same name, file content and EtherType) are shared,
 *               or NULL.
 * @param error  a sentence; always terminated.
 * @return 0 with *set owned by the caller (plugin_unload), or -1.
 */
int plugin_load(const struct conf *conf, const struct handler *const *builtin,
	const struct plugin_set *before, struct plugin_set **set, char *error, size_t error_size);

/** Give a set back; a plug-in that no set has any more is unloaded, so no instance of it may run.
 *  NULL is fine. */
void plugin_unload(struct plugin_set *set);

/** Does this handler come from a plug-in of the set? */
bool plugin_is(const struct plugin_set *set, const struct handler *handler);

#endif
