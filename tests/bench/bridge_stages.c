/* SPDX-License-Identifier: BSD-3-Clause */
/* Stages of a bridge of two: one known pair of hosts, many, sources to learn; bridge_bench has its
 * curves. */

#include "bench.h"
#include "bridge_set.h"

#define AT_VLAN(tpid) (tpid) >> 8, (tpid)&0xff, 0, BRIDGE_SET_VLAN

enum { HOSTS = 1024, NEW_SOURCES = 16384, LEARN = 6 /* in `pairs` */ };

static const struct pair {
	const char *name;
	struct bridge_point point;
	struct shape frame;
} pairs[] = {
	{"bridge", {.layout = BRIDGE_PLAIN, .members = 2, .pairs = 1, .vlans = 1},
		{.len = 2, .types = {8, 0}}},
	{"bridge-trunk",
		{.layout = BRIDGE_TAGS_STAY, .members = 2, .pairs = 1, .tags = 1, .vlans = 1},
		{.len = 6, .types = {AT_VLAN(0x8100), 8, 0}}},
	{"bridge-sc",
		{.layout = BRIDGE_TAGS_STAY,
			.members = 2,
			.pairs = 1,
			.tags = 2,
			.vlans = 1,
			.tpid = 0x88a8},
		{.len = 10, .types = {AT_VLAN(0x88a8), 0x81, 0, 1, 44, 8, 0}}},
	{"bridge-push", {.layout = BRIDGE_PUSH, .members = 2, .pairs = 1, .vlans = 1},
		{.len = 2, .types = {8, 0}}},
	{"bridge-pop", {.layout = BRIDGE_POP, .members = 2, .pairs = 1, .tags = 1, .vlans = 1},
		{.len = 6, .types = {AT_VLAN(0x8100), 8, 0}}},
	{"bridge-macs", {.layout = BRIDGE_PLAIN, .members = 2, .pairs = HOSTS, .vlans = 1},
		{.len = 2, .types = {8, 0}}},
	{"bridge-learn", {.layout = BRIDGE_PLAIN, .members = 2, .pairs = 1, .vlans = 1},
		{.len = 2, .types = {8, 0}}},
};

static uint64_t before, before_learned;

static void open_pair(const struct stage *s, uint32_t n)
{
	const struct pair *p = &pairs[s - bridge_stages];
	struct hosts dst = {bridge_set_address(1, 0), p->point.pairs};
	struct hosts src = {bridge_set_address(0, 0), p->point.pairs};

	if (p == &pairs[LEARN])
		src = (struct hosts){bridge_set_address(0, 1), n}; // the known one is number 0
	bridge_set_make(NULL);
	bridge_set_point(&p->point);
	frames_fill_hosts(&dst, &src, &p->frame, n);
	before = bridge_set_unicast();
	before_learned = bridge_set.lane.member[0].learned;
}

// Every pass begins with an empty table.
static void forget(struct burst *b)
{
	if (b->at == 0)
		bridge_set_point(&pairs[LEARN].point);
}

static void run(struct burst *b)
{
	for (uint16_t at = 0; at < b->n; at += CLASSIFY_BURST)
		bridge_set_run(
			0, &b->pkts[at], RTE_MIN((uint16_t)(b->n - at), (uint16_t)CLASSIFY_BURST));
}

static void check(uint64_t frames)
{
	if (bridge_set_unicast() - before != frames)
		bench_die("not all frames went to one port");
}

static void check_learned(uint64_t frames)
{
	check(frames);
	if (bridge_set.lane.member[0].learned - before_learned != frames)
		bench_die("not all sources were new");
}

// clang-format off
#define STAGE(called, frames, counted) {.name = called, .traffic = frames, \
	.footprint = FRAME_FOOTPRINT, .counted_items = counted, .is_timed = true, .open = open_pair, .take = frames_take, \
	.after = frames_restore, .run = run, .check = check}
// In the order of `pairs`.
const struct stage bridge_stages[] = {
	STAGE("bridge", "u4", BENCH_BURST),
	STAGE("bridge-trunk", "q1", BENCH_BURST),
	STAGE("bridge-sc", "qq", BENCH_BURST),
	STAGE("bridge-push", "u4", BENCH_BURST),
	STAGE("bridge-pop", "q1", BENCH_BURST),
	STAGE("bridge-macs", "u4", HOSTS),
	{.name = "bridge-learn", .traffic = "u4", .footprint = FRAME_FOOTPRINT,
		.counted_items = NEW_SOURCES, .open = open_pair, .take = frames_take,
		.ready = forget, .after = frames_restore, .run = run, .check = check_learned},
	{.name = NULL},
};
// clang-format on
