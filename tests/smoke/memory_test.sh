#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The built-in configuration fits in 128 MiB without hugepages.

. "$(dirname "$0")/lib.sh"

LIMIT_KIB=$((128 * 1024))

# status FIELD: KiB of the process
status()
{
	awk -v field="$1:" '$1 == field { print $2 }' "/proc/$burstline_pid/status"
}

INSTANCE=burstline # the built-in configuration's name
launch_burstline -- --no-huge --no-shconf
make_tap_host a bl0 192.0.2.2/24
make_tap_host b bl1 192.0.2.3/24
await in_ns a ping -c 1 -W 1 192.0.2.3
await in_ns b ping -c 1 -W 1 192.0.2.1
in_ns a ping -q -f -c 2000 -w 40 192.0.2.3 >/dev/null # touches every mbuf there is

peak=$(status VmHWM)
echo "at most $peak KiB resident; $(status RssAnon) anonymous, $(status RssShmem) shared"
[ "$(status HugetlbPages)" = 0 ] || fail "hugepages were used: $(status HugetlbPages) KiB"
if ldd "$BURSTLINE" | grep -q libasan; then
	echo "the sanitizer's own memory is in it: not judged"
else
	[ "$peak" -le $LIMIT_KIB ] || fail "above $LIMIT_KIB KiB"
fi
stop_burstline
