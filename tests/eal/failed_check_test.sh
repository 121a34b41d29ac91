#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A check that fails while lanes run ends its program, with what it says, before another test or the
# end of EAL would wait for them.

set -eu -o pipefail

for tests in '*' fails_while_lanes_run; do
	rc=0
	said=$(timeout $((20 * TIME_SCALE)) "$BUILD/tests/eal/failed_check" "$tests" 2>&1) || rc=$?
	[ $rc = 1 ] && grep -q 'what was wrong' <<<"$said" && ! grep -q 'OK .*comes_after_it' <<<"$said" ||
		{ echo "FAILED: $tests: status $rc: $said"; exit 1; }
done
echo "ok: a failed check ends its program"
