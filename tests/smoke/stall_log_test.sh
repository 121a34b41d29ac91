#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A round that takes 1 ms is named, with the handler that stood in it, its frames and the rounds
# before it, in one line, wherever the handler runs; of several in a round only that one. Many of them are not many lines; --stall-log moves the threshold, --log-level
# hides the lines, and where standard error is the journal they have priorities.

. "$(dirname "$0")/lib.sh"

BLCTL=${BUILD:-$ROOT/build}/app/blctl
BURSTLINE=${BUILD:-$ROOT/build}/tests/smoke/burstline_slow
LINE='the worker on CPU [0-9]+ took ([0-9]+) us for a round of ([0-9]+) frames: [0-9]+ us of it in handler pause 0'
LINE+=' \(inline, CPU [0-9]+\)(, but other threads had its CPU, too)?;'
LINE+=' rounds before it, last first, us/frames:( [0-9]+/[0-9]+){8}(; [0-9]+ more, up to [0-9]+ us, since the last line)?$'

# start HOST ARGUMENT...
start()
{
	start_burstline "${@:2}" <<'END_OF_FILE'
memory: {hugepages: never}
ports: [{name: tap, device: "net_tap0,iface=bl0"}]
handlers: [{name: hang, place: inline}, {name: pause, place: inline}]
END_OF_FILE
	make_tap_host "$1" bl0
}

# pause HOST TENTHS: of a millisecond
pause()
{
	in_ns "$1" "${BUILD:-$ROOT/build}/app/blframe" send bl0 --ethertype 0x88b8 \
		--hex "$(printf %02x "$2")"
}

# frames_in N: the handler has had so many.
frames_in()
{
	[ "$(telemetry /burstline/handlers '.[] | select(.name == "pause") | .frames')" -ge "$1" ]
}

# named HOST: a pause of 1 ms; the line that names it says at least that.
named()
{
	pause "$1" 10
	sleep 0.2
	grep -E "^burstline: (warning: )?.*$LINE" "$WORK/stderr" | grep -qE ' took [0-9]{4,} us'
}

# Handlers in place are not timed until there was one.
start a
pause a 10
await -t 10 grep -E 'handler pause 0 \(inline, CPU [0-9]+\) ran in it|other threads had its CPU' "$WORK/stderr"
await -t 30 named a
grep -E "$LINE" "$WORK/stderr" | head -n 1

# A line a second at most says it.
before=$(grep -cE "$LINE" "$WORK/stderr")
started=${EPOCHREALTIME%.*}
for _ in {1..50}; do
	pause a 10
done
await frames_in 51
lines=$(($(grep -cE "$LINE" "$WORK/stderr") - before))
took=$((${EPOCHREALTIME%.*} - started + 1))
echo "50 more in $took s: $lines lines"
[ $lines -le $((took + took / 10 + 2)) ] || fail "50 long rounds in $took s gave $lines lines"

# Two handlers in a round: while it stands for the first frame, the others come.
printf '%s\n' 88b8c8 88b700 88b80a | sed 's/^/ffffffffffff02000000aa01/; s/$/00000000000000000000000000000000000000/' >"$WORK/three"
together()
{
	frames a bl0 send - <"$WORK/three" >/dev/null
	sleep 0.2
	grep -E 'took [0-9]+ us for a round of [2-9] frames: [0-9]+ us of it in handler (pause|hang) ' "$WORK/stderr"
}
await -t 30 together
together | head -n 1

# Where it runs makes no difference.
for place in "lcore 1" own control; do
	sed -i "s/{name: pause, place: [^}]*}/{name: pause, place: $place}/" "$WORK/burstline.yaml"
	"$BLCTL" -n "$INSTANCE" apply "$WORK/burstline.yaml"
	LINE="took ([0-9]+) us for a round of [0-9]+ frames: [0-9]+ us of it in handler pause 0 \(${place% 1}, "
	await -t 30 named a
	grep -E "$LINE" "$WORK/stderr" | head -n 1
done
! grep 'of it in handler hang' "$WORK/stderr" || fail "the wrong handler was named"
stop_burstline

# none HOST: after a pause of 20 ms, which is noted within 100 ms.
none()
{
	pause "$1" 200
	await frames_in 1
	sleep 0.5
	! grep 'took .* us for a round' "$WORK/stderr" || fail "it was said"
	stop_burstline
}

start b --stall-log 0
none b
start c --log-level watchdog:error
none c

for bad in x -1 1000001 ""; do
	status=0
	"$BURSTLINE" --stall-log "$bad" 2>"$WORK/stderr" || status=$?
	[ $status = 2 ] && grep -q '^burstline: error: --stall-log .*expected microseconds' "$WORK/stderr" ||
		fail "--stall-log \"$bad\": $status: $(cat "$WORK/stderr")"
done
status=0
"$BURSTLINE" --log-level nobody:info 2>"$WORK/stderr" || status=$?
[ $status = 2 ] && grep -q '^burstline: error: --log-level nobody:info: expected' "$WORK/stderr" ||
	fail "--log-level: $status: $(cat "$WORK/stderr")"

# The journal: whoever starts us tells which file it reads.
: >"$WORK/journal"
{
	echo "name: $INSTANCE"
	sed '/^name:/d' "$WORK/burstline.yaml"
} >"$WORK/journal.yaml"
JOURNAL_STREAM=$(stat -c %d:%i "$WORK/journal") ip netns exec "$ID-dut" "$BURSTLINE" \
	-c "$WORK/journal.yaml" >"$WORK/stdout" 2>"$WORK/journal" </dev/null &
spawned=$!
background+=("$spawned")
await -t 10 grep -q '^<6>ready$' "$WORK/journal"
! grep -v '^<[3467]>' "$WORK/journal" || fail "a line without a priority"
kill -TERM "$spawned"
status=0
wait "$spawned" || status=$?
[ $status = 0 ] || fail "status $status: $(cat "$WORK/journal")"
