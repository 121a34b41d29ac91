#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The fast path makes no system call, takes no lock, allocates nothing, logs nothing and knows no
# floating point. Functions of these files that run only at start, at stop or while idle say so:
# they carry __rte_cold, and may. System calls of drivers are not seen here.

. "$(dirname "$0")/files.sh"

FILES=(app/burstline/worker.c app/burstline/handlers/*.c lib/steer/*.[ch] lib/handoff/*.[ch]
	lib/bridge/{bridge,fdb,fdb_learn,flood,learn,local,tags,usual}.c lib/bridge/*.h)

HEADERS='stdio\.h|pthread\.h|unistd\.h|syslog\.h|time\.h|math\.h|sys/[a-z]*\.h|conf/.*'
HEADERS="$HEADERS|rte_telemetry\\.h|rte_log\\.h|rte_spinlock\\.h|rte_rwlock\\.h"

WORDS="printf fprintf dprintf sprintf snprintf vprintf vfprintf vsnprintf puts fputs putchar perror
log_* RTE_LOG* rte_log* rte_vlog syslog
malloc calloc realloc free strdup strndup aligned_alloc posix_memalign alloca mmap munmap
rte_malloc* rte_zmalloc* rte_calloc* rte_realloc* rte_free
pthread_* mtx_* cnd_* sem_wait sem_post rte_spinlock_* rte_rwlock_* rte_ticketlock_* rte_mcslock_*
usleep nanosleep clock_nanosleep sleep sched_yield rte_delay_* poll ppoll select epoll_wait
clock_gettime gettimeofday time open close read write readv writev ioctl send sendto sendmsg recv
recvfrom recvmsg socket eventfd syscall abort exit rte_panic rte_exit"

while read -r file; do
	while IFS=: read -r line text; do
		violation "$file:$line" "header not for the fast path: $text"
	done < <(grep -nE "^#[ \t]*include [<\"]($HEADERS)[>\"]" "$file")
	while read -r place word; do
		violation "${place%:}" "$word on the fast path (mark what is cold with __rte_cold)"
	done < <(awk -f "$AWK/source.awk" -f "$AWK/fastpath.awk" -v words="${WORDS//$'\n'/ }" "$file")
done < <(all_files "${FILES[@]}")

verdict
