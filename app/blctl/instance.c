/* SPDX-License-Identifier: BSD-3-Clause */
/* blctl ping, clear and events: the instance as a whole. */

#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "command.h"

enum { FOLLOW_MS = 200 };

int ping_command(struct client *client, const struct options *o, int argc, char **argv)
{
	json_t *result;
	int code;

	if (o->help)
		return help_print(
			"usage: blctl ping\n"
			"\n"
			"Ask the instance for an answer: its name, version, process and age.\n"
			"\n"
			"  blctl -n lab ping\n");
	if (argc != 1)
		return complain_words("ping");
	code = client_call(client, "ping", json_object(), &result);
	if (code != EXIT_OK)
		return code;
	if (o->json)
		json_print(result);
	else
		printf("%s answers: burstline %s, pid %lld, up for %lld s\n",
			json_string_value(json_object_get(result, "name")),
			json_string_value(json_object_get(result, "version")),
			(long long)json_integer_value(json_object_get(result, "pid")),
			(long long)json_integer_value(json_object_get(result, "uptime_s")));
	json_decref(result);
	return finish_output(EXIT_OK);
}

int clear_command(struct client *client, const struct options *o, int argc, char **argv)
{
	if (o->help)
		return help_print(
			"usage: blctl clear\n"
			"\n"
			"Show all counters from 0 from now on: here, in telemetry and in the metrics.\n"
			"The ledger at the exit and the balance are not touched.\n"
			"\n"
			"  blctl clear && sleep 10 && blctl show ports\n");
	if (argc != 1)
		return complain_words("clear");
	return change(client, o, "clear", json_object());
}

static void print_event(const json_t *event)
{
	double at = json_number_value(json_object_get(event, "time"));
	time_t seconds = (time_t)at;
	struct tm tm;
	char text[32];

	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", localtime_r(&seconds, &tm));
	printf("%s.%03d  %-7s  %s\n", text, (int)((at - (double)seconds) * 1000),
		json_string_value(json_object_get(event, "level")),
		json_string_value(json_object_get(event, "text")));
}

static void print_events(const struct options *o, const json_t *events)
{
	json_t *event;
	size_t i;

	json_array_foreach(events, i, event)
	{
		if (!o->json) {
			print_event(event);
			continue;
		}
		json_dumpf(event, stdout, JSON_COMPACT);
		putchar('\n');
	}
}

int events_command(struct client *client, const struct options *o, int argc, char **argv)
{
	struct pollfd reader = {.fd = STDOUT_FILENO};
	json_int_t last = 0;
	size_t n;

	if (o->help)
		return help_print(
			"usage: blctl events [-f]\n"
			"\n"
			"What happened: links, conflicts, changes and who asked for them.\n"
			"With -j one object a line.\n"
			"\n"
			"  -f, --follow  go on with what happens from now on\n"
			"\n"
			"  blctl events -f\n"
			"  blctl -j events | jq -r 'select(.level == \"error\") | .text'\n");
	if (argc != 1)
		return complain_words("events");
	do {
		json_t *result;
		int code =
			client_call(client, "events", json_pack("{s:I}", "after", last), &result);

		if (code != EXIT_OK)
			return code;
		n = json_array_size(json_object_get(result, "events"));
		print_events(o, json_object_get(result, "events"));
		last = json_integer_value(json_object_get(result, "last"));
		json_decref(result);
		if (finish_output(EXIT_OK) != EXIT_OK)
			return EXIT_FAILED;
		// A pipe without a reader ends it here, not at the next event.
	} while (n > 0 || (o->follow && poll(&reader, 1, FOLLOW_MS) <= 0));
	return EXIT_OK;
}
