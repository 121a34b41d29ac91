/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGROUP_H
#define CGROUP_H

/**
 * @file
 * What the control groups of this process, and those above, let it have. Versions 1 and 2.
 */

#include <stdint.h>

/** Thousandths of a CPU's time; UINT64_MAX: no limit. @param proc, sys "/proc" and "/sys", or
 *  folders made for a test. */
uint64_t cgroup_cpu_limit(const char *proc, const char *sys);

/** Octets of memory without hugepages; UINT64_MAX: no limit. */
uint64_t cgroup_memory_limit(const char *proc, const char *sys);

/** Octets of hugepages of a size that may still be taken; UINT64_MAX: no limit. */
uint64_t cgroup_huge_left(const char *proc, const char *sys, uint64_t page_bytes);

#endif
