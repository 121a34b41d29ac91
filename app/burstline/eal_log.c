/* SPDX-License-Identifier: BSD-3-Clause */
/* DPDK's log as a stream of our own. Written by any EAL thread, hence the mutex; no lane logs. */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <rte_log.h>

#define LOG_MODULE "dpdk"
#include "base/log.h"
#include "eal_log.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char last[256];

// What EAL adds to every refusal, after it or the driver said why; and what it begins with.
static bool says_nothing(const char *line)
{
	static const char *const idle[] = {"Invalid 'command line' arguments", "EAL: Detected ",
		"Failed to attach device on primary", "Driver cannot attach the device"};

	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++) {
		if (strstr(line, idle[i]) != NULL)
			return true;
	}
	return false;
}

static enum log_level level_of(int level)
{
	if (level <= (int)RTE_LOG_ERR)
		return LOG_ERROR;
	if (level == (int)RTE_LOG_WARNING)
		return LOG_WARNING;
	return level == (int)RTE_LOG_DEBUG ? LOG_DEBUG : LOG_INFO;
}

// `text` is no string: behind it the stream's buffer has what was in it before.
static ssize_t take(void *cookie, const char *text, size_t size)
{
	size_t length = size;
	int level = rte_log_cur_msg_loglevel();
	char line[sizeof(last)];

	while (length > 0 && text[length - 1] == '\n')
		length--;
	snprintf(line, sizeof(line), "%.*s", (int)length, text);
	if (length != 0 && !says_nothing(line)) {
		pthread_mutex_lock(&lock);
		snprintf(last, sizeof(last), "%s", line);
		pthread_mutex_unlock(&lock);
	}
	if (length != 0)
		log_line(NULL, level_of(level), LOG_MODULE, "%.*s", (int)length, text);
	return (ssize_t)size;
}

int eal_log_open(void)
{
	FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = take});

	if (stream == NULL)
		return -errno;
	setvbuf(stream, NULL, _IOLBF, BUFSIZ);
	if (log_threshold(LOG_MODULE) == LOG_DEBUG)
		rte_log_set_level_pattern("*", RTE_LOG_DEBUG);
	return rte_openlog_stream(stream);
}

bool eal_log_last(char *line, size_t size)
{
	bool any;

	pthread_mutex_lock(&lock);
	any = last[0] != '\0';
	snprintf(line, size, "%s", last);
	pthread_mutex_unlock(&lock);
	return any;
}

void eal_log_forget(void)
{
	pthread_mutex_lock(&lock);
	last[0] = '\0';
	pthread_mutex_unlock(&lock);
}
