/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef COMMAND_H
#define COMMAND_H

/**
 * @file
 * What the commands of blframe share: their entry points, exit codes and the reading of options.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1, // something went wrong on the way, or a line was not hex
	EXIT_BAD = 2     // bad arguments or input: nothing, or nothing more, was done
};

/** A command: its own arguments, argv[0] being its name. @return the exit code. */
int decode_command(int argc, char **argv);
int build_command(int argc, char **argv);
int send_command(int argc, char **argv);
int listen_command(int argc, char **argv);
int echo_command(int argc, char **argv);

/** Say in one sentence what is wrong, to standard error. @return EXIT_BAD. */
int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** Say what getopt_long() did not like: `option` is ':' (a value is missing) or '?'. */
int complain_option(char **argv, int option);

/** Flush standard output. @return `code`, or EXIT_FAILED with a message if writing failed. */
int finish_output(int code);

/** A whole number from `min` to `max`, decimal or 0x...; false when it is not. */
bool number_parse(const char *text, unsigned long min, unsigned long max, unsigned long *value);

/** "1s", "200ms", "0.5s", "2": milliseconds from 1 ms to a day; false when it is not. */
bool interval_parse(const char *text, unsigned *ms);

/** "02:00:00:00:00:01" or any other hex form of 6 octets. */
bool address_parse(const char *text, uint8_t *address);

/** Catch SIGINT and SIGTERM: stop_asked() is true from then on. */
void stop_catch(void);
bool stop_asked(void);

/** Milliseconds of a clock that never steps. */
uint64_t clock_ms(void);

#endif
