/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames answered in place: exchange of the MAC addresses, in any segmentation (E7). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "steer/frame.h"

#include "fence.h"
#include "segments.h"

enum { LEN_MAX = 64 };

static void fill(uint8_t *frame)
{
	for (unsigned i = 0; i < LEN_MAX; i++)
		frame[i] = (uint8_t)(0x10 + i);
}

// What octet i of fill() is after the exchange.
static uint8_t expected(unsigned i)
{
	return (uint8_t)(0x10 + (i < 6 ? i + 6 : i < 12 ? i - 6 : i));
}

static void addresses_are_exchanged_and_nothing_else_is_touched(void **state)
{
	uint8_t frame[LEN_MAX];

	fill(frame);
	for (uint16_t len = 12; len <= LEN_MAX; len++) {
		uint8_t *p = fence_put(frame, len);
		struct rte_mbuf m = {.buf_addr = p, .data_len = len, .pkt_len = len, .nb_segs = 1};

		frame_swap_addresses(&m);
		for (unsigned i = 0; i < len; i++)
			assert_int_equal(p[i], expected(i));
	}
}

static void addresses_cut_anywhere_are_exchanged(void **state)
{
	uint8_t frame[LEN_MAX], now[LEN_MAX];

	fill(frame);
	for (uint32_t first = 0; first <= 20; first++) {
		for (uint32_t cut = 1; cut <= 20; cut++) {
			struct rte_mbuf *m = segments(frame, LEN_MAX, first, cut);
			const uint8_t *p;

			frame_swap_addresses(m);
			p = rte_pktmbuf_read(m, 0, LEN_MAX, now);
			for (unsigned i = 0; i < LEN_MAX; i++)
				assert_int_equal(p[i], expected(i));
		}
	}
}

static void a_frame_without_both_addresses_stays_as_it_is(void **state)
{
	uint8_t frame[LEN_MAX];

	fill(frame);
	for (uint16_t len = 0; len < 12; len++) {
		uint8_t *p = fence_put(frame, len);
		struct rte_mbuf m = {.buf_addr = p, .data_len = len, .pkt_len = len, .nb_segs = 1};

		frame_swap_addresses(&m);
		assert_memory_equal(p, frame, len);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_exchanged_and_nothing_else_is_touched),
		cmocka_unit_test(addresses_cut_anywhere_are_exchanged),
		cmocka_unit_test(a_frame_without_both_addresses_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
