/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * blctl: asks and changes a running Burstline over its control socket. Finds the command and runs
 * it; each family lives in a file of its own. Links no DPDK.
 */

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct {
	const char *name;
	int (*run)(struct client *client, const struct options *o, int argc, char **argv);
	const char *what;
} commands[] = {
	{"show", show_command, "ports, workers, handlers, tables, configuration"},
	{"top", top_command, "rates, busy lcores, drops and rings while they change"},
	{"ping", ping_command, "ask the instance for an answer"},
	{"clear", clear_command, "show counters from 0 from now on"},
	{"events", events_command, "what happened, and go on with -f"},
	{"neighbour", neighbour_command, "add and delete static neighbours"},
	{"fdb", fdb_command, "add, delete and flush entries of forwarding tables"},
	{"port", port_command, "take ports up and down"},
	{"check", config_command, "is a configuration right, and can it be applied?"},
	{"diff", config_command, "what a configuration would change"},
	{"apply", config_command, "go to the state of a configuration"},
	{"confirm", config_command, "keep what was applied with --confirm"},
	{"rollback", config_command, "go back to what ran before the last change"},
	{"save", config_command, "write the configuration that runs"},
	{"capture", capture_command, "frames received, sent or dropped, as pcapng"},
	{"explain", explain_command, "what would become of a frame"},
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int print_help(FILE *to)
{
	fputs("usage: blctl [-n NAME | -s SOCKET] [-j] COMMAND [words]\n"
	      "\n"
	      "Asks and changes a running Burstline.\n"
	      "\n"
	      "  -n, --name NAME      which instance: its `name`, \"burstline\" by default\n"
	      "  -s, --socket SOCKET  the path of its control socket\n"
	      "  -j, --json           print JSON\n"
	      "  -h, --help           this text, or a command's\n"
	      "  -V, --version        version\n"
	      "\n",
		to);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].what);
	fputs("\n"
	      "blctl COMMAND --help explains each, with examples:\n"
	      "  blctl show ports\n"
	      "  blctl -n lab -j show drops\n"
	      "  blctl diff new.yaml && blctl apply new.yaml --confirm 60s && blctl confirm\n"
	      "  blctl capture --at drop | tshark -r -\n"
	      "\n"
	      "Exit status: 0 done; 1 the instance refused or cannot be reached; 2 wrong words, or a wrong configuration.\n",
		to);
	return EXIT_BAD;
}

/** @return EXIT_OK, or EXIT_BAD with a message. */
static int parse(int argc, char **argv, struct client *client, struct options *o, bool *version)
{
	static const struct option longs[] = {{"name", required_argument, NULL, 'n'},
		{"socket", required_argument, NULL, 's'}, {"json", no_argument, NULL, 'j'},
		{"follow", no_argument, NULL, 'f'}, {"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'}, {"at", required_argument, NULL, 'a'},
		{"write", required_argument, NULL, 'w'}, {"count", required_argument, NULL, 'c'},
		{"read", required_argument, NULL, 'r'}, {"interval", required_argument, NULL, 'i'},
		{"confirm", required_argument, NULL, 'C'}, {"force", no_argument, NULL, 'F'},
		{NULL, 0, NULL, 0}};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":n:s:jfhVw:c:r:i:", longs, NULL)) != -1) {
		switch (c) {
		case 'n':
			client->name = optarg;
			break;
		case 's':
			client->socket = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 'f':
			o->follow = true;
			break;
		case 'h':
			o->help = true;
			break;
		case 'V':
			*version = true;
			break;
		case 'a':
			if (o->n_at == sizeof(o->at) / sizeof(o->at[0]))
				return complain("--at comes %u times at most", o->n_at);
			o->at[o->n_at++] = optarg;
			break;
		case 'w':
			o->write = optarg;
			break;
		case 'c':
			o->count = optarg;
			break;
		case 'i':
			o->interval = optarg;
			break;
		case 'r':
			o->read = optarg;
			break;
		case 'C':
			o->confirm = optarg;
			break;
		case 'F':
			o->force = true;
			break;
		default:
			return complain(c == ':' ? "the option %s needs a value (blctl --help)"
						 : "there is no option %s (blctl --help)",
				argv[optind - 1]);
		}
	}
	return EXIT_OK;
}

static int run(struct client *client, const struct options *o, int argc, char **argv)
{
	if (argc == 0) {
		if (!o->help)
			return print_help(stderr);
		print_help(stdout);
		return finish_output(EXIT_OK);
	}
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(argv[0], commands[i].name) != 0)
			continue;
		if (o->follow && commands[i].run != events_command)
			return complain(
				"%s: there is no option -f (blctl %s --help)", argv[0], argv[0]);
		if ((o->n_at != 0 || o->write != NULL) && commands[i].run != capture_command)
			return complain("%s: --at and -w are options of capture", argv[0]);
		if (o->count != NULL && commands[i].run != capture_command &&
			commands[i].run != top_command)
			return complain("%s: -c is an option of capture and top", argv[0]);
		if (o->interval != NULL && commands[i].run != top_command)
			return complain("%s: -i is an option of top", argv[0]);
		if (o->read != NULL && commands[i].run != explain_command)
			return complain("%s: -r is an option of explain", argv[0]);
		if (o->confirm != NULL && strcmp(argv[0], "apply") != 0)
			return complain("%s: --confirm is an option of apply", argv[0]);
		if (o->force && strcmp(argv[0], "save") != 0)
			return complain("%s: --force is an option of save", argv[0]);
		return commands[i].run(client, o, argc, argv);
	}
	return complain("there is no command '%s' (blctl --help lists them)", argv[0]);
}

int main(int argc, char **argv)
{
	struct client client = {.fd = -1};
	struct options o = {0};
	bool version = false;
	int code = parse(argc, argv, &client, &o, &version);

	if (code != EXIT_OK)
		return code;
	if (version) {
		printf("blctl %s\n", BURSTLINE_VERSION);
		return finish_output(EXIT_OK);
	}
	code = run(&client, &o, argc - optind, argv + optind);
	client_close(&client);
	return code;
}
