/* SPDX-License-Identifier: BSD-3-Clause */
/* EAL, memory, numbers and verdicts for the benches: see bench.h. */

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_eal.h>

#include "bench.h"
#include "thp.h"

static const char *program;
static uint64_t random_state = 1;
static cpu_set_t cpus;

int bench_cpu(unsigned n)
{
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &cpus) && n-- == 0)
			return cpu;
	}
	return -1;
}

void bench_adopt(const char *name)
{
	program = name;
	if (CPU_COUNT(&cpus) == 0)
		sched_getaffinity(0, sizeof(cpus), &cpus);
}

void bench_start(const char *name, int argc, char **argv)
{
	char mib[16];
	const char *const none[] = {"--no-huge", "-m", mib, "--no-shconf"};
	static const char *const always[] = {"--no-pci", "--no-telemetry", "--log-level=error"};
	char prefix[64], lcores[32];
	const char *args[32];
	int n = 0;

	bench_adopt(name);
	snprintf(mib, sizeof(mib), "%zu", thp_eal_mib(512));
	args[n++] = name;
	for (unsigned i = 0; argc <= 1 && i < RTE_DIM(none); i++)
		args[n++] = none[i];
	for (int i = 1; i < argc && i < 24; i++)
		args[n++] = argv[i];
	for (unsigned i = 0; i < RTE_DIM(always); i++)
		args[n++] = always[i];
	snprintf(lcores, sizeof(lcores), "--lcores=0@%d", bench_cpu(0));
	args[n++] = lcores;
	snprintf(prefix, sizeof(prefix), "--file-prefix=%s-%d", name, (int)getpid());
	args[n++] = prefix;
	if (rte_eal_init(n, (char **)(uintptr_t)args) < 0) {
		fprintf(stderr, "%s: EAL did not start\n", name);
		exit(EXIT_FAILURE);
	}
}

void bench_stop(void)
{
	char dir[256];

	snprintf(dir, sizeof(dir), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	rmdir(dir);
}

void bench_die(const char *what)
{
	fprintf(stderr, "%s: %s\n", program, what);
	bench_stop();
	exit(EXIT_FAILURE);
}

void *bench_memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		bench_die("no memory");
	madvise(p, size, MADV_HUGEPAGE);
	return p;
}

void bench_release(void *memory, size_t size)
{
	if (memory != NULL)
		munmap(memory, size);
}

uint64_t bench_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

void bench_reseed(void)
{
	random_state = 1;
}

static int compare(const void *x, const void *y)
{
	uint64_t l = *(const uint64_t *)x, r = *(const uint64_t *)y;

	return l < r ? -1 : l > r;
}

void bench_sort(uint64_t *values, size_t n)
{
	qsort(values, n, sizeof(values[0]), compare);
}

double bench_median(double *values, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		for (unsigned k = i; k > 0 && values[k] < values[k - 1]; k--) {
			double v = values[k];

			values[k] = values[k - 1];
			values[k - 1] = v;
		}
	}
	return values[n / 2];
}

void bench_target(const char *what, double found, double most, double aim, const char *why)
{
	bool holds = found <= most;

	printf("%-58s %6.2f  <= %5.2f %-13s  aim %5.2f %s\n", what, found, most,
		holds ? "holds" : "DOES NOT HOLD", aim, found <= aim ? "reached" : "not reached");
	if (!holds && why != NULL)
		printf("  why: %s\n", why);
}

static void keep(struct out *out, struct rte_mbuf **pkts, uint16_t n)
{
}

static void keep_port(struct out *out, uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
}

const struct out_ops bench_out_ops = {.flush_port = keep_port, .give_back = keep};
