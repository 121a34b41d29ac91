/* SPDX-License-Identifier: BSD-3-Clause */
/* See stream.h. Called by log.c and at the exit. */

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "base/stream.h"

int stream_write(int fd, const char *text, size_t n, int patience_ms)
{
	while (n > 0) {
		struct pollfd stream = {.fd = fd, .events = POLLOUT};
		ssize_t done;

		if (poll(&stream, 1, patience_ms) == 0)
			return -EAGAIN;
		// With room a pipe takes so much without blocking (pipe(7)).
		done = write(fd, text, n < PIPE_BUF ? n : PIPE_BUF);
		if (done < 0 && errno != EINTR)
			return -errno;
		text += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
	return 0;
}
