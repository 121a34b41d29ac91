/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The topology of this machine: CPUs of this process, NUMA nodes by libnuma, free hugepages from
 * sysfs. Called by main before the plan. In a container parts of it may be missing: then one node
 * holds everything. Must not start EAL.
 */

#include "topology.h"

#include <errno.h>
#include <mntent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <numa.h>
#include <numaif.h>

#include "cgroup.h"

enum { NEAR = 10, FAR = 20, DEFAULT_HUGE_KIB = 2048 };

static int read_cpus(struct topology *t, char *error, size_t error_size)
{
	size_t size = CPU_ALLOC_SIZE(TOPOLOGY_MAX_CPUS);
	cpu_set_t *set = CPU_ALLOC(TOPOLOGY_MAX_CPUS);

	t->cpus = calloc(TOPOLOGY_MAX_CPUS, sizeof(*t->cpus));
	if (!set || !t->cpus || sched_getaffinity(0, size, set) < 0) {
		snprintf(error, error_size, "the CPUs of this process cannot be read: %s",
			strerror(errno));
		CPU_FREE(set);
		return -1;
	}
	for (unsigned cpu = 0; cpu < TOPOLOGY_MAX_CPUS; cpu++)
		if (CPU_ISSET_S(cpu, size, set))
			t->cpus[t->n_cpus++].cpu = cpu;
	CPU_FREE(set);
	return 0;
}

/** The number in a file of one line; 0 when there is none. */
static unsigned long long read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long long n = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%llu", &n) != 1)
		n = 0;
	fclose(file);
	return n;
}

static unsigned default_huge_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned kib = DEFAULT_HUGE_KIB;
	char line[128];

	if (!file)
		return kib;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Hugepagesize: %u kB", &kib) == 1)
			break;
	fclose(file);
	return kib ? kib : DEFAULT_HUGE_KIB;
}

/** A mount's own limit: without one statfs() tells no blocks. */
static struct topology_limit limit_of(const struct statfs *s)
{
	return (struct topology_limit){
		.there = s->f_blocks > 0, .left_bytes = (uint64_t)s->f_bfree * s->f_bsize};
}

static bool gives_more(const struct topology_limit *a, const struct topology_limit *b)
{
	return b->there && (!a->there || a->left_bytes > b->left_bytes);
}

/** Of several the one that gives most; EAL, left alone, takes the first, be it somebody else's. */
static void read_mounts(struct topology *t)
{
	FILE *mounts = setmntent("/proc/mounts", "re");
	const struct mntent *m;
	struct statfs s;

	while (mounts != NULL && (m = getmntent(mounts)) != NULL) {
		struct topology_limit limit;
		bool ours;

		if (strcmp(m->mnt_type, "hugetlbfs") != 0 || statfs(m->mnt_dir, &s) != 0 ||
			(uint64_t)s.f_bsize != t->huge_page_bytes)
			continue;
		ours = access(m->mnt_dir, W_OK) == 0;
		limit = limit_of(&s);
		if (t->huge_mounted && (!ours || !gives_more(&limit, &t->huge_mount)))
			continue;
		t->huge_mounted = ours;
		t->huge_mount = limit;
		snprintf(t->huge_dir, sizeof(t->huge_dir), "%s", m->mnt_dir);
	}
	if (mounts != NULL)
		endmntent(mounts);
}

static void read_group(struct topology *t)
{
	uint64_t left = cgroup_huge_left("/proc", "/sys", t->huge_page_bytes);

	t->huge_group = (struct topology_limit){.there = left != UINT64_MAX, .left_bytes = left};
}

static uint64_t read_pages(const struct topology *t, const char *folder, const char *which)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/hugepages/hugepages-%llukB/%s_hugepages", folder,
		(unsigned long long)(t->huge_page_bytes >> 10), which);
	return read_number(path) * t->huge_page_bytes;
}

static void read_hugepages(struct topology *t)
{
	uint64_t all = 0;
	char folder[64];

	t->huge_page_bytes = (uint64_t)default_huge_kib() << 10;
	read_mounts(t);
	read_group(t);
	for (unsigned i = 0; i < t->n_nodes; i++) {
		snprintf(folder, sizeof(folder), "/sys/devices/system/node/node%u",
			t->nodes[i].node);
		t->nodes[i].huge_free_bytes = read_pages(t, folder, "free");
		t->nodes[i].huge_total_bytes = read_pages(t, folder, "nr");
		all += t->nodes[i].huge_total_bytes;
	}
	if (all || t->n_nodes != 1)
		return;
	/* A kernel without NUMA has no folder for the node. */
	t->nodes[0].huge_free_bytes = read_pages(t, "/sys/kernel/mm", "free");
	t->nodes[0].huge_total_bytes = read_pages(t, "/sys/kernel/mm", "nr");
}

/** One node for everything: no libnuma here, or none of its calls permitted. */
static void one_node(struct topology *t)
{
	t->n_nodes = 1;
	t->nodes[0].memory_allowed = true;
	t->nodes[0].distance[0] = NEAR;
}

static void read_nodes(struct topology *t)
{
	struct bitmask *allowed;

	// What a container's profile refuses libnuma would say on standard error.
	if (numa_available() < 0 || get_mempolicy(NULL, NULL, 0, NULL, 0) != 0) {
		one_node(t);
		return;
	}
	allowed = numa_get_mems_allowed();
	for (int i = 0; i <= numa_max_node() && i < TOPOLOGY_MAX_NODES; i++) {
		struct topology_node *node = &t->nodes[t->n_nodes];

		if (!numa_bitmask_isbitset(numa_nodes_ptr, i))
			continue;
		node->node = i;
		node->memory_allowed = !allowed || numa_bitmask_isbitset(allowed, i);
		for (int k = 0; k <= numa_max_node() && k < TOPOLOGY_MAX_NODES; k++) {
			int distance = numa_distance(i, k);

			node->distance[k] = distance > 0 ? distance : k == i ? NEAR : FAR;
		}
		t->n_nodes++;
	}
	if (allowed)
		numa_bitmask_free(allowed);
	if (t->n_nodes == 0)
		one_node(t);
	for (unsigned i = 0; i < t->n_cpus; i++) {
		int node = numa_node_of_cpu(t->cpus[i].cpu);

		t->cpus[i].node = node >= 0 ? (unsigned)node : t->nodes[0].node;
	}
}

int topology_read(struct topology **topology, char *error, size_t error_size)
{
	struct topology *t = calloc(1, sizeof(*t));

	*topology = NULL;
	error[0] = '\0';
	if (!t || !(t->nodes = calloc(TOPOLOGY_MAX_NODES, sizeof(*t->nodes)))) {
		snprintf(error, error_size, "out of memory");
		free(t);
		return -1;
	}
	if (read_cpus(t, error, error_size) < 0) {
		topology_free(t);
		return -1;
	}
	read_nodes(t);
	read_hugepages(t);
	*topology = t;
	return 0;
}
