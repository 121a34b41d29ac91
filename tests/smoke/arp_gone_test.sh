#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# An address, and an interface with frames that wait for a neighbour, are taken away while the
# program runs: nothing is answered for them any more, what was learnt there is forgotten and what
# waited is dropped by name; the address that stays does not notice. Conformance A38.

. "$(dirname "$0")/lib.sh"

MAC=02:00:00:00:00:0a
MAC_B=02:00:00:00:00:0b

configure() # ENTRY...: interfaces
{
	{
		cat <<-END
			ports:
			  - {name: a, device: "net_tap0,iface=bl0", mac: "$MAC"}
			  - {name: b, device: "net_tap1,iface=bl1", mac: "$MAC_B"}
			interfaces:
		END
		printf '  - {%s}\n' "$@"
	} | configure_burstline
}

neighbours()
{
	telemetry /burstline/neighbours '[.[].address] | sort | join(" ")'
}

knows() # ADDRESSES
{
	[ "$(neighbours)" = "$1" ] || { neighbours; return 1; }
}

answers() # HOST INTERFACE ADDRESS
{
	in_ns "$1" arping -q -c 1 -w 1 -I "$2" "$3"
}

# Three frames wait, or so many waited and their time is over already.
waits()
{
	telemetry /burstline/neighbours '.[] | select(.address == "203.0.113.3") |
		"\(.state) \(.held)"' | grep -q 'incomplete 3\|failed'
}

configure "name: a, port: a, addresses: [198.51.100.1/24, 192.0.2.1/24]" \
	"name: b, port: b, addresses: [203.0.113.1/24]"
launch_burstline -c "$WORK/burstline.yaml"
make_tap_host a bl0 198.51.100.2/24
ip -n "$ID-a" address add 192.0.2.2/24 dev bl0
make_tap_host b bl1 203.0.113.2/24
ip -n "$ID-b" address add 203.0.113.3/24 dev bl1
await answers a bl0 198.51.100.1
await answers a bl0 192.0.2.1
await answers b bl1 203.0.113.1
await knows "192.0.2.2 198.51.100.2 203.0.113.2"
ip -n "$ID-b" neighbour replace 203.0.113.1 lladdr $MAC_B dev bl1
in_ns b sysctl -qw net.ipv4.conf.bl1.arp_ignore=8
spawn pings b ping -n -i 0.05 -c 3 -W 1 -I 203.0.113.3 203.0.113.1
await waits

configure "name: a, port: a, addresses: [198.51.100.1/24]"
kill -HUP "$burstline_pid"
await -t 10 grep -q 'was read again' "$WORK/stderr"
await knows "198.51.100.2"
in_ns b sysctl -qw net.ipv4.conf.bl1.arp_ignore=0
answers a bl0 198.51.100.1 || answers a bl0 198.51.100.1 || fail "198.51.100.1 is not answered any more"
! answers a bl0 192.0.2.1 || fail "192.0.2.1 is still answered"
! answers b bl1 203.0.113.1 || fail "203.0.113.1 is still answered"
in_ns a ping -q -c 1 -W 5 -I 198.51.100.2 198.51.100.1 >/dev/null || fail "no ping any more"
telemetry /burstline/addresses '[.[].address] | join(" ")' | grep -qx 198.51.100.1 ||
	fail "$(telemetry /burstline/addresses)"

# Another MAC address for the interface (A26): announced, and asked for it the answer has it.
NEW=02:00:00:00:00:1a
announced()
{
	cut -c 13- "$WORK/heard" | grep -q '^02000000001a08060001080006040001[0-9a-f]\{12\}c6336401000000000000c6336401'
}
has_new_mac()
{
	in_ns a arping -c 1 -w 1 -I bl0 198.51.100.1 | grep -qi "\[$NEW\]"
}
spawn heard a "$SMOKE/frames.py" bl0 listen -e 0x0806 -t 60
await in_ns a grep -q '0003' /proc/net/packet
configure "name: a, port: a, mac: \"$NEW\", addresses: [198.51.100.1/24]"
kill -HUP "$burstline_pid"
await announced
await has_new_mac
stop_burstline
echo "A38: $(jq -c '[.ports[].drops[]? | {(.reason): .frames}] | add' "$LEDGER")"
