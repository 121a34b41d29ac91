/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a configuration has to become another, key by key: conf_diff(). Called before a change of
 * what runs and by whoever shows it. Goes along the schema; entries of lists are known by their
 * names, so their order means nothing.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/unresolve.h"

enum {
	TEXT_MAX = 16384, // what is cut of a value is not compared
	RANGE_TEXT = 11   // "2044-2045, "
};
_Static_assert(TEXT_MAX > CONF_VLANS / 3 * RANGE_TEXT && TEXT_MAX > CONF_VLANS / 2 * 6,
	"the longest value is a list of VLANs: ranges, or single ones, with gaps of one");

/* A value, or an entry with all that lies below it; its text is all of that then. */
struct line {
	char *path, *text;
	unsigned below; // lines that follow and are part of it
	bool entry;
};

struct lines {
	struct line *line;
	const struct line **sorted; // by path
	unsigned n, room;
	bool failed;
};

/* The keys of an entry that say which one it is. */
static const char *const identities[][2] = {
	{"name", NULL}, {"interface", "address"}, {"mac", "vlan"}, {"port", NULL}};

static unsigned add(struct lines *l, const char *path, const char *text, bool entry)
{
	struct line *line;

	if (l->n == l->room) {
		unsigned room = 2 * l->room + 64;
		struct line *grown = realloc(l->line, room * sizeof(*grown));

		if (grown == NULL) {
			l->failed = true;
			return 0;
		}
		l->line = grown;
		l->room = room;
	}
	line = &l->line[l->n];
	*line = (struct line){.path = strdup(path), .text = strdup(text), .entry = entry};
	l->failed |= line->path == NULL || line->text == NULL;
	return l->n++;
}

static void put(char *text, size_t size, const char *what)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s", what);
}

/* A value on one line: "{vid: 10}", "10, 20-30". */
static void write_value(const struct raw_value *v, const char *key, char *text, size_t size)
{
	char scalar[CONF_DEVICE_MAX];
	bool first = true;

	if (raw_is_list(v->schema)) {
		for (unsigned i = 0; i < v->n; i++) {
			struct raw_value entry = raw_entry(v, i);

			put(text, size, i == 0 ? "" : ", ");
			write_value(&entry, key, text, size);
		}
		return;
	}
	if (v->schema->type != CYAML_MAPPING) {
		raw_text(v, key, scalar, sizeof(scalar));
		put(text, size, scalar);
		return;
	}
	put(text, size, "{");
	for (const cyaml_schema_field_t *f = v->schema->mapping.fields; f->key != NULL; f++) {
		struct raw_value field = raw_field(f, v->data);

		if (field.data == NULL)
			continue;
		put(text, size, first ? "" : ", ");
		put(text, size, f->key);
		put(text, size, raw_is_list(field.schema) ? ": [" : ": ");
		write_value(&field, f->key, text, size);
		put(text, size, raw_is_list(field.schema) ? "]" : "");
		first = false;
	}
	put(text, size, "}");
}

static const cyaml_schema_field_t *find_field(const cyaml_schema_value_t *mapping, const char *key)
{
	const cyaml_schema_field_t *f = mapping->mapping.fields;

	while (f->key != NULL && strcmp(f->key, key) != 0)
		f++;
	return f->key != NULL ? f : NULL;
}

/* "p0"; false: entries of this list have no name of their own. */
static bool identify(const struct raw_value *entry, char *name, size_t size)
{
	name[0] = '\0';
	if (entry->schema->type == CYAML_SEQUENCE_FIXED) {
		const char *ends[2];

		for (unsigned i = 0; i < 2; i++)
			ends[i] = raw_entry(entry, i).data;
		snprintf(name, size, "%s, %s", strcmp(ends[0], ends[1]) < 0 ? ends[0] : ends[1],
			strcmp(ends[0], ends[1]) < 0 ? ends[1] : ends[0]);
		return true;
	}
	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]); i++) {
		if (find_field(entry->schema, identities[i][0]) == NULL)
			continue;
		for (unsigned k = 0; k < 2 && identities[i][k] != NULL; k++) {
			const cyaml_schema_field_t *f = find_field(entry->schema, identities[i][k]);
			struct raw_value v = {0};

			if (f != NULL)
				v = raw_field(f, entry->data);
			if (v.data == NULL)
				continue;
			put(name, size, k == 0 ? "" : " ");
			write_value(&v, identities[i][k], name, size);
		}
		return true;
	}
	return false;
}

static bool has_names(const struct raw_value *list)
{
	const cyaml_schema_value_t *entry = list->schema->sequence.entry;

	if (entry->type == CYAML_SEQUENCE_FIXED)
		return true;
	if (entry->type != CYAML_MAPPING)
		return false;
	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]); i++)
		if (find_field(entry, identities[i][0]) != NULL)
			return true;
	return false;
}

static void flatten(struct lines *l, const struct raw_value *v, const char *path, const char *key);

static void flatten_mapping(struct lines *l, const struct raw_value *v, const char *path)
{
	for (const cyaml_schema_field_t *f = v->schema->mapping.fields; f->key != NULL; f++) {
		struct raw_value field = raw_field(f, v->data);
		char below[CONF_PATH_TEXT];

		if (field.data == NULL)
			continue;
		below[0] = '\0';
		put(below, sizeof(below), path);
		put(below, sizeof(below), path[0] != '\0' ? "." : "");
		put(below, sizeof(below), f->key);
		flatten(l, &field, below, f->key);
	}
}

static void flatten_entries(
	struct lines *l, const struct raw_value *v, const char *path, const char *key)
{
	char *text = malloc(TEXT_MAX);

	l->failed |= text == NULL;
	for (unsigned i = 0; text != NULL && i < v->n; i++) {
		struct raw_value entry = raw_entry(v, i);
		char name[CONF_PATH_TEXT / 2], below[CONF_PATH_TEXT];
		unsigned at;

		identify(&entry, name, sizeof(name));
		snprintf(below, sizeof(below), "%s[%s]", path, name);
		text[0] = '\0';
		write_value(&entry, key, text, TEXT_MAX);
		at = add(l, below, text, true);
		if (entry.schema->type == CYAML_MAPPING)
			flatten_mapping(l, &entry, below);
		if (!l->failed)
			l->line[at].below = l->n - at - 1;
	}
	free(text);
}

static void flatten(struct lines *l, const struct raw_value *v, const char *path, const char *key)
{
	char *text;

	if (v->schema->type == CYAML_MAPPING) {
		flatten_mapping(l, v, path);
		return;
	}
	if (raw_is_list(v->schema) && has_names(v)) {
		flatten_entries(l, v, path, key);
		return;
	}
	text = calloc(1, TEXT_MAX);
	l->failed |= text == NULL;
	if (text != NULL) {
		write_value(v, key, text, TEXT_MAX);
		add(l, path, text, false);
	}
	free(text);
}

static int by_path(const void *a, const void *b)
{
	const struct line *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

static void make_lines(struct lines *l, const struct conf *conf)
{
	struct raw_store *store = NULL;
	struct raw_value root = {.schema = &conf_schema, .data = conf_unresolve(conf, &store)};

	if (root.data == NULL) {
		l->failed = true;
		return;
	}
	flatten(l, &root, "", "");
	raw_store_free(store);
	l->sorted = malloc((l->n + 1) * sizeof(*l->sorted));
	l->failed |= l->sorted == NULL;
	if (l->failed)
		return;
	for (unsigned i = 0; i < l->n; i++)
		l->sorted[i] = &l->line[i];
	qsort(l->sorted, l->n, sizeof(*l->sorted), by_path);
}

static void free_lines(struct lines *l)
{
	for (unsigned i = 0; i < l->n; i++) {
		free(l->line[i].path);
		free(l->line[i].text);
	}
	free(l->line);
	free(l->sorted);
}

static const struct line *find(const struct lines *l, const struct line *like)
{
	const struct line **found = bsearch(&like, l->sorted, l->n, sizeof(*l->sorted), by_path);

	return found != NULL ? *found : NULL;
}

static int note(struct conf_changes *c, const char *path, const char *from, const char *to)
{
	struct conf_change *grown = realloc(c->change, (c->n + 1) * sizeof(*grown)), *change;

	if (grown == NULL)
		return -1;
	c->change = grown;
	change = &grown[c->n++];
	snprintf(change->path, sizeof(change->path), "%s", path);
	change->from = from != NULL ? strdup(from) : NULL;
	change->to = to != NULL ? strdup(to) : NULL;
	return (from != NULL && change->from == NULL) || (to != NULL && change->to == NULL) ? -1
	                                                                                    : 0;
}

/* What `a` has and `b` has not or otherwise; `added`: the other way round, what is in both was
 * noted before. */
static int compare(struct conf_changes *c, const struct lines *a, const struct lines *b, bool added)
{
	for (unsigned i = 0; i < a->n; i++) {
		const struct line *line = &a->line[i], *other = find(b, line);
		int rc = 0;

		if (other == NULL)
			rc = note(c, line->path, added ? NULL : line->text,
				added ? line->text : NULL);
		else if (!added && !line->entry && strcmp(line->text, other->text) != 0)
			rc = note(c, line->path, line->text, other->text);
		if (rc != 0)
			return -1;
		if (other == NULL)
			i += line->below;
	}
	return 0;
}

int conf_diff(const struct conf *from, const struct conf *to, struct conf_changes *changes)
{
	struct lines a = {.n = 0}, b = {.n = 0};
	int rc = -1;

	*changes = (struct conf_changes){.n = 0};
	make_lines(&a, from);
	make_lines(&b, to);
	if (!a.failed && !b.failed)
		rc = compare(changes, &a, &b, false) != 0 || compare(changes, &b, &a, true) != 0
		             ? -1
		             : 0;
	free_lines(&a);
	free_lines(&b);
	if (rc != 0)
		conf_changes_free(changes);
	return rc;
}

void conf_changes_free(struct conf_changes *changes)
{
	for (unsigned i = 0; i < changes->n; i++) {
		free(changes->change[i].from);
		free(changes->change[i].to);
	}
	free(changes->change);
	*changes = (struct conf_changes){.n = 0};
}
