/* SPDX-License-Identifier: BSD-3-Clause */
/* See vhost_peer.h. Called by main, management.c and port_device.c; touches no queue. */

#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_alarm.h>
#include <rte_cycles.h>

#include "vhost_peer.h"

enum {
	ANSWER_MS = 1000, // a server that works takes less than one
	SETTLE_MS = 500,
	GET_FEATURES = 1, // vhost-user protocol: request, flags, size of what follows
	VERSION = 1,
	REPLY = 1 << 2
};

static _Thread_local bool limited;

void vhost_peer_forget(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool ask(int *fd, const char *path)
{
	static const uint32_t question[3] = {GET_FEATURES, VERSION, 0};
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return false;
	if (connect(*fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
		send(*fd, question, sizeof(question), MSG_NOSIGNAL) == sizeof(question))
		return true;
	vhost_peer_forget(fd);
	return false;
}

bool vhost_peer_answers(int *fd, const char *path, int wait_ms)
{
	uint32_t answer[5] = {0};
	struct pollfd p;
	struct stat st;
	ssize_t n;

	if (stat(path, &st) == 0 && S_ISCHR(st.st_mode))
		return true;
	if (*fd < 0 && !ask(fd, path))
		return false;
	p = (struct pollfd){.fd = *fd, .events = POLLIN};
	if (poll(&p, 1, wait_ms) <= 0)
		return false;
	n = recv(*fd, answer, sizeof(answer), MSG_DONTWAIT);
	vhost_peer_forget(fd);
	return n == sizeof(answer) && answer[0] == GET_FEATURES && answer[1] == (VERSION | REPLY);
}

void vhost_peer_limit(void)
{
	limited = true;
}

/*
 * No call of DPDK sets a limit on what net_virtio_user (22.11) waits for: recv() of this file takes
 * libc's place in the program. What comes after the limit must not be taken for another answer, so
 * the connection ends there; the driver then calls the link down.
 */
ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (limited && flags == 0 && poll(&p, 1, ANSWER_MS) == 0)
		shutdown(fd, SHUT_RDWR);
	return syscall(SYS_recvfrom, fd, buffer, length, flags, NULL, NULL);
}

static void on_alarm(void *done)
{
	atomic_store((_Atomic bool *)done, true);
}

// Alarms run one after the other, those set earlier first: what ours finds done is done.
void vhost_peer_settle(void)
{
	static _Atomic bool done;
	uint64_t deadline = rte_rdtsc() + rte_get_tsc_hz() * SETTLE_MS / 1000;

	atomic_store(&done, false);
	if (rte_eal_alarm_set(1, on_alarm, &done) != 0)
		return;
	while (!atomic_load(&done) && rte_rdtsc() < deadline)
		rte_delay_us_sleep(100);
}
