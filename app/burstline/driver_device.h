/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DRIVER_DEVICE_H
#define DRIVER_DEVICE_H

/**
 * @file
 * Private to driver*.c: walking a device string.
 */

#include <stddef.h>

/** The next `key=` behind `at`: its value and length, or NULL. Start with the device string. */
const char *driver_next_argument(const char *at, const char *key, size_t *length);

/** Put a sentence into `error`. @return -1. */
int driver_fail(char *error, size_t error_size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
