/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

/**
 * @file
 * Filter programs that come from outside. pcap-filter(7) is compiled where it was typed: compiling
 * may ask name servers, which nothing here may wait for.
 */

#include <pcap/pcap.h>

/**
 * Can a lane run this on any frame? It ends, reads its own words and the frame only, and has no
 * instruction that bpf_filter() would abort on (bpf_validate() of libpcap allows loops and such
 * instructions).
 *
 * @param n of its instructions.
 * @return the number of the first instruction that will not do, n if the program has no end (or
 *         none at all), -1: it will do.
 */
int capture_filter_check(const struct bpf_insn *insns, unsigned n);

#endif
