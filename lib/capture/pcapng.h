/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CAPTURE_PCAPNG_H
#define CAPTURE_PCAPNG_H

/**
 * @file
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng, sections 4.1 to 4.6), written into memory.
 *
 * Each function writes one whole block at `to` in the host's byte order, which the section header
 * tells, and returns its octets; 0 when `room` is too small, and nothing counts as written then.
 * Pure: any thread. Times are nanoseconds since 1970.
 */

#include <stddef.h>
#include <stdint.h>

enum { PCAPNG_TEXT_MAX = 256 }; // octets of a name or comment that are kept

/** Flags of a packet, bits 0 and 1 of epb_flags. */
enum pcapng_direction { PCAPNG_UNKNOWN, PCAPNG_IN, PCAPNG_OUT };

struct pcapng_packet {
	uint32_t interface; // as many interface blocks came before this one's
	uint64_t ns;
	uint32_t captured, length; // octets that are here, and that the frame had
	const uint8_t *octets;
	enum pcapng_direction direction;
	const char *comment; // NULL: none
};

/** The counts of one interface. */
struct pcapng_statistics {
	uint32_t interface;
	uint64_t start_ns, end_ns;
	uint64_t recorded, missed;
};

/** A section's header; first of all. @param application names who writes. */
size_t pcapng_section(uint8_t *to, size_t room, const char *application);

/** An Ethernet interface; the first one is number 0. */
size_t pcapng_interface(uint8_t *to, size_t room, const char *name, uint32_t snaplen);

size_t pcapng_packet(uint8_t *to, size_t room, const struct pcapng_packet *packet);

size_t pcapng_statistics(uint8_t *to, size_t room, const struct pcapng_statistics *statistics);

#endif
