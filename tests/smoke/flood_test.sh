#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Ten seconds of flood ping across a wire lose nothing and every sample of the ledger balances,
# while the host of another wire is deleted under load. Conformance L2, L29.

. "$(dirname "$0")/lib.sh"

SECONDS_OF_LOAD=10
BALANCED="a 0 b 0 c 0 d 0 self 0"

# samples: the ledger on demand, until $WORK/loaded is gone; one line each. A lane that gets no CPU
# for 200 ms is read as it stands: that this does not balance is nobody's fault.
samples()
{
	local waited sample
	while [ -e "$WORK/loaded" ]; do
		waited=$(kept_waiting)
		sample=$(telemetry /burstline/ports 'map("\(.name) \(.balance)") | join(" ")') ||
			sample="no answer"
		[ "$sample" != "$BALANCED" ] && [ $(($(kept_waiting) - waited)) -ge 150000 ] ||
			echo "$sample" >>"$WORK/samples"
		sleep 0.1
	done
}

port_is()
{
	[ "$(telemetry /burstline/ports ".[] | select(.name == \"$1\") | .state")" = "$2" ]
}

make_veth_host b blb 192.0.2.2/24
make_veth_host d bld 192.0.2.4/24
start_burstline <<'END_OF_FILE'
ports:
  - {name: a, device: "net_tap0,iface=bl0"}
  - {name: b, device: "net_af_packet0,iface=blb"}
  - {name: c, device: "net_tap1,iface=bl1"}
  - {name: d, device: "net_af_packet1,iface=bld"}
wires:
  - [a, b]
  - [c, d]
END_OF_FILE
make_tap_host a bl0 192.0.2.1/24
make_tap_host c bl1 192.0.2.3/24
await in_ns a ping -c 1 -W 1 192.0.2.2
await in_ns c ping -c 1 -W 1 192.0.2.4

touch "$WORK/loaded"
samples &
sampler=$!
background+=("$sampler")
spawn other c ping -q -f -w $((SECONDS_OF_LOAD * 2)) 192.0.2.4
other=$spawned

# A count, again and again: each must be answered.
end=$((${EPOCHREALTIME/[.,]/} + SECONDS_OF_LOAD * 1000000))
pings=0
while [ "${EPOCHREALTIME/[.,]/}" -lt $end ]; do
	all_answered a 1000 -A 192.0.2.2 >/dev/null
	pings=$((pings + 1000))
	if [ $pings = 2000 ]; then
		kill -0 $other || fail "there is no load on the other wire"
		ip -n "$ID-dut" link delete bld
	fi
done
echo "$pings pings, none lost"
await port_is d gone
port_is a started
port_is b started
kill -INT $other
rm "$WORK/loaded"
wait $sampler

[ "$(wc -l <"$WORK/samples")" -ge 10 ] || fail "too few samples: $(cat "$WORK/samples")"
if grep -vx "$BALANCED" "$WORK/samples"; then
	fail "the ledger did not balance in these samples"
fi
[ "$(grep -c 'interface bld was deleted' "$WORK/stderr")" = 1 ] ||
	fail "the deleted interface was not named exactly once"
in_ns a ping -q -f -c 100 -w 20 192.0.2.2
stop_burstline
[ "$(ledger a dropped)" = 0 ] && [ "$(ledger b dropped)" = 0 ] || fail "the untouched wire dropped"
[ "$(dropped c tx_down)" -gt 0 ] || fail "no frame to the deleted interface was counted"
[ "$(ledger a rx)" -ge $pings ] || fail "fewer frames than pings were counted"
