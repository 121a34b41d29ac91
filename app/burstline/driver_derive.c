/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What follows from the MTU: frame sizes in the device string, the room an mbuf must have, the
 * longest frame that may be sent. Called by the plan and by the start-up, before any device exists;
 * looks at nothing but the device string. Sizes are octets without FCS.
 */

#include "driver.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver_device.h"

enum {
	HEADER = 14,
	TWO_TAGS = 8,
	TAG = 4,
	FCS = 4,
	PAGE = 4096,
	KIB = 1024,
	/* TPACKET_V2 puts the frame at octet 66 of a slot: 80, aligned, for the network header. */
	AF_PACKET_OVERHEAD = 66,
	AF_PACKET_ALIGN = 16,
	AF_PACKET_FRAMES = 512,
	MEMIF_BUFFER = 2048,
	MEMIF_BUFFER_MAX = 65535,
	XDP_HEADROOM = 256,      // octets of the room that the kernel keeps before a frame
	VHOST_MAX_QUEUES = 8,    // of net_virtio_user; also few enough for one port
	PCAP_MAX_FRAME = 0x3f00, // longer frames in several segments are cut (snapshot length)
	SOCKET_PATH_MAX = 108,
	FRAME_MAX = 65535
};

/** What one derivation works on. */
struct derivation {
	const char *device;
	unsigned mtu;
	char *derived;
	size_t size;
	unsigned room, max_frame;
	char *error;
	size_t error_size;
};

static unsigned round_up(unsigned n, unsigned to)
{
	return (n + to - 1) / to * to;
}

/** A number in the device string; `fallback` where absent. @return 0, or -1 with a sentence. */
static int number(const struct derivation *d, const char *key, unsigned fallback, unsigned *out)
{
	char value[16] = "", *end = value;
	size_t length;
	unsigned long n;

	*out = fallback;
	if (!driver_next_argument(d->device, key, &length))
		return 0;
	errno = 0;
	n = driver_argument(d->device, key, value, sizeof(value)) ? strtoul(value, &end, 10) : 0;
	if (errno || n == 0 || n > INT_MAX || *end || value[0] == '-')
		return driver_fail(d->error, d->error_size,
			"device %.*s: %s= must be a number above 0", (int)strcspn(d->device, ","),
			d->device, key);
	*out = n;
	return 0;
}

static int append(struct derivation *d, const char *key, unsigned value)
{
	size_t used = strlen(d->derived), length;
	int n;

	if (driver_next_argument(d->device, key, &length))
		return 0;
	n = snprintf(d->derived + used, d->size - used, ",%s=%u", key, value);
	if (n < 0 || used + n >= d->size)
		return driver_fail(d->error, d->error_size, "device string is too long");
	return 0;
}

static int af_packet_check(
	const struct derivation *d, unsigned need, unsigned frame, unsigned block, unsigned count)
{
	if (frame < need)
		return driver_fail(d->error, d->error_size,
			"net_af_packet: framesz=%u cuts frames of MTU %u: it needs %u or more",
			frame, d->mtu, round_up(need, AF_PACKET_ALIGN));
	if (frame % AF_PACKET_ALIGN)
		return driver_fail(d->error, d->error_size,
			"net_af_packet: framesz=%u must be a multiple of %d", frame,
			AF_PACKET_ALIGN);
	if (block % PAGE || block % frame)
		return driver_fail(d->error, d->error_size,
			"net_af_packet: blocksz=%u must be a multiple of the page (%d) and of "
			"framesz=%u",
			block, PAGE, frame);
	if (count % (block / frame))
		return driver_fail(d->error, d->error_size,
			"net_af_packet: framecnt=%u must be a multiple of the %u frames in a block",
			count, block / frame);
	return 0;
}

/** Slots of a KiB: a block is the least that is whole slots and whole pages. */
static unsigned af_packet_block(unsigned frame)
{
	unsigned block = frame;

	while (block % PAGE && block <= INT_MAX - frame)
		block += frame;
	return block;
}

/*
 * Frames up to the MTU with two tags. The driver copies what the kernel put into the slot without
 * looking at the mbuf, and sets the queue up only where a slot fits the room. On the way out the
 * kernel takes MTU + 14, and 4 more when the outermost tag is 0x8100 (driver_tag_room); what is
 * longer it drops without a word.
 */
static int derive_af_packet(struct derivation *d)
{
	unsigned need = d->mtu + HEADER + TWO_TAGS + AF_PACKET_OVERHEAD;
	unsigned fits = need <= 2 * KIB ? 2 * KIB : round_up(need, KIB);
	unsigned queues, frame, block, count;

	if (number(d, "qpairs", 1, &queues) < 0 || number(d, "framesz", fits, &frame) < 0)
		return -1;
	fits = frame % KIB ? frame < PAGE ? PAGE : frame : af_packet_block(frame);
	if (number(d, "blocksz", fits, &block) < 0 ||
		number(d, "framecnt", AF_PACKET_FRAMES, &count) < 0 ||
		af_packet_check(d, need, frame, block, count) < 0)
		return -1;
	if (append(d, "framesz", frame) < 0 || append(d, "blocksz", block) < 0 ||
		append(d, "framecnt", count) < 0)
		return -1;
	if (frame > d->room)
		d->room = frame;
	d->max_frame = d->mtu + HEADER;
	return 0;
}

/* Frames leave in chains of buffers, but arrive in one mbuf only where it holds a whole buffer. */
static int derive_memif(struct derivation *d)
{
	unsigned need = d->mtu + HEADER + TWO_TAGS, buffer;

	if (number(d, "bsize", need > MEMIF_BUFFER ? round_up(need, 64) : MEMIF_BUFFER, &buffer) <
		0)
		return -1;
	if (buffer > MEMIF_BUFFER_MAX)
		return driver_fail(d->error, d->error_size,
			"net_memif: bsize=%u is above %d: choose a smaller mtu", buffer,
			MEMIF_BUFFER_MAX);
	if (buffer < need)
		return driver_fail(d->error, d->error_size,
			"net_memif: bsize=%u is too small for MTU %u: it needs %u or more", buffer,
			d->mtu, need);
	if (buffer > d->room)
		d->room = buffer;
	d->max_frame = need;
	return append(d, "bsize", buffer);
}

/* The driver sets the length that it is told, whatever an mbuf holds. */
static int derive_null(struct derivation *d)
{
	unsigned size;

	d->max_frame = FRAME_MAX;
	if (number(d, "size", 64, &size) < 0)
		return -1;
	if (size <= d->room)
		return 0;
	return driver_fail(d->error, d->error_size,
		"net_null: size=%u is longer than the %u octets of an mbuf at MTU %u: raise mtu "
		"or lower size=",
		size, d->room, d->mtu);
}

/** net_pcap with an interface to send by. */
static bool sends_by_kernel(const char *device)
{
	size_t length;

	return driver_next_argument(device, "iface", &length) ||
	       driver_next_argument(device, "tx_iface", &length);
}

unsigned driver_tag_room(const struct driver *driver, const char *device)
{
	bool raw = strcmp(driver->prefix, "net_af_packet") == 0 ||
	           (strcmp(driver->prefix, "net_pcap") == 0 && sends_by_kernel(device));

	return raw ? TAG : 0;
}

/*
 * net_memif leaves the flag "goes on in the next buffer" on the first buffer of a frame that took
 * several: what is sent there later is joined to what follows. A frame must fit one buffer.
 */
unsigned driver_peer_buffer(const struct driver *driver, const char *device, unsigned max_frame)
{
	char role[16];

	if (strcmp(driver->prefix, "net_memif") != 0 || max_frame <= MEMIF_BUFFER ||
		!driver_argument(device, "role", role, sizeof(role)) ||
		(strcmp(role, "server") != 0 && strcmp(role, "master") != 0))
		return 0;
	return MEMIF_BUFFER;
}

/* `key=` has to be there. */
static int needs(const struct derivation *d, const char *key, const char *what)
{
	size_t length;

	if (driver_next_argument(d->device, key, &length) && length > 0)
		return length < SOCKET_PATH_MAX
		               ? 0
		               : driver_fail(d->error, d->error_size,
					 "device %.*s: %s= is longer than %d characters",
					 (int)strcspn(d->device, ","), d->device, key,
					 SOCKET_PATH_MAX - 1);
	return driver_fail(d->error, d->error_size, "device %.*s needs %s",
		(int)strcspn(d->device, ","), d->device, what);
}

/*
 * The driver checks no length: a longer frame would be written over the next mbuf. The kernel
 * sends MTU + 14 octets, and 4 more for a tag.
 */
static int derive_af_xdp(struct derivation *d, unsigned max_mtu)
{
	unsigned queues;

	if (needs(d, "iface", "the name of an interface: iface=NAME") < 0 ||
		number(d, "queue_count", 1, &queues) < 0)
		return -1;
	if (d->mtu > max_mtu)
		return driver_fail(d->error, d->error_size,
			"net_af_xdp takes no MTU above %u (found %u): a frame must fit a page",
			max_mtu, d->mtu);
	d->room = round_up(d->mtu + HEADER + TWO_TAGS + XDP_HEADROOM, 64);
	if (d->room < DRIVER_MIN_ROOM)
		d->room = DRIVER_MIN_ROOM;
	d->max_frame = d->mtu + HEADER + TAG;
	return 0;
}

static int derive_vhost(struct derivation *d)
{
	unsigned queues;

	return needs(d, "iface", "the path of a socket: iface=/run/NAME.sock") < 0
	               ? -1
	               : number(d, "queues", 1, &queues);
}

static int derive_virtio_user(struct derivation *d, unsigned max_mtu)
{
	unsigned queues, size;
	char server[8] = "0";

	driver_argument(d->device, "server", server, sizeof(server));
	if (strcmp(server, "0") != 0)
		return driver_fail(d->error, d->error_size,
			"net_virtio_user: server=%s makes the driver wait for a peer before "
			"anything else can go on: let the other end serve (net_vhost without "
			"client=1)",
			server);
	if (needs(d, "path", "the path of a socket: path=/run/NAME.sock") < 0 ||
		number(d, "queues", 1, &queues) < 0 || number(d, "queue_size", 256, &size) < 0)
		return -1;
	if (queues > VHOST_MAX_QUEUES)
		return driver_fail(d->error, d->error_size,
			"net_virtio_user: queues=%u is above %d", queues, VHOST_MAX_QUEUES);
	if ((size & (size - 1)) != 0)
		return driver_fail(d->error, d->error_size,
			"net_virtio_user: queue_size=%u must be a power of two", size);
	if (d->mtu > max_mtu)
		return driver_fail(d->error, d->error_size,
			"net_virtio_user takes no MTU above %u (found %u)", max_mtu, d->mtu);
	return 0;
}

static int derive_pcap(struct derivation *d)
{
	size_t length;

	d->max_frame = PCAP_MAX_FRAME;
	if (sends_by_kernel(d->device))
		d->max_frame = d->mtu + HEADER;
	if (!driver_next_argument(d->device, "iface", &length) &&
		!driver_next_argument(d->device, "rx_pcap", &length) &&
		!driver_next_argument(d->device, "tx_pcap", &length) &&
		!driver_next_argument(d->device, "rx_iface", &length) &&
		!driver_next_argument(d->device, "rx_iface_in", &length) &&
		!driver_next_argument(d->device, "tx_iface", &length))
		return driver_fail(d->error, d->error_size,
			"net_pcap needs a file or an interface: rx_pcap=, tx_pcap= or iface=");
	return 0;
}

int driver_derive(const struct driver *driver, const char *device, unsigned mtu, char *derived,
	size_t derived_size, unsigned *data_room, unsigned *max_frame, char *error,
	size_t error_size)
{
	struct derivation d = {device, mtu, derived, derived_size, DRIVER_MIN_ROOM,
		mtu + HEADER + TWO_TAGS, error, error_size};
	unsigned whole = d.max_frame + FCS; // NICs put the FCS into the buffer before they cut it
	size_t length;
	int rc = 0;

	error[0] = '\0';
	if (snprintf(derived, derived_size, "%s", device) >= (int)derived_size)
		return driver_fail(error, error_size, "device string is too long");
	if (whole > d.room)
		d.room = round_up(whole, 1024); // NICs count their buffers in KiB
	if (strcmp(driver->prefix, "net_af_packet") == 0)
		rc = derive_af_packet(&d);
	else if (strcmp(driver->prefix, "net_memif") == 0)
		rc = derive_memif(&d);
	else if (strcmp(driver->prefix, "net_af_xdp") == 0)
		rc = derive_af_xdp(&d, driver->max_mtu);
	else if (strcmp(driver->prefix, "net_vhost") == 0)
		rc = derive_vhost(&d);
	else if (strcmp(driver->prefix, "net_virtio_user") == 0)
		rc = derive_virtio_user(&d, driver->max_mtu);
	else if (strcmp(driver->prefix, "net_pcap") == 0)
		rc = derive_pcap(&d);
	else if (strcmp(driver->prefix, "net_null") == 0)
		rc = derive_null(&d);
	else if (strcmp(driver->prefix, "net_ring") == 0)
		d.max_frame = FRAME_MAX;
	else if (strcmp(driver->prefix, "net_tap") == 0 && mtu > driver->max_mtu)
		rc = driver_fail(error, error_size,
			"net_tap takes no MTU above %u (found %u): its transmit stops for good at "
			"a longer frame; for jumbo frames use net_af_packet on a veth",
			driver->max_mtu, mtu);
	if (rc == 0 && strcmp(driver->prefix, "net_af_packet") == 0 &&
		!driver_next_argument(device, "iface", &length))
		rc = driver_fail(error, error_size,
			"net_af_packet needs the name of an interface: iface=NAME");
	*data_room = d.room;
	*max_frame = d.max_frame;
	return rc;
}

unsigned driver_rx_cut(const struct driver *driver, const char *derived)
{
	char value[16];

	if (strcmp(driver->prefix, "net_af_packet") != 0 ||
		!driver_argument(derived, "framesz", value, sizeof(value)))
		return 0;
	return (unsigned)strtoul(value, NULL, 10) - AF_PACKET_OVERHEAD;
}
