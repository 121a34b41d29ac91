#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What each stage of the data path takes of instructions a frame, against tests/bench/instructions.txt:
# more than 5 % worse fails. See instructions.py. Then that it does fail: against a record in which
# one stage took less.
set -eu
here=$(dirname "$0")
"$here/instructions.py" "${BUILD:?}"
record=$(mktemp)
trap 'rm -f "$record"' EXIT
awk '$1 == "dispatch/mix" { $2 *= 0.7 } 1' "$here/instructions.txt" >"$record"
if said=$(INSTRUCTIONS=$record "$here/instructions.py" "$BUILD"); then
	echo "a stage that takes more by 43 % passed"
	exit 1
fi
case $said in
*"dispatch/mix: "*" more, "*) ;;
*)
	echo "a stage that takes more by 43 % was not named: $said"
	exit 1
	;;
esac
