/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVER_H
#define DRIVER_H

/**
 * @file
 * What each DPDK driver is like: the facts that DPDK does not tell, or tells wrong, and the
 * arguments that follow from the MTU. Tried on DPDK 22.11.11. No EAL.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct driver {
	const char *prefix;    // of the device string, "net_tap"; "" for PCI devices
	const char *arguments; // those it takes, each between spaces; NULL: not checked (PCI)
	bool is_pci;
	bool own_link;        // link state is to be believed; else rtnetlink's (net_af_packet)
	bool kernel_iface;    // `iface=` names an interface of the kernel
	bool pairs_queues;    // as many RX as TX queues (net_tap)
	bool stamp_port;      // does not set mbuf->port (net_ring)
	bool tag_loss;        // outer tags come back as 0x8100 (net_af_packet)
	bool linear;          // gets neither shared nor chained mbufs (net_ring hands them on)
	bool chains_rx;       // a frame longer than an mbuf arrives in several, unasked
	bool flat_tx;         // sends the first mbuf of a chain only
	bool holds_rx;        // one mbuf of the pool for each RX descriptor
	bool holds_tx;        // mbufs stay on TX descriptors until the device is done with them
	bool fixed_queues;    // every queue of the device string gets frames: all must be polled
	bool kernel_shares;   // the kernel sees every frame too, and its MTU cuts (net_af_packet)
	bool opens_once;      // an interface that was closed must be made anew (net_af_xdp)
	bool sets_mtu;        // the MTU can be set through ethdev, up to max_mtu
	bool keeps_capture;   // keeps the frames of rx_pcap= in our pool (net_pcap infinite_rx)
	bool umem;            // the kernel maps its pool: one piece, no other's (net_af_xdp)
	bool asks_peer;       // its start, and its end, wait for what a server answers
	bool shares_memory;   // a peer maps all our memory by file descriptors (net_virtio_user)
	unsigned kept_rx;     // mbufs of each RX queue that are not given back when it is closed
	unsigned kept_tx;     // mbufs of each TX queue besides those on its descriptors
	unsigned max_queues;  // where the device string says no more; 0: unknown (PCI)
	unsigned auto_queues; // what `auto` stops at; 0: no limit (net_memif: both ends must agree)
	unsigned max_mtu;     // largest that ethdev lets us set; 0: unknown
	unsigned rx_descriptors, tx_descriptors; // what `auto` means
	unsigned default_mtu;
};

/** Lowest data room of any pool, without headroom: the drivers' usual buffer. */
enum { DRIVER_MIN_ROOM = 2048 };

/** The driver of a device string, or NULL with a sentence in `error` (unknown virtual device, or
 *  an argument that its driver does not take). */
const struct driver *driver_find(const char *device, char *error, size_t error_size);

/** Queues that the device string offers: qpairs=, number of rx_pcap=, ...; 0 means unknown (PCI).
 */
unsigned driver_rx_queues(const struct driver *driver, const char *device);
unsigned driver_tx_queues(const struct driver *driver, const char *device);

/** Octets by which a frame may be longer than max_frame when its outermost tag is 0x8100: where the
 *  kernel sends, by its rule for raw sockets; 0 elsewhere. */
unsigned driver_tag_room(const struct driver *driver, const char *device);

/** The kernel's interface behind a device string, copied; false where there is none. */
bool driver_interface(const struct driver *driver, const char *device, char *name, size_t size);

/** Octets of a buffer that the peer may have without telling, shorter than frames of this length,
 *  which the driver then garbles (net_memif, role=server: the client makes the buffers); 0: no. */
unsigned driver_peer_buffer(const struct driver *driver, const char *device, unsigned max_frame);

/** Descriptors of each queue while the configuration says nothing: of the device string
 *  (net_virtio_user queue_size=), else of the driver. */
unsigned driver_rx_descriptors(const struct driver *driver, const char *device);
unsigned driver_tx_descriptors(const struct driver *driver, const char *device);

/** The Unix socket by which driver and peer meet. */
struct driver_socket {
	char path[108];
	bool serves;    // the driver makes it, and peers connect to it
	bool seqpacket; // SOCK_SEQPACKET (net_memif), else SOCK_STREAM
};

/** False when the driver has none, or one without a file. */
bool driver_socket(const struct driver *driver, const char *device, struct driver_socket *s);

/** Value of the first `key=` in a device string, copied; false when absent or too long. */
bool driver_argument(const char *device, const char *key, char *value, size_t size);

/** Frames that the driver keeps in the application's pool for good (all rx_pcap files, counted). */
int driver_kept_frames(const struct driver *driver, const char *device, uint64_t *frames,
	char *error, size_t error_size);

/** A received frame of so many octets (without the tag that the driver put back) or more may have
 *  been cut; 0: the driver cuts none. From the derived device string. */
unsigned driver_rx_cut(const struct driver *driver, const char *derived);

/**
 * The device string with the arguments that the MTU asks for (net_af_packet: framesz, blocksz,
 * framecnt; net_memif: bsize), or an error when given ones contradict it.
 *
 * @param mtu        payload octets, not 0.
 * @param data_room  set: octets an mbuf must hold (without headroom) so that nothing is cut or
 *                   overrun.
 * @param max_frame  set: longest frame that tx may be given, octets without FCS.
 */
int driver_derive(const struct driver *driver, const char *device, unsigned mtu, char *derived,
	size_t derived_size, unsigned *data_room, unsigned *max_frame, char *error,
	size_t error_size);

#endif
