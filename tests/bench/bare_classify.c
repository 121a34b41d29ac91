/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/steer's pass over a burst once more, for each instruction set, without its prefetches: what
 * they are measured against. */

#include <rte_prefetch.h>

#include "bare_classify.h"

#define rte_prefetch0(p) ((void)(p))

#include "../../lib/steer/classify_burst.c"
