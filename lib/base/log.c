/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Log lines to standard error or the journal. A line is written with one call, so threads do not
 * mix theirs. Called by whoever logs; no worker does.
 */

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/stream.h"

enum {
	LINE_MAX_OCTETS = 1024,
	NONE = -1,
	PATIENCE_MS = 200 // for a reader of standard error who stands still
};

static struct {
	const char *name;
	int threshold; // enum log_level; NONE: no line passes
} modules[] = {
	{"main", LOG_INFO},      // start, end, signals
	{"port", LOG_INFO},      // devices and links
	{"bridge", LOG_INFO},    // addresses that move, loops
	{"neighbour", LOG_INFO}, // addresses that conflict
	{"handler", LOG_INFO},   // handlers that lose frames, changes of handlers
	{"watchdog", LOG_INFO},  // lcores and handlers that stand still, rounds that take long
	{"control", LOG_INFO},   // the control socket
	{"dpdk", NONE},          // what EAL and drivers log
};

enum { N_MODULES = sizeof(modules) / sizeof(modules[0]) };

static const char *const levels[] = {"error", "warning", "info", "debug"};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned untaken; // lines, since standard error takes none
static void (*watcher)(enum log_level level, const char *line);

static int find_level(const char *word)
{
	for (unsigned l = 0; l <= LOG_DEBUG; l++)
		if (strcmp(word, levels[l]) == 0)
			return (int)l;
	return -1;
}

static int set(const char *module, int level)
{
	bool found = false;

	for (unsigned m = 0; m < N_MODULES; m++) {
		if (module != NULL && strcmp(module, modules[m].name) != 0)
			continue;
		// For all modules: our own, for DPDK's lines are many and not ours.
		if (module != NULL || strcmp(modules[m].name, "dpdk") != 0)
			modules[m].threshold = level;
		found = true;
	}
	return found ? 0 : -1;
}

int log_configure(const char *text, char *error, size_t error_size)
{
	char copy[256], *rest = copy, *word, *colon;
	int level;

	snprintf(copy, sizeof(copy), "%s", text);
	while ((word = strsep(&rest, ",")) != NULL) {
		colon = strchr(word, ':');
		if (colon != NULL)
			*colon = '\0';
		level = find_level(colon != NULL ? colon + 1 : word);
		if (level >= 0 && set(colon != NULL ? word : NULL, level) == 0)
			continue;
		snprintf(error, error_size,
			"--log-level %.80s: expected LEVEL or MODULE:LEVEL, of the levels error, "
			"warning, info, debug and the modules",
			text);
		for (unsigned m = 0; m < N_MODULES; m++) {
			size_t used = strlen(error);

			snprintf(error + used, error_size - used, "%s%s", m > 0 ? ", " : " ",
				modules[m].name);
		}
		return -1;
	}
	return 0;
}

void log_watch(void (*watch)(enum log_level level, const char *line))
{
	watcher = watch;
}

int log_threshold(const char *module)
{
	for (unsigned m = 0; m < N_MODULES; m++)
		if (strcmp(modules[m].name, module) == 0)
			return modules[m].threshold;
	return NONE;
}

// systemd tells which file the journal reads; a standard error that went elsewhere since is not it.
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long device, inode;
	struct stat st;

	return stream != NULL && sscanf(stream, "%lu:%lu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

// How many lines were left out before this one; -1: this one is, too.
static int admit(struct log_site *site)
{
	struct timespec now;
	int left_out;

	if (site == NULL)
		return 0;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (site->said == 0 || now.tv_sec - site->window >= LOG_WINDOW_S) {
		site->window = now.tv_sec;
		site->said = 0;
	}
	if (site->said == LOG_BURST) {
		site->left_out++;
		return -1;
	}
	site->said++;
	left_out = (int)site->left_out;
	site->left_out = 0;
	return left_out;
}

static int write_line(enum log_level level, const char *text, int patience_ms)
{
	static const char *const words[] = {"error: ", "warning: ", "", "debug: "};
	static const int priorities[] = {3, 4, 6, 7}; // syslog(3)
	char line[LINE_MAX_OCTETS + 32];

	if (is_journal())
		snprintf(line, sizeof(line), "<%d>%s\n", priorities[level], text);
	else
		snprintf(line, sizeof(line), "burstline: %s%s\n", words[level], text);
	return stream_write(STDERR_FILENO, line, strlen(line), patience_ms);
}

// Who logs also serves signals and the control socket: a reader who stands still is waited for
// once.
static void print(enum log_level level, const char *text)
{
	char before[96];

	snprintf(before, sizeof(before), "%u lines were left out: standard error took none",
		untaken);
	if ((untaken == 0 || write_line(LOG_WARNING, before, 0) != -EAGAIN) &&
		write_line(level, text, untaken == 0 ? PATIENCE_MS : 0) != -EAGAIN)
		untaken = 0;
	else
		untaken++;
}

void log_line(struct log_site *site, enum log_level level, const char *module, const char *fmt, ...)
{
	char line[LINE_MAX_OCTETS], before[64];
	va_list args;
	int left_out;

	if ((int)level > log_threshold(module))
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	// One line, whatever a peer or a driver put into it.
	for (unsigned char *c = (unsigned char *)line; *c != '\0'; c++)
		if (*c < ' ' || *c == 0x7f)
			*c = ' ';
	pthread_mutex_lock(&lock);
	left_out = admit(site);
	if (left_out > 0) {
		snprintf(before, sizeof(before), "%d lines like the next were left out", left_out);
		print(level, before);
	}
	if (left_out >= 0)
		print(level, line);
	pthread_mutex_unlock(&lock);
	if (left_out >= 0 && watcher != NULL)
		watcher(level, line);
}
