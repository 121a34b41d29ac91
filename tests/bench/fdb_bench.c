/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the forwarding database costs: TSC cycles per key, p50 over bursts, for tables of random
 * addresses of 1 k to 1 M, looked up in random order. No EAL. Run by hand; never a test.
 *
 *     fdb_bench [BURST]     32 when not given, 64 at most
 *
 * lookup: known destinations; ahead: the same, the burst's buckets prefetched before; unknown:
 * none of them is there; current: known sources, up to date, prefetched; insert: new sources,
 * learned into an empty table, prefetched.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_common.h>
#include <rte_cycles.h>

#include "bridge/fdb.h"

enum { MOST = 1024 * 1024, BURST_MAX = 64, SAMPLES = 1 << 16 };

struct bench {
	struct fdb *fdb;
	size_t size;
	uint64_t *known, *unknown;  // [n]
	uint64_t *mixed, *mixed_un; // [MOST]: those in an order that no branch predictor learns
	uint64_t *cycles;           // [SAMPLES]
	uint32_t n;
	unsigned burst;
	struct fdb_config config;
};

static void *memory_of(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("fdb_bench: mmap");
		exit(EXIT_FAILURE);
	}
	madvise(p, size, MADV_HUGEPAGE);
	return p;
}

// xorshift: the same numbers in every run.
static uint64_t next_random(void)
{
	static uint64_t state = 1;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void empty(struct bench *b)
{
	memset(b->fdb, 0, b->size);
	fdb_init(b->fdb, &b->config);
}

static void mix(struct bench *b)
{
	for (uint32_t i = 0; i < MOST; i++) {
		b->mixed[i] = b->known[next_random() % b->n];
		b->mixed_un[i] = b->unknown[next_random() % b->n];
	}
}

typedef unsigned (*stage_fn)(struct bench *b, const uint64_t *keys);

static unsigned nothing(struct bench *b, const uint64_t *keys)
{
	return (unsigned)keys[0];
}

static unsigned lookup(struct bench *b, const uint64_t *keys)
{
	uint8_t ports[BURST_MAX];

	for (unsigned i = 0; i < b->burst; i++)
		ports[i] = fdb_lookup(b->fdb, keys[i]);
	__asm__ volatile("" : : "r"(ports) : "memory");
	return ports[0];
}

static unsigned ahead(struct bench *b, const uint64_t *keys)
{
	for (unsigned i = 0; i < b->burst; i++)
		fdb_prefetch(b->fdb, keys[i]);
	return lookup(b, keys);
}

// The caller gives other keys.
static unsigned unknown(struct bench *b, const uint64_t *keys)
{
	return ahead(b, keys);
}

static unsigned current(struct bench *b, const uint64_t *keys)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->burst; i++)
		fdb_prefetch(b->fdb, keys[i]);
	for (unsigned i = 0; i < b->burst; i++)
		n += fdb_renew(b->fdb, keys[i], 0, 0);
	return n;
}

static unsigned insert(struct bench *b, const uint64_t *keys)
{
	struct fdb_source sources[BURST_MAX];
	struct bucket open = {0};
	struct fdb_learning l = fdb_learning_begin(b->fdb, 0, 0, &open, 0);

	for (unsigned i = 0; i < b->burst; i++) {
		fdb_prefetch(b->fdb, keys[i]);
		sources[i].key = keys[i];
	}
	fdb_learn_burst(&l, sources, (uint16_t)b->burst);
	fdb_learning_end(&l);
	return l.added;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

// Both return the median over bursts.
static double median(struct bench *b, unsigned samples)
{
	qsort(b->cycles, samples, sizeof(b->cycles[0]), compare);
	return (double)b->cycles[samples / 2];
}

static double measure(struct bench *b, stage_fn stage, const uint64_t *keys)
{
	uint32_t at = 0;

	for (unsigned i = 0; i < SAMPLES; i++) {
		uint64_t start = rte_rdtsc_precise();
		unsigned result = stage(b, &keys[at]);

		__asm__ volatile("" : : "r"(result));
		b->cycles[i] = rte_rdtsc_precise() - start;
		at = at + 2 * b->burst <= MOST ? at + b->burst : 0;
	}
	return median(b, SAMPLES);
}

static double measure_insert(struct bench *b)
{
	unsigned bursts = b->n / b->burst, samples = 0;

	while (samples + bursts <= SAMPLES) {
		empty(b);
		for (unsigned i = 0; i < bursts; i++) {
			uint64_t start = rte_rdtsc_precise();
			unsigned result = insert(b, &b->known[i * b->burst]);

			__asm__ volatile("" : : "r"(result));
			b->cycles[samples++] = rte_rdtsc_precise() - start;
		}
	}
	return median(b, samples);
}

static void report(struct bench *b)
{
	static const stage_fn stages[] = {lookup, ahead, unknown, current};
	double none = measure(b, nothing, b->mixed);
	double inserted = measure_insert(b) - none; // and now all are there

	printf("%8u", b->n);
	for (unsigned s = 0; s < RTE_DIM(stages); s++)
		printf(" %8.1f",
			(measure(b, stages[s], stages[s] == unknown ? b->mixed_un : b->mixed) -
				none) /
				b->burst);
	printf(" %8.1f\n", inserted / b->burst);
}

static void run(struct bench *b, uint32_t n)
{
	b->n = n;
	b->config = (struct fdb_config){.capacity = n, .ageing = 300, .seed = 1};
	b->size = fdb_size(n);
	b->fdb = memory_of(b->size);
	for (uint32_t i = 0; i < n; i++) {
		b->known[i] = fdb_key(1, next_random());
		b->unknown[i] = fdb_key(2, next_random());
	}
	mix(b);
	report(b);
	munmap(b->fdb, b->size);
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = {1024, 16 * 1024, 64 * 1024, MOST};
	struct bench b = {.burst = argc > 1 ? (unsigned)atoi(argv[1]) : 32};

	if (b.burst == 0 || b.burst > BURST_MAX)
		b.burst = 32;
	b.known = memory_of(MOST * sizeof(b.known[0]));
	b.unknown = memory_of(MOST * sizeof(b.unknown[0]));
	b.mixed = memory_of(MOST * sizeof(b.mixed[0]));
	b.mixed_un = memory_of(MOST * sizeof(b.mixed_un[0]));
	b.cycles = memory_of(SAMPLES * sizeof(b.cycles[0]));
	printf("%8s %8s %8s %8s %8s %8s\n", "keys", "lookup", "ahead", "unknown", "current",
		"insert");
	for (unsigned s = 0; s < RTE_DIM(sizes); s++)
		run(&b, sizes[s]);
	return EXIT_SUCCESS;
}
