/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The doctor's part: open files and threads that this process may have. EAL ends the program where
 * it lacks some (rte_panic), and says neither what of nor what mends it.
 */

#include <pthread.h>
#include <sys/resource.h>

#include "doctor.h"

enum {
	FILES = 24,      // of EAL, its log and telemetry, the control socket and its first clients
	FILES_LCORE = 4, // two pipes to an lcore
	FILES_PORT = 8,  // a tap of one queue has 5; most have fewer
	FILES_USUAL = 1024,
	THREADS = 2 // of EAL: interrupts and telemetry
};

static unsigned eal_lcores(const struct plan *plan)
{
	unsigned n = 0;

	for (unsigned l = 0; l < plan->n_lcores; l++)
		n += plan->lcores[l].role != PLAN_OWN;
	return n;
}

static void look_at_files(const struct plan *plan, struct findings *f)
{
	unsigned needed = FILES + FILES_LCORE * eal_lcores(plan) + FILES_PORT * plan->n_ports;
	unsigned asked = needed > FILES_USUAL ? needed : FILES_USUAL;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
		return;
	finding_mend(finding_add(f, FINDING_ERROR, "open-files",
			     "DPDK ends the program where it lacks one, without a word of it",
			     "the plan needs up to %u open files, and this process may have %llu",
			     needed, (unsigned long long)limit.rlim_cur),
		"ulimit -n %u # or docker --ulimit nofile=%u, systemd LimitNOFILE=%u", asked, asked,
		asked);
}

static void *wait_and_end(void *gate)
{
	pthread_mutex_lock(gate);
	pthread_mutex_unlock(gate);
	return NULL;
}

/** How many threads there can be besides those that there are, up to `wanted`: user, control group
 *  and memory limit them, and only the kernel knows what is left. */
static unsigned try_threads(unsigned wanted)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	pthread_t thread[PLAN_MAX_LCORES + THREADS];
	unsigned n = 0;

	pthread_mutex_lock(&gate);
	while (n < wanted && pthread_create(&thread[n], NULL, wait_and_end, &gate) == 0)
		n++;
	pthread_mutex_unlock(&gate);
	for (unsigned i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	return n;
}

static void look_at_threads(const struct plan *plan, struct findings *f)
{
	unsigned needed = eal_lcores(plan) - 1 + THREADS, got = try_threads(needed);

	if (got == needed)
		return;
	finding_mend(finding_add(f, FINDING_ERROR, "threads",
			     "DPDK ends the program where it lacks one, without a word of it",
			     "EAL needs %u threads besides the first, and only %u can be made",
			     needed, got),
		"ulimit -u unlimited # or let its control group have more (docker --pids-limit, "
		"systemd TasksMax=)");
}

void doctor_limits(const struct doctor *d, struct findings *f)
{
	const struct plan *plan = doctor_plan(d);

	look_at_files(plan, f);
	look_at_threads(plan, f);
}
