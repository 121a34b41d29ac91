#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The second try of a test (tests/harness/report.sh): only while tries are left, never after a fault
# that no stall of the machine brings about, and always seen in the sum.

set -eu -o pipefail
cd "$(dirname "$0")/../.."
. tests/harness/report.sh

WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
RESULTS=$WORK/results
FILTERS=()

# fails N WORDS: at its first N calls, with these words.
fails()
{
	printf '#!/bin/sh\necho . >>"%s/calls"\n[ "$(wc -l <"%s/calls")" -gt %d ] || { echo "%s"; exit 1; }\n' \
		"$WORK" "$WORK" "$1" "$2" >"$WORK/command"
	chmod +x "$WORK/command"
	rm -f "$WORK/calls"
}

# expect NAME SUM: how this run ends, first and last line.
expect()
{
	local sum
	sum=$(sum_up >"$WORK/sum" && echo good || echo bad)
	[ "$sum: $(tail -n 1 "$WORK/sum")" = "$2" ] ||
		{ echo "FAILED: $1: $sum: $(cat "$WORK/sum")"; exit 1; }
	echo "ok: $1"
}

# case_of REPEATS FAILURES WORDS
case_of()
{
	: >"$RESULTS"
	REPEATS=$1
	fails "$2" "$3"
	run_test smoke/it 10 "$WORK/command" >"$WORK/said"
}

case_of 2 1 "still not after 5 s"
expect "fails once" "good: 1 passed, 0 failed"
grep -qx '    smoke/it' "$WORK/sum" || { echo "FAILED: the sum does not name it"; exit 1; }
grep -q 'still not after 5 s' "$WORK/said" || { echo "FAILED: its output is not shown"; exit 1; }
[ "$REPEATS" = 1 ] || { echo "FAILED: $REPEATS tries are left"; exit 1; }

case_of 1 2 "still not after 5 s"
expect "fails twice" "bad: 0 passed, 1 failed"
case_of 0 1 "still not after 5 s"
expect "no second try is left" "bad: 0 passed, 1 failed"
for fault in "==1==ERROR: AddressSanitizer: heap-use-after-free" "fdb.c:1:2: runtime error: shift" \
	"FAILED: the ledger does not close: {}" "FAILED: burstline left /run/dpdk/bl1" \
	"FAILED: burstline ended with status 139"; do
	case_of 2 1 "$fault"
	expect "$fault" "bad: 0 passed, 1 failed"
done
