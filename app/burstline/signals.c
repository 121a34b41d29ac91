/* SPDX-License-Identifier: BSD-3-Clause */
/* See signals.h. Called by main.c; management.c reads the descriptor. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "signals.h"

// Signals that end the program go to the management thread's descriptor; net_tap raises one
// real-time signal for each frame in any thread that does not block it, unless it is ignored.
// A signal that means nothing to us must not end us without cleaning up; nohup keeps its meaning.
int signals_open(char *error, size_t error_size)
{
	struct sigaction hangup;
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); // writing fails then, which is said
	signal(SIGIO, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	for (int s = SIGRTMIN; s <= SIGRTMAX; s++)
		signal(s, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
		sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		snprintf(error, error_size, "cannot receive signals: signalfd: %s%s",
			strerror(errno),
			errno == EMFILE ? ": let this process open more files (ulimit -n)" : "");
	return fd;
}
