/* SPDX-License-Identifier: BSD-3-Clause */
/* Handlers in every place, under load: order inside a flow, police before the ring, drop-tail,
 * frames that are kept, frames that are made. Every test ends with rig_stop()'s checks. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_cycles.h>

#include "lane_rig.h"

enum { TYPE = 0x88b6, KEPT = 40 };

static const uint8_t port_mac[6] = {2, 0, 0, 0, 0, 1};
static struct ledger sum;

// clang-format off
#define YAML \
	"name: t\n" \
	"lcores: {control: 0, workers: %s, idle: %s}\n" \
	"ports:\n" \
	"  - {name: p0, device: net_ring0, mac: \"02:00:00:00:00:01\", rx-queues: %u, tx-queues: %u}\n" \
	"interfaces:\n" \
	"  - {name: i0, port: p0, tags: [{tpid: 0x88a8, vid: 200}, {vid: 300}], addresses: [192.0.2.1/24]}\n" \
	"handlers:\n" \
	"  - {name: test, %s}\n"
// clang-format on

// Every instance has a state, and one thread at a time: `inside` would see a second one.
struct test_state {
	const struct handler_env *env; // stays valid, says handler.h
	struct handler_env copy;
	_Atomic bool inside;
	unsigned n_kept;
	struct rte_mbuf *kept[KEPT];
};

static _Atomic unsigned n_states, n_intruders;
static _Atomic bool hold;     // burst functions wait while it is set
static _Atomic unsigned made; // frames that tick made

static int test_init(void **state, const struct handler_env *env)
{
	struct test_state *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -1;
	s->env = env;
	s->copy = *env;
	*state = s;
	atomic_fetch_add(&n_states, 1);
	return 0;
}

static void test_fini(void *state)
{
	free(state);
	atomic_fetch_sub(&n_states, 1);
}

static void enter(struct test_state *s)
{
	atomic_fetch_add(&n_intruders, atomic_exchange(&s->inside, true));
	atomic_fetch_add(&n_intruders, memcmp(s->env, &s->copy, sizeof(s->copy)) != 0);
}

static void swap(struct rte_mbuf *m)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *), dst[6];

	memcpy(dst, p, 6);
	memcpy(p, p + 6, 6);
	memcpy(p + 6, dst, 6);
}

// Sends back what it gets; waits while the test holds it.
static void bounce(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	enter(state);
	while (atomic_load(&hold))
		rte_delay_us_sleep(100);
	for (uint16_t i = 0; i < n; i++) {
		swap(pkts[i]);
		out_tx(out, pkts[i], pkts[i]->port);
	}
	atomic_store(&((struct test_state *)state)->inside, false);
}

// Keeps the last KEPT frames; the oldest goes back.
static void keep(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	struct test_state *s = state;

	enter(s);
	for (uint16_t i = 0; i < n; i++) {
		if (s->n_kept == KEPT) {
			out_release(out, s->kept[0]);
			swap(s->kept[0]);
			out_tx(out, s->kept[0], s->kept[0]->port);
			memmove(&s->kept[0], &s->kept[1], (KEPT - 1) * sizeof(s->kept[0]));
			s->n_kept--;
		}
		out_keep(out, pkts[i]);
		s->kept[s->n_kept++] = pkts[i];
	}
	atomic_store(&s->inside, false);
}

static void drop_kept(void *state, struct out *out)
{
	struct test_state *s = state;

	enter(s);
	for (unsigned i = 0; i < s->n_kept; i++) {
		out_release(out, s->kept[i]);
		out_drop(out, s->kept[i], DROP_SHUTDOWN);
	}
	s->n_kept = 0;
	atomic_store(&s->inside, false);
}

// A frame of 60 octets through interface 0, whose tags the lane pushes.
static void make_one(void *state, uint64_t now, struct out *out)
{
	struct rte_mbuf *m;

	enter(state);
	m = atomic_load(&made) < 50 ? out_new(out) : NULL;
	if (m != NULL) {
		uint8_t *p = (uint8_t *)rte_pktmbuf_append(m, 60);

		memset(p, 0x5a, 60);
		p[12] = TYPE >> 8;
		p[13] = TYPE & 0xff;
		atomic_fetch_add(&made, 1);
		out_send(out, m, 0);
	}
	atomic_store(&((struct test_state *)state)->inside, false);
}

#define TEST_HANDLER                                                                               \
	.abi = HANDLER_ABI, .name = "test", .ethertypes = {TYPE}, .n_ethertypes = 1,               \
	.places = HANDLER_INLINE | HANDLER_CONTROL | HANDLER_LCORE | HANDLER_OWN,                  \
	.place = HANDLER_INLINE, .state_per_instance = true, .init = test_init, .fini = test_fini

static const struct handler bouncer = {TEST_HANDLER, .burst = bounce};
static const struct handler keeper = {
	TEST_HANDLER, .keep_max = KEPT, .burst = keep, .drain = drop_kept};
static const struct handler maker = {TEST_HANDLER, .burst = bounce, .tick = make_one};

static const struct handler *const bouncers[] = {&bouncer, NULL};
static const struct handler *const keepers[] = {&keeper, NULL};
static const struct handler *const makers[] = {&maker, NULL};

static struct rig *start(const struct handler *const *table, const char *workers, const char *idle,
	unsigned queues, const char *handler)
{
	char yaml[2048];

	atomic_store(&n_intruders, 0);
	atomic_store(&hold, false);
	atomic_store(&made, 0);
	snprintf(yaml, sizeof(yaml), YAML, workers, idle, queues, queues, handler);
	return rig_start(yaml, table);
}

static void stop(struct rig *r)
{
	rig_stop(r, &sum);
	assert_int_equal(atomic_load(&n_states), 0);
	assert_int_equal(atomic_load(&n_intruders), 0);
}

/** Frames there and back through a handler in this place; how many of its instances had work. */
static void bounce_all(const char *workers, unsigned queues, const char *handler,
	unsigned instances, unsigned frames)
{
	struct rig *r = start(bouncers, workers, "sleep", queues, handler);
	struct rig_pump p = {.from = 0,
		.from_queues = queues,
		.to = 0,
		.to_queues = queues,
		.frames = frames,
		.window = 96, // control's ring back to the worker has 127 places
		.flows = 16,
		.dst = port_mac,
		.tag = 0x81000005,
		.type = TYPE};
	struct handler_counts counts;
	unsigned busy = 0;

	assert_int_equal(atomic_load(&n_states), instances);
	rig_pump(r, &p);
	assert_int_equal(p.got, frames);
	assert_int_equal(p.bad_order, 0);
	counts = rig_handler(r, "test");
	assert_int_equal(counts.frames, frames);
	assert_int_equal(counts.tx, frames);
	assert_in_range(counts.bursts, 1, frames);
	for (unsigned i = 0; i < r->plan->n_instances; i++)
		busy += r->instance.handlers[i]->counts.frames != 0;
	assert_int_equal(busy, instances);
	stop(r);
	assert_int_equal(sum.port[0].sent, frames);
	assert_int_equal(ledger_port_dropped(&sum.port[0]), 0);
}

static void inline_handlers_run_in_every_worker(void **state)
{
	bounce_all("[1]", 1, "place: inline", 1, 50000);
	bounce_all("[0, 1]", 2, "place: inline", 2, 20000);
}

static void control_runs_handlers_and_hands_back(void **state)
{
	bounce_all("[1]", 1, "place: control", 1, 20000);
	bounce_all("[0, 1]", 2, "place: control", 1, 5000);
	// By ring there, by ring back, and every frame of both has its line.
	assert_int_equal(sum.port[0].ring_in, 10000);
	assert_int_equal(sum.port[0].ring_out, 10000);
}

static void an_lcore_of_its_own_runs_a_handler(void **state)
{
	bounce_all("[1]", 1, "place: lcore 0", 1, 20000);
}

static void a_thread_of_its_own_runs_a_handler(void **state)
{
	bounce_all("[1]", 1, "place: own", 1, 20000);
	bounce_all("[1]", 1, "place: own, cpu: 1", 1, 5000);
	bounce_all("[0, 1]", 2, "place: own", 1, 5000);
	assert_int_equal(sum.port[0].ring_in, 10000);
}

static void several_lcores_keep_the_order_of_a_flow(void **state)
{
	bounce_all("[1]", 1, "place: \"lcore 0,1\"", 2, 20000);
	bounce_all("[0, 1]", 2, "place: \"lcore 0,1\"", 2, 5000);
}

static void police_stands_before_the_ring(void **state)
{
	enum { FRAMES = 4000, RATE = 1000, DEPTH = 100 };
	struct rig *r = start(bouncers, "[1]", "pause", 1,
		"place: \"lcore 0\", rate: 1000, burst: 100, ring: 1024");
	uint64_t begin = rte_rdtsc(), most;
	struct handler_counts counts;
	struct rte_mbuf *pkts[32];
	unsigned fed = 0;

	while (fed < FRAMES) {
		for (unsigned i = 0; i < 32; i++)
			pkts[i] = rig_make(r, port_mac, 0, TYPE, 0, fed + i);
		fed += rig_feed(r, 0, 0, pkts, 32);
	}
	do {
		rte_delay_us_sleep(1000);
		rig_ledger(r, &sum);
	} while (sum.port[0].rx < fed);
	most = DEPTH + (rte_rdtsc() - begin) * RATE / rte_get_tsc_hz() + 1;
	stop(r);
	counts = (struct handler_counts){.frames = sum.port[0].sent};
	assert_in_range(counts.frames, DEPTH, most);
	assert_int_equal(sum.port[0].drops[DROP_POLICED], fed - counts.frames);
	assert_int_equal(sum.port[0].drops[DROP_HANDLER_RING], 0);
	// What the police took never met a ring: handed over there, and back.
	assert_int_equal(sum.port[0].ring_in, 2 * counts.frames);
}

enum { FLOOD = 2000, SLOTS = 64, SHARE = SLOTS / 8, HALF = SLOTS / 2 };

/** A flood while the handler stands still, the first frame in its hand; then what it sent, in
 *  order. Returns how many that were: `want`, if they come. */
static unsigned flood_a_held_handler(const char *handler, unsigned want)
{
	struct rig *r = start(bouncers, "[1]", "pause", 1, handler);
	struct rte_mbuf *pkts[64];
	unsigned fed = 0, next = 0, got = 0, left;
	uint16_t n;

	atomic_store(&hold, true);
	while (fed < FLOOD) {
		pkts[0] = rig_make(r, port_mac, 0, TYPE, 0, fed);
		fed += rig_feed(r, 0, 0, pkts, 1);
		while (fed == 1 && rig_handler(r, "test").frames == 0)
			rte_delay_us_sleep(100);
	}
	// The worker never waits: all were received though the handler stands still.
	for (unsigned i = 0; i < 20000; i++) {
		left = rte_ring_count(r->rx[0][0]);
		if (left == 0)
			break;
		rte_delay_us_sleep(1000);
	}
	assert_int_equal(left, 0);
	atomic_store(&hold, false);
	for (unsigned i = 0; i < 200 || (got < want && i < 20000); i++) {
		n = rig_collect(r, 0, 0, pkts, 64);
		for (uint16_t k = 0; k < n; k++) {
			// In order; where the first gap is, only the scheduler knows.
			assert_in_range(rig_number(pkts[k]), next, FLOOD - 1);
			next = rig_number(pkts[k]) + 1;
		}
		rte_pktmbuf_free_bulk(pkts, n);
		got += n;
		rte_delay_us_sleep(500);
	}
	stop(r);
	assert_int_equal(sum.port[0].sent, got);
	return got;
}

static void a_full_ring_drops_its_tail_and_the_wire_goes_on(void **state)
{
	// A ring full but for the share of PCP 6 and 7, and the frame in hand.
	assert_int_equal(
		flood_a_held_handler("place: \"lcore 0\", ring: 64", SLOTS - SHARE), SLOTS - SHARE);
	assert_int_equal(sum.port[0].drops[DROP_HANDLER_RING], FLOOD - (SLOTS - SHARE));
}

static void the_oldest_make_room_where_asked(void **state)
{
	assert_int_equal(flood_a_held_handler(
				 "place: own, ring: 64, overload: drop-head, budget: 1", HALF + 1),
		HALF + 1);
	assert_int_equal(sum.port[0].drops[DROP_HANDLER_HEAD], SLOTS - 1 - SHARE - HALF);
	assert_int_equal(sum.port[0].drops[DROP_HANDLER_RING], FLOOD - (SLOTS - SHARE));
}

enum { DEEP = 32768, DEEP_FRAMES = 28000, SHED = DEEP_FRAMES - DEEP / 2 };

/** As a worker that does nothing else: n frames received and sent to the handler. */
static void fill(struct rig *r, struct gate *g, unsigned worker, struct rte_mempool *pool)
{
	struct lane *lane = r->instance.lanes[worker];
	uint16_t port = r->instance.ports[0]->id;

	for (unsigned i = 0; i < DEEP_FRAMES; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
		uint8_t *p;

		assert_non_null(m);
		p = (uint8_t *)rte_pktmbuf_append(m, RIG_FRAME);
		memset(p, 0, RIG_FRAME);
		m->port = port;
		frame_meta_set(m, OUT_IFACE_NONE, 14);
		lane->ledger.port[port].rx++;
		lane->ledger.port[port].class[CLASS_OTHER]++;
		gate_send(g, &m, 1, port, &lane->out, 0);
	}
	assert_int_equal(g->entered, DEEP_FRAMES);
}

static void a_deep_ring_is_shed_as_finished_frames_find_room(void **state)
{
	char yaml[2048];
	unsigned worker, handler, ring = 0;
	struct rte_mempool *pool;
	struct lane *lane;
	struct rig *r;

	snprintf(yaml, sizeof(yaml), YAML, "[1]", "pause", 1, 1,
		"place: \"lcore 0\", ring: 32768, overload: drop-head, budget: 1");
	strcat(yaml, "memory: {mbufs: 8192}\n");
	r = rig_build(yaml, bouncers);
	while (r->plan->rings[ring].kind != PLAN_RING_HANDLER)
		ring++;
	assert_int_equal(r->plan->rings[ring].slots, DEEP);
	worker = r->plan->rings[ring].producer;
	handler = r->plan->rings[ring].consumer;
	lane = r->instance.lanes[handler];
	pool = rte_pktmbuf_pool_create_by_ops("deep", DEEP_FRAMES, 0, 0,
		RIG_FRAME + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY, "ring_mt_rts");
	assert_non_null(pool);
	fill(r, r->instance.gates[ring], worker, pool);
	// Nobody frees what is finished.
	rig_run_lane(r, handler);
	for (unsigned i = 0; i < 1000 && lane->rounds < 1000; i++)
		rte_delay_us_sleep(1000);
	assert_in_range(lane->n_backlog, 1, LANE_BACKLOG);
	for (unsigned l = 0; l < r->plan->n_lcores; l++) {
		if (l != handler)
			rig_run_lane(r, l);
	}
	for (unsigned i = 0; i < 20000 && r->instance.gates[ring]->drop_head < SHED - 16; i++)
		rte_delay_us_sleep(1000);
	rig_stop(r, &sum);
	// Between two rounds of it one frame is handled.
	assert_in_range(sum.port[0].drops[DROP_HANDLER_HEAD], SHED - 16, SHED);
	assert_int_equal(rte_mempool_in_use_count(pool), 0);
	rte_mempool_free(pool);
}

/** A handler's lane that lets go of frames, before any lane runs. */
struct letting_go {
	struct rig *r;
	struct lane *lane;
	unsigned worker;
	struct rte_mempool *pool;
};

static struct letting_go open_lane(void)
{
	struct letting_go g;
	unsigned ring = 0;
	char yaml[2048];

	snprintf(yaml, sizeof(yaml), YAML, "[1]", "pause", 1, 1, "place: \"lcore 0\"");
	g.r = rig_build(yaml, bouncers);
	while (g.r->plan->rings[ring].kind != PLAN_RING_HANDLER)
		ring++;
	g.worker = g.r->plan->rings[ring].producer;
	g.lane = g.r->instance.lanes[g.r->plan->rings[ring].consumer];
	g.pool = rte_pktmbuf_pool_create_by_ops("many", 2 * LANE_BACKLOG, 0, 0,
		RIG_FRAME + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY, "ring_mt_rts");
	assert_non_null(g.pool);
	g.lane->view = atomic_load(&g.r->instance.view);
	g.lane->view_lane = g.lane->view->lane[g.lane->id];
	g.lane->out.done_limit = g.lane->view->done_limit;
	return g;
}

static void let_go(struct letting_go *g)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(g->pool);
	uint16_t port = g->r->instance.ports[0]->id;

	assert_non_null(m);
	m->port = port;
	g->lane->ledger.port[port].rx++;
	g->lane->ledger.port[port].class[CLASS_OTHER]++;
	out_discard(&g->lane->out, m, DROP_SHUTDOWN);
	assert_in_range(g->lane->n_backlog, 0, LANE_BACKLOG);
}

// The lanes that do not run yet do, and end.
static void close_lane(struct letting_go *g, bool worker_runs)
{
	for (unsigned l = 0; l < g->r->plan->n_lcores; l++) {
		if (l != g->worker || !worker_runs)
			rig_run_lane(g->r, l);
	}
	rig_stop(g->r, &sum);
	assert_int_equal(rte_mempool_in_use_count(g->pool), 0);
	rte_mempool_free(g->pool);
}

/** A plug-in may let go of as many as it kept, at once. */
static void more_finished_frames_than_there_is_room_for_wait_for_the_worker(void **state)
{
	struct letting_go g = open_lane();

	while (g.lane->n_backlog <= LANE_BACKLOG - OUT_DONE)
		let_go(&g);
	rig_run_lane(g.r, g.worker);
	for (unsigned i = 0; i < 2000; i++)
		let_go(&g);
	close_lane(&g, true);
}

static void what_is_finished_when_the_program_has_ended_is_freed_at_once(void **state)
{
	struct letting_go g = open_lane();
	int phase = atomic_load(&g.r->instance.phase);

	while (g.lane->n_backlog <= LANE_BACKLOG - OUT_DONE)
		let_go(&g);
	atomic_store(&g.r->instance.phase, PHASE_STOP);
	for (unsigned i = 0; i < 2 * LANE_BACKLOG; i++)
		let_go(&g);
	atomic_store(&g.r->instance.phase, phase);
	close_lane(&g, false);
}

static void kept_frames_are_released_and_drained(void **state)
{
	static const char *const places[] = {
		"place: inline", "place: control", "place: \"lcore 1\"", "place: own"};

	for (unsigned i = 0; i < RTE_DIM(places); i++) {
		struct rig *r = start(keepers, "[1]", "pause", 1, places[i]);
		struct rig_pump p = {.from = 0,
			.to = 0,
			.frames = 1000,
			.window = 64,
			.dst = port_mac,
			.type = TYPE};
		struct rte_mbuf *pkts[KEPT];

		for (unsigned k = 0; k < KEPT; k++)
			pkts[k] = rig_make(r, port_mac, 0, TYPE, 0, 0);
		assert_int_equal(rig_feed(r, 0, 0, pkts, KEPT), KEPT);
		do {
			rte_delay_us_sleep(1000);
			rig_ledger(r, &sum);
		} while (ledger_port_kept(&sum.port[0]) < KEPT);
		assert_int_equal(sum.port[0].sent, 0);
		// From now on each frame that comes sends one that was kept.
		rig_pump(r, &p);
		assert_int_equal(p.got, 1000);
		rig_ledger(r, &sum);
		assert_int_equal(ledger_port_kept(&sum.port[0]), KEPT);
		stop(r);
		assert_int_equal(sum.port[0].drops[DROP_SHUTDOWN], KEPT);
		assert_int_equal(sum.port[0].kept_in, 1000 + KEPT);
		assert_int_equal(sum.port[0].kept_out, 1000 + KEPT);
	}
}

static void frames_that_are_made_get_the_tags_and_a_line(void **state)
{
	static const char *const places[] = {
		"place: inline", "place: control", "place: \"lcore 1\"", "place: own"};
	static const uint8_t header[] = {
		0x88, 0xa8, 0, 200, 0x81, 0, 0x01, 0x2c, TYPE >> 8, TYPE & 0xff};

	for (unsigned i = 0; i < RTE_DIM(places); i++) {
		struct rig *r = start(makers, "[1]", "pause", 1, places[i]);
		uint64_t deadline = rte_rdtsc() + 20 * rte_get_tsc_hz();
		unsigned got = 0;

		while (got < 50 && rte_rdtsc() < deadline) {
			struct rte_mbuf *m;
			const uint8_t *p;

			if (rig_collect(r, 0, 0, &m, 1) == 0) {
				rte_delay_us_sleep(100);
				continue;
			}
			p = rte_pktmbuf_mtod(m, const uint8_t *);
			assert_int_equal(m->pkt_len, 68);
			assert_int_equal(p[11], 0x5a);
			assert_memory_equal(p + 12, header, sizeof(header));
			assert_int_equal(p[22], 0x5a);
			rte_pktmbuf_free(m);
			got++;
		}
		assert_int_equal(got, 50);
		stop(r);
		assert_int_equal(sum.port[LEDGER_SELF].originated, 50);
		assert_int_equal(sum.port[LEDGER_SELF].sent, 50);
		assert_int_equal(sum.port[0].tx, 50);
		assert_int_equal(sum.port[0].rx, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inline_handlers_run_in_every_worker),
		cmocka_unit_test(control_runs_handlers_and_hands_back),
		cmocka_unit_test(an_lcore_of_its_own_runs_a_handler),
		cmocka_unit_test(a_thread_of_its_own_runs_a_handler),
		cmocka_unit_test(several_lcores_keep_the_order_of_a_flow),
		cmocka_unit_test(police_stands_before_the_ring),
		cmocka_unit_test(a_full_ring_drops_its_tail_and_the_wire_goes_on),
		cmocka_unit_test(the_oldest_make_room_where_asked),
		cmocka_unit_test(a_deep_ring_is_shed_as_finished_frames_find_room),
		cmocka_unit_test(more_finished_frames_than_there_is_room_for_wait_for_the_worker),
		cmocka_unit_test(what_is_finished_when_the_program_has_ended_is_freed_at_once),
		cmocka_unit_test(kept_frames_are_released_and_drained),
		cmocka_unit_test(frames_that_are_made_get_the_tags_and_a_line),
	};

	return cmocka_run_group_tests(tests, start_eal, stop_eal);
}
