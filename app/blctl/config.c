/* SPDX-License-Identifier: BSD-3-Clause */
/* blctl check, diff, apply, confirm, rollback and save: the configuration of a running instance. */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"

enum { CONFIRM_S_MAX = 3600 };

static const char help[] =
	"usage: blctl check FILE\n"
	"       blctl diff FILE\n"
	"       blctl apply FILE [--confirm SECONDS]\n"
	"       blctl confirm\n"
	"       blctl rollback\n"
	"       blctl save [FILE [--force]]\n"
	"\n"
	"FILE is a configuration as `burstline -c` takes it; `-` is standard input.\n"
	"\n"
	"check     is it right, and can it be applied without a restart?\n"
	"diff      what it would change: + comes, - goes, ~ becomes another; and what that interrupts\n"
	"apply     go there: all of it, or nothing. With --confirm it is taken back after that time\n"
	"          unless `blctl confirm` comes: for changes that may cut you off\n"
	"rollback  go back to what ran before the last change; again: forth\n"
	"save      write what runs; a file that exists only with --force. `blctl port down` is not part\n"
	"          of it: apply leaves such a port down, a start does not\n"
	"\n"
	"  blctl diff new.yaml && blctl apply new.yaml --confirm 60s && blctl ping && blctl confirm\n"
	"  blctl check new.yaml\n"
	"  blctl rollback\n"
	"  blctl save running.yaml --force\n"
	"  blctl save - | blctl diff -\n";

/** The text of a file in memory: its descriptor can be read from its start at any time. -1 after a
 *  message. */
static int open_text(const char *path)
{
	int from = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int to = memfd_create("configuration", MFD_CLOEXEC);
	char octets[16384];
	ssize_t n = -1;

	while (from >= 0 && to >= 0 && (n = read(from, octets, sizeof(octets))) > 0) {
		if (write(to, octets, (size_t)n) != n) {
			n = -1;
			break;
		}
	}
	if (n < 0)
		complain("cannot read %s: %s", path, strerror(errno));
	if (from > STDIN_FILENO)
		close(from);
	if (n == 0)
		return to;
	if (to >= 0)
		close(to);
	return -1;
}

static int call_with_text(struct client *client, const char *method, const char *path,
	json_t *params, json_t **result)
{
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	int fd = open_text(path), code;

	if (fd < 0) {
		json_decref(params);
		return EXIT_BAD;
	}
	json_object_set_new(params, "name", json_string(name));
	code = client_call_with(client, method, params, &fd, 1, result);
	close(fd);
	return code;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static void print_difference(const json_t *d)
{
	const char *from = json_string_value(json_object_get(d, "from"));
	const char *to = json_string_value(json_object_get(d, "to"));

	if (from == NULL)
		printf("+ %s: %s\n", text_of(d, "path"), to != NULL ? to : "");
	else if (to == NULL)
		printf("- %s: %s\n", text_of(d, "path"), from);
	else
		printf("~ %s: %s -> %s\n", text_of(d, "path"), from, to);
	if (text_of(d, "sentence")[0] != '\0')
		printf("  %s: %s\n", text_of(d, "effect"), text_of(d, "sentence"));
}

static int diff(struct client *client, const struct options *o, const char *path)
{
	json_t *result, *differences, *d;
	int code = call_with_text(client, "config.diff", path, json_object(), &result);
	size_t i;

	if (code != EXIT_OK)
		return code;
	differences = json_object_get(result, "differences");
	if (o->json)
		json_print(differences);
	else
		json_array_foreach(differences, i, d) print_difference(d);
	json_decref(result);
	return finish_output(EXIT_OK);
}

static int check(struct client *client, const struct options *o, const char *path)
{
	json_t *result, *d;
	int code = call_with_text(client, "config.diff", path, json_object(), &result);
	size_t i;

	if (code != EXIT_OK)
		return code;
	json_array_foreach(json_object_get(result, "differences"), i, d)
	{
		if (strcmp(text_of(d, "effect"), "refused") != 0)
			continue;
		complain("%s: %s", path, text_of(d, "sentence"));
		code = EXIT_FAILED;
	}
	i = json_array_size(json_object_get(result, "differences"));
	if (o->json)
		json_print(result);
	else if (code == EXIT_OK)
		printf("%s: ok, %zu difference%s\n", path, i, i == 1 ? "" : "s");
	json_decref(result);
	return finish_output(code);
}

/** Seconds, as "60" or "60s"; -1 when it is not. */
static int seconds_parse(const char *text)
{
	char *end;
	long seconds = strtol(text, &end, 10);

	if (*end == 's')
		end++;
	return isdigit((unsigned char)text[0]) && *end == '\0' && seconds >= 1 &&
	                       seconds <= CONFIRM_S_MAX
	               ? (int)seconds
	               : -1;
}

static int report(const struct options *o, json_t *result)
{
	if (o->json)
		json_print(result);
	else if (json_is_true(json_object_get(result, "under_way")))
		puts("under way: blctl events says what it waits for");
	json_decref(result);
	return finish_output(EXIT_OK);
}

static int apply(struct client *client, const struct options *o, const char *path)
{
	int seconds = o->confirm == NULL ? 0 : seconds_parse(o->confirm), code;
	json_t *result;

	if (seconds < 0)
		return complain(
			"apply: --confirm %s: expected 1 to %d seconds", o->confirm, CONFIRM_S_MAX);
	code = call_with_text(
		client, "config.apply", path, json_pack("{s:i}", "confirm", seconds), &result);
	return code == EXIT_OK ? report(o, result) : code;
}

static int rollback(struct client *client, const struct options *o)
{
	json_t *result;
	int code = client_call(client, "config.rollback", json_object(), &result);

	return code == EXIT_OK ? report(o, result) : code;
}

/** Under another name first: a file is whole or as it was. */
static int write_file(const char *path, const char *text, bool force)
{
	char draft[4096];
	size_t size = strlen(text);
	bool written;
	int fd;

	if (snprintf(draft, sizeof(draft), "%s.XXXXXX", path) >= (int)sizeof(draft))
		return complain("save: %s is too long a path", path);
	fd = mkostemp(draft, O_CLOEXEC);
	written = fd >= 0 && write(fd, text, size) == (ssize_t)size && fchmod(fd, 0644) == 0 &&
	          fsync(fd) == 0;
	if (written)
		written = (force ? rename(draft, path) : link(draft, path)) == 0;
	if (!written)
		complain("save: cannot write %s: %s%s", path, strerror(errno),
			errno == EEXIST ? ": --force replaces it" : "");
	if (fd >= 0) {
		close(fd);
		unlink(draft);
	}
	return written ? EXIT_OK : EXIT_FAILED;
}

// A configuration has no key for them: they are held down until somebody says otherwise.
static int name_held_down(struct client *client)
{
	json_t *rows, *row;
	int code = client_table(client, "ports", &rows);
	size_t i;

	if (code != EXIT_OK)
		return code;
	json_array_foreach(rows, i, row)
	{
		if (strcmp(text_of(row, "state"), "down") == 0)
			complain("save: port %s is held down by hand, which is not saved: it is up "
				 "after a start with this file",
				text_of(row, "name"));
	}
	json_decref(rows);
	return EXIT_OK;
}

static int save(struct client *client, const struct options *o, const char *path)
{
	json_t *result;
	int code = name_held_down(client);

	if (code == EXIT_OK)
		code = client_call(client, "config", json_object(), &result);
	if (code != EXIT_OK)
		return code;
	if (strcmp(path, "-") != 0) {
		code = write_file(path, text_of(result, "text"), o->force);
		if (o->json && code == EXIT_OK)
			puts("{}");
	} else if (o->json)
		json_print(result);
	else
		fputs(text_of(result, "text"), stdout);
	json_decref(result);
	return finish_output(code);
}

int config_command(struct client *client, const struct options *o, int argc, char **argv)
{
	if (o->help)
		return help_print(help);
	if (argc == 1 && strcmp(argv[0], "confirm") == 0)
		return change(client, o, "config.confirm", json_object());
	if (argc == 1 && strcmp(argv[0], "rollback") == 0)
		return rollback(client, o);
	if (argc <= 2 && strcmp(argv[0], "save") == 0)
		return save(client, o, argc == 2 ? argv[1] : "-");
	if (argc == 2 && strcmp(argv[0], "check") == 0)
		return check(client, o, argv[1]);
	if (argc == 2 && strcmp(argv[0], "diff") == 0)
		return diff(client, o, argv[1]);
	if (argc == 2 && strcmp(argv[0], "apply") == 0)
		return apply(client, o, argv[1]);
	return complain_words(argv[0]);
}
