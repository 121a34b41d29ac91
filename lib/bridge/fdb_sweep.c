/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Control's side of the forwarding database: making one, static entries, and the sweep that takes
 * out what is too old, flushed or there twice. One thread at a time calls this, while workers look
 * up and learn; it never waits.
 */

#include <errno.h>
#include <string.h>

#include "bridge/fdb_place.h"

enum {
	MIN_BUCKETS = 1 << (64 - 4 - 46), // a tag has 46 bits, a key 60
	UNITS = 128,                      // of an entry's time
	MAX_AGE = 59,                     // in units: as many again until it is swept
	AHEAD = 2 * MAX_AGE + 1 // ages from here on: the worker's clock is ahead of the sweep's
};

static uint32_t n_buckets(uint32_t capacity)
{
	uint32_t n = MIN_BUCKETS;

	while ((uint64_t)n * FDB_SLOTS < (uint64_t)capacity * 2)
		n *= 2;
	return n;
}

size_t fdb_size(uint32_t capacity)
{
	size_t n = n_buckets(capacity);

	return sizeof(struct fdb) + n * (sizeof(struct fdb_bucket) + sizeof(uint8_t));
}

// splitmix64: https://prng.di.unimi.it/splitmix64.c
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned shift_of(const struct fdb *fdb)
{
	return atomic_load_explicit(&fdb->seen_shift, memory_order_relaxed);
}

// Units that an entry may be old: in so many its time was not over yet, whenever they began.
static unsigned max_age(uint32_t ageing, unsigned shift)
{
	return (unsigned)(((uint64_t)ageing + (UINT64_C(1) << shift) - 1) >> shift);
}

static unsigned shift_for(uint32_t ageing)
{
	unsigned shift = 0;

	while (max_age(ageing, shift) > MAX_AGE)
		shift++;
	return shift;
}

struct fdb *fdb_init(void *memory, const struct fdb_config *config)
{
	struct fdb *fdb = memory;
	uint32_t n = n_buckets(config->capacity);
	uint64_t seed = config->seed;

	fdb->config = *config;
	fdb->bucket = (struct fdb_bucket *)(fdb + 1);
	fdb->passed = (_Atomic uint8_t *)(fdb->bucket + n);
	fdb->mask = n - 1;
	fdb->places = fdb->mask * (uint32_t)sizeof(struct fdb_bucket);
	fdb->home_shift =
		(unsigned)__builtin_ctzll((UINT64_C(1) << 60) / n / sizeof(struct fdb_bucket));
	atomic_init(&fdb->seen_shift, shift_for(config->ageing));
	for (unsigned i = 0; i < 2; i++)
		fdb->mul[i] = (next_random(&seed) & UINT32_MAX) | 1;
	for (uint32_t b = 0; b < n; b++) {
		for (unsigned i = 0; i < FDB_SLOTS; i++)
			atomic_init(&fdb->bucket[b].entry[i], FDB_EMPTY);
	}
	return fdb;
}

static uint8_t port_of(uint64_t entry)
{
	return entry & FDB_PORT;
}

static bool is_static(uint64_t entry)
{
	return (entry & FDB_STATIC) != 0;
}

// Only the caller takes entries out: this one stays.
static void make_static(struct fdb *fdb, struct fdb_found found, uint64_t key, uint8_t port)
{
	const uint64_t word = (1u << FDB_STEP) - 1;

	while (!fdb_swap(found.slot, &found.entry, (found.entry & ~word) | FDB_STATIC | port))
		; // a worker renewed or moved it, which it does not do for ever
	if (is_static(found.entry))
		return;
	fdb_uncount(fdb, key, port_of(found.entry));
	atomic_fetch_add_explicit(&fdb->n_static, 1, memory_order_relaxed);
}

int fdb_add_static(struct fdb *fdb, uint64_t key, uint8_t port)
{
	struct fdb_place place = fdb_place(fdb, key);
	struct fdb_found found = fdb_find(fdb, place.home, place.tag);
	enum fdb_claim claim = FDB_TAKEN;

	if (found.slot == NULL)
		claim = fdb_claim(fdb, place.home, place.tag | FDB_STATIC | port);
	if (claim == FDB_NO_ROOM)
		return -ENOSPC;
	if (claim == FDB_CLAIMED)
		atomic_fetch_add_explicit(&fdb->n_static, 1, memory_order_relaxed);
	// A worker may have learned it meanwhile, at an earlier place; the sweep removes ours then.
	make_static(fdb, fdb_find(fdb, place.home, place.tag), key, port);
	return 0;
}

void fdb_set_ageing(struct fdb *fdb, uint32_t ageing, uint32_t seconds)
{
	unsigned shift = shift_for(ageing);

	fdb->config.ageing = ageing;
	if (shift == shift_of(fdb))
		return;
	atomic_store_explicit(&fdb->seen_shift, shift, memory_order_relaxed);
	for (uint32_t b = 0; b <= fdb->mask; b++) {
		for (unsigned i = 0; i < FDB_SLOTS; i++) {
			_Atomic uint64_t *slot = &fdb->bucket[b].entry[i];
			uint64_t entry = fdb_entry_in(slot);

			// Fails when a worker renews it.
			if (entry != FDB_EMPTY)
				fdb_touch((struct fdb_found){slot, entry},
					fdb_word_of(fdb, 0, seconds));
		}
	}
}

static unsigned age_of(const struct fdb *fdb, uint64_t entry, uint32_t seconds)
{
	unsigned age = ((seconds >> shift_of(fdb)) - (unsigned)(entry >> FDB_SEEN)) % UNITS;

	return age >= AHEAD ? 0 : age;
}

static bool is_too_old(const struct fdb *fdb, uint64_t entry, uint32_t seconds)
{
	return !is_static(entry) &&
	       age_of(fdb, entry, seconds) > max_age(fdb->config.ageing, shift_of(fdb));
}

static bool matches(const struct fdb_match *match, uint64_t key, uint64_t entry)
{
	if (is_static(entry) && !match->statics_too)
		return false;
	return (!match->by_port || match->port == port_of(entry)) &&
	       (!match->by_vlan || match->vlan == fdb_vlan(key)) &&
	       (!match->by_mac || fdb_key(fdb_vlan(key), match->mac) == key);
}

// True for a second copy. One that is static hands that on to the first.
static bool is_second(struct fdb *fdb, struct fdb_found found, uint64_t key)
{
	struct fdb_place place = fdb_place(fdb, key);
	struct fdb_found first = fdb_find(fdb, place.home, place.tag);

	if (first.slot == found.slot)
		return false;
	if (is_static(found.entry) && !is_static(first.entry))
		make_static(fdb, first, key, port_of(found.entry));
	return true;
}

static void uncount(struct fdb *fdb, uint64_t key, uint64_t entry, uint32_t bucket)
{
	if (is_static(entry))
		atomic_fetch_sub_explicit(&fdb->n_static, 1, memory_order_relaxed);
	else
		fdb_uncount(fdb, key, port_of(entry));
	fdb_unpass(fdb, fdb_home_of(fdb, bucket, entry), fdb_step_of(entry));
}

// As often as a worker changes the entry meanwhile.
static void look_at(struct fdb *fdb, uint32_t bucket, _Atomic uint64_t *slot, uint32_t seconds,
	const struct fdb_match *flush)
{
	struct fdb_found found = {slot, fdb_entry_in(slot)};

	while (found.entry != FDB_EMPTY) {
		uint64_t key = fdb_key_of(fdb, bucket, found.entry);

		if (!is_too_old(fdb, found.entry, seconds) &&
			(flush == NULL || !matches(flush, key, found.entry)) &&
			!is_second(fdb, found, key))
			return;
		if (fdb_swap(slot, &found.entry, FDB_EMPTY)) {
			uncount(fdb, key, found.entry, bucket);
			return;
		}
	}
}

bool fdb_sweep(struct fdb *fdb, uint32_t *bucket, uint32_t seconds, const struct fdb_match *flush,
	uint32_t n)
{
	while (n-- > 0) {
		for (unsigned i = 0; i < FDB_SLOTS; i++)
			look_at(fdb, *bucket, &fdb->bucket[*bucket].entry[i], seconds, flush);
		*bucket = (*bucket + 1) & fdb->mask;
		if (*bucket == 0)
			return true;
	}
	return false;
}

static void copy(const struct fdb *fdb, uint32_t bucket, uint64_t entry, uint32_t seconds,
	struct fdb_entry *to)
{
	uint64_t key = fdb_key_of(fdb, bucket, entry);

	*to = (struct fdb_entry){.vlan = fdb_vlan(key),
		.port = port_of(entry),
		.is_static = is_static(entry),
		.age = is_static(entry) ? 0 : age_of(fdb, entry, seconds) << shift_of(fdb)};
	for (unsigned i = 0; i < sizeof(to->mac); i++)
		to->mac[i] = (uint8_t)(key >> 8 * i);
}

unsigned fdb_list(const struct fdb *fdb, uint32_t seconds, uint32_t *cursor,
	struct fdb_entry *entries, unsigned n)
{
	uint32_t end = (fdb->mask + 1) * FDB_SLOTS;
	unsigned copied = 0;

	for (; *cursor < end && copied < n; (*cursor)++) {
		uint32_t bucket = *cursor / FDB_SLOTS;
		uint64_t entry = fdb_entry_in(&fdb->bucket[bucket].entry[*cursor % FDB_SLOTS]);

		if (entry != FDB_EMPTY)
			copy(fdb, bucket, entry, seconds, &entries[copied++]);
	}
	if (*cursor >= end)
		*cursor = UINT32_MAX;
	return copied;
}
