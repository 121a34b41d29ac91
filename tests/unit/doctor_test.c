/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The doctor on machines that are not here: nodes, hugepages, CPU sets, control groups and kernels'
 * command lines in files that the test makes. Each failure class that a machine causes is one case.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cgroup.h"
#include "doctor.h"

static const char TWO_NODES[] =
	"nodes:\n"
	"  - {node: 0, cpus: \"0-3\", distances: [10, 21], hugepages: %u}\n"
	"  - {node: 1, cpus: \"4-7\", distances: [21, 10], hugepages: %u%s}\n"
	"hugetlbfs: true\n"
	"ports: [{name: p, node: 1, rx-queues: 1, tx-queues: 4}]\n";

static const struct handler *const table[] = {NULL};
static char root[32], sys[64], proc[64], error[512];
static struct conf *conf;
static struct topology *topology, *granted;
static struct plan *plan, *wish;
static struct findings found;

__attribute__((format(printf, 2, 3))) static void put(const char *text, const char *fmt, ...)
{
	char path[256];
	va_list ap;
	FILE *f;
	int n = snprintf(path, sizeof(path), "%s/", root);

	va_start(ap, fmt);
	vsnprintf(path + n, sizeof(path) - n, fmt, ap);
	va_end(ap);
	for (char *p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int make_root(void **state)
{
	strcpy(root, "/tmp/doctor_test_XXXXXX");
	if (mkdtemp(root) == NULL)
		return -1;
	snprintf(sys, sizeof(sys), "%s/sys", root);
	snprintf(proc, sizeof(proc), "%s/proc", root);
	put("0-7\n", "sys/devices/system/cpu/online");
	return 0;
}

static int remove_root(void **state)
{
	char command[64];

	findings_free(&found);
	plan_free(plan);
	plan_free(wish);
	topology_free(topology);
	topology_free(granted);
	conf_free(conf);
	plan = wish = NULL;
	topology = granted = NULL;
	conf = NULL;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static struct topology *load(const char *text)
{
	struct topology *t;
	char path[64];

	put(text, "topology.yaml");
	snprintf(path, sizeof(path), "%s/topology.yaml", root);
	if (topology_load(path, &t, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	return t;
}

/** What the doctor finds for a configuration on a machine. */
static void look(const char *yaml, const char *machine)
{
	struct doctor d = {.proc = proc, .sys = sys, .why = error};

	if (conf_load_buffer("test", yaml, strlen(yaml), &conf, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	topology = load(machine);
	granted = load(machine);
	if (topology_grant(granted, conf, error, sizeof(error)) != 0 ||
		plan_make(conf, granted, table, &wish, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	plan_make(conf, topology, table, &plan, error, sizeof(error));
	d.conf = conf;
	d.topology = topology;
	d.plan = plan;
	d.wish = wish;
	doctor_look(&d, &found);
}

static void look_at(const char *yaml, unsigned pages0, unsigned pages1, const char *more)
{
	char machine[512];

	// NOLINTNEXTLINE: a constant of this file
	snprintf(machine, sizeof(machine), TWO_NODES, pages0, pages1, more);
	look(yaml, machine);
}

/** The finding of this kind that says `what`; its mending command is `mend`. */
static void has(const char *id, enum finding_severity severity, const char *what, const char *mend)
{
	for (unsigned i = 0; i < found.n; i++) {
		const struct finding *f = &found.list[i];

		if (strcmp(f->id, id) != 0 || strstr(f->what, what) == NULL)
			continue;
		assert_int_equal(f->severity, severity);
		assert_string_equal(f->mend, mend);
		assert_non_null(f->why);
		return;
	}
	findings_print(&found, stderr);
	fail_msg("%s: \"%s\" was not found", id, what);
}

static void has_none(const char *id, enum finding_severity severity)
{
	for (unsigned i = 0; i < found.n; i++) {
		const struct finding *f = &found.list[i];

		if (f->severity < severity || strcmp(f->id, id) != 0)
			continue;
		findings_print(&found, stderr);
		fail_msg("%s was found", id);
	}
}

static const char PCI[] = "lcores: {control: 0, workers: [4]}\n"
			  "ports: [{name: p, device: \"0000:3b:00.0\"}]\n";

static void hugepages_are_reckoned_by_node(void **state)
{
	look_at(PCI, 64, 64, "");
	has("hugepages", FINDING_INFO, "node 0: ", "");
	has("hugepages", FINDING_INFO, " pages of 2048 KiB needed, 64 of 64 are free", "");
	has("hugepages", FINDING_INFO, "node 1: ", "");
	assert_int_equal(findings_worst(&found), FINDING_INFO);
}

static uint64_t pages_of(unsigned node)
{
	for (unsigned i = 0; i < wish->n_nodes; i++) {
		const struct plan_node *n = &wish->nodes[i];

		if (n->node == node)
			return (n->pools + n->rings + n->bridges + n->other + (2 << 20) - 1) >> 21;
	}
	return 0;
}

static void too_few_hugepages_are_an_error_when_required(void **state)
{
	char mend[256], yaml[256];

	snprintf(yaml, sizeof(yaml), "%smemory: {hugepages: require}\n", PCI);
	look_at(yaml, 64, 3, "");
	assert_null(plan);
	snprintf(mend, sizeof(mend),
		"echo %llu > "
		"/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages # fewer "
		"come where memory is in pieces: then boot with hugepages=%llu",
		(unsigned long long)pages_of(1), (unsigned long long)pages_of(1));
	has("hugepages", FINDING_ERROR, "node 1: ", mend);
	has("hugepages", FINDING_INFO, "node 0: ", "");
	has_none("plan", FINDING_INFO); // the same in other words
}

static void the_host_s_hugepages_are_never_made_fewer(void **state)
{
	char mend[256];

	look_at(PCI, 64, 0, "");
	findings_free(&found);
	topology->nodes[1].huge_total_bytes = 500ull << 21; // all of them are others'
	doctor_memory(&(struct doctor){.conf = conf,
			      .topology = topology,
			      .plan = plan,
			      .wish = wish,
			      .proc = proc,
			      .sys = sys},
		&found);
	snprintf(mend, sizeof(mend),
		"echo %llu > "
		"/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages # fewer "
		"come where memory is in pieces: then boot with hugepages=%llu",
		(unsigned long long)(500 + pages_of(1)), (unsigned long long)(500 + pages_of(1)));
	has("hugepages", FINDING_WARNING, "0 of 500 are free", mend); // a NIC suffers without
}

static void a_group_s_limit_of_hugepages_is_said(void **state)
{
	put("0::/pod/one\n", "proc/self/cgroup");
	put("8388608\n", "sys/fs/cgroup/pod/hugetlb.2MB.max");
	put("2097152\n", "sys/fs/cgroup/pod/hugetlb.2MB.current");
	put("max\n", "sys/fs/cgroup/pod/one/hugetlb.2MB.max");
	put("4194304\n", "sys/fs/cgroup/pod/one/hugetlb.2MB.rsvd.max");
	put("0\n", "sys/fs/cgroup/pod/one/hugetlb.2MB.rsvd.current");
	assert_int_equal(cgroup_huge_left(proc, sys, 2 << 20), 4 << 20);
	put("max\n", "sys/fs/cgroup/pod/one/hugetlb.2MB.rsvd.max");
	assert_int_equal(cgroup_huge_left(proc, sys, 2 << 20), 6 << 20);
	assert_true(cgroup_huge_left(proc, sys, 1 << 30) == UINT64_MAX);
	put("5:hugetlb:/pod\n", "proc/self/cgroup"); // version 1
	put("4194304\n", "sys/fs/cgroup/hugetlb/pod/hugetlb.2MB.limit_in_bytes");
	put("2097152\n", "sys/fs/cgroup/hugetlb/pod/hugetlb.2MB.usage_in_bytes");
	assert_int_equal(cgroup_huge_left(proc, sys, 2 << 20), 2 << 20);
	look_at(PCI, 64, 64, "");
	topology->huge_group = (struct topology_limit){.there = true, .left_bytes = 4 << 20};
	findings_free(&found);
	doctor_memory(
		&(struct doctor){
			.conf = conf, .topology = topology, .plan = plan, .proc = proc, .sys = sys},
		&found);
	has("hugepages", FINDING_WARNING, "may have 4.0 MiB of hugepages more, and ",
		"raise the limit (hugetlb.*.max, kubernetes: resources.limits.hugepages-2Mi)");
	plan_free(plan);
	assert_int_equal(plan_make(conf, topology, table, &plan, error, sizeof(error)), 0);
	assert_false(plan->hugepages);
}

static void memory_that_the_cpuset_forbids_is_said(void **state)
{
	look_at(PCI, 64, 64, ", memory: false");
	has("numa", FINDING_WARNING, "port p is on node 1, where this process gets no memory", "");
}

static void a_port_far_from_its_worker_is_said(void **state)
{
	look_at("lcores: {control: 0, workers: [1]}\n"
		"ports: [{name: p, device: \"0000:3b:00.0\"}]\n",
		64, 64, "");
	has("numa", FINDING_WARNING, "crosses nodes (distance 21, local 10)", "");
	has("numa-distance", FINDING_INFO, "is on node 0: distance 21", "");
}

static const char TAP[] = "lcores: {control: 0, workers: [1, 9]}\n"
			  "ports: [{name: p, device: \"net_tap0,iface=t\"}]\n"
			  "memory: {hugepages: never}\n";

static void cpus_outside_of_the_set_are_errors(void **state)
{
	look(TAP, "nodes: [{node: 0, cpus: \"0-1\"}]\n");
	has("cpuset", FINDING_ERROR,
		"CPU 9 of lcores.workers is not among the CPUs this process may use (0,1)",
		"this machine has the CPUs 0-7: choose from them");
	has_none("plan", FINDING_INFO);
	remove_root(NULL);
	make_root(NULL);
	put("0-15\n", "sys/devices/system/cpu/online");
	look(TAP, "nodes: [{node: 0, cpus: \"0-1\"}]\n");
	has("cpuset", FINDING_ERROR, "CPU 9",
		"widen the set (taskset, docker --cpuset-cpus, systemd AllowedCPUs=), or choose "
		"another CPU");
}

static const char QUOTA[] =
	"give it CPUs of its own instead of a quota (docker --cpuset-cpus without "
	"--cpus, systemd CPUQuota=)";
static const char SMALL[] = "lcores: {control: 0, workers: [1, 2]}\n"
			    "ports: [{name: p, device: \"net_memif0,role=server\", rx-queues: 2}]\n"
			    "memory: {hugepages: never}\n";
static const char FLAT[] = "nodes: [{node: 0, cpus: \"0-7\"}]\n";

static void a_quota_of_cpu_time_is_said(void **state)
{
	put("0::/pod/one\n", "proc/self/cgroup");
	put("150000 100000\n", "sys/fs/cgroup/pod/cpu.max");
	put("max 100000\n", "sys/fs/cgroup/pod/one/cpu.max");
	look(SMALL, FLAT);
	has("cpu-quota", FINDING_WARNING,
		"2 lcores poll, and the control group of this process may have the time of 1.5 "
		"CPUs",
		QUOTA);
	findings_free(&found);
	put("200000 100000\n", "sys/fs/cgroup/pod/cpu.max");
	assert_int_equal(cgroup_cpu_limit(proc, sys), 2000);
	put("3:cpuset:/\n2:cpu,cpuacct:/pod\n", "proc/self/cgroup"); // version 1
	put("-1\n", "sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_quota_us");
	put("50000\n", "sys/fs/cgroup/cpu/pod/cpu.cfs_quota_us");
	put("100000\n", "sys/fs/cgroup/cpu/pod/cpu.cfs_period_us");
	assert_int_equal(cgroup_cpu_limit(proc, sys), 500);
	put("", "proc/self/cgroup");
	assert_true(cgroup_cpu_limit(proc, sys) == UINT64_MAX);
}

static void a_limit_of_memory_is_said(void **state)
{
	put("0::/\n", "proc/self/cgroup"); // as a container sees it
	put("16777216\n", "sys/fs/cgroup/memory.max");
	look(SMALL, FLAT);
	has("memory", FINDING_ERROR, "the control group of this process may have 16",
		"raise the limit (docker --memory, systemd MemoryMax=), use hugepages, or fewer "
		"`mbufs`");
	findings_free(&found);
	put("max\n", "sys/fs/cgroup/memory.max");
	put("MemTotal: 9999999 kB\nMemAvailable: 16384 kB\n", "proc/meminfo");
	doctor_memory(
		&(struct doctor){
			.conf = conf, .topology = topology, .plan = plan, .proc = proc, .sys = sys},
		&found);
	has("memory", FINDING_WARNING, "and 16 are available",
		"use fewer `mbufs`, or a machine with more memory");
}

static void isolation_is_a_hint(void **state)
{
	put("2\n", "sys/devices/system/cpu/isolated");
	put("1-2\n", "sys/devices/system/cpu/nohz_full");
	look(SMALL, FLAT);
	has("isolation", FINDING_INFO,
		"on CPUs 1, which the kernel uses, too (isolated: 2; without "
		"tick: 1-2)",
		"boot with isolcpus=1 nohz_full=1 rcu_nocbs=1");
	findings_free(&found);
	put("1-3\n", "sys/devices/system/cpu/isolated");
	doctor_cpus(
		&(struct doctor){
			.conf = conf, .topology = topology, .plan = plan, .proc = proc, .sys = sys},
		&found);
	has_none("isolation", FINDING_INFO);
}

static void mtus_that_do_not_fit_are_said(void **state)
{
	look("ports:\n"
	     "  - {name: a, device: \"net_memif0,role=server\", mtu: 9000}\n"
	     "  - {name: b, device: \"net_tap0,iface=t\", mtu: 1500}\n"
	     "wires: [[b, a]]\n"
	     "memory: {hugepages: never}\n",
		FLAT);
	has("mtu", FINDING_WARNING, "ports a (MTU 9000) and b (MTU 1500) forward to each other",
		"give both the same `mtu`, and their interfaces (ip link set dev NAME mtu N)");
}

static void an_interface_with_a_small_mtu_is_said(void **state)
{
	look("ports: [{name: a, device: \"net_af_packet0,iface=e\", mtu: 9000}]\n"
	     "memory: {hugepages: never}\n",
		"nodes: [{node: 0, cpus: \"0-7\"}]\nports: [{name: a, mtu: 1500}]\n");
	has("mtu", FINDING_WARNING,
		"port a: DPDK sets no MTU above 1500 on net_af_packet: give the interface MTU 9000",
		"ip link set dev e mtu 9000");
}

static void lost_tags_are_said(void **state)
{
	look("ports:\n"
	     "  - {name: a, device: \"net_af_packet0,iface=e\"}\n"
	     "  - {name: b, device: \"net_af_packet1,iface=f\"}\n"
	     "wires: [[a, b]]\n"
	     "memory: {hugepages: never}\n",
		FLAT);
	has("tags", FINDING_WARNING, "gives every outer tag back as 0x8100", "");
}

static void what_the_plan_warns_of_has_a_kind(void **state)
{
	look("ports: [{name: m, device: \"net_memif0,role=server\", mtu: 9000}]\n"
	     "memory: {hugepages: never, mbufs: 4000}\n",
		"nodes: [{node: 0, cpus: \"0\"}]\n");
	has("cpu-shared", FINDING_WARNING, "lcores 0 and 1 share CPU 0", "");
	has("peer", FINDING_WARNING, "its client must have buffers for a whole frame", "");
	has("mbufs", FINDING_WARNING, "memory.mbufs 4000 is below", "");
}

static void a_folder_that_cannot_be_written_is_an_error(void **state)
{
	setenv("RUNTIME_DIRECTORY", "/nowhere", 1);
	look(SMALL, FLAT);
	unsetenv("RUNTIME_DIRECTORY");
	has("runtime-folder", FINDING_ERROR, "no file can be made in /nowhere: No such file",
		"export RUNTIME_DIRECTORY=$(mktemp -d) # or mount a tmpfs there (docker --tmpfs "
		"/nowhere)");
}

static void a_folder_whose_name_leaves_no_room_for_sockets_is_an_error(void **state)
{
	char path[128] = "/tmp/";

	memset(path + 5, 'd', 80);
	setenv("RUNTIME_DIRECTORY", path, 1);
	look(SMALL, FLAT);
	unsetenv("RUNTIME_DIRECTORY");
	has("runtime-folder", FINDING_ERROR,
		"the path of a socket has at most 107 characters, and this one 1",
		"export RUNTIME_DIRECTORY=$(mktemp -d)");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)
	const struct CMUnitTest tests[] = {
		TEST(hugepages_are_reckoned_by_node),
		TEST(too_few_hugepages_are_an_error_when_required),
		TEST(the_host_s_hugepages_are_never_made_fewer),
		TEST(a_group_s_limit_of_hugepages_is_said),
		TEST(memory_that_the_cpuset_forbids_is_said),
		TEST(a_port_far_from_its_worker_is_said),
		TEST(cpus_outside_of_the_set_are_errors),
		TEST(a_quota_of_cpu_time_is_said),
		TEST(a_limit_of_memory_is_said),
		TEST(isolation_is_a_hint),
		TEST(mtus_that_do_not_fit_are_said),
		TEST(an_interface_with_a_small_mtu_is_said),
		TEST(lost_tags_are_said),
		TEST(what_the_plan_warns_of_has_a_kind),
		TEST(a_folder_that_cannot_be_written_is_an_error),
		TEST(a_folder_whose_name_leaves_no_room_for_sockets_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
