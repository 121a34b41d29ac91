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

/** Fill the bridges; the ports are there. The rules of one member are checked on the way, because
 *  a set of VLANs forgets where its ranges stood. @return 0 or -1 with doc->error set. */
int conf_resolve_bridges(struct conf *conf, const struct raw_conf *raw, const struct doc *doc);

/** Check members against other roles of their ports, translations against each other, static
 *  entries, and the VLANs of interfaces. @return 0 or -1 with doc->error set. */
int conf_check_bridges(const struct conf *conf, const struct doc *doc);

/** Room for n things of `size`, zeroed, at *to; NULL for 0. @return 0 or -1 with doc->error set. */
int conf_make(const struct doc *doc, void *to, unsigned n, size_t size);

/** Copy a text whose length was checked. */
void conf_copy_text(char *to, size_t size, const char *from);

/** @return the index of a port, or -1. */
int conf_find_port(const struct conf *conf, const char *name);

/** Complain about a name that no port has; `also` is what else may stand there. @return -1. */
int conf_fail_no_port(const struct doc *doc, int node, const char *name, const char *also);

/** A tag; `tpid` where none is written. */
struct conf_tag conf_tag(const struct raw_tag *raw, uint32_t tpid);

/** What holds where a key is absent; what a text leaves out when it is written. */
enum {
	TPID_C = 0x8100,
	TPID_S = 0x88a8,
	CONF_AGEING = 300,
	CONF_FDB = 65536,
	CONF_LEARN_RATE = 1000000
};
#define CONF_NAME_DEFAULT    "burstline"
#define CONF_PLUGINS_DEFAULT "/usr/lib/burstline/plugins"

/** The role that keeps a port from being plain, with its place, as in "which %s"; false: it is
 *  plain. Members of bridges from `bridge`, `member` on are not looked at. */
bool conf_has_role(const struct conf *conf, const struct doc *doc, unsigned port, unsigned bridge,
	unsigned member, char *role, size_t size);

/** Check what contradicts what in a resolved configuration. @return 0 or -1 with doc->error. */
int conf_check_refs(const struct conf *conf, const struct doc *doc);

#endif
