/* SPDX-License-Identifier: BSD-3-Clause */
/* Parse of any octets, flat and in segments: in bounds, consistent, the same for both, and what
 * parses is built again octet by octet. First octet: TPIDs; second: where the segments are cut. */

#include <stdlib.h>
#include <string.h>

#include "wire/ether_build.h"
#include "wire/ether_mbuf.h"

#include "segments.h"

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void build_again(const uint8_t *p, uint32_t len, const struct ether *e)
{
	struct ether_tag *tags = malloc((e->n_tags + 1) * sizeof(*tags));
	uint8_t *again = malloc(len);
	struct ether_spec s;
	uint32_t len2;

	ether_describe(p, e, tags, &s);
	if (e->flags & ETHER_VID_IS_RESERVED) {
		CHECK(ether_build(&s, again, len, &len2) == ETHER_BUILD_VID);
	} else {
		CHECK(ether_build(&s, again, len, &len2) == ETHER_BUILD_OK);
		CHECK(len2 == len && memcmp(again, p, len) == 0);
	}
	free(again);
	free(tags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ether e, cut;
	enum ether_error error, cut_error;
	uint32_t len;

	if (size < 2 || size > 10000)
		return 0;
	len = (uint32_t)size - 2;
	error = ether_parse(data + 2, len, data[0], &e);
	if (error == ETHER_OK) {
		CHECK(e.payload_offset >= ETHER_HEADER_LEN && e.payload_offset <= len);
		CHECK(e.payload_offset + e.payload_len + e.pad_len == len);
		CHECK(e.n_tags <= (len - ETHER_HEADER_LEN) / ETHER_TAG_LEN);
		for (uint32_t i = 0; i < e.n_tags; i++)
			CHECK(ether_is_tpid(ether_tag(data + 2, i).tpid, data[0]));
		CHECK((e.ethertype != 0) || e.kind != ETHER_ETHERNET2);
		build_again(data + 2, len, &e);
	}
	if (len == 0)
		return 0;
	cut_error = ether_parse_mbuf(
		segments(data + 2, len, data[1] % 32 + 1u, data[1] / 32u * 6 + 5), data[0], &cut);
	CHECK(cut_error == error);
	CHECK(error != ETHER_OK || memcmp(&cut, &e, sizeof(e)) == 0);
	return 0;
}
