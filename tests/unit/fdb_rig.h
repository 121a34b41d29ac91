/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FDB_RIG_H
#define FDB_RIG_H

/** @file Tables for tests of the forwarding database, and a recount of everything in them. */

#include "bridge/fdb.h"

/** A table in memory of its own; defaults stand for zero capacity (64), ageing (300) and seed. */
struct fdb *rig_create(struct fdb_config config);

void rig_free(struct fdb *fdb);

/** The number of the bucket where a key is looked for first. */
uint32_t rig_home(const struct fdb *fdb, uint64_t key);

/** xorshift: the same numbers in every run. */
uint64_t rig_random(uint64_t *state);

/** Learn without a limit of the rate at second 0; `was` is thrown away. */
enum fdb_learned rig_learn(struct fdb *fdb, uint64_t key, uint8_t port);

/** Take out what matches, as control does. */
void rig_flush(struct fdb *fdb, const struct fdb_match *match);

/** One whole sweep at that second. */
void rig_age(struct fdb *fdb, uint32_t seconds);

/** Assert that no key is there twice, that every key is found, and that all
 *  counters of the table and its buckets are those of a recount. Returns the number of keys. */
unsigned rig_check(const struct fdb *fdb);

#endif
