/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/**
 * @file
 * One line a message, to standard error, "burstline: " in front; usable before EAL starts.
 * Context: control and management only. Nothing that runs in a worker's loop may include this.
 */

#include <stdarg.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level);

/** Give every line that is written to somebody else, too; NULL: no more. Before threads start. */
void log_watch(void (*watch)(enum log_level level, const char *line));

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
