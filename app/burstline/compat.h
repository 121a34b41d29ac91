/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef COMPAT_H
#define COMPAT_H

/**
 * @file
 * Differences between DPDK versions, from 22.11 on. Nothing else tests RTE_VERSION.
 */

#include <rte_lcore.h>
#include <rte_telemetry.h>
#include <rte_version.h>

/** Add an unsigned number to a telemetry dictionary. */
static inline void compat_tel_u64(struct rte_tel_data *d, const char *name, uint64_t value)
{
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
	rte_tel_data_add_dict_uint(d, name, value);
#else
	rte_tel_data_add_dict_u64(d, name, value);
#endif
}

/** Tell EAL busy and total cycles of each lcore, where it asks (23.03 on). */
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
#define compat_register_usage(fn) rte_lcore_register_usage_cb(fn)
#else
struct rte_lcore_usage {
	uint64_t total_cycles;
	uint64_t busy_cycles;
};
#define compat_register_usage(fn) ((void)(fn))
#endif

#endif
