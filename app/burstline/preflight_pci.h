/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PREFLIGHT_PCI_H
#define PREFLIGHT_PCI_H

/**
 * @file
 * What sysfs tells of a PCI NIC before EAL looks for it. Changes nothing on the machine.
 */

#include <stddef.h>

#include "finding.h"

enum { PREFLIGHT_IFACES = 8 };

/** The device's address as sysfs writes it ("0000:3b:00.0"), of a device string that
 *  driver_find() took for one. */
void preflight_pci_address(const char *device, char *address, size_t size);

/** Names of its interfaces in the kernel, for as long as the kernel has it. @return how many. */
unsigned preflight_pci_ifaces(const char *sys, const char *address, char (*ifaces)[16]);

/**
 * Whether DPDK can take the device: it exists, is a NIC, is bound to a driver that lets DPDK have
 * it; for VFIO, the IOMMU is on, nobody in its group uses another driver, and we may open the
 * group.
 *
 * @param sys, dev "/sys" and "/dev", or folders made for a test.
 * @param port     the port's name, for the sentence.
 * @return         0, or -1 with a finding: the cause, and the command that helps.
 */
int preflight_pci(const char *sys, const char *dev, const char *port, const char *address,
	struct findings *f);

/** The driver's part of that alone, for a device that comes while the program runs: its IOMMU group
 *  may be open already, and be ours. @return 0, or -1 with one sentence. Management thread. */
int preflight_pci_bound(
	const char *sys, const char *port, const char *address, char *error, size_t error_size);

#endif
