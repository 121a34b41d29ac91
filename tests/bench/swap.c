/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plug-in of the bench's handler modes: swaps the MAC addresses of each frame and sends it
 * back, as testpmd's macswap does. compare.py loads it once for each EtherType of the traffic,
 * inline or behind a ring. It must not do more: what is measured is the way to a handler and back.
 */

#include "handler.h"
#include "steer/frame.h"

static void swap_burst(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	uint16_t run;

	for (uint16_t i = 0; i < n; i++)
		frame_swap_addresses(pkts[i]);
	for (uint16_t i = 0; i < n; i += run) {
		run = out_run(&pkts[i], n - i);
		out_tx_bulk(out, &pkts[i], run, pkts[i]->port);
	}
}

const struct handler burstline_handler = {
	.abi = HANDLER_ABI,
	.name = "swap",
	.ethertypes = {0x88b5}, // the configuration names others
	.n_ethertypes = 1,
	.places = HANDLER_INLINE | HANDLER_LCORE,
	.place = HANDLER_INLINE,
	.state_per_instance = true,
	.burst = swap_burst,
};
