#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# blctl top: its rates against traffic that is known, drops and rings, text where there is no
# terminal; on one, what a person sees and what is left behind.

. "$(dirname "$0")/lib.sh"

BLCTL=${BUILD:-$ROOT/build}/app/blctl
BURSTLINE=${BUILD:-$ROOT/build}/tests/smoke/burstline_slow
export TIME_SCALE

# top HOST WORD...: top.py there
top()
{
	in_ns "$1" "$SMOKE/top.py" "$2" "$BLCTL" "$INSTANCE" "${@:3}"
}

# refuses TEXT WORD...: one sentence, status 2.
refuses()
{
	local text=$1 status=0
	shift
	"$BLCTL" -n "$INSTANCE" "$@" >"$WORK/shown" 2>"$WORK/said" || status=$?
	[ $status = 2 ] && [ ! -s "$WORK/shown" ] && [ "$(wc -l <"$WORK/said")" = 1 ] &&
		grep -q -- "$text" "$WORK/said" || fail "blctl $*: status $status: $(cat "$WORK/said")"
}

start_burstline <<'END_OF_FILE'
memory: {hugepages: never}
ports:
  - {name: a, device: "net_tap0,iface=bl0"}
  - {name: b, device: "net_tap1,iface=bl1"}
  - {name: s, device: "net_tap2,iface=bl2"}
wires: [[a, b]]
handlers: [{name: slow}]
END_OF_FILE
make_tap_host a bl0
make_tap_host b bl1
make_tap_host s bl2
top a rates bl0
top s drops bl2
top dut text
top dut terminal "$burstline_pid"

refuses 'found "0.01", expected 0.1 to 3600 seconds' top -i 0.01
refuses 'found "soon", expected' top --interval soon
refuses 'found "0", expected a number of samples' top -c 0
refuses 'these are not its words' top now
refuses '-i is an option of top' ping -i 2
"$BLCTL" top --help | grep -q '^  blctl top -i 0.5' || fail "--help without examples"

spawn lost dut "$SMOKE/top.py" lost "$BLCTL" "$INSTANCE"
await grep -q '^ready$' "$WORK/lost"
stop_burstline
status=0
wait "$spawned" || status=$?
grep '^lost: ' "$WORK/lost" && [ $status = 0 ] || fail "$(cat "$WORK/lost")"
