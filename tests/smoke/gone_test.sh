#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# limit: 90 s
# Devices of five kinds go and return all at once, 52 times in all (50 more: eal/port_life), while a
# wire between other ports is measured: each port is down within 1 s, said once, taken up within
# 5 s, its address announced.
# Conformance L2 (veth deleted under load), L3 (tap deleted, moved), L4 (re-created), L5 (memif peer
# killed).

. "$(dirname "$0")/lib.sh"
. "$SMOKE/gone.sh"

SOCKET=$WORK/memif.sock

# lost N PORT WHY: within a second of now, and said once for each time.
lost()
{
	await -t 1 said_at_least "$1" "port $2: $3"
}

back()
{
	await -t 5 said_at_least "$1" "port $2: its device is back"
	await -t 5 said_at_least $(($1 + 1)) "port $2: link up"
}

make_v()
{
	ip link add name blv netns "$ID-dut" type veth peer name eth0 netns "$ID-v"
	in_ns v sysctl -qw net.ipv4.conf.eth0.arp_accept=1
	ip -n "$ID-dut" link set blv arp off up
	ip -n "$ID-v" address add 192.0.2.2/24 dev eth0
	ip -n "$ID-v" link set eth0 up
}

# An interface under net_af_packet is deleted under load and made anew.
veth_deleted()
{
	local i load
	for i in {1..12}; do
		ip netns exec "$ID-v" ping -q -i 0.002 -w 60 192.0.2.1 >/dev/null 2>&1 &
		load=$! # not in_ns: it would be that of a subshell
		sleep 0.1
		ip -n "$ID-dut" link delete blv
		lost "$i" v "interface blv was deleted"
		kill $load 2>/dev/null || true
		wait $load 2>/dev/null || true
		make_v
		back "$i" v
		await announced v 192.0.2.1
		await in_ns v ping -q -c 1 -W 1 192.0.2.1
	done
}

# The kernel's end of a tap is deleted; the tap is a member of a bridge.
tap_deleted()
{
	local i
	for i in {1..12}; do
		ip -n "$ID-dut" link delete blt
		lost "$i" t "interface blt was deleted"
		back "$i" t
		ip -n "$ID-dut" address add 203.0.113.2/24 dev blt
		await in_ns dut ping -q -c 1 -W 1 203.0.113.9
		await in_ns dut ping -q -c 1 -W 1 203.0.113.1
	done
}

# An interface under net_af_packet goes to another namespace and returns.
veth_moved()
{
	local i
	for i in {1..10}; do
		ip -n "$ID-dut" link set blw netns "$ID-x"
		lost "$i" w "interface blw was deleted or moved to another namespace"
		ip -n "$ID-x" link set blw netns "$ID-dut"
		ip -n "$ID-dut" link set blw arp off up
		back "$i" w
		await in_ns w ping -q -c 1 -W 1 198.51.100.1
	done
}

# A tap goes to another namespace, works there, and is deleted there, out of sight.
tap_moved_and_deleted()
{
	local i
	for i in {1..8}; do
		ip -n "$ID-dut" link set blm netns "$ID-m"
		ip -n "$ID-m" address add 203.0.113.66/30 dev blm
		ip -n "$ID-m" link set blm up
		await in_ns m ping -q -c 1 -W 1 203.0.113.65
		ip -n "$ID-m" link delete blm
		lost "$i" m "interface blm was deleted"
		await -t 5 said_at_least "$i" "port m: its device is back"
	done
}

start_peer()
{
	ip netns exec "$ID-p" "$BURSTLINE" -c "$WORK/peer.yaml" >"$WORK/peer" 2>&1 </dev/null &
	peer=$!
}

memif_peer_killed()
{
	local i peer
	start_peer
	for i in {1..10}; do
		await -t 5 said_at_least "$i" "port p: link up"
		await in_ns q ping -q -c 1 -W 1 192.0.2.129
		kill -KILL $peer
		await -t 1 said_at_least "$i" "port p: link down"
		wait $peer 2>/dev/null || true
		start_peer
	done
	await -t 5 said_at_least 11 "port p: link up"
	kill -TERM $peer
	wait $peer || fail "the peer's end: $(cat "$WORK/peer")"
}

cat >"$WORK/peer.yaml" <<END_OF_FILE
name: ${INSTANCE}p
memory: {hugepages: never}
ports:
  - name: m
    device: "net_memif0,role=server,id=0,socket=$SOCKET,socket-abstract=no"
    mac: "02:00:00:00:00:99"
interfaces:
  - {name: m, port: m, addresses: [192.0.2.129/25]}
END_OF_FILE
for name in v x w m p; do
	make_ns $name
done
make_v
make_ns e
ip link add name blw netns "$ID-dut" type veth peer name eth0 netns "$ID-w"
ip -n "$ID-dut" link set blw arp off up
ip -n "$ID-w" address add 198.51.100.2/24 dev eth0
ip -n "$ID-w" link set eth0 up
start_burstline <<END_OF_FILE
ports:
  - {name: a, device: "net_tap8,iface=bl8"}
  - {name: v, device: "net_af_packet0,iface=blv"}
  - {name: t, device: "net_tap0,iface=blt"}
  - {name: b, device: "net_tap9,iface=bl9"}
  - {name: w, device: "net_af_packet1,iface=blw"}
  - {name: m, device: "net_tap1,iface=blm"}
  - {name: e, device: "net_tap2,iface=ble"}
  - {name: p, device: "net_memif0,role=client,id=0,socket=$SOCKET,socket-abstract=no"}
  - {name: q, device: "net_tap3,iface=blq"}
wires:
  - [a, b]
  - [p, q]
bridges:
  - name: br0
    members: [{port: t}, {port: e}]
interfaces:
  - {name: v, port: v, addresses: [192.0.2.1/24]}
  - {name: w, port: w, addresses: [198.51.100.1/24]}
  - {name: m, port: m, addresses: [203.0.113.65/30]}
  - {name: br0, bridge: br0, addresses: [203.0.113.1/26]}
END_OF_FILE
ip -n "$ID-dut" link set ble netns "$ID-e"
host_up e ble 203.0.113.9/26
make_tap_host q blq 192.0.2.130/25
before=$(mbufs_in_use)
start_paced
kinds=()
for kind in veth_deleted tap_deleted veth_moved tap_moved_and_deleted memif_peer_killed; do
	$kind >"$WORK/$kind" 2>&1 &
	kinds+=($!)
done
background+=("${kinds[@]}")
for kind in "${kinds[@]}"; do
	wait "$kind" || fail "$(cat "$WORK"/veth_* "$WORK"/tap_* "$WORK"/memif_peer_killed)"
done
end_paced
for name in a v t b w m e; do
	await port_is $name "started up"
done
said 12 "port v: interface blv was deleted" && said 12 "port t: interface blt was deleted" &&
	said 10 "port w: interface blw was deleted" && said 8 "port m: interface blm was deleted" ||
	fail "a loss was not said once"
await -t 3 same_in_use
stop_burstline
