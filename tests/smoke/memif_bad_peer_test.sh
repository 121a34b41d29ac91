#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A memif peer that writes nonsense into the rings it shares: lengths, chains, heads, tails, flags,
# sizes; one that goes before it was greeted; one that comes to a server that was taken out. The
# program lives, its ledger balances, other ports notice nothing. What names memory
# outside the region is another matter: net_memif of DPDK 22.11 looks at neither region, offset nor
# length, so such a peer ends the program, which the second part shows. Conformance L5.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/gone.sh"
. "$SMOKE/live.sh"

SOCKET=$WORK/memif.sock

# config PORT...: of the two taps and these
config()
{
	printf '%s\n' "name: $INSTANCE" "memory: {hugepages: never}" "wires: [[a, b]]" "ports:" \
		'  - {name: a, device: "net_tap8,iface=bl8"}' '  - {name: b, device: "net_tap9,iface=bl9"}' "$@"
}

# server DEVARGS: a port
server()
{
	echo "  - {name: m, device: \"net_memif0,role=server,id=0,rsize=6,$1\"}"
}

start_server()
{
	start_burstline < <(config "$(server "socket=$SOCKET,socket-abstract=no")")
}

# peer CASE
peer()
{
	timeout 60 ip netns exec "$ID-dut" "$SMOKE/memif_bad_peer.py" "$SOCKET" "$1" >"$WORK/peer" 2>&1
}

received()
{
	[ "$(telemetry /burstline/ports '.[] | select(.name == "m") | .rx')" -gt "$1" ]
}

# ended_or_forwards: an end may take its time, to say where
ended_or_forwards()
{
	local before
	burstline_ended && return
	before=$(telemetry /burstline/ports '.[] | select(.name == "a") | .rx') &&
		frames dut bl8 send "0200000000be0200000000ef88b5$(printf '%092d' 0)" &&
		[ "$(telemetry /burstline/ports '.[] | select(.name == "a") | .rx')" -gt "$before" ]
}

start_server
start_paced
for case in good length-zero length-short head-jumps cookie flags noise ring-size region-size good; do
	rx=$(telemetry /burstline/ports '.[] | select(.name == "m") | .rx')
	peer $case || fail "$case: $(cat "$WORK/peer")"
	await received "$rx" # at least its good frame
	await port_is m "started down"
	echo "$case: survived"
done
peer gone || fail "gone: $(cat "$WORK/peer")"
peer good || fail "good, after those that went: $(cat "$WORK/peer")"
await received "$((rx + 1))"
echo "gone: survived"
end_paced
stop_burstline

# The name of an abstract socket is free when its last descriptor is.
SOCKET=@$INSTANCE-memif
start_burstline < <(config "$(server "socket=${SOCKET#@}")")
peer good || fail "an abstract socket: $(cat "$WORK/peer")"
for _ in 1 2; do
	config >"$WORK/without.yaml"
	apply "$WORK/without.yaml" || fail "the server is not taken out: $(cat "$WORK/said")"
	peer good && fail "the server that was taken out still listens"
	grep -q "Connection refused" "$WORK/peer" || fail "a taken out server: $(cat "$WORK/peer")"
	config "$(server "socket=${SOCKET#@}")" >"$WORK/with.yaml"
	apply "$WORK/with.yaml" || fail "the server does not come back: $(cat "$WORK/said")"
	peer good || fail "the server that is back: $(cat "$WORK/peer")"
done
stop_burstline
SOCKET=$WORK/memif.sock
echo "a server that is taken out: listens no more"

# Known, and not ours to mend: the driver follows these. If it lives, DPDK has learnt to look.
for case in region offset length truncated; do
	start_server
	for tap in bl8 bl9; do
		ip -n "$ID-dut" link set $tap up
	done
	peer $case || true
	await ended_or_forwards
	if burstline_ended; then
		status=0
		wait "$burstline_pid" 2>/dev/null || status=$?
		[ $status = 139 ] || [ $status = 135 ] ||
			grep -qE 'AddressSanitizer: (SEGV|BUS)' "$WORK/stderr" || fail "$case: status $status"
		burstline_pid=
		rm -f "$SOCKET"
		echo "$case: ended by it (status $status): a memif peer has to be trusted"
	else
		stop_burstline
		echo "$case: survived"
	fi
done
