/* SPDX-License-Identifier: BSD-3-Clause */
/* What the commands of blctl share: messages, changes, JSON. Called by every command. */

#include "command.h"
#include "screen.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int complain(const char *fmt, ...)
{
	va_list args;

	screen_close();
	fputs("blctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_BAD;
}

int complain_words(const char *command)
{
	return complain("%s: these are not its words (blctl %s --help)", command, command);
}

int help_print(const char *text)
{
	fputs(text, stdout);
	return finish_output(EXIT_OK);
}

int change(struct client *client, const struct options *o, const char *method, json_t *params)
{
	json_t *result;
	int code = client_call(client, method, params, &result);

	if (code != EXIT_OK)
		return code;
	if (o->json)
		json_print(result);
	json_decref(result);
	return finish_output(EXIT_OK);
}

void json_print(const json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2));
	putchar('\n');
}

int vlan_parse(const char *text)
{
	char *end;
	long vlan = strtol(text, &end, 10);

	return isdigit((unsigned char)text[0]) && *end == '\0' && vlan >= 1 && vlan <= 4094
	               ? (int)vlan
	               : -1;
}

int finish_output(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	complain("cannot write to standard output: %s", strerror(errno));
	return EXIT_FAILED;
}
