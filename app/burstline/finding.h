/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FINDING_H
#define FINDING_H

/**
 * @file
 * What is found of the machine before a start: each finding is what it is, why it matters and the
 * command that mends it. Main thread; start and --doctor.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum finding_severity {
	FINDING_INFO,    // as it should be, or worth knowing
	FINDING_WARNING, // it runs, but not as it should
	FINDING_ERROR    // it does not start
};

struct finding {
	enum finding_severity severity;
	bool planned;   // the plan says it, and the start prints the plan's warnings itself
	const char *id; // of its kind; documented in doctor.schema.json
	const char *why;
	char what[512];
	char mend[512]; // "": nothing to do
};

/** In the order in which they were found; all zero: none. findings_free() when done. */
struct findings {
	struct finding *list;
	unsigned n;
};

/**
 * Add a finding; `fmt` says what.
 *
 * @param id, why not copied.
 * @return the finding, for finding_mend() at once; never NULL.
 */
struct finding *finding_add(struct findings *f, enum finding_severity severity, const char *id,
	const char *why, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/** What mends it: a command, as far as there is one. */
void finding_mend(struct finding *finding, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** "WHAT: MEND", as the start says it. */
void finding_sentence(const struct finding *finding, char *text, size_t size);

/** FINDING_INFO where there is none. */
enum finding_severity findings_worst(const struct findings *f);

/** For people: worst first. */
void findings_print(const struct findings *f, FILE *to);

/** As JSON: an array, config/doctor.schema.json says of what. @return 0 or -ENOMEM. */
int findings_print_json(const struct findings *f, FILE *to);

void findings_free(struct findings *f);

#endif
