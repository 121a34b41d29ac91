/* SPDX-License-Identifier: BSD-3-Clause */
/* See cgroup.h. Called by the doctor and topology_read.c; only reads. */

#include "cgroup.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/** A folder that is one's own path below a hierarchy's mount. */
enum { FOLDER = PATH_MAX };

static bool read_line(const char *folder, const char *name, char *line, size_t size)
{
	char path[FOLDER + 32];
	bool ok;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	ok = fgets(line, (int)size, f) != NULL;
	fclose(f);
	return ok;
}

static uint64_t cpu_of(const char *folder, uint64_t unused)
{
	char quota[64], period[64];
	int64_t q, p;

	(void)unused;
	if (read_line(folder, "cpu.max", quota, sizeof(quota)) &&
		sscanf(quota, "%" SCNd64 " %" SCNd64, &q, &p) == 2 && p > 0)
		return (uint64_t)(q * 1000 / p);
	if (read_line(folder, "cpu.cfs_quota_us", quota, sizeof(quota)) &&
		read_line(folder, "cpu.cfs_period_us", period, sizeof(period)) &&
		sscanf(quota, "%" SCNd64, &q) == 1 && sscanf(period, "%" SCNd64, &p) == 1 &&
		q > 0 && p > 0)
		return (uint64_t)(q * 1000 / p);
	return UINT64_MAX;
}

static uint64_t memory_of(const char *folder, uint64_t unused)
{
	char line[64];
	uint64_t octets;

	(void)unused;
	if ((read_line(folder, "memory.max", line, sizeof(line)) ||
		    read_line(folder, "memory.limit_in_bytes", line, sizeof(line))) &&
		sscanf(line, "%" SCNu64, &octets) == 1 && octets < UINT64_C(1) << 60)
		return octets;
	return UINT64_MAX;
}

static bool number_of(
	const char *folder, const char *page, const char *const *names, uint64_t *octets)
{
	char name[64], line[64];

	for (; *names != NULL; names++) {
		snprintf(name, sizeof(name), "hugetlb.%s.%s", page, *names);
		if (read_line(folder, name, line, sizeof(line)) &&
			sscanf(line, "%" SCNu64, octets) == 1)
			return true;
	}
	return false;
}

/** Of pages that are in use, and of those that are reserved: the second, where it is kept. */
static uint64_t huge_of(const char *folder, uint64_t page_bytes)
{
	static const char *const limits[] = {"max", "limit_in_bytes", NULL};
	static const char *const used[] = {"current", "usage_in_bytes", NULL};
	static const char *const reserved_limits[] = {"rsvd.max", "rsvd.limit_in_bytes", NULL};
	static const char *const reserved[] = {"rsvd.current", "rsvd.usage_in_bytes", NULL};
	static const char *const *const pairs[][2] = {{limits, used}, {reserved_limits, reserved}};
	uint64_t least = UINT64_MAX, limit, now;
	char page[32];

	if (page_bytes >> 30 != 0)
		snprintf(page, sizeof(page), "%" PRIu64 "GB", page_bytes >> 30);
	else
		snprintf(page, sizeof(page), "%" PRIu64 "MB", page_bytes >> 20);
	for (unsigned i = 0; i < 2; i++) {
		if (!number_of(folder, page, pairs[i][0], &limit) || limit >= UINT64_C(1) << 60)
			continue;
		if (!number_of(folder, page, pairs[i][1], &now) || now > limit)
			now = 0;
		least = limit - now < least ? limit - now : least;
	}
	return least;
}

/** The least of a hierarchy: from `path` up to its mount. In a container the mount is our own
 *  group, whatever its path is called. */
static uint64_t least_up(const char *mount, char *path,
	uint64_t (*of)(const char *folder, uint64_t page_bytes), uint64_t page_bytes)
{
	char folder[FOLDER];
	uint64_t least = UINT64_MAX, one;

	for (;;) {
		snprintf(folder, sizeof(folder), "%s%s", mount, path);
		one = of(folder, page_bytes);
		least = one < least ? one : least;
		if (path[0] == '\0')
			return least;
		*strrchr(path, '/') = '\0';
	}
}

/** Version 2 has no controller of its own in the path; beside version 1 it is `unified`. */
static void mount_of(char *mount, size_t size, const char *sys, const char *controller)
{
	snprintf(mount, size, "%s/fs/cgroup/%s", sys, controller != NULL ? controller : "unified");
	if (controller == NULL && access(mount, F_OK) != 0)
		snprintf(mount, size, "%s/fs/cgroup", sys);
}

static uint64_t limit(const char *proc, const char *sys, const char *controller,
	uint64_t (*of)(const char *folder, uint64_t page_bytes), uint64_t page_bytes)
{
	char line[FOLDER / 4], mount[FOLDER / 4], word[64];
	uint64_t least = UINT64_MAX, one;
	FILE *f;

	snprintf(mount, sizeof(mount), "%s/self/cgroup", proc);
	f = fopen(mount, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		char *list = strchr(line, ':'), *path = list != NULL ? strchr(list + 1, ':') : NULL;

		if (path == NULL || path[1] != '/')
			continue;
		*path++ = '\0';
		list++;
		path[strcspn(path, "\n")] = '\0';
		path += path[1] == '\0'; // "/" is the mount itself
		snprintf(word, sizeof(word), "%s", controller);
		if (list[0] != '\0' && strstr(list, word) == NULL)
			continue;
		mount_of(mount, sizeof(mount), sys, list[0] != '\0' ? controller : NULL);
		one = least_up(mount, path, of, page_bytes);
		least = one < least ? one : least;
	}
	if (f != NULL)
		fclose(f);
	return least;
}

uint64_t cgroup_cpu_limit(const char *proc, const char *sys)
{
	return limit(proc, sys, "cpu", cpu_of, 0);
}

uint64_t cgroup_memory_limit(const char *proc, const char *sys)
{
	return limit(proc, sys, "memory", memory_of, 0);
}

uint64_t cgroup_huge_left(const char *proc, const char *sys, uint64_t page_bytes)
{
	return limit(proc, sys, "hugetlb", huge_of, page_bytes);
}
