/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Plug-ins for the tests, built outside the tree from the installed headers alone. It answers what
 * it gets, with VERSION in octet 20; macros give it faults:
 *
 *     TWICE   a verdict too many for each third frame    LOSER  none for each third
 *     KEEPER  each third is kept for ever                BADABI another ABI
 *     NOBURST no burst function                          PLACES the permitted places
 *     LIST    what it registers                          SLOW   microseconds a frame, busy
 *     UNWRAP  what it gets is a frame in a frame: local(interface 0)
 *     NAP     microseconds a frame, asleep               SHARED its state is not per instance
 *     HOLD    a file: while it is there, up to HOLD_MS milliseconds a frame
 */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <burstline/handler.h>
#include <burstline/steer/frame.h>

#include <rte_cycles.h>

#ifndef VERSION
#define VERSION 1
#endif
#ifndef PLACES
#define PLACES (HANDLER_INLINE | HANDLER_CONTROL | HANDLER_LCORE | HANDLER_OWN)
#endif
#ifndef LIST
#define LIST .ethertypes = {0x88b5}, .n_ethertypes = 1
#endif

struct state {
	uint64_t frames;
	unsigned n;
	struct rte_mbuf *kept[1 << 10];
};

static int test_init(void **state, const struct handler_env *env)
{
	*state = calloc(1, sizeof(struct state));
	return *state == NULL ? -ENOMEM : 0;
}

static void answer(struct rte_mbuf *m, struct out *out)
{
#ifdef UNWRAP
	rte_pktmbuf_adj(m, frame_meta(m).l2_len);
	out_local(out, m, 0);
#else
	if (m->data_len > 20)
		*rte_pktmbuf_mtod_offset(m, uint8_t *, 20) = VERSION;
	frame_swap_addresses(m);
	out_tx(out, m, m->port);
#endif
}

static void test_burst(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	struct state *s = state;

	for (uint16_t i = 0; i < n; i++) {
		bool third = s->frames++ % 3 == 2;

		(void)third;
#ifdef SLOW
		rte_delay_us_block(SLOW);
#endif
#ifdef NAP
		rte_delay_us_sleep(NAP);
#endif
#ifdef HOLD
		for (uint64_t end = rte_rdtsc() + HOLD_MS * (rte_get_tsc_hz() / 1000);
			rte_rdtsc() < end && access(HOLD, F_OK) == 0;)
			rte_delay_us_sleep(1000);
#endif
#ifdef LOSER
		if (third)
			continue;
#endif
#ifdef KEEPER
		if (third && out_keep(out, pkts[i]))
			continue;
#endif
#ifdef TWICE
		if (third)
			out_consume(out, pkts[i]);
#endif
		answer(pkts[i], out);
	}
}

static const struct handler_counter counters[] = {
	{"answered", "frames seen", offsetof(struct state, frames)},
};

const struct handler burstline_handler = {
#ifdef BADABI
	.abi = HANDLER_ABI + 1,
#else
	.abi = HANDLER_ABI,
#endif
	.name = "test",
	LIST,
	.places = PLACES,
	.place = (PLACES) & -(PLACES),
#ifndef SHARED
	.state_per_instance = true,
#endif
	.local = true,
	.keep_max = 100,
	.counters = counters,
	.n_counters = 1,
	.init = test_init,
#ifndef NOBURST
	.burst = test_burst,
#endif
	.fini = free,
};
