/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hex in the forms that tools print and people write. Called by decode for its input lines and by
 * the option readers for addresses and payloads. No limit on the length; reads `n` characters.
 */

#include "hex.h"

#include <stdbool.h>
#include <string.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_separator(char c)
{
	return c != 0 && strchr(" \t\r\n\v\f:-.,", c) != NULL;
}

ssize_t hex_read(const char *text, size_t n, uint8_t *out)
{
	bool in_group = false;
	ssize_t len = 0;
	size_t at = 0;

	while (at < n) {
		int high, low;

		if (is_separator(text[at])) {
			in_group = false;
			at++;
			continue;
		}
		if (!in_group && n - at > 2 && text[at] == '0' && (text[at + 1] | 0x20) == 'x')
			at += 2;
		in_group = true;
		high = digit(text[at]);
		low = n - at < 2 ? -1 : digit(text[at + 1]);
		if (high < 0 || low < 0)
			return -1;
		out[len++] = (uint8_t)(high << 4 | low);
		at += 2;
	}
	return len;
}
