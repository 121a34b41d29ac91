# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What stop_test.sh and hugepages_test.sh share: two hosts under load, and ways to end it.

# start_under_load HUGEPAGES: hosts a and c flood each other and Burstline.
start_under_load()
{
	# shellcheck disable=SC2034 # of lib.sh
	host_count=0
	start_burstline <<-END_OF_FILE
		memory: {hugepages: $1}
		ports:
		  - {name: a, device: "net_tap0,iface=bl0"}
		  - {name: b, device: "net_tap1,iface=bl1"}
		  - {name: c, device: "net_tap2,iface=bl2"}
		wires:
		  - [a, b]
		interfaces:
		  - {name: c, port: c, addresses: [198.51.100.1/24]}
	END_OF_FILE
	make_tap_host a bl0 192.0.2.1/24
	make_tap_host b bl1 192.0.2.2/24
	make_tap_host c bl2 198.51.100.2/24
	await in_ns a ping -c 1 -W 1 192.0.2.2
	await in_ns c ping -c 1 -W 1 198.51.100.1
	spawn flood-a a ping -q -f -w 60 192.0.2.2
	spawn flood-c c ping -q -f -w 60 198.51.100.1
	await busy
}

busy()
{
	telemetry /burstline/ports | jq -e 'map(select(.name != "self")) | all(.rx > 500)'
}

# The taps are gone with their process, and the hosts of this run after them.
check_taps_gone()
{
	local name
	await_no_tap a bl0
	await_no_tap b bl1
	await_no_tap c bl2
	end_background
	for name in a b c; do
		ip netns delete "$ID-$name"
	done
	# shellcheck disable=SC2034 # of lib.sh
	hosts=(dut)
}

await_no_tap()
{
	await no_link "$1" "$2"
}

no_link()
{
	! ip -n "$ID-$1" link show "$2" 2>/dev/null
}

hugepage_mounts()
{
	awk '$3 == "hugetlbfs" { print $2 }' /proc/mounts
}

hugepage_files()
{
	hugepage_mounts | xargs -r -I {} find {} -maxdepth 1 -name "${INSTANCE}map_*"
}

# A second instance of this name is refused in one sentence and harms nobody.
refuse_second()
{
	local status=0
	in_ns dut "$BURSTLINE" -c "$WORK/burstline.yaml" >"$WORK/second" 2>&1 || status=$?
	[ $status = 1 ] || fail "the second instance ended with status $status"
	grep -q "^burstline: error: an instance named $INSTANCE is running already" \
		"$WORK/second" || fail "the second instance said: $(cat "$WORK/second")"
	[ "$(wc -l <"$WORK/second")" = 1 ] || fail "more than a line: $(cat "$WORK/second")"
	in_ns a ping -q -c 3 -i 0.01 -W 20 192.0.2.2 >/dev/null || fail "the first one was harmed"
	telemetry /burstline/ports >/dev/null || fail "the first one's telemetry was harmed"
}

# kill -9: what it leaves must not disturb the next start.
kill_and_forget()
{
	kill -KILL "$burstline_pid"
	wait "$burstline_pid" 2>/dev/null || true
	burstline_pid=
	[ -e "/run/dpdk/$INSTANCE" ] || fail "kill -9 left nothing in /run/dpdk: nothing to clean up"
	check_taps_gone
}

# Signals that mean the end come many times, those that mean nothing in between.
storm()
{
	local pid=$burstline_pid
	for signal in USR1 CHLD PIPE USR2 WINCH; do
		for _ in {1..50}; do
			kill -$signal "$pid" || fail "SIG$signal ended it"
		done
	done
	in_ns a ping -q -c 3 -i 0.01 -W 20 192.0.2.2 >/dev/null || fail "not well after signals"
	for _ in {1..500}; do
		kill -HUP "$pid" && kill -INT "$pid" && kill -TERM "$pid" && kill -PIPE "$pid" || break
	done 2>/dev/null &
	background+=($!)
	burstline_stops # without a signal more: it may have ended by now
}
