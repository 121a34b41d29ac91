/* SPDX-License-Identifier: BSD-3-Clause */
/* Stages of lib/wire (FCS, parse, push and pop of tags) and of the smallest handler, echo; and what
 * else computes or does the same. */

#include <string.h>

#include <rte_ether.h>
#include <rte_net_crc.h>
#include <zlib.h>

#include "bench.h"
#include "handler.h"
#include "wire/ether_mbuf.h"
#include "wire/fcs.h"

enum { FULL = 1514 };

extern const struct handler handler_echo;

static uint8_t full_frame[FULL];
static volatile uint64_t sink;
static void *echo;
static struct handler_env env;
static struct iface_table no_ifaces;
static uint8_t macs[OUT_PORTS][6];
static struct ledger ledger;
static struct handler_counts counts;
static struct out out = {
	.ops = &bench_out_ops, .ledger = &ledger, .done_limit = OUT_DONE, .counts = &counts};

static void open_frames(const struct stage *s, uint32_t n)
{
	frames_fill(traffic_find(s->traffic), n);
}

static void open_fcs(const struct stage *s, uint32_t n)
{
	fcs_init();
	memset(full_frame, 0x5a, sizeof(full_frame));
	open_frames(s, n);
}

static void open_echo(const struct stage *s, uint32_t n)
{
	env = (struct handler_env){
		.ifaces = &no_ifaces, .port_mac = (const uint8_t(*)[6])macs, .tsc_hz = 1};
	memcpy(macs[0], bench_ours, sizeof(bench_ours));
	if (handler_echo.init(&echo, &env) != 0)
		bench_die("echo does not begin");
	open_frames(s, n);
}

static void run_fcs(struct burst *b)
{
	for (uint16_t i = 0; i < b->n; i++)
		sink += fcs_compute(rte_pktmbuf_mtod(b->pkts[i], uint8_t *), BENCH_FRAME);
}

static void run_zlib(struct burst *b)
{
	for (uint16_t i = 0; i < b->n; i++)
		sink += crc32(0, rte_pktmbuf_mtod(b->pkts[i], uint8_t *), BENCH_FRAME);
}

static void run_fcs_full(struct burst *b)
{
	for (uint16_t i = 0; i < b->n; i++)
		sink += fcs_compute(full_frame, FULL);
}

static void run_zlib_full(struct burst *b)
{
	for (uint16_t i = 0; i < b->n; i++)
		sink += crc32(0, full_frame, FULL);
}

static void run_parse(struct burst *b)
{
	for (uint16_t i = 0; i < b->n; i++) {
		struct ether e;

		if (ether_parse(rte_pktmbuf_mtod(b->pkts[i], uint8_t *), BENCH_FRAME, 0, &e) ==
			ETHER_OK)
			sink += e.ethertype + e.payload_offset + e.flags;
	}
}

static void rewrite(struct burst *b, const struct ether_rewrite *r)
{
	for (uint16_t i = 0; i < b->n; i++)
		sink += ether_rewrite_mbuf(b->pkts[i], r);
}

static void run_push(struct burst *b)
{
	static const struct ether_rewrite push = {
		.push = 1, .tags = {{.tpid = 0x8100, .vid = 100}}};

	rewrite(b, &push);
}

static void run_pop(struct burst *b)
{
	static const struct ether_rewrite pop = {.pop = 1};

	rewrite(b, &pop);
}

// DPDK's own, of one tag 0x8100, without a look at the length.
static void run_rte_push(struct burst *b)
{
	for (uint16_t i = 0; i < b->n; i++) {
		b->pkts[i]->vlan_tci = 100;
		sink += (uint64_t)rte_vlan_insert(&b->pkts[i]);
	}
}

static void run_rte_pop(struct burst *b)
{
	for (uint16_t i = 0; i < b->n; i++)
		sink += (uint64_t)rte_vlan_strip(b->pkts[i]);
}

static void run_echo(struct burst *b)
{
	handler_echo.burst(echo, b->pkts, b->n, &out);
	out_flush(&out);
}

// clang-format off
#define STAGE(called, frames, counted, opens, runs, ...) {.name = called, .traffic = frames, \
	.footprint = FRAME_FOOTPRINT, .counted_items = counted, .is_timed = true, .open = opens, \
	.take = frames_take, .run = runs, __VA_ARGS__}
const struct stage wire_stages[] = {
	STAGE("fcs-60", "u4", BENCH_BURST, open_fcs, run_fcs, .after = NULL),
	STAGE("fcs-60-zlib", "u4", 0, open_fcs, run_zlib, .after = NULL),
	STAGE("fcs-1514", "u4", BENCH_BURST, open_fcs, run_fcs_full, .after = NULL),
	STAGE("fcs-1514-zlib", "u4", 0, open_fcs, run_zlib_full, .after = NULL),
	STAGE("parse", "u4", BENCH_BURST, open_frames, run_parse, .after = NULL),
	STAGE("parse", "q1", BENCH_BURST, open_frames, run_parse, .after = NULL),
	STAGE("parse", "qq", BENCH_BURST, open_frames, run_parse, .after = NULL),
	STAGE("push", "u4", BENCH_BURST, open_frames, run_push, .after = frames_restore),
	STAGE("push-rte", "u4", 0, open_frames, run_rte_push, .after = frames_restore),
	STAGE("pop", "q1", BENCH_BURST, open_frames, run_pop, .after = frames_restore),
	STAGE("pop-rte", "q1", 0, open_frames, run_rte_pop, .after = frames_restore),
	STAGE("echo", "u4", BENCH_BURST, open_echo, run_echo, .after = frames_restore),
	{.name = NULL},
};
// clang-format on
