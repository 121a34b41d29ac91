# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the tests of ports that come and go share: a paced flow over a wire that nothing happens to,
# and what Burstline's log says of a port, which is cheaper to ask than telemetry.

# start_paced: 10000 frames a second through the wire of the taps bl8 and bl9, which stay in `dut`.
# Who forwards and who counts go before others, so what is lost was lost to something inside
# Burstline.
start_paced()
{
	local tap
	for tap in bl8 bl9; do
		await ip -n "$ID-dut" link show $tap
		ip -n "$ID-dut" link set $tap up
	done
	before_others
	# shellcheck disable=SC2154 # of lib.sh
	spawn paced.json dut nice -n -20 "$SMOKE/paced.py" bl8 bl9 --rate 10000 --watch "$burstline_pid"
	# shellcheck disable=SC2154 # set by spawn
	paced=$spawned
	await catches 10 "$paced"
	sleep 1.1 # a window or two
	kill -USR1 "$paced" # so far nothing happened
}

# end_paced: the untouched wire kept 95 % of its rate in every half second in which Burstline got
# its CPUs, and those are not few.
end_paced()
{
	kill -TERM "$paced"
	wait "$paced" || fail "the paced flow: $(cat "$WORK/paced.json")"
	echo "the other ports: $(cat "$WORK/paced.json")"
	jq -e '.before >= 0.95 and .rate >= 2500 and .windows - .held >= 4' "$WORK/paced.json" >/dev/null ||
		fail "this machine does not carry the paced flow when nothing happens"
	jq -e '.worst >= 0.95' "$WORK/paced.json" >/dev/null ||
		fail "the other ports lost more than 5 % in a window"
}

# said N TEXT: the log has said it N times.
said()
{
	[ "$(grep -cF "$2" "$WORK/stderr")" = "$1" ]
}

# said_at_least N TEXT
said_at_least()
{
	[ "$(grep -cF "$2" "$WORK/stderr")" -ge "$1" ]
}

# port_is PORT STATE-AND-LINK
port_is()
{
	local page said
	for page in 0 8 16; do # TELEMETRY_LONG entries each
		said=$(telemetry /burstline/ports,$page \
			".[] | select(.name == \"$1\") | .state + \" \" + .link")
		[ -z "$said" ] || break
	done
	[ "$said" = "$2" ]
}

# mbufs_in_use: of all pools of the instance, as their own counts tell.
mbufs_in_use()
{
	telemetry /burstline/pools 'map(.in_use) | add'
}

# same_in_use: as many as $before says.
same_in_use()
{
	local now
	now=$(mbufs_in_use)
	# shellcheck disable=SC2154 # set by the test
	echo "$now mbufs in use, $before before"
	[ "$now" = "$before" ]
}

# announced NAME ADDRESS: a gratuitous ARP made an entry there (arp_accept).
announced()
{
	ip -n "$ID-$1" neighbour show "$2" | grep -q lladdr
}
