/* SPDX-License-Identifier: BSD-3-Clause */
/* Stages of the forwarding database: a table of as many random addresses as the set has, asked in
 * random order. */

#include <string.h>

#include "bench.h"
#include "bridge/fdb.h"

// At most half of a table's slots are in use; the key itself besides.
enum { KEY_FOOTPRINT = 2 * sizeof(uint64_t) + sizeof(uint64_t) };

static struct {
	struct fdb *fdb;
	size_t size;
	uint64_t *keys, *unknown; // [n]
	uint32_t n, next;
	struct fdb_config config;
} t;

static void open_empty(const struct stage *s, uint32_t n)
{
	bench_release(t.fdb, t.size);
	bench_release(t.keys, t.n * sizeof(t.keys[0]));
	bench_release(t.unknown, t.n * sizeof(t.unknown[0]));
	bench_reseed();
	t.n = n;
	t.next = 0;
	t.config = (struct fdb_config){
		.capacity = RTE_MAX(n, 1024u), .ageing = 300, .seed = 22, .learners = 1};
	t.size = fdb_size(t.config.capacity);
	t.fdb = fdb_init(bench_memory(t.size), &t.config);
	t.keys = bench_memory(n * sizeof(t.keys[0]));
	t.unknown = bench_memory(n * sizeof(t.unknown[0]));
	for (uint32_t i = 0; i < n; i++) {
		t.keys[i] = fdb_key(1, bench_random());
		t.unknown[i] = fdb_key(2, bench_random());
	}
}

static void open_full(const struct stage *s, uint32_t n)
{
	open_empty(s, n);
	for (uint32_t i = 0; i < n; i++) {
		struct bucket any = {0};
		uint8_t was;

		if (fdb_learn(t.fdb, t.keys[i], 0, 0, &any, 0, &was) > FDB_NEW)
			bench_die("the table did not take an address");
	}
	// They are asked in another order than they came.
	for (uint32_t i = n; i-- > 1;) {
		uint32_t other = (uint32_t)(bench_random() % (i + 1));
		uint64_t key = t.keys[i];

		t.keys[i] = t.keys[other];
		t.keys[other] = key;
	}
}

static void take(struct burst *b, uint32_t at, uint16_t n)
{
	b->at = at;
	b->n = n;
}

static void prefetch(const uint64_t *keys, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		fdb_prefetch(t.fdb, keys[i]);
}

static void lookup(const uint64_t *keys, uint16_t n)
{
	uint8_t ports[BENCH_BURST];

	for (uint16_t i = 0; i < n; i++)
		ports[i] = fdb_lookup(t.fdb, keys[i]);
	__asm__ volatile("" : : "r"(ports) : "memory");
}

static void run_hit(struct burst *b)
{
	prefetch(&t.keys[b->at], b->n);
	lookup(&t.keys[b->at], b->n);
}

static void run_bare(struct burst *b)
{
	lookup(&t.keys[b->at], b->n);
}

static void run_unknown(struct burst *b)
{
	prefetch(&t.unknown[b->at], b->n);
	lookup(&t.unknown[b->at], b->n);
}

static void run_current(struct burst *b)
{
	unsigned renewed = 0;

	prefetch(&t.keys[b->at], b->n);
	for (uint16_t i = 0; i < b->n; i++)
		renewed += fdb_renew(t.fdb, t.keys[b->at + i], 0, 0);
	__asm__ volatile("" : : "r"(renewed));
}

// New ones while there are some: when all are in the table it begins anew.
static void ready_new(struct burst *b)
{
	if (t.next + b->n > t.n) {
		memset(t.fdb, 0, t.size);
		fdb_init(t.fdb, &t.config);
		t.next = 0;
	}
	b->at = t.next;
}

static void run_new(struct burst *b)
{
	struct fdb_source sources[BENCH_BURST];
	struct bucket any = {0};
	struct fdb_learning l = fdb_learning_begin(t.fdb, 0, 0, &any, 0);

	for (uint16_t i = 0; i < b->n; i++) {
		fdb_prefetch(t.fdb, t.keys[b->at + i]);
		sources[i].key = t.keys[b->at + i];
	}
	fdb_learn_burst(&l, sources, b->n);
	fdb_learning_end(&l);
	t.next += l.added;
}

static void check_new(uint64_t keys)
{
	if (t.next != keys % t.n)
		bench_die("not all sources were new");
}

// clang-format off
#define STAGE(called, counted, opens, runs) {.name = called, .traffic = "", \
	.footprint = KEY_FOOTPRINT, .counted_items = counted, .is_timed = true, .open = opens, \
	.take = take, .run = runs}
const struct stage fdb_stages[] = {
	STAGE("fdb-hit", 1024, open_full, run_hit),
	STAGE("fdb-hit-bare", 0, open_full, run_bare),
	STAGE("fdb-unknown", 1024, open_full, run_unknown),
	STAGE("fdb-current", 1024, open_full, run_current),
	{.name = "fdb-new", .traffic = "", .footprint = KEY_FOOTPRINT, .counted_items = 65536,
		.is_timed = true, .open = open_empty, .take = take, .ready = ready_new,
		.run = run_new, .check = check_new},
	{.name = NULL},
};
// clang-format on
