/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/**
 * @file
 * One line a message, to standard error, "burstline: " in front; where standard error is the
 * journal (JOURNAL_STREAM, systemd.exec(5)) the priority "<N>" stands there instead. Usable before
 * EAL starts. Each place that logs is limited to LOG_BURST lines in LOG_WINDOW_S seconds; how many
 * were left out is said later.
 * Context: control and management only. Nothing that runs in a worker's loop may include this.
 */

#include <stdarg.h>
#include <stddef.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

enum { LOG_BURST = 200, LOG_WINDOW_S = 10 };

/** What a file's lines belong to, defined before this is included; one of log.c's table. */
#ifndef LOG_MODULE
#define LOG_MODULE "main"
#endif

/** State of one place that logs. */
struct log_site {
	long window; // second in which it began
	unsigned said, left_out;
};

/**
 * Take a threshold of the command line: "LEVEL" for all modules or "MODULE:LEVEL", several with
 * commas between. Before threads start.
 *
 * @return 0, or -1 with a sentence in `error`.
 */
int log_configure(const char *text, char *error, size_t error_size);

/** The module's threshold; -1: none of its lines pass, or there is no such module. */
int log_threshold(const char *module);

/** Give every line that is written to somebody else, too; NULL: no more. Before threads start. */
void log_watch(void (*watch)(enum log_level level, const char *line));

/** One line, as the macros below write it; not limited with site NULL. Any thread but a worker. */
void log_line(struct log_site *site, enum log_level level, const char *module, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#define LOG_AT(level, ...)                                                                         \
	do {                                                                                       \
		static struct log_site log_site_;                                                  \
                                                                                                   \
		log_line(&log_site_, level, LOG_MODULE, __VA_ARGS__);                              \
	} while (0)

/** What answers somebody's command is not limited: who asks often is answered often. */
#define log_answer(level, ...) log_line(NULL, level, LOG_MODULE, __VA_ARGS__)

#define log_error(...)   LOG_AT(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) LOG_AT(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    LOG_AT(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   LOG_AT(LOG_DEBUG, __VA_ARGS__)

#endif
