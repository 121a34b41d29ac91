/* SPDX-License-Identifier: BSD-3-Clause */
/* The echo handler, frame by frame. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "handler_rig.h"

extern const struct handler handler_echo;

// destination, source, a tag, EtherType, data
static const uint8_t asked[23] = {2, 0, 0, 0, 0, 0x99, 2, 0, 0, 0, 0, 0x66, 0x81, 0, 0xe0, 10, 0xcc,
	0xcc, 'h', 'e', 'l', 'l', 'o'};

static void unicast_comes_back_with_addresses_swapped(void **state)
{
	struct rig *r = rig_open(&handler_echo);
	const uint8_t *p;

	rig_burst(r, rig_frame(r, 2, 18, asked, sizeof(asked), 0));
	assert_int_equal(r->n_sent, 1);
	assert_int_equal(r->sent[0].port, 1);
	assert_int_equal(r->sent[0].m->pkt_len, sizeof(asked));
	p = rte_pktmbuf_mtod(r->sent[0].m, uint8_t *);
	assert_memory_equal(p, asked + 6, 6);
	assert_memory_equal(p + 6, asked, 6);
	assert_memory_equal(p + 12, asked + 12, sizeof(asked) - 12);
	rig_close(r);
}

static void broadcast_is_answered_by_the_port(void **state)
{
	struct rig *r = rig_open(&handler_echo);
	uint8_t frame[sizeof(asked)];
	const uint8_t *p;

	memcpy(frame, asked, sizeof(frame));
	memcpy(frame, rig_broadcast, 6);
	rig_burst(r, rig_frame(r, OUT_IFACE_NONE, 18, frame, sizeof(frame), 0));
	assert_int_equal(r->n_sent, 1);
	p = rte_pktmbuf_mtod(r->sent[0].m, uint8_t *);
	assert_memory_equal(p, asked + 6, 6);
	assert_memory_equal(p + 6, rig_mac[0], 6);
	rig_close(r);
}

static void what_came_by_no_port_is_answered_through_the_interface(void **state)
{
	struct rig *r = rig_open(&handler_echo);
	struct rte_mbuf *m = rig_frame(r, 2, 18, asked, sizeof(asked), 0);

	rig_as_made(r, m);
	rig_burst(r, m);
	assert_int_equal(r->n_sent, 1);
	assert_int_equal(r->sent[0].iface, 2);
	assert_int_equal(r->sent[0].m->pkt_len, sizeof(asked) - 4); // the interface has the tags
	rig_close(r);
}

static void a_group_is_answered_by_the_interface_if_there_is_one(void **state)
{
	struct rig *r = rig_open(&handler_echo);
	uint8_t frame[sizeof(asked)];

	r->ifaces.iface[1].mac[5] = 0x77; // its own, not the port's
	memcpy(frame, asked, sizeof(frame));
	frame[0] = 3;
	rig_burst(r, rig_frame(r, 1, 18, frame, sizeof(frame), 0));
	assert_int_equal(r->n_sent, 1);
	assert_memory_equal(
		rte_pktmbuf_mtod(r->sent[0].m, uint8_t *) + 6, r->ifaces.iface[1].mac, 6);
	rig_close(r);
}

/** `asked` to `dst` from `src` is dropped. */
static void is_dropped(const uint8_t dst[6], const uint8_t src[6])
{
	struct rig *r = rig_open(&handler_echo);
	uint8_t frame[sizeof(asked)];

	memcpy(frame, asked, sizeof(frame));
	memcpy(frame, dst, 6);
	memcpy(frame + 6, src, 6);
	rig_burst(r, rig_frame(r, OUT_IFACE_NONE, 18, frame, sizeof(frame), 0));
	assert_int_equal(r->n_sent, 0);
	assert_int_equal(rig_drops(r, DROP_HANDLER), 1);
	rig_close(r);
}

static void who_is_no_station_is_not_answered(void **state)
{
	static const uint8_t zero[6], group[6] = {3, 0, 0, 0, 0, 0x66};

	is_dropped(rig_mac[0], rig_broadcast);
	is_dropped(rig_mac[0], group);
	is_dropped(rig_mac[0], zero);
	is_dropped(rig_broadcast, zero);
}

static void our_own_frames_are_not_answered(void **state)
{
	is_dropped(rig_mac[0], rig_mac[0]);
	is_dropped(rig_broadcast, rig_mac[0]);
}

static void init_refuses_to_run_without_the_ports_addresses(void **state)
{
	struct handler_env env = {0};
	void *s = NULL;

	assert_true(handler_echo.init(&s, &env) < 0);
	assert_null(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unicast_comes_back_with_addresses_swapped),
		cmocka_unit_test(broadcast_is_answered_by_the_port),
		cmocka_unit_test(what_came_by_no_port_is_answered_through_the_interface),
		cmocka_unit_test(a_group_is_answered_by_the_interface_if_there_is_one),
		cmocka_unit_test(who_is_no_station_is_not_answered),
		cmocka_unit_test(our_own_frames_are_not_answered),
		cmocka_unit_test(init_refuses_to_run_without_the_ports_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
