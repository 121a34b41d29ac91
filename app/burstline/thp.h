/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef THP_H
#define THP_H

/**
 * @file
 * Transparent huge pages for an EAL that has no hugepages: its memory is a memfd then, which the
 * kernel serves in pages of 4 KiB, whatever /sys/kernel/mm/transparent_hugepage says of memory that
 * asks for nothing. Asked by madvise(2) (MADV_COLLAPSE, Linux 6.1) it puts 2 MiB in one page.
 * Context: the thread that starts EAL and makes pools.
 */

#include <stddef.h>

enum { THP_BYTES = 2 << 20 };

/**
 * Pages of a file lie on huge ones only where file and addresses begin alike. Where EAL's memory
 * begins goes by the size of its tables, so by its own.
 *
 * @return MiB, no fewer than asked for, with which it begins on a huge page.
 */
size_t thp_eal_mib(size_t mib);

/**
 * Put the whole huge pages between p and p + len on such. Best before the memory is written: what
 * is in use must be copied. Where the kernel cannot, nothing changes.
 *
 * @return octets that lie on huge pages now.
 */
size_t thp_back(void *p, size_t len);

#endif
