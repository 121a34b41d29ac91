/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef UNIT_CLASSIFY_RIG_H
#define UNIT_CLASSIFY_RIG_H

/**
 * @file
 * Frames to classify, and a classifier for each instruction set that this CPU has.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "steer/classify.h"

extern struct classifier classifier;
extern const uint16_t both_tpids[2]; // outer first

/** A new classifier, no frames. */
int classify_rig_set_up(void **state);

/** Run the tests with each instruction set. Returns how many failed. */
int classify_rig_run(const struct CMUnitTest *tests, size_t n);

void put16(uint8_t *p, unsigned value);

/** Addresses, n tags of these TPIDs (taken in turn), and a type/length field; returns its end. */
uint16_t head(uint8_t *p, unsigned n_tags, const uint16_t *tpids, unsigned n, unsigned type);

/** Of a type/length field, where no type is registered. */
uint8_t class_of(unsigned type);

#endif
