#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A flood of random source addresses over shared memory: stations that know each other keep 95 % of
# what they have while the same rate comes from known sources, and memory does not grow.
# Conformance B20. macgen.c alternates the two; the machine has other work, so a measurement that
# misses its limit is made again, with lower rates.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/macgen.sh"

RATE=$((1000000 / (TIME_SCALE * TIME_SCALE))) # a sanitizer's worker has less to give
PAIR_RATE=$((RATE / 4)) # each way: the three lcores share two CPUs with everything else

memory()
{
	awk '/^VmRSS/ { print $2 }' "/proc/$burstline_pid/status"
}

kept() # RATE PAIR_RATE
{
	macgen "$1" "$2" 8 250
	jq -e --argjson rate "$1" '.random.rate > 0.9 * $rate and .known.share > 0.5 and .kept >= 0.95' \
		"$WORK/macgen" >/dev/null
}

start_burstline <<END_OF_FILE
memory: {hugepages: never}
ports:
  - {name: flood, device: "$(memif 0)"}
  - {name: one, device: "$(memif 1)"}
  - {name: two, device: "$(memif 2)"}
  - {name: sink, device: "net_null0,no-rx=1"}
bridges:
  - name: br0
    static: [{mac: "02:00:00:00:ff:00", port: sink}]
    members: [{port: flood}, {port: one}, {port: two}, {port: sink}]
END_OF_FILE
before=$(memory)
kept_at "$RATE" "$PAIR_RATE" kept || fail "less than 95 % of the known stations' frames were kept, each time"
after=$(memory)
echo "B20 resident memory: $before KiB before, $after KiB after"
[ $((after - before)) -lt $((8192 * TIME_SCALE)) ] || fail "memory grew by $((after - before)) KiB"
telemetry /burstline/bridge_members ".[] | select(.port == \"flood\")" >"$WORK/flood"
jq -e '.table_full + .over_rate > 100000' "$WORK/flood" || fail "no flood: $(cat "$WORK/flood")"
stop_burstline
