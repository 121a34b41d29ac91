/* SPDX-License-Identifier: BSD-3-Clause */
/* The doctor's part: hugepages by node with their arithmetic, and memory without them. */

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "cgroup.h"
#include "doctor.h"

static const double MIB = 1048576.0;
static const char HUGE[] =
	"NICs reach DPDK's memory without hugepages by the IOMMU only, and before "
	"Linux 6.1 it costs translations for each frame";
static const char KILLED[] =
	"the kernel ends a process that takes more (OOM), at its start or later";

static bool any_pci(const struct plan *plan)
{
	for (unsigned p = 0; p < plan->n_ports; p++)
		if (plan->ports[p].is_pci)
			return true;
	return false;
}

/** How bad it is to have none. */
static enum finding_severity lack(const struct doctor *d)
{
	if (d->conf->memory.hugepages == CONF_HUGEPAGES_REQUIRE)
		return FINDING_ERROR;
	return d->conf->memory.hugepages == CONF_HUGEPAGES_AUTO && any_pci(doctor_plan(d))
	               ? FINDING_WARNING
	               : FINDING_INFO;
}

static void look_at_node(const struct doctor *d, const struct plan_node *need, struct findings *f)
{
	const struct topology_node *node = topology_node(d->topology, need->node);
	uint64_t page = d->topology->huge_page_bytes ? d->topology->huge_page_bytes : 2048 << 10;
	uint64_t bytes = need->pools + need->rings + need->bridges + need->other;
	uint64_t pages = (bytes + page - 1) / page, free = 0, total = 0;
	struct finding *finding;
	char path[128];

	if (node != NULL) {
		free = node->huge_free_bytes / page;
		total = node->huge_total_bytes / page;
	}
	if (bytes == 0)
		return;
	finding = finding_add(f, pages <= free ? FINDING_INFO : lack(d), "hugepages", HUGE,
		"node %u: %.1f MiB for pools + %.1f rings + %.1f bridges + %.1f EAL and drivers = "
		"%" PRIu64 " pages of %" PRIu64 " KiB needed%s, %" PRIu64 " of %" PRIu64
		" are free",
		need->node, (double)need->pools / MIB, (double)need->rings / MIB,
		(double)need->bridges / MIB, (double)need->other / MIB, pages, page >> 10,
		d->conf->memory.hugepages == CONF_HUGEPAGES_NEVER ? " if they were used" : "", free,
		total);
	if (pages <= free || d->conf->memory.hugepages == CONF_HUGEPAGES_NEVER)
		return;
	// Never fewer than there are: others' pages stay. The kernel gives fewer than it is told
	// where memory is in pieces.
	snprintf(path, sizeof(path),
		"/sys/devices/system/node/node%u/hugepages/hugepages-%" PRIu64 "kB/nr_hugepages",
		need->node, page >> 10);
	finding_mend(finding,
		"echo %" PRIu64 " > %s # fewer come where memory is in pieces: then boot with "
		"hugepages=%" PRIu64,
		total + pages - free, path, total + pages - free);
}

/** Others' mounts stay: no other is put over one that is there. */
static void mend_mount(const struct doctor *d, struct finding *finding)
{
	const char *folder =
		d->topology->huge_dir[0] != '\0' ? "/mnt/burstline-huge" : "/dev/hugepages";

	finding_mend(finding,
		"mkdir -p %s && mount -t hugetlbfs -o pagesize=%" PRIu64
		"K,uid=%u,mode=0700 none %s",
		folder, d->topology->huge_page_bytes >> 10, (unsigned)geteuid(), folder);
}

static uint64_t all_bytes(const struct plan *plan)
{
	uint64_t bytes = 0;

	for (unsigned n = 0; n < plan->n_nodes; n++)
		bytes += plan->nodes[n].pools + plan->nodes[n].rings + plan->nodes[n].bridges +
		         plan->nodes[n].other;
	return bytes;
}

static void look_at_mount(const struct doctor *d, struct findings *f)
{
	const struct topology *t = d->topology;
	uint64_t need = all_bytes(doctor_plan(d));

	if (d->conf->memory.hugepages == CONF_HUGEPAGES_NEVER)
		return;
	if (!t->huge_mounted && t->huge_dir[0] != '\0')
		mend_mount(
			d, finding_add(f, lack(d), "hugetlbfs", HUGE,
				   "the hugetlbfs at %s is not for this process to write (user %u)",
				   t->huge_dir, (unsigned)geteuid()));
	else if (!t->huge_mounted)
		mend_mount(d, finding_add(f, lack(d), "hugetlbfs", HUGE,
				      "no hugetlbfs of pages of %" PRIu64 " KiB is mounted",
				      t->huge_page_bytes >> 10));
	else if (t->huge_mount.there && need > t->huge_mount.left_bytes)
		mend_mount(d,
			finding_add(f, lack(d), "hugetlbfs", HUGE,
				"the hugetlbfs at %s gives %.1f MiB more (size=), and %.1f are needed",
				t->huge_dir, (double)t->huge_mount.left_bytes / MIB,
				(double)need / MIB));
	if (t->huge_group.there && need > t->huge_group.left_bytes)
		finding_mend(
			finding_add(f, lack(d), "hugepages", HUGE,
				"the control group of this process may have %.1f MiB of hugepages more, and "
				"%.1f are needed",
				(double)t->huge_group.left_bytes / MIB, (double)need / MIB),
			"raise the limit (hugetlb.*.max, kubernetes: resources.limits.hugepages-2Mi)");
}

static uint64_t available_bytes(const struct doctor *d)
{
	uint64_t kib = UINT64_MAX >> 10, read;
	char path[PATH_MAX], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/meminfo", d->proc);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "MemAvailable: %" SCNu64, &read) == 1)
			kib = read;
	if (file != NULL)
		fclose(file);
	return kib << 10;
}

static void look_at_memory(const struct doctor *d, struct findings *f)
{
	const struct plan *plan = doctor_plan(d);
	uint64_t group = cgroup_memory_limit(d->proc, d->sys), machine = available_bytes(d);

	if (plan->hugepages)
		return;
	if (plan->memory_bytes > group)
		finding_mend(finding_add(f, FINDING_ERROR, "memory", KILLED,
				     "%.0f MiB are needed without hugepages, and the control "
				     "group of this process may have %.0f",
				     (double)plan->memory_bytes / MIB, (double)group / MIB),
			"raise the limit (docker --memory, systemd MemoryMax=), use hugepages, or "
			"fewer `mbufs`");
	else if (plan->memory_bytes > machine)
		finding_mend(finding_add(f, FINDING_WARNING, "memory", KILLED,
				     "%.0f MiB are needed without hugepages, and %.0f are "
				     "available",
				     (double)plan->memory_bytes / MIB, (double)machine / MIB),
			"use fewer `mbufs`, or a machine with more memory");
}

void doctor_memory(const struct doctor *d, struct findings *f)
{
	const struct plan *plan = doctor_plan(d);

	for (unsigned n = 0; n < plan->n_nodes; n++)
		look_at_node(d, &plan->nodes[n], f);
	look_at_mount(d, f);
	look_at_memory(d, f);
}
