/* SPDX-License-Identifier: BSD-3-Clause */
/* Push, pop and translation of tags on octets and in mbufs (conformance cases E21, E31, E32), and
 * parsing of segmented frames (E7). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wire/ether_mbuf.h"

#include "fence.h"
#include "segments.h"

#define ADDRS "\x02\0\0\0\0\x01\x02\0\0\0\0\x02"

enum { HEADROOM = 16, PAYLOAD = 46 };

static uint8_t room[HEADROOM + 12 + 16 + 2 + PAYLOAD];
static uint8_t *frame;
static uint32_t len;

/** A frame behind `tags` (as "88a8:7:1:100 8100:0:0:5": TPID, PCP, DEI, VID), with a payload
 *  of which every octet is known. */
static void make(const char *tags)
{
	unsigned tpid, pcp, dei, vid;
	uint8_t *p;
	int used;

	memset(room, 0xee, sizeof(room));
	frame = room + HEADROOM;
	memcpy(frame, ADDRS, 12);
	p = frame + 12;
	for (; sscanf(tags, " %x:%u:%u:%u%n", &tpid, &pcp, &dei, &vid, &used) == 4; tags += used) {
		unsigned tci = pcp << 13 | dei << 12 | vid;

		*p++ = (uint8_t)(tpid >> 8);
		*p++ = (uint8_t)tpid;
		*p++ = (uint8_t)(tci >> 8);
		*p++ = (uint8_t)tci;
	}
	*p++ = 0x86;
	*p++ = 0xdd;
	for (unsigned i = 0; i < PAYLOAD; i++)
		*p++ = (uint8_t)i;
	len = (uint32_t)(p - frame);
}

/** What the frame looks like now, in the form that make() takes. */
static const char *seen(const uint8_t *p, uint32_t n, unsigned tpids)
{
	static char text[200];
	struct ether e;
	size_t used = 0;

	text[0] = 0;
	if (ether_parse(p, n, tpids, &e) != ETHER_OK || memcmp(p, ADDRS, 12) != 0 ||
		e.ethertype != 0x86dd || e.payload_len != PAYLOAD)
		return "broken";
	for (unsigned i = 0; i < PAYLOAD; i++)
		if (p[e.payload_offset + i] != i)
			return "payload broken";
	for (uint32_t i = 0; i < e.n_tags; i++) {
		struct ether_tag t = ether_tag(p, i);

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%x:%u:%u:%u",
			i ? " " : "", t.tpid, t.pcp, t.dei, t.vid);
	}
	return text;
}

static struct ether_rewrite rewrite(unsigned pop, unsigned push, enum ether_priority priority)
{
	return (struct ether_rewrite){.pop = (uint8_t)pop,
		.push = (uint8_t)push,
		.priority = priority,
		.tags = {{0x88a8, 900, 1, 0}, {0x8100, 901, 2, 1}}};
}

struct rewrite_case {
	const char *before;
	unsigned pop, push;
	enum ether_priority priority;
	const char *after; // NULL: no_tag
};

// The matrix of VPP's tests: push, pop and translate 1-1, 1-2, 2-1, 2-2 for .1q and .1ad.
static const struct rewrite_case cases[] = {
	{"", 0, 1, ETHER_PRIORITY_SET, "88a8:1:0:900"},
	{"", 0, 2, ETHER_PRIORITY_SET, "88a8:1:0:900 8100:2:1:901"},
	{"", 0, 1, ETHER_PRIORITY_KEEP, "88a8:0:0:900"},
	{"8100:5:1:10", 0, 1, ETHER_PRIORITY_SET, "88a8:1:0:900 8100:5:1:10"},
	{"8100:5:1:10", 0, 1, ETHER_PRIORITY_KEEP, "88a8:5:1:900 8100:5:1:10"},
	{"8100:5:1:10", 0, 2, ETHER_PRIORITY_KEEP, "88a8:5:1:900 8100:5:1:901 8100:5:1:10"},
	{"8100:5:1:10", 1, 0, ETHER_PRIORITY_SET, ""},
	{"88a8:5:1:10", 1, 0, ETHER_PRIORITY_SET, ""},
	{"88a8:5:1:10 8100:3:0:20", 1, 0, ETHER_PRIORITY_SET, "8100:3:0:20"},
	{"88a8:5:1:10 8100:3:0:20", 2, 0, ETHER_PRIORITY_SET, ""},
	{"8100:5:1:10 8100:3:0:20", 2, 0, ETHER_PRIORITY_SET, ""},
	{"8100:5:1:10", 1, 1, ETHER_PRIORITY_SET, "88a8:1:0:900"},
	{"8100:5:1:10", 1, 1, ETHER_PRIORITY_KEEP, "88a8:5:1:900"},
	{"88a8:7:0:10", 1, 1, ETHER_PRIORITY_KEEP, "88a8:7:0:900"},
	{"8100:5:1:10", 1, 2, ETHER_PRIORITY_SET, "88a8:1:0:900 8100:2:1:901"},
	{"8100:5:1:10", 1, 2, ETHER_PRIORITY_KEEP, "88a8:5:1:900 8100:5:1:901"},
	{"88a8:5:1:10 8100:3:0:20", 2, 1, ETHER_PRIORITY_SET, "88a8:1:0:900"},
	{"88a8:5:1:10 8100:3:0:20", 2, 1, ETHER_PRIORITY_KEEP, "88a8:5:1:900"},
	{"88a8:5:1:10 8100:3:0:20", 2, 2, ETHER_PRIORITY_SET, "88a8:1:0:900 8100:2:1:901"},
	{"88a8:5:1:10 8100:3:0:20", 2, 2, ETHER_PRIORITY_KEEP, "88a8:5:1:900 8100:3:0:901"},
	{"88a8:5:1:10 8100:3:0:20", 1, 1, ETHER_PRIORITY_KEEP, "88a8:5:1:900 8100:3:0:20"},
	{"8100:1:0:1 8100:2:0:2 8100:3:0:3", 2, 1, ETHER_PRIORITY_KEEP, "88a8:1:0:900 8100:3:0:3"},
	{"8100:1:1:1 8100:2:0:2", 0, 0, ETHER_PRIORITY_SET, "8100:1:1:1 8100:2:0:2"},
	// E21: a priority tag becomes a tag of the port's VLAN and keeps its PCP.
	{"8100:6:0:0", 1, 1, ETHER_PRIORITY_KEEP, "88a8:6:0:900"},
	{"", 1, 0, ETHER_PRIORITY_SET, NULL},
	{"", 1, 1, ETHER_PRIORITY_SET, NULL},
	{"8100:5:1:10", 2, 0, ETHER_PRIORITY_SET, NULL},
	{"8100:5:1:10", 2, 2, ETHER_PRIORITY_SET, NULL},
};

static void e31_rewrites_on_octets(void **state)
{
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		const struct rewrite_case *c = &cases[i];
		struct ether_rewrite rw = rewrite(c->pop, c->push, c->priority);
		enum ether_rewrite_error error;

		make(c->before);
		error = ether_rewrite(&frame, &len, HEADROOM, &rw);
		assert_int_equal(error, c->after ? ETHER_REWRITE_OK : ETHER_REWRITE_NO_TAG);
		assert_string_equal(seen(frame, len, 0), c->after ? c->after : c->before);
	}
}

static void e31_rewrites_in_mbufs(void **state)
{
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		const struct rewrite_case *c = &cases[i];
		struct ether_rewrite rw = rewrite(c->pop, c->push, c->priority);

		for (uint32_t first = 26; first < 70; first += 7) {
			enum ether_rewrite_error error;
			struct rte_mbuf *m;
			uint8_t flat[100];

			make(c->before);
			m = segments(frame, len, first, 13);
			error = ether_rewrite_mbuf(m, &rw);
			assert_int_equal(error, c->after ? ETHER_REWRITE_OK : ETHER_REWRITE_NO_TAG);
			assert_int_equal(m->pkt_len, len + (c->after ? 4 * (c->push - c->pop) : 0));
			if (rte_pktmbuf_read(m, 0, m->pkt_len, flat) != flat)
				memcpy(flat, rte_pktmbuf_mtod(m, uint8_t *), m->pkt_len);
			assert_string_equal(
				seen(flat, m->pkt_len, 0), c->after ? c->after : c->before);
		}
	}
}

static void e31_named_tpids_are_popped(void **state)
{
	struct ether_rewrite rw = rewrite(1, 1, ETHER_PRIORITY_KEEP);

	make("9100:5:1:10");
	assert_int_equal(ether_rewrite(&frame, &len, HEADROOM, &rw), ETHER_REWRITE_NO_TAG);
	rw.tpids = ETHER_TPIDS_9100;
	assert_int_equal(ether_rewrite(&frame, &len, HEADROOM, &rw), ETHER_REWRITE_OK);
	assert_string_equal(seen(frame, len, 0), "88a8:5:1:900");
}

static void e31_refused_rewrites_leave_the_frame(void **state)
{
	struct ether_rewrite rw = rewrite(0, 2, ETHER_PRIORITY_SET);
	struct rte_mbuf *m;

	make("8100:0:0:1");
	assert_int_equal(ether_rewrite(&frame, &len, 7, &rw), ETHER_REWRITE_ROOM);
	assert_ptr_equal(frame, room + HEADROOM);
	assert_string_equal(seen(frame, len, 0), "8100:0:0:1");
	m = segments(frame, len, 100, 100);
	memmove((uint8_t *)m->buf_addr + 7, frame, len);
	m->data_off = 7;
	assert_int_equal(ether_rewrite_mbuf(m, &rw), ETHER_REWRITE_ROOM);
	assert_int_equal(m->data_off, 7);
	assert_int_equal(m->pkt_len, len);
	rw = rewrite(1, 2, ETHER_PRIORITY_SET); // needs room for one more tag only
	assert_int_equal(ether_rewrite_mbuf(m, &rw), ETHER_REWRITE_OK);
	assert_int_equal(m->data_off, 3);
}

static void short_frames_and_cut_tags_are_refused_in_bounds(void **state)
{
	struct ether_rewrite pop = rewrite(2, 0, ETHER_PRIORITY_SET);
	struct ether_rewrite push = rewrite(0, 1, ETHER_PRIORITY_KEEP);

	make("8100:0:0:1 8100:0:0:2");
	for (uint32_t cut = 0; cut < 22; cut++) {
		uint8_t *p = fence_put(frame, cut);
		uint32_t n = cut;

		assert_int_equal(ether_rewrite(&p, &n, HEADROOM, &pop), ETHER_REWRITE_SHORT);
		assert_int_equal(n, cut);
		assert_int_equal(ether_rewrite(&p, &n, HEADROOM, &push),
			cut < 18 ? ETHER_REWRITE_SHORT : ETHER_REWRITE_OK);
	}
}

static void mbufs_that_others_see_are_not_written(void **state)
{
	struct ether_rewrite rw = rewrite(0, 1, ETHER_PRIORITY_SET);
	struct rte_mbuf_ext_shared_info shared = {0};
	struct rte_mbuf *m;

	make("");
	m = segments(frame, len, 100, 100);
	rte_mbuf_refcnt_set(m, 2);
	assert_int_equal(ether_rewrite_mbuf(m, &rw), ETHER_REWRITE_SHARED);
	rte_mbuf_refcnt_set(m, 1);
	m->ol_flags = RTE_MBUF_F_INDIRECT;
	assert_int_equal(ether_rewrite_mbuf(m, &rw), ETHER_REWRITE_SHARED);
	m->ol_flags = RTE_MBUF_F_EXTERNAL;
	m->shinfo = &shared;
	rte_mbuf_ext_refcnt_set(&shared, 2);
	assert_int_equal(ether_rewrite_mbuf(m, &rw), ETHER_REWRITE_SHARED);
	rte_mbuf_ext_refcnt_set(&shared, 1);
	assert_int_equal(ether_rewrite_mbuf(m, &rw), ETHER_REWRITE_OK);
}

static void tags_outside_the_first_segment_are_not_reached(void **state)
{
	struct ether_rewrite rw = rewrite(1, 0, ETHER_PRIORITY_SET);

	make("8100:0:0:1");
	for (uint32_t first = 1; first < 18; first++)
		assert_int_equal(ether_rewrite_mbuf(segments(frame, len, first, 100), &rw),
			ETHER_REWRITE_SPLIT);
	assert_int_equal(ether_rewrite_mbuf(segments(frame, len, 18, 100), &rw), ETHER_REWRITE_OK);
}

static void e32_push_at_the_mtu_grows_beyond_it(void **state)
{
	static uint8_t big[HEADROOM + 1514];
	struct ether_rewrite rw = rewrite(0, 1, ETHER_PRIORITY_SET);
	uint8_t *p = big + HEADROOM;
	uint32_t n = 1514;

	memcpy(p, ADDRS "\x08\x00", 14);
	assert_int_equal(ether_rewrite(&p, &n, HEADROOM, &rw), ETHER_REWRITE_OK);
	assert_int_equal(n, 1518);
	assert_true(ether_fits(n, 1, 1500));  // a port that allows tags on top of its MTU
	assert_false(ether_fits(n, 0, 1500)); // and one that does not drops it: tx_too_long
}

static void e22_rewrites_with_impossible_tags_are_refused(void **state)
{
	struct ether_rewrite rw = rewrite(0, 2, ETHER_PRIORITY_SET);

	assert_int_equal(ether_rewrite_check(&rw), ETHER_BUILD_OK);
	rw.tags[1].vid = 4095;
	assert_int_equal(ether_rewrite_check(&rw), ETHER_BUILD_VID);
	rw.push = 1;
	assert_int_equal(ether_rewrite_check(&rw), ETHER_BUILD_OK);
	rw.tags[0].tpid = 0x1234;
	assert_int_equal(ether_rewrite_check(&rw), ETHER_BUILD_TPID);
	rw = rewrite(ETHER_REWRITE_TAGS + 1, 0, ETHER_PRIORITY_SET);
	assert_int_equal(ether_rewrite_check(&rw), ETHER_BUILD_ROOM);
}

static void check_segmented(const uint8_t *p, uint32_t n)
{
	struct ether flat = {0}, cut = {0};
	enum ether_error want = ether_parse(p, n, ETHER_TPIDS_9100, &flat);

	for (uint32_t first = 1; first <= 40; first++)
		for (uint32_t rest = n > 2000 ? 1900 : 1; rest <= 1900; rest = rest * 3 + 1) {
			struct rte_mbuf *m = segments(p, n, RTE_MIN(first, n), rest);

			assert_int_equal(ether_parse_mbuf(m, ETHER_TPIDS_9100, &cut), want);
			if (want == ETHER_OK)
				assert_memory_equal(&cut, &flat, sizeof(flat));
		}
}

static void e7_segmented_frames_parse_like_flat_ones(void **state)
{
	static const char headers[][11] = {"\x08\x00", "\x91\x00\x00\x05\x81\x00\x00\x06\x08\x00",
		"\x00\x26\xaa\xaa\x03\0\0\0\x08\x00", "\x00\x07\xaa\xaa\x03", "\x00\x26\xff\xff",
		"\x81\x00\x0f\xff\x00\x26\x42\x42\x03", "\x05\xff", "\x00\x3f", "\x81\x00"};
	static uint8_t p[9230];

	for (unsigned i = 0; i < RTE_DIM(headers); i++) {
		memset(p, 0, sizeof(p));
		memcpy(p, ADDRS, 12);
		memcpy(p + 12, headers[i], sizeof(headers[i]) - 1);
		for (uint32_t n = 1; n < 64; n += i + 1)
			check_segmented(p, n);
		check_segmented(p, 9014);
		check_segmented(p, 9230);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(e31_rewrites_on_octets),
		cmocka_unit_test(e31_rewrites_in_mbufs),
		cmocka_unit_test(e31_named_tpids_are_popped),
		cmocka_unit_test(e31_refused_rewrites_leave_the_frame),
		cmocka_unit_test(short_frames_and_cut_tags_are_refused_in_bounds),
		cmocka_unit_test(mbufs_that_others_see_are_not_written),
		cmocka_unit_test(tags_outside_the_first_segment_are_not_reached),
		cmocka_unit_test(e32_push_at_the_mtu_grows_beyond_it),
		cmocka_unit_test(e22_rewrites_with_impossible_tags_are_refused),
		cmocka_unit_test(e7_segmented_frames_parse_like_flat_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
