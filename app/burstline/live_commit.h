/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LIVE_COMMIT_H
#define LIVE_COMMIT_H

/**
 * @file
 * Configurations that the running program is told to go to, and the way back to the last one: by
 * hand, or by itself when nobody says that the change is good. Management thread.
 *
 * While a change waits to be confirmed, others are refused: they would make what nobody said is
 * good what a rollback goes back to. -1 comes with a sentence in `error`, and nothing was changed.
 */

#include <stdbool.h>
#include <stddef.h>

struct instance;

/** Go to the state of a file, as live_apply(). @param path NULL: there is none to read again. */
int live_commit_file(struct instance *instance, const char *path, char *error, size_t error_size);

/**
 * The same from memory.
 *
 * @param name      stands for the file in messages.
 * @param confirm_s seconds after which the change is taken back unless live_commit_confirm() is
 *                  called; 0: it stays.
 */
int live_commit_text(struct instance *instance, const char *name, const char *text, size_t size,
	unsigned confirm_s, char *error, size_t error_size);

/** The last change is good. False: nobody waited for that. */
bool live_commit_confirm(struct instance *instance);

/** Go back to what ran before the last change; again: forth. As live_apply(). */
int live_commit_rollback(struct instance *instance, char *error, size_t error_size);

/** Take a change back whose time has come. */
void live_commit_round(struct instance *instance);

#endif
