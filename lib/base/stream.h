/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STREAM_H
#define STREAM_H

/** @file Standard output and error, whose reader may stand still: nobody waits for it for ever. */

#include <stddef.h>

/**
 * Write `n` octets; a line of up to PIPE_BUF octets goes whole or not at all.
 *
 * @param patience_ms  how long the reader of a pipe, socket or terminal may take nothing.
 * @return 0, -EAGAIN when it took longer, or -errno.
 */
int stream_write(int fd, const char *text, size_t n, int patience_ms);

#endif
