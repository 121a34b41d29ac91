/* SPDX-License-Identifier: BSD-3-Clause */
/* See notify.h. Called by management.c; waits for nobody. */

#include "notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void tell(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = path != NULL ? strlen(path) : 0;
	int fd;

	if (length < 2 || length >= sizeof(address.sun_path) || (*path != '/' && *path != '@'))
		return;
	memcpy(address.sun_path, path, length);
	if (*path == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	close(fd);
}

void notify_ready(void)
{
	tell("READY=1\nSTATUS=Frames flow");
}

void notify_stopping(void)
{
	tell("STOPPING=1\nSTATUS=Draining");
}

// Half of what the manager waits for; 0: it does not watch this process.
static uint64_t period_us(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (usec == NULL || (pid != NULL && (pid_t)strtol(pid, NULL, 10) != getpid()))
		return 0;
	return strtoull(usec, NULL, 10) / 2;
}

void notify_alive(bool well, uint64_t now_us)
{
	static uint64_t next_us;
	uint64_t period = period_us();

	if (period == 0 || !well || now_us < next_us)
		return;
	// A round late is not a period late.
	next_us = now_us + period;
	tell("WATCHDOG=1");
}
