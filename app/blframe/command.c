/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the commands of blframe share: messages, numbers and signals. Called by every command; does
 * nothing with frames.
 */

#include "command.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hex.h"

static atomic_bool stop;

int complain(const char *fmt, ...)
{
	va_list args;

	fputs("blframe: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_BAD;
}

int complain_option(char **argv, int option)
{
	return complain(option == ':' ? "%s: the option %s needs a value (blframe %s --help)"
				      : "%s: there is no option %s (blframe %s --help)",
		argv[0], argv[optind - 1], argv[0]);
}

int finish_output(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	complain("cannot write to standard output: %s", strerror(errno));
	return EXIT_FAILED;
}

bool number_parse(const char *text, unsigned long min, unsigned long max, unsigned long *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*value = strtoul(text, &end, hex ? 16 : 10);
	return *end == 0 && errno == 0 && *value >= min && *value <= max;
}

bool interval_parse(const char *text, unsigned *ms)
{
	char *end;
	double value;

	if (!isdigit((unsigned char)text[0]))
		return false;
	value = strtod(text, &end);
	if (strcmp(end, "ms") != 0) {
		if (*end != 0 && strcmp(end, "s") != 0)
			return false;
		value *= 1000;
	}
	if (!(value >= 1 && value <= 86400e3))
		return false;
	*ms = (unsigned)value;
	return true;
}

bool address_parse(const char *text, uint8_t *address)
{
	uint8_t octets[64];
	size_t n = strlen(text);

	if (n / 2 > sizeof(octets) || hex_read(text, n, octets) != 6)
		return false;
	memcpy(address, octets, 6);
	return true;
}

static void on_signal(int number)
{
	atomic_store(&stop, true);
}

void stop_catch(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool stop_asked(void)
{
	return atomic_load(&stop);
}

uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
