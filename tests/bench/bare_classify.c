/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/steer's classification once more, without its prefetches: what they are measured against. */

#include <rte_prefetch.h>

#define rte_prefetch0(p)    ((void)(p))
#define class_name          bare_class_name
#define classifier_init     bare_classifier_init
#define classifier_add      bare_classifier_add
#define classifier_add_tpid bare_classifier_add_tpid
#define classifier_add_sap  bare_classifier_add_sap
#define classifier_add_snap bare_classifier_add_snap
#define classifier_snap     bare_classifier_snap
#define classify_burst      bare_classify_burst

#include "../../lib/steer/classify.c"
