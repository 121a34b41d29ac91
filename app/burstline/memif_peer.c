/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two things that net_memif (22.11) does in EAL's interrupt thread, mended where it calls libc: the
 * functions of this file take the place of libc's in the program, for that thread alone.
 *
 * When a peer dies, the memory they shared is unmapped while a worker may be inside its rx or tx
 * burst: a segfault in the driver. It marks the connection as gone first, and a burst that begins
 * after that leaves at once; so it is enough that munmap() waits until each lane has passed a burst
 * boundary. No call of DPDK comes in between.
 *
 * When a peer goes before it was greeted, the driver closes a socket that the thread still watches,
 * which ends the program. So what is sent to a peer that has gone counts as sent: the end of the
 * socket is the next event, and the driver cleans up after that as it should.
 */

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_interrupts.h>

#include "memif_peer.h"

enum { GRACE_MS = 500 }; // a lane that has stalled for longer is not waited for

static _Atomic(struct rte_rcu_qsbr *) guarded;

void memif_peer_guard(struct rte_rcu_qsbr *qsbr)
{
	atomic_store(&guarded, qsbr);
}

static void wait_for_lanes(struct rte_rcu_qsbr *qsbr)
{
	uint64_t deadline = rte_rdtsc() + rte_get_tsc_hz() * GRACE_MS / 1000;
	uint64_t token = rte_rcu_qsbr_start(qsbr);

	while (rte_rcu_qsbr_check(qsbr, token, false) == 0 && rte_rdtsc() < deadline)
		rte_delay_us_sleep(100);
}

int munmap(void *addr, size_t length)
{
	struct rte_rcu_qsbr *qsbr = atomic_load(&guarded);

	if (qsbr != NULL && rte_thread_is_intr())
		wait_for_lanes(qsbr);
	return (int)syscall(SYS_munmap, addr, length);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t sent = syscall(SYS_sendmsg, fd, message, flags);

	if (sent >= 0 || (errno != EPIPE && errno != ECONNRESET) || !rte_thread_is_intr())
		return sent;
	sent = 0;
	for (size_t i = 0; i < message->msg_iovlen; i++)
		sent += (ssize_t)message->msg_iov[i].iov_len;
	return sent;
}
