/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sends every frame of EtherType 0xcccc back by the port it came from, addresses swapped, tags,
 * payload and padding as they are: the smallest handler there is, and the model for others. Two
 * stations that both do this play ping-pong with a frame, so it must be configured to run.
 *
 * - To a group: answered from the address of the interface whose tags the frame has, else from the
 *   port's own.
 * - From a group, from nobody (zero), or from the address that would answer, so looped or forged:
 *   dropped. The answer to the last would come back by the same loop for ever.
 */

#include <errno.h>
#include <string.h>

#include "handler.h"
#include "steer/answer.h"

static int echo_init(void **state, const struct handler_env *env)
{
	if (env->port_mac == NULL)
		return -EINVAL;
	*state = (void *)env; // all it needs, and it stays valid
	return 0;
}

static const uint8_t *own_address(const struct handler_env *env, const struct rte_mbuf *m)
{
	uint16_t iface = frame_meta(m).iface;

	return iface < env->ifaces->n ? env->ifaces->iface[iface].mac : env->port_mac[m->port];
}

// A frame that a handler of ours made.
static __rte_noinline void answer_made(struct out *out, struct rte_mbuf *m)
{
	struct frame_meta meta = frame_meta(m);

	answer_port(out, m, meta.iface, meta.l2_len, RTE_MBUF_PORT_INVALID);
}

static void echo_burst(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	const struct handler_env *env = state;

	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		uint8_t *dst = rte_pktmbuf_mtod(m, uint8_t *), *src = dst + 6;
		uint8_t us[6];

		memcpy(us, (dst[0] & 1) == 0 ? dst : own_address(env, m), sizeof(us));
		if (!frame_is_station(src) || memcmp(src, us, sizeof(us)) == 0) {
			out_drop(out, m, DROP_HANDLER);
			continue;
		}
		memcpy(dst, src, sizeof(us));
		memcpy(src, us, sizeof(us));
		if (unlikely(m->port == RTE_MBUF_PORT_INVALID))
			answer_made(out, m);
		else
			out_tx(out, m, m->port);
	}
}

const struct handler handler_echo = {
	.abi = HANDLER_ABI,
	.name = "echo",
	.ethertypes = {0xcccc},
	.n_ethertypes = 1,
	.places = HANDLER_INLINE | HANDLER_CONTROL | HANDLER_LCORE | HANDLER_OWN,
	.place = HANDLER_INLINE,
	.state_per_instance = true,
	.init = echo_init,
	.burst = echo_burst,
};
