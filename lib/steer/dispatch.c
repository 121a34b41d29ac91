/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Dispatch: split a classified burst into one vector a class, then act once a class. Interleaved
 * EtherTypes cost no more than sorted ones. Called by workers for plain ports only; wires and
 * reflectors never come here. Must not free or transmit: it gives verdicts as handlers do.
 */

#include <string.h>

#include <rte_cycles.h>
#include <rte_ether.h>
#include <rte_hash_crc.h>

#include "steer/ingress.h"
#include "wire/tag.h"

struct class_vector {
	uint16_t n;
	struct rte_mbuf *pkts[CLASSIFY_BURST];
};

// rte_hash_crc() wants aligned octets, which a frame's addresses are not.
static uint32_t hash_words(const uint8_t *p, unsigned n, uint32_t hash)
{
	uint32_t word;

	for (; n > 0; n--, p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		hash = rte_hash_crc_4byte(word, hash);
	}
	return hash;
}

// Same flow, same consumer: addresses and, for IP, the L3 addresses behind them.
static uint32_t flow_hash(const struct rte_mbuf *m, uint16_t l2_len)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	uint16_t type = tag_load_be16(p + l2_len - 2);
	uint32_t hash = hash_words(p, 3, type < 0x0600 ? 0 : type); // no length

	if (type == RTE_ETHER_TYPE_IPV4 && m->data_len >= l2_len + 20)
		hash = hash_words(p + l2_len + 12, 2, hash);
	else if (type == RTE_ETHER_TYPE_IPV6 && m->data_len >= l2_len + 40)
		hash = hash_words(p + l2_len + 8, 8, hash);
	return hash;
}

static void count_unknown(struct unknown_types *u, uint16_t type)
{
	unsigned n = atomic_load_explicit(&u->n, memory_order_relaxed);

	for (unsigned i = 0; i < n; i++) {
		if (u->type[i] == type) {
			u->frames[i]++;
			return;
		}
	}
	if (n == UNKNOWN_TYPES) {
		u->other++;
		return;
	}
	u->type[n] = type;
	u->frames[n] = 1;
	atomic_store_explicit(&u->n, n + 1, memory_order_release);
}

static void unknown(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts, uint16_t n,
	uint8_t class, struct out *out)
{
	const struct dispatch_port *p = &d->port[port];

	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		uint16_t l2_len = frame_meta(m).l2_len;
		uint16_t type_be, across;

		memcpy(&type_be, rte_pktmbuf_read(m, l2_len - 2u, sizeof(across), &across),
			sizeof(type_be));
		count_unknown(
			&d->unknown[port], class == CLASS_LENGTH ? 0 : rte_be_to_cpu_16(type_be));
		if (p->to_port)
			out_put(out, m, p->unknown);
		else
			out_discard(out, m, DROP_UNKNOWN);
	}
}

static uint16_t police(const struct dispatch_action *a, uint16_t port, struct rte_mbuf **pkts,
	uint16_t n, struct out *out, uint64_t now)
{
	uint16_t pass = bucket_take(&a->police->port[port], n, now);

	a->police->dropped += n - pass;
	out_discard_bulk(out, &pkts[pass], n - pass, DROP_POLICED);
	return pass;
}

static void to_rings(const struct dispatch_action *a, uint16_t port, struct rte_mbuf **pkts,
	uint16_t n, struct out *out, uint64_t now)
{
	struct class_vector split[DISPATCH_TARGETS];

	if (a->n_targets == 1) {
		gate_send(a->target[0], pkts, n, port, out, now);
		return;
	}
	for (unsigned t = 0; t < a->n_targets; t++)
		split[t].n = 0;
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		struct class_vector *s = &split[flow_hash(m, frame_meta(m).l2_len) % a->n_targets];

		s->pkts[s->n++] = m;
	}
	for (unsigned t = 0; t < a->n_targets; t++) {
		if (split[t].n != 0)
			gate_send(a->target[t], split[t].pkts, split[t].n, port, out, now);
	}
}

// To the handler of a class that has one.
static __rte_always_inline void deliver(const struct dispatch_action *a, uint16_t port,
	struct rte_mbuf **pkts, uint16_t n, struct out *out, uint64_t now)
{
	struct handler_counts *outer = out->counts, *counts = a->counts;
	uint64_t start;

	if (unlikely(n == 0))
		return;
	if (a->kind == DISPATCH_RING) {
		to_rings(a, port, pkts, n, out, now);
		return;
	}
	// Inside another handler's burst, when that one sent a frame to us by a bridge.
	out->counts = counts;
	counts->bursts++;
	counts->frames += n;
	if (likely(!out->timed)) {
		counts->called = now;
		counts->took = 0;
		a->burst(a->state, pkts, n, out);
	} else {
		start = rte_rdtsc();
		a->burst(a->state, pkts, n, out);
		handler_took(counts, now, rte_rdtsc() - start);
	}
	out->counts = outer;
}

// Frames of a class without a handler.
static __rte_noinline void refuse(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts,
	uint16_t n, uint8_t class, struct out *out)
{
	const struct dispatch_action *a = &d->action[class];

	if (a->kind == DISPATCH_UNKNOWN) {
		unknown(d, port, pkts, n, class, out);
		return;
	}
	out_discard_bulk(out, pkts, n, a->reason);
}

// `placed`: all frames were found to be for us.
static __rte_always_inline void act(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts,
	uint16_t n, uint8_t class, bool placed, struct out *out, uint64_t now)
{
	const struct dispatch_action *a = &d->action[class];

	if (a->kind < DISPATCH_INLINE) {
		refuse(d, port, pkts, n, class, out);
		return;
	}
	if (unlikely(!placed))
		n = ingress_select(d, port, pkts, n, out);
	if (n != 0 && a->police != NULL)
		n = police(a, port, pkts, n, out, now);
	deliver(a, port, pkts, n, out, now);
}

bool dispatch_admits(const struct dispatch *d, uint16_t port, uint8_t class, uint64_t now)
{
	struct dispatch_police *p = d->action[class].police;

	if (p == NULL || bucket_take(&p->port[port], 1, now) != 0)
		return true;
	p->dropped++;
	return false;
}

void dispatch_local(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts, uint16_t n,
	uint8_t class, struct out *out, uint64_t now)
{
	if (dispatch_has_handler(d, class))
		deliver(&d->action[class], port, pkts, n, out, now);
	else
		unknown(d, port, pkts, n, class, out);
}

// A vector for each class, one behind the other. Each grows from its middle, as the burst is read:
// where a frame goes is known when the last one of its class and half is stored, and waiting for
// that is most of what splitting costs.
struct class_vectors {
	uint16_t begin[CLASS_MAX], end[CLASS_MAX]; // indices in pkts
	struct rte_mbuf *pkts[CLASS_MAX * CLASSIFY_BURST];
};

// Returns the bit of its class when ingress_place() left it.
static __rte_always_inline uint32_t put(const struct dispatch *d, uint16_t port,
	struct dispatch_stack *known, struct rte_mbuf *m, const struct classified *c, unsigned i,
	struct rte_mbuf **to)
{
	*to = m;
	if (likely(ingress_place(d, port, known, m, &c->l2_len[i], c->tags[i])))
		return 0;
	return UINT32_C(1) << c->class[i];
}

// Returns the classes of which ingress_place() left some frames.
static __rte_always_inline uint32_t split(const struct dispatch *d, uint16_t port,
	struct dispatch_stack *known, struct rte_mbuf **pkts, const struct classified *c,
	struct class_vectors *v)
{
	unsigned n = c->n; // not read again for each frame that is written
	uint32_t left = 0;

	for (unsigned class = 0; class < CLASS_MAX; class ++)
		v->begin[class] = v->end[class] =
			(uint16_t)(class * CLASSIFY_BURST + CLASSIFY_BURST / 2);
	for (unsigned up = n / 2, down = up; up < n; up++) {
		left |= put(d, port, known, pkts[up], c, up, &v->pkts[v->end[c->class[up]]++]);
		if (likely(down != 0)) {
			down--;
			left |= put(d, port, known, pkts[down], c, down,
				&v->pkts[--v->begin[c->class[down]]]);
		}
	}
	return left;
}

static __rte_noinline void dispatch_mixture(const struct dispatch *d, uint16_t port,
	struct dispatch_stack *known, struct rte_mbuf **pkts, const struct classified *c,
	struct out *out, uint64_t now)
{
	struct class_vectors v;
	uint32_t left = split(d, port, known, pkts, c, &v);

	for (unsigned class = 0; class < d->classifier->n_classes; class ++) {
		unsigned first = v.begin[class];

		if (v.end[class] != first)
			act(d, port, &v.pkts[first], (uint16_t)(v.end[class] - first),
				(uint8_t) class, (left >> class & 1) == 0, out, now);
	}
}

void dispatch_burst(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct out *out, uint64_t now)
{
	bool placed;

	if (unlikely(!c->uniform)) {
		dispatch_mixture(d, port, ingress_known(d, port), pkts, c, out, now);
		return;
	}
	placed = ingress_place_uniform(d, port, pkts, c);
	act(d, port, pkts, c->n, c->class[0], placed, out, now);
}

// To the vector of its class, ready for a handler; false: it was dropped.
static bool ready_again(const struct dispatch *d, struct rte_mbuf *m, uint8_t class,
	uint16_t l2_len, struct out *out)
{
	const struct dispatch_action *a = &d->action[class];

	if (a->kind < DISPATCH_INLINE) {
		out_discard(out, m, a->kind == DISPATCH_DROP ? a->reason : DROP_UNKNOWN);
		return false;
	}
	if (unlikely(m->data_len < l2_len) && rte_pktmbuf_linearize(m) != 0) {
		out_discard(out, m, DROP_NO_BUFFER);
		return false;
	}
	frame_meta_set(m, frame_meta(m).iface, l2_len | FRAME_META_AGAIN);
	return true;
}

void dispatch_again(const struct dispatch *d, struct rte_mbuf **pkts, const struct classified *c,
	struct out *out, uint64_t now)
{
	struct class_vector v = {.n = 0};
	unsigned line = 0, last = 0;
	uint8_t class = 0;

	// Runs of one class and ingress port: seldom more than one.
	for (uint16_t i = 0; i < c->n; i++) {
		uint8_t mine = classified_class(c, i);

		if (!ready_again(d, pkts[i], mine, classified_l2_len(c, i), out))
			continue;
		line = ledger_index(pkts[i]->port);
		if (v.n != 0 && (mine != class || line != last)) {
			deliver(&d->action[class], (uint16_t)last, v.pkts, v.n, out, now);
			v.n = 0;
		}
		class = mine;
		last = line;
		v.pkts[v.n++] = pkts[i];
	}
	if (v.n != 0)
		deliver(&d->action[class], (uint16_t)last, v.pkts, v.n, out, now);
}
