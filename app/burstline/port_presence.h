/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PORT_PRESENCE_H
#define PORT_PRESENCE_H

/**
 * @file
 * Is the device of a port there, can it be taken, is it gone? Cold; main thread before the lanes
 * run, then the management thread only.
 */

#include <stdbool.h>
#include <stddef.h>

#include "instance.h"

/** Is the device of a port that has none there (again)? False with `error` empty: not yet; with a
 *  sentence: it is, but cannot be taken. */
bool port_present(struct port *port, char *error, size_t error_size);

/** Is the device of a started port gone? `why` says how. Notes what follows from a tap that moved
 *  into another namespace. */
bool port_device_gone(struct port *port, char *why, size_t size);

/** Some drivers open an interface once only: can this port's be opened? False with a sentence. */
bool port_can_open(const struct port *port, char *error, size_t error_size);

/** The device of this port is closed. */
void port_note_opened(const struct port *port);

#endif
