#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A flood of random source addresses over shared memory: stations that know each other keep 95 % of
# what they have while the same rate comes from known sources, and memory does not grow.
# Conformance B20. macgen.c alternates the two; the machine has other work, so a measurement that
# misses its limit is made again.

. "$(dirname "$0")/lib.sh"

RATE=$((1000000 / (TIME_SCALE * TIME_SCALE))) # a sanitizer's worker has less to give
PAIR_RATE=$((RATE / 4)) # each way: the three lcores share two CPUs with everything else
cpu=$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')

# memif N: a server whose client is macgen
memif()
{
	echo "net_memif$1,role=server,id=0,socket=$WORK/memif$1.sock,socket-abstract=no"
}

client()
{
	echo "--vdev=net_memif$1,role=client,id=0,socket=$WORK/memif$1.sock,socket-abstract=no"
}

memory()
{
	awk '/^VmRSS/ { print $2 }' "/proc/$burstline_pid/status"
}

kept()
{
	in_ns dut "${BUILD:-$ROOT/build}/tests/smoke/macgen" "--lcores=0@$cpu" --no-huge -m 128 --no-pci --no-shconf \
		"--file-prefix=macgen-$ID" "$(client 0)" "$(client 1)" "$(client 2)" \
		-- "$RATE" "$PAIR_RATE" 8 250 >"$WORK/macgen" 2>"$WORK/macgen.err" ||
		fail "macgen: $(cat "$WORK/macgen.err")"
	rm -rf "/run/dpdk/macgen-$ID"
	cat "$WORK/macgen"
	jq -e --argjson rate "$RATE" '.random.rate > 0.9 * $rate and .known.share > 0.5 and .kept >= 0.95' \
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
kept || kept || kept || fail "less than 95 % of the known stations' frames were kept, three times"
after=$(memory)
echo "B20 resident memory: $before KiB before, $after KiB after"
[ $((after - before)) -lt $((8192 * TIME_SCALE)) ] || fail "memory grew by $((after - before)) KiB"
telemetry /burstline/bridge_members ".[] | select(.port == \"flood\")" >"$WORK/flood"
jq -e '.table_full + .over_rate > 100000' "$WORK/flood" || fail "no flood: $(cat "$WORK/flood")"
stop_burstline
