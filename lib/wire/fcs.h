/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_FCS_H
#define WIRE_FCS_H

/**
 * @file
 * The frame check sequence: CRC-32, reflected, initial value and final XOR FFFFFFFF, sent least
 * significant octet first (IEEE 802.3 3.2.9). It covers everything before it, padding included, so
 * it is made last: after tags, checksums and padding.
 *
 * NICs normally strip it: only ports and files that say so carry one. The arithmetic is
 * rte_net_crc's, which runs without EAL.
 */

#include <stdbool.h>
#include <stdint.h>

enum { FCS_LEN = 4 };

enum fcs_verdict {
	FCS_OK,
	FCS_BAD,
	FCS_SHORT // under 4 octets: there is none
};

/**
 * Choose the fastest arithmetic of this CPU. Once, before any other call here and before threads;
 * where EAL runs, after rte_eal_init(), and within the vector width that EAL was given. Without it
 * rte_net_crc stays correct, but in a program without EAL scalar and slow.
 */
void fcs_init(void);

/** The FCS of `len` octets, as a number. */
uint32_t fcs_compute(const uint8_t *p, uint32_t len);

/** Write an FCS as it goes onto the wire. */
static inline void fcs_store(uint8_t *p, uint32_t fcs)
{
	for (unsigned i = 0; i < FCS_LEN; i++)
		p[i] = (uint8_t)(fcs >> 8 * i);
}

/** Read one. */
static inline uint32_t fcs_load(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/** Does the frame end in its FCS? `len` counts it. */
enum fcs_verdict fcs_check(const uint8_t *p, uint32_t len);

/** Write the FCS of `len` octets behind them, where 4 octets must be free. */
void fcs_append(uint8_t *p, uint32_t len);

#endif
