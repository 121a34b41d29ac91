/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start and end of EAL, and the instance's name. `--no-huge` runs without EAL's shared
 * configuration (a secondary process that fails to attach hangs the primary's exit), so the lock on
 * the name is ours; it also tells that files of that name are a dead instance's.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_alarm.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>

#include "eal.h"
#include "eal_log.h"
#include "memif_faults.h"
#include "runtime.h"
#include "thp.h"

enum {
	ARGS_MAX = 160,
	ARG_MAX_LEN = 1024,
	INTERRUPTS_MS = 500 // EAL's interrupt thread is not waited for any longer
};

static void remove_runtime_folder(const char *name)
{
	char base[PATH_MAX / 4], folder[PATH_MAX / 2];
	struct dirent *e;
	DIR *dir;

	runtime_base(base, sizeof(base));
	snprintf(folder, sizeof(folder), "%s/dpdk/%s", base, name);
	dir = opendir(folder);
	if (dir == NULL)
		return;
	while ((e = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
	rmdir(folder);
	// A folder of ours alone: what EAL made in it, while no other instance is there.
	snprintf(folder, sizeof(folder), "%s/dpdk", base);
	if (getenv("RUNTIME_DIRECTORY") != NULL)
		rmdir(folder);
}

// EAL's hugepage files are NAMEmap_0, NAMEmap_1, ... in every hugetlbfs mount.
static void remove_hugepage_files(const char *name)
{
	FILE *mounts = setmntent("/proc/mounts", "r");
	struct mntent *m;
	char prefix[CONF_NAME_MAX + 8];
	struct dirent *e;

	snprintf(prefix, sizeof(prefix), "%smap_", name);
	while (mounts != NULL && (m = getmntent(mounts)) != NULL) {
		DIR *dir = strcmp(m->mnt_type, "hugetlbfs") == 0 ? opendir(m->mnt_dir) : NULL;

		while (dir != NULL && (e = readdir(dir)) != NULL) {
			if (strncmp(e->d_name, prefix, strlen(prefix)) == 0)
				unlinkat(dirfd(dir), e->d_name, 0);
		}
		if (dir != NULL)
			closedir(dir);
	}
	if (mounts != NULL)
		endmntent(mounts);
}

static void remove_traces(const char *name)
{
	remove_runtime_folder(name);
	remove_hugepage_files(name);
}

static const size_t LIVE_BYTES = 128u << 20; // for what a live change adds

static int lock_file(struct eal_lock *lock)
{
	struct stat opened, present;

	for (;;) {
		lock->fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		if (lock->fd < 0 || flock(lock->fd, LOCK_EX | LOCK_NB) != 0)
			return -errno;
		// The last holder unlinks the file: a lock on an unlinked one is worth nothing.
		if (fstat(lock->fd, &opened) == 0 && stat(lock->path, &present) == 0 &&
			opened.st_ino == present.st_ino)
			return 0;
		close(lock->fd);
	}
}

int eal_lock_name(struct eal_lock *lock, const char *name, char *error, size_t error_size)
{
	char folder[128];
	int rc;

	if (runtime_folder(folder, sizeof(folder)))
		mkdir(folder, 0755);
	snprintf(lock->path, sizeof(lock->path), "%s/%s.lock", folder, name);
	rc = lock_file(lock);
	if (rc == 0) {
		remove_traces(name);
		return 0;
	}
	if (lock->fd >= 0)
		close(lock->fd);
	lock->fd = -1;
	if (rc == -EWOULDBLOCK)
		snprintf(error, error_size,
			"an instance named %s is running already: stop it or give this one another "
			"`name`",
			name);
	else
		snprintf(error, error_size, "cannot lock %s: %s", lock->path, strerror(-rc));
	return -1;
}

void eal_unlock_name(struct eal_lock *lock)
{
	char folder[128];

	if (lock->fd < 0)
		return;
	unlink(lock->path);
	close(lock->fd);
	lock->fd = -1;
	if (runtime_folder(folder, sizeof(folder)))
		rmdir(folder); // only when no other instance's file is in it
}

struct arguments {
	int n;
	char *list[ARGS_MAX + 1];
};

static void add(struct arguments *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct arguments *a, const char *fmt, ...)
{
	char text[ARG_MAX_LEN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (a->n < ARGS_MAX)
		a->list[a->n++] = strdup(text);
}

static void add_lcores(struct arguments *a, const struct plan *plan)
{
	char map[ARG_MAX_LEN] = "";
	size_t used = 0;

	for (unsigned l = 0; l < plan->n_lcores; l++) {
		if (plan->lcores[l].role == PLAN_OWN)
			continue;
		used += (size_t)snprintf(map + used, sizeof(map) - used, "%s%u@%u",
			l == 0 ? "" : ",", l, plan->lcores[l].cpu);
	}
	add(a, "--lcores=%s", map);
	add(a, "--main-lcore=0");
}

static void add_devices(struct arguments *a, const struct plan *plan)
{
	unsigned n_pci = 0;

	// Virtual devices are probed one by one later, so that an error names its port.
	for (unsigned p = 0; p < plan->n_ports; p++) {
		if (!plan->ports[p].is_pci)
			continue;
		add(a, "--allow=%s", plan->ports[p].device);
		n_pci++;
	}
	if (n_pci == 0)
		add(a, "--no-pci");
}

static void add_memory(
	struct arguments *a, const struct plan *plan, const struct topology *topology)
{
	bool shared = false, pci = false;
	size_t mib;

	for (unsigned p = 0; p < plan->n_ports; p++) {
		shared |= plan->ports[p].shares_memory;
		pci |= plan->ports[p].is_pci;
	}
	// Virtual devices need no physical addresses, which only SYS_ADMIN may ask for, also of the
	// memory that ports get which come later; and the pool of net_af_xdp is one piece, which
	// they seldom are.
	if (plan->hugepages && !pci)
		add(a, "--iova-mode=va");
	// One file for each hugepage would be too many for a vhost-user peer.
	if (plan->hugepages && shared)
		add(a, "--single-file-segments");
	if (plan->hugepages && topology->huge_mounted)
		add(a, "--huge-dir=%s", topology->huge_dir);
	if (plan->hugepages)
		return;
	add(a, "--no-huge");
	add(a, "--no-shconf");
	add(a, "-m");
	// It is taken from the system when it is written only: what ports that come later need
	// costs nothing until then. But where an IOMMU maps all of it for NICs.
	mib = (plan->memory_bytes + plan->n_pools * THP_BYTES + LIVE_BYTES + (1 << 20) - 1) >> 20;
	add(a, "%zu", pci ? mib : thp_eal_mib(mib));
}

int eal_start(const struct conf *conf, const struct plan *plan, const struct topology *topology,
	int n_extra, char **extra, char *error, size_t error_size)
{
	// EAL points to some of them as long as it runs, and moves them about in its array.
	static struct arguments a;
	char *list[ARGS_MAX + 1];
	char said[256] = "";
	int rc;

	add(&a, "burstline");
	add(&a, "--file-prefix=%s", conf->name);
	add_lcores(&a, plan);
	add_devices(&a, plan);
	add_memory(&a, plan, topology);
	for (int i = 0; i < n_extra; i++)
		add(&a, "%s", extra[i]);
	eal_log_forget();
	memcpy(list, a.list, sizeof(list));
	rc = rte_eal_init(a.n, list);
	if (rc < 0) {
		eal_log_last(said, sizeof(said));
		rc = n_extra > 0 && rte_errno == EINVAL ? -EINVAL : -1;
		snprintf(error, error_size, "DPDK's EAL did not start: %s%s%s%s",
			rte_strerror(rte_errno), said[0] != '\0' ? " (" : "", said,
			said[0] != '\0' ? ")" : "");
		remove_traces(conf->name);
		return rc;
	}
	// EAL moves what is no option to the end, and passes over it.
	if (rc + 1 < a.n) {
		snprintf(error, error_size, "EAL takes no argument \"%s\": an option begins with -",
			list[rc + 1]);
		eal_stop(conf->name);
		return -EINVAL;
	}
	return 0;
}

void eal_forget(const char *name)
{
	remove_traces(name);
}

static void passed(void *arg)
{
	atomic_store((atomic_bool *)arg, true);
}

// A driver's callback that runs in EAL's interrupt thread at this moment (net_memif: its peer goes,
// too) still frees memory, which there is none of after the clean-up. That thread does one thing
// after another: when the alarm has rung, the callback has ended.
static void await_interrupts(void)
{
	static atomic_bool has_passed; // the alarm may ring after we have given up
	unsigned left = INTERRUPTS_MS;

	if (rte_eal_alarm_set(1, passed, &has_passed) != 0)
		return;
	for (; left > 0 && !atomic_load(&has_passed); left--)
		rte_delay_us_sleep(1000);
}

void eal_stop(const char *name)
{
	await_interrupts();
	memif_keep_mapped();
	rte_eal_cleanup();
	remove_traces(name);
}
