/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LLDP receive on the control lcore (IEEE 802.1AB-2016 clause 9): which neighbours speak on which
 * port, shown as /burstline/lldp. Nothing is sent, so there is nothing to configure but the
 * handler itself; an agent (a port and one of the three destination addresses) is receive only.
 *
 * Choices where the standard leaves one:
 * - Only the three group addresses of table 7-1 are agents of ours.
 * - LLDPDUs are untagged: one behind any tag, VID 0 too, is dropped.
 * - A neighbour is the octets of its chassis and port ID on a port and address; what they say is
 *   not judged. It is forgotten when its time to live is over or 0, not when the link goes down.
 * - Too many neighbours: the new one is not taken.
 * - No OUI is known: organizationally specific TLVs are counted.
 */

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_ether.h>

#include "handler.h"
#include "wire/lldp.h"

enum {
	PORT_NEIGHBOURS = 16,
	TABLE = OUT_PORTS * PORT_NEIGHBOURS,
	WORDS = (LLDP_MAX + 7) / 8,
	COPY_TRIES = 64
};

// Names in parentheses: 9.2.6 and the MIB of clause 11.
// clang-format off
#define LLDP_COUNTERS(X) \
	X(frames,              "LLDPDUs received (statsFramesInTotal)") \
	X(frames_discarded,    "of these, refused (statsFramesDiscardedTotal)") \
	X(frames_in_errors,    "of these, with a fault (statsFramesInErrorsTotal)") \
	X(tlvs_discarded,      "faulty TLVs of accepted and refused LLDPDUs (statsTLVsDiscardedTotal)") \
	X(tlvs_unrecognized,   "reserved and organizationally specific TLVs (statsTLVsUnrecognizedTotal)") \
	X(ageouts,             "neighbours whose time to live was over (statsAgeoutsTotal)") \
	X(shutdowns,           "neighbours that said that they go") \
	X(inserts,             "neighbours that came (lldpStatsRemTablesInserts)") \
	X(changes,             "neighbours that told something else than before") \
	X(too_many_neighbours, "LLDPDUs of one more than a port's 16 (lldpStatsRemTablesDrops)") \
	X(other_destination,   "frames to another address than the three of LLDP") \
	X(tagged,              "frames behind a tag")
// clang-format on

/** One neighbour; written by the handler's thread only. Readers take copies: `seq` is odd while
 *  what follows changes. */
struct neighbour {
	_Atomic uint32_t seq;
	_Atomic uint32_t about;       // group << 16 | octets of the LLDPDU
	_Atomic uint64_t expires_tsc; // 0: free
	_Atomic uint64_t word[WORDS]; // the LLDPDU, up to its end
};

struct lldp_state {
	uint64_t hz;
	uint64_t now_tsc;            // of the last tick
	uint64_t due_tsc;            // nobody's time is over before
	struct neighbour *neighbour; // [TABLE]: PORT_NEIGHBOURS of each port
#define X(field, help) uint64_t field;
	LLDP_COUNTERS(X)
#undef X
};

static const struct handler_counter counters[] = {
#define X(field, help) {#field, help, offsetof(struct lldp_state, field)},
	LLDP_COUNTERS(X)
#undef X
};

static uint64_t expires(const struct neighbour *n)
{
	return atomic_load_explicit(&n->expires_tsc, memory_order_relaxed);
}

/** Replace all of an entry; expires_tsc 0 frees it. */
static void publish(struct neighbour *n, enum lldp_group group, const uint8_t *pdu, uint16_t len,
	uint64_t expires_tsc)
{
	uint32_t seq = atomic_load_explicit(&n->seq, memory_order_relaxed);

	atomic_store_explicit(&n->seq, seq + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&n->about, (uint32_t)group << 16 | len, memory_order_relaxed);
	atomic_store_explicit(&n->expires_tsc, expires_tsc, memory_order_relaxed);
	for (uint16_t at = 0; at < len; at = (uint16_t)(at + sizeof(uint64_t))) {
		uint64_t word = 0;

		memcpy(&word, pdu + at, RTE_MIN(sizeof(word), (size_t)(len - at)));
		atomic_store_explicit(&n->word[at / sizeof(word)], word, memory_order_relaxed);
	}
	atomic_store_explicit(&n->seq, seq + 2, memory_order_release);
}

/** Are these the entry's first octets? Handler's thread. */
static bool begins(const struct neighbour *n, const uint8_t *p, uint16_t len)
{
	return memcmp((const void *)n->word, p, len) == 0;
}

/** The neighbour that speaks in an LLDPDU, or a free entry for it, or NULL. */
static struct neighbour *find(struct lldp_state *s, uint16_t port, enum lldp_group group,
	const uint8_t *pdu, const struct lldp *lldp)
{
	struct neighbour *of_port = &s->neighbour[port * PORT_NEIGHBOURS], *unused = NULL;

	for (unsigned i = 0; i < PORT_NEIGHBOURS; i++) {
		struct neighbour *n = &of_port[i];
		uint32_t about = atomic_load_explicit(&n->about, memory_order_relaxed);

		if (expires(n) == 0)
			unused = unused != NULL ? unused : n;
		else if (about >> 16 == group && begins(n, pdu, lldp->id_len))
			return n;
	}
	return unused;
}

/** What an LLDPDU says becomes what is known. @return false: no room. */
static bool update(struct lldp_state *s, uint16_t port, enum lldp_group group, const uint8_t *pdu,
	const struct lldp *lldp)
{
	uint64_t until_tsc = s->now_tsc + lldp->ttl * s->hz;
	struct neighbour *n = find(s, port, group, pdu, lldp);
	bool known = n != NULL && expires(n) != 0;

	if (lldp->ttl == 0) {
		s->shutdowns += known;
		if (known)
			publish(n, group, pdu, 0, 0);
		return true;
	}
	if (n == NULL) {
		s->too_many_neighbours++;
		return false;
	}
	s->due_tsc = RTE_MIN(s->due_tsc, until_tsc);
	if (known && (uint16_t)atomic_load_explicit(&n->about, memory_order_relaxed) == lldp->len &&
		begins(n, pdu, lldp->len)) {
		atomic_store_explicit(&n->expires_tsc, until_tsc, memory_order_relaxed);
		return true;
	}
	s->inserts += !known;
	s->changes += known;
	publish(n, group, pdu, lldp->len, until_tsc);
	return true;
}

/** An LLDPDU for one of our agents. @return false: refused. */
static bool receive(struct lldp_state *s, const struct rte_mbuf *m, enum lldp_group group)
{
	uint32_t len = RTE_MIN(m->pkt_len - RTE_ETHER_HDR_LEN, (uint32_t)LLDP_MAX);
	uint8_t room[LLDP_MAX];
	const uint8_t *pdu = rte_pktmbuf_read(m, RTE_ETHER_HDR_LEN, len, room);
	enum lldp_error error;
	struct lldp lldp;

	error = lldp_parse(pdu, len, &lldp);
	s->frames++;
	s->frames_in_errors += error != LLDP_OK || lldp.discarded != 0;
	s->tlvs_discarded += lldp.discarded;
	s->tlvs_unrecognized += lldp.unrecognized;
	if (error == LLDP_OK && update(s, m->port, group, pdu, &lldp))
		return true;
	s->frames_discarded++;
	return false;
}

static void lldp_burst(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	struct lldp_state *s = state;

	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		enum lldp_group group = lldp_group(rte_pktmbuf_mtod(m, const uint8_t *));
		bool by_port = m->port < OUT_PORTS; // else a handler of ours made it
		bool tagged = frame_meta(m).l2_len != RTE_ETHER_HDR_LEN;

		s->other_destination += group == LLDP_NO_GROUP;
		s->tagged += group != LLDP_NO_GROUP && tagged;
		if (group != LLDP_NO_GROUP && !tagged && by_port && receive(s, m, group))
			out_consume(out, m);
		else
			out_drop(out, m, DROP_HANDLER);
	}
}

static void lldp_tick(void *state, uint64_t now_tsc, struct out *out)
{
	struct lldp_state *s = state;

	s->now_tsc = now_tsc;
	if (now_tsc < s->due_tsc)
		return;
	s->due_tsc = UINT64_MAX;
	for (unsigned i = 0; i < TABLE; i++) {
		uint64_t until_tsc = expires(&s->neighbour[i]);

		if (until_tsc == 0)
			continue;
		if (until_tsc > now_tsc) {
			s->due_tsc = RTE_MIN(s->due_tsc, until_tsc);
			continue;
		}
		s->ageouts++;
		publish(&s->neighbour[i], LLDP_NO_GROUP, NULL, 0, 0);
	}
}

/** An entry as it was at one moment; any thread. @return false: free. */
static bool copy(const struct neighbour *n, uint32_t *about, uint64_t *until_tsc, uint64_t *words)
{
	for (unsigned i = 0; i < COPY_TRIES; i++) {
		uint32_t seq = atomic_load_explicit(&n->seq, memory_order_acquire);

		*about = atomic_load_explicit(&n->about, memory_order_relaxed);
		*until_tsc = expires(n);
		for (unsigned w = 0; w < WORDS; w++)
			words[w] = atomic_load_explicit(&n->word[w], memory_order_relaxed);
		atomic_thread_fence(memory_order_acquire);
		if (seq % 2 == 0 && seq == atomic_load_explicit(&n->seq, memory_order_relaxed))
			return *until_tsc != 0;
	}
	return false;
}

static void add_piece(struct row *row, const char *name, const struct lldp_piece *piece)
{
	row_text(row, name, piece->p, piece->len);
}

static void add_known(struct row *row, const char *name, const char *text)
{
	row_text(row, name, text, strlen(text));
}

static void add_ids(struct row *row, const struct lldp *lldp)
{
	char text[LLDP_TEXT];

	row_number(row, "chassis_kind", lldp->chassis_kind);
	if ((lldp->chassis_kind == LLDP_CHASSIS_MAC && lldp_mac_text(&lldp->chassis, text)) ||
		(lldp->chassis_kind == LLDP_CHASSIS_ADDRESS &&
			lldp_address_text(&lldp->chassis, text)))
		add_known(row, "chassis", text);
	else
		add_piece(row, "chassis", &lldp->chassis);
	row_number(row, "port_id_kind", lldp->port_kind);
	if ((lldp->port_kind == LLDP_PORT_MAC && lldp_mac_text(&lldp->port, text)) ||
		(lldp->port_kind == LLDP_PORT_ADDRESS && lldp_address_text(&lldp->port, text)))
		add_known(row, "port_id", text);
	else
		add_piece(row, "port_id", &lldp->port);
}

static void add_rest(struct row *row, const struct lldp *lldp)
{
	char text[LLDP_TEXT];

	add_piece(row, "system_name", &lldp->system_name);
	add_piece(row, "port_description", &lldp->port_description);
	lldp_capabilities_text(lldp->capabilities, text);
	add_known(row, "capabilities", text);
	lldp_capabilities_text(lldp->enabled, text);
	add_known(row, "enabled", text);
	if (lldp_address_text(&lldp->address, text))
		add_known(row, "management_address", text);
	else
		add_piece(row, "management_address", &lldp->address);
	row_number(row, "management_addresses", lldp->addresses);
	row_number(row, "organization_tlvs", lldp->organization);
}

static bool lldp_row(const void *state, uint64_t now_tsc, unsigned *cursor, struct row *row)
{
	const struct lldp_state *s = state;
	uint64_t words[WORDS], until_tsc;
	struct lldp lldp;
	uint32_t about;
	unsigned i;

	do {
		if (*cursor >= TABLE)
			return false;
		i = (*cursor)++;
	} while (!copy(&s->neighbour[i], &about, &until_tsc, words));
	lldp_parse((const uint8_t *)words, (uint16_t)about, &lldp);
	row_port(row, "port", (uint16_t)(i / PORT_NEIGHBOURS));
	add_known(row, "destination", lldp_group_name((enum lldp_group)(about >> 16)));
	add_ids(row, &lldp);
	row_number(row, "ttl", lldp.ttl);
	row_number(row, "ttl_left", until_tsc > now_tsc ? (until_tsc - now_tsc) / s->hz : 0);
	add_rest(row, &lldp);
	return true;
}

static __rte_cold void lldp_fini(void *state)
{
	struct lldp_state *s = state;

	free(s->neighbour);
	free(s);
}

static __rte_cold int lldp_init(void **state, const struct handler_env *env)
{
	struct lldp_state *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->hz = env->tsc_hz;
	s->now_tsc = rte_rdtsc(); // frames may come before the first tick
	s->due_tsc = UINT64_MAX;
	s->neighbour = calloc(TABLE, sizeof(s->neighbour[0]));
	if (s->neighbour == NULL) {
		lldp_fini(s);
		return -ENOMEM;
	}
	*state = s;
	return 0;
}

const struct handler handler_lldp = {
	.abi = HANDLER_ABI,
	.name = "lldp",
	.ethertypes = {LLDP_ETHERTYPE},
	.n_ethertypes = 1,
	.places = HANDLER_CONTROL,
	.place = HANDLER_CONTROL,
	.state_per_instance = true,
	.rate_pps = 100,
	.rate_burst = 64,
	.counters = counters,
	.n_counters = sizeof(counters) / sizeof(counters[0]),
	.init = lldp_init,
	.burst = lldp_burst,
	.tick = lldp_tick,
	.row = lldp_row,
	.fini = lldp_fini,
};
