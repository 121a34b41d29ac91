# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Counting and printing of results, for tests/run.sh: one line a test, the output of a failed one
# below it, the sum at the end. RESULTS is a file: STATUS, name, seconds, parted by tabs.

# record STATUS NAME SECONDS [FILE with the test's output]
record()
{
	printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$RESULTS"
	printf '%-4s %s (%s s)\n' "$1" "$2" "$3"
	case $1 in
	FAIL | ONCE) [ -z "${4-}" ] || sed 's/^/    | /' "$4" ;;
	SKIP) [ -z "${4-}" ] || tail -n 1 "$4" | sed 's/^/    | /' ;;
	esac
}

# A test is wanted when no filter was given or its name begins with one of them.
wanted()
{
	[ ${#FILTERS[@]} -gt 0 ] || return 0
	local filter
	for filter in "${FILTERS[@]}"; do
		[[ $1 == "$filter"* ]] && return 0
	done
	return 1
}

# A suite is wanted when one of its tests may be.
suite_wanted()
{
	wanted "$1/" && return 0
	local filter
	for filter in "${FILTERS[@]}"; do
		[[ $filter == "$1" || $filter == "$1/"* ]] && return 0
	done
	return 1
}

# What no stall of the machine brings about: a second try must not hide it.
FAULTS='Sanitizer|runtime error:|the ledger does not close|burstline left|ended with status'
REPEATS=0 # second tries that are left in this run

# run_test NAME LIMIT_S COMMAND...: 0 is a pass, 77 a skip whose last line says why. What fails is
# tried once more while REPEATS lasts: a machine that stands still for seconds is not our fault. Its
# first output is shown, and the sum names it.
run_test()
{
	local name=$1 limit=$2 log start rc=0 seconds
	shift 2
	log=$(mktemp)
	start=$EPOCHREALTIME
	timeout --kill-after=10 "$limit" "$@" >"$log" 2>&1 </dev/null || rc=$?
	seconds=$(seconds_since "$start")
	case $rc in
	0) record PASS "$name" "$seconds" ;;
	77) record SKIP "$name" "$seconds" "$log" ;;
	*)
		[ $rc != 124 ] || echo "ran past its limit of $limit s" >>"$log"
		if [ "$REPEATS" -gt 0 ] && ! grep -qE "$FAULTS" "$log"; then
			local left=$((REPEATS - 1))
			record ONCE "$name" "$seconds" "$log"
			rm -f "$log"
			REPEATS=0 run_test "$name" "$limit" "$@"
			REPEATS=$left
			return
		fi
		record FAIL "$name" "$seconds" "$log"
		;;
	esac
	rm -f "$log"
}

seconds_since()
{
	local us=$((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}))
	printf '%d.%02d\n' $((us / 1000000)) $((us % 1000000 / 10000))
}

# Print the line that ends the run; fail when a test failed or none passed.
sum_up()
{
	local passed failed skipped once
	passed=$(grep -c '^PASS' "$RESULTS") || true
	failed=$(grep -c '^FAIL' "$RESULTS") || true
	skipped=$(grep -c '^SKIP' "$RESULTS") || true
	once=$(awk -F '\t' '$1 == "ONCE" { print "    " $2 }' "$RESULTS")
	[ -z "$once" ] || printf 'failed at the first try, see above:\n%s\n' "$once"
	if [ "$failed" -gt 0 ]; then
		echo "failed:"
		awk -F '\t' '$1 == "FAIL" { print "    " $2 }' "$RESULTS"
	fi
	if [ "$skipped" -gt 0 ]; then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
