/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_BARE_CLASSIFY_H
#define BENCH_BARE_CLASSIFY_H

/**
 * @file
 * classify_burst() without prefetches, as it is built for each instruction set.
 */

#include "steer/classify_inside.h"

classify_pass bare_classify_portable, bare_classify_avx2, bare_classify_avx512;

#endif
