#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A capture costs a lane nothing while there is none, where frames stay in it; each burst that goes
# through rings meets five branches on its way. Shown by instructions, which callgrind counts: of lanes
# as they are, and of lanes without a word of captures. Run by meson: capture_cost.sh PROGRAM PROGRAM-WITHOUT
set -eu -o pipefail

BURSTS=64
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

count() # NAME PROGRAM
{
	valgrind --tool=callgrind --collect-atstart=no --callgrind-out-file="$work/$1" "$2" \
		>"$work/$1.said" 2>&1 || {
		cat "$work/$1.said"
		return 1
	}
}

instructions() # NAME CASE: of a burst
{
	local file total
	file=$(grep -lx "desc: Trigger: Client Request: $2" "$work/$1".*)
	total=$(sed -n 's/^\(totals\|summary\): //p' "$file" | head -n 1)
	echo $((total / BURSTS))
}

status=0
count with "$1" &
count without "$2" || status=1
wait $! || status=1
[ $status = 0 ] || exit 1
# One a burst of each lane on the way there and back: before frames go to another lane, after the
# handler, after they are sent; with the registers that gcc saves for the calls behind them, 22 to 27.
for limit in wire=0 inline=0 ring=30; do
	name=${limit%=*} with=$(instructions with "${limit%=*}") without=$(instructions without "${limit%=*}")
	echo "$name: $with instructions a burst of 32, $without without captures, limit $((without + ${limit#*=}))"
	[ "$with" -gt 100 ] && [ $((with - without)) -le "${limit#*=}" ] || status=1
done
exit $status
