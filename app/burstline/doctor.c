/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The doctor's round: memory, CPUs, limits, what the plan warns of, MTUs that do not fit, our
 * folder. Called by main.c for --doctor and before each start; only reads.
 */

#include "doctor.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

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

/** The process that has a lock on a file, by /proc: to lock it ourselves would keep a start that
 *  comes just then from it. 0: none that is seen here. */
static int holder_of(const struct doctor *d, const char *path)
{
	unsigned major_of, minor_of;
	unsigned long long inode;
	char name[PATH_MAX], line[256];
	int holder = 0, pid;
	struct stat st;
	FILE *f;

	snprintf(name, sizeof(name), "%s/locks", d->proc);
	f = stat(path, &st) == 0 ? fopen(name, "re") : NULL;
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%*d: FLOCK %*s WRITE %d %x:%x:%llu", &pid, &major_of, &minor_of,
			    &inode) == 4 &&
			inode == st.st_ino && major_of == major(st.st_dev) &&
			minor_of == minor(st.st_dev))
			holder = pid;
	if (f != NULL)
		fclose(f);
	return holder;
}

// Of all sockets EAL's for telemetry has the longest path.
static bool has_room_for_sockets(const struct doctor *d, const char *base, struct findings *f)
{
	int longest = snprintf(NULL, 0, "%s/dpdk/%s/dpdk_telemetry.v2", base, d->conf->name);
	int most = (int)sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (longest > most)
		finding_mend(
			finding_add(f, FINDING_ERROR, "runtime-folder",
				"EAL's telemetry has a socket there",
				"the path of a socket has at most %d characters, and this one %d: "
				"%s/dpdk/%s/dpdk_telemetry.v2",
				most, longest, base, d->conf->name),
			"export RUNTIME_DIRECTORY=$(mktemp -d)");
	return longest <= most;
}

static void look_at_folder(const struct doctor *d, struct findings *f)
{
	char base[256], folder[PATH_MAX / 4], lock[PATH_MAX / 2];
	int holder;

	runtime_base(base, sizeof(base));
	if (!has_room_for_sockets(d, base, f))
		return;
	runtime_folder(folder, sizeof(folder));
	snprintf(lock, sizeof(lock), "%s/%s.lock", folder, d->conf->name);
	if (access(folder, F_OK) != 0)
		snprintf(folder, sizeof(folder), "%s", base);
	holder = holder_of(d, lock);
	if (holder != 0)
		finding_mend(finding_add(f, FINDING_ERROR, "instance",
				     "two of one name would take each other's files",
				     "an instance named %s is running already", d->conf->name),
			"stop it (process %d) or give this one another `name`", holder);
	if (access(folder, W_OK | X_OK) != 0)
		finding_mend(finding_add(f, FINDING_ERROR, "runtime-folder",
				     "locks, sockets and what EAL shares with other processes live "
				     "there",
				     "no file can be made in %s: %s", folder, strerror(errno)),
			"export RUNTIME_DIRECTORY=$(mktemp -d) # or mount a tmpfs there (docker "
			"--tmpfs %s)",
			folder);
	else if (access(lock, W_OK) != 0 && errno != ENOENT)
		finding_mend(finding_add(f, FINDING_ERROR, "runtime-folder",
				     "the lock keeps two instances of one name apart",
				     "%s cannot be locked: %s", lock, strerror(errno)),
			"export RUNTIME_DIRECTORY=$(mktemp -d) # or, when nobody runs it: rm %s",
			lock);
}

void doctor_look(const struct doctor *d, struct findings *f)
{
	doctor_memory(d, f);
	doctor_cpus(d, f);
	doctor_limits(d, f);
	if (d->plan != NULL)
		look_at_warnings(d->plan, f);
	look_at_mtus(d, f);
	look_at_folder(d, f);
	// What nothing above explains better.
	if (d->plan == NULL && findings_worst(f) != FINDING_ERROR)
		finding_add(f, FINDING_ERROR, "plan", "nothing runs without a plan", "%s", d->why);
}
