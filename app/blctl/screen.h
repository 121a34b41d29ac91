/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SCREEN_H
#define SCREEN_H

/**
 * @file
 * A terminal that shows one text after the other in the same place, and is left as it was:
 * whatever ends the program but SIGKILL.
 */

#include <stdbool.h>
#include <stdint.h>

enum screen_event { SCREEN_TIME, SCREEN_REDRAW, SCREEN_QUIT };

/** Is standard output a terminal that knows how? */
bool screen_is_there(void);

/** From now on Ctrl-C ends the program with EXIT_OK, and nothing else may write there. */
void screen_open(void);

/** As it was. Nothing happens if it is not open. */
void screen_close(void);

/** Show a text: as many of its lines, and as much of each, as there is room for. */
void screen_draw(const char *text);

/** Wait for a key that ends (q), for something that makes a redraw needed (another size), or until
 *  a time of CLOCK_MONOTONIC. */
enum screen_event screen_wait(uint64_t until_ns);

#endif
