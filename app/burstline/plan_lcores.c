/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Steps of plan_make(): which lcore runs on which CPU. Lcore 0 is control, then the workers, then
 * the lcores and threads of handlers. Two lcores may share a CPU: that is said, because it costs.
 */

#include <stdio.h>

#include "plan_draft.h"

void draft_cpu_list(const struct topology *topology, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0, j; i < topology->n_cpus && used < size; i = j + 1) {
		unsigned first = topology->cpus[i].cpu;

		for (j = i; j + 1 < topology->n_cpus &&
			    topology->cpus[j + 1].cpu == topology->cpus[j].cpu + 1;)
			j++;
		used += snprintf(text + used, size - used, "%s%u", i ? "," : "", first);
		if (j > i && used < size)
			used += snprintf(text + used, size - used, "-%u", topology->cpus[j].cpu);
	}
}

int draft_add_lcore(struct draft *d, int cpu, enum plan_role role, const char *key)
{
	const struct topology_cpu *found = cpu < 0 ? NULL : topology_cpu(d->topology, cpu);
	struct plan_lcore *lcore;
	char allowed[128];

	if (!found) {
		draft_cpu_list(d->topology, allowed, sizeof(allowed));
		return draft_fail(d,
			"CPU %d of %s is not among the CPUs this process may use (%s): choose from "
			"these or widen the cpuset",
			cpu, key, allowed);
	}
	if (d->plan->n_lcores == PLAN_MAX_LCORES)
		return draft_fail(d,
			"more than %d lcores (control, workers and lcores of handlers): "
			"take CPUs out of %s",
			PLAN_MAX_LCORES, key);
	lcore = draft_push(d, &d->plan->lcores, &d->plan->n_lcores, sizeof(*lcore));
	if (!lcore)
		return -1;
	lcore->lcore = d->plan->n_lcores - 1;
	lcore->cpu = cpu;
	lcore->node = found->node;
	lcore->role = role;
	return 0;
}

int draft_lcores(struct draft *d)
{
	const struct conf_lcores *c = &d->conf->lcores;
	const struct topology *t = d->topology;
	int control, first = 0;

	if (t->n_cpus == 0)
		return draft_fail(d, "this process may use no CPU: widen the cpuset");
	control = c->control == CONF_CPU_AUTO ? (int)t->cpus[0].cpu : c->control;
	if (draft_add_lcore(d, control, PLAN_CONTROL, "lcores.control") < 0)
		return -1;
	for (unsigned i = 0; i < c->n_workers; i++)
		if (draft_add_lcore(d, (int)c->workers[i], PLAN_WORKER, "lcores.workers") < 0)
			return -1;
	if (c->n_workers == 0) {
		first = (int)t->cpus[t->n_cpus > 1 ? 1 : 0].cpu;
		if (draft_add_lcore(d, first, PLAN_WORKER, "lcores.workers") < 0)
			return -1;
	}
	d->n_workers = d->plan->n_lcores - 1;
	return 0;
}

/** A thread of its own is made to be preempted, and touches no pool that a worker uses: sharing
 *  costs something only where it takes a worker's CPU. */
static bool disturbs(const struct plan *p, unsigned i, unsigned j)
{
	const struct plan_lcore *a = &p->lcores[i], *b = &p->lcores[j];

	return (a->role != PLAN_OWN && b->role != PLAN_OWN) || a->role == PLAN_WORKER ||
	       b->role == PLAN_WORKER;
}

/** A choice is noted; what nobody chose is warned of. */
static int say_share(struct draft *d, unsigned i, unsigned j)
{
	static const char fmt[] = "lcores %u and %u share CPU %u: each waits while the other runs, "
				  "and all pools take slower operations that survive this";
	unsigned cpu = d->plan->lcores[i].cpu;

	return d->conf->lcores.n_workers ? draft_note(d, fmt, i, j, cpu)
	                                 : draft_warn(d, PLAN_SHARED_CPU, fmt, i, j, cpu);
}

int draft_share(struct draft *d)
{
	struct plan *p = d->plan;
	int rc = 0;

	for (unsigned i = 0; i < p->n_lcores; i++) {
		for (unsigned j = i + 1; j < p->n_lcores && rc == 0; j++) {
			if (p->lcores[i].cpu != p->lcores[j].cpu || !disturbs(p, i, j))
				continue;
			p->lcores[i].shares_cpu = p->lcores[j].shares_cpu = true;
			rc = say_share(d, i, j);
		}
	}
	return rc;
}
