#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# limit: 120 s
# A live change of which one part fails late leaves all as it was, says why in one sentence, and
# leaves nothing behind however often it is tried: memory, files, threads. So do ports of each kind
# that come and go, again and again. Flows beside lose nothing.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/live.sh"

ROUNDS=25
[ "$TIME_SCALE" = 1 ] || ROUNDS=5
MAC=02:00:00:00:00:0a
DST=02:00:00:00:0b:01 # nobody: flooded, and tagged at b2 and h, with headers out of a pool
cpus=$(taskset -pc $$ | sed 's/.*: //')
first=${cpus%%[-,]*} last=${cpus##*[-,]}

# build [PORTS [WIRES [BRIDGES [INTERFACES]]]]: more than runs at the start; $x: device of port x.
x='iface=bl7'
build()
{
	cat <<-END
		name: $INSTANCE
		lcores: {control: $first, workers: [$first, $last]}
		memory: {hugepages: never, mbufs: 8191}
		ports:
		  - {name: r, device: "net_tap1,iface=bl1", reflect: true}
		  - {name: b1, device: "net_tap4,iface=bl4"}
		  - {name: b2, device: "net_tap5,iface=bl5"}
		  - {name: h, device: "net_null2,no-rx=1"}
		  - {name: x, device: "net_tap7,$x"}
		  - {name: z, device: "net_af_xdp1,iface=dz", reflect: true}
		${1-}
		${2:+wires:}
		${2-}
		bridges:
		  - name: br0
		    vlan-aware: true
		    members:
		      - {port: b1, mode: access, vlan: 10}
		      - {port: b2, mode: trunk, vlans: [10]}
		      - {port: h, mode: trunk, vlans: [10]}
		${3-}
		interfaces:
		  - {name: lan, bridge: br0, tags: [{vid: 10}], addresses: [192.0.2.1/24]}
		${4-}
		handlers:
		  - {name: echo}
	END
}

# holds: what the program has of everything.
holds()
{
	local pid=$burstline_pid
	jq -n -c --argjson files "$(find "/proc/$pid/fd" -mindepth 1 | wc -l)" \
		--argjson threads "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)" \
		--argjson pools "$(telemetry /mempool/list length)" \
		--argjson zones "$(telemetry /eal/memzone_list length)" \
		--argjson octets "$(telemetry /eal/heap_info,0 .Alloc_size)" \
		--argjson kib "$(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")" \
		'{$files, $threads, $pools, $zones, $octets, $kib}'
}

# DPDK's drivers (22.11) forget some octets: of a tap that could not be made 256, of a memif that was
# refused 192, of each net_null 780. The C library's heap has holes.
leaks_nothing() # BEFORE AFTER ROUNDS [FILES [ZONES]]: that each round, and all, may leave
{
	jq -n -e --argjson a "$1" --argjson b "$2" --argjson rounds "$3" --argjson files "${4:-0}" \
		--argjson zones "${5:-0}" '$b.files <= $a.files + $files * $rounds and
		$b.threads == $a.threads and $b.pools == $a.pools and $b.zones <= $a.zones + $zones and $b.octets <= $a.octets + 4000 * $rounds and
		($ENV.TIME_SCALE != "1" or $b.kib < $a.kib + 1024)'
}

state()
{
	ctl save -
	telemetry /burstline/ports '[.[] | .name, .state]'
	telemetry /burstline/bridges '[.[] | .name, .members]'
	ip -n "$ID-dut" -br link | sed 's/[@ ].*//' | sort
}

# refused WORDS PATTERN PORT [WAIT]: what comes with it succeeds, and this fails late; all is as it was.
looks=yes
refused()
{
	local status=0
	build "$good"$'\n'"$3" "" "$bridge" "$lan" >"$WORK/bad.yaml"
	apply "$WORK/bad.yaml" || status=$?
	[ $status = 1 ] || fail "$1: was applied"
	grep -q -- "$2" "$WORK/said" || fail "$1: not \"$2\": $(cat "$WORK/said")"
	[ "$(wc -l <"$WORK/said")" = 1 ] || fail "$1: more than a sentence: $(cat "$WORK/said")"
	[ $looks = yes ] || return 0
	"${4:-true}"
	[ "$(state)" = "$was" ] || fail "$1: something was changed: $(diff <(echo "$was") <(state))"
}

# Parts that succeed: a tap, a port with a pool of its own, one in a bridge of its own.
good='  - {name: t, device: "net_tap8,iface=bl8"}
  - {name: n, device: "net_null0,no-rx=1", mtu: 2500}
  - {name: l, device: "net_null1,no-rx=1"}'
bridge='  - {name: br1, members: [{port: t}, {port: n}]}'
lan='  - {name: more, bridge: br0, tags: [{vid: 10}, {vid: 5}], addresses: [198.51.100.1/24]}'

x_is_up()
{
	telemetry /burstline/ports '.[] | select(.name == "x") | .state + " " + .link' | grep -q "started up"
}

x_returns()
{
	await x_is_up
}

fail_late()
{
	refused "the tap's name is taken" "port f: its driver refused the device.*net_tap9" \
		'  - {name: f, device: "net_tap9,iface=taken"}'
	refused "a ring that is too large" "port f: its driver refused.*[Rr]ing size" \
		"  - {name: f, device: \"net_memif9,role=server,socket=$WORK/f.sock,socket-abstract=no,rsize=20\"}"
	refused "no folder for the capture" "port f: its driver refused.*/nowhere/f" \
		'  - {name: f, device: "net_pcap9,tx_pcap=/nowhere/f"}'
	refused "no such interface" "port f: interface ghost does not exist" \
		'  - {name: f, device: "net_af_packet9,iface=ghost"}'
	refused "no memory for its pool" "no memory for pool rx-n0-.*Cannot allocate" \
		'  - {name: f, device: "net_null9,no-rx=1", mtu: 9700}'$'\n''  - {name: g, device: "net_null8,no-rx=1", mtu: 9000}'
	# The last step of all: x is closed, cannot be had otherwise, and is opened as it was.
	x='iface=taken'
	refused "a port that cannot be opened anew" "port x: its driver refused the device" "" x_returns
	x='iface=bl7'
}

ip link add name dz netns "$ID-dut" type veth peer name kz netns "$ID-dut"
ip link add name taken netns "$ID-dut" type veth peer name taken2 netns "$ID-dut"
for iface in dz kz; do
	in_ns dut ethtool -K $iface tx off >/dev/null
	ip -n "$ID-dut" link set $iface arp off up
done
build >"$WORK/burstline.yaml"
launch_burstline -c "$WORK/burstline.yaml" -- -m 208 # MiB: less than two more pools of jumbo frames
make_tap_host r bl1
make_tap_host b bl4
await ip -n "$ID-dut" link show bl5
ip -n "$ID-dut" link set bl5 netns "$ID-b"
host_up b bl5 ""

await arrives r bl1 --mac $MAC
await arrives b bl4 --mac $DST --back bl5
loads=()
spawn reflect r "$SMOKE/handler_load.py" bl1 --mac $MAC --window 64 --rate 1000
loads+=("$spawned")
spawn flood b "$SMOKE/handler_load.py" bl4 --mac $DST --back bl5 --window 64 --rate 1000
loads+=("$spawned")

# Late failures: nothing is left of them.
was=$(state)
fail_late # what is made once and stays
before=$(holds)
looks=no
for ((i = 1; i < ROUNDS; i++)); do
	fail_late
done
looks=yes
fail_late
after=$(holds)
leaks_nothing "$before" "$after" "$ROUNDS" >/dev/null || fail "$ROUNDS failed changes left: $before, $after"
echo "$ROUNDS times six changes that fail late: $before, then $after"

# net_af_xdp opens an interface once: said before, and nothing is closed.
build | sed 's/iface=dz"/iface=dz", mtu: 1400/' >"$WORK/bad.yaml"
ctl -j diff "$WORK/bad.yaml" | jq -e 'length == 1 and .[0].effect == "refused" and .[0].path == "ports[z].mtu"' \
	>/dev/null || fail "diff: $(ctl diff "$WORK/bad.yaml")"
if apply "$WORK/bad.yaml"; then
	fail "net_af_xdp was opened again"
fi
grep -q "its driver opens an interface once.*nothing was changed" "$WORK/said" || fail "$(cat "$WORK/said")"
[ "$(state)" = "$was" ] || fail "something was changed"

# Ports that come and go take their pools with them. (Not net_memif: its driver keeps 27 KiB of each TX
# queue, and the socket of a server; net_af_xdp's keeps a program, a map and a socket.)
come_and_go()
{
	local n=$1
	ip link add name "dy$n" netns "$ID-dut" type veth peer name "ky$n" netns "$ID-dut"
	ip -n "$ID-dut" link set "dy$n" arp off up
	# m's frames are longer each time: a pool of its own, for which there is no room
	# many times.
	build "  - {name: t, device: \"net_tap8,iface=bl8\"}
  - {name: y, device: \"net_af_xdp2,iface=dy$n\", reflect: true}
  - {name: m, device: \"net_ring2\", mtu: $((2600 + n))}
  - {name: p, device: \"net_af_packet2,iface=ky$n\", reflect: true}" "" '  - {name: br1, members: [{port: t}, {port: m}]}' "$lan" >"$WORK/more.yaml"
	apply "$WORK/more.yaml" || fail "round $n: $(cat "$WORK/said")"
	peak=$(holds)
	apply "$WORK/burstline.yaml" || fail "round $n, back: $(cat "$WORK/said")"
	ip -n "$ID-dut" link delete "dy$n"
}
come_and_go 0
before=$(holds)
for ((i = 1; i <= 8; i++)); do
	come_and_go "$i"
done
after=$(holds)
leaks_nothing "$before" "$after" "$i" 3 4 >/dev/null || fail "$i ports that came and went left: $before, $after"
echo "$i times four ports that come and go: $before, with them $peak, then $after"
[ "$(state)" = "$was" ] || fail "not as it was: $(diff <(echo "$was") <(state))"

kill -TERM "${loads[@]}"
wait "${loads[@]}"
for name in reflect flood; do
	jq -e '.answered >= 100 and .lost == 0 and .disorder == 0 and .twice == 0' "$WORK/$name" >/dev/null ||
		fail "$name: $(cat "$WORK/$name")"
	echo "$name: $(jq -r '"\(.sent) frames, \(.lost) lost, longest gap \(.gap_ms) ms"' "$WORK/$name")"
done
say_stood_still
stop_burstline
