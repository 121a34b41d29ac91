/* SPDX-License-Identifier: BSD-3-Clause */
/* See working_set.h. */

#include <stdio.h>

#include "bench.h"
#include "working_set.h"

const char *const set_names[SETS] = {"hot", "L2", "L3", "cold"};

static bool read_word(int cpu, unsigned index, const char *what, char *word, int size)
{
	char path[96];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/cache/index%u/%s", cpu, index,
		what);
	f = fopen(path, "r");
	if (f == NULL)
		return false;
	ok = fgets(word, size, f) != NULL;
	fclose(f);
	return ok;
}

void caches_read(struct caches *c, int cpu)
{
	char level[16], type[16], size[16];

	*c = (struct caches){{0, 32 << 10, 1 << 20, 32 << 20}};
	for (unsigned i = 0; read_word(cpu, i, "level", level, sizeof(level)); i++) {
		unsigned at, kib;

		if (!read_word(cpu, i, "type", type, sizeof(type)) ||
			!read_word(cpu, i, "size", size, sizeof(size)) || type[0] == 'I')
			continue;
		if (sscanf(level, "%u", &at) == 1 && at <= 3 && sscanf(size, "%uK", &kib) == 1)
			c->size[at] = (size_t)kib << 10;
	}
}

uint32_t set_items(const struct caches *c, enum working_set set, uint32_t footprint)
{
	size_t octets = set == SET_L2 ? c->size[2] / 2 : set == SET_L3 ? c->size[3] / 2 : 0;

	if (set == SET_HOT)
		return BENCH_BURST;
	if (set == SET_COLD)
		octets = 2 * c->size[3];
	return (uint32_t)(octets / footprint / BENCH_BURST * BENCH_BURST);
}
