/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_DIFFER_H
#define CONF_DIFFER_H

#include "conf/conf.h"

/** Do two configurations differ in more than `handlers` and `plugins`? `key` is what they differ
 *  in first: "ports[1]". Asks memory, not the schema that conf_diff() and conf_text() share. */
bool conf_differs(const struct conf *a, const struct conf *b, char *key, size_t size);

#endif
