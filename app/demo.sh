#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# README command 1: install what is missing, build, and let four hosts talk through Burstline.
#
#     sudo app/demo.sh           run, show the tables, take everything down; exit 0 when all is well
#     sudo app/demo.sh --keep    leave it running, and say how to look at it and how to end it
#     sudo app/demo.sh --stop    end a demo that was kept
#
# Hosts are network namespaces (bldemo-a to -d) and Burstline runs in a fifth (bldemo-dut), so the
# machine's own interfaces are not touched. config/demo.yaml has the picture.

set -eu -o pipefail
cd "$(dirname "$0")/.."

NAME=demo
NS=bldemo
BUILD=${BUILD:-build}
STATE=/run/burstline-demo # of a demo that runs: process id, ledger, log
FRAMES=$PWD/tests/smoke/frames.py
TELEMETRY=$PWD/tests/smoke/telemetry.py

die()
{
	echo "demo: $*" >&2
	exit 1
}

step()
{
	printf '\n== %s\n' "$*"
}

# on HOST COMMAND...
on()
{
	local host=$1
	shift
	ip netns exec "$NS-$host" "$@"
}

# show HOST COMMAND...: say it and run it.
show()
{
	echo "$1\$ ${*:2}"
	on "$@"
}

# await COMMAND...: until it succeeds, 20 s at most.
await()
{
	local end=$((SECONDS + 20))
	while [ $SECONDS -le $end ]; do
		"$@" >/dev/null 2>&1 && return
		sleep 0.02
	done
	die "still not after 20 s: $*"
}

make_ns()
{
	ip netns add "$NS-$1"
	# IPv6's own chatter would be counted among the frames.
	on "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	ip -n "$NS-$1" link set lo up
}

# host_up HOST INTERFACE MAC ADDRESS: both ends of a tap share one MAC address, so give another.
host_up()
{
	ip -n "$NS-$1" link set "$2" address "$3"
	ip -n "$NS-$1" address add "$4" dev "$2"
	ip -n "$NS-$1" link set "$2" up
}

start()
{
	mkdir "$STATE" 2>/dev/null || die "a demo runs already; end it with: app/demo.sh --stop"
	trap finish EXIT
	trap 'exit 130' INT TERM
	make_ns dut
	make_ns b
	ip link add name blb netns $NS-dut type veth peer name eth0 netns $NS-b
	ip link add name blw1 netns $NS-dut type veth peer name blw2 netns $NS-dut
	# The kernel would hand unfinished checksums and large segments to net_af_packet.
	on b ethtool -K eth0 tx off >/dev/null
	for end in blb blw1 blw2; do
		ip -n $NS-dut link set $end arp off up
	done
	host_up b eth0 02:00:00:00:aa:0b 10.0.0.2/24

	# Not `on`: the process id would be that of a subshell.
	ip netns exec $NS-dut "$BUILD/app/burstline" -c config/demo.yaml --ledger "$STATE/ledger.json" \
		>"$STATE/log" 2>&1 </dev/null &
	echo $! >"$STATE/pid"
	await settled
	grep '^burstline: ready' "$STATE/log" || die "Burstline did not start"

	# Now its taps exist: each goes to its host.
	for host in a c d; do
		make_ns $host
		ip -n $NS-dut link set bl$host netns $NS-$host
	done
	host_up a bla 02:00:00:00:aa:0a 10.0.0.1/24
	host_up c blc 02:00:00:00:aa:0c 10.0.0.3/24
	host_up d bld 02:00:00:00:aa:0d 10.0.0.4/24
	ip -n $NS-a address add 192.0.2.2/24 dev bla
}

settled()
{
	grep -q '^burstline: ready' "$STATE/log" || ended
}

ended()
{
	local pid
	pid=$(cat "$STATE/pid")
	[ ! -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status"
}

talk()
{
	step "hosts a (tap) and b (veth) are in VLAN 10 of a bridge, c and d in VLAN 20"
	await on a ping -c 1 -W 1 10.0.0.2
	await on c ping -c 1 -W 1 10.0.0.4
	show a ping -q -c 5 -i 0.02 10.0.0.2
	show b arping -f -c 3 -I eth0 10.0.0.1
	echo "and d is behind a wire:"
	show c ping -q -c 5 -i 0.02 10.0.0.4
	if show a ping -q -c 2 -i 0.1 -W 0.3 10.0.0.3; then
		die "VLAN 10 reaches VLAN 20"
	fi
	echo "c is in the other VLAN: no answer, as it should be"

	step "16 MiB by TCP from host a to host b"
	head -c 16M /dev/urandom >"$STATE/sent"
	on b timeout 30 nc.openbsd -l 5001 >"$STATE/received" &
	local receiver=$!
	await listens
	show a timeout 30 nc.openbsd -N 10.0.0.2 5001 <"$STATE/sent"
	wait $receiver
	cmp "$STATE/sent" "$STATE/received" || die "other octets arrived than were sent"
	echo "all octets arrived"

	step "Burstline's own address in VLAN 10"
	show a arping -f -c 3 -I bla 192.0.2.1
	show a ping -q -c 5 -i 0.02 192.0.2.1

	step "host c is on a trunk: ARP behind tags, answered with the same tags"
	show c "$FRAMES" blc arp --tag 0x8100:10 --from 192.0.2.3 192.0.2.1
	show c "$FRAMES" blc arp --tag 0x8100:10 --tag 0x8100:300 --from 203.0.113.2 203.0.113.1

	step "LLDP frames, which a bridge does not forward"
	local frame before
	frame=0180c200000e02000000aa0c88cc$(printf '%092d' 0)
	before=$(reserved)
	on c "$FRAMES" blc send "$frame" "$frame" "$frame" "$frame" "$frame"
	await reserved_is $((before + 5))
	echo "5 frames sent, 5 counted"
}

listens()
{
	on b ss -Hltn 'sport = :5001' | grep -q LISTEN
}

# reserved: how many frames to reserved addresses were counted
reserved()
{
	"$TELEMETRY" $NAME /burstline/ports | jq 'map(.drops.bridge_reserved // 0) | add'
}

reserved_is()
{
	[ "$(reserved)" = "$1" ]
}

tables()
{
	step "ports"
	"$TELEMETRY" $NAME /burstline/ports name state link mtu rx tx
	step "workers"
	"$TELEMETRY" $NAME /burstline/workers lcore cpu role busy_cycles idle_cycles
	step "handlers"
	"$TELEMETRY" $NAME /burstline/handlers name place frames tx send drop consume
	step "members of the bridge"
	"$TELEMETRY" $NAME /burstline/bridge_members port mode state addresses learned moved unicast \
		broadcast unknown local references headers copies
	step "forwarding table"
	"$TELEMETRY" $NAME /burstline/fdb vlan mac port static age
	step "drops"
	"$TELEMETRY" $NAME /burstline/drops port reason ethertype frames
	step "ledger: rx + originated + copies = sent + consumed + dropped + kept + in flight"
	"$TELEMETRY" $NAME /burstline/ports name rx originated copies sent consumed dropped kept \
		in_flight balance
	"$TELEMETRY" $NAME /burstline/ports | jq -e 'all(.[]; .balance == 0)' >/dev/null ||
		die "the ledger does not balance"
}

# stop: SIGTERM; it must end by itself and its books must close.
stop()
{
	step "stop"
	kill -TERM "$(cat "$STATE/pid")"
	await ended
	sed -n '/: stopping$/,$p' "$STATE/log"
	jq -e '.balanced and .mbufs_in_use == 0 and
		all(.ports[]; .balance == 0 and .kept == 0 and .in_flight == 0)' \
		"$STATE/ledger.json" >/dev/null || die "the ledger does not close"
	echo "every frame left by a named exit: the ledger balances"
}

finish()
{
	local status=$? pid name
	trap - EXIT
	set +e
	[ $status = 0 ] || tail -n 30 "$STATE/log"
	pid=$(cat "$STATE/pid" 2>/dev/null)
	if [ -n "$pid" ] && ! ended; then
		kill -KILL "$pid"
	fi
	for name in a b c d dut; do
		ip netns delete $NS-$name 2>/dev/null
	done
	rm -rf "$STATE"
	exit $status
}

build()
{
	app/install.sh demo
	[ -f "$BUILD/build.ninja" ] || meson setup "$BUILD" -Dtests=false >/dev/null
	ninja --quiet -C "$BUILD" app/burstline
}

case ${1-} in
"" | --keep) ;;
--stop)
	[ -d "$STATE" ] || die "no demo runs"
	trap finish EXIT
	stop
	exit
	;;
*) die "usage: app/demo.sh [--keep | --stop]" ;;
esac

[ "$(id -u)" = 0 ] || die "needs root, for namespaces and taps: sudo app/demo.sh"
[ -c /dev/net/tun ] || die "no /dev/net/tun: load the module tun, or give it to the container"
build
start
talk
tables
if [ "${1-}" = --keep ]; then
	trap - EXIT
	echo
	echo "It runs on. Look:  ip netns exec $NS-a ping 10.0.0.2;  $TELEMETRY $NAME /burstline/ports"
	echo "End it:            app/demo.sh --stop"
	exit 0
fi
stop
