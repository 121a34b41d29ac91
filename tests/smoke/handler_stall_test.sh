#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A handler that takes 10 ms a frame, or does not return, loses only its own frames: other
# EtherTypes of the same port keep 95 % of theirs, the log names the handler within 2 s and says when
# it is back, and the program ends within 2 s, with status 1 and a ledger that balances.
# slow_handlers.c has the handlers; macgen.c alternates frames for `slow` with frames for nobody.
# limit: 90 s

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/macgen.sh"

BURSTLINE=${BUILD:-$ROOT/build}/tests/smoke/burstline_slow
RATE=$((20000 / TIME_SCALE))       # 200 times what it can do
PAIR_RATE=$((200000 / TIME_SCALE)) # each way
HANG=0x88b7

# start PLACE
start()
{
	start_burstline <<END_OF_FILE
memory: {hugepages: never}
ports:
  - {name: tap, device: "net_tap0,iface=bl0"}
  - {name: load, device: "$(memif 0)"}
  - {name: one, device: "$(memif 1)", unknown: two}
  - {name: two, device: "$(memif 2)", unknown: one}
handlers:
  - {name: slow, place: own, ring: 256}
  - {name: hang, place: $1}
END_OF_FILE
	make_tap_host "$2" bl0
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

start own a
kept_at "$RATE" "$PAIR_RATE" kept || fail "less than 95 % of other frames were kept beside a slow handler, each time"
said 'handler slow 0 \(own, CPU [0-9]+\) is slow: [0-9.]+ ms a frame, [0-9]+ ms in one burst'
handler slow '{frames, ring_slots, ring_depth, ring_peak, budget, overload, drops, waits_us}' | jq -c .
[ "$(handler slow .ring_peak)" = 223 ] || fail "the ring of 255 was not full up to its last eighth"
[ "$(handler slow .drops.handler_ring)" -gt 1000 ] || fail "its frames were not dropped"
[ "$(handler slow '[.waits_us | to_entries[] | .value] | add')" -gt 100 ] || fail "no waits"
echo "slow: others kept $(jq .kept "$WORK/macgen")"

await hang a 25
await -t 2 said 'handler hang 0 \(own, CPU [0-9]+\) has not returned from a burst for [0-9.]+ s'
await said 'goes on after [2-9]\.[0-9] s'
await -t 10 said 'handler slow 0 .* keeps up again'
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
	start "$1" "$2"
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
