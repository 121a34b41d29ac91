#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# An interface under net_af_packet is the kernel's too. Addresses of its own are warned of
# (conformance L36). Its MTU may change at run time: what is longer is not sent and counted, and a
# frame that the kernel cut to a slot is never forwarded (L24; finding 2).

. "$(dirname "$0")/lib.sh"
. "$SMOKE/gone.sh"

# from NAME LENGTH: a frame of so many octets enters there.
from()
{
	local hex
	hex=$(printf '0200000000be0200000000ef88b5%*s' $((($2 - 14) * 2)) '' | tr ' ' 0)
	frames "$1" eth0 send "$hex"
}

# arrives NAME LENGTH: in each direction, the next frame there is of so many octets.
arrives()
{
	local got
	got=$(cat "$WORK/$1.heard")
	[ $((${#got} / 2)) = "$2" ] || fail "$1 heard $((${#got} / 2)) octets, not $2"
}

# passes FROM TO LENGTH
passes()
{
	spawn "$2.heard" "$2" "$SMOKE/frames.py" eth0 listen -n 1 -t 20 -e 0x88b5
	await in_ns "$2" grep -q 0003 /proc/net/packet
	from "$1" "$3"
	wait "$spawned" || fail "$3 octets from $1 did not arrive at $2"
	arrives "$2" "$3"
}

# counted PORT REASON NUMBER
counted()
{
	[ "$(telemetry /burstline/drops "map(select(.port == \"$1\" and .reason == \"$2\") |
		.frames) | add // 0")" = "$3" ]
}

mtu_is()
{
	[ "$(telemetry /burstline/ports ".[] | select(.name == \"$1\") | .mtu")" = "$2" ]
}

make_veth_host v blv
make_veth_host w blw
ip -n "$ID-dut" address add 192.0.2.77/24 dev blw
start_burstline <<'END_OF_FILE'
ports:
  - {name: v, device: "net_af_packet0,iface=blv"}
  - {name: w, device: "net_af_packet1,iface=blw"}
wires:
  - [v, w]
END_OF_FILE
said 1 "port w: interface blw has addresses of the kernel's" || fail "L36: no warning"
said 0 "port v: interface blv has addresses" || fail "L36: a warning without a reason"
await port_is v "started up"
await port_is w "started up"
passes v w 1514

# Down: the egress limit follows, both are counted where they came in.
ip -n "$ID-dut" link set blw mtu 1000
await -t 1 mtu_is w 1000
from v 1514
from v 1019
await counted v tx_too_long 2
passes v w 1014
ip -n "$ID-dut" link set blw mtu 1500
await -t 1 mtu_is w 1500
passes v w 1514

# Up: longer than a slot, and than an mbuf.
for end in blv blw; do
	ip -n "$ID-dut" link set $end mtu 9000
done
ip -n "$ID-v" link set eth0 mtu 9000
ip -n "$ID-w" link set eth0 mtu 9000
await -t 1 mtu_is v 9000
from v 9014
from v 1983
from v 1982
await counted v rx_cut 3
from v 1981
await counted v tx_too_long 3
passes v w 1514
from w 1518 # untagged: the configured MTU and a header end at 1514
await counted w tx_too_long 1
stop_burstline
