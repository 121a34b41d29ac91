/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_UNRESOLVE_H
#define CONF_UNRESOLVE_H

/**
 * @file
 * From what the program reads back to a document: struct conf to struct raw_conf. Internal to
 * lib/conf. The way back of resolve.c and bridges.c: what equals its default is left out.
 */

#include "conf/raw.h"

struct raw_store;

/** The document of a configuration, and in *store all that it points to; NULL without memory.
 *  Texts may be those of `conf`, which must outlive it. raw_store_free() when done. */
const struct raw_conf *conf_unresolve(const struct conf *conf, struct raw_store **store);
void raw_store_free(struct raw_store *store);

/** What a value in a document is: `data` points to it, behind its pointer if it has one; NULL: it
 *  is absent. */
struct raw_value {
	const cyaml_schema_value_t *schema;
	const void *data;
	unsigned n; // of a list: entries
};

/** The value of a key of the mapping `data`. */
struct raw_value raw_field(const cyaml_schema_field_t *field, const void *data);

/** Entry `i` of a list. */
struct raw_value raw_entry(const struct raw_value *list, unsigned i);

/** A scalar as it is written; `key` is the one that it, or its list, stands behind. */
void raw_text(const struct raw_value *value, const char *key, char *text, size_t size);

static inline bool raw_is_list(const cyaml_schema_value_t *schema)
{
	return schema->type == CYAML_SEQUENCE || schema->type == CYAML_SEQUENCE_FIXED;
}

#endif
