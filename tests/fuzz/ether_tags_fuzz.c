/* SPDX-License-Identifier: BSD-3-Clause */
/* Rewriting the tags of any octets: in bounds, unchanged when refused, else with the tags asked for
 * and everything else as it was; the same in mbufs; and undone by the rewrite that takes it back.
 */

#include <stdlib.h>
#include <string.h>

#include "wire/ether_mbuf.h"

#include "segments.h"

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

enum { FIELDS = 4 + ETHER_REWRITE_TAGS * 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ether_rewrite take(const uint8_t *data)
{
	static const uint16_t tpids[] = {0x8100, 0x88a8, 0x9100, 0x9200};
	struct ether_rewrite rw = {.pop = data[0] & 7,
		.push = data[0] >> 3 & 7,
		.priority = data[0] >> 6 & 1 ? ETHER_PRIORITY_KEEP : ETHER_PRIORITY_SET,
		.tpids = data[1]};

	for (unsigned i = 0; i < ETHER_REWRITE_TAGS; i++) {
		const uint8_t *p = data + 4 + i * 4;

		rw.tags[i] = (struct ether_tag){tpids[p[0] % 4],
			(uint16_t)((p[1] & 0x0f) << 8 | p[2]), p[3] & 7, p[3] >> 7};
	}
	return rw;
}

static void check_done(const struct ether_rewrite *rw, const uint8_t *p, uint32_t len,
	const uint8_t *before, uint32_t before_len)
{
	uint32_t skip = ETHER_ADDRS_LEN + rw->push * ETHER_TAG_LEN;
	uint32_t skipped = ETHER_ADDRS_LEN + rw->pop * ETHER_TAG_LEN;

	CHECK(len - skip == before_len - skipped);
	CHECK(memcmp(p, before, ETHER_ADDRS_LEN) == 0);
	CHECK(memcmp(p + skip, before + skipped, len - skip) == 0);
	for (uint32_t i = 0; i < rw->push; i++) {
		struct ether_tag t = ether_tag(p, i);

		CHECK(t.tpid == rw->tags[i].tpid && t.vid == rw->tags[i].vid);
		if (rw->priority == ETHER_PRIORITY_SET)
			CHECK(t.pcp == rw->tags[i].pcp && t.dei == rw->tags[i].dei);
		else if (i < rw->pop)
			CHECK(t.pcp == ether_tag(before, i).pcp &&
				t.dei == ether_tag(before, i).dei);
	}
}

static void check_mbuf(const struct ether_rewrite *rw, const uint8_t *before, uint32_t before_len,
	uint32_t headroom, enum ether_rewrite_error want, const uint8_t *p, uint32_t len)
{
	struct rte_mbuf *m;

	if (before_len == 0 || before_len > 1500)
		return;
	m = segments(before, before_len, 1500, 1);
	memmove((uint8_t *)m->buf_addr + headroom, before, before_len);
	m->data_off = (uint16_t)headroom;
	CHECK(ether_rewrite_mbuf(m, rw) == want);
	CHECK(m->pkt_len == len && m->data_len == len);
	CHECK(memcmp(rte_pktmbuf_mtod(m, uint8_t *), p, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ether_rewrite rw;
	enum ether_rewrite_error error;
	uint32_t before_len, len, headroom;
	uint8_t *room, *p;

	if (size < FIELDS || size > 10000)
		return 0;
	rw = take(data);
	if (ether_rewrite_check(&rw) != ETHER_BUILD_OK)
		return 0;
	headroom = data[2] % 20;
	before_len = len = (uint32_t)size - FIELDS;
	room = malloc(headroom + len + 1); // ends with the frame: one octet more if both are empty
	p = room + headroom;
	memcpy(p, data + FIELDS, len);
	error = ether_rewrite(&p, &len, headroom, &rw);
	CHECK(p >= room && p + len == room + headroom + before_len);
	if (error == ETHER_REWRITE_OK) {
		check_done(&rw, p, len, data + FIELDS, before_len);
	} else {
		CHECK(len == before_len && memcmp(p, data + FIELDS, len) == 0);
	}
	check_mbuf(&rw, data + FIELDS, before_len, headroom, error, p, len);
	free(room);
	return 0;
}
