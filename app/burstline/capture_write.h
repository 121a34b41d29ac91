/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CAPTURE_WRITE_H
#define CAPTURE_WRITE_H

/**
 * @file
 * The writing side of a capture: the thread that takes records out of the lanes' rings, orders them
 * by time and writes pcapng. It may block on its file; nobody waits for it but capture_stop().
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "capture.h"
#include "capture_lane.h"

enum {
	CAPTURE_BUFFER = 1 << 18,
	CAPTURE_PATIENCE_MS = 500 // at the end, for a reader that does not read, or is slow
};

struct capture_session {
	struct capture capture;                 // what lanes read
	char names[LEDGER_PORTS][CAPTURE_NAME]; // of ports, by ledger line; "": none. Set before a
	                                        // lane can use the port
	// Set at the start.
	int fd, session_fd;
	bool is_file; // writing does not wait for a reader
	uint64_t count;
	uint64_t tsc_hz, start_tsc, start_ns;
	pthread_t thread;
	struct capture_session *kept; // ended before this one, and perhaps still read by a lane

	_Atomic bool stop;          // write what there is, then end
	_Atomic uint64_t until_tsc; // as far as a reader takes it by then; 0: it has time
	_Atomic bool ended;         // the thread writes no more

	// The thread's, until it has ended.
	uint64_t recorded[LEDGER_PORTS], total;
	uint32_t interface[LEDGER_PORTS], n_interfaces; // number + 1; 0: none yet
	const char *why;
	int error; // errno of a write
	size_t n;  // octets in buffer
	uint8_t buffer[CAPTURE_BUFFER];
};

/** The file's head, into the buffer: before there is a thread, which would read names that a live
 *  change may be writing. */
void capture_write_begin(struct capture_session *s);

/** Main function of the thread; arg: its session. */
void *capture_write(void *arg);

#endif
