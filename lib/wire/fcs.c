/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FCS of flat frames. Called by blframe and, through fcs_mbuf.c, by ports whose frames carry an
 * FCS. Holds no state of its own; the choice of the arithmetic is rte_net_crc's, for the process.
 */

#include "wire/fcs.h"

#include <rte_log.h>
#include <rte_net_crc.h>
#include <rte_vect.h>

void fcs_init(void)
{
	// 0: EAL has not set a width. Left at that, rte_net_crc believes that there are no vectors.
	if (rte_vect_get_max_simd_bitwidth() == 0)
		rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_512);
	// It reports each instruction set that it does without.
	rte_log_set_level_pattern("lib.net", RTE_LOG_WARNING);
#ifdef RTE_ARCH_ARM64
	rte_net_crc_set_alg(RTE_NET_CRC_NEON);
#else
	rte_net_crc_set_alg(RTE_NET_CRC_AVX512); // or the best below it
#endif
}

uint32_t fcs_compute(const uint8_t *p, uint32_t len)
{
	return rte_net_crc_calc(p, len, RTE_NET_CRC32_ETH);
}

enum fcs_verdict fcs_check(const uint8_t *p, uint32_t len)
{
	if (len < FCS_LEN)
		return FCS_SHORT;
	len -= FCS_LEN;
	return fcs_compute(p, len) == fcs_load(p + len) ? FCS_OK : FCS_BAD;
}

void fcs_append(uint8_t *p, uint32_t len)
{
	fcs_store(p + len, fcs_compute(p, len));
}
