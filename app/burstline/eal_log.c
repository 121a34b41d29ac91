/* SPDX-License-Identifier: BSD-3-Clause */
/* DPDK's log as a stream of our own. Written by any EAL thread, hence the mutex; no lane logs. */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <rte_log.h>

#include "eal_log.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char last[256];
static enum eal_log_mode shown;

// What EAL adds to every refusal, after the driver said why.
static bool says_nothing(const char *text)
{
	return strstr(text, "Failed to attach device on primary") != NULL ||
	       strstr(text, "Driver cannot attach the device") != NULL;
}

static ssize_t take(void *cookie, const char *text, size_t size)
{
	size_t length = size;

	while (length > 0 && text[length - 1] == '\n')
		length--;
	if (length != 0 && !says_nothing(text)) {
		pthread_mutex_lock(&lock);
		snprintf(last, sizeof(last), "%.*s", (int)length, text);
		pthread_mutex_unlock(&lock);
	}
	if (shown == EAL_LOG_SHOW)
		fwrite(text, 1, size, stderr);
	return (ssize_t)size;
}

int eal_log_open(enum eal_log_mode mode)
{
	FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = take});

	if (stream == NULL)
		return -errno;
	setvbuf(stream, NULL, _IOLBF, BUFSIZ);
	shown = mode;
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
