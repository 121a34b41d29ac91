/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pass over libyaml's events along the libcyaml schema: unknown, duplicate, missing, mistyped
 * and out-of-range keys, each with its place. Called by read.c, which gets the events out of the
 * text, and that before libcyaml sees the document, because libcyaml 1.3.1 reports the previous
 * key's position, takes 15oo for 15 and any word for true. It stops at the first fault.
 *
 * Nesting needs no limit of its own: what is deeper than the schema is mistyped where it starts.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/scalar.h"
#include "conf/walk.h"

enum { MESSAGE_MAX = 512 };

static bool is_mapping(const cyaml_schema_value_t *schema)
{
	return schema->type == CYAML_MAPPING;
}

static bool is_list(const cyaml_schema_value_t *schema)
{
	return schema->type == CYAML_SEQUENCE || schema->type == CYAML_SEQUENCE_FIXED;
}

int walk_fail(const struct walk *w, yaml_mark_t mark, int node, const char *what)
{
	const struct doc *doc = w->doc;
	char path[DOC_PATH_MAX];

	if (node >= 0)
		doc_path(doc, node, DOC_PATH_SHOWN, path);
	else
		strcpy(path, "document");
	snprintf(doc->error, doc->error_size, "%s:%zu:%zu: %s: %s", doc->file, mark.line + 1,
		mark.column + 1, path, what);
	return -1;
}

static int add_node(struct walk *w, const cyaml_schema_value_t *schema, yaml_mark_t mark)
{
	struct doc *doc = w->doc;
	struct doc_node *node;

	if (doc->n == doc->room) {
		int room = doc->room == 0 ? 256 : doc->room * 2;
		struct doc_node *nodes = realloc(doc->nodes, (size_t)room * sizeof(*nodes));

		if (nodes == NULL) {
			snprintf(doc->error, doc->error_size, "%s: out of memory", doc->file);
			return -1;
		}
		doc->nodes = nodes;
		doc->room = room;
	}
	node = &doc->nodes[doc->n];
	*node = (struct doc_node){
		.schema = schema,
		.line = (unsigned)mark.line + 1,
		.column = (unsigned)mark.column + 1,
		.parent = w->open,
		.first = DOC_NONE,
		.last = DOC_NONE,
		.next = DOC_NONE,
	};
	if (w->open != DOC_NONE) {
		struct doc_node *parent = &doc->nodes[w->open];

		node->key = w->field != NULL ? w->field->key : NULL;
		node->index = parent->n_children++;
		if (parent->last == DOC_NONE)
			parent->first = doc->n;
		else
			doc->nodes[parent->last].next = doc->n;
		parent->last = doc->n;
	}
	w->field = NULL;
	return doc->n++;
}

/* "a, b and c" with the last separator given. */
static void append_word(char *to, size_t size, const char *word, const char *separator)
{
	size_t n = strlen(to);

	snprintf(to + n, size - n, "%s%s", n > 0 ? separator : "", word);
}

static int unknown_key(
	const struct walk *w, const cyaml_schema_field_t *fields, const yaml_event_t *event)
{
	char message[MESSAGE_MAX], known[MESSAGE_MAX / 2] = "", found[64];

	for (const cyaml_schema_field_t *f = fields; f->key != NULL; f++)
		append_word(known, sizeof(known), f->key, f[1].key != NULL ? ", " : " or ");
	doc_quote((const char *)event->data.scalar.value, event->data.scalar.length, found);
	snprintf(message, sizeof(message), "found the unknown key %s, expected %s", found, known);
	return walk_fail(w, event->start_mark, w->open, message);
}

static int take_key(struct walk *w, const yaml_event_t *event)
{
	const cyaml_schema_field_t *fields = w->doc->nodes[w->open].schema->mapping.fields;
	const cyaml_schema_field_t *f = fields;
	char message[MESSAGE_MAX];
	int before;

	if (event->type != YAML_SCALAR_EVENT)
		return walk_fail(w, event->start_mark, w->open,
			event->type == YAML_SEQUENCE_START_EVENT
				? "found a list, expected a key"
				: "found a mapping, expected a key");
	while (f->key != NULL &&
		(strlen(f->key) != event->data.scalar.length ||
			memcmp(f->key, event->data.scalar.value, event->data.scalar.length) != 0))
		f++;
	if (f->key == NULL)
		return unknown_key(w, fields, event);
	before = doc_child(w->doc, w->open, f->key);
	if (before != DOC_NONE) {
		snprintf(message, sizeof(message),
			"found this key a second time (before on line %u), expected it once",
			doc_line(w->doc, before));
		return walk_fail(w, event->start_mark, before, message);
	}
	w->field = f;
	return 0;
}

/* What the schema alone wants at this place. */
static void expected_type(
	const cyaml_schema_value_t *schema, const struct rule *rule, char *to, size_t size)
{
	to[0] = '\0';
	if (is_mapping(schema))
		snprintf(to, size, "a mapping of keys to values");
	else if (is_list(schema))
		snprintf(to, size, "a list");
	else if (schema->type == CYAML_BOOL)
		snprintf(to, size, "true or false");
	else if (schema->type == CYAML_ENUM)
		for (uint32_t i = 0; i < schema->enumeration.count; i++)
			append_word(to, size, schema->enumeration.strings[i].str,
				i + 1 < schema->enumeration.count ? ", " : " or ");
	else if (rule != NULL)
		scalar_expected(rule, to, size);
}

static int mistyped(const struct walk *w, int node, const struct rule *rule, const char *found)
{
	char expected[MESSAGE_MAX / 2];

	expected_type(w->doc->nodes[node].schema, rule, expected, sizeof(expected));
	return doc_fail(w->doc, node, "found %s, expected %s", found, expected);
}

static const struct rule *rule_of(const struct walk *w, int node)
{
	char path[DOC_PATH_MAX];

	doc_path(w->doc, node, DOC_PATH_RULE, path);
	return rule_find(path);
}

static void note_later(struct walk *w, int node, const char *found)
{
	if (w->doc->later != DOC_NONE)
		return;
	w->doc->later = node;
	snprintf(w->doc->later_text, sizeof(w->doc->later_text), "%s", found);
}

static enum scalar_answer check_word(
	const cyaml_schema_value_t *schema, const struct rule *rule, const char *s)
{
	bool good = false;

	if (schema->type == CYAML_BOOL)
		good = strcmp(s, "true") == 0 || strcmp(s, "false") == 0;
	else
		for (uint32_t i = 0; i < schema->enumeration.count; i++)
			good |= strcmp(s, schema->enumeration.strings[i].str) == 0;
	if (!good)
		return SCALAR_BAD;
	if (rule != NULL && rule->later != NULL && scalar_in_words(rule->later, s))
		return SCALAR_LATER;
	return SCALAR_GOOD;
}

static int take_scalar(struct walk *w, int node, const yaml_event_t *event)
{
	const cyaml_schema_value_t *schema = w->doc->nodes[node].schema;
	const char *s = (const char *)event->data.scalar.value;
	size_t size = event->data.scalar.length;
	const struct rule *rule = rule_of(w, node);
	enum scalar_answer answer;
	char found[64];

	doc_quote(s, size, found);
	if (is_mapping(schema) || is_list(schema) || strlen(s) != size)
		return mistyped(w, node, rule, found);
	if (schema->type == CYAML_BOOL || schema->type == CYAML_ENUM)
		answer = check_word(schema, rule, s);
	else
		answer = rule == NULL ? SCALAR_GOOD : scalar_check(rule, s);
	if (answer == SCALAR_BAD)
		return mistyped(w, node, rule, found);
	if (answer == SCALAR_LATER)
		note_later(
			w, node, rule->later != NULL && rule->later[0] == '*' ? "this key" : found);
	return 0;
}

static const char *entries(uint32_t n)
{
	return n == 1 ? "entry" : "entries";
}

/* The schema of the value that starts here; NULL when a list is full. */
static const cyaml_schema_value_t *next_schema(const struct walk *w)
{
	const struct doc_node *open;

	if (w->open == DOC_NONE)
		return &conf_schema;
	open = &w->doc->nodes[w->open];
	if (is_mapping(open->schema))
		return &w->field->value;
	if (open->n_children == open->schema->sequence.max)
		return NULL;
	return open->schema->sequence.entry;
}

static int take_value(struct walk *w, const yaml_event_t *event)
{
	const cyaml_schema_value_t *schema = next_schema(w);
	char message[MESSAGE_MAX];
	int node;

	if (schema == NULL) {
		uint32_t max = w->doc->nodes[w->open].schema->sequence.max;

		snprintf(message, sizeof(message), "found more than %u %s, expected at most %u",
			max, entries(max), max);
		return walk_fail(w, event->start_mark, w->open, message);
	}
	node = add_node(w, schema, event->start_mark);
	if (node < 0)
		return -1;
	if (event->type == YAML_SCALAR_EVENT)
		return take_scalar(w, node, event);
	if (event->type == YAML_MAPPING_START_EVENT ? !is_mapping(schema) : !is_list(schema))
		return mistyped(w, node, rule_of(w, node),
			event->type == YAML_MAPPING_START_EVENT ? "a mapping" : "a list");
	if (rule_of(w, node) != NULL)
		note_later(
			w, node, event->type == YAML_MAPPING_START_EVENT ? "a mapping" : "a list");
	w->open = node;
	return 0;
}

static int missing_key(const struct walk *w, int node, const cyaml_schema_field_t *field)
{
	const struct doc_node *d = &w->doc->nodes[node];
	char path[DOC_PATH_MAX], rule_path[DOC_PATH_MAX], expected[MESSAGE_MAX / 2];

	doc_path(w->doc, node, DOC_PATH_SHOWN, path);
	doc_path(w->doc, node, DOC_PATH_RULE, rule_path);
	append_word(rule_path, sizeof(rule_path), field->key, ".");
	expected_type(&field->value, rule_find(rule_path), expected, sizeof(expected));
	snprintf(w->doc->error, w->doc->error_size,
		"%s:%u:%u: %s.%s: found no such key, expected %s", w->doc->file, d->line, d->column,
		path, field->key, expected);
	return -1;
}

static int close_value(struct walk *w)
{
	int node = w->open;
	const struct doc_node *d = &w->doc->nodes[node];
	const cyaml_schema_value_t *schema = d->schema;

	w->open = d->parent;
	if (is_list(schema)) {
		if (d->n_children >= schema->sequence.min)
			return 0;
		return doc_fail(w->doc, node, "found %u %s, expected %s%u", d->n_children,
			entries(d->n_children),
			schema->sequence.max == schema->sequence.min ? "" : "at least ",
			schema->sequence.min);
	}
	for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key != NULL; f++)
		if (!(f->value.flags & CYAML_FLAG_OPTIONAL) &&
			doc_child(w->doc, node, f->key) == DOC_NONE)
			return missing_key(w, node, f);
	return 0;
}

/* Anchors and tags say something about a value that the reader of the file should not have to
 * resolve in the head. */
static int refuse_extras(const struct walk *w, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	if (anchor != NULL)
		return walk_fail(w, event->start_mark, w->open,
			"found an anchor (&), expected the value itself");
	if (tag != NULL)
		return walk_fail(w, event->start_mark, w->open,
			"found a tag (!), expected the value itself");
	return 0;
}

int walk_event(struct walk *w, const yaml_event_t *event)
{
	if (refuse_extras(w, event) != 0)
		return -1;
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (w->documents++ > 0)
			return walk_fail(w, event->start_mark, DOC_NONE,
				"found a second document, expected one");
		return 0;
	case YAML_ALIAS_EVENT:
		return walk_fail(w, event->start_mark, w->open,
			"found an alias (*), expected the value itself");
	case YAML_SCALAR_EVENT:
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		if (w->open != DOC_NONE && is_mapping(w->doc->nodes[w->open].schema) &&
			w->field == NULL)
			return take_key(w, event);
		return take_value(w, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_value(w);
	default:
		return 0;
	}
}
