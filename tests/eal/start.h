/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef START_H
#define START_H

/*
 * EAL for a test program: no hugepages, no PCI, no shared configuration, no telemetry, and a file
 * prefix of its own. For cmocka_run_group_tests().
 */

enum { START_LCORES = 16 }; // EAL lcores: 0 is the test itself

int start_eal(void **state);
int stop_eal(void **state);

/**
 * A test that failed has left its lanes running, for which the next one and the end of EAL would
 * wait: end the program, whose failure was said.
 */
void end_if_lanes_run(void);

/** Put this thread on one CPU; the n-th of those this process may use, counted round. */
void start_on_cpu(unsigned n);

#endif
