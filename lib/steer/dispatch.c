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

// A MAC address and two octets that are 0; `mac` has eight.
static inline uint64_t load_mac(const uint8_t *mac)
{
	uint64_t octets;

	memcpy(&octets, mac, sizeof(octets));
	return octets & rte_cpu_to_be_64(UINT64_C(0xffffffffffff0000));
}

static bool is_ours(
	const struct dispatch *d, uint16_t port, const struct iface *iface, const uint8_t *dst)
{
	const uint8_t *ours = iface != NULL ? iface->mac : d->port[port].mac;

	return (dst[0] & 1) != 0 || memcmp(dst, ours, 6) == 0;
}

// Of a uniform burst: one destination and one stack of tags. What is found of one frame holds for
// all.
static bool are_alike(const struct classified *c)
{
	uint16_t l2_len = c->l2_len[0];

	return (c->differ[0] & UINT64_C(0xffffffffffff)) == 0 &&
	       (l2_len == RTE_ETHER_HDR_LEN ||
		       (c->differ[1] >> 32 == 0 && (l2_len == 18 || (uint32_t)c->differ[2] == 0)));
}

static __rte_noinline void learn_stack(const struct dispatch *d, uint16_t port,
	const uint8_t *frame, uint16_t l2_len, uint64_t tags, struct dispatch_stack *s)
{
	const struct iface *iface = iface_find(d->ifaces, port, frame, l2_len);
	uint8_t mac[8] = {0};

	memcpy(mac, iface != NULL ? iface->mac : d->port[port].mac, sizeof(d->port[port].mac));
	*s = (struct dispatch_stack){.tags = tags,
		.mac = load_mac(mac),
		.iface = iface != NULL ? iface->id : (uint16_t)OUT_IFACE_NONE,
		.l2_len = l2_len};
}

// Those that this worker knows of the port. What was found under another view may be wrong.
static struct dispatch_stack *known_stacks(const struct dispatch *d, uint16_t port)
{
	if (unlikely(d->known->generation != d->generation)) {
		memset(d->known->stack, 0xff, sizeof(d->known->stack));
		d->known->generation = d->generation;
	}
	return d->known->stack[port];
}

// Meta of a frame whose addresses and tags lie in one piece. False: it is not for us, or it is a
// frame that only select_ours() takes.
static __rte_always_inline bool place(const struct dispatch *d, uint16_t port,
	struct dispatch_stack *known, struct rte_mbuf *m, uint16_t l2_len)
{
	// Priorities do not name an interface. By number of tags.
	static const uint64_t masks[] = {
		0, RTE_BE64(UINT64_C(0xffff0fff00000000)), RTE_BE64(UINT64_C(0xffff0fffffff0fff))};
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	unsigned tags_len = l2_len - (unsigned)RTE_ETHER_HDR_LEN;
	struct dispatch_stack *s;
	uint64_t tags;

	if (unlikely(m->data_len < RTE_ETHER_HDR_LEN + 2 * 4 || tags_len > 2 * 4)) {
		frame_meta_set(m, OUT_IFACE_NONE, l2_len);
		return false;
	}
	memcpy(&tags, frame + 2 * RTE_ETHER_ADDR_LEN, sizeof(tags));
	tags &= masks[tags_len / 4];
	s = &known[tags * UINT64_C(0x9e3779b97f4a7c15) >> (64 - DISPATCH_STACK_BITS)];
	if (unlikely(s->tags != tags))
		learn_stack(d, port, frame, l2_len, tags, s);
	m->hash.fdir.hi = s->meta;
	return load_mac(frame) == s->mac || (frame[0] & 1) != 0;
}

// place() of frames of which one holds for all.
static bool place_alike(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts, uint16_t n,
	uint16_t l2_len)
{
	bool placed = place(d, port, known_stacks(d, port), pkts[0], l2_len);
	uint32_t meta = pkts[0]->hash.fdir.hi;

#pragma GCC unroll 4
	for (uint16_t i = 1; i < n; i++)
		pkts[i]->hash.fdir.hi = meta;
	return placed;
}

// place() of frames of one class.
static __rte_noinline bool place_each(const struct dispatch *d, uint16_t port,
	struct rte_mbuf **pkts, uint16_t n, uint16_t l2_len)
{
	struct dispatch_stack *known = known_stacks(d, port);
	bool placed = true;

	for (uint16_t i = 0; i < n; i++) {
		if (unlikely(!place(d, port, known, pkts[i], l2_len)))
			placed = false;
	}
	return placed;
}

// Leave the frames that are for us at the front; the interface goes into their meta. Any frames,
// whose meta has the length of their header.
static __rte_noinline uint16_t select_ours(const struct dispatch *d, uint16_t port,
	struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	uint16_t kept = 0;

	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		uint16_t l2_len = frame_meta(m).l2_len;
		const struct iface *iface;
		const uint8_t *dst;

		// The contract: the whole L2 header lies in the first segment.
		if (unlikely(m->data_len < l2_len) && rte_pktmbuf_linearize(m) != 0) {
			out_discard(out, m, DROP_NO_BUFFER);
			continue;
		}
		dst = rte_pktmbuf_mtod(m, const uint8_t *);
		iface = iface_find(d->ifaces, port, dst, l2_len);
		if (!is_ours(d, port, iface, dst)) {
			out_discard(out, m, DROP_NOT_FOR_US);
			continue;
		}
		frame_meta_set(m, iface != NULL ? iface->id : OUT_IFACE_NONE, l2_len);
		pkts[kept++] = m;
	}
	return kept;
}

static uint16_t police(const struct dispatch_action *a, uint16_t port, struct rte_mbuf **pkts,
	uint16_t n, struct out *out, uint64_t now)
{
	uint16_t pass = bucket_take(&a->police->port[port], n, now);

	a->police->dropped += n - pass;
	for (uint16_t i = pass; i < n; i++)
		out_discard(out, pkts[i], DROP_POLICED);
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
static void deliver(const struct dispatch_action *a, uint16_t port, struct rte_mbuf **pkts,
	uint16_t n, struct out *out, uint64_t now)
{
	struct handler_counts *outer = out->counts;
	uint64_t start;

	if (n == 0)
		return;
	if (a->kind == DISPATCH_RING) {
		to_rings(a, port, pkts, n, out, now);
		return;
	}
	// Inside another handler's burst, when that one sent a frame to us by a bridge.
	out->counts = a->counts;
	a->counts->bursts++;
	a->counts->frames += n;
	if (likely(!out->timed)) {
		a->counts->called = now;
		a->counts->took = 0;
		a->burst(a->state, pkts, n, out);
	} else {
		start = rte_rdtsc();
		a->burst(a->state, pkts, n, out);
		handler_took(a->counts, now, rte_rdtsc() - start);
	}
	out->counts = outer;
}

// `placed`: place() found all frames to be for us.
static void act(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts, uint16_t n,
	uint8_t class, bool placed, struct out *out, uint64_t now)
{
	const struct dispatch_action *a = &d->action[class];

	if (a->kind == DISPATCH_DROP) {
		for (uint16_t i = 0; i < n; i++)
			out_discard(out, pkts[i], a->reason);
		return;
	}
	if (a->kind == DISPATCH_UNKNOWN) {
		unknown(d, port, pkts, n, class, out);
		return;
	}
	if (unlikely(!placed))
		n = select_ours(d, port, pkts, n, out);
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

struct class_vectors {
	uint8_t n[CLASS_MAX];
	struct rte_mbuf *pkts[CLASS_MAX][CLASSIFY_BURST];
};

// Returns the classes of which place() left some frames.
static __rte_noinline uint32_t split(const struct dispatch *d, uint16_t port,
	struct rte_mbuf **pkts, const struct classified *c, struct class_vectors *v)
{
	struct dispatch_stack *known = known_stacks(d, port);
	unsigned n = c->n; // not read again for each frame that is written
	uint32_t left = 0;

	memset(v->n, 0, sizeof(v->n));
	for (unsigned i = 0; i < n; i++) {
		uint8_t class = c->class[i];

		v->pkts[class][v->n[class]++] = pkts[i];
		if (unlikely(!place(d, port, known, pkts[i], c->l2_len[i])))
			left |= UINT32_C(1) << class;
	}
	return left;
}

void dispatch_burst(const struct dispatch *d, uint16_t port, struct rte_mbuf **pkts,
	const struct classified *c, struct out *out, uint64_t now)
{
	struct class_vectors vectors;
	uint32_t left;

	if (likely(c->uniform)) {
		bool placed = likely(are_alike(c)) ? place_alike(d, port, pkts, c->n, c->l2_len[0])
		                                   : place_each(d, port, pkts, c->n, c->l2_len[0]);

		act(d, port, pkts, c->n, c->class[0], placed, out, now);
		return;
	}
	left = split(d, port, pkts, c, &vectors);
	for (uint8_t class = 0; class < d->classifier->n_classes; class ++) {
		if (vectors.n[class] != 0)
			act(d, port, vectors.pkts[class], vectors.n[class], class,
				(left >> class & 1) == 0, out, now);
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
