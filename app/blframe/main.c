/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * blframe: frames at the command line. Finds the command and runs it; each lives in a file of its
 * own. No EAL is started anywhere here.
 */

#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{"decode", decode_command, "show frames from hex or a capture"},
	{"build", build_command, "make a frame from its fields, as hex or a capture"},
	{"send", send_command, "send frames on an interface"},
	{"listen", listen_command, "show the frames that come in on an interface"},
	{"echo", echo_command, "broadcast a message and print those of others"},
};

static void print_help(FILE *to)
{
	fputs("usage: blframe COMMAND [arguments]\n\nEthernet frames at the command line.\n\n", to);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].what);
	fputs("\nblframe COMMAND --help explains each, with examples:\n"
	      "  echo ffffffffffff0200000000010806 | blframe decode\n",
		to);
}

int main(int argc, char **argv)
{
	opterr = 0; // the commands say it themselves
	setlocale(LC_CTYPE, "C.UTF-8");
	if (argc < 2) {
		print_help(stderr);
		return EXIT_BAD;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
		strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return finish_output(EXIT_OK);
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return complain("there is no command '%s' (blframe --help lists them)", argv[1]);
}
