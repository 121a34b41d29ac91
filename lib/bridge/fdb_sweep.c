/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Control's side of the forwarding database: making one, static entries, and the sweep that takes
 * out what is too old, flushed or there twice. One thread at a time calls this, while workers look
 * up and learn; it never waits: the caller says when a grace period has passed.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/fdb_place.h"

enum {
	MAX_WAITING = 1024,
	MAX_AGE = 0x7fff, // of an entry, in units of `seen`: half of them remain until it is swept
	AHEAD = 0xff00    // ages from here on: the worker's clock is ahead of the sweep's
};

struct fdb_sweep {
	struct fdb *fdb;
	uint32_t next; // bucket
	unsigned n_waiting;
	_Atomic uint64_t *waiting[MAX_WAITING]; // keys of removed slots
};

static uint32_t n_buckets(uint32_t capacity)
{
	uint32_t n = FDB_PROBES; // so that a key's buckets are different ones

	while ((uint64_t)n * FDB_SLOTS < (uint64_t)capacity * 2)
		n *= 2;
	return n;
}

size_t fdb_size(uint32_t capacity)
{
	return sizeof(struct fdb) + n_buckets(capacity) * sizeof(struct fdb_bucket);
}

// splitmix64: https://prng.di.unimi.it/splitmix64.c
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

struct fdb *fdb_init(void *memory, const struct fdb_config *config)
{
	struct fdb *fdb = memory;
	uint32_t n = n_buckets(config->capacity);
	uint64_t seed = config->seed;

	fdb->config = *config;
	fdb->bucket = (struct fdb_bucket *)(fdb + 1);
	fdb->mask = n - 1;
	fdb->places = (n * FDB_SLOTS - 1) * (uint32_t)sizeof(struct fdb_slot);
	while (config->ageing >> fdb->seen_shift > MAX_AGE)
		fdb->seen_shift++;
	for (unsigned i = 0; i < 2; i++)
		fdb->mul[i] = next_random(&seed) | 1;
	for (uint32_t b = 0; b < n; b++) {
		for (unsigned i = 0; i < FDB_SLOTS; i++)
			atomic_init(&fdb->bucket[b].slot[i].word, FDB_NONE);
	}
	return fdb;
}

static bool is_learned(uint32_t word)
{
	return (word & FDB_STATIC) == 0 && (uint8_t)word != FDB_NONE;
}

// A slot with a key and without a port is being added by a worker, which alone may write to it.
static bool is_being_added(const struct fdb_slot *slot)
{
	return (uint8_t)fdb_word_in(slot) == FDB_NONE;
}

static void make_static(struct fdb *fdb, struct fdb_slot *slot, uint64_t key, uint8_t port)
{
	uint32_t was = atomic_exchange_explicit(
		&slot->word, (uint32_t)FDB_STATIC | port, memory_order_release);

	if (is_learned(was))
		fdb_uncount(fdb, key, (uint8_t)was);
	if ((was & FDB_STATIC) == 0)
		atomic_fetch_add_explicit(&fdb->n_static, 1, memory_order_relaxed);
}

int fdb_add_static(struct fdb *fdb, uint64_t key, uint8_t port)
{
	struct fdb_slot *slot = fdb_find(fdb, key), *first;
	enum fdb_claim claim = slot != NULL ? FDB_TAKEN : fdb_claim(fdb, key, &slot);

	if (claim == FDB_NO_ROOM)
		return -ENOSPC;
	if (claim == FDB_TAKEN && is_being_added(slot))
		return -EAGAIN;
	make_static(fdb, slot, key, port);
	// A worker may have learned it meanwhile, at an earlier place; the sweep removes ours then.
	first = fdb_find(fdb, key);
	if (first != NULL && !is_being_added(first))
		make_static(fdb, first, key, port);
	return 0;
}

struct fdb_sweep *fdb_sweep_create(struct fdb *fdb)
{
	struct fdb_sweep *sweep = calloc(1, sizeof(*sweep));

	if (sweep != NULL)
		sweep->fdb = fdb;
	return sweep;
}

void fdb_sweep_free(struct fdb_sweep *sweep)
{
	free(sweep);
}

static void take_out(struct fdb_sweep *sweep, struct fdb_slot *slot, uint64_t key)
{
	struct fdb *fdb = sweep->fdb;
	struct fdb_slot *home = fdb_home(fdb, key);
	uint32_t word;

	atomic_store_explicit(&slot->key, FDB_REMOVED, memory_order_relaxed);
	// From here on a worker that still has the slot changes nothing: its swap fails.
	word = atomic_exchange_explicit(&slot->word, FDB_NONE, memory_order_relaxed);
	if ((word & FDB_STATIC) != 0)
		atomic_fetch_sub_explicit(&fdb->n_static, 1, memory_order_relaxed);
	else
		fdb_uncount(fdb, key, (uint8_t)word);
	fdb_unpass(fdb, home, fdb_steps(fdb, home, slot));
	sweep->waiting[sweep->n_waiting++] = &slot->key;
}

static uint16_t age_of(const struct fdb *fdb, uint32_t word, uint32_t seconds)
{
	uint16_t age = (uint16_t)((seconds >> fdb->seen_shift) - (word >> FDB_SEEN));

	return age >= AHEAD ? 0 : age;
}

static bool matches(const struct fdb_match *match, uint64_t key, uint32_t word)
{
	if ((word & FDB_STATIC) != 0 && !match->statics_too)
		return false;
	return (!match->by_port || match->port == (uint8_t)word) &&
	       (!match->by_vlan || match->vlan == fdb_vlan(key)) &&
	       (!match->by_mac || fdb_key(fdb_vlan(key), match->mac) == key);
}

// True for a second copy. One that is static hands that on to the first.
static bool is_second(struct fdb *fdb, const struct fdb_slot *slot, uint64_t key, uint32_t word)
{
	struct fdb_slot *first = fdb_find(fdb, key);

	if (first == NULL || first == slot || is_being_added(first)) // next time
		return false;
	if ((word & FDB_STATIC) != 0 && (fdb_word_in(first) & FDB_STATIC) == 0)
		make_static(fdb, first, key, (uint8_t)word);
	return true;
}

static void look_at(struct fdb_sweep *sweep, struct fdb_slot *slot, uint32_t seconds,
	const struct fdb_match *flush)
{
	struct fdb *fdb = sweep->fdb;
	uint64_t key = atomic_load_explicit(&slot->key, memory_order_acquire);
	uint32_t word = atomic_load_explicit(&slot->word, memory_order_acquire);

	// With a key but without a port a worker is just adding it: next time.
	if (key == FDB_EMPTY || key == FDB_REMOVED || (uint8_t)word == FDB_NONE)
		return;
	if (((word & FDB_STATIC) == 0 &&
		    age_of(fdb, word, seconds) > fdb->config.ageing >> fdb->seen_shift) ||
		(flush != NULL && matches(flush, key, word)) || is_second(fdb, slot, key, word))
		take_out(sweep, slot, key);
}

bool fdb_sweep_walk(
	struct fdb_sweep *sweep, uint32_t seconds, const struct fdb_match *flush, unsigned buckets)
{
	struct fdb *fdb = sweep->fdb;

	while (buckets-- > 0 && sweep->n_waiting + FDB_SLOTS <= MAX_WAITING) {
		for (unsigned i = 0; i < FDB_SLOTS; i++)
			look_at(sweep, &fdb->bucket[sweep->next].slot[i], seconds, flush);
		sweep->next = (sweep->next + 1) & fdb->mask;
		if (sweep->next == 0)
			return true;
	}
	return false;
}

void fdb_sweep_restart(struct fdb_sweep *sweep)
{
	sweep->next = 0;
}

unsigned fdb_sweep_waiting(const struct fdb_sweep *sweep)
{
	return sweep->n_waiting;
}

void fdb_sweep_release(struct fdb_sweep *sweep)
{
	while (sweep->n_waiting > 0)
		atomic_store_explicit(
			sweep->waiting[--sweep->n_waiting], FDB_EMPTY, memory_order_release);
}

static bool copy(const struct fdb *fdb, const struct fdb_slot *slot, uint32_t seconds,
	struct fdb_entry *entry)
{
	uint64_t key = atomic_load_explicit(&slot->key, memory_order_acquire);
	uint32_t word = atomic_load_explicit(&slot->word, memory_order_acquire);

	if (key == FDB_EMPTY || key == FDB_REMOVED || (uint8_t)word == FDB_NONE ||
		atomic_load_explicit(&slot->key, memory_order_relaxed) != key)
		return false;
	*entry = (struct fdb_entry){.vlan = fdb_vlan(key),
		.port = (uint8_t)word,
		.is_static = (word & FDB_STATIC) != 0};
	entry->age = entry->is_static ? 0 : (uint32_t)age_of(fdb, word, seconds) << fdb->seen_shift;
	for (unsigned i = 0; i < sizeof(entry->mac); i++)
		entry->mac[i] = (uint8_t)(key >> 8 * i);
	return true;
}

unsigned fdb_list(const struct fdb *fdb, uint32_t seconds, uint32_t *cursor,
	struct fdb_entry *entries, unsigned n)
{
	uint32_t end = (fdb->mask + 1) * FDB_SLOTS;
	unsigned copied = 0;

	while (*cursor < end && copied < n) {
		const struct fdb_bucket *b = &fdb->bucket[*cursor / FDB_SLOTS];

		copied += copy(fdb, &b->slot[*cursor % FDB_SLOTS], seconds, &entries[copied]);
		(*cursor)++;
	}
	if (*cursor >= end)
		*cursor = UINT32_MAX;
	return copied;
}
