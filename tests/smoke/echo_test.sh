#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The echo handler and blframe talk: `blframe echo` prints its own messages as the handler answers
# them, and a frame of `blframe send` comes back octet by octet but for its addresses, with its tags
# and its padding. Over a tap and a veth; on a plain port, and on an interface with an address of its
# own behind tags.
#
#     host a (ns)            dut (ns)               host b (ns)
#     bl0 ═══ tap ═══════► burstline ◄═ af_packet ═ blb ─── veth ─── eth0

. "$(dirname "$0")/lib.sh"

BLFRAME=${BUILD:-$ROOT/build}/app/blframe
PORT_MAC=02:00:00:00:00:0a
VLAN_MAC=02:00:00:00:01:0a

# has LOG TEXT: a whole line. Not a pipe: blframe writes on.
has()
{
	grep -qxF -- "$2" "$WORK/$1"
}

# hears NAME INTERFACE FROM TAGS TEXT OPTION...: `blframe echo` there is answered from that address.
hears()
{
	local name=$1 interface=$2 from=$3 tags=$4 text=$5 pid
	shift 5
	spawn echo "$name" "$BLFRAME" echo "$interface" -m "$text" --interval 100ms --count 3 "$@"
	pid=$spawned
	await has echo "$from$tags: $text"
	wait "$pid" || fail "blframe echo ends with status $?: $(cat "$WORK/echo")"
	[ "$(sort -u "$WORK/echo")" = "$from$tags: $text" ] || fail "heard: $(cat "$WORK/echo")"
	echo "ok: $name: the handler answers a broadcast$tags from $from"
}

listens()
{
	[ "$(in_ns "$1" wc -l /proc/net/packet | cut -d ' ' -f 1)" -gt 1 ]
}

# comes_back NAME INTERFACE HOST_MAC DST ANSWERED_BY OPTION...: one frame with these tags.
comes_back()
{
	local name=$1 interface=$2 host=$3 to=$4 by=$5 want
	shift 5
	want=$("$BLFRAME" build --dst "$host" --src "$by" "$@" -m hello | "$BLFRAME" decode --json)
	spawn heard "$name" "$BLFRAME" listen "$interface" --ethertype 0xcccc --count 1 --json
	await listens "$name"
	in_ns "$name" "$BLFRAME" send "$interface" --dst "$to" "$@" -m hello
	await has_ended "$spawned"
	[ "$(cat "$WORK/heard")" = "$want" ] || fail "$to $*: $(cat "$WORK/heard"), wanted $want"
	echo "ok: $name: a frame to $to $* comes back from $by as it was"
}

make_veth_host b blb
start_burstline <<END_OF_FILE
ports:
  - {name: a, device: "net_tap0,iface=bl0", mac: "$PORT_MAC"}
  - {name: b, device: "net_af_packet0,iface=blb", mac: "02:00:00:00:00:0b"}
interfaces:
  - {name: a.10, port: a, tags: [{tpid: 0x88a8, vid: 100}, {vid: 10}], mac: "$VLAN_MAC", addresses: [192.0.2.1/24]}
handlers:
  - {name: echo}
END_OF_FILE
make_tap_host a bl0

hears a bl0 $PORT_MAC "" "from A"
hears a bl0 $PORT_MAC " vlan 0x8100:7" "from A" --vlan 7:pcp=3
hears a bl0 $VLAN_MAC " vlan 0x88a8:100 vlan 0x8100:10" "from A" --vlan 0x88a8:100 --vlan 10
hears b eth0 02:00:00:00:00:0b "" "from B: ü"
a=$(host_mac 2) b=$(host_mac 1)
comes_back a bl0 "$a" $PORT_MAC $PORT_MAC
comes_back a bl0 "$a" $PORT_MAC $PORT_MAC --vlan 7:pcp=5:dei
comes_back a bl0 "$a" $VLAN_MAC $VLAN_MAC --vlan 0x88a8:100:pcp=3 --vlan 10
comes_back a bl0 "$a" ff:ff:ff:ff:ff:ff $VLAN_MAC --vlan 0x88a8:100:pcp=3 --vlan 10
comes_back a bl0 "$a" 01:00:5e:00:00:01 $PORT_MAC
comes_back b eth0 "$b" 02:00:00:00:00:0b 02:00:00:00:00:0b

stop_burstline
[ "$(dropped a handler)" = 0 ] || fail "frames of ours came back"
