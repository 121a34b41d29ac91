/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults of net_memif (DPDK 22.11), mended from outside: functions of this file take the place, for
 * the drivers too, of those of the same name in libc and EAL, and call them.
 *
 * 1. When a peer dies, the driver unmaps the memory they shared in EAL's interrupt thread, while a
 *    worker may be inside its rx or tx burst: a segfault. It marks the connection as gone first,
 *    and a burst that begins after that leaves at once; so it is enough that the unmapping waits
 *    until each lane has passed a burst boundary.
 * 2. It frees the interrupt handles of a listening socket whose last port is removed, and of a peer
 *    that has gone before the greeting, but leaves their callbacks registered: the next peer
 *    reaches a server that is no more, and the closed socket ends the program when EAL's interrupt
 *    thread collects its descriptors anew (rte_panic). So a handle that is freed is unregistered.
 * 3. Handles lie in EAL's memory, and EAL's clean-up wakes the interrupt thread, which reads them,
 *    just before it unmaps that memory. At the end nothing is unmapped.
 * 4. A port whose peer goes at the moment in which it is stopped or closed is taken apart in two
 *    threads at once: EAL's interrupt thread reads what is freed. So that thread does both, one
 *    after the other.
 */

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_alarm.h>
#include <rte_cycles.h>
#include <rte_interrupts.h>

#include "memif_faults.h"

enum {
	GRACE_MS = 500, // neither a lane nor a callback that has stalled for longer is waited for
	TURN_MS = 2000,
	TURN_US = 100
};

static _Atomic(struct rte_rcu_qsbr *) guarded;
static atomic_bool kept;

void memif_guard_lanes(struct rte_rcu_qsbr *qsbr)
{
	atomic_store(&guarded, qsbr);
}

void memif_keep_mapped(void)
{
	atomic_store(&kept, true);
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

	if (atomic_load(&kept))
		return 0;
	if (qsbr != NULL && rte_thread_is_intr())
		wait_for_lanes(qsbr);
	return (int)syscall(SYS_munmap, addr, length);
}

// A callback that is registered, by the handle that its driver gave.
struct registered {
	LIST_ENTRY(registered) next;
	const struct rte_intr_handle *handle;
	rte_intr_callback_fn callback;
	void *arg;
};

// The lock is never held over a call of EAL, which holds its own while it calls us.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static LIST_HEAD(, registered) all = LIST_HEAD_INITIALIZER(all);

static bool is_one(const struct registered *r, const struct rte_intr_handle *handle,
	rte_intr_callback_fn callback, const void *arg)
{
	return r->handle == handle && (callback == NULL || r->callback == callback) &&
	       (arg == (void *)-1 || r->arg == arg);
}

// The first that was registered so; without a callback any of the handle. The caller frees it.
static struct registered *take(
	const struct rte_intr_handle *handle, rte_intr_callback_fn callback, const void *arg)
{
	struct registered *r;

	pthread_mutex_lock(&lock);
	LIST_FOREACH(r, &all, next)
	{
		if (is_one(r, handle, callback, arg)) {
			LIST_REMOVE(r, next);
			break;
		}
	}
	pthread_mutex_unlock(&lock);
	return r;
}

static void forget(
	const struct rte_intr_handle *handle, rte_intr_callback_fn callback, const void *arg)
{
	struct registered *r;

	while ((r = take(handle, callback, arg)) != NULL)
		free(r);
}

static int note(const struct rte_intr_handle *handle, rte_intr_callback_fn callback, void *arg)
{
	struct registered *r = malloc(sizeof(*r));

	if (r == NULL)
		return -ENOMEM;
	*r = (struct registered){.handle = handle, .callback = callback, .arg = arg};
	pthread_mutex_lock(&lock);
	LIST_INSERT_HEAD(&all, r, next);
	pthread_mutex_unlock(&lock);
	return 0;
}

int rte_intr_callback_register(
	const struct rte_intr_handle *handle, rte_intr_callback_fn callback, void *arg)
{
	int (*eal)(const struct rte_intr_handle *, rte_intr_callback_fn, void *) =
		dlsym(RTLD_NEXT, "rte_intr_callback_register");
	int rc = note(handle, callback, arg);

	if (rc != 0)
		return rc;
	rc = eal(handle, callback, arg);
	if (rc != 0)
		forget(handle, callback, arg);
	return rc;
}

int rte_intr_callback_unregister(
	const struct rte_intr_handle *handle, rte_intr_callback_fn callback, void *arg)
{
	int (*eal)(const struct rte_intr_handle *, rte_intr_callback_fn, void *) =
		dlsym(RTLD_NEXT, "rte_intr_callback_unregister");
	int rc = eal(handle, callback, arg);

	if (rc >= 0)
		forget(handle, callback, arg);
	return rc;
}

int rte_intr_callback_unregister_pending(const struct rte_intr_handle *handle,
	rte_intr_callback_fn callback, void *arg, rte_intr_unregister_callback_fn after)
{
	int (*eal)(const struct rte_intr_handle *, rte_intr_callback_fn, void *,
		rte_intr_unregister_callback_fn) =
		dlsym(RTLD_NEXT, "rte_intr_callback_unregister_pending");
	int rc;

	// Before the call: the other thread may free the handle at once, with EAL's lock held.
	forget(handle, callback, arg);
	rc = eal(handle, callback, arg, after);
	if (rc < 0 && arg != (void *)-1)
		note(handle, callback, arg);
	return rc;
}

// The callback may be running in the other thread.
static void unregister(const struct registered *r)
{
	unsigned left = rte_thread_is_intr() ? 0 : GRACE_MS;
	int fd = rte_intr_fd_get(r->handle), listens = 0, rc;
	socklen_t size = sizeof(listens);

	while ((rc = rte_intr_callback_unregister(r->handle, r->callback, r->arg)) == -EAGAIN &&
		left-- > 0)
		rte_delay_us_sleep(1000);
	// The listening socket is not closed either.
	if (rc > 0 && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens)
		close(fd);
}

void rte_intr_instance_free(struct rte_intr_handle *handle)
{
	void (*eal)(struct rte_intr_handle *) = dlsym(RTLD_NEXT, "rte_intr_instance_free");
	struct registered *r;

	while (handle != NULL && (r = take(handle, NULL, (void *)-1)) != NULL) {
		unregister(r);
		free(r);
	}
	eal(handle);
}

struct turn {
	int (*run)(uint16_t id);
	uint16_t id;
	atomic_bool done;
};

static void take_turn(void *arg)
{
	struct turn *turn = arg;

	turn->run(turn->id);
	atomic_store(&turn->done, true);
}

void memif_in_turn(int (*run)(uint16_t id), uint16_t id)
{
	struct turn turn = {.run = run, .id = id};
	unsigned left = TURN_MS * 1000 / TURN_US;

	if (rte_eal_alarm_set(1, take_turn, &turn) == 0) {
		for (; left > 0 && !atomic_load(&turn.done); left--)
			rte_delay_us_sleep(TURN_US);
		rte_eal_alarm_cancel(take_turn, &turn); // waits for one that runs
	}
	if (!atomic_load(&turn.done))
		run(id);
}
