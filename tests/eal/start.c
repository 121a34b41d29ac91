/* SPDX-License-Identifier: BSD-3-Clause */
/* Start and end of EAL for a test program: see start.h. */

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_eal.h>
#include <rte_launch.h>

#include "eal.h"
#include "eal_log.h"
#include "start.h"
#include "thp.h"

static char prefix[32];
static cpu_set_t allowed;

int start_eal(void **state)
{
	char file_prefix[64], lcores[320], mib[16];
	const char *args[] = {"test", "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry",
		"-m", mib, "--lcores", lcores, file_prefix};
	char cpus[256] = "";
	size_t cpus_used = 0;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	for (int c = 0; c < CPU_SETSIZE && cpus_used < sizeof(cpus) - 8; c++) {
		if (CPU_ISSET(c, &allowed))
			cpus_used += (size_t)snprintf(cpus + cpus_used, sizeof(cpus) - cpus_used,
				"%s%d", cpus_used != 0 ? "," : "", c);
	}
	snprintf(mib, sizeof(mib), "%zu", thp_eal_mib(256));
	// Each of them on any CPU.
	snprintf(lcores, sizeof(lcores), "(0-%u)@(%s)", START_LCORES - 1, cpus);
	snprintf(prefix, sizeof(prefix), "eal-test-%d", (int)getpid());
	snprintf(file_prefix, sizeof(file_prefix), "--file-prefix=%s", prefix);
	if (eal_log_open() != 0 || rte_eal_init(RTE_DIM(args), (char **)(uintptr_t)args) < 0) {
		char said[256] = "";

		eal_log_last(said, sizeof(said));
		fprintf(stderr, "EAL did not start: %s\n", said);
		return -1;
	}
	return 0;
}

void end_if_lanes_run(void)
{
	for (unsigned l = 1; l < START_LCORES; l++) {
		if (rte_eal_get_lcore_state(l) != RUNNING)
			continue;
		fprintf(stderr, "a check failed while lanes ran: no more tests\n");
		fflush(NULL);
		eal_forget(prefix);
		_exit(1);
	}
}

int stop_eal(void **state)
{
	end_if_lanes_run();
	eal_stop(prefix);
	return 0;
}

void start_on_cpu(unsigned n)
{
	int count = CPU_COUNT(&allowed), left = (int)n % count;
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int c = 0; c < CPU_SETSIZE; c++) {
		if (CPU_ISSET(c, &allowed) && left-- == 0)
			CPU_SET(c, &set);
	}
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}
