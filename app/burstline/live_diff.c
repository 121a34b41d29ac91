/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See live_diff.h. Called by live.c and by whoever shows a change before it is made. Changes
 * nothing.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"
#include "live_diff.h"
#include "live_tables.h"
#include "preflight.h"

// Keys of the device as it is set up: plan_same_device().
static const char *const device_keys[] = {
	"device", "mtu", "mac", "promiscuous", "rx-queues", "tx-queues", "descriptors", "workers"};

static bool begins(const char *path, const char *with)
{
	size_t n = strlen(with);

	return strncmp(path, with, n) == 0 && (path[n] == '\0' || path[n] == '.' || path[n] == '[');
}

// "ports[p0].mtu" into "p0" and "mtu"; the key is "" for a whole entry.
static bool split(const char *path, const char *list, char *name, size_t size, const char **key)
{
	size_t n = strlen(list);
	const char *end = strchr(path, ']');

	if (strncmp(path, list, n) != 0 || path[n] != '[' || end == NULL)
		return false;
	snprintf(name, size, "%.*s", (int)(end - path - (ptrdiff_t)n - 1), path + n + 1);
	*key = end[1] == '.' ? end + 2 : end + 1;
	return true;
}

static const struct conf_bridge *find_bridge(const struct conf *conf, const char *name)
{
	for (unsigned b = 0; b < conf->n_bridges; b++) {
		if (strcmp(conf->bridges[b].name, name) == 0)
			return &conf->bridges[b];
	}
	return NULL;
}

// A device that this program did not start with.
static void judge_privilege(const struct conf *to, struct live_difference *d, const char *name)
{
	char error[sizeof(d->sentence) - CONF_NAME_MAX];

	for (unsigned p = 0; p < to->n_ports; p++) {
		if (strcmp(to->ports[p].name, name) != 0 ||
			preflight_check_privilege(&to->ports[p], error, sizeof(error)) == 0)
			continue;
		d->effect = LIVE_EFFECT_REFUSED;
		d->port[0] = '\0';
		snprintf(d->sentence, sizeof(d->sentence), "%s", error);
	}
}

// What cannot be opened again cannot be set up otherwise either.
static bool opens_once(const struct conf *running, const char *name)
{
	char error[256];

	for (unsigned p = 0; p < running->n_ports; p++) {
		const struct conf_port *port = &running->ports[p];

		if (strcmp(port->name, name) == 0)
			return driver_find(port->device, error, sizeof(error))->opens_once;
	}
	return false;
}

static void judge_port(const struct conf *running, const struct conf *to, struct live_difference *d,
	const char *name, const char *key)
{
	for (size_t i = 0; i < sizeof(device_keys) / sizeof(device_keys[0]); i++) {
		if (strcmp(key, device_keys[i]) != 0)
			continue;
		if (opens_once(running, name)) {
			d->effect = LIVE_EFFECT_REFUSED;
			snprintf(d->sentence, sizeof(d->sentence),
				"%s: port %s cannot be closed and opened for it, because its driver "
				"opens an interface once: take the port out, make the interface anew "
				"and put the port in, or restart",
				d->path, name);
			continue;
		}
		d->effect = LIVE_EFFECT_INTERRUPTS;
		snprintf(d->port, sizeof(d->port), "%s", name);
		snprintf(d->sentence, sizeof(d->sentence),
			"%s: port %s is closed and opened for it; the others go on", d->path, name);
	}
	if ((key[0] == '\0' && d->from == NULL) || strcmp(key, "device") == 0)
		judge_privilege(to, d, name);
}

static void judge(const struct conf *a, const struct conf *b, struct live_difference *d)
{
	char name[CONF_NAME_MAX];
	const char *key;

	if (strcmp(d->path, "name") == 0 || begins(d->path, "lcores") ||
		begins(d->path, "memory") || begins(d->path, "metrics")) {
		d->effect = LIVE_EFFECT_REFUSED;
		snprintf(d->sentence, sizeof(d->sentence),
			"%s: %.60s cannot become %.60s while the program runs: that needs a restart",
			d->path, d->from != NULL ? d->from : "its default",
			d->to != NULL ? d->to : "its default");
		return;
	}
	if (split(d->path, "ports", name, sizeof(name), &key)) {
		judge_port(a, b, d, name, key);
	} else if (split(d->path, "bridges", name, sizeof(name), &key)) {
		const struct conf_bridge *was = find_bridge(a, name), *is = find_bridge(b, name);

		if (was != NULL && is != NULL && !live_tables_same(was, is) &&
			!begins(key, "members") && !begins(key, "static"))
			snprintf(d->sentence, sizeof(d->sentence),
				"%s: bridge %s begins with an empty table and floods until "
				"addresses are learned again",
				d->path, name);
	}
}

int live_diff_conf(const struct conf *running, const struct conf *to, struct live_differences *d)
{
	*d = (struct live_differences){.n = 0};
	if (conf_diff(running, to, &d->changes) != 0)
		return -1;
	d->list = calloc(d->changes.n + 1, sizeof(d->list[0]));
	if (d->list == NULL) {
		conf_changes_free(&d->changes);
		return -1;
	}
	for (unsigned i = 0; i < d->changes.n; i++) {
		const struct conf_change *c = &d->changes.change[i];

		d->list[i] =
			(struct live_difference){.path = c->path, .from = c->from, .to = c->to};
		judge(running, to, &d->list[i]);
	}
	d->n = d->changes.n;
	return 0;
}

void live_diff_free(struct live_differences *d)
{
	free(d->list);
	conf_changes_free(&d->changes);
	*d = (struct live_differences){.n = 0};
}

bool live_diff_refuses(const struct live_differences *d, char *error, size_t error_size)
{
	size_t used = 0;

	for (unsigned i = 0; i < d->n && used < error_size; i++) {
		if (d->list[i].effect == LIVE_EFFECT_REFUSED)
			used += (size_t)snprintf(
				error + used, error_size - used, "%s; ", d->list[i].sentence);
	}
	if (used != 0 && used < error_size)
		snprintf(error + used, error_size - used, "nothing was changed");
	return used != 0;
}

int live_diff_text(const struct conf *running, const char *name, const char *text, size_t size,
	struct live_differences *d, char *error, size_t error_size)
{
	struct conf *conf;
	int rc;

	if (conf_load_buffer(name, text, size, &conf, error, error_size) != 0)
		return -1;
	rc = live_diff_conf(running, conf, d);
	if (rc != 0)
		snprintf(error, error_size, "out of memory");
	conf_free(conf);
	return rc;
}
