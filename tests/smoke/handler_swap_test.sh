#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# limit: 180 s
# Handlers change while traffic runs: a plug-in replaced 1000 times, places moved, handlers more and
# fewer. Every frame is numbered: none is lost, twice or out of its flow's order, and another
# handler of the same worker goes on. What is refused changes nothing.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/plugin.sh"

SWAPS=1000
[ "$TIME_SCALE" = 1 ] || SWAPS=200
MAC=02:00:00:00:00:0a
BUSY="error: the last change still waits for handler"
cpu=$(taskset -pc $$ | sed 's/.*[-, ]//')

# configure [ENTRY...]: two ports of one worker; handlers beside echo's.
configure()
{
	{
		cat <<-END
			ports:
			  - {name: a, device: "net_tap0,iface=bl0", mac: "$MAC"}
			  - {name: b, device: "net_tap1,iface=bl1", mac: "02:00:00:00:00:0b"}
			plugins: $PLUGINS
			handlers:
			  - {name: echo, place: inline}
		END
		printf '  - {%s}\n' "$@"
	} | configure_burstline
}

# load: numbered frames to x in the background; loaded TEXT: their verdict must be spotless.
load()
{
	spawn loaded a "$SMOKE/handler_load.py" bl0 --mac $MAC --window 96 --rate 20000
	load=$spawned
	spawn other b "$SMOKE/handler_load.py" bl1 --mac 02:00:00:00:00:0b --type 0xcccc \
		--window 32 --rate 2000
	other=$spawned
	await catches 15 "$load"
	await catches 15 "$other"
}

spotless()
{
	jq -e '.answered > 100 and .lost == 0 and .disorder == 0 and .twice == 0' "$1" >/dev/null ||
		fail "$2: $(cat "$1"); $(telemetry /burstline/drops)"
}

loaded()
{
	kill -TERM "$load" "$other"
	wait "$load" "$other"
	spotless "$WORK/loaded" "$1"
	spotless "$WORK/other" "$1: the other handler"
	echo "$1: $(jq -r '"\(.answered) frames, longest gap \(.gap_ms) ms"' "$WORK/loaded")," \
		"of the other handler $(jq -r '"\(.answered), \(.gap_ms) ms"' "$WORK/other")"
}

handler() # NAME FIELD
{
	telemetry /burstline/handlers "[.[] | select(.name == \"$1\") | .$2] | add // 0"
}

said() # how often the log says so
{
	grep -c -- "$1" "$WORK/stderr" || true
}

# apply [ENTRY...]: the file is changed and read again. A handler that did not get a CPU yet to end
# the last change has that refused: then again.
apply()
{
	local before
	before=$(said "was read again")
	configure "$@"
	await reread "$before"
}

reread() # BEFORE: the file, and no refusal
{
	local busy
	busy=$(said "$BUSY")
	kill -HUP "$burstline_pid"
	await applied_or_busy "$1" "$busy"
	test_more "$1" "was read again"
}

applied_or_busy() # BEFORE BUSY
{
	test_more "$1" "was read again" || test_more "$2" "$BUSY"
}

# refused TEXT [ENTRY...]: one sentence, and the handler that was there answers as before.
refused()
{
	local before answer
	before=$(said "error: ")
	[ $# = 1 ] || configure "${@:2}"
	kill -HUP "$burstline_pid"
	await test_more "$before" "error: "
	answer=$(grep "error: " "$WORK/stderr" | tail -n 1) # other lines may follow it
	grep -q -- "$1" <<<"$answer" || fail "does not say \"$1\": $answer"
	echo "refused: ${answer#burstline: error: }"
	[ "$(said "was read again")" = "$read_again" ] || fail "$1: something was changed"
}

test_more()
{
	[ "$(said "$2")" -gt "$1" ]
}

build_plugin one.so "$SMOKE/plugin.c" -DVERSION=1
build_plugin two.so "$SMOKE/plugin.c" -DVERSION=2
build_plugin stall.so "$SMOKE/plugin.c" -DSLOW=5000000
build_plugin badabi.so "$SMOKE/plugin.c" -DBADABI
build_plugin arp.so "$SMOKE/plugin.c" "-DLIST=.ethertypes={0xcccc},.n_ethertypes=1"
build_plugin control.so "$SMOKE/plugin.c" -DPLACES=HANDLER_CONTROL
cp "$PLUGINS/one.so" "$PLUGINS/x.so"

configure "name: x, plugin: x.so, place: control"
launch_burstline -c "$WORK/burstline.yaml"
make_tap_host a bl0
make_tap_host b bl1
await in_ns a "$SMOKE/handler_load.py" bl0 --mac $MAC --count 5

# The same place, another object.
for place in own inline; do
	apply "name: x, plugin: x.so, place: $place"
	before=$(handler x frames)
	load
	"$SMOKE/handler_swap.py" "$burstline_pid" "$WORK/stderr" "$PLUGINS/x.so" $((SWAPS / 2)) \
		"$PLUGINS/two.so" "$PLUGINS/one.so" >"$WORK/swaps" || fail "$(cat "$WORK/swaps")"
	loaded "$((SWAPS / 2)) swaps in place $place, $(cat "$WORK/swaps")"
	jq -e '(.versions["1"] // 0) > 0 and (.versions["2"] // 0) > 0' "$WORK/loaded" >/dev/null ||
		fail "both versions should have answered: $(cat "$WORK/loaded")"
	# The counters go on from one to the next.
	[ $(($(handler x frames) - before)) = "$(jq .sent "$WORK/loaded")" ] ||
		fail "counters: $before $(handler x frames), $(cat "$WORK/loaded")"
done

# Other places.
load
for _ in 1 2 3; do
	for place in control inline own "\"lcore $cpu\"" inline control "\"lcore $cpu\"" own; do
		apply "name: x, plugin: x.so, place: $place"
		sleep 0.05
	done
done
loaded "24 moves between places"

# More and fewer; a handler that stays keeps its state.
load
for i in 1 2 3; do
	apply "name: x, plugin: x.so, place: own" "name: y, plugin: one.so, ethertype: 0x9100"
	in_ns b "$SMOKE/handler_load.py" bl1 --mac 02:00:00:00:00:0b --type 0x9100 --count 50 |
		jq -e '.lost == 0' >/dev/null || fail "the handler that was added does not answer"
	apply "name: x, plugin: x.so, place: own, rate: 1000000, burst: 4096, ring: $((512 << i)), budget: 16"
done
loaded "3 handlers added and taken away, rings of other sizes"
[ "$(handler x counters.answered)" -ge "$(jq .sent "$WORK/loaded")" ] ||
	fail "x lost its state: $(telemetry /burstline/handlers)"

# Refused: nothing changes.
read_again=$(said "was read again")
refused "built for handler ABI" "name: x, plugin: badabi.so"
refused "ghost.so cannot be read" "name: x, plugin: ghost.so"
refused "EtherType 0xcccc is taken by both handlers echo and x" "name: x, plugin: arp.so"
refused "cannot run in place own: choose from control" "name: x, plugin: control.so, place: own"
refused "handlers.1..place: found" "name: x, plugin: x.so, place: nowhere"
configure "name: x, plugin: x.so, place: own"
sed -i '/^plugins/i lcores: {idle: busy}' "$WORK/burstline.yaml"
refused "lcores.idle: its default cannot become busy while the program runs: that needs a restart"
[ "$(handler x place)" = own ] ||
	fail "$(telemetry /burstline/handlers)"
in_ns a "$SMOKE/handler_load.py" bl0 --mac $MAC --count 100 | jq -e '.lost == 0' >/dev/null ||
	fail "x does not answer any more"

# A handler that stands still is not replaced; afterwards it is.
apply "name: x, plugin: stall.so, place: own"
read_again=$(said "was read again")
stood=$(said "goes on after")
in_ns a "$SMOKE/handler_load.py" bl0 --mac $MAC --count 1 --patience 0.2 >/dev/null
refused "handler x 0 (own, CPU .*) stands still: nothing was changed" "name: x, plugin: one.so, place: own"
await test_more "$stood" "goes on after"
apply "name: x, plugin: one.so, place: own"
in_ns a "$SMOKE/handler_load.py" bl0 --mac $MAC --count 100 | jq -e '.lost == 0' >/dev/null ||
	fail "x does not answer any more"

stop_burstline
[ "$(dropped a replaced)" = 0 ] || fail "$(dropped a replaced) frames did not fit a new ring"
