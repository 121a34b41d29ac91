/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef COMMAND_H
#define COMMAND_H

/**
 * @file
 * What the commands of blctl share: their entry points, exit codes and messages.
 */

#include <stdbool.h>

#include "client.h"

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1, // the instance refused, or cannot be reached
	EXIT_BAD = 2     // bad arguments: nothing was done
};

/** What was asked for before and behind the command's name. */
struct options {
	bool json;
	bool follow; // of events
	bool help;
	// Of capture and explain.
	const char *at[3]; // --at
	unsigned n_at;
	const char *write;    // -w
	const char *count;    // -c, of top too
	const char *interval; // -i, of top
	const char *read;     // -r
	const char *confirm;  // --confirm, of apply
	bool force;           // of save
};

/** A command: its own words, argv[0] being its name. @return the exit code. */
int show_command(struct client *client, const struct options *o, int argc, char **argv);
int ping_command(struct client *client, const struct options *o, int argc, char **argv);
int clear_command(struct client *client, const struct options *o, int argc, char **argv);
int events_command(struct client *client, const struct options *o, int argc, char **argv);
int neighbour_command(struct client *client, const struct options *o, int argc, char **argv);
int fdb_command(struct client *client, const struct options *o, int argc, char **argv);
int port_command(struct client *client, const struct options *o, int argc, char **argv);
int config_command(struct client *client, const struct options *o, int argc, char **argv);
int top_command(struct client *client, const struct options *o, int argc, char **argv);
int capture_command(struct client *client, const struct options *o, int argc, char **argv);
int explain_command(struct client *client, const struct options *o, int argc, char **argv);

/** Say in one sentence what is wrong, to standard error; a screen is closed first. @return
 * EXIT_BAD.
 */
int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** Words too few, too many, or unknown ones. @return EXIT_BAD. */
int complain_words(const char *command);

/** Print a help text. @return EXIT_OK, or EXIT_FAILED. */
int help_print(const char *text);

/** Call a method that answers nothing; takes over `params`. With -j prints {}. @return the exit
 *  code. */
int change(struct client *client, const struct options *o, const char *method, json_t *params);

/** Print JSON. */
void json_print(const json_t *value);

/** A VLAN from 1 to 4094; -1 when it is not. */
int vlan_parse(const char *text);

/** Flush standard output. @return `code`, or EXIT_FAILED with a message if writing failed. */
int finish_output(int code);

#endif
