/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tags of a burst written in place. Called by usual.c; frames that cannot be written in place are
 * left to flood.c.
 */

#include <string.h>

#include "bridge/inside.h"

static inline uint64_t read_u64(const uint8_t *p)
{
	uint64_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

// Both lengths in one piece: pkt_len and data_len lie one behind the other, and neither leaves its
// own, for a frame has the octets that go, and its buffer those that come.
static inline void resize(struct rte_mbuf *m, int grow)
{
	uint8_t *lengths = (uint8_t *)m + offsetof(struct rte_mbuf, pkt_len);
	uint64_t both = read_u64(lengths) + (uint64_t)grow * (1 + (UINT64_C(1) << 32));

	memcpy(lengths, &both, sizeof(both));
	m->data_off = (uint16_t)(m->data_off - grow);
}
_Static_assert(offsetof(struct rte_mbuf, data_len) == offsetof(struct rte_mbuf, pkt_len) + 4,
	"resize() writes both");

// Its octets, and so many before them?
static inline bool may_write(const struct rte_mbuf *m, int grow)
{
	return likely(outside_is_writable(m)) && likely(m->data_off >= grow);
}

// Stores of such sizes that none spans two cache lines where the frame begins with one.
static __rte_noinline uint16_t push_tag(struct rte_mbuf **pkts, uint16_t n, uint32_t tag_be)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
		uint64_t addresses[2];

		if (unlikely(!may_write(m, 4)))
			break;
		addresses[0] = read_u64(p);
		addresses[1] = read_u64(p + 4);
		resize(m, 4);
		memcpy(p - 4, &addresses[0], 4);
		memcpy(p, &addresses[1], 8);
		memcpy(p + 8, &tag_be, 4);
	}
	return (uint16_t)i;
}

static __rte_noinline uint16_t pop_tag(struct rte_mbuf **pkts, uint16_t n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
		uint64_t addresses[2];

		if (unlikely(!may_write(m, 0)))
			break;
		addresses[0] = read_u64(p);
		addresses[1] = read_u64(p + 4);
		resize(m, -4);
		memcpy(p + 4, &addresses[0], 4);
		memcpy(p + 8, &addresses[1], 8);
	}
	return (uint16_t)i;
}

uint16_t outside_apply_burst(struct rte_mbuf **pkts, uint16_t n, const struct outside *to)
{
	uint16_t i;

	if (to->pop == 0 && to->push == 1)
		return push_tag(pkts, n, rte_cpu_to_be_32(to->tag[0]));
	if (to->pop == 1 && to->push == 0)
		return pop_tag(pkts, n);
	for (i = 0; i < n && outside_apply(pkts[i], to); i++)
		;
	return i;
}
