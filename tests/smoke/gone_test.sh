#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# limit: 90 s
# Devices of seven kinds go and return all at once, 100 times in all (31 under sanitizers), while a
# wire between other ports is measured. Each time: the port is down within 1 s, said once, nobody polls
# it, taken up within 5 s, its address announced; then it works. gone.py has the cycles.
# Conformance L2 (veth deleted under load), L3 (tap deleted, moved), L4 (re-created), L5 (memif and
# vhost peer killed), L37 (no poll of a stopped port).

. "$(dirname "$0")/lib.sh"
. "$SMOKE/gone.sh"

# peer NAME DEVICE: a second Burstline with the address .9, at the other end of port NAME
peer()
{
	cat >"$WORK/$1.yaml" <<-END_OF_FILE
		name: $ID-$1
		memory: {hugepages: never, mbufs: 2048}
		ports:
		  - {name: r, device: "$2", mac: "02:00:00:00:00:99"}
		interfaces:
		  - {name: r, port: r, addresses: [198.18.${1:1}.9/24]}
	END_OF_FILE
}

in_ns dut sysctl -qw net.ipv4.conf.default.arp_accept=1
for name in v1 w3; do
	make_ns $name
	in_ns $name sysctl -qw net.ipv4.conf.default.arp_accept=1
	ip link add name bl$name netns "$ID-dut" type veth peer name eth0 netns "$ID-$name"
	in_ns $name ethtool -K eth0 tx off >/dev/null
	ip -n "$ID-dut" link set bl$name arp off up
done
for name in m7 p10 u11 e; do
	make_ns $name
done
memif=net_memif0,id=0,socket=$WORK/memif.sock,socket-abstract=no
peer p10 "$memif,role=server"
peer u11 "net_virtio_user0,path=$WORK/vhost.sock"
start_burstline -v <<END_OF_FILE
memory: {hugepages: never}
ports:
  - {name: a, device: "net_tap8,iface=bl8"}
  - {name: v1, device: "net_af_packet1,iface=blv1"}
  - {name: w3, device: "net_af_packet3,iface=blw3"}
  - {name: b5, device: "net_tap5,iface=blb5"}
  - {name: t6, device: "net_tap6,iface=blt6"}
  - {name: b, device: "net_tap9,iface=bl9"}
  - {name: m7, device: "net_tap7,iface=blm7"}
  - {name: p10, device: "$memif,role=client"}
  - {name: u11, device: "net_vhost11,iface=$WORK/vhost.sock"}
  - {name: e, device: "net_tap12,iface=ble"}
  - {name: y, device: "net_tap13,iface=bly"}
  - {name: z, device: "net_tap14,iface=blz"}
wires:
  - [a, b]
  - [p10, y]
  - [u11, z]
bridges:
  - name: br0
    members: [{port: b5}, {port: e}]
interfaces:
  - {name: v1, port: v1, addresses: [198.18.1.1/24]}
  - {name: w3, port: w3, addresses: [198.18.3.1/24]}
  - {name: br0, bridge: br0, addresses: [198.18.5.1/24]}
  - {name: t6, port: t6, addresses: [198.18.6.1/24]}
  - {name: m7, port: m7, addresses: [198.18.7.1/24]}
END_OF_FILE
for pair in e=e p10=y u11=z; do
	await ip -n "$ID-dut" link show "bl${pair#*=}"
	ip -n "$ID-dut" link set "bl${pair#*=}" netns "$ID-${pair%=*}"
done
host_up e ble 198.18.5.9/24
host_up p10 bly 198.18.10.2/24
host_up u11 blz 198.18.11.2/24
before=$(mbufs_in_use)
cycles=(v1=18 w3=18 b5=18 t6=16 m7=18 p10=8 u11=4)
[ "$TIME_SCALE" = 1 ] || cycles=(v1=5 w3=5 b5=5 t6=5 m7=5 p10=3 u11=3)
start_paced
PYTHONDONTWRITEBYTECODE=1 "$SMOKE/gone.py" "$ID" "$burstline_pid" "$WORK/stderr" "$BURSTLINE" "$WORK" \
	"${cycles[@]}" >"$WORK/cycles" ||
	fail "$(cat "$WORK/cycles")"
cat "$WORK/cycles"
end_paced
for name in a b e y z v1 w3 b5 t6 m7; do
	await port_is $name "started up"
done
# What ethdev says when a queue of a stopped or closed port is polled.
said 0 "for not ready port" || fail "L37: a port was polled that was stopped"
await -t 3 same_in_use
stop_burstline
