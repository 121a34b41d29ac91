#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# MTU 9000 on net_af_packet: the longest frames pass a wire whole, also tagged. What is longer than
# a port was made for is counted and not passed on, cut or whole. Conformance L24, L25.

. "$(dirname "$0")/lib.sh"

# frame TO FROM HEX OCTETS: HEX and then zeros
frame()
{
	printf '02000000aa%02x02000000aa%02x%s%0*d' "$1" "$2" "$3" $((2 * $4)) 0
}

# mtu HOST DUT_IFACE: 9000, at both ends
mtu()
{
	ip -n "$ID-$1" link set eth0 mtu 9000
	ip -n "$ID-dut" link set "$2" mtu 9000
}

# listen LOG HOST COUNT: a frame that came before this is not heard
listen()
{
	spawn "$1" "$2" "$SMOKE/frames.py" eth0 listen -n "$3" -t 10
	await in_ns "$2" grep -q 0003 /proc/net/packet
}

make_veth_host a bla 192.0.2.1/24
make_veth_host b blb 192.0.2.2/24
make_veth_host c blc
make_veth_host d bld
mtu a bla
mtu b blb
start_burstline <<'END_OF_FILE'
ports:
  - {name: a, device: "net_af_packet0,iface=bla", mtu: 9000}
  - {name: b, device: "net_af_packet1,iface=blb", mtu: 9000}
  - {name: c, device: "net_af_packet2,iface=blc"}
  - {name: d, device: "net_af_packet3,iface=bld"}
wires:
  - [a, b]
  - [c, d]
END_OF_FILE
await in_ns a ping -c 1 -W 1 192.0.2.2
all_answered a 50 -i 0.01 -s 8972 -M "do" 192.0.2.2
all_answered b 50 -i 0.01 -s 8972 -M "do" 192.0.2.1
listen tagged b 1
longest=$(frame 2 1 8100806488b5 9000)
frames a eth0 send "$longest"
wait "$spawned" && [ "$(cat "$WORK/tagged")" = "$longest" ] || fail "9018 octets did not pass whole"

# Hosts c and d raise their MTU; the ports have buffers for what was configured.
mtu c blc
mtu d bld
listen short c 1
short=$(frame 3 4 88b6 46)
frames d eth0 send "$(frame 3 4 88b5 9000)" "$(frame 3 4 88b5 1600)" "$short"
wait "$spawned" && [ "$(cat "$WORK/short")" = "$short" ] ||
	fail "$(head -n 1 "$WORK/short" | wc -c) digits of a frame that is too long were passed on"
stop_burstline
[ "$(dropped d tx_too_long)" = 1 ] || fail "$(dropped d tx_too_long) counted as too long, not 1"
[ "$(dropped d rx_cut)" = 1 ] || fail "$(dropped d rx_cut) counted as cut by the kernel, not 1"
