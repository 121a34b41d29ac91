#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# asan: no, it measures time
# limit: 90 s
# The control lcore naps when idle: below 3 % of a CPU, and still every ARP request is answered in
# time. The machine has other work: a measurement that is over its limit is made again.

. "$(dirname "$0")/lib.sh"

# cpu_ns: CPU time of the control lcore, which is the main thread.
cpu_ns()
{
	cut -d ' ' -f 1 "/proc/$burstline_pid/task/$burstline_pid/schedstat"
}

idle()
{
	local before start percent
	before=$(cpu_ns)
	start=${EPOCHREALTIME/[.,]/}
	sleep 4 # what is measured is the passing of time
	percent=$(awk -v ns=$(($(cpu_ns) - before)) -v us=$((${EPOCHREALTIME/[.,]/} - start)) \
		'BEGIN { printf "%.2f", ns / us / 10 }')
	echo "control lcore, idle: $percent % of a CPU"
	awk -v p="$percent" 'BEGIN { exit !(p < 3) }'
}

prompt()
{
	local said
	said=$(nice -n -20 ip netns exec "$ID-a" "$SMOKE/frames.py" bl0 latency -n 200 --from 192.0.2.2 192.0.2.1) ||
		fail "requests without an answer: $said"
	echo "$said"
	jq -e --argjson scale "$TIME_SCALE" \
		'.median_ms < 2 * $scale and .p99_ms < 10 * $scale' <<<"$said" >/dev/null
}

start_burstline <<'END_OF_FILE'
ports:
  - {name: a, device: "net_tap0,iface=bl0"}
interfaces:
  - {name: a, port: a, addresses: [192.0.2.1/24]}
END_OF_FILE
make_tap_host a bl0 192.0.2.2/24
await in_ns a arping -f -c 1 -w 1 -I bl0 192.0.2.1

before_others
idle || idle || idle || fail "the idle control lcore takes 3 % of a CPU or more, three times"
prompt || prompt || prompt || fail "ARP is answered too late, three times"
in_ns a arping -f -c 1 -w 1 -I bl0 192.0.2.1
stop_burstline
