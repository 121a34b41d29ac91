/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The doctor's round: memory, CPUs, what the plan warns of, MTUs that do not fit, our folder.
 * Called by main.c for --doctor and before each start; only reads.
 */

#include "doctor.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"
#include "runtime.h"

/** What the plan's warnings are findings of. */
static const struct {
	const char *id, *why;
} topics[PLAN_TOPICS] = {
	[PLAN_NUMA] = {"numa", "each access to memory of another node takes up to twice as long"},
	[PLAN_SHARED_CPU] = {"cpu-shared",
		"each waits while the other runs, and frames wait with it"},
	[PLAN_MTU] = {"mtu", "longer frames are lost"},
	[PLAN_TAGS] = {"tags",
		"frames go on with another outer tag than they came with, or not at all"},
	[PLAN_MBUFS] = {"mbufs", "a pool that is empty looks like an idle port"},
	[PLAN_PEER] = {"peer", "longer frames arrive garbled, and nothing here sees why"},
};

static void look_at_warnings(const struct plan *plan, struct findings *f)
{
	for (unsigned w = 0; w < plan->n_warnings; w++) {
		const struct plan_warning *warning = &plan->warnings[w];
		struct finding *finding = finding_add(f, FINDING_WARNING, topics[warning->topic].id,
			topics[warning->topic].why, "%s", warning->what);

		finding->planned = true;
		finding_mend(finding, "%s", warning->mend);
	}
}

static unsigned mtu_of(const struct doctor *d, unsigned port)
{
	const struct conf_port *c = &d->conf->ports[port];
	const struct topology_port *t = topology_find_port(d->topology, c->name);

	return c->mtu != 0 ? c->mtu : t != NULL ? t->mtu : 0;
}

/** What a larger MTU lets in, a smaller one does not let out. */
static void compare_mtus(const struct doctor *d, unsigned a, unsigned b, struct findings *f)
{
	unsigned mine = mtu_of(d, a), other = mtu_of(d, b);
	unsigned small = mine < other ? a : b, large = mine < other ? b : a;

	if (mine == 0 || other == 0 || mine == other)
		return;
	finding_mend(finding_add(f, FINDING_WARNING, "mtu",
			     "longer frames that come in on one side are dropped and counted "
			     "(tx_too_long)",
			     "ports %s (MTU %u) and %s (MTU %u) forward to each other",
			     d->conf->ports[large].name, mtu_of(d, large),
			     d->conf->ports[small].name, mtu_of(d, small)),
		"give both the same `mtu`, and their interfaces (ip link set dev NAME mtu N)");
}

static void look_at_mtus(const struct doctor *d, struct findings *f)
{
	for (unsigned w = 0; w < d->conf->n_wires; w++)
		compare_mtus(d, d->conf->wires[w].port[0], d->conf->wires[w].port[1], f);
	for (unsigned b = 0; b < d->conf->n_bridges; b++) {
		const struct conf_bridge *bridge = &d->conf->bridges[b];

		for (unsigned m = 1; m < bridge->n_members; m++)
			compare_mtus(d, bridge->members[0].port, bridge->members[m].port, f);
	}
}

static void look_at_folder(struct findings *f)
{
	char base[256];

	runtime_base(base, sizeof(base));
	if (access(base, W_OK | X_OK) == 0)
		return;
	finding_mend(finding_add(f, FINDING_ERROR, "runtime-folder",
			     "locks, sockets and what EAL shares with other processes live there",
			     "no file can be made in %s: %s", base, strerror(errno)),
		"set RUNTIME_DIRECTORY to a folder of this user's, or mount a tmpfs there "
		"(docker --tmpfs %s)",
		base);
}

void doctor_look(const struct doctor *d, struct findings *f)
{
	doctor_memory(d, f);
	doctor_cpus(d, f);
	if (d->plan != NULL)
		look_at_warnings(d->plan, f);
	look_at_mtus(d, f);
	look_at_folder(f);
	// What nothing above explains better.
	if (d->plan == NULL && findings_worst(f) != FINDING_ERROR)
		finding_add(f, FINDING_ERROR, "plan", "nothing runs without a plan", "%s", d->why);
}
