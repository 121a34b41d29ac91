#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Two hosts exchange messages with blframe echo, and one listens to what the other sends: untagged,
# tagged and Q-in-Q; over a cable, and through a wire of Burstline's.
#
#     host a                topology_direct                  host b
#     eth0 ─────────────────── veth ──────────────────────── eth0
#     bl0 ═══ tap ═══════ burstline, a wire ═══════ tap ═══ bl1
#                          topology_burstline

. "$(dirname "$0")/lib.sh"

BLFRAME=${BUILD:-$ROOT/build}/app/blframe

topology_direct()
{
	make_ns a
	make_ns b
	ip link add name eth0 netns "$ID-a" type veth peer name eth0 netns "$ID-b"
	in_ns a ethtool -K eth0 tx off >/dev/null
	in_ns b ethtool -K eth0 tx off >/dev/null
	host_up a eth0 ""
	host_up b eth0 ""
	if_a=eth0 if_b=eth0 mac_a=$(host_mac 1) mac_b=$(host_mac 2)
}

topology_burstline()
{
	# shellcheck disable=SC2119 # no arguments
	start_burstline <<-END
		ports:
		  - {name: p0, device: "net_tap0,iface=bl0"}
		  - {name: p1, device: "net_tap1,iface=bl1"}
		wires:
		  - [p0, p1]
	END
	make_tap_host c bl0
	make_tap_host d bl1
	if_a=bl0 if_b=bl1 mac_a=$(host_mac 3) mac_b=$(host_mac 4)
}

# has LOG TEXT: a whole line. Not a pipe: blframe writes on.
has()
{
	grep -qxF -- "$2" "$WORK/$1"
}

# end SIGNAL PID: it ends with status 0.
end()
{
	local status=0
	kill -s "$1" "$2"
	wait "$2" || status=$?
	[ $status = 0 ] || fail "echo ends with status $status on SIG$1"
}

listens() # NAMESPACE
{
	[ "$(in_ns "$1" wc -l /proc/net/packet | cut -d ' ' -f 1)" -gt 1 ]
}

# exchange WHAT TAGS OPTION...: TAGS as echo prints them.
exchange()
{
	local what=$1 tags=$2 pid_a pid_b
	shift 2
	spawn a_hears "$a" "$BLFRAME" echo "$if_a" -m "from A, $what" --interval 100ms "$@"
	pid_a=$spawned
	spawn b_hears "$b" "$BLFRAME" echo "$if_b" -m "from B, $what: ü" --interval 100ms "$@"
	pid_b=$spawned
	await has a_hears "$mac_b$tags: from B, $what: ü"
	await has b_hears "$mac_a$tags: from A, $what"
	if grep "^$mac_a" "$WORK/a_hears"; then
		fail "A hears itself"
	fi
	end INT "$pid_a"
	end TERM "$pid_b"
	echo "ok: echo exchanges messages, $what, $topology"
}

# hear WHAT VLANS OPTION...: VLANS as JSON.
hear()
{
	local what=$1 vlans=$2 line
	shift 2
	spawn heard "$b" "$BLFRAME" listen "$if_b" --ethertype 0xcccc --count 1 --json
	await listens "$b"
	in_ns "$a" "$BLFRAME" send "$if_a" --dst "$mac_b" "$@" -m hello
	await has_ended "$spawned"
	line=$(cat "$WORK/heard")
	[[ $line == *"\"dst\":\"$mac_b\",\"src\":\"$mac_a\",\"vlans\":$vlans,"* ]] ||
		fail "listen, $what: $line"
	echo "ok: listen shows the tags that were on the wire, $what, $topology"
}

tag() # TPID PCP DEI VID
{
	echo "{\"tpid\":\"$1\",\"pcp\":$2,\"dei\":$3,\"vid\":$4}"
}

# Between namespaces $a and $b, joined by topology_$1.
run_over()
{
	topology=$1 a=$2 b=$3
	"topology_$topology"
	exchange "untagged" ""
	exchange "tagged" " vlan 0x8100:10" --vlan 10
	exchange "S-tagged" " vlan 0x88a8:100" --vlan 0x88a8:100:pcp=3
	exchange "Q-in-Q" " vlan 0x88a8:100 vlan 0x8100:10" --vlan 0x88a8:100 --vlan 10

	hear "untagged" "[]"
	hear "tagged" "[$(tag 0x8100 5 0 10)]" --vlan 10:pcp=5
	hear "a lone S-tag" "[$(tag 0x88a8 3 1 100)]" --vlan 0x88a8:100:pcp=3:dei
	hear "Q-in-Q" "[$(tag 0x88a8 3 1 100),$(tag 0x8100 0 0 10)]" \
		--vlan 0x88a8:100:pcp=3:dei --vlan 10
	hear "C-tag in C-tag" "[$(tag 0x8100 0 0 1),$(tag 0x8100 0 0 2)]" --vlan 1 --vlan 2
	hear "VID 0" "[$(tag 0x8100 6 0 0)]" --vlan 0:pcp=6
}

run_over direct a b
run_over burstline c d
stop_burstline
