/* SPDX-License-Identifier: BSD-3-Clause */
/* See pcapng.h. Called by the thread that writes a capture; must not do I/O. */

#include <stdbool.h>
#include <string.h>

#include "capture/pcapng.h"

enum block {
	BLOCK_INTERFACE = 1,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a
};

enum {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	SECTION_APPLICATION = 4,
	INTERFACE_NAME = 2,
	INTERFACE_RESOLUTION = 9,
	PACKET_FLAGS = 2,
	STATISTICS_START = 2,
	STATISTICS_END = 3,
	STATISTICS_DROPPED = 5,
	STATISTICS_DELIVERED = 8,

	LINK_ETHERNET = 1,
	NANOSECONDS = 9 // 10^-9
};

/** A block that is being written; `full`: it did not fit. */
struct block_writer {
	uint8_t *to;
	size_t room, n;
	bool full;
};

static void put(struct block_writer *w, const void *octets, size_t n)
{
	static const uint8_t zeros[4];
	size_t padding = -n & 3;

	if (w->full || w->room - w->n < n + padding) {
		w->full = true;
		return;
	}
	if (n != 0)
		memcpy(w->to + w->n, octets, n);
	memcpy(w->to + w->n + n, zeros, padding);
	w->n += n + padding;
}

static void put_u32(struct block_writer *w, uint32_t value)
{
	put(w, &value, sizeof(value));
}

static void put_u16s(struct block_writer *w, uint16_t first, uint16_t second)
{
	uint16_t both[2] = {first, second};

	put(w, both, sizeof(both));
}

// Times are two words, the high one first, whatever the byte order is (section 4.3).
static void put_time(struct block_writer *w, uint64_t ns)
{
	put_u32(w, (uint32_t)(ns >> 32));
	put_u32(w, (uint32_t)ns);
}

static void put_option(struct block_writer *w, uint16_t code, const void *value, size_t n)
{
	put_u16s(w, code, (uint16_t)n);
	put(w, value, n);
}

static void put_text(struct block_writer *w, uint16_t code, const char *text)
{
	put_option(w, code, text, strnlen(text, PCAPNG_TEXT_MAX));
}

static struct block_writer begin(uint8_t *to, size_t room, uint32_t type)
{
	struct block_writer w = {.to = to, .room = room};

	put_u32(&w, type);
	put_u32(&w, 0); // its length, when it is known
	return w;
}

static size_t end(struct block_writer *w)
{
	uint32_t length = (uint32_t)w->n + 4;

	put_u32(w, length);
	if (w->full)
		return 0;
	memcpy(w->to + 4, &length, sizeof(length));
	return length;
}

size_t pcapng_section(uint8_t *to, size_t room, const char *application)
{
	struct block_writer w = begin(to, room, BLOCK_SECTION);

	put_u32(&w, 0x1a2b3c4d); // tells the byte order
	put_u16s(&w, 1, 0);      // version
	put_u32(&w, UINT32_MAX); // the section's length is not known
	put_u32(&w, UINT32_MAX);
	put_text(&w, SECTION_APPLICATION, application);
	put_option(&w, OPTION_END, NULL, 0);
	return end(&w);
}

size_t pcapng_interface(uint8_t *to, size_t room, const char *name, uint32_t snaplen)
{
	struct block_writer w = begin(to, room, BLOCK_INTERFACE);
	const uint8_t resolution = NANOSECONDS;

	put_u16s(&w, LINK_ETHERNET, 0);
	put_u32(&w, snaplen);
	put_text(&w, INTERFACE_NAME, name);
	put_option(&w, INTERFACE_RESOLUTION, &resolution, 1);
	put_option(&w, OPTION_END, NULL, 0);
	return end(&w);
}

size_t pcapng_packet(uint8_t *to, size_t room, const struct pcapng_packet *packet)
{
	struct block_writer w = begin(to, room, BLOCK_PACKET);
	uint32_t flags = packet->direction;

	put_u32(&w, packet->interface);
	put_time(&w, packet->ns);
	put_u32(&w, packet->captured);
	put_u32(&w, packet->length);
	put(&w, packet->octets, packet->captured);
	if (packet->comment != NULL)
		put_text(&w, OPTION_COMMENT, packet->comment);
	put_option(&w, PACKET_FLAGS, &flags, sizeof(flags));
	put_option(&w, OPTION_END, NULL, 0);
	return end(&w);
}

static void put_time_option(struct block_writer *w, uint16_t code, uint64_t ns)
{
	put_u16s(w, code, sizeof(ns));
	put_time(w, ns);
}

size_t pcapng_statistics(uint8_t *to, size_t room, const struct pcapng_statistics *statistics)
{
	struct block_writer w = begin(to, room, BLOCK_STATISTICS);

	put_u32(&w, statistics->interface);
	put_time(&w, statistics->end_ns);
	put_time_option(&w, STATISTICS_START, statistics->start_ns);
	put_time_option(&w, STATISTICS_END, statistics->end_ns);
	put_option(&w, STATISTICS_DROPPED, &statistics->missed, sizeof(uint64_t));
	put_option(&w, STATISTICS_DELIVERED, &statistics->recorded, sizeof(uint64_t));
	put_option(&w, OPTION_END, NULL, 0);
	return end(&w);
}
