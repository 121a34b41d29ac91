#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Burstline asks for neighbours, holds what waits for the answer and sends it in order, keeps static
# ones, and announces its addresses at the start and when a link comes up. Ageing and the probes
# before expiry take 30 s: unit/neigh_test has them on a clock of its own.
# Conformance A13, A26, A34, L1.

. "$(dirname "$0")/lib.sh"

STATIC_MAC=02:00:00:00:aa:01

neighbour()
{
	telemetry /burstline/neighbours \
		".[] | select(.address == \"$1\") | \"\\(.state) \\(.mac) \\(.held)\""
}

neighbour_is()
{
	# shellcheck disable=SC2053 # a pattern
	[[ "$(neighbour "$1")" = $2 ]]
}

# link_is up|down: of port b
link_is()
{
	[ "$(telemetry /burstline/ports '.[] | select(.name == "b") | .link')" = "$1" ]
}

arp_counter()
{
	telemetry /burstline/handlers ".[] | select(.name == \"arp\") | .counters.$1"
}

# announced COUNT: so many announcements of 192.0.2.1 were heard by b.
announced()
{
	local count
	count=$(cut -c 13- "$WORK/heard" |
		grep -c '^02000000000b08060001080006040001[0-9a-f]\{12\}c0000201000000000000c0000201' ||
		true)
	[ "$count" -ge "$1" ] || { echo "$count heard"; return 1; }
}

make_veth_host b blb
spawn heard b "$SMOKE/frames.py" eth0 listen -e 0x0806 -t 60
await in_ns b grep -q '0003' /proc/net/packet
start_burstline <<END_OF_FILE
ports:
  - {name: a, device: "net_tap0,iface=bl0", mac: "02:00:00:00:00:0a"}
  - {name: b, device: "net_af_packet0,iface=blb", mac: "02:00:00:00:00:0b"}
interfaces:
  - {name: a, port: a, addresses: [198.51.100.1/24]}
  - {name: b, port: b, addresses: [192.0.2.1/24]}
neighbours:
  - {interface: b, address: 192.0.2.66, mac: "$STATIC_MAC"}
END_OF_FILE
await announced 1

# Host a knows Burstline without asking and does not answer its requests at first.
make_tap_host a bl0 198.51.100.2/24
ip -n "$ID-a" neighbour replace 198.51.100.1 lladdr 02:00:00:00:00:0a dev bl0

# held ADDRESS: three pings of the host's by this address wait for its answer and then get theirs.
# Burstline asks for 3 s: a machine that stalls for so long gets another try, as another neighbour.
held()
{
	local pings
	in_ns a sysctl -qw net.ipv4.conf.bl0.arp_ignore=8
	spawn pings a ping -n -i 0.05 -c 3 -W 10 -I "$1" 198.51.100.1
	pings=$spawned
	await held_or_failed "$1"
	in_ns a sysctl -qw net.ipv4.conf.bl0.arp_ignore=0
	wait "$pings" && neighbour_is "$1" "reachable $(host_mac 2) 0"
}

held_or_failed()
{
	neighbour_is "$1" "incomplete * 3" || neighbour_is "$1" "failed *"
}

for address in 3 4 5; do
	ip -n "$ID-a" address add 198.51.100.$address/24 dev bl0
done
for address in 2 3 4 5; do
	! held 198.51.100.$address || break
done
[ "$(grep -o 'icmp_seq=[0-9]*' "$WORK/pings" | tr -d '\n')" = icmp_seq=1icmp_seq=2icmp_seq=3 ] ||
	fail "held packets changed their order: $(cat "$WORK/pings")"
neighbour_is 198.51.100.$address "reachable $(host_mac 2) 0" || fail "$(neighbour 198.51.100.$address)"

# A static neighbour is never asked for: host b would not answer.
asked=$(arp_counter tx_requests)
[ "$asked" -ge 1 ] || fail "no request was counted"
in_ns b sysctl -qw net.ipv4.conf.eth0.arp_ignore=8
ip -n "$ID-b" address add 192.0.2.66/24 dev eth0
in_ns b ping -q -c 3 -i 0.05 -W 20 192.0.2.1
neighbour_is 192.0.2.66 "static $STATIC_MAC 0" || fail "$(neighbour 192.0.2.66)"
[ "$(arp_counter tx_requests)" = "$asked" ] || fail "a static neighbour was asked for"

# A link that comes up: at our end, and at the host's.
await announced 2 # the second one of the start comes 2 s after the first
ip -n "$ID-dut" link set blb down
ip -n "$ID-dut" link set blb up
await announced 3
await announced 4
ip -n "$ID-b" link set eth0 down
await link_is down # the kernel may keep a short absence to itself
ip -n "$ID-b" link set eth0 up
await announced 5
stop_burstline
