/* SPDX-License-Identifier: BSD-3-Clause */
/* The list of findings, and how it is shown. Called by preflight*.c, doctor*.c and main.c. */

#include "finding.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static const char *const severities[] = {"info", "warning", "error"};

struct finding *finding_add(struct findings *f, enum finding_severity severity, const char *id,
	const char *why, const char *fmt, ...)
{
	static struct finding no_memory;
	struct finding *grown = realloc(f->list, (f->n + 1) * sizeof(*grown)), *new = &no_memory;
	va_list ap;

	if (grown != NULL) {
		f->list = grown;
		new = &grown[f->n++];
	}
	*new = (struct finding){.severity = severity, .id = id, .why = why};
	va_start(ap, fmt);
	vsnprintf(new->what, sizeof(new->what), fmt, ap);
	va_end(ap);
	return new;
}

void finding_mend(struct finding *finding, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(finding->mend, sizeof(finding->mend), fmt, ap);
	va_end(ap);
}

void finding_sentence(const struct finding *finding, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s", finding->what, finding->mend[0] != '\0' ? ": " : "",
		finding->mend);
}

enum finding_severity findings_worst(const struct findings *f)
{
	enum finding_severity worst = FINDING_INFO;

	for (unsigned i = 0; i < f->n; i++)
		worst = f->list[i].severity > worst ? f->list[i].severity : worst;
	return worst;
}

void findings_print(const struct findings *f, FILE *to)
{
	unsigned count[FINDING_ERROR + 1] = {0};

	for (int s = FINDING_ERROR; s >= FINDING_INFO; s--) {
		for (unsigned i = 0; i < f->n; i++) {
			const struct finding *finding = &f->list[i];

			if ((int)finding->severity != s)
				continue;
			count[s]++;
			fprintf(to, "%-7s  %s: %s\n", severities[s], finding->id, finding->what);
			if (s != FINDING_INFO && finding->why != NULL)
				fprintf(to, "         why:  %s\n", finding->why);
			if (finding->mend[0] != '\0')
				fprintf(to, "         mend: %s\n", finding->mend);
		}
	}
	fprintf(to, "%u error%s, %u warning%s\n", count[FINDING_ERROR],
		count[FINDING_ERROR] == 1 ? "" : "s", count[FINDING_WARNING],
		count[FINDING_WARNING] == 1 ? "" : "s");
}

int findings_print_json(const struct findings *f, FILE *to)
{
	json_t *array = json_array();
	int rc = array == NULL ? -1 : 0;

	for (unsigned i = 0; rc == 0 && i < f->n; i++) {
		const struct finding *finding = &f->list[i];

		rc = json_array_append_new(array,
			json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", finding->id, "severity",
				severities[finding->severity], "what", finding->what, "why",
				finding->why != NULL ? finding->why : "", "mend", finding->mend));
	}
	if (rc == 0)
		rc = json_dumpf(array, to, JSON_INDENT(2));
	if (rc == 0)
		fputc('\n', to);
	json_decref(array);
	return rc == 0 ? 0 : -ENOMEM;
}

void findings_free(struct findings *f)
{
	free(f->list);
	*f = (struct findings){0};
}
