/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loading: file, walk, libcyaml, resolution, references, in that order, all or nothing. Called by
 * the main program at start, by --check and --plan, and by the management thread. Logs nothing: the
 * caller gets one line.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/doc.h"
#include "conf/raw.h"
#include "conf/resolve.h"

enum { FILE_MAX = 1 << 20 }; // a thousand times what anybody writes

static const cyaml_config_t cyaml_config = {
	.mem_fn = cyaml_mem,
	.log_level = CYAML_LOG_ERROR,
};

static const char default_text[] = "name: burstline\n"
				   "ports:\n"
				   "  - {name: bl0, device: \"net_tap0,iface=bl0\"}\n"
				   "  - {name: bl1, device: \"net_tap1,iface=bl1\"}\n"
				   "bridges:\n"
				   "  - {name: br0, members: [{port: bl0}, {port: bl1}]}\n"
				   "interfaces:\n"
				   "  - {name: br0, bridge: br0, addresses: [192.0.2.1/24]}\n";

static void free_bridge(struct conf_bridge *bridge)
{
	for (unsigned i = 0; i < bridge->n_members; i++)
		free(bridge->members[i].translations);
	free(bridge->members);
	free(bridge->entries);
}

void conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	for (unsigned i = 0; i < conf->n_ports; i++)
		free(conf->ports[i].workers);
	for (unsigned i = 0; i < conf->n_bridges; i++)
		free_bridge(&conf->bridges[i]);
	for (unsigned i = 0; i < conf->n_interfaces; i++)
		free(conf->interfaces[i].addresses);
	for (unsigned i = 0; i < conf->n_handlers; i++)
		free(conf->handlers[i].cpus);
	free(conf->lcores.workers);
	free(conf->ports);
	free(conf->wires);
	free(conf->bridges);
	free(conf->interfaces);
	free(conf->neighbours);
	free(conf->handlers);
	free(conf);
}

static int fail_later(const struct doc *doc)
{
	return doc_fail(doc, doc->later, "found %s, which is not supported yet", doc->later_text);
}

static int resolve(const struct raw_conf *raw, const struct doc *doc, struct conf **conf)
{
	struct conf *c;

	if (conf_check_parents(raw, doc) != 0)
		return -1;
	if (doc->later != DOC_NONE)
		return fail_later(doc);
	c = calloc(1, sizeof(*c));
	if (c == NULL) {
		snprintf(doc->error, doc->error_size, "%s: out of memory", doc->file);
		return -1;
	}
	if (conf_resolve(c, raw, doc) != 0 || conf_check_refs(c, doc) != 0) {
		conf_free(c);
		return -1;
	}
	*conf = c;
	return 0;
}

static int load_checked(const struct doc *doc, const void *data, size_t size, struct conf **conf)
{
	static const struct raw_conf empty;
	struct raw_conf *raw = NULL;
	cyaml_err_t err;
	int answer;

	err = cyaml_load_data(data, size, &cyaml_config, &conf_schema, (cyaml_data_t **)&raw, NULL);
	if (err != CYAML_OK) {
		snprintf(doc->error, doc->error_size, "%s: %s", doc->file, cyaml_strerror(err));
		return -1;
	}
	answer = resolve(raw != NULL ? raw : &empty, doc, conf);
	cyaml_free(&cyaml_config, &conf_schema, raw, 0);
	return answer;
}

int conf_load_buffer(const char *name, const void *data, size_t size, struct conf **conf,
	char *error, size_t error_size)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct doc doc = {.file = name, .error = error, .error_size = error_size};
	int answer;

	error[0] = '\0';
	if (size > FILE_MAX) {
		snprintf(error, error_size,
			"%s: found more than %d octets, expected at most that many", name,
			FILE_MAX);
		return -1;
	}
	/* libyaml would count the mark as an indent of the first line. */
	if (size >= 3 && memcmp(data, bom, 3) == 0) {
		data = (const char *)data + 3;
		size -= 3;
	}
	answer = doc_read(&doc, data, size);
	if (answer == 0)
		answer = load_checked(&doc, data, size, conf);
	doc_free(&doc);
	return answer;
}

/* One octet more than is allowed, so that conf_load_buffer() sees that there is more. */
static ssize_t read_all(int fd, char *to)
{
	size_t at = 0;

	while (at <= FILE_MAX) {
		ssize_t n = read(fd, to + at, FILE_MAX + 1 - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		at += (size_t)n;
	}
	return (ssize_t)at;
}

int conf_load(const char *path, struct conf **conf, char *error, size_t error_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *data = NULL;
	ssize_t size = -1;
	int answer = -1;

	if (fd >= 0)
		data = malloc(FILE_MAX + 1);
	if (data != NULL)
		size = read_all(fd, data);
	if (size < 0)
		snprintf(error, error_size, "%s: %s", path, strerror(errno));
	else
		answer = conf_load_buffer(path, data, (size_t)size, conf, error, error_size);
	free(data);
	if (fd >= 0)
		close(fd);
	return answer;
}

int conf_default(struct conf **conf, char *error, size_t error_size)
{
	return conf_load_buffer(
		"built-in", default_text, sizeof(default_text) - 1, conf, error, error_size);
}
