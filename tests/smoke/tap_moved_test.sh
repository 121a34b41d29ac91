#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A tap that moves into another namespace or gets another name has not gone away: it stays up and
# works, and its link is known there too. One that is deleted has: it is named once, the others go
# on, and it is made anew. An interface under net_af_packet may get another name as well.
# Conformance L3.

. "$(dirname "$0")/lib.sh"

# port_is STATE [PORT]
port_is()
{
	[ "$(telemetry /burstline/ports \
		".[] | select(.name == \"${2-a}\") | .state + \" \" + .link")" = "$1" ]
}

make_veth_host v blv 198.51.100.2/24
start_burstline <<'END_OF_FILE'
ports:
  - {name: a, device: "net_tap0,iface=bl0"}
  - {name: b, device: "net_tap1,iface=bl1"}
  - {name: v, device: "net_af_packet0,iface=blv"}
interfaces:
  - {name: v, port: v, addresses: [198.51.100.1/24]}
  - {name: a, port: a, addresses: [192.0.2.1/24]}
END_OF_FILE
host_up dut bl0 192.0.2.2/24
await in_ns dut ping -c 1 -W 1 192.0.2.1
await port_is "started up"

# Out of sight; a move to a third namespace is not heard of at all.
make_ns a
ip -n "$ID-dut" link set bl0 netns "$ID-a"
host_up a bl0 192.0.2.3/24
await in_ns a ping -c 1 -W 1 192.0.2.1
await port_is "started up"
make_ns b
ip -n "$ID-a" link set bl0 netns "$ID-b"
host_up b bl0 192.0.2.4/24
await in_ns b ping -c 1 -W 1 192.0.2.1
await port_is "started up"

# Its link is known there, and its name may change.
ip -n "$ID-b" link set bl0 down
await -t 1 port_is "started down"
ip -n "$ID-b" link set bl0 name blz
ip -n "$ID-b" link set blz up
await -t 1 port_is "started up"
await in_ns b ping -c 1 -W 1 192.0.2.1
ip -n "$ID-b" link set blz down
ip -n "$ID-b" link set blz name bl0

# And back home.
ip -n "$ID-b" link set bl0 netns "$ID-dut"
host_up dut bl0 192.0.2.5/24
await in_ns dut ping -c 1 -W 1 192.0.2.1
await port_is "started up"

grep -q 'interface bl0 moved' "$WORK/stderr" || fail "the move is not in the log"
if grep 'deleted' "$WORK/stderr"; then
	fail "a tap that moved was called deleted"
fi

# Other names: a tap's kernel end must be down for that, a veth's too; the ports stay.
ip -n "$ID-dut" link set bl0 down
ip -n "$ID-dut" link set bl0 name bly
host_up dut bly ""
ip -n "$ID-dut" link set blv down
ip -n "$ID-dut" link set blv name blu
ip -n "$ID-dut" link set blu up
await -t 1 port_is "started up"
await -t 1 port_is "started up" v
await in_ns dut ping -c 1 -W 1 192.0.2.1
await in_ns v ping -c 1 -W 1 198.51.100.1
if grep 'deleted' "$WORK/stderr"; then
	fail "an interface with another name was called deleted"
fi

ip -n "$ID-dut" link delete bl1
await grep -q 'port b: interface bl1 was deleted' "$WORK/stderr"
[ "$(grep -c 'port b: interface bl1 was deleted' "$WORK/stderr")" = 1 ] ||
	fail "the deleted tap was not named exactly once"
in_ns dut ping -q -c 3 -i 0.02 -W 20 192.0.2.1
await port_is "started up" b
port_is "started up" || fail "$(telemetry /burstline/ports)"

# While its port is down nobody looks at a tap. What does not start then is said, once; it is tried
# again, or made anew where it is gone.
ctl()
{
	"$(dirname "$BURSTLINE")/blctl" -n "$INSTANCE" "$@" || fail "blctl $*"
}

ctl port down b
await port_is "down down" b
ip -n "$ID-dut" link set bl1 netns "$ID-a"
ctl port up b
await grep -q 'port b: the device does not start' "$WORK/stderr"
ip -n "$ID-a" link set bl1 netns "$ID-dut"
await port_is "started up" b
[ "$(grep -c 'port b: the device does not start' "$WORK/stderr")" = 1 ] ||
	fail "that it does not start was not said exactly once"
ctl port down b
await port_is "down down" b
ip -n "$ID-dut" link delete bl1
ctl port up b
await port_is "started up" b
[ "$(grep -c 'port b: interface bl1 was deleted' "$WORK/stderr")" = 2 ] ||
	fail "the tap deleted while its port was down was not named"
stop_burstline
