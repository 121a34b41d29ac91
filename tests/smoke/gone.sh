# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the tests of ports that come and go share: a paced flow over a wire that nothing happens to,
# and what Burstline's log says of a port, which is cheaper to ask than telemetry.

# start_paced: through the wire of the taps bl8 and bl9, which stay in `dut`.
start_paced()
{
	local tap
	for tap in bl8 bl9; do
		await ip -n "$ID-dut" link show $tap
		ip -n "$ID-dut" link set $tap up
	done
	spawn paced.json dut "$SMOKE/paced.py" bl8 bl9
	# shellcheck disable=SC2154 # set by spawn
	paced=$spawned
}

# end_paced: the untouched wire kept 95 % of its rate in every half second.
end_paced()
{
	kill -TERM "$paced"
	wait "$paced" || fail "the paced flow: $(cat "$WORK/paced.json")"
	echo "the other ports: $(cat "$WORK/paced.json")"
	jq -e '.worst >= 0.95 and .sent > 1000' "$WORK/paced.json" >/dev/null ||
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
	[ "$(telemetry /burstline/ports \
		".[] | select(.name == \"$1\") | .state + \" \" + .link")" = "$2" ]
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
