/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_DOC_H
#define CONF_DOC_H

/**
 * @file
 * The document with positions: what one libyaml pass along the schema leaves, so that every later
 * complaint can name line and column. Internal to lib/conf. One thread.
 */

#include <stddef.h>

#include "conf/raw.h"

enum { DOC_NONE = -1, DOC_ROOT = 0, DOC_PATH_MAX = 160 };

/** A value: scalar, list or mapping. */
struct doc_node {
	const cyaml_schema_value_t *schema;
	const char *key;       // in its mapping, from the schema; NULL for entries of a list
	unsigned index;        // in its list
	unsigned line, column; // from 1
	unsigned n_children;
	int parent, first, last, next;
};

struct doc {
	const char *file;
	struct doc_node *nodes;
	int n, room;
	int later; // first value that is not supported yet, or DOC_NONE
	char later_text[64];
	char *error;
	size_t error_size;
};

/** Check `data` along conf_schema and note where everything stands. @return 0, or -1 with
 *  doc->error set. doc_free() in both cases. */
int doc_read(struct doc *doc, const void *data, size_t size);
void doc_free(struct doc *doc);

/** @return the node of a key below a mapping, or DOC_NONE. */
int doc_child(const struct doc *doc, int mapping, const char *key);

/** @return the node of list[i], of its key when `key` is given and written there, and of that
 *  value's entry j when j >= 0; where nothing is written, the node that should hold it. */
int doc_at(const struct doc *doc, const char *list, unsigned i, const char *key, int j);

/** @return the node of `key` below a mapping, or of that value's entry j when j >= 0; where nothing
 *  is written, the node that should hold it. */
int doc_in(const struct doc *doc, int mapping, const char *key, int j);

/** Line of a node, for messages that name a second place. */
unsigned doc_line(const struct doc *doc, int node);

/** Path of a node with indices ("ports[1].mtu"), or without as rules have it ("ports[].mtu"). */
enum doc_path { DOC_PATH_SHOWN, DOC_PATH_RULE };
void doc_path(const struct doc *doc, int node, enum doc_path form, char path[DOC_PATH_MAX]);

/** Set the error: "file:line:column: path: " and the rest. @return -1. */
int doc_fail(const struct doc *doc, int node, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Quote what was found: printable, short. */
void doc_quote(const char *text, size_t size, char to[64]);

#endif
