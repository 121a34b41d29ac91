/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See privilege.h. Linux keeps capabilities by thread, and DPDK has threads that run none of our
 * code: each is told by a signal, as glibc tells them of setuid(), and gives them up in its
 * handler. Called by main.c and management.c; libcap-ng for names and what there is.
 */

#include "privilege.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cap-ng.h>
#include <linux/capability.h>
#include <rte_eal.h>

#include "driver.h"
#include "preflight_capability.h"

enum { ROUNDS = 5000, ROUND_NS = 2000000 }; // ten seconds: a machine may stand still

static uint64_t keep; // what the handler leaves; set before any signal is sent

void privilege_take(void)
{
	capng_get_caps_process();
	for (unsigned c = 0; c <= CAP_LAST_CAP; c++)
		if (capng_have_capability(CAPNG_PERMITTED, c))
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, c);
	capng_apply(CAPNG_SELECT_CAPS);
}

static uint64_t bit(unsigned capability)
{
	return UINT64_C(1) << capability;
}

static uint64_t needed_by(const struct conf_port *port)
{
	char error[256];
	const struct driver *driver = driver_find(port->device, error, sizeof(error));
	struct driver_socket s;
	uint64_t set = 0;

	if (driver == NULL)
		return 0;
	set = preflight_capabilities(port);
	if (driver->umem)
		set |= bit(CAP_IPC_LOCK);
	if (driver->is_pci)
		set |= bit(CAP_IPC_LOCK) | bit(CAP_SYS_RAWIO);
	if (driver_socket(driver, port->device, &s))
		set |= bit(CAP_DAC_OVERRIDE);
	return set;
}

// In any thread, in a signal handler: system calls only.
static void give_up(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2], now[2];

	// Those of this thread that are kept; it may have fewer than others.
	if (syscall(SYS_capget, &header, now) != 0)
		return;
	for (unsigned i = 0; i < 2; i++) {
		uint32_t set = now[i].permitted & (uint32_t)(keep >> (32 * i));

		data[i] = (struct __user_cap_data_struct){.effective = set, .permitted = set};
		data[i].inheritable = now[i].inheritable & set;
	}
	for (unsigned c = 0; c <= CAP_LAST_CAP; c++)
		if ((keep & bit(c)) == 0)
			prctl(PR_CAPBSET_DROP, c, 0, 0, 0); // needs SETPCAP: as far as we may
	header.pid = 0;
	syscall(SYS_capset, &header, data); // takes them from the ambient set, too
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void on_signal(int signal)
{
	int saved = errno;

	(void)signal;
	give_up();
	errno = saved;
}

// Whether a thread has none but those that are kept, and gains none; one that has ended has none.
static bool has_given_up(const char *thread)
{
	unsigned long long permitted = 0;
	unsigned gains_none = 1;
	char path[300], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%s/status", thread);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		sscanf(line, "CapPrm: %llx", &permitted);
		sscanf(line, "NoNewPrivs: %u", &gains_none);
	}
	if (f != NULL)
		fclose(f);
	return (permitted & ~keep) == 0 && gains_none == 1;
}

// Signal whoever has not done so yet. @return how many that were.
static unsigned tell_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *e;
	unsigned n = 0;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.' || has_given_up(e->d_name))
			continue;
		n++;
		syscall(SYS_tgkill, getpid(), atoi(e->d_name), SIGUSR1);
	}
	if (dir == NULL)
		return 1;
	closedir(dir);
	return n;
}

static void name_kept(char *text, size_t size)
{
	size_t used = 0;

	snprintf(text, size, "none");
	for (unsigned c = 0; c <= CAP_LAST_CAP && used < size; c++)
		if ((keep & bit(c)) != 0 && capng_have_capability(CAPNG_PERMITTED, c))
			used += (size_t)snprintf(text + used, size - used, "%s%s",
				used > 0 ? " " : "", capng_capability_to_name(c));
}

// Whether files can be had as this user, not as one who may have any.
static bool reaches(const char *config, const char *ledger)
{
	static const unsigned any[] = {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH};
	char folder[PATH_MAX];
	bool ok = true;

	for (unsigned c = 0; c < 2; c++)
		capng_update(CAPNG_DROP, CAPNG_EFFECTIVE, any[c]);
	capng_apply(CAPNG_SELECT_CAPS);
	if (config != NULL)
		ok = faccessat(AT_FDCWD, config, R_OK, AT_EACCESS) == 0;
	if (ledger != NULL) {
		snprintf(folder, sizeof(folder), "%s", ledger);
		ok = ok && (faccessat(AT_FDCWD, ledger, W_OK, AT_EACCESS) == 0 ||
				   (errno == ENOENT && faccessat(AT_FDCWD, dirname(folder), W_OK,
							       AT_EACCESS) == 0));
	}
	for (unsigned c = 0; c < 2; c++)
		if (capng_have_capability(CAPNG_PERMITTED, any[c]))
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, any[c]);
	capng_apply(CAPNG_SELECT_CAPS);
	return ok;
}

int privilege_give_up(const struct conf *conf, const char *config, const char *ledger, char *kept,
	size_t kept_size, char *error, size_t error_size)
{
	struct sigaction handler = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;
	const struct timespec nap = {.tv_nsec = ROUND_NS};
	unsigned left = 1;

	capng_get_caps_process();
	keep = bit(CAP_NET_ADMIN) | bit(CAP_NET_RAW);
	for (unsigned p = 0; p < conf->n_ports; p++)
		keep |= needed_by(&conf->ports[p]);
	// New memory's physical addresses are asked of the kernel.
	if (rte_eal_iova_mode() == RTE_IOVA_PA)
		keep |= bit(CAP_SYS_ADMIN);
	if (!reaches(config, ledger))
		keep |= bit(CAP_DAC_OVERRIDE);
	name_kept(kept, kept_size);
	give_up(); // this thread needs no signal
	sigaction(SIGUSR1, &handler, &before);
	for (unsigned i = 0; i < ROUNDS && (left = tell_threads()) > 0; i++)
		nanosleep(&nap, NULL);
	sigaction(SIGUSR1, &before, NULL);
	if (left == 0)
		return 0;
	snprintf(error, error_size,
		"%u threads have not given up the capabilities that are not needed any more: is "
		"/proc mounted?",
		left);
	return -1;
}
