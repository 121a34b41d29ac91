#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# limit: 120 s
# 100 live changes under load: ports come and go, a wire moves, a bridge, a VLAN, interfaces,
# addresses, static neighbours and entries, limits, storm control, handlers.
# Flows that no change touches lose no frame: one to a handler, one to a reflector, one over a wire,
# one over a bridge. What is refused or fails changes nothing. smoke/live_kinds has more kinds of each.

. "$(dirname "$0")/lib.sh"

APPLIES=100
MAC=02:00:00:00:00:0a
DST=02:00:00:00:0b:01 # behind b2

# variant FILE ADDRESS [PORTS [WIRES [BRIDGES [INTERFACES]]]]: what no change touches, that, and
# $limits, $static, $neighbours, $handlers.
limits='' static='' neighbours='' handlers=''
variant()
{
	cat >"$WORK/$1.yaml" <<-END
		name: $INSTANCE
		ports:
		  - {name: a, device: "net_tap0,iface=bl0", mac: "$MAC"}
		  - {name: r, device: "net_tap1,iface=bl1", reflect: true}
		  - {name: w1, device: "net_tap2,iface=bl2"}
		  - {name: w2, device: "net_tap3,iface=bl3"}
		  - {name: b1, device: "net_tap4,iface=bl4"}
		  - {name: b2, device: "net_tap5,iface=bl5"}
		  - {name: i, device: "net_tap6,iface=bl6"}
		${3-}
		wires:
		  - [w1, w2]
		${4-}
		bridges:
		  - name: br0
		    vlan-aware: true
		$limits
		    static:
		      - {mac: "$DST", vlan: 10, port: b2}
		$static
		    members:
		      - {port: b1, mode: access, vlan: 10}
		      - {port: b2, mode: access, vlan: 10}
		${5-}
		interfaces:
		  - {name: i, port: i, addresses: [$2/24]}
		${6-}
		neighbours:
		  - {interface: i, address: 192.0.2.66, mac: "02:00:00:00:00:66"}
		$neighbours
		handlers:
		  - {name: echo, place: inline}
		$handlers
	END
}

x1='  - {name: x1, device: "net_tap7,iface=bl7"'
x2='  - {name: x2, device: "net_tap8,iface=bl8"}'
variant 0 192.0.2.1
neighbours='  - {interface: i, address: 192.0.2.67, mac: "02:00:00:00:00:67"}'
handlers='  - {name: lldp}'
variant 1 192.0.2.1 "$x1}"$'\n'"$x2" '  - [x1, x2]'
static='      - {mac: "02:00:00:00:0b:02", vlan: 10, port: b2}'
limits='    learn-rate: 1000'
neighbours='  - {interface: i, address: 192.0.2.67, mac: "02:00:00:00:00:68"}'
handlers='  - {name: lldp, rate: 50, ring: 256}'
variant 2 192.0.2.9 "$x1}"$'\n'"$x2" '' \
	'  - {name: br1, members: [{port: x1}, {port: x2}]}' \
	'  - {name: on-br1, bridge: br1, addresses: [198.51.100.1/24]}'
static='      - {mac: "02:00:00:00:0b:02", vlan: 10, port: b1}'
limits='    vlan-limit: 500'
neighbours='' handlers='  - {name: arp, rate: 500}'
variant 3 192.0.2.1 "$x2"$'\n'"$x1}" '' \
	'      - {port: x1, mode: trunk, vlans: ["20-29"], native: 10, limit: 9, storm: {unknown: 5}}' \
	"$(printf '%s\n' '  - {name: on-x2, port: x2, addresses: [203.0.113.1/24]}' \
		'  - {name: on-br0, bridge: br0, tags: [{vid: 20}], addresses: [198.51.100.1/24]}')"
limits='' static='' handlers=''
variant 4 192.0.2.9 "$x1, reflect: true, mtu: 1400}"

said() # how often the log says so
{
	grep -c -- "$1" "$WORK/stderr" || true
}

test_more()
{
	[ "$(said "$2")" -gt "$1" ]
}

# reread TEXT: the file is read again, and the log says so.
reread()
{
	local before
	before=$(said "$1")
	kill -HUP "$burstline_pid"
	await -t 10 test_more "$before" "$1"
}

apply() # VARIANT
{
	cp --remove-destination "$WORK/$1.yaml" "$WORK/burstline.yaml" # the load left a link
	reread "was read again"
}

# refused TEXT: by one sentence, and nothing has changed.
refused()
{
	local before after
	before=$(state)
	reread "error: "
	tail -n 1 "$WORK/stderr" | grep -q -- "$1" ||
		fail "does not say \"$1\": $(tail -n 1 "$WORK/stderr")"
	tail -n 1 "$WORK/stderr" | sed 's/^burstline: error: /refused: /'
	after=$(state)
	[ "$before" = "$after" ] || fail "something was changed: $before, then $after"
}

state()
{
	telemetry /burstline/ports '[.[] | .name]'
	telemetry /burstline/bridges '[.[] | .name, .members]'
	telemetry /burstline/neighbours
	ip -n "$ID-dut" -br link | sed 's/[@ ].*//' | sort
}

answers() # ADDRESS
{
	in_ns i arping -c 1 -w 2 -I bl6 "$1"
}

says() # PATTERN: in what was heard on bl6, in hexadecimal digits
{
	tr -d " " <"$WORK/announced" | grep -Eq "$1"
}

hears()
{
	answers 192.0.2.1 && says "c0000201"
}

silent() # ADDRESS
{
	! in_ns i arping -c 1 -w 1 -I bl6 "$1" >/dev/null
}

cp "$WORK/0.yaml" "$WORK/burstline.yaml"
launch_burstline -c "$WORK/burstline.yaml"
make_tap_host a bl0
make_tap_host r bl1
make_tap_host w bl2
make_tap_host b bl4
make_tap_host i bl6 192.0.2.2/24
for pair in "w bl3" "b bl5"; do
	read -r name tap <<<"$pair"
	await ip -n "$ID-dut" link show "$tap"
	ip -n "$ID-dut" link set "$tap" netns "$ID-$name"
	host_up "$name" "$tap" ""
done
# arrives NAMESPACE ARGUMENT...: one frame
arrives()
{
	local from=$1
	shift
	in_ns "$from" "$SMOKE/handler_load.py" "$@" --count 1 --patience 0.2 | jq -e '.lost == 0'
}

await arrives a bl0 --mac $MAC --type 0xcccc
await arrives r bl1 --mac $MAC --type 0xcccc
await arrives w bl2 --back bl3 --mac $MAC
await arrives b bl4 --back bl5 --mac $DST
await answers 192.0.2.1

# Load on all four while the file changes.
spawn echo a "$SMOKE/handler_load.py" bl0 --mac $MAC --type 0xcccc --window 64 --rate 2000
loads=("$spawned")
spawn reflect r "$SMOKE/handler_load.py" bl1 --mac $MAC --type 0xcccc --window 64 --rate 2000
loads+=("$spawned")
spawn wire w "$SMOKE/handler_load.py" bl2 --back bl3 --mac $MAC --window 64 --rate 2000
loads+=("$spawned")
spawn bridge b "$SMOKE/handler_load.py" bl4 --back bl5 --mac $DST --window 64 --rate 2000
loads+=("$spawned")
EXPECT=handlers: "$SMOKE/handler_swap.py" "$burstline_pid" "$WORK/stderr" "$WORK/burstline.yaml" \
	$APPLIES "$WORK"/{1,2,3,4,0}.yaml >"$WORK/swaps" || fail "$(cat "$WORK/swaps")"
kill -TERM "${loads[@]}"
wait "${loads[@]}"
echo "$APPLIES changes: $(cat "$WORK/swaps")"
for flow in echo reflect wire bridge; do
	jq -e '.answered > 100 and .lost == 0 and .disorder == 0 and .twice == 0' \
		"$WORK/$flow" >/dev/null || fail "$flow: $(cat "$WORK/$flow"); $(telemetry /burstline/drops)"
	echo "$flow: $(jq -r '"\(.answered) frames, none lost, twice or out of order; longest gap \(.gap_ms) ms"' "$WORK/$flow")"
done

# A38: an address that went is not answered any more; one that came is announced.
apply 0
await answers 192.0.2.1
spawn announced i "$SMOKE/frames.py" bl6 listen --stamp -e 0x0806 -t 100
await hears
apply 2
await says "c0000209.{12}c0000209" # who-has 192.0.2.9 tell 192.0.2.9
await silent 192.0.2.1
answers 192.0.2.9 >/dev/null || fail "A38: the new address is not answered"
echo "A38: the removed address is silent, the new one announced and answered"

# An interface and a port that came work, and what the bridge learned is still there.
make_tap_host x bl7 198.51.100.2/24
await in_ns x ping -c 1 -W 1 198.51.100.1
frames_before=$(telemetry /burstline/ports '.[] | select(.name == "w1") | .rx')
[ "$frames_before" -gt 100 ] || fail "w1 lost its counters: $frames_before"
[ "$(telemetry /burstline/bridges '.[] | select(.name == "br0") | .learned')" -ge 1 ] ||
	fail "br0 has forgotten what it learned: $(telemetry /burstline/bridges)"
apply 3
apply 4
grep -q "port x1 is closed and opened for it" "$WORK/stderr" || fail "mtu: nothing was said"

# Refused or failed: all is as it was.
variant bad 192.0.2.1
sed -i "2i lcores: {idle: busy}\nmemory: {mbufs: 65536}" "$WORK/bad.yaml"
cp --remove-destination "$WORK/bad.yaml" "$WORK/burstline.yaml"
refused "lcores.idle: .* needs a restart; memory.mbufs: .* needs a restart; nothing was changed"
variant bad 192.0.2.1 "$x2"$'\n''  - {name: y, device: "net_af_packet0,iface=ghost"}'
cp --remove-destination "$WORK/bad.yaml" "$WORK/burstline.yaml"
refused "port y: interface ghost does not exist"
variant bad 192.0.2.1 "$x2" "" "" '  - {name: i, port: nowhere, addresses: [192.0.2.5/24]}'
cp --remove-destination "$WORK/bad.yaml" "$WORK/burstline.yaml"
refused "burstline.yaml:.*nowhere"
# One that fails late: x2 is there by then, and goes again; x1's device cannot have that MTU.
variant bad 192.0.2.1 "$x1, mtu: 9000}"$'\n'"$x2"
cp --remove-destination "$WORK/bad.yaml" "$WORK/burstline.yaml"
refused "port x1: .*MTU\|port x1: .*mtu"

apply 0
stop_burstline
