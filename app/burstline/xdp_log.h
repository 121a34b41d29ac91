/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef XDP_LOG_H
#define XDP_LOG_H

/**
 * @file
 * What libbpf and libxdp, which net_af_xdp brings along, would write to standard error.
 */

/** Their warnings go to DPDK's log from now on, what is less is dropped. Before the first
 *  net_af_xdp is probed, after rte_eal_init(); does nothing where the driver is not there. */
void xdp_log_take(void);

#endif
