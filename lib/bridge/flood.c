/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One frame to several members. Those that send the same octets share one mbuf by reference count;
 * others get a header mbuf with the addresses and their tags, chained to the shared rest; members
 * that take neither get full copies. A shared octet is never written: the one rewrite in place is
 * done while the frame is still unshared. Called by bridge.c, for floods and single frames.
 */

#include <string.h>

#include "bridge/inside.h"

/** Members that send the same octets. */
struct form {
	struct outside to;
	uint32_t members;
};

struct forms {
	unsigned n;
	struct form form[FDB_PORTS];
};

static struct ledger_port *line_of(const struct bridge_call *call, const struct rte_mbuf *m)
{
	return out_line(call->out, m);
}

static void count_copy(const struct bridge_call *call, const struct rte_mbuf *m, unsigned n)
{
	line_of(call, m)->copies += n;
}

struct rte_mbuf *flood_copy(const struct bridge_call *call, struct bridge_member_counts *counts,
	const struct rte_mbuf *m)
{
	struct rte_mbuf *copy = rte_pktmbuf_copy(m, call->pool, 0, UINT32_MAX);

	if (unlikely(copy == NULL)) {
		counts->copy_failed++;
		return NULL;
	}
	copy->port = m->port;
	counts->copies++;
	return copy;
}

// A copy with the octets of one form; not counted in the ledger yet.
static struct rte_mbuf *copy_as(const struct bridge_call *call, struct bridge_member_counts *counts,
	const struct rte_mbuf *m, const struct outside *to)
{
	struct rte_mbuf *copy = flood_copy(call, counts, m);

	if (copy == NULL || to->same || outside_apply(copy, to))
		return copy;
	counts->copy_failed++;
	out_done(call->out, copy);
	return NULL;
}

static void put(const struct bridge_call *call, struct rte_mbuf *m, uint16_t port)
{
	out_put(call->out, m, port);
}

void flood_one(const struct bridge_call *call, struct bridge_member_counts *counts,
	struct rte_mbuf *m, const struct inside *in, uint16_t port)
{
	struct rte_mbuf *copy;
	struct outside to;

	if (!outside_of(call->bridge, port, rte_pktmbuf_mtod(m, const uint8_t *), m->pkt_len, in,
		    &to)) {
		out_discard(call->out, m, DROP_BRIDGE_TRANSLATE);
		return;
	}
	if (to.same || likely(outside_apply(m, &to))) {
		put(call, m, port);
		return;
	}
	// Its octets are somebody else's too: a copy goes in its place.
	copy = copy_as(call, counts, m, &to);
	if (copy == NULL) {
		out_discard(call->out, m, DROP_NO_BUFFER);
		return;
	}
	out_done(call->out, m);
	put(call, copy, port);
}

static bool is_same(const struct outside *a, const struct outside *b)
{
	return a->pop == b->pop && a->push == b->push &&
	       memcmp(a->tag, b->tag, a->push * sizeof(a->tag[0])) == 0;
}

static void add_form(struct forms *forms, const struct outside *to, uint16_t port)
{
	unsigned i = 0;

	while (i < forms->n && !is_same(&forms->form[i].to, to))
		i++;
	if (i == forms->n)
		forms->form[forms->n++] = (struct form){.to = *to};
	forms->form[i].members |= UINT32_C(1) << port;
}

// The members' forms, each once; those that a translation cannot express get nothing.
static void sort_by_form(const struct bridge *b, const struct rte_mbuf *m, const struct inside *in,
	uint32_t mask, struct forms *forms)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);

	forms->n = 0;
	for (; mask != 0; mask &= mask - 1) {
		uint16_t port = (uint16_t)__builtin_ctz(mask);
		struct outside to;

		if (outside_of(b, port, p, m->pkt_len, in, &to))
			add_form(forms, &to, port);
	}
}

// Full copies for members that take nothing else; returns how many were made.
static unsigned send_copies(const struct bridge_call *call, struct bridge_member_counts *counts,
	const struct rte_mbuf *m, struct form *form)
{
	uint32_t mask = form->members & call->bridge->linear;
	unsigned sent = 0;

	form->members &= ~mask;
	for (; mask != 0; mask &= mask - 1) {
		struct rte_mbuf *copy = copy_as(call, counts, m, &form->to);

		if (copy == NULL)
			continue;
		put(call, copy, (uint16_t)__builtin_ctz(mask));
		sent++;
	}
	return sent;
}

// The octets of m behind its first `skip`, as an mbuf that refers to them.
static struct rte_mbuf *make_rest(const struct bridge_call *call, struct rte_mbuf *m, uint16_t skip)
{
	struct rte_mbuf *rest = rte_pktmbuf_clone(m, call->pool);

	if (rest == NULL || rte_pktmbuf_adj(rest, skip) != NULL)
		return rest;
	out_done(call->out, rest);
	return NULL;
}

static struct rte_mbuf *make_header(const struct bridge_call *call, const struct rte_mbuf *m,
	struct rte_mbuf *rest, const struct outside *to)
{
	struct rte_mbuf *head = rte_pktmbuf_alloc(call->pool);

	if (head == NULL)
		return NULL;
	outside_write(rte_pktmbuf_mtod(head, uint8_t *), rte_pktmbuf_mtod(m, const uint8_t *), to);
	head->data_len = (uint16_t)(12 + 4 * to->push);
	head->pkt_len = head->data_len + rest->pkt_len;
	head->nb_segs = (uint16_t)(1 + rest->nb_segs);
	head->next = rest;
	head->port = m->port;
	return head;
}

// A header for each member of a form, before one shared rest; returns how many were made.
static unsigned send_headers(const struct bridge_call *call, struct bridge_member_counts *counts,
	struct rte_mbuf *m, const struct form *form)
{
	unsigned wanted = (unsigned)__builtin_popcount(form->members);
	struct rte_mbuf *rest = make_rest(call, m, (uint16_t)(12 + 4 * form->to.pop));
	unsigned sent = 0;

	if (rest == NULL) {
		counts->copy_failed += wanted;
		return 0;
	}
	for (uint32_t mask = form->members; mask != 0; mask &= mask - 1) {
		struct rte_mbuf *head = make_header(call, m, rest, &form->to);

		if (head == NULL) {
			counts->copy_failed++;
			continue;
		}
		rte_pktmbuf_refcnt_update(rest, 1); // the header's own reference
		put(call, head, (uint16_t)__builtin_ctz(mask));
		sent++;
	}
	counts->headers += sent;
	out_done(call->out, rest); // ours
	return sent;
}

// The form in which m itself is sent: its octets as they are, else one that it can be given.
static struct form *choose_base(struct forms *forms, struct rte_mbuf *m)
{
	struct form *base = NULL;

	for (unsigned i = 0; i < forms->n; i++) {
		struct form *f = &forms->form[i];

		if (f->members == 0)
			continue;
		if (f->to.same)
			return f;
		if (base == NULL ||
			__builtin_popcount(f->members) > __builtin_popcount(base->members))
			base = f;
	}
	// Once rewritten, only forms that begin behind the same tags can be made of it.
	for (unsigned i = 0; base != NULL && i < forms->n; i++) {
		if (forms->form[i].members != 0 && forms->form[i].to.pop != base->to.pop)
			return NULL;
	}
	if (base == NULL || !outside_apply(m, &base->to))
		return NULL;
	for (unsigned i = 0; i < forms->n; i++)
		forms->form[i].to.pop = base->to.push;
	return base;
}

void flood(const struct bridge_call *call, struct bridge_member_counts *counts, struct rte_mbuf *m,
	const struct inside *in, uint32_t mask)
{
	struct forms forms;
	struct form *base;
	unsigned sent = 0;

	sort_by_form(call->bridge, m, in, mask, &forms);
	if (forms.n == 0) {
		out_discard(call->out, m, DROP_BRIDGE_TRANSLATE);
		return;
	}
	for (unsigned i = 0; i < forms.n; i++)
		sent += send_copies(call, counts, m, &forms.form[i]);
	base = choose_base(&forms, m);
	for (unsigned i = 0; i < forms.n; i++) {
		if (forms.form[i].members != 0 && &forms.form[i] != base)
			sent += send_headers(call, counts, m, &forms.form[i]);
	}
	if (base != NULL) {
		unsigned n = (unsigned)__builtin_popcount(base->members);

		counts->references += n - 1;
		count_copy(call, m, sent + n - 1);
		rte_pktmbuf_refcnt_update(m, (int16_t)(n - 1));
		for (uint32_t left = base->members; left != 0; left &= left - 1)
			put(call, m, (uint16_t)__builtin_ctz(left));
		return;
	}
	if (sent == 0) {
		out_discard(call->out, m, DROP_NO_BUFFER);
		return;
	}
	count_copy(call, m, sent - 1);
	out_done(call->out, m);
}
