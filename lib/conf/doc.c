/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nodes of a document: finding them, naming them, complaining about them. walk.c makes the nodes,
 * resolve.c and refs.c ask for them once something is wrong. Nothing here reads YAML.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/doc.h"

enum { DEPTH_MAX = 12 }; // the schema is less deep

int doc_child(const struct doc *doc, int mapping, const char *key)
{
	for (int c = doc->nodes[mapping].first; c != DOC_NONE; c = doc->nodes[c].next)
		if (doc->nodes[c].key != NULL && strcmp(doc->nodes[c].key, key) == 0)
			return c;
	return DOC_NONE;
}

static int entry_at(const struct doc *doc, int list, unsigned i)
{
	int c = doc->nodes[list].first;

	while (c != DOC_NONE && i-- > 0)
		c = doc->nodes[c].next;
	return c;
}

static int entry_or_list(const struct doc *doc, int list, int j)
{
	int below = j < 0 ? DOC_NONE : entry_at(doc, list, (unsigned)j);

	return below == DOC_NONE ? list : below;
}

int doc_in(const struct doc *doc, int mapping, const char *key, int j)
{
	int below = doc_child(doc, mapping, key);

	return below == DOC_NONE ? mapping : entry_or_list(doc, below, j);
}

int doc_at(const struct doc *doc, const char *list, unsigned i, const char *key, int j)
{
	int at = doc_child(doc, DOC_ROOT, list);

	if (at == DOC_NONE)
		return DOC_ROOT;
	at = entry_at(doc, at, i);
	return key != NULL ? doc_in(doc, at, key, j) : entry_or_list(doc, at, j);
}

unsigned doc_line(const struct doc *doc, int node)
{
	return doc->nodes[node].line;
}

void doc_path(const struct doc *doc, int node, enum doc_path form, char path[DOC_PATH_MAX])
{
	int chain[DEPTH_MAX];
	int n = 0;
	size_t at = 0;

	path[0] = '\0';
	for (; node > DOC_ROOT && n < DEPTH_MAX; node = doc->nodes[node].parent)
		chain[n++] = node;
	while (n-- > 0) {
		const struct doc_node *d = &doc->nodes[chain[n]];

		if (d->key != NULL)
			at += (size_t)snprintf(
				path + at, DOC_PATH_MAX - at, "%s%s", at > 0 ? "." : "", d->key);
		else if (form == DOC_PATH_SHOWN)
			at += (size_t)snprintf(path + at, DOC_PATH_MAX - at, "[%u]", d->index);
		else
			at += (size_t)snprintf(path + at, DOC_PATH_MAX - at, "[]");
	}
	if (at == 0)
		snprintf(path, DOC_PATH_MAX, "document");
}

int doc_fail(const struct doc *doc, int node, const char *format, ...)
{
	const struct doc_node *d = &doc->nodes[node];
	char path[DOC_PATH_MAX];
	va_list args;
	int n;

	doc_path(doc, node, DOC_PATH_SHOWN, path);
	n = snprintf(
		doc->error, doc->error_size, "%s:%u:%u: %s: ", doc->file, d->line, d->column, path);
	if (n < 0 || (size_t)n >= doc->error_size)
		return -1;
	va_start(args, format);
	vsnprintf(doc->error + n, doc->error_size - (size_t)n, format, args);
	va_end(args);
	return -1;
}

void doc_quote(const char *text, size_t size, char to[64])
{
	size_t at = 0;

	if (size == 0) {
		strcpy(to, "nothing");
		return;
	}
	to[at++] = '"';
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (at > 64 - 10) {
			at += (size_t)sprintf(to + at, "...");
			break;
		}
		if (c >= 0x20 && c < 0x7f)
			to[at++] = (char)c;
		else
			at += (size_t)sprintf(to + at, "\\x%02x", c);
	}
	to[at++] = '"';
	to[at] = '\0';
}

void doc_free(struct doc *doc)
{
	free(doc->nodes);
	doc->nodes = NULL;
	doc->n = 0;
	doc->room = 0;
}
