/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A handler outside the tree: sends frames of EtherType 0x88b5 back to whoever sent them.
 *
 *     cc -O2 -shared -fPIC $(pkg-config --cflags burstline-handler) -o hello.so hello.c
 *     install -o root -m 644 -D hello.so /usr/lib/burstline/plugins/hello.so
 *     handlers: [{name: hello, plugin: hello.so}]                    # in the configuration
 */

#include <burstline/handler.h>
#include <burstline/steer/frame.h>

static void hello_burst(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	for (uint16_t i = 0; i < n; i++) {
		frame_swap_addresses(pkts[i]);
		out_tx(out, pkts[i], pkts[i]->port);
	}
}

const struct handler burstline_handler = {
	.abi = HANDLER_ABI,
	.name = "hello",
	.ethertypes = {0x88b5},
	.n_ethertypes = 1,
	.places = HANDLER_INLINE | HANDLER_CONTROL | HANDLER_LCORE | HANDLER_OWN,
	.place = HANDLER_CONTROL,
	.state_per_instance = true,
	.burst = hello_burst,
};
