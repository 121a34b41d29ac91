/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FENCE_H
#define FENCE_H

/*
 * Octets that end where readable memory ends: a read past a frame is a crash in every build, not
 * only under a sanitizer. fence_put() copies a frame there; one frame lies there at a time.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { FENCE_ROOM = 1 << 20, FENCE_PAGE = 4096 };

static inline uint8_t *fence_put(const void *frame, size_t len)
{
	static uint8_t *map;
	uint8_t *p;

	if (map == NULL) {
		map = mmap(NULL, FENCE_ROOM + FENCE_PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (map == MAP_FAILED || mprotect(map + FENCE_ROOM, FENCE_PAGE, PROT_NONE) != 0) {
			perror("fence");
			exit(1);
		}
	}
	p = map + FENCE_ROOM - len;
	if (len != 0)
		memcpy(p, frame, len);
	return p;
}

#endif
