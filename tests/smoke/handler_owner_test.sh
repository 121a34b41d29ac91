#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A plug-in that loses frames, keeps them for ever or gives one two verdicts is named: at the end,
# and in a build that accounts for frames by owner (debug, AddressSanitizer) at once. keep is
# bounded. A frame that a plug-in unwraps gets one second dispatch; LLC and SNAP find their handler.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/plugin.sh"

MAC=02:00:00:00:00:0a
accounts=$("$BURSTLINE" -V | grep -c accounted || true)

run() # ENTRY...
{
	host=a$host_count
	{
		cat <<-END
			ports:
			  - {name: a, device: "net_tap0,iface=bl0", mac: "$MAC"}
			plugins: $PLUGINS
			interfaces:
			  - {name: a, port: a, addresses: [192.0.2.1/24]}
			handlers:
		END
		printf '  - {%s}\n' "$@"
	} | configure_burstline
	launch_burstline -c "$WORK/burstline.yaml"
	make_tap_host "$host" bl0 192.0.2.2/24
	await in_ns "$host" ping -c 1 -W 1 192.0.2.1
}

load() # COUNT ARGUMENT...
{
	in_ns "$host" "$SMOKE/handler_load.py" bl0 --mac $MAC --count "$1" "${@:2}"
}

# ends_badly TEXT: the exit code says that frames were lost, the log who lost them.
ends_badly()
{
	local status=0
	kill -TERM "$burstline_pid"
	await -t 3 burstline_ended
	wait "$burstline_pid" || status=$?
	burstline_pid=
	[ $status = 1 ] || fail "$1: status $status: $(cat "$WORK/stderr")"
	grep -q -- "$1" "$WORK/stderr" || fail "does not say \"$1\": $(cat "$WORK/stderr")"
	grep -- "handler x" "$WORK/stderr" | sed 's/^burstline: //'
}

handler()
{
	telemetry /burstline/handlers "[.[] | select(.name == \"$1\") | .$2] | add // 0"
}

at_once() # TEXT
{
	[ "$accounts" = 0 ] || await grep -q -- "$1" "$WORK/stderr"
}

build_plugin loser.so "$SMOKE/plugin.c" -DLOSER
build_plugin keeper.so "$SMOKE/plugin.c" -DKEEPER
build_plugin twice.so "$SMOKE/plugin.c" -DTWICE
build_plugin unwrap.so "$SMOKE/plugin.c" -DUNWRAP
build_plugin test.so "$SMOKE/plugin.c"
build_plugin llc.so "$SMOKE/plugin.c" \
	"-DLIST=.saps={0x42},.n_saps=1,.snaps={{{0,0,0x0c},0x2000}},.n_snaps=1"

run "name: x, plugin: loser.so, place: inline"
load 300 --patience 0.3 >/dev/null
at_once "handler x returned and gave .* frames no verdict"
ends_badly "handler x lost 100 frames: it gave them no verdict"

run "name: x, plugin: keeper.so, place: control"
load 600 --patience 0.3 --answers 500 >"$WORK/kept"
# 100 are kept, says its keep_max; the rest of the thirds is answered.
[ "$(jq .answered "$WORK/kept")" = 500 ] || fail "$(cat "$WORK/kept")"
ends_badly "handler x still keeps 100 frames"

if [ "$accounts" = 1 ]; then
	run "name: x, plugin: twice.so, place: control"
	load 30 --patience 0.3 >/dev/null
	at_once "handler x gave a second verdict for a frame"
	kill -TERM "$burstline_pid"
	await -t 3 burstline_ended
	wait "$burstline_pid" || true
	burstline_pid=
	grep -- "handler x" "$WORK/stderr" | sed 's/^burstline: //'
fi

# The inner frame begins behind the outer type: for the handler of 0x88b5, then.
outer=${MAC//:/}0200000066019100
inner=020000000001020000006601
for place in inline control own; do
	run "name: x, plugin: unwrap.so, ethertype: 0x9100, place: $place" \
		"name: y, plugin: test.so, place: control"
	before=$(handler y frames)
	for _ in 1 2 3 4 5; do
		frames "$host" bl0 send "$outer${inner}88b5$(printf '%0100d' 0)"
	done
	counted() { [ $(($(handler y frames) - before)) = 5 ]; }
	await counted
	# What was unwrapped is never unwrapped again.
	frames "$host" bl0 send "$outer${inner}9100${inner}88b5$(printf '%060d' 0)"
	limited() { [ "$(telemetry /burstline/drops '[.[] | select(.reason == "local_limit") | .frames] | add // 0')" = 1 ]; }
	await limited
	[ $(($(handler y frames) - before)) = 5 ] || fail "place $place: a third dispatch"
	[ "$(handler x local)" = 7 ] || fail "place $place: $(telemetry /burstline/handlers)"
	stop_burstline
	echo "place $place: 6 frames had a second dispatch, one wanted a third"
done

run "name: x, plugin: llc.so, place: own"
for payload in 424203 aaaa0300000c2000; do
	load 100 --payload $payload | jq -e '.answered == 100 and .lost == 0' >/dev/null || fail "LLC $payload"
done
load 5 --patience 0.3 --payload 434203 | jq -e '.answered == 0' >/dev/null || fail "another SAP was answered"
load 5 --patience 0.3 --payload aaaa0300000c2001 | jq -e '.answered == 0' >/dev/null || fail "another PID was answered"
telemetry /burstline/ports '.[0].classes | tostring' | grep -q '"snap_00000c_2000":100' ||
	fail "$(telemetry /burstline/ports '.[0].classes')"
stop_burstline
echo "LLC SAP and SNAP PID: answered, others not"
