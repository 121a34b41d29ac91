/* SPDX-License-Identifier: BSD-3-Clause */
/* Stages of a bridge of two, of one known pair of hosts; bridge_bench has its curves. */

#include "bench.h"
#include "bridge_set.h"

#define AT_VLAN(tpid) (tpid) >> 8, (tpid)&0xff, 0, BRIDGE_SET_VLAN

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
};

static uint64_t before;

static void open_pair(const struct stage *s, uint32_t n)
{
	const struct pair *p = &pairs[s - bridge_stages];

	bridge_set_make(NULL);
	bridge_set_point(&p->point);
	frames_fill_pair(bridge_set_address(1, 0), bridge_set_address(0, 0), p->frame.types,
		p->frame.len, n);
	before = bridge_set_unicast();
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

// clang-format off
#define STAGE(called, frames) {.name = called, .traffic = frames, .footprint = FRAME_FOOTPRINT, \
	.counted_items = BENCH_BURST, .is_timed = true, .open = open_pair, .take = frames_take, \
	.after = frames_restore, .run = run, .check = check}
// In the order of `pairs`.
const struct stage bridge_stages[] = {
	STAGE("bridge", "u4"),
	STAGE("bridge-trunk", "q1"),
	STAGE("bridge-sc", "qq"),
	STAGE("bridge-push", "u4"),
	STAGE("bridge-pop", "q1"),
	{.name = NULL},
};
// clang-format on
