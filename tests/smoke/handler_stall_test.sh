#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A handler that takes 10 ms a frame, or does not return, loses only its own frames: other
# EtherTypes of the same port keep 95 % of theirs, the log names the handler within 2 s and says when
# it is back, and the program ends within 2 s, with status 1 and a ledger that balances.
# slow_handlers.c has handlers that work; another, from outside the tree, sleeps. macgen.c alternates
# frames for them with frames for nobody.
# limit: 120 s

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/macgen.sh"
. "$(dirname "$0")/plugin.sh"

BUILT=$BURSTLINE
BURSTLINE=${BUILD:-$ROOT/build}/tests/smoke/burstline_slow
RATE=$((20000 / TIME_SCALE))      # 200 times what it can do
PAIR_RATE=$((20000 / TIME_SCALE)) # each way; their rings hold 50 ms, if the worker has to wait
HANG=0x88b7
MAC=02:00:00:00:00:0a

# start HOST ENTRY...: handlers
start()
{
	local entry entries=
	for entry in "${@:2}"; do
		entries+="  - {$entry}"$'\n'
	done
	start_burstline <<END_OF_FILE
memory: {hugepages: never}
ports:
  - {name: tap, device: "net_tap0,iface=bl0", mac: "$MAC"}
  - {name: load, device: "$(memif 0)"}
  - {name: one, device: "$(memif 1)", unknown: two}
  - {name: two, device: "$(memif 2)", unknown: one}
plugins: $PLUGINS
handlers:
$entries
END_OF_FILE
	make_tap_host "$1" bl0
}

# hang HOST TENTHS: a frame for the handler that does not return for so long; 255: never.
hang()
{
	in_ns "$1" "${BUILD:-$ROOT/build}/app/blframe" send bl0 --ethertype $HANG \
		--hex "$(printf %02x "$2")"
}

said()
{
	grep -E "$1" "$WORK/stderr"
}

kept() # RATE PAIR_RATE
{
	macgen "$1" "$2" 4 250 0x88b6 1
	jq -e --argjson rate "$1" \
		'.tested.rate > 0.8 * $rate and .baseline.share > 0.5 and .kept >= 0.95' \
		"$WORK/macgen" >/dev/null
}

handler()
{
	telemetry /burstline/handlers ".[] | select(.name == \"$1\") | $2"
}

# slow HOST: named within 2 s of its first frame, and alone in losing some
slow()
{
	local name='handler slow 0 \(own, CPU [0-9]+\)'
	spawn backlog "$1" "$SMOKE/handler_load.py" bl0 --mac $MAC \
		--type 0x88b6 --window 1000 --count 500 --patience 0.1
	await -t 10 has_frames
	await -t 2 said "$name is slow: [0-9.]+ ms a frame, [0-9]+ ms in one burst"
	kept_at "$RATE" "$PAIR_RATE" kept ||
		fail "less than 95 % of other frames were kept beside a slow handler, each time"
	handler slow '{frames, ring_slots, ring_depth, ring_peak, budget, overload, drops, waits_us}' | jq -c .
	[ "$(handler slow .ring_peak)" = 223 ] || fail "the ring of 255 was not full up to its last eighth"
	[ "$(handler slow .drops.handler_ring)" -gt 1000 ] || fail "its frames were not dropped"
	[ "$(handler slow '[.waits_us | to_entries[] | .value] | add')" -gt 100 ] || fail "no waits"
	echo "slow: others kept $(jq .kept "$WORK/macgen")"
	await -t 10 said "$name keeps up again"
}

has_frames()
{
	[ "$(handler slow .frames)" -gt 0 ]
}

program=$BURSTLINE
# Shares say nothing of a build with sanitizers.
if [ "$TIME_SCALE" = 1 ]; then
	build_plugin nap.so "$SMOKE/plugin.c" -DNAP=10000 "-DLIST=.ethertypes={0x88b6},.n_ethertypes=1"
	BURSTLINE=$BUILT
	echo "a plug-in that sleeps 10 ms on every frame:"
	start p "name: slow, plugin: nap.so, place: own, ring: 256"
	slow p
	stop_burstline
fi

BURSTLINE=$program
echo "a handler that works 10 ms on every frame:"
start a "name: slow, place: own, ring: 256" "name: hang, place: own"
slow a

await hang a 25
await -t 2 said 'handler hang 0 \(own, CPU [0-9]+\) has not returned from a burst for [0-9.]+ s'
cpu=$(sed -n 's/.*handler hang 0 (own, CPU \([0-9]*\)) has not returned.*/\1/p' "$WORK/stderr")
await said "on CPU $cpu goes on after [2-9]\.[0-9] s" # the worker may have stood still, too
stop_burstline

# received N: frames of the tap, which no worker holds back
received()
{
	[ "$(telemetry /burstline/ports '.[] | select(.name == "tap") | .rx')" -ge "$1" ]
}

# ends PLACE HOST: with a handler that will never return.
ends()
{
	local status=0 place=${1//\"/}
	start "$2" "name: slow, place: own, ring: 256" "name: hang, place: $1"
	await hang "$2" 255
	await -t 2 said "handler hang 0 \(${place%% *}, CPU [0-9]+\) has not returned"
	for _ in 1 2 3; do
		hang "$2" 255
	done
	await received 4
	kill -TERM "$burstline_pid"
	await -t 2 burstline_ended
	wait "$burstline_pid" || status=$?
	burstline_pid=
	[ $status = 1 ] || fail "$1: the exit status is $status"
	said "handler hang 0 .* did not return: .*\(3 frames in rings"
	jq -e '.balanced == true and all(.ports[]; .balance == 0 and .kept == 0 and .in_flight == 0)' \
		"$LEDGER" >/dev/null || fail "$1: the ledger does not close: $(cat "$LEDGER")"
	[ "$(dropped tap stalled)" = 4 ] || fail "$1: not 4 frames are counted as stalled"
	check_gone
}

ends own b
ends control c
ends "\"lcore $(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')\"" d
