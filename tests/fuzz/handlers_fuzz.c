/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any frames to the handlers, whole and in two segments cut anywhere behind the L2 header: in
 * bounds (each ends before a guard page), each leaves by one exit, and the ledger balances
 * (handler_rig.h). First octet: which handler; then for each frame HEAD octets: its interface and
 * tags, where it is cut, how long it is.
 */

#include <stdlib.h>

#include "handler_rig.h"

enum { HEAD = 6, LEN_MAX = 2000, FRAMES_MAX = 64, TICK = 0x80 };

extern const struct handler handler_arp, handler_echo, handler_icmp, handler_lldp;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint16_t number(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static void receive(struct rig *r, const uint8_t *head, const uint8_t *bytes, uint16_t len)
{
	uint16_t l2_len = (uint16_t)(14 + 4 * (head[1] % 3)), tail;
	struct rte_mbuf *m;

	if (len < l2_len)
		return;
	m = rig_frame(r, head[0] % 3, l2_len, bytes, len, head[1] % 64);
	tail = (uint16_t)(number(head + 2) % (len - l2_len + 1));
	if (tail != 0)
		rig_split(r, m, tail);
	rig_burst(r, m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct handler *const handlers[] = {
		&handler_arp, &handler_icmp, &handler_lldp, &handler_echo};
	const struct handler *handler = size > 0 ? handlers[data[0] % 4] : NULL;
	size_t at = 1;
	struct rig *r;

	if (handler == NULL)
		return 0;
	r = rig_open_probing(handler, (data[0] & 4) != 0);
	if ((data[0] & 8) != 0)
		rig_move_to_bridge(r, 1);
	for (unsigned n = 0; n < FRAMES_MAX && size - at > HEAD; n++) {
		const uint8_t *head = data + at;
		size_t len = RTE_MIN(size - at - HEAD, number(head + 4) % LEN_MAX + 1u);

		if ((head[1] & TICK) != 0 && handler->tick != NULL)
			rig_tick(r, number(head + 2));
		receive(r, head, head + HEAD, (uint16_t)len);
		at += HEAD + len;
	}
	rig_close(r);
	return 0;
}
