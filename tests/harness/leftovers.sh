# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What a test must not leave behind, for tests/run.sh. Runs inside the run's own namespaces, so
# everything that is seen is ours: at the start there is nothing but the loopback interface.

# Print one line for each thing that exists now.
leftovers()
{
	local self=$BASHPID
	ip netns list | sed 's/^/network namespace: /'
	ip -o link show | awk -F ': ' '$2 != "lo" { print "link: " $2 }'
	find /run/dpdk /run/burstline -mindepth 1 -maxdepth 1 -printf 'file: %p\n' 2>/dev/null
	find "$TMPDIR" -mindepth 1 -maxdepth 1 -printf 'file: %p\n'
	[ ! -d "$HUGE_DIR" ] || find "$HUGE_DIR" -mindepth 1 -printf 'hugepage file: %p\n'
	# Processes: pid 1 is the run itself; a child of this function is not a leftover.
	ps -e -o pid=,ppid=,args= | awk -v self="$self" \
		'$1 != 1 && $1 != self && $2 != self { $2 = ""; print "process: " $0 }'
}

# A device that was closed goes away a moment later: look again for two seconds.
check_leftovers()
{
	local log start=$EPOCHREALTIME found
	for _ in {1..20}; do
		found=$(leftovers)
		if [ -z "$found" ]; then
			record PASS cleanup "$(seconds_since "$start")"
			return
		fi
		sleep 0.1
	done
	log=$(mktemp)
	echo "$found" >"$log"
	record FAIL cleanup "$(seconds_since "$start")" "$log"
	rm -f "$log"
}
