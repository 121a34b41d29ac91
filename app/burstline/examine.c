/* SPDX-License-Identifier: BSD-3-Clause */
/* See examine.h. Called by main.c. */

#include "examine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cap-ng.h>

#include "base/log.h"
#include "preflight.h"

enum { SENTENCE_MAX = 1100 };

// "all but sys_time", or those there are.
static void list_capabilities(char *names, size_t size)
{
	unsigned n = 0;
	size_t used;
	bool most;

	capng_get_caps_process();
	for (unsigned c = 0; c <= CAP_LAST_CAP; c++)
		n += (unsigned)capng_have_capability(CAPNG_EFFECTIVE, c);
	most = n > CAP_LAST_CAP / 2;
	used = (size_t)snprintf(names, size, "%s", most ? " all" : n == 0 ? " none" : "");
	for (unsigned c = 0; used < size && c <= CAP_LAST_CAP; c++)
		if (most != (capng_have_capability(CAPNG_EFFECTIVE, c) != 0))
			used += (size_t)snprintf(names + used, size - used, "%s %s",
				most && strcmp(names, " all") == 0 ? " but" : "",
				capng_capability_to_name(c));
}

static void say_privilege(struct findings *f)
{
	char names[384];

	list_capabilities(names, sizeof(names));
	finding_add(f, FINDING_INFO, "capabilities",
		"taps, af_packet and AF_XDP need some; the start says which are missing",
		"this process is of user %u and has the capabilities%s", (unsigned)getuid(), names);
}

void examine(const struct conf *conf, const struct topology *topology,
	const struct handler *const *table, const struct plan *plan, const char *why, bool force,
	struct findings *f)
{
	struct doctor d = {.conf = conf,
		.topology = topology,
		.plan = plan,
		.why = why,
		.proc = "/proc",
		.sys = "/sys"};
	struct topology *granted = NULL;
	struct plan *wish = NULL;
	char error[SENTENCE_MAX] = "";

	if (plan == NULL &&
		(topology_read(&granted, error, sizeof(error)) != 0 ||
			preflight_note_ports(granted, conf, error, sizeof(error)) != 0 ||
			topology_grant(granted, conf, error, sizeof(error)) != 0 ||
			plan_make(conf, granted, table, &wish, error, sizeof(error)) != 0)) {
		finding_add(f, FINDING_ERROR, "plan", "nothing runs without a plan", "%s", error);
	} else {
		d.wish = wish;
		doctor_look(&d, f);
	}
	say_privilege(f);
	preflight_check(conf, force, f);
	plan_free(wish);
	topology_free(granted);
}

int examine_before_start(const struct conf *conf, const struct topology *topology,
	const struct handler *const *table, const struct plan *plan, bool force)
{
	struct findings f = {0};
	char text[SENTENCE_MAX];
	bool failed;

	examine(conf, topology, table, plan, NULL, force, &f);
	for (enum finding_severity s = FINDING_WARNING; s <= FINDING_ERROR; s++) {
		for (unsigned i = 0; i < f.n; i++) {
			if (f.list[i].severity != s || f.list[i].planned)
				continue;
			finding_sentence(&f.list[i], text, sizeof(text));
			if (s == FINDING_ERROR)
				log_error("%s", text);
			else
				log_warning("%s", text);
		}
	}
	failed = findings_worst(&f) == FINDING_ERROR;
	findings_free(&f);
	return failed ? -1 : 0;
}

int examine_and_print(const struct conf *conf, const struct topology *topology,
	const struct handler *const *table, const struct plan *plan, const char *why, bool force,
	bool json)
{
	static const int codes[] = {EXAMINE_WELL, EXAMINE_WARNING, EXAMINE_ERROR};
	struct findings f = {0};
	int code, rc = 0;

	examine(conf, topology, table, plan, why, force, &f);
	if (json)
		rc = findings_print_json(&f, stdout);
	else
		findings_print(&f, stdout);
	code = codes[findings_worst(&f)];
	findings_free(&f);
	if (rc == 0)
		return code;
	log_error("out of memory");
	return EXAMINE_ERROR;
}
