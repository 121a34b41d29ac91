#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The far end of a traffic generator: testpmd in flowgen, over shared memory, gets its frames back.
# The rings drop while one of the two is not running; the machine has other work, so a measurement
# that misses its limit is made again.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/memif.sh"

# Over 2 s: did at least 99 % come back?
returned()
{
	local before
	before=$(flowgen_stats)
	sleep 2 # what is measured is a rate
	flowgen_stats | jq -r --argjson before "$before" '(.[0] - $before[0]) as $out |
		(.[1] - $before[1]) as $in | "\($out) frames out, \($in) back: \($in * 100 / $out) %",
		($out > 100000 and $in >= 0.99 * $out)' >"$WORK/returned"
	head -n 1 "$WORK/returned"
	[ "$(tail -n 1 "$WORK/returned")" = true ]
}

start_burstline <<END_OF_FILE
memory: {hugepages: never}
ports:
  - name: m
    device: "net_memif0,role=server,id=0,socket=$SOCKET,socket-abstract=no"
    reflect: true
END_OF_FILE
start_flowgen client
await -t 20 flowing
for _ in {1..8}; do
	! returned || break
done
[ "$(tail -n 1 "$WORK/returned")" = true ] || fail "less than 99 % came back, eight times"

end_flowgen TERM
await grep -q 'port m: link down' "$WORK/stderr"
stop_burstline
[ ! -e "$SOCKET" ] || fail "the memif socket is left"
[ "$(ledger m rx)" = $(($(ledger m sent) + $(dropped m tx_full))) ] ||
	fail "frames were dropped for other reasons: $(cat "$LEDGER")"
