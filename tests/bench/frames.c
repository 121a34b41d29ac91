/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames of the benches, in memory of their own: see bench.h. */

#include <string.h>

#include "bench.h"

enum {
	HEADROOM = 128,
	// mbuf, headroom, frame, and one line more: an odd number of lines uses all sets of a
	// cache.
	STRIDE = sizeof(struct rte_mbuf) + HEADROOM + 192,
	ADDRESSES = 12,
	TYPES = 10
};
_Static_assert(STRIDE / 64 % 2 == 1 && STRIDE % 64 == 0, "an odd number of cache lines");

const uint8_t bench_ours[6] = {2, 0, 0, 0, 0, 1};

static const struct traffic traffics[] = {
	{"u4", {{100, 2, {8, 0}}}},
	{"q1", {{100, 6, {0x81, 0, 0, 100, 8, 0}}}},
	{"qq", {{100, 10, {0x88, 0xa8, 0, 200, 0x81, 0, 1, 44, 8, 0}}}},
	{"mix", {{40, 2, {8, 0}}, {20, 2, {0x86, 0xdd}}, {20, 6, {0x81, 0, 0, 100, 8, 0}},
			{15, 10, {0x88, 0xa8, 0, 200, 0x81, 0, 1, 44, 8, 0}}, {4, 2, {8, 6}},
			{1, 2, {0x88, 0xb5}}}},
	// What an attacker can do to a burst: three EtherTypes in turns, without and with tags.
	{"turns", {{34, 2, {8, 0}}, {33, 2, {0x86, 0xdd}}, {33, 2, {8, 6}}}},
	{"worst", {{17, 2, {8, 0}}, {17, 2, {0x86, 0xdd}}, {17, 2, {8, 6}},
			  {17, 6, {0x81, 0, 0, 100, 8, 0}}, {16, 6, {0x81, 0, 0, 100, 8, 6}},
			  {16, 6, {0x81, 0, 0, 101, 0x86, 0xdd}}}},
};

// How a frame begins, behind its mbuf and headroom; kept in the headroom to be restored from.
struct head {
	uint8_t octets[ADDRESSES + TYPES + 2];
};

static struct {
	uint8_t *memory;
	struct rte_mbuf **pkts;
	uint32_t room, n;
	const struct traffic *traffic; // that they are; NULL: a pair's
} f;

const struct traffic *traffic_find(const char *name)
{
	for (unsigned i = 0; i < RTE_DIM(traffics); i++) {
		if (strcmp(traffics[i].name, name) == 0)
			return &traffics[i];
	}
	bench_die("no such traffic");
}

static void reserve(uint32_t n)
{
	if (n > f.room) {
		bench_release(f.memory, (size_t)f.room * 2 * STRIDE);
		bench_release(f.pkts, f.room * sizeof(f.pkts[0]));
		f.memory = bench_memory((size_t)n * 2 * STRIDE);
		f.pkts = bench_memory(n * sizeof(f.pkts[0]));
		f.room = n;
	}
	f.n = n;
	bench_reseed();
}

static struct head *kept_head(struct rte_mbuf *m)
{
	return (struct head *)(m + 1);
}

static void restore(struct rte_mbuf *m)
{
	m->data_off = HEADROOM;
	m->data_len = BENCH_FRAME;
	m->pkt_len = BENCH_FRAME;
	memcpy((uint8_t *)m->buf_addr + HEADROOM, kept_head(m), sizeof(struct head));
}

// As far from its mbuf as all others, as in a pool, but not right behind it: some CPUs fetch by
// themselves what lies behind one that was just written, and frames that are to be cold would be
// there.
static void *buffer_of(uint32_t i)
{
	return f.memory + (size_t)(f.room + i) * STRIDE + sizeof(struct rte_mbuf);
}

static void make(uint32_t i, const uint8_t *addresses, const uint8_t *types, unsigned len)
{
	struct rte_mbuf *m = (struct rte_mbuf *)(f.memory + (size_t)i * STRIDE);
	uint8_t *head = kept_head(m)->octets;

	memset(m, 0, sizeof(*m) + sizeof(struct head));
	m->buf_addr = buffer_of(i);
	m->buf_len = STRIDE - sizeof(*m);
	m->nb_segs = 1;
	rte_mbuf_refcnt_set(m, 1);
	memcpy(head, addresses, ADDRESSES);
	memcpy(head + ADDRESSES, types, len);
	// Behind an IP type an IP version, for those who look.
	if (types[len - 2] == 8 && types[len - 1] == 0)
		head[ADDRESSES + len] = 0x45;
	else if (types[len - 2] == 0x86 && types[len - 1] == 0xdd)
		head[ADDRESSES + len] = 0x60;
	restore(m);
	f.pkts[i] = m;
}

static void shuffle(void)
{
	for (uint32_t i = f.n; i-- > 1;) {
		uint32_t other = (uint32_t)(bench_random() % (i + 1));
		struct rte_mbuf *m = f.pkts[i];

		f.pkts[i] = f.pkts[other];
		f.pkts[other] = m;
	}
}

void frames_fill(const struct traffic *t, uint32_t n)
{
	uint8_t addresses[ADDRESSES] = {0};

	if (f.traffic == t && f.n == n)
		return;
	memcpy(addresses, bench_ours, sizeof(bench_ours));
	addresses[6] = 2;
	reserve(n);
	f.traffic = t;
	for (uint32_t i = 0; i < n; i++) {
		unsigned percent = (unsigned)(bench_random() % 100);
		const struct shape *shape = t->shapes;

		while (percent >= shape->percent)
			percent -= (shape++)->percent;
		make(i, addresses, shape->types, shape->len);
	}
	shuffle();
}

// The number of a host is in the last four octets of its address.
static void number(uint8_t *address, const uint8_t *first, uint32_t host)
{
	uint32_t number;

	memcpy(address, first, 6);
	memcpy(&number, address + 2, 4);
	number = rte_cpu_to_be_32(rte_be_to_cpu_32(number) + host);
	memcpy(address + 2, &number, 4);
}

void frames_fill_hosts(
	const struct hosts *dst, const struct hosts *src, const struct shape *shape, uint32_t n)
{
	uint8_t addresses[ADDRESSES];

	reserve(n);
	f.traffic = NULL;
	for (uint32_t i = 0; i < n; i++) {
		number(addresses, (const uint8_t *)&dst->first, i % dst->n);
		number(addresses + 6, (const uint8_t *)&src->first, i % src->n);
		make(i, addresses, shape->types, shape->len);
	}
	shuffle();
}

void frames_restore(struct burst *b)
{
	for (uint16_t i = 0; i < b->n; i++)
		restore(b->pkts[i]);
}

void frames_take(struct burst *b, uint32_t at, uint16_t n)
{
	b->at = at;
	b->n = n;
	memcpy(b->pkts, &f.pkts[at], n * sizeof(b->pkts[0]));
	for (uint16_t i = 0; i < n; i++) {
		*(volatile uint16_t *)&b->pkts[i]->data_off = HEADROOM;
		*(volatile uint16_t *)&b->pkts[i]->data_len = BENCH_FRAME;
		*(volatile uint32_t *)&b->pkts[i]->pkt_len = BENCH_FRAME;
		*(volatile uint16_t *)&b->pkts[i]->port = 0;
	}
}
