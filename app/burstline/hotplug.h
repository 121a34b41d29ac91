/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HOTPLUG_H
#define HOTPLUG_H

/**
 * @file
 * DPDK's word that a device is going: RTE_ETH_EVENT_INTR_RMV of a driver, RTE_DEV_EVENT_REMOVE of
 * EAL (for emulated NICs behind VFIO the only one). Both come in EAL's interrupt thread, where no
 * device may be given back: they set port->removed, and port_life.c does the rest.
 *
 * Called by the management thread, and by main before it runs.
 */

#include <stddef.h>

#include "instance.h"

/** Listen for devices that go; where a port is a PCI device, the kernel's events too.
 *  @return 0, or -1 with a sentence in `error`. */
int hotplug_open(struct instance *instance, char *error, size_t error_size);

void hotplug_close(struct instance *instance);

/** Listen to the driver of a port that was just probed; each probe makes a new device. */
void hotplug_watch(struct port *port);

/** No more, before its device is given back. */
void hotplug_unwatch(struct port *port);

#endif
