#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A handler with a backlog goes to a smaller ring, to another place, and inline: what waited is
# handled first, then what the new ring took, in order; what did not fit is counted as `replaced`,
# no more. And overload policy pass: what the ring has no room for leaves by the other port.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/plugin.sh"

HOLD=$WORK/hold # while it is there the handler answers nothing
A=02:00:00:00:00:0a
B=02:00:00:00:00:0b

configure() # ENTRY
{
	configure_burstline <<-END
		ports:
		  - {name: a, device: "net_tap0,iface=bl0", mac: "$A"}
		  - {name: b, device: "net_tap1,iface=bl1", mac: "$B"}
		plugins: $PLUGINS
		handlers:
		  - {name: x, $1}
	END
}

# run ENTRY: both taps are in the namespace host.
run()
{
	configure "$1"
	launch_burstline -c "$WORK/burstline.yaml"
	host=h$host_count
	make_tap_host "$host" bl0
	await ip -n "$ID-dut" link show bl1
	ip -n "$ID-dut" link set bl1 netns "$ID-$host"
	host_up "$host" bl1 ""
	await answers
}

# What the kernel has to say on taps that came up is over, and x is there.
answers()
{
	in_ns "$host" "$SMOKE/handler_load.py" bl0 --mac $A --count 5 --patience 0.5 |
		jq -e '.answered == 5' && in_ns "$host" "$SMOKE/handler_load.py" bl1 --mac $B \
		--count 5 --patience 0.5 | jq -e '.answered == 5'
}

backlog() # ARGUMENT...
{
	in_ns "$host" "$SMOKE/handler_backlog.py" "$1" bl0 "$INSTANCE" "$HOLD" $A "${@:2}" ||
		fail "$*"
}

build_plugin hold.so "$SMOKE/plugin.c" "-DHOLD=\"$HOLD\"" -DHOLD_MS=300
build_plugin wait.so "$SMOKE/plugin.c" "-DHOLD=\"$HOLD\"" -DHOLD_MS=3600000ull

changes=0
all_read()
{
	[ "$(grep -c "was read again" "$WORK/stderr")" = $changes ]
}

# replaced WHAT N ENTRY ENTRY: x is the first; while N frames wait for it it becomes the second.
# The old ring is large: what comes before the change finds room there.
replaced()
{
	local said
	configure "$3"
	kill -HUP "$burstline_pid"
	changes=$((changes + 1))
	await -t 10 all_read
	touch "$HOLD"
	configure "$4"
	said=$(backlog replaced "$burstline_pid" "$2")
	echo "$1: $said"
	changes=$((changes + 1))
	await -t 10 all_read
}

run "plugin: hold.so, place: own, ring: 4096, budget: 1"
large="plugin: hold.so, ring: 4096, budget: 1"
small="plugin: hold.so, ring: 64, budget: 1"
replaced "from a ring of 4096 to one of 64" 400 "$large, place: own" "$small, place: own"
replaced "from own to control" 200 "$large, place: own" "$small, place: control"
replaced "from control to inline" 200 "$large, place: control" "plugin: hold.so, place: inline"
stop_burstline
[ "$(dropped a replaced)" -ge 300 ] || fail "$(cat "$LEDGER")"

run "plugin: wait.so, place: own, ring: 64, budget: 1, overload: pass, pass-to: b"
touch "$HOLD"
said=$(backlog pass bl1 $B)
echo "pass: $said"
stop_burstline
[ "$(dropped a handler_dei)" = 5 ] && [ "$(dropped b handler_ring)" = 10 ] ||
	fail "$(cat "$LEDGER")"
