/* SPDX-License-Identifier: BSD-3-Clause */
/* The doctor's part: CPUs that may be used, their time, their isolation, and the way to ports. */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "doctor.h"

static const char TAKEN[] = "other threads, interrupts and the tick take the CPU for a while, and "
			    "frames wait or are lost";

static void read_first_line(char *line, size_t size, const char *sys, const char *name)
{
	char path[PATH_MAX];
	FILE *f;

	line[0] = '\0';
	snprintf(path, sizeof(path), "%s/devices/system/cpu/%s", sys, name);
	f = fopen(path, "re");
	if (f == NULL)
		return;
	if (fgets(line, (int)size, f) == NULL)
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	fclose(f);
}

/** Whether a list as sysfs writes it, "0-3,8", names a CPU. */
static bool names(const char *list, unsigned cpu)
{
	while (*list >= '0' && *list <= '9') {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (cpu >= first && cpu <= last)
			return true;
		list = *end == ',' ? end + 1 : end;
	}
	return false;
}

static void look_at_cpu(const struct doctor *d, unsigned cpu, const char *key, struct findings *f)
{
	char online[256], allowed[256];
	size_t used = 0;
	struct finding *finding;

	if (topology_cpu(d->topology, cpu) != NULL)
		return;
	allowed[0] = '\0';
	for (unsigned i = 0; i < d->topology->n_cpus && used < sizeof(allowed); i++)
		used += (size_t)snprintf(allowed + used, sizeof(allowed) - used, "%s%u",
			i > 0 ? "," : "", d->topology->cpus[i].cpu);
	read_first_line(online, sizeof(online), d->sys, "online");
	finding = finding_add(f, FINDING_ERROR, "cpuset",
		"an lcore runs on one CPU that the kernel lets this process have",
		"CPU %u of %s is not among the CPUs this process may use (%s)", cpu, key, allowed);
	if (names(online, cpu))
		finding_mend(finding, "widen the set (taskset, docker --cpuset-cpus, systemd "
				      "AllowedCPUs=), or choose another CPU");
	else
		finding_mend(finding, "this machine has the CPUs %s: choose from them",
			online[0] != '\0' ? online : allowed);
}

static void look_at_set(const struct doctor *d, struct findings *f)
{
	const struct conf *c = d->conf;

	if (c->lcores.control >= 0)
		look_at_cpu(d, (unsigned)c->lcores.control, "lcores.control", f);
	for (unsigned w = 0; w < c->lcores.n_workers; w++)
		look_at_cpu(d, c->lcores.workers[w], "lcores.workers", f);
	for (unsigned h = 0; h < c->n_handlers; h++)
		for (unsigned i = 0; i < c->handlers[h].n_cpus; i++)
			look_at_cpu(d, c->handlers[h].cpus[i], c->handlers[h].name, f);
}

static bool polls(const struct plan_lcore *l)
{
	return (l->role == PLAN_WORKER && !l->idle) || l->role == PLAN_HANDLER;
}

static void look_at_time(const struct doctor *d, struct findings *f)
{
	uint64_t limit = cgroup_cpu_limit(d->proc, d->sys);
	unsigned n = 0;

	for (unsigned l = 0; l < doctor_plan(d)->n_lcores; l++)
		n += polls(&doctor_plan(d)->lcores[l]);
	if (limit >= (uint64_t)n * 1000)
		return;
	finding_mend(finding_add(f, FINDING_WARNING, "cpu-quota",
			     "when its time is used up the group stands still, for up to a tenth "
			     "of a second at a time, and frames are lost",
			     "%u lcores poll, and the control group of this process may have the "
			     "time of %.1f CPUs",
			     n, (double)limit / 1000),
		"give it CPUs of its own instead of a quota (docker --cpuset-cpus without --cpus, "
		"systemd CPUQuota=)");
}

static void look_at_isolation(const struct doctor *d, struct findings *f)
{
	char isolated[256], ticks[256], list[256] = "";
	const struct plan *plan = doctor_plan(d);
	size_t used = 0;

	read_first_line(isolated, sizeof(isolated), d->sys, "isolated");
	read_first_line(ticks, sizeof(ticks), d->sys, "nohz_full");
	for (unsigned l = 0; l < plan->n_lcores && used < sizeof(list); l++) {
		unsigned cpu = plan->lcores[l].cpu;

		if (polls(&plan->lcores[l]) && (!names(isolated, cpu) || !names(ticks, cpu)))
			used += (size_t)snprintf(
				list + used, sizeof(list) - used, "%s%u", used > 0 ? "," : "", cpu);
	}
	if (list[0] == '\0')
		return;
	finding_mend(finding_add(f, FINDING_INFO, "isolation", TAKEN,
			     "lcores that poll are on CPUs %s, which the kernel uses, too "
			     "(isolated: %s; without tick: %s)",
			     list, isolated[0] != '\0' ? isolated : "none",
			     names(ticks, 0) || ticks[0] > '0' ? ticks : "none"),
		"boot with isolcpus=%s nohz_full=%s rcu_nocbs=%s", list, list, list);
}

static void look_at_distance(const struct doctor *d, struct findings *f)
{
	const struct plan *plan = doctor_plan(d);

	for (unsigned p = 0; p < plan->n_ports && d->topology->n_nodes > 1; p++) {
		const struct plan_port *port = &plan->ports[p];

		for (unsigned q = 0; port->node_known && q < port->n_rxq; q++) {
			const struct plan_lcore *l = &plan->lcores[port->rxq[q].lcore];
			const struct topology_node *node = topology_node(d->topology, l->node);

			finding_add(f, FINDING_INFO, "numa-distance",
				"each access to memory of another node takes longer",
				"port %s is on node %u; lcore %u, which polls queue %u, is on node "
				"%u: distance %u (10: the same node)",
				d->conf->ports[port->conf].name, port->node, l->lcore, q, l->node,
				node != NULL && node->distance[port->node] != 0
					? node->distance[port->node]
					: 10);
		}
	}
}

void doctor_cpus(const struct doctor *d, struct findings *f)
{
	look_at_set(d, f);
	look_at_time(d, f);
	look_at_isolation(d, f);
	look_at_distance(d, f);
}
