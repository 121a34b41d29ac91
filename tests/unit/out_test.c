/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/steer/out.h: every verdict counts once, vectors leave when they are full and in order. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "steer_rig.h"

static int set_up(void **state)
{
	rig_reset();
	return 0;
}

static struct rte_mbuf *received(uint16_t port)
{
	rig.ledger.port[ledger_index(port)].rx++;
	return rig_mbuf("fourteen bytes", 14, 0, 0, port);
}

static void a_port_is_flushed_when_its_vector_is_full(void **state)
{
	for (unsigned i = 0; i < OUT_BURST - 1; i++)
		out_tx(&rig.out, received(0), 3);
	assert_int_equal(rig.n_flushes, 0);
	assert_int_equal(rig.out.dirty, 1 << 3);
	out_tx(&rig.out, received(0), 3);
	assert_int_equal(rig.n_flushes, 1);
	assert_int_equal(rig.last_flush, OUT_BURST);
	assert_int_equal(rig.out.dirty, 0);
	out_flush(&rig.out);
	assert_int_equal(rig.n_flushes, 1);
	rig_balanced();
}

static void ports_fill_apart_and_keep_their_order(void **state)
{
	unsigned last[OUT_PORTS] = {0};

	for (unsigned i = 0; i < 1000; i++)
		out_tx(&rig.out, received(0), (uint16_t)(i * 7 % OUT_PORTS));
	out_flush(&rig.out);
	assert_int_equal(rig.n_sent, 1000);
	for (unsigned i = 0; i < 1000; i++) {
		unsigned frame = rig.order[i], port = frame * 7 % OUT_PORTS;

		assert_int_equal(rig.port[frame], port);
		assert_true(last[port] <= frame);
		last[port] = frame;
	}
	assert_int_equal(rig.out.dirty, 0);
	rig_balanced();
}

static void finished_frames_go_back_when_their_vector_is_full(void **state)
{
	for (unsigned i = 0; i < OUT_DONE - 1; i++)
		out_consume(&rig.out, received(1));
	assert_int_equal(rig.n_gives, 0);
	out_consume(&rig.out, received(1));
	assert_int_equal(rig.n_gives, 1);
	assert_int_equal(rig.last_give, OUT_DONE);
	out_drop(&rig.out, received(1), DROP_HANDLER);
	out_flush(&rig.out);
	assert_int_equal(rig.n_gives, 2);
	assert_int_equal(rig.last_give, 1);
	assert_int_equal(rig.out.n_done, 0);
	rig_balanced();
}

static void every_verdict_counts_once(void **state)
{
	struct rte_mbuf *pkts[4], *kept, *made;
	const struct ledger_port *p2 = &rig.ledger.port[2];
	const struct ledger_port *self = &rig.ledger.port[LEDGER_SELF];

	out_tx(&rig.out, received(2), 0);
	out_send(&rig.out, received(2), 1);
	out_drop(&rig.out, received(2), DROP_ARP_SHORT);
	out_consume(&rig.out, received(2));
	kept = received(2);
	assert_true(out_keep(&rig.out, kept));
	assert_int_equal(ledger_port_kept(p2), 1);
	assert_false(out_keep(&rig.out, kept)); // one at a time, says the rig
	assert_int_equal(ledger_port_kept(p2), 1);
	out_release(&rig.out, kept);
	out_tx(&rig.out, kept, 0);
	made = out_new(&rig.out);
	assert_int_equal(made->port, RTE_MBUF_PORT_INVALID);
	assert_int_equal(frame_meta(made).iface, OUT_IFACE_NONE);
	out_tx(&rig.out, made, 0);
	for (unsigned i = 0; i < 4; i++)
		pkts[i] = received(2);
	out_tx_bulk(&rig.out, pkts, 2, 0);
	out_drop_bulk(&rig.out, &pkts[2], 1, DROP_ARP_SHORT);
	out_consume_bulk(&rig.out, &pkts[3], 1);
	out_flush(&rig.out);

	assert_int_equal(rig.counts.tx, 5);
	assert_int_equal(rig.counts.send, 1);
	assert_int_equal(rig.counts.drop, 2);
	assert_int_equal(rig.counts.consume, 2);
	assert_int_equal(rig.counts.keep, 1);
	assert_int_equal(rig.counts.release, 1);
	assert_int_equal(rig.counts.originated, 1);
	assert_int_equal(p2->sent, 5);
	assert_int_equal(p2->drops[DROP_ARP_SHORT], 2);
	assert_int_equal(p2->consumed, 2);
	assert_int_equal(ledger_port_kept(p2), 0);
	assert_int_equal(self->originated, 1);
	assert_int_equal(self->sent, 1);
	assert_int_equal(rig.n_sent, 6);
	assert_int_equal(rig.n_done, 4);
	for (unsigned i = 0; i < rig.n_made; i++)
		assert_int_equal(rig.seen[i], 1);
	rig_balanced();
}

static void what_dispatch_discards_is_no_verdict(void **state)
{
	out_discard(&rig.out, received(31), DROP_POLICED);
	out_discard(&rig.out, received(RTE_MBUF_PORT_INVALID), DROP_POLICED);
	out_flush(&rig.out);
	assert_int_equal(rig.counts.drop, 0);
	assert_int_equal(rig.ledger.port[31].drops[DROP_POLICED], 1);
	assert_int_equal(rig.ledger.port[LEDGER_SELF].drops[DROP_POLICED], 1);
	rig_balanced();
}

static unsigned n_looked_at;

static void look_at(struct out *out, struct rte_mbuf *m, enum drop_reason reason)
{
	assert_ptr_equal(out->done[out->n_done - 1], m);
	assert_int_equal(reason, DROP_ARP_SHORT);
	n_looked_at++;
}

// Bursts of 1 to 64 frames, by ports in runs or in turns, beside single verdicts.
static void check_bulk(uint16_t done_limit, unsigned short seed[3])
{
	struct out_ops ops = *rig.out.ops;
	uint64_t given[3][OUT_PORTS] = {0};
	unsigned total[3] = {0};

	ops.discarded = look_at;
	rig.out.ops = &ops;
	rig.out.done_limit = done_limit;
	n_looked_at = 0;
	for (unsigned round = 0; round < 30; round++) {
		uint16_t n = (uint16_t)(1 + nrand48(seed) % 64), port = 0;
		unsigned verdict = (unsigned)(nrand48(seed) % 3), same = nrand48(seed) % 3;
		struct rte_mbuf *pkts[64];

		for (uint16_t i = 0; i < n; i++) {
			if (i == 0 || nrand48(seed) % 8 >= same * 4)
				port = (uint16_t)(nrand48(seed) % OUT_PORTS);
			pkts[i] = received(port);
			given[verdict][port]++;
		}
		total[verdict] += n;
		if (verdict == 0)
			out_tx_bulk(&rig.out, pkts, n, (uint16_t)(n % 2));
		else if (verdict == 1)
			out_drop_bulk(&rig.out, pkts, n, DROP_ARP_SHORT);
		else
			out_consume_bulk(&rig.out, pkts, n);
		assert_in_range(rig.out.n_done, 0, OUT_DONE - 1);
		assert_in_range(rig.out.port[0].n, 0, OUT_BURST - 1);
		if (rig.n_flushes != 0)
			assert_int_equal(rig.last_flush, OUT_BURST);
		if (rig.n_gives != 0)
			assert_int_equal(rig.last_give, OUT_DONE);
	}
	out_flush(&rig.out);
	for (unsigned p = 0; p < OUT_PORTS; p++) {
		assert_int_equal(rig.ledger.port[p].sent, given[0][p]);
		assert_int_equal(rig.ledger.port[p].drops[DROP_ARP_SHORT], given[1][p]);
		assert_int_equal(rig.ledger.port[p].consumed, given[2][p]);
	}
	assert_int_equal(rig.counts.tx, total[0]);
	assert_int_equal(rig.counts.drop, total[1]);
	assert_int_equal(rig.counts.consume, total[2]);
	if (done_limit == 1) // else nobody looks
		assert_int_equal(n_looked_at, total[1]);
	for (unsigned i = 0; i < rig.n_made; i++)
		assert_int_equal(rig.seen[i], 1);
	for (unsigned to = 0; to < 2; to++) {
		unsigned last = 0;

		for (unsigned i = 0; i < rig.n_sent; i++) {
			if (rig.port[rig.order[i]] != to)
				continue;
			assert_in_range(rig.order[i], last, rig.n_made);
			last = rig.order[i];
		}
	}
	rig_balanced();
}

static void bulk_verdicts_are_so_many_single_ones(void **state)
{
	unsigned short seed[3] = {1, 2, 3};

	for (unsigned i = 0; i < 40; i++) {
		rig_reset();
		check_bulk(i % 2 == 0 ? OUT_DONE : 1, seed);
	}
}

static void meta_keeps_both_its_numbers(void **state)
{
	static const uint16_t values[] = {0, 1, 14, 1514, 0x7fff, 0x8000, 0xffff};
	struct rte_mbuf *m = received(0);

	for (unsigned i = 0; i < RTE_DIM(values); i++) {
		for (unsigned k = 0; k < RTE_DIM(values); k++) {
			frame_meta_set(m, values[i], values[k]);
			assert_int_equal(frame_meta(m).iface, values[i]);
			// Beside the length, that this is its second dispatch.
			assert_int_equal(frame_meta(m).l2_len, values[k] & 0x7fff);
			assert_int_equal(frame_meta_is_again(m), values[k] >= 0x8000);
		}
	}
	// The first cache line: it survives a ring without touching the second.
	assert_in_range(offsetof(struct rte_mbuf, hash.fdir.hi), 0, 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_port_is_flushed_when_its_vector_is_full, set_up),
		cmocka_unit_test_setup(ports_fill_apart_and_keep_their_order, set_up),
		cmocka_unit_test_setup(finished_frames_go_back_when_their_vector_is_full, set_up),
		cmocka_unit_test_setup(every_verdict_counts_once, set_up),
		cmocka_unit_test_setup(what_dispatch_discards_is_no_verdict, set_up),
		cmocka_unit_test_setup(bulk_verdicts_are_so_many_single_ones, set_up),
		cmocka_unit_test_setup(meta_keeps_both_its_numbers, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
