/* SPDX-License-Identifier: BSD-3-Clause */
/* blctl top: rates while they are measured, on a terminal in one place, else sample after sample.
 */

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "rates.h"
#include "screen.h"
#include "table.h"

enum { INTERVAL_MS = 1000, INTERVAL_MS_MIN = 100, INTERVAL_S_MAX = 3600, FIRST_MS = 250 };

static const char help[] =
	"usage: blctl top [-i SECONDS] [-c N]\n"
	"\n"
	"Rates of ports and lcores as they are now, what was dropped for which reason, and how full the\n"
	"rings are. On a terminal the picture is drawn anew in its place and q or Ctrl-C ends it; else,\n"
	"or where TERM is dumb, samples follow each other as text. With -j one object a line for each.\n"
	"\n"
	"  -i, --interval SECONDS  between samples, 0.1 to 3600; 1 by default\n"
	"  -c N                    end after N samples\n"
	"\n"
	"pps    frames a second; bps: bits of them a second, without FCS, preamble and gap\n"
	"busy   percent of the time in rounds that moved frames; an lcore that polls is never less so\n"
	"-      not known: new, or cleared since the sample before\n"
	"Rates are what was counted, divided by the time that passed, whatever the interval should be.\n"
	"A port's drops are those of frames that came in there; self: of frames that we made.\n"
	"\n"
	"  blctl top\n"
	"  blctl top -i 0.5 -c 20 >rates.txt\n"
	"  blctl -j top -c 1 | jq -r '.ports[] | \"\\(.name) \\(.rx_pps)\"'\n"
	"  blctl -j top | jq -c 'select(any(.lcores[]; .busy > 90))'\n";

static const struct column ports[] = {{"port", "name", NULL}, {"link", "link", NULL},
	{"rx pps", "rx_pps", NULL}, {"rx bps", "rx_bps", NULL}, {"tx pps", "tx_pps", NULL},
	{"tx bps", "tx_bps", NULL}, {"dropped pps", "dropped_pps", NULL}, {"why", "drops", NULL},
	{NULL, NULL, NULL}};
static const struct column lcores[] = {{"lcore", "lcore", NULL}, {"CPU", "cpu", NULL},
	{"role", "role", NULL}, {"busy %", "busy", NULL}, {"rx pps", "rx_pps", NULL},
	{"tx pps", "tx_pps", NULL}, {"dropped pps", "dropped_pps", NULL}, {NULL, NULL, NULL}};
static const struct column rings[] = {{"ring", "name", NULL}, {"from", "from_lcore", NULL},
	{"to", "to_lcore", NULL}, {"for", "handler|port", NULL}, {"depth", "depth", NULL},
	{"of slots", "slots", NULL}, {"peak", "peak", NULL}, {NULL, NULL, NULL}};

struct top {
	struct client *client;
	bool json, screen;
	uint64_t interval_ms, count; // count 0: no end
	uint64_t next_ns;            // CLOCK_MONOTONIC
	char name[64];               // of the instance
	json_t *sample;              // that is shown
};

static void print_sample(const struct top *t, FILE *to)
{
	time_t seconds = (time_t)json_number_value(json_object_get(t->sample, "time"));
	char at[32];
	struct tm tm;

	strftime(at, sizeof(at), "%Y-%m-%d %H:%M:%S", localtime_r(&seconds, &tm));
	fprintf(to, "%s  %s  over %.3f s%s\n\n", t->name, at,
		json_number_value(json_object_get(t->sample, "seconds")),
		t->screen ? "  (q ends)" : "");
	table_print(to, ports, json_object_get(t->sample, "ports"), "no ports");
	fputc('\n', to);
	table_print(to, lcores, json_object_get(t->sample, "lcores"), "no lcores");
	fputc('\n', to);
	table_print(to, rings, json_object_get(t->sample, "rings"), "no rings");
}

static void draw(const struct top *t)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (to == NULL)
		return;
	print_sample(t, to);
	fclose(to);
	screen_draw(text);
	free(text);
}

static int show(const struct top *t, uint64_t n)
{
	if (t->screen) {
		draw(t);
		return EXIT_OK;
	}
	if (t->json) {
		json_dumpf(t->sample, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
		putchar('\n');
	} else {
		if (n > 0)
			putchar('\n');
		print_sample(t, stdout);
	}
	return finish_output(EXIT_OK);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// Until the next sample is due. False: the user wants no more.
static bool wait_for_next(struct top *t)
{
	const struct timespec next = {.tv_sec = (time_t)(t->next_ns / 1000000000),
		.tv_nsec = (long)(t->next_ns % 1000000000)};
	enum screen_event event;

	if (!t->screen) {
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL) == EINTR)
			;
		return true;
	}
	while ((event = screen_wait(t->next_ns)) == SCREEN_REDRAW) {
		if (t->sample != NULL)
			draw(t);
		else
			screen_draw("");
	}
	return event == SCREEN_TIME;
}

// In step, but not to catch up with what was missed.
static void set_next(struct top *t)
{
	uint64_t now = now_ns();

	t->next_ns += t->interval_ms * 1000000;
	if (t->next_ns < now)
		t->next_ns = now + t->interval_ms * 1000000;
}

static int run(struct top *t)
{
	struct reading before, now;
	int code = reading_take(t->client, &before);

	if (code != EXIT_OK)
		return code;
	if (t->screen)
		screen_open();
	// Nobody likes to look at nothing.
	t->next_ns = now_ns() +
	             1000000 * (t->screen && t->interval_ms > FIRST_MS ? FIRST_MS : t->interval_ms);
	for (uint64_t n = 0; code == EXIT_OK && (t->count == 0 || n < t->count); n++) {
		if (!wait_for_next(t))
			break;
		set_next(t);
		code = reading_take(t->client, &now);
		if (code != EXIT_OK)
			break;
		json_decref(t->sample);
		t->sample = rates_between(&before, &now);
		reading_drop(&before);
		before = now;
		code = show(t, n);
	}
	screen_close();
	reading_drop(&before);
	json_decref(t->sample);
	return code;
}

/** Seconds with a decimal point in milliseconds; 0: they are not. */
static uint64_t interval_parse(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (strspn(text, "0123456789.") != strlen(text) || end == text || *end != '\0' ||
		seconds * 1000 < INTERVAL_MS_MIN || seconds > INTERVAL_S_MAX)
		return 0;
	return (uint64_t)(seconds * 1000 + 0.5);
}

static int read_options(const struct options *o, struct top *t)
{
	char *end;

	if (o->interval != NULL)
		t->interval_ms = interval_parse(o->interval);
	if (t->interval_ms == 0)
		return complain("top: found \"%s\", expected 0.1 to %d seconds", o->interval,
			INTERVAL_S_MAX);
	if (o->count == NULL)
		return EXIT_OK;
	errno = 0;
	t->count = strtoull(o->count, &end, 10);
	if (!isdigit((unsigned char)o->count[0]) || *end != '\0' || errno != 0 || t->count == 0)
		return complain("top: found \"%s\", expected a number of samples", o->count);
	return EXIT_OK;
}

int top_command(struct client *client, const struct options *o, int argc, char **argv)
{
	struct top t = {.client = client, .json = o->json, .interval_ms = INTERVAL_MS};
	json_t *who;
	int code;

	(void)argv;
	if (o->help)
		return help_print(help);
	if (argc != 1)
		return complain_words("top");
	t.screen = !o->json && screen_is_there();
	code = read_options(o, &t);
	if (code == EXIT_OK)
		code = client_call(client, "ping", json_object(), &who);
	if (code != EXIT_OK)
		return code;
	snprintf(t.name, sizeof(t.name), "%s", json_string_value(json_object_get(who, "name")));
	json_decref(who);
	return run(&t);
}
