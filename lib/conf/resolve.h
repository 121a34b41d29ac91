/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_RESOLVE_H
#define CONF_RESOLVE_H

/**
 * @file
 * From the raw document to struct conf, and the checks between keys. Internal to lib/conf.
 */

#include "conf/doc.h"

/** Check that every interface has one parent. @return 0 or -1 with doc->error set. */
int conf_check_parents(const struct raw_conf *raw, const struct doc *doc);

/** Fill `conf` from a document that passed doc_read() and
 *  conf_check_parents() and asks for nothing unsupported: defaults, numbers, names to indices.
 *  @return 0 or -1 with doc->error set; what is allocated is conf_free()'s in both cases. */
int conf_resolve(struct conf *conf, const struct raw_conf *raw, const struct doc *doc);

/** Check what contradicts what in a resolved configuration. @return 0 or -1 with doc->error. */
int conf_check_refs(const struct conf *conf, const struct doc *doc);

#endif
