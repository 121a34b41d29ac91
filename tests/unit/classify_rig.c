/* SPDX-License-Identifier: BSD-3-Clause */
/* See classify_rig.h. */

#include <string.h>

#include "classify_rig.h"
#include "steer_rig.h"

struct classifier classifier;
const uint16_t both_tpids[2] = {0x88a8, 0x8100};

static enum classify_isa isa; // of the tests that run

int classify_rig_set_up(void **state)
{
	classifier_init(&classifier);
	classifier.isa = isa;
	rig_reset();
	return 0;
}

int classify_rig_run(const struct CMUnitTest *tests, size_t n)
{
	int failed = 0;

	for (isa = CLASSIFY_PORTABLE; isa < CLASSIFY_ISAS; isa++) {
		if (classify_isa_works(isa))
			failed += _cmocka_run_group_tests(
				classify_isa_name(isa), tests, n, NULL, NULL);
	}
	return failed;
}

void put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

uint16_t head(uint8_t *p, unsigned n_tags, const uint16_t *tpids, unsigned n, unsigned type)
{
	uint16_t at = 12;

	memcpy(p, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 12);
	for (unsigned i = 0; i < n_tags; i++, at += 4) {
		put16(p + at, tpids[i % n]);
		put16(p + at + 2, 0x2000 | (i & 0xfff));
	}
	put16(p + at, type);
	return at + 2;
}

uint8_t class_of(unsigned type)
{
	switch (type) {
	case 0x0800:
		return CLASS_IPV4;
	case 0x86dd:
		return CLASS_IPV6;
	case 0x0806:
		return CLASS_ARP;
	}
	return type <= 1500 ? CLASS_LENGTH : type < 1536 ? CLASS_LENGTH_RESERVED : CLASS_OTHER;
}
