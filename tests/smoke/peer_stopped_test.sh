#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A memif peer that is stopped (SIGSTOP) keeps its link; its ring fills, what finds no room is
# dropped and counted, nobody waits for it, and other ports notice nothing. When it goes on, so do
# its frames; when it is killed while it stands, the port is down. Conformance L5, L7.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/gone.sh"

SOCKET=$WORK/memif.sock

# tx_full: frames for the peer that found no room
tx_full()
{
	telemetry /burstline/drops \
		'map(select(.port == "c" and .reason == "tx_full") | .frames) | add // 0'
}

dropping()
{
	[ "$(tx_full)" -gt "$1" ]
}

got()
{
	telemetry /burstline/ports '.[] | select(.name == "p") | .rx'
}

receiving()
{
	[ "$(got)" -gt "$1" ]
}

cat >"$WORK/peer.yaml" <<END_OF_FILE
name: ${INSTANCE}p
memory: {hugepages: never}
ports:
  - name: m
    device: "net_memif0,role=server,id=0,socket=$SOCKET,socket-abstract=no,rsize=6"
    reflect: true
END_OF_FILE
make_ns p
start_burstline <<END_OF_FILE
memory: {hugepages: never}
ports:
  - {name: a, device: "net_tap8,iface=bl8"}
  - {name: b, device: "net_tap9,iface=bl9"}
  - {name: c, device: "net_tap0,iface=blc"}
  - {name: p, device: "net_memif0,role=client,id=0,socket=$SOCKET,socket-abstract=no,rsize=6"}
wires:
  - [a, b]
  - [c, p]
END_OF_FILE
before=$(mbufs_in_use)
start_paced
ip -n "$ID-dut" link set blc up
spawn load dut "$SMOKE/paced.py" blc blc --rate 2000
load=$spawned
for round in 1 2 3; do
	ip netns exec "$ID-p" "$BURSTLINE" -c "$WORK/peer.yaml" >"$WORK/peer" 2>&1 </dev/null &
	peer=$!
	background+=("$peer")
	await port_is p "started up"
	await receiving $(($(got) + 500))

	kill -STOP $peer
	full=$(tx_full)
	await dropping $((full + 1000))
	port_is p "started up" || fail "a peer that stands has lost its link"
	if [ $round -lt 3 ]; then
		kill -CONT $peer
		await receiving $(($(got) + 500))
		kill -KILL $peer
	else
		kill -KILL $peer # while it stands
	fi
	wait $peer 2>/dev/null || true
	await -t 1 port_is p "waiting down"
done
kill -TERM "$load"
wait "$load"
end_paced
await same_in_use
stop_burstline
echo "$(dropped c tx_full) frames found the ring full, $(dropped c tx_down) no peer"
[ "$(dropped c tx_down)" -gt 0 ] || fail "frames for a peer that is gone were not counted"
[ "$(dropped a tx_full)" = 0 ] || fail "the other wire dropped"
