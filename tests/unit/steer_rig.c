/* SPDX-License-Identifier: BSD-3-Clause */
/* The rig of the tests of lib/steer: see steer_rig.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "steer_rig.h"

struct steer_rig rig;

static void leave(struct rte_mbuf *m, uint16_t port)
{
	unsigned i = rig_number(m);

	rig.seen[i]++;
	rig.port[i] = port;
}

static void flush_port(struct out *out, uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		leave(pkts[i], port);
		rig.order[rig.n_sent++] = rig_number(pkts[i]);
		out_line(out, pkts[i])->sent++;
	}
	rig.n_flushes++;
	rig.last_flush = n;
}

static void give_back(struct out *out, struct rte_mbuf **pkts, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		leave(pkts[i], RIG_NOWHERE);
	rig.n_done += n;
	rig.n_gives++;
	rig.last_give = n;
}

static void send_iface(struct out *out, struct rte_mbuf *m, uint16_t iface)
{
	out_put(out, m, iface);
}

static struct rte_mbuf *alloc(struct out *out)
{
	return rig_mbuf("", 0, 0, 0, 5);
}

void rig_reset(void)
{
	static const struct out_ops ops = {.flush_port = flush_port,
		.give_back = give_back,
		.send = send_iface,
		.alloc = alloc};

	memset(&rig, 0, sizeof(rig));
	rig.out.ops = &ops;
	rig.out.ledger = &rig.ledger;
	rig.out.counts = &rig.counts;
	rig.counts.keep_max = 1;
}

struct rte_mbuf *rig_mbuf(
	const void *frame, uint16_t len, uint16_t behind, uint8_t fill, uint16_t port)
{
	static uint8_t *rooms;
	struct rte_mbuf *m = &rig.mbuf[rig.n_made];
	uint8_t *room;

	if (rooms == NULL) {
		rooms = mmap(NULL, RIG_MBUFS * 2 * RIG_PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(rooms, MAP_FAILED);
		for (unsigned i = 0; i < RIG_MBUFS; i++)
			assert_int_equal(
				mprotect(rooms + (2 * i + 1) * RIG_PAGE, RIG_PAGE, PROT_NONE), 0);
	}
	assert_in_range(rig.n_made, 0, RIG_MBUFS - 1);
	assert_in_range(len + behind, 0, RIG_ROOM);
	room = rooms + (2 * rig.n_made + 1) * RIG_PAGE - RIG_ROOM;
	memset(m, 0, sizeof(*m));
	m->buf_addr = room;
	m->buf_len = RIG_ROOM;
	m->data_off = (uint16_t)(RIG_ROOM - behind - len);
	m->data_len = len;
	m->pkt_len = len;
	m->nb_segs = 1;
	m->port = port;
	rte_mbuf_refcnt_set(m, 1);
	memcpy(room + m->data_off, frame, len);
	memset(room + m->data_off + len, fill, behind);
	rig.n_made++;
	return m;
}

unsigned rig_number(const struct rte_mbuf *m)
{
	assert_in_range(m - rig.mbuf, 0, (intmax_t)rig.n_made - 1);
	return (unsigned)(m - rig.mbuf);
}

void rig_balanced(void)
{
	for (unsigned p = 0; p < LEDGER_PORTS; p++)
		assert_int_equal(ledger_port_balance(&rig.ledger.port[p]), 0);
}
