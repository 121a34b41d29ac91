#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What the program writes to or reads from stands still, or takes no more: it serves its control
# socket, and ends as ever.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/live.sh"

# begin OUT COMMAND...: standard output and error go to OUT
begin()
{
	local out=$1
	shift
	rm -f "$LEDGER"
	ip netns exec "$ID-dut" "$@" --ledger "$LEDGER" >"$out" 2>&1 </dev/null &
	burstline_pid=$!
	await -t 30 ctl ping
}

finish()
{
	kill -TERM "$burstline_pid"
	await -t 2 burstline_ended
	wait "$burstline_pid" || fail "$1: it ended with status $?"
	burstline_pid=
	jq -e .balanced "$LEDGER" >/dev/null || fail "$1: the ledger is not there"
	check_gone
	echo "$1: it went on, and ended"
}

configure_burstline <<'END'
memory: {hugepages: never}
ports: [{name: n, device: "net_null0,no-rx=1"}]
END

# Full from the start: nobody reads its other end.
mkfifo "$WORK/full"
exec {reader}<>"$WORK/full"
/usr/bin/python3 - "$WORK/full" <<'END'
import os, sys
pipe = os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)
try:
    while True:
        os.write(pipe, bytes(4096))
except BlockingIOError:
    pass
END
begin "$WORK/full" "$BURSTLINE" -c "$WORK/burstline.yaml"
for _ in {1..20}; do
	ctl apply "$WORK/burstline.yaml" >/dev/null || fail "apply, while nobody reads the log"
done
finish "standard output and error that take nothing"
exec {reader}>&-

begin "$WORK/small" prlimit --fsize=1024 "$BURSTLINE" -c "$WORK/burstline.yaml"
for _ in {1..20}; do
	ctl apply "$WORK/burstline.yaml" >/dev/null || fail "apply, while the log takes no more"
done
[ "$(stat -c %s "$WORK/small")" = 1024 ] || fail "the log is not as long as it may be"
finish "files that may not grow (ulimit -f)"

# SIGHUP: there is nobody who would write it a second time.
mkfifo "$WORK/pipe"
cat "$WORK/burstline.yaml" >"$WORK/pipe" &
begin "$WORK/log" "$BURSTLINE" -c "$WORK/pipe"
kill -HUP "$burstline_pid"
await grep -q "pipe is no regular file, and is not read again: give a file to -c" "$WORK/log"
ctl ping >/dev/null || fail "no answer after SIGHUP"
finish "a configuration out of a pipe"
