/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DEVICE_H
#define DEVICE_H

/**
 * @file
 * A network device that frames are read from and written to: an interface of the kernel through
 * AF_PACKET ("eth0"), or the far end of a TAP device ("tap:bl0"). One thread.
 *
 * Frames are whole: from the destination address on, all tags in their octets, no FCS.
 */

#include <net/if.h>
#include <stdint.h>

enum { DEVICE_FRAME_MAX = 1 << 19 }; // the kernel hands up frames far beyond the MTU (GSO, GRO)

struct device;

struct device_ops {
	int64_t (*read)(struct device *d, uint8_t *frame, uint32_t room);
	int (*write)(struct device *d, const uint8_t *frame, uint32_t len);
};

struct device {
	const struct device_ops *ops;
	int fd;
	char name[IFNAMSIZ];
	uint8_t address[6]; // that we speak from
	uint32_t mtu;
};

/** Open "eth0" or "tap:bl0" (made if it does not exist). @return EXIT_OK, or EXIT_BAD with a
 *  message that names a missing capability. */
int device_open(struct device *d, const char *name);

/**
 * Read a frame that came in; our own are not seen.
 *
 * @param room octets at `frame`: DEVICE_FRAME_MAX is enough for every frame.
 * @return its length; 0 after `timeout_ms` without one or on a signal; -1 with a message.
 */
int64_t device_read(struct device *d, uint8_t *frame, uint32_t room, int timeout_ms);

/** Write a frame. @return EXIT_OK, or EXIT_BAD (too long for the MTU) or EXIT_FAILED, with a
 *  message. */
int device_write(struct device *d, const uint8_t *frame, uint32_t len);

void device_close(struct device *d);

// The backends: open them, d->name being set.
int device_packet_open(struct device *d);
int device_tap_open(struct device *d);

/** Ask the kernel for address, MTU and flags of d->name, on any socket. @return EXIT_OK, or
 *  EXIT_BAD with a message (no such interface, not Ethernet). */
int device_describe(struct device *d, int sock, unsigned *flags);

#endif
