/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SHOW_H
#define SHOW_H

/**
 * @file
 * One frame, one line: for programs (JSON) or for people. The keys are a contract:
 * blframe decode --help lists them.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "wire/ether.h"

enum show_form { SHOW_JSON, SHOW_TEXT };

struct show {
	enum show_form form;
	unsigned tpids; // enum ether_tpids
	bool fcs;       // frames end in their FCS
};

/** Write the line of a frame of `len` octets, FCS counted. */
void show_frame(FILE *to, const struct show *how, const uint8_t *p, uint32_t len);

/** Write the line of an input that is no frame. */
void show_error(FILE *to, const struct show *how, const char *error);

/** JSON if asked for or if standard output is no terminal. */
enum show_form show_form_of_stdout(bool json);

/** Add the TPIDs of "0x9100,0x9200" to a set; false when one is no TPID. */
bool show_tpids_parse(const char *text, unsigned *tpids);

/** "02:00:00:00:00:01" */
void show_address(FILE *to, const uint8_t *address);

#endif
