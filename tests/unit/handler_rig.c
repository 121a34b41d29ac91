/* SPDX-License-Identifier: BSD-3-Clause */
/* The rig of the handler tests: see handler_rig.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "handler_rig.h"
#include "neigh/neigh.h"
#include "neigh/own.h"

enum { ROOM = 16384, PAGE = 4096 };

const uint8_t rig_mac[3][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 1, 1}};
static const uint8_t port_mac[OUT_PORTS][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 1, 1}};

const uint8_t rig_broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static struct iface_address addresses[3][2] = {
	{{RTE_BE32(0xc0000201), 24}, {RTE_BE32(0xc6336401), 25}},
	{{RTE_BE32(0xc0000201), 24}},
	{{RTE_BE32(0xcb007101), 24}},
};

/** An mbuf of `len` octets that end, with `room` more, right before a page without access. */
static struct rte_mbuf *make(struct rig *r, uint16_t len, uint16_t room)
{
	uint8_t *pages =
		mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct rte_mbuf *m = aligned_alloc(64, sizeof(*m));

	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(mprotect(pages + ROOM, PAGE, PROT_NONE), 0);
	assert_true(r->n_made < RIG_FRAMES);
	memset(pages, 0xa5, ROOM);
	memset(m, 0, sizeof(*m));
	m->buf_addr = pages;
	m->buf_len = ROOM;
	m->data_off = (uint16_t)(ROOM - room - len);
	m->data_len = len;
	m->pkt_len = len;
	m->nb_segs = 1;
	rte_mbuf_refcnt_set(m, 1);
	r->made[r->n_made++] = m;
	return m;
}

static void flush_port(struct out *out, uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	struct rig *r = out->owner;

	for (uint16_t i = 0; i < n; i++) {
		out_line(out, pkts[i])->sent++;
		r->sent[r->n_sent++] = (struct rig_sent){pkts[i], port, OUT_IFACE_NONE};
	}
}

static void give_back(struct out *out, struct rte_mbuf **pkts, uint16_t n)
{
	((struct rig *)out->owner)->n_done += n;
}

static void send_iface(struct out *out, struct rte_mbuf *m, uint16_t iface)
{
	struct rig *r = out->owner;

	out_line(out, m)->sent++;
	r->sent[r->n_sent++] = (struct rig_sent){m, OUT_PORTS, iface};
}

static struct rte_mbuf *alloc(struct out *out)
{
	struct rig *r = out->owner;

	if (r->refuse_new > 0) {
		r->refuse_new--;
		return NULL;
	}
	return make(r, 0, 2048);
}

struct rig *rig_open(const struct handler *handler)
{
	return rig_open_probing(handler, false);
}

struct rig *rig_open_probing(const struct handler *handler, bool probe)
{
	struct rig *r = calloc(1, sizeof(*r));

	r->handler = handler;
	r->ifaces.n = 3;
	r->ifaces.iface = calloc(3, sizeof(struct iface));
	for (uint16_t i = 0; i < 3; i++) {
		struct iface *f = &r->ifaces.iface[i];

		f->id = i;
		f->port = i == 2 ? 1 : 0;
		memcpy(f->mac, rig_mac[i], 6);
		f->n_addresses = i == 0 ? 2 : 1;
		f->addresses = addresses[i];
		f->probe = probe && i == 0;
		f->icmp_errors = RIG_ICMP_ERRORS;
	}
	r->now = RIG_START;
	r->ops = (struct out_ops){.flush_port = flush_port,
		.give_back = give_back,
		.send = send_iface,
		.alloc = alloc};
	r->out.ops = &r->ops;
	r->out.owner = r;
	r->out.ledger = &r->ledger;
	r->out.counts = &r->counts;
	r->counts.keep_max = INT64_MAX;
	r->env = (struct handler_env){.ifaces = &r->ifaces,
		.neigh = neigh_create(64, 3, RIG_HZ, r->now),
		.port_mac = port_mac,
		.tsc_hz = RIG_HZ};
	for (uint16_t i = 0; i < 3; i++) {
		const struct iface *f = &r->ifaces.iface[i];

		for (uint16_t a = 0; a < f->n_addresses; a++)
			own_add(r->env.neigh, i, f->addresses[a].ip_be, f->probe);
	}
	assert_int_equal(handler->init(&r->state, &r->env), 0);
	if (handler->tick != NULL)
		rig_tick(r, 0);
	return r;
}

void rig_move_to_bridge(struct rig *r, uint16_t iface)
{
	r->ifaces.iface[iface].port = IFACE_NO_PORT;
	r->ifaces.iface[iface].on_bridge = true;
}

void rig_close(struct rig *r)
{
	unsigned segments = 0;

	if (r->handler->drain != NULL)
		r->handler->drain(r->state, &r->out);
	out_flush(&r->out);
	for (unsigned i = 0; i < LEDGER_PORTS; i++) {
		assert_int_equal(ledger_port_balance(&r->ledger.port[i]), 0);
		assert_int_equal(ledger_port_kept(&r->ledger.port[i]), 0);
	}
	for (unsigned i = 0; i < r->n_made; i++) {
		segments += r->made[i]->next != NULL ? r->made[i]->nb_segs - 1u : 0;
		munmap(r->made[i]->buf_addr, ROOM + PAGE);
	}
	assert_int_equal(r->n_sent + r->n_done + segments, r->n_made);
	for (unsigned i = 0; i < r->n_made; i++)
		free(r->made[i]);
	if (r->handler->fini != NULL)
		r->handler->fini(r->state);
	neigh_destroy(r->env.neigh);
	free(r->ifaces.iface);
	free(r);
}

struct rte_mbuf *rig_frame(struct rig *r, uint16_t iface, uint16_t l2_len, const uint8_t *bytes,
	uint16_t len, uint16_t room)
{
	struct rte_mbuf *m = make(r, len, room);

	memcpy(rte_pktmbuf_mtod(m, uint8_t *), bytes, len);
	m->port = iface < r->ifaces.n ? r->ifaces.iface[iface].port : 0;
	if (iface < r->ifaces.n && r->ifaces.iface[iface].on_bridge)
		m->port = RIG_MEMBER;
	frame_meta_set(m, iface, l2_len);
	r->ledger.port[m->port].rx++;
	return m;
}

void rig_as_made(struct rig *r, struct rte_mbuf *m)
{
	r->ledger.port[m->port].rx--;
	m->port = RTE_MBUF_PORT_INVALID;
	r->ledger.port[LEDGER_SELF].originated++;
}

void rig_split(struct rig *r, struct rte_mbuf *m, uint16_t len)
{
	struct rte_mbuf *tail = make(r, len, 0);

	memcpy(rte_pktmbuf_mtod(tail, uint8_t *),
		rte_pktmbuf_mtod(m, uint8_t *) + m->data_len - len, len);
	m->data_len -= len;
	m->next = tail;
	m->nb_segs = 2;
}

void rig_burst(struct rig *r, struct rte_mbuf *m)
{
	r->counts.frames++;
	r->handler->burst(r->state, &m, 1, &r->out);
	out_flush(&r->out);
}

void rig_tick(struct rig *r, uint64_t cycles)
{
	r->now += cycles;
	r->handler->tick(r->state, r->now, &r->out);
	out_flush(&r->out);
}

void rig_event(struct rig *r, enum handler_event event, uint16_t id)
{
	r->handler->event(r->state, event, id, r->now, &r->out);
	out_flush(&r->out);
}

uint64_t rig_drops(const struct rig *r, enum drop_reason reason)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < LEDGER_PORTS; i++)
		sum += r->ledger.port[i].drops[reason];
	return sum;
}

uint64_t rig_counter(const struct rig *r, const char *name)
{
	for (unsigned i = 0; i < r->handler->n_counters; i++) {
		const struct handler_counter *c = &r->handler->counters[i];

		if (strcmp(c->name, name) == 0)
			return *(const uint64_t *)((const char *)r->state + c->offset);
	}
	fail_msg("no counter %s", name);
	return 0;
}
