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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <numa.h>

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

static bool huge_mounted(void)
{
	FILE *mounts = setmntent("/proc/mounts", "re");
	const struct mntent *m;
	bool found = false;

	if (!mounts)
		return false;
	while (!found && (m = getmntent(mounts)))
		found = strcmp(m->mnt_type, "hugetlbfs") == 0 && access(m->mnt_dir, W_OK) == 0;
	endmntent(mounts);
	return found;
}

static void read_hugepages(struct topology *t)
{
	unsigned kib = default_huge_kib();
	uint64_t all = 0;
	char path[128];

	t->huge_page_bytes = (uint64_t)kib << 10;
	t->huge_mounted = huge_mounted();
	for (unsigned i = 0; i < t->n_nodes; i++) {
		snprintf(path, sizeof(path),
			"/sys/devices/system/node/node%u/hugepages/hugepages-%ukB/free_hugepages",
			t->nodes[i].node, kib);
		t->nodes[i].huge_free_bytes = read_number(path) * t->huge_page_bytes;
		all += t->nodes[i].huge_free_bytes;
	}
	if (all || t->n_nodes != 1)
		return;
	/* A kernel without NUMA has no folder for the node. */
	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%ukB/free_hugepages", kib);
	t->nodes[0].huge_free_bytes = read_number(path) * t->huge_page_bytes;
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

	if (numa_available() < 0) {
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
