/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cycles of a frame's parse and of an octet's FCS. Warm: a burst of frames that stays in the first
 * cache. Cold: frames in a random order over far more memory than the caches hold, nothing
 * prefetched. TSC cycles; the median of many rounds, and the lowest. No EAL, one thread.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_net_crc.h>
#include <zlib.h>

#include "wire/ether.h"
#include "wire/fcs.h"

enum {
	ROUNDS = 301,
	WARM_FRAMES = 64,
	WARM_REPEATS = 64,
	COLD_FRAMES = 1 << 15,
	COLD_ROUNDS = 7,
	STRIDE = 2048 + 64, // not a power of two: else all frames would share few cache sets
	CRC_REPEATS = 64
};

static uint8_t *memory;
static uint32_t order[COLD_FRAMES];
static volatile uint64_t sink;

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(const char *what, const char *unit, double *rounds, unsigned n)
{
	qsort(rounds, n, sizeof(*rounds), compare);
	printf("%-34s %8.2f %s (lowest %.2f)\n", what, rounds[n / 2], unit, rounds[0]);
}

static void fill(const char *tags, size_t tags_len)
{
	for (uint32_t i = 0; i < COLD_FRAMES; i++) {
		uint8_t *p = memory + (size_t)i * STRIDE;

		memcpy(p, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 12);
		memcpy(p + 12, tags, tags_len);
		memcpy(p + 12 + tags_len, "\x08\x00", 2);
	}
}

/** Parse frames in order and use what comes out, so that nothing is optimised away. */
static uint64_t parse(const uint32_t *frames, uint32_t n)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct ether e;

		if (ether_parse(memory + (size_t)frames[i] * STRIDE, 64, 0, &e) == ETHER_OK)
			sum += e.ethertype + e.payload_offset + e.flags;
	}
	return sum;
}

static void bench_parse(const char *name, const char *tags, size_t tags_len)
{
	double warm[ROUNDS], cold[COLD_ROUNDS];
	uint32_t burst[WARM_FRAMES];
	char what[64];

	fill(tags, tags_len);
	for (uint32_t i = 0; i < WARM_FRAMES; i++)
		burst[i] = i;
	for (unsigned r = 0; r < ROUNDS; r++) {
		uint64_t begin = rte_rdtsc_precise();

		for (unsigned i = 0; i < WARM_REPEATS; i++)
			sink += parse(burst, WARM_FRAMES);
		warm[r] = (double)(rte_rdtsc_precise() - begin) / (WARM_FRAMES * WARM_REPEATS);
	}
	for (unsigned r = 0; r < COLD_ROUNDS; r++) {
		uint64_t begin = rte_rdtsc_precise();

		sink += parse(order, COLD_FRAMES);
		cold[r] = (double)(rte_rdtsc_precise() - begin) / COLD_FRAMES;
	}
	snprintf(what, sizeof(what), "parse, %s, warm", name);
	print(what, "cycles/frame", warm, ROUNDS);
	snprintf(what, sizeof(what), "parse, %s, cold", name);
	print(what, "cycles/frame", cold, COLD_ROUNDS);
}

static uint32_t plain(const uint8_t *p, uint32_t len)
{
	return rte_net_crc_calc(p, len, RTE_NET_CRC32_ETH);
}

static uint32_t by_zlib(const uint8_t *p, uint32_t len)
{
	return (uint32_t)crc32(0, p, len);
}

static void bench_fcs(const char *name, uint32_t (*compute)(const uint8_t *p, uint32_t len))
{
	static const uint32_t lens[] = {60, 1514, 9014};
	double rounds[ROUNDS];
	char what[64];

	for (unsigned i = 0; i < RTE_DIM(lens); i++) {
		for (unsigned r = 0; r < ROUNDS; r++) {
			uint64_t begin = rte_rdtsc_precise();

			for (unsigned n = 0; n < CRC_REPEATS; n++)
				sink += compute(memory + n, lens[i]);
			rounds[r] = (double)(rte_rdtsc_precise() - begin) / (CRC_REPEATS * lens[i]);
		}
		snprintf(what, sizeof(what), "FCS of %u octets, %s", lens[i], name);
		print(what, "cycles/octet", rounds, ROUNDS);
	}
}

int main(void)
{
	uint32_t x = 1;

	memory = malloc((size_t)COLD_FRAMES * STRIDE + 16384);
	if (memory == NULL)
		return 1;
	memset(memory, 0x5a, (size_t)COLD_FRAMES * STRIDE + 16384);
	for (uint32_t i = 0; i < COLD_FRAMES; i++) {
		uint32_t j;

		x = x * 1664525u + 1013904223u;
		j = (uint32_t)((uint64_t)x * (i + 1) >> 32);
		order[i] = order[j];
		order[j] = i;
	}
	bench_parse("untagged", "", 0);
	bench_parse("one tag", "\x81\x00\x00\x0a", 4);
	bench_parse("two tags", "\x88\xa8\x00\x64\x81\x00\x00\x0a", 8);
	bench_fcs("plain rte_net_crc", plain); // as a program without EAL finds it
	bench_fcs("zlib", by_zlib);
	fcs_init();
	bench_fcs("ours", fcs_compute);
	free(memory);
	return 0;
}
