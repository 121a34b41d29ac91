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

#include "steer/dispatch.h"
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
	uint32_t hash = hash_words(p, 3, type);

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

static void unknown(const struct dispatch *d, uint16_t port, struct class_vector *v, uint8_t class,
	struct out *out)
{
	const struct dispatch_port *p = &d->port[port];

	for (uint16_t i = 0; i < v->n; i++) {
		struct rte_mbuf *m = v->pkts[i];
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

// The interface of the frame before: neighbours in a burst mostly have the same tags.
struct last_iface {
	uint16_t l2_len; // 0: none yet
	uint64_t tags;   // TPIDs and VIDs of up to two
	const struct iface *iface;
};

// Tags of a frame with two at most, priorities left out.
static uint64_t tags_of(const uint8_t *frame, uint16_t l2_len)
{
	uint64_t tags = 0;

	if (l2_len == RTE_ETHER_HDR_LEN)
		return 0;
	memcpy(&tags, frame + 2 * RTE_ETHER_ADDR_LEN, l2_len == 18 ? 4 : 8);
	return tags & rte_cpu_to_be_64(UINT64_C(0xffff0fffffff0fff));
}

static const struct iface *find_iface(const struct dispatch *d, uint16_t port, const uint8_t *frame,
	uint16_t l2_len, struct last_iface *last)
{
	uint64_t tags;

	if (unlikely(l2_len > 22))
		return iface_find(d->ifaces, port, frame, l2_len);
	tags = tags_of(frame, l2_len);
	if (last->l2_len != l2_len || last->tags != tags)
		*last = (struct last_iface){
			l2_len, tags, iface_find(d->ifaces, port, frame, l2_len)};
	return last->iface;
}

static bool is_ours(
	const struct dispatch *d, uint16_t port, const struct iface *iface, const uint8_t *dst)
{
	const uint8_t *ours = iface != NULL ? iface->mac : d->port[port].mac;

	return (dst[0] & 1) != 0 || memcmp(dst, ours, 6) == 0;
}

// One destination and, of the tags, one stack: what is found of one frame holds for all.
static bool are_alike(const struct classified *c)
{
	uint16_t l2_len = c->l2_len[0];

	return c->uniform && (c->differ[0] & UINT64_C(0xffffffffffff)) == 0 &&
	       (l2_len == RTE_ETHER_HDR_LEN || (l2_len == 18 && c->differ[1] >> 32 == 0));
}

// select_ours() of such frames.
static void select_alike(
	const struct dispatch *d, uint16_t port, struct class_vector *v, struct out *out)
{
	uint16_t l2_len = frame_meta(v->pkts[0]).l2_len;
	const uint8_t *dst = rte_pktmbuf_mtod(v->pkts[0], const uint8_t *);
	const struct iface *iface = iface_find(d->ifaces, port, dst, l2_len);

	if (unlikely(!is_ours(d, port, iface, dst))) {
		for (uint16_t i = 0; i < v->n; i++)
			out_discard(out, v->pkts[i], DROP_NOT_FOR_US);
		v->n = 0;
		return;
	}
	for (uint16_t i = 0; iface != NULL && i < v->n; i++)
		frame_meta_set(v->pkts[i], iface->id, l2_len);
}

// Keep the frames that are for us; the interface goes into their meta.
static void select_ours(
	const struct dispatch *d, uint16_t port, struct class_vector *v, struct out *out)
{
	struct last_iface last = {.l2_len = 0};
	uint16_t kept = 0;

	for (uint16_t i = 0; i < v->n; i++) {
		struct rte_mbuf *m = v->pkts[i];
		uint16_t l2_len = frame_meta(m).l2_len;
		const struct iface *iface;
		const uint8_t *dst;

		// The contract: the whole L2 header lies in the first segment.
		if (unlikely(m->data_len < l2_len) && rte_pktmbuf_linearize(m) != 0) {
			out_discard(out, m, DROP_NO_BUFFER);
			continue;
		}
		dst = rte_pktmbuf_mtod(m, const uint8_t *);
		iface = find_iface(d, port, dst, l2_len, &last);
		if (!is_ours(d, port, iface, dst)) {
			out_discard(out, m, DROP_NOT_FOR_US);
			continue;
		}
		frame_meta_set(m, iface != NULL ? iface->id : OUT_IFACE_NONE, l2_len);
		v->pkts[kept++] = m;
	}
	v->n = kept;
}

static void police(const struct dispatch_action *a, uint16_t port, struct class_vector *v,
	struct out *out, uint64_t now)
{
	uint16_t pass = bucket_take(&a->police->port[port], v->n, now);

	a->police->dropped += v->n - pass;
	for (uint16_t i = pass; i < v->n; i++)
		out_discard(out, v->pkts[i], DROP_POLICED);
	v->n = pass;
}

static void to_rings(const struct dispatch_action *a, uint16_t port, struct class_vector *v,
	struct out *out, uint64_t now)
{
	struct class_vector split[DISPATCH_TARGETS];

	if (a->n_targets == 1) {
		gate_send(a->target[0], v->pkts, v->n, port, out, now);
		return;
	}
	for (unsigned t = 0; t < a->n_targets; t++)
		split[t].n = 0;
	for (uint16_t i = 0; i < v->n; i++) {
		struct rte_mbuf *m = v->pkts[i];
		struct class_vector *s = &split[flow_hash(m, frame_meta(m).l2_len) % a->n_targets];

		s->pkts[s->n++] = m;
	}
	for (unsigned t = 0; t < a->n_targets; t++) {
		if (split[t].n != 0)
			gate_send(a->target[t], split[t].pkts, split[t].n, port, out, now);
	}
}

// To the handler of a class that has one.
static void deliver(const struct dispatch_action *a, uint16_t port, struct class_vector *v,
	struct out *out, uint64_t now)
{
	struct handler_counts *outer = out->counts;
	uint64_t start;

	if (v->n == 0)
		return;
	if (a->kind == DISPATCH_RING) {
		to_rings(a, port, v, out, now);
		return;
	}
	// Inside another handler's burst, when that one sent a frame to us by a bridge.
	out->counts = a->counts;
	a->counts->bursts++;
	a->counts->frames += v->n;
	start = rte_rdtsc();
	a->burst(a->state, v->pkts, v->n, out);
	handler_took(a->counts, now, rte_rdtsc() - start);
	out->counts = outer;
}

static void act(const struct dispatch *d, uint16_t port, struct class_vector *v, uint8_t class,
	bool alike, struct out *out, uint64_t now)
{
	const struct dispatch_action *a = &d->action[class];

	if (a->kind == DISPATCH_DROP) {
		for (uint16_t i = 0; i < v->n; i++)
			out_discard(out, v->pkts[i], a->reason);
		return;
	}
	if (a->kind == DISPATCH_UNKNOWN) {
		unknown(d, port, v, class, out);
		return;
	}
	if (likely(alike))
		select_alike(d, port, v, out);
	else
		select_ours(d, port, v, out);
	if (v->n != 0 && a->police != NULL)
		police(a, port, v, out, now);
	deliver(a, port, v, out, now);
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
	struct class_vector v = {.n = n};

	memcpy(v.pkts, pkts, n * sizeof(v.pkts[0]));
	if (dispatch_has_handler(d, class))
		deliver(&d->action[class], port, &v, out, now);
	else
		unknown(d, port, &v, class, out);
}

static void burst_of_one_class(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct out *out, uint64_t now)
{
	struct class_vector v;

	v.n = c->n;
	for (uint16_t i = 0; i < v.n; i++) {
		v.pkts[i] = pkts[i];
		frame_meta_set(pkts[i], OUT_IFACE_NONE, c->l2_len[0]);
	}
	act(d, port, &v, c->class[0], are_alike(c), out, now);
}

void dispatch_burst(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct out *out, uint64_t now)
{
	struct class_vector vectors[CLASS_MAX];
	uint32_t used = 0;

	if (likely(c->uniform)) {
		burst_of_one_class(d, port, pkts, c, out, now);
		return;
	}

	for (uint16_t i = 0; i < c->n; i++) {
		uint8_t class = c->class[i];
		struct class_vector *v = &vectors[class];

		frame_meta_set(pkts[i], OUT_IFACE_NONE, c->l2_len[i]);
		if ((used & UINT32_C(1) << class) == 0) {
			used |= UINT32_C(1) << class;
			v->n = 0;
		}
		v->pkts[v->n++] = pkts[i];
	}
	for (; used != 0; used &= used - 1) {
		uint8_t class = (uint8_t)__builtin_ctz(used);

		act(d, port, &vectors[class], class, false, out, now);
	}
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
			deliver(&d->action[class], (uint16_t)last, &v, out, now);
			v.n = 0;
		}
		class = mine;
		last = line;
		v.pkts[v.n++] = pkts[i];
	}
	if (v.n != 0)
		deliver(&d->action[class], (uint16_t)last, &v, out, now);
}
