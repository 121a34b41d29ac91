/* SPDX-License-Identifier: BSD-3-Clause */
/* Build from any fields: refused, or in bounds and parsed back to the same fields. The octets are
 * eaten as fields, the rest is payload. */

#include <stdlib.h>
#include <string.h>

#include "wire/ether_build.h"

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

enum { FIELDS = 24, TAGS = 5, TAG_FIELDS = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_tags(const uint8_t *p, struct ether_tag *tags, uint32_t n)
{
	static const uint16_t tpids[] = {0x8100, 0x88a8, 0x9100, 0x9200, 0x9300, 0x0800, 0, 0x9000};

	for (uint32_t i = 0; i < n; i++, p += TAG_FIELDS)
		tags[i] = (struct ether_tag){tpids[p[0] % 8], (uint16_t)((p[1] & 0x1f) << 8 | p[2]),
			p[3] & 0x0f, p[3] >> 6 & 3};
}

static void check(const struct ether_spec *s, const uint8_t *p, uint32_t len)
{
	unsigned tpids = ETHER_TPIDS_STANDARD;
	struct ether e;

	for (uint32_t i = 0; i < s->n_tags; i++)
		if (!tag_is_tpid(s->tags[i].tpid))
			tpids |= 1u << (s->tags[i].tpid >> 8 & 3);
	CHECK(ether_parse(p, len, tpids, &e) == ETHER_OK);
	CHECK(e.n_tags == s->n_tags && e.kind == s->kind && len >= s->min_len);
	for (uint32_t i = 0; i < e.n_tags; i++) {
		struct ether_tag t = ether_tag(p, i);

		CHECK(t.tpid == s->tags[i].tpid && t.vid == s->tags[i].vid &&
			t.pcp == s->tags[i].pcp && t.dei == s->tags[i].dei);
	}
	CHECK(memcmp(p, s->dst, 6) == 0 && memcmp(p + 6, s->src, 6) == 0);
	if (s->kind == ETHER_ETHERNET2)
		CHECK(e.ethertype == s->ethertype && e.payload_len >= s->payload_len);
	else
		CHECK(e.payload_len == s->payload_len);
	if (s->payload_len != 0)
		CHECK(memcmp(p + e.payload_offset, s->payload, s->payload_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ether_tag tags[TAGS];
	struct ether_spec s = {.tags = tags};
	uint32_t room, len;
	uint8_t *p;

	if (size < FIELDS + TAGS * TAG_FIELDS)
		return 0;
	memcpy(s.dst, data, 6);
	memcpy(s.src, data + 6, 6);
	s.kind = (enum ether_kind)(data[12] % 4);
	s.n_tags = data[13] % (TAGS + 1);
	s.ethertype = tag_load_be16(data + 14);
	s.pid = tag_load_be16(data + 16);
	memcpy(s.oui, data + 18, 3);
	s.min_len = data[21];
	s.trailer = data + FIELDS;
	s.trailer_len = data[22] % (TAGS * TAG_FIELDS);
	take_tags(data + FIELDS, tags, TAGS);
	s.payload = data + FIELDS + TAGS * TAG_FIELDS;
	s.payload_len = (uint32_t)(size - FIELDS - TAGS * TAG_FIELDS);
	room = s.payload_len + data[23];
	p = malloc(room);
	if (ether_build(&s, p, room, &len) == ETHER_BUILD_OK) {
		CHECK(len <= room);
		check(&s, p, len);
	}
	free(p);
	return 0;
}
