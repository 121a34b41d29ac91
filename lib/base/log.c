/* SPDX-License-Identifier: BSD-3-Clause */
/* Log lines to standard error. A line is written with one call, so threads do not mix theirs. */

#include <stdio.h>
#include <string.h>

#include "base/log.h"

static enum log_level threshold = LOG_INFO;
static void (*watcher)(enum log_level level, const char *line);

void log_set_level(enum log_level level)
{
	threshold = level;
}

void log_watch(void (*watch)(enum log_level level, const char *line))
{
	watcher = watch;
}

__attribute__((format(printf, 3, 0))) static void log_line(
	enum log_level level, const char *word, const char *fmt, va_list args)
{
	char line[1024];

	if (level > threshold)
		return;
	vsnprintf(line, sizeof(line), fmt, args);
	fprintf(stderr, "burstline: %s%s\n", word, line);
	if (watcher != NULL)
		watcher(level, line);
}

#define LOG_FUNCTION(name, level, word)                                                            \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, fmt);                                                               \
		log_line(level, word, fmt, args);                                                  \
		va_end(args);                                                                      \
	}

LOG_FUNCTION(log_error, LOG_ERROR, "error: ")
LOG_FUNCTION(log_warning, LOG_WARNING, "warning: ")
LOG_FUNCTION(log_info, LOG_INFO, "")
LOG_FUNCTION(log_debug, LOG_DEBUG, "debug: ")
