/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef OPTIONS_H
#define OPTIONS_H

/**
 * @file
 * The command line of burstline. Called by main.c, once, before anything else is looked at.
 */

#include <stdbool.h>

enum mode { MODE_RUN, MODE_CHECK, MODE_PLAN, MODE_DOCTOR };

struct options {
	enum mode mode;
	const char *config;   // NULL: the built-in one
	const char *topology; // NULL: this machine; else only to plan and check
	const char *ledger;   // NULL: not written
	bool json;            // what --doctor prints
	bool force;           // take interfaces that carry the default route
	unsigned stall_us;    // a worker's round that takes longer is logged; 0: none
	int n_eal;
	char **eal;
};

/**
 * Read the command line; levels of the log are set by it at once. --help and --version end the
 * program here.
 *
 * @param o strings point into argv; what no option names becomes its default.
 * @return  0, or -1: it is wrong, and that was said.
 */
int options_parse(int argc, char **argv, struct options *o);

/** Flush standard output. @return `code`, or EXIT_FAILURE with a message if writing failed. */
int options_said(int code);

#endif
