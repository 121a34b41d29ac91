#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# asan: no, smoke/gone takes ports down and up there
# A veth and a tap go down and up a hundred times at 10 Hz, at the same time: afterwards each state is
# right within 1 s, the address is announced, and other ports noticed nothing. Conformance L1.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/gone.sh"

# flap NAME INTERFACE: ends down.
flap()
{

	for _ in {1..100}; do
		ip -n "$ID-$1" link set "$2" up
		sleep 0.05
		ip -n "$ID-$1" link set "$2" down
		sleep 0.05
	done
}

# The kernel itself tells of a veth's carrier at most once a second when it is lost.
kernel_says()
{
	ip -n "$ID-dut" link show blv | grep -q "$1"
}

make_veth_host v blv 192.0.2.2/24
in_ns v sysctl -qw net.ipv4.conf.eth0.arp_accept=1
start_burstline <<'END_OF_FILE'
ports:
  - {name: a, device: "net_tap8,iface=bl8"}
  - {name: b, device: "net_tap9,iface=bl9"}
  - {name: v, device: "net_af_packet0,iface=blv"}
  - {name: t, device: "net_tap0,iface=blt"}
wires:
  - [a, b]
interfaces:
  - {name: v, port: v, addresses: [192.0.2.1/24]}
  - {name: t, port: t, addresses: [198.51.100.1/24]}
END_OF_FILE
ip -n "$ID-dut" address add 198.51.100.2/24 dev blt
in_ns dut sysctl -qw net.ipv4.conf.blt.arp_accept=1
start_paced
flap v eth0 &
flaps=$!
flap dut blt
wait $flaps
await kernel_says NO-CARRIER
await -t 1 port_is v "started down"
await -t 1 port_is t "started down"
ip -n "$ID-v" link set eth0 up
ip -n "$ID-dut" link set blt up
await -t 1 port_is v "started up"
await -t 1 port_is t "started up"
await announced v 192.0.2.1
await announced dut 198.51.100.1
await in_ns v ping -q -c 1 -W 1 192.0.2.1
await in_ns dut ping -q -c 1 -W 1 198.51.100.1
end_paced
seen=$(grep -c "port t: link up" "$WORK/stderr")
echo "$seen of 101 times up were seen at the tap, $(grep -c "port v: link up" "$WORK/stderr") at the veth"
[ "$seen" -ge 30 ] || fail "too few: flaps are not seen as they come"
stop_burstline
