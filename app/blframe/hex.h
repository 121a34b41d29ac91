/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HEX_H
#define HEX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Read octets written in hex: groups of whole octets, with `0x` before a group or not, separated
 * by white space or one of `: - . ,` or not at all.
 *
 * @param text `n` characters, of any value.
 * @param out  room for n / 2 octets.
 * @return     number of octets (0 for no groups), or -1 when it is not hex.
 */
ssize_t hex_read(const char *text, size_t n, uint8_t *out);

#endif
