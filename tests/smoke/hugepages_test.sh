#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# stop_test.sh with hugepages, whose files must go too.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/stop.sh"

free=$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null || echo 0)
[ "$free" -ge 64 ] || skip "$free free hugepages"
[ -n "$(hugepage_mounts)" ] || skip "no hugetlbfs is mounted"

free_again()
{
	[ "$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages)" -ge "$free" ]
}

start_under_load require
grep -q 'memory from hugepages' "$WORK/stderr" || fail "no hugepages were used"
refuse_second
stop_burstline INT
check_taps_gone

start_under_load require
kill_and_forget
[ -n "$(hugepage_files)" ] || fail "kill -9 left no hugepage file: nothing to clean up"
start_under_load require
kill_and_forget
# EAL clears such files when it needs some itself; without, only Burstline does.
start_under_load never
[ -z "$(hugepage_files)" ] || fail "the start after kill -9 left $(hugepage_files)"
stop_burstline TERM
await free_again
check_taps_gone
