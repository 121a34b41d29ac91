/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Handlers for the tests of isolation, linked with burstline's main into a program of its own: its
 * table takes the place of the built-in one.
 *
 *     slow 0x88b6  works 10 ms on every frame, then drops it
 *     pause 0x88b8 works as many tenths of a millisecond as octet 14 says
 *     hang 0x88b7  works as many tenths of a second as octet 14 says, 255: forever
 */

#include <stddef.h>

#include <rte_cycles.h>

#include "handler.h"

extern const struct handler handler_arp;
extern const struct handler handler_icmp;
extern const struct handler handler_echo;

static void work_us(unsigned us)
{
	uint64_t end = rte_rdtsc() + rte_get_tsc_hz() / 1000000 * us;

	while (rte_rdtsc() < end)
		rte_pause();
}

static void work(unsigned ms)
{
	work_us(1000 * ms);
}

static void slow_burst(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	for (uint16_t i = 0; i < n; i++) {
		work(10);
		out_consume(out, pkts[i]);
	}
}

static void hang_burst(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	for (uint16_t i = 0; i < n; i++) {
		uint8_t tenths = rte_pktmbuf_mtod(pkts[i], const uint8_t *)[14];

		do
			work(100u * (tenths == 255 ? 1 : tenths));
		while (tenths == 255);
		out_consume(out, pkts[i]);
	}
}

static void pause_burst(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	for (uint16_t i = 0; i < n; i++) {
		work_us(100u * rte_pktmbuf_mtod(pkts[i], const uint8_t *)[14]);
		out_consume(out, pkts[i]);
	}
}

#define EVERYWHERE HANDLER_INLINE | HANDLER_CONTROL | HANDLER_LCORE | HANDLER_OWN

static const struct handler handler_slow = {.abi = HANDLER_ABI,
	.name = "slow",
	.ethertypes = {0x88b6},
	.n_ethertypes = 1,
	.places = EVERYWHERE,
	.place = HANDLER_OWN,
	.state_per_instance = true,
	.burst = slow_burst};

static const struct handler handler_hang = {.abi = HANDLER_ABI,
	.name = "hang",
	.ethertypes = {0x88b7},
	.n_ethertypes = 1,
	.places = EVERYWHERE,
	.place = HANDLER_OWN,
	.state_per_instance = true,
	.burst = hang_burst};

static const struct handler handler_pause = {.abi = HANDLER_ABI,
	.name = "pause",
	.ethertypes = {0x88b8},
	.n_ethertypes = 1,
	.places = EVERYWHERE,
	.place = HANDLER_OWN,
	.burst = pause_burst};

const struct handler *const handler_table[] = {
	&handler_arp,
	&handler_icmp,
	&handler_echo,
	&handler_slow,
	&handler_hang,
	&handler_pause,
	NULL,
};
