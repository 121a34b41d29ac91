/* SPDX-License-Identifier: BSD-3-Clause */
/* See thp.h. */

#include <stdint.h>
#include <sys/mman.h>

#include <rte_common.h>
#include <rte_memory.h>
#include <rte_memzone.h>

#include "thp.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 // of Linux 6.1
#endif

enum { MIB = 1 << 20, PAGE = 4096, MORE_MIB = 1024 };

// An rte_fbarray: entries, and behind them the mask of those in use.
static size_t table_bytes(size_t entry, size_t n)
{
	return RTE_ALIGN_CEIL(
		entry * n + sizeof(uint64_t) + sizeof(uint64_t) * ((n + 63) / 64), (size_t)PAGE);
}

// DPDK has no word of where: of 22.11, from an address that is a multiple of 16 MiB on come the
// table of memory zones, that of the memory's pages, and the memory. Where another one does it
// otherwise thp_back() finds no huge pages.
static size_t begin_of_memory(size_t mib)
{
	return table_bytes(sizeof(struct rte_memzone), RTE_MAX_MEMZONE) +
	       table_bytes(sizeof(struct rte_memseg), mib * (MIB / PAGE));
}

size_t thp_eal_mib(size_t mib)
{
	// More of it costs 12 KiB of table a MiB.
	for (size_t more = 0; more < MORE_MIB; more++) {
		if (begin_of_memory(mib + more) % THP_BYTES == 0)
			return mib + more;
	}
	return mib;
}

size_t thp_back(void *p, size_t len)
{
	char *at = RTE_PTR_ALIGN_CEIL(p, THP_BYTES), *end = (char *)p + len;
	size_t huge = 0;

	for (; at < end && (size_t)(end - at) >= THP_BYTES; at += THP_BYTES) {
		// The kernel refuses one that has no page at all yet.
		*(volatile char *)at = *(volatile char *)at;
		huge += madvise(at, THP_BYTES, MADV_COLLAPSE) == 0 ? THP_BYTES : 0;
	}
	return huge;
}
