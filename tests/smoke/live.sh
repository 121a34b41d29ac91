# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What tests of live changes by blctl share; read after lib.sh.

BLCTL=${BUILD:-$ROOT/build}/app/blctl
STILL_IN_A_ROW=2
stood_still=0

ctl()
{
	"$BLCTL" -n "$INSTANCE" "$@"
}

# apply ARGUMENT...: again when a lane did not get its CPU from others, but not for ever: one that
# stands still by itself is a failure.
apply()
{
	local tries=0
	until ctl apply "$@" >"$WORK/said" 2>&1; do
		grep -q "stands still" "$WORK/said" || return 1
		stood_still=$((stood_still + 1)) tries=$((tries + 1))
		[ "$tries" -le $STILL_IN_A_ROW ] || fail "$tries times in a row: $(cat "$WORK/said")"
		sleep 0.2
	done
}

say_stood_still()
{
	echo "changes refused, and made again, because a lane stood still: $stood_still"
}

# arrives NAMESPACE ARGUMENT...: one frame
arrives()
{
	local from=$1
	shift
	in_ns "$from" "$SMOKE/handler_load.py" "$@" --count 1 --patience 0.2 | jq -e '.lost == 0'
}
