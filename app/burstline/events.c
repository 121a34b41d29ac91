/* SPDX-License-Identifier: BSD-3-Clause */
/* What happened: a ring of lines. See events.h. */

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/log.h"
#include "events.h"

struct event {
	struct timespec at;
	enum log_level level;
	char text[EVENTS_TEXT];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct event kept[EVENTS_KEPT]; // number n is in n % EVENTS_KEPT
static uint64_t newest;

static void add(enum log_level level, const char *text)
{
	struct event *e;

	pthread_mutex_lock(&lock);
	e = &kept[++newest % EVENTS_KEPT];
	clock_gettime(CLOCK_REALTIME, &e->at);
	e->level = level;
	snprintf(e->text, sizeof(e->text), "%s", text);
	pthread_mutex_unlock(&lock);
}

void events_open(void)
{
	log_watch(add);
}

void events_note(const char *fmt, ...)
{
	char text[EVENTS_TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	add(LOG_INFO, text);
}

static json_t *event_json(uint64_t number)
{
	static const char *const levels[] = {[LOG_ERROR] = "error",
		[LOG_WARNING] = "warning",
		[LOG_INFO] = "info",
		[LOG_DEBUG] = "debug"};
	const struct event *e = &kept[number % EVENTS_KEPT];
	json_t *text = json_string(e->text); // NULL: cut within a character, or not UTF-8

	return json_pack("{s:I, s:f, s:s, s:o}", "number", (json_int_t)number, "time",
		(double)e->at.tv_sec + (double)e->at.tv_nsec / 1e9, "level", levels[e->level],
		"text", text != NULL ? text : json_string("(not UTF-8)"));
}

json_t *events_after(uint64_t after, uint64_t *last)
{
	json_t *list = json_array();
	uint64_t n;

	pthread_mutex_lock(&lock);
	n = newest > EVENTS_KEPT && after < newest - EVENTS_KEPT ? newest - EVENTS_KEPT : after;
	for (; n < newest && json_array_size(list) < EVENTS_PAGE; n++)
		json_array_append_new(list, event_json(n + 1));
	*last = n < newest ? n : newest;
	pthread_mutex_unlock(&lock);
	return list;
}
