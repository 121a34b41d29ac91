/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When a memif peer dies, net_memif (22.11) unmaps the memory they shared in EAL's interrupt
 * thread, while a worker may be inside its rx or tx burst: a segfault in the driver. It marks the
 * connection as gone first, and a burst that begins after that leaves at once; so it is enough that
 * the unmapping waits until each lane has passed a burst boundary. No call of DPDK comes in
 * between: munmap() of this file takes libc's place in the program, for that thread alone.
 */

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_interrupts.h>

#include "unmap.h"

enum { GRACE_MS = 500 }; // a lane that has stalled for longer is not waited for

static _Atomic(struct rte_rcu_qsbr *) guarded;

void unmap_guard(struct rte_rcu_qsbr *qsbr)
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
