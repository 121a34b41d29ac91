#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# limit: 90 s
# Four hosts in two VLANs, two Burstlines, a Q-in-Q trunk between them: each C-VLAN bridge's trunk is
# cabled to a member of an S-VLAN bridge that pushes S-tag 100. Both VLANs have the same addresses.
#
#     west                                          east
#     a ─ 10 ╮                                     ╭ 10 ─ c
#            br0 ─ C-trunk ─ veth ─ br1 ═ memif ═ br1 ─ veth ─ C-trunk ─ br0
#     b ─ 20 ╯                      S-tag 100      ╰ 20 ─ d
#
# ping, broadcast and iperf3 in both VLANs at once; nothing of one is heard in the other.
# Conformance B22, B25.

. "$(dirname "$0")/lib.sh"

TOP=$WORK
declare -A pids
BROADCASTS=50

# use west|east: lib.sh's functions are about this one from now on.
use()
{
	INSTANCE=$ID-$1
	WORK=$TOP/$1
	LEDGER=$WORK/ledger.json
	burstline_pid=${pids[$1]-}
	mkdir -p "$WORK"
}

# side west|east ROLE HOST10 HOST20: what both have in common; lan is west's.
side()
{
	cat <<-END_OF_FILE
		memory: {hugepages: never}
		ports:
		  - {name: one, device: "net_tap0,iface=bl$3"}
		  - {name: two, device: "net_tap1,iface=bl$4"}
		  - {name: up, device: "net_af_packet0,iface=$1-c"}
		  - {name: user, device: "net_af_packet1,iface=$1-s"}
		  - {name: m, device: "net_memif0,role=$2,id=0,socket=$TOP/memif.sock,socket-abstract=no"}
		bridges:
		  - name: br0
		    vlan-aware: true
		    members:
		      - {port: one, mode: access, vlan: 10}
		      - {port: two, mode: access, vlan: 20}
		      - {port: up, mode: trunk, vlans: [10, 20]}
		  - name: br1
		    vlan-aware: true
		    tpid: 0x88a8
		    members:
		      - {port: user, mode: qinq, vlan: 100}
		      - {port: m, mode: trunk, vlans: [100]}
	END_OF_FILE
	if [ "$1" = west ]; then
		echo "interfaces:"
		echo "  - {name: lan, bridge: br0, tags: [{vid: 10}], addresses: [192.0.2.1/24]}"
	fi
}

# begin west|east ROLE HOST10 HOST20
begin()
{
	use "$1"
	ip link add name "$1-c" netns "$ID-dut" type veth peer name "$1-s" netns "$ID-dut"
	for end in c s; do
		ip -n "$ID-dut" link set "$1-$end" arp off up
	done
	start_burstline < <(side "$@")
	pids[$1]=$burstline_pid
	background+=("$burstline_pid")
	burstline_pid=
}

# mac HOST
mac()
{
	in_ns "$1" cat "/sys/class/net/bl$1/address"
}

# pings FROM TO ADDRESS: and it is TO that answered
pings()
{
	await in_ns "$1" ping -c 1 -W 1 "$3"
	all_answered "$1" 20 -i 0.01 -s 1472 -M "do" "$3"
	in_ns "$1" ip neigh show "$3" | grep -q "$(mac "$2")" || fail "$1 took somebody else for $2"
}

listens()
{
	in_ns "$1" ss -Hltn 'sport = :5201' | grep -q LISTEN
}

# transfer NAME FROM TO ADDRESS: bounded, in the background; its process id in $spawned
transfer()
{
	spawn "server-$1" "$3" iperf3 -s -1
	await listens "$3"
	spawn "client-$1" "$2" iperf3 -c "$4" -t 2 -b 100M --json
}

# broadcast TYPE: by every host
broadcast()
{
	local host
	for host in a b c d; do
		for _ in $(seq $BROADCASTS); do
			printf 'ffffffffffff%s%s%0*d ' "$(mac $host | tr -d :)" "$1" 92 0
		done | frames $host bl$host send -
	done
}

# heard HOST FILTER: jq over what it received, by source and EtherType
heard()
{
	tail -n 1 "$WORK/heard-$1" | jq -e "$2" >/dev/null ||
		fail "$1 heard $(tail -n 1 "$WORK/heard-$1"), not $2"
}

finish()
{
	local status=$?
	if [ $status != 0 ]; then
		tail -n 20 "$TOP"/*/stderr
	fi
	rm -rf "/run/dpdk/$ID-west" "/run/dpdk/$ID-east"
	WORK=$TOP
	set +e
	(exit $status)
	at_exit
}

trap finish EXIT
begin west server a b
begin east client c d
use west
make_tap_host a bla 198.51.100.1/24
make_tap_host b blb 198.51.100.1/24
make_tap_host c blc 198.51.100.2/24
make_tap_host d bld 198.51.100.2/24
ip -n "$ID-a" address add 192.0.2.2/24 dev bla
ip -n "$ID-b" address add 192.0.2.3/24 dev blb
ip -n "$ID-c" address add 192.0.2.4/24 dev blc

listeners=()
for host in a b c d; do
	spawn "heard-$host" $host "$SMOKE/frames.py" "bl$host" sources
	listeners+=("$spawned")
done
for host in a b c d; do
	await grep -q ready "$WORK/heard-$host"
done

pings a c 198.51.100.2
pings b d 198.51.100.2
pings c a 198.51.100.1
pings d b 198.51.100.1
await in_ns a ping -c 1 -W 1 192.0.2.1
await in_ns c ping -c 1 -W 1 192.0.2.1
! in_ns b ping -q -c 2 -i 0.1 -W 1 192.0.2.1 || fail "VLAN 20 reaches the interface in VLAN 10"

transfer one a c 198.51.100.2
one=$spawned
transfer two d b 198.51.100.1
two=$spawned
broadcast 88b5
wait "$one" || fail "iperf3 in VLAN 10: $(cat "$WORK/client-one")"
wait "$two" || fail "iperf3 in VLAN 20: $(cat "$WORK/client-two")"
for name in one two; do
	jq -r '.end.sum_received | "\(.bytes) octets, \(.bits_per_second / 1e6) Mbit/s"' "$WORK/client-$name"
	jq -e '.end.sum_received.bytes > 2e6' "$WORK/client-$name" >/dev/null || fail "iperf3 $name was starved"
done

broadcast 88b6 # alone: a machine that stalls under load may lose some of the others
kill -TERM "${listeners[@]}"
for listener in "${listeners[@]}"; do
	wait "$listener" || fail "a listener ended with status $?"
done
# Broadcasts reach the other host of the VLAN, all of them, once; nobody hears the other VLAN.
for pair in a:c:b:d c:a:b:d b:d:a:c d:b:a:c; do
	IFS=: read -r host peer stranger other <<<"$pair"
	heard "$host" ".[\"$(mac "$peer") 0x88b5\"] | 0 < . and . <= $BROADCASTS"
	heard "$host" ".[\"$(mac "$peer") 0x88b6\"] == $BROADCASTS"
	for from in "$stranger" "$other"; do
		heard "$host" "to_entries | all(.key | startswith(\"$(mac "$from")\") | not)"
	done
done

use east
stop_burstline
use west
stop_burstline
[ ! -e "$TOP/memif.sock" ] || fail "the memif socket is left"
