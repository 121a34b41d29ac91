/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_WALK_H
#define CONF_WALK_H

/**
 * @file
 * The pass along the schema, one libyaml event after the other. Internal to lib/conf. One thread.
 */

#include <yaml.h>

#include "conf/doc.h"

struct walk {
	struct doc *doc;
	int open;                          // innermost open list or mapping, or DOC_NONE
	const cyaml_schema_field_t *field; // whose value comes next, in a mapping
	unsigned documents;
};

/** Take the next event of the document. @return 0, or -1 with doc->error set. */
int walk_event(struct walk *w, const yaml_event_t *event);

/** Complain about a place that is no node; `node` is the one it is in, or DOC_NONE. @return -1. */
int walk_fail(const struct walk *w, yaml_mark_t mark, int node, const char *what);

#endif
