#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# An interface that carries the default route, itself or under a bridge, is not taken without
# --force; addresses that the kernel has on an interface of ours are warned of once. Conformance L36.

. "$(dirname "$0")/lib.sh"

# refused DEVICE IFACE VIA
refused()
{
	local status=0
	echo "ports: [{name: p, device: \"$1\"}]" | configure_burstline
	in_ns dut timeout 20 "$BURSTLINE" -c "$WORK/burstline.yaml" >"$WORK/stdout" 2>"$WORK/stderr" ||
		status=$?
	[ $status = 1 ] && [ "$(cat "$WORK/stderr")" = "burstline: error: port p: $1 is interface $2,\
 and the default route of this machine goes through $3: choose another, or start with --force" ] ||
		fail "$1: status $status: $(cat "$WORK/stderr")"
	check_gone
}

# warned TIMES: of the kernel's addresses
warned()
{
	local said="port p: interface bla has addresses of the kernel's, which answers there too:\
 ip address flush dev bla"
	[ "$(grep -cF "$said" "$WORK/stderr")" = "$1" ] || fail "not warned $1 times: $(cat "$WORK/stderr")"
}

# takes TIMES ARGUMENT...: it starts, and host a reaches it
takes()
{
	start_burstline "${@:2}" <<'END_OF_FILE'
ports: [{name: p, device: "net_af_packet0,iface=bla"}]
interfaces: [{name: p, port: p, addresses: [192.0.2.9/24]}]
END_OF_FILE
	await in_ns a ping -c 1 -W 1 192.0.2.9
	warned "$1"
	stop_burstline
}

make_veth_host a bla 192.0.2.1/24
takes 0

ip -n "$ID-dut" address add 192.0.2.5/24 dev bla
takes 1
ip -n "$ID-dut" route add default via 192.0.2.1 dev bla
refused net_af_packet0,iface=bla bla bla
refused net_pcap0,iface=bla bla bla
takes 1 --force
ip -n "$ID-dut" address flush dev bla # takes the route along
takes 0

in_ns dut sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.bla.disable_ipv6=0
ip -n "$ID-dut" -6 address add 2001:db8::5/64 dev bla nodad
ip -n "$ID-dut" -6 route add default via 2001:db8::1 dev bla
refused net_af_packet0,iface=bla bla bla
in_ns dut sysctl -qw net.ipv6.conf.bla.disable_ipv6=1

# Under a bridge: what answers is above the interface that we would take.
ip -n "$ID-dut" link add br0 type bridge
ip -n "$ID-dut" link set bla master br0
ip -n "$ID-dut" link set br0 up
ip -n "$ID-dut" address add 192.0.2.5/24 dev br0
ip -n "$ID-dut" route add default via 192.0.2.1 dev br0
refused net_af_packet0,iface=bla bla br0
echo "L36: warned of the kernel's addresses; default routes are left alone without --force"
