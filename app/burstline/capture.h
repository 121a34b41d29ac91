/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CAPTURE_H
#define CAPTURE_H

/**
 * @file
 * Capture: frames as they are received, sent or dropped, as pcapng to an open file, pipe or socket.
 *
 *     lanes ── record (capture_lane.h) ──► a ring of octets each ──► the session's thread ──► fd
 *
 * A session hangs from the view: without one a lane asks nothing. Lanes never wait: what finds its
 * ring full is counted as missed. One session at a time. Management thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pcap/pcap.h>

struct instance;
struct view;

/** Places where frames are taken; a bit set. */
enum capture_at {
	CAPTURE_RX = 1u << 0,  // as received: tags in the bytes, no FCS
	CAPTURE_TX = 1u << 1,  // as the driver took them
	CAPTURE_DROP = 1u << 2 // as they were when they were dropped
};

enum { CAPTURE_SNAPLEN = 65536, CAPTURE_FILTER_MAX = 2048 }; // octets; instructions

/** What to capture. */
struct capture_request {
	unsigned at;      // bit set
	const char *port; // ingress of received and dropped frames, egress of sent ones; NULL: all
	const char *reason;        // of drops; NULL: all
	struct bpf_program filter; // on the bytes; copied. bf_len 0: all (capture_filter.h)
	uint32_t snaplen;          // octets kept of a frame; 0: CAPTURE_SNAPLEN
	uint64_t count;            // frames after which it ends; 0: none
	// Open for writing, blocking or not; pcapng goes there.
	int fd;
	// A stream socket: the session ends when its other end is closed or shut down, and says
	// there what became of it, as one line of JSON: {"recorded": N, "missed": N, "why": TEXT},
	// with "failed": true where it could not be written. Missed frames may not have been looked
	// at. -1: nobody asks.
	int session_fd;
};

/**
 * Start a session.
 *
 * @param request its descriptors are the session's from now on if it starts, and closed at its end.
 * @param error   a sentence; always terminated.
 * @return 0; -EINVAL: the request is wrong; -ENOENT: no such port; -EBUSY: there is a
 *         session; -ENOMEM, -EAGAIN: not now.
 */
int capture_start(struct instance *instance, const struct capture_request *request, char *error,
	size_t error_size);

/** Reap a session that ended by itself: its count, its reader gone, nobody asks any more. */
void capture_round(struct instance *instance);

/**
 * End the session if there is one: what was recorded is written. Waits until lanes have left it,
 * and half a second for a reader that does not read.
 *
 * @param receive do ports still receive (view_renew)?
 */
void capture_stop(struct instance *instance, bool receive);

/** Free what stalled lanes may have used: lanes have returned. Nothing to do without them. */
void capture_close(struct instance *instance);

/** Put the session into a view that was made from the instance. */
void capture_graft(const struct instance *instance, struct view *view);

#endif
