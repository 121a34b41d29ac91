/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The topology of another machine, from a YAML file, for --plan --topology. As strict as the
 * configuration: unknown, duplicate, mistyped and missing keys are errors with their place.
 * config/topology-two-sockets.yaml shows every key.
 */

#include "topology.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

enum { MAX_BYTES = 64 << 10, MAX_KEYS = 8, PATH_LENGTH = 96, MAX_DISTANCE = 255 };

struct loader {
	const char *file;
	yaml_document_t document;
	struct topology *t;
	char *error;
	size_t error_size;
};

static yaml_node_t *at(struct loader *l, int id)
{
	return yaml_document_get_node(&l->document, id);
}

static const char *text(const yaml_node_t *n)
{
	return (const char *)n->data.scalar.value;
}

static int fail(struct loader *l, const yaml_node_t *n, const char *path, const char *expected)
{
	char found[48];

	if (n->type == YAML_SCALAR_NODE)
		snprintf(found, sizeof(found), "\"%.40s\"", text(n));
	else
		snprintf(found, sizeof(found),
			n->type == YAML_MAPPING_NODE ? "a mapping" : "a list");
	snprintf(l->error, l->error_size, "%s:%zu:%zu: %s: found %s, expected %s", l->file,
		n->start_mark.line + 1, n->start_mark.column + 1, *path ? path : "document", found,
		expected);
	return -1;
}

/** Values of a mapping in the order of `keys`; 0: absent. */
static int collect(struct loader *l, const yaml_node_t *map, const char *path,
	const char *const *keys, int *values)
{
	char expected[160] = "", where[PATH_LENGTH + 48];
	size_t used = 0;

	for (unsigned k = 0; keys[k]; k++) {
		values[k] = 0;
		used += snprintf(expected + used, sizeof(expected) - used, "%s%s",
			k ? ", " : "one of ", keys[k]);
	}
	if (map->type != YAML_MAPPING_NODE)
		return fail(l, map, path, "a mapping");
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
		p++) {
		const yaml_node_t *key = at(l, p->key);
		unsigned k = 0;

		if (key->type != YAML_SCALAR_NODE)
			return fail(l, key, path, "a key");
		while (keys[k] && strcmp(keys[k], text(key)) != 0)
			k++;
		snprintf(where, sizeof(where), "%s%s%.40s", path, *path ? "." : "", text(key));
		if (!keys[k])
			return fail(l, key, where, expected);
		if (values[k])
			return fail(l, key, where, "each key once");
		values[k] = p->value;
	}
	return 0;
}

static int number(struct loader *l, int id, const char *path, unsigned long max, unsigned *out)
{
	const yaml_node_t *n = at(l, id);
	char *end = NULL, expected[48];
	unsigned long value = 0;

	errno = 0;
	if (n->type == YAML_SCALAR_NODE && text(n)[0] >= '0' && text(n)[0] <= '9')
		value = strtoul(text(n), &end, 10);
	snprintf(expected, sizeof(expected), "a number from 0 to %lu", max);
	if (!end || *end || errno || value > max)
		return fail(l, n, path, expected);
	*out = value;
	return 0;
}

static int boolean(struct loader *l, int id, const char *path, bool *out)
{
	const yaml_node_t *n = at(l, id);

	if (n->type == YAML_SCALAR_NODE && strcmp(text(n), "true") == 0)
		*out = true;
	else if (n->type == YAML_SCALAR_NODE && strcmp(text(n), "false") == 0)
		*out = false;
	else
		return fail(l, n, path, "true or false");
	return 0;
}

/** CPU numbers: 4, or "0-3,8". */
static int cpu_list(struct loader *l, int id, const char *path, unsigned node)
{
	const yaml_node_t *n = at(l, id);
	const char *p = n->type == YAML_SCALAR_NODE ? text(n) : "";

	do {
		char *end = NULL;
		unsigned long first = *p >= '0' && *p <= '9' ? strtoul(p, &end, 10) : 0;
		unsigned long last = first;

		if (end && *end == '-' && end[1] >= '0' && end[1] <= '9')
			last = strtoul(end + 1, &end, 10);
		if (!end || (*end && *end != ',') || last < first || last >= TOPOLOGY_MAX_CPUS)
			return fail(l, n, path, "CPU numbers such as \"0-3,8\", below 1024");
		for (unsigned long cpu = first; cpu <= last; cpu++) {
			if (topology_cpu(l->t, cpu))
				return fail(l, n, path, "each CPU once");
			l->t->cpus[l->t->n_cpus++] = (struct topology_cpu){cpu, node};
		}
		p = *end ? end + 1 : NULL;
	} while (p);
	return 0;
}

static int distances(struct loader *l, int id, const char *path, struct topology_node *node)
{
	const yaml_node_t *n = at(l, id);
	unsigned i = 0;

	if (n->type != YAML_SEQUENCE_NODE ||
		n->data.sequence.items.top - n->data.sequence.items.start > TOPOLOGY_MAX_NODES)
		return fail(l, n, path, "a list of distances, one a node");
	for (yaml_node_item_t *item = n->data.sequence.items.start;
		item < n->data.sequence.items.top; item++)
		if (number(l, *item, path, MAX_DISTANCE, &node->distance[i++]) < 0)
			return -1;
	return 0;
}

static int load_node(struct loader *l, const yaml_node_t *n, const char *path)
{
	static const char *const keys[] = {
		"node", "cpus", "distances", "hugepages", "memory", NULL};
	struct topology_node *node = &l->t->nodes[l->t->n_nodes];
	unsigned pages = 0;
	int v[MAX_KEYS];

	if (collect(l, n, path, keys, v) < 0)
		return -1;
	if (!v[0] || !v[1])
		return fail(l, n, path, "the keys node and cpus");
	if (l->t->n_nodes == TOPOLOGY_MAX_NODES)
		return fail(l, n, path, "at most 64 nodes");
	node->memory_allowed = true;
	if (number(l, v[0], path, TOPOLOGY_MAX_NODES - 1, &node->node) < 0)
		return -1;
	if (topology_node(l->t, node->node))
		return fail(l, n, path, "each node once");
	l->t->n_nodes++;
	if (cpu_list(l, v[1], path, node->node) < 0 ||
		(v[2] && distances(l, v[2], path, node) < 0) ||
		(v[3] && number(l, v[3], path, 1u << 24, &pages) < 0) ||
		(v[4] && boolean(l, v[4], path, &node->memory_allowed) < 0))
		return -1;
	node->huge_free_bytes = pages * l->t->huge_page_bytes;
	node->huge_total_bytes = node->huge_free_bytes;
	return 0;
}

static int load_port(struct loader *l, const yaml_node_t *n, const char *path)
{
	static const char *const keys[] = {
		"name", "node", "rx-queues", "tx-queues", "mtu", "kept-frames", NULL};
	struct topology_port port = {0};
	unsigned kept = 0;
	int v[MAX_KEYS];

	if (collect(l, n, path, keys, v) < 0)
		return -1;
	if (!v[0])
		return fail(l, n, path, "the key name");
	if (at(l, v[0])->type != YAML_SCALAR_NODE || strlen(text(at(l, v[0]))) >= sizeof(port.name))
		return fail(l, at(l, v[0]), path, "a name of 31 octets or fewer");
	strcpy(port.name, text(at(l, v[0])));
	port.node_known = v[1] != 0;
	if ((v[1] && number(l, v[1], path, TOPOLOGY_MAX_NODES - 1, &port.node) < 0) ||
		(v[2] && number(l, v[2], path, 1024, &port.max_rxq) < 0) ||
		(v[3] && number(l, v[3], path, 1024, &port.max_txq) < 0) ||
		(v[4] && number(l, v[4], path, 65535, &port.mtu) < 0) ||
		(v[5] && number(l, v[5], path, 1u << 24, &kept) < 0))
		return -1;
	port.kept_frames = kept;
	if (v[1] && !topology_node(l->t, port.node))
		return fail(l, at(l, v[1]), path, "a node from the list of nodes");
	if (topology_set_port(l->t, &port) < 0)
		return fail(l, n, path, "at most 32 ports");
	return 0;
}

static int load_list(struct loader *l, int id, const char *name,
	int (*load)(struct loader *, const yaml_node_t *, const char *))
{
	const yaml_node_t *list = at(l, id);
	char path[PATH_LENGTH];

	if (list->type != YAML_SEQUENCE_NODE)
		return fail(l, list, name, "a list");
	for (yaml_node_item_t *i = list->data.sequence.items.start;
		i < list->data.sequence.items.top; i++) {
		snprintf(path, sizeof(path), "%s[%d]", name,
			(int)(i - list->data.sequence.items.start));
		if (load(l, at(l, *i), path) < 0)
			return -1;
	}
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct topology_cpu *x = a, *y = b;

	return x->cpu < y->cpu ? -1 : x->cpu > y->cpu;
}

static int load_root(struct loader *l)
{
	static const char *const keys[] = {"hugepage-kib", "hugetlbfs", "nodes", "ports", NULL};
	const yaml_node_t *root = yaml_document_get_root_node(&l->document);
	unsigned kib = 2048;
	int v[MAX_KEYS];

	if (!root) {
		snprintf(l->error, l->error_size, "%s: the file is empty, expected a mapping",
			l->file);
		return -1;
	}
	if (collect(l, root, "", keys, v) < 0)
		return -1;
	if (!v[2])
		return fail(l, root, "nodes", "the key nodes");
	if (v[0] && number(l, v[0], keys[0], 1u << 24, &kib) < 0)
		return -1;
	l->t->huge_page_bytes = (uint64_t)kib << 10;
	if ((v[1] && boolean(l, v[1], keys[1], &l->t->huge_mounted) < 0) ||
		load_list(l, v[2], keys[2], load_node) < 0)
		return -1;
	qsort(l->t->cpus, l->t->n_cpus, sizeof(*l->t->cpus), by_number);
	return v[3] ? load_list(l, v[3], keys[3], load_port) : 0;
}

static int load_document(struct loader *l, const void *data, size_t size)
{
	yaml_parser_t parser;
	int rc = -1;

	if (!yaml_parser_initialize(&parser)) {
		snprintf(l->error, l->error_size, "%s: out of memory", l->file);
		return -1;
	}
	yaml_parser_set_input_string(&parser, data, size);
	if (yaml_parser_load(&parser, &l->document)) {
		rc = load_root(l);
		yaml_document_delete(&l->document);
	} else {
		snprintf(l->error, l->error_size, "%s:%zu:%zu: %s", l->file,
			parser.problem_mark.line + 1, parser.problem_mark.column + 1,
			parser.problem ? parser.problem : "cannot be read");
	}
	yaml_parser_delete(&parser);
	return rc;
}

static int read_file(struct loader *l, char *data, size_t *size)
{
	FILE *file = fopen(l->file, "re");
	int reason = errno;

	errno = 0;
	if (file) {
		*size = fread(data, 1, MAX_BYTES, file);
		reason = ferror(file) ? errno : *size == MAX_BYTES ? EFBIG : 0;
		fclose(file);
	}
	if (reason)
		snprintf(l->error, l->error_size, "%s: %s", l->file, strerror(reason));
	return reason ? -1 : 0;
}

int topology_load(const char *path, struct topology **topology, char *error, size_t error_size)
{
	struct topology *t = calloc(1, sizeof(*t));
	struct loader l = {.file = path, .t = t, .error = error, .error_size = error_size};
	char *data = malloc(MAX_BYTES);
	size_t size = 0;
	int rc = -1;

	*topology = NULL;
	error[0] = '\0';
	if (t) {
		t->cpus = calloc(TOPOLOGY_MAX_CPUS, sizeof(*t->cpus));
		t->nodes = calloc(TOPOLOGY_MAX_NODES, sizeof(*t->nodes));
	}
	if (!t || !data || !t->cpus || !t->nodes)
		snprintf(error, error_size, "%s: out of memory", path);
	else if (read_file(&l, data, &size) == 0)
		rc = load_document(&l, data, size);
	free(data);
	if (rc == 0)
		*topology = t;
	else
		topology_free(t);
	return rc;
}
