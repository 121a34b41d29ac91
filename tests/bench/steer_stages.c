/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stages of lib/steer: classify, dispatch to a handler in place or behind a ring on this CPU, and
 * what they replace a reflector with. The second CPU is hop.c's.
 */

#include <string.h>

#include "bench.h"
#include "steer/dispatch.h"
#include "steer/frame.h"
#include "steer_set.h"

enum {
	RING = 1024,
	HZ = 2000000000 // any: nobody looks at the clock
};

struct steer_set steer_set;

static struct iface ifaces[] = {
	{.id = 0, .mac = {2, 0, 0, 0, 0, 1}},
	{.id = 1, .mac = {2, 0, 0, 0, 0, 1}, .n_tags = 1, .tags = {{0x8100, 100}}},
	{.id = 2, .mac = {2, 0, 0, 0, 0, 1}, .n_tags = 2, .tags = {{0x88a8, 200}, {0x8100, 300}}},
};
static const struct iface_table table = {.n = RTE_DIM(ifaces), .iface = ifaces};

// Classified before the measurement, for stages that begin behind it.
static struct classified classified[BENCH_BURST / CLASSIFY_BURST];

// A handler that takes no time, not even for verdicts: frames are not freed here anyway.
static void take(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
}

static void make_ring(struct gate *g, unsigned class)
{
	struct rte_ring *ring = bench_memory((size_t)rte_ring_get_memsize(RING));

	rte_ring_init(ring, "ring", RING, RING_F_SP_ENQ | RING_F_SC_DEQ);
	gate_init(g, RING, GATE_DROP_TAIL, HZ);
	g->handoff = (struct handoff){ring, &steer_set.pending, UINT64_C(1) << class};
}

void steer_set_make(void)
{
	static bool made;
	struct steer_set *s = &steer_set;

	if (made)
		return;
	made = true;
	classifier_init(&s->classifier);
	s->in_place.classifier = &s->classifier;
	memcpy(s->in_place.port[0].mac, bench_ours, sizeof(bench_ours));
	s->in_place.unknown = s->unknown;
	s->in_place.known = &s->known;
	s->in_place.generation = 1;
	s->in_place.ifaces = iface_index_create(&table);
	for (unsigned c = 0; c < CLASS_MAX; c++)
		s->in_place.action[c].kind = DISPATCH_UNKNOWN;
	s->by_ring = s->in_place;
	for (unsigned c = CLASS_IPV4; c <= CLASS_ARP; c++) {
		s->in_place.action[c] = (struct dispatch_action){
			.kind = DISPATCH_INLINE, .burst = take, .counts = &s->counts};
		make_ring(&s->gate[c], c);
		s->by_ring.action[c] = (struct dispatch_action){
			.kind = DISPATCH_RING, .n_targets = 1, .target = {&s->gate[c]}};
	}
	s->out = (struct out){.ops = &bench_out_ops,
		.ledger = &s->ledger,
		.done_limit = OUT_DONE,
		.counts = &s->counts};
}

static void open_set(const struct stage *s, uint32_t n)
{
	steer_set_make();
	frames_fill(traffic_find(s->traffic), n);
}

static uint16_t part(const struct burst *b, uint16_t at)
{
	return RTE_MIN((uint16_t)(b->n - at), (uint16_t)CLASSIFY_BURST);
}

static void classify(struct burst *b)
{
	for (uint16_t at = 0, k = 0; at < b->n; at += CLASSIFY_BURST, k++) {
		classify_burst(
			&steer_set.classifier, &b->pkts[at], part(b, at), false, &classified[k]);
		__asm__ volatile("" : : "r"(&classified[k]) : "memory");
	}
}

static void dispatch(struct burst *b, const struct dispatch *d)
{
	for (uint16_t at = 0, k = 0; at < b->n; at += CLASSIFY_BURST, k++) {
		dispatch_burst(d, 0, &b->pkts[at], &classified[k], &steer_set.out, 0);
		out_flush(&steer_set.out);
	}
}

static void dispatch_in_place(struct burst *b)
{
	dispatch(b, &steer_set.in_place);
}

// As a worker does it: a burst at a time.
static void steer_in_place(struct burst *b)
{
	struct classified c;

	for (uint16_t at = 0; at < b->n; at += CLASSIFY_BURST) {
		classify_burst(&steer_set.classifier, &b->pkts[at], part(b, at), false, &c);
		dispatch_burst(&steer_set.in_place, 0, &b->pkts[at], &c, &steer_set.out, 0);
		out_flush(&steer_set.out);
	}
}

unsigned steer_set_receive(struct out *out)
{
	struct rte_mbuf *got[OUT_BURST];
	struct gate_arrivals arrivals;
	unsigned total = 0;

	for (uint64_t bits = handoff_take_pending(&steer_set.pending); bits != 0;
		bits &= bits - 1) {
		struct gate *g = &steer_set.gate[__builtin_ctzll(bits)];
		uint16_t n = handoff_recv(&g->handoff, got, OUT_BURST);

		if (n == 0)
			continue;
		gate_arrive(got, n, &arrivals);
		take(NULL, got, n, out);
		gate_leave(g, &arrivals, 0);
		total += n;
	}
	out_flush(out);
	return total;
}

// All of one class, as dispatch gives them: the ring alone, and the handler's side of it.
static void ring(struct burst *b)
{
	for (uint16_t at = 0; at < b->n; at += CLASSIFY_BURST)
		gate_send(&steer_set.gate[CLASS_IPV4], &b->pkts[at], part(b, at), 0, &steer_set.out,
			0);
	while (steer_set_receive(&steer_set.out) != 0)
		;
}

static void steer_by_ring(struct burst *b)
{
	classify(b);
	dispatch(b, &steer_set.by_ring);
	while (steer_set_receive(&steer_set.out) != 0)
		;
}

// What verdicts cost, which no other stage here has.
static void consume(struct burst *b)
{
	out_consume_bulk(&steer_set.out, b->pkts, b->n);
	out_flush(&steer_set.out);
}

static void send(struct burst *b)
{
	out_tx_bulk(&steer_set.out, b->pkts, b->n, 1);
	out_flush(&steer_set.out);
}

static void swap(struct burst *b)
{
	for (uint16_t i = 0; i < b->n; i++)
		frame_swap_addresses(b->pkts[i]);
}

// clang-format off
#define STAGE(called, frames, counted, timed, ...) {.name = called, .traffic = frames, \
	.footprint = FRAME_FOOTPRINT, .counted_items = counted, .is_timed = timed, \
	.open = open_set, .take = frames_take, __VA_ARGS__}
#define CLASSIFY(frames) STAGE("classify", frames, BENCH_BURST, true, .run = classify)
#define DISPATCH(frames) STAGE("dispatch", frames, BENCH_BURST, true, .ready = classify, \
	.run = dispatch_in_place)
#define STEER(frames) STAGE("steer", frames, 0, true, .run = steer_in_place)
#define BY_RING(frames) STAGE("steer-ring", frames, 0, true, .run = steer_by_ring)
const struct stage steer_stages[] = {
	CLASSIFY("u4"), CLASSIFY("q1"), CLASSIFY("qq"), CLASSIFY("mix"),
	DISPATCH("u4"), DISPATCH("q1"), DISPATCH("qq"), DISPATCH("mix"),
	STEER("u4"), STEER("q1"), STEER("qq"), STEER("mix"), STEER("turns"), STEER("worst"),
	STAGE("ring", "u4", BENCH_BURST, true, .run = ring),
	BY_RING("u4"), BY_RING("mix"),
	STAGE("consume", "u4", BENCH_BURST, true, .run = consume),
	STAGE("send", "u4", BENCH_BURST, true, .run = send),
	STAGE("swap", "u4", BENCH_BURST, true, .run = swap, .after = frames_restore),
	{.name = NULL},
};
// clang-format on
