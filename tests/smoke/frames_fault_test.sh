#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Runts, giants, cut tags and heaps of tags, by taps to a plain port, a wire and a reflector: never
# a crash, always counted by reason. Conformance E2, E3, E6, E24, E27, L25.
# Frames of 0 to 13 octets do not pass the kernel: the golden suite has them.

. "$(dirname "$0")/lib.sh"

MAC=02000000000c
HOST=02000000aa01

# zeros OCTETS
zeros()
{
	[ "$1" -le 0 ] || printf '%0*d' $((2 * $1)) 0
}

# frame OCTETS HEX: starts with both addresses and HEX, zeros up to the length
frame()
{
	local start=$MAC$HOST$2
	echo "$start$(zeros $(($1 - ${#start} / 2)))"
}

# tags COUNT
tags()
{
	for ((i = 0; i < $1; i++)); do
		printf '8100%04x' $((i % 4094 + 1))
	done
}

# What goes to each port, and how many of them.
runts=$(for n in {14..59}; do frame "$n" 88b5; done)                    # 46
cut=$(for n in {14..17}; do frame "$n" 8100 | cut -c "-$((2 * n))"; done # 4
	for n in {18..21}; do frame "$n" 88a800018100 | cut -c "-$((2 * n))"; done) # 4
heaps=$(for n in 2 3 4 8; do frame 100 "$(tags "$n")88b5"; done          # 4
	for n in 300 371; do frame 1514 "$(tags "$n")88b5"; done)        # 2
cut_heap=$(frame 1514 "$(tags 375)")                                    # ends in its tags
reserved=$(for t in 05dd 05ff; do frame 60 $t; done)                    # 2: 1501 and 1535
giants=$(for n in 1523 1600 2000; do frame "$n" 88b5; done)             # 3

# send_all HOST TAP: 66 frames; the host's end takes giants.
send_all()
{
	ip -n "$ID-$1" link set "$2" mtu 9000
	frames "$1" "$2" send - <<<"$runts $cut $heaps $cut_heap $reserved $giants"
	frames "$1" "$2" send - <<<"$(frame 9014 88b5)" # longer than the port's MTU lets in
}

port_has()
{
	[ "$(telemetry /burstline/ports ".[] | select(.name == \"$1\") | .$2")" -ge "$3" ]
}

start_burstline <<'END_OF_FILE'
ports:
  - {name: plain, device: "net_tap0,iface=bl0", mac: "02:00:00:00:00:0c"}
  - {name: a, device: "net_tap1,iface=bl1"}
  - {name: b, device: "net_tap2,iface=bl2"}
  - {name: mirror, device: "net_tap3,iface=bl3", reflect: true}
wires:
  - [a, b]
interfaces:
  - {name: plain, port: plain, addresses: [192.0.2.1/24]}
END_OF_FILE
make_tap_host p bl0 192.0.2.2/24
make_tap_host a bl1
make_tap_host b bl2
make_tap_host m bl3
await in_ns p ping -c 1 -W 1 192.0.2.1

spawn crossed b "$SMOKE/frames.py" bl2 listen -t 60
spawn mirrored m "$SMOKE/frames.py" bl3 listen -t 60
await in_ns b grep -q 0003 /proc/net/packet
await in_ns m grep -q 0003 /proc/net/packet
send_all p bl0
send_all a bl1
send_all m bl3
for port in plain a mirror; do
	await port_has $port rx 66
done
await in_ns p ping -c 1 -W 1 192.0.2.1
stop_burstline

# drops PORT: all reasons with their counts
drops()
{
	jq -r --arg port "$1" '[.ports[] | select(.name == $port) | .drops[] |
		"\(.reason) \(.frames)"] | sort | join(", ")' "$LEDGER"
}

# The ninth tag and what is behind it are nobody's EtherType: not looked at.
[ "$(drops plain)" = "length_reserved 2, short_vlan 8, unknown 56" ] || fail "plain: $(drops plain)"
for port in a mirror; do
	[ "$(drops $port)" = "tx_too_long 3" ] || fail "$port: $(drops $port)"
	[ "$(ledger $port sent)" = 63 ] || fail "$port: $(ledger $port sent) sent, not 63"
done
[ "$(ledger b tx)" = 63 ] && [ "$(ledger mirror tx)" = 63 ] || fail "frames left by other ports"

# arrived LOG: what a host heard, without what is cut inside a tag: its kernel drops some of that.
arrived()
{
	awk 'length($1) > 42 || substr($1, 25, 4) !~ /8100|88a8/' "$WORK/$1" | sort
}

# All else arrived, octet for octet; by the reflector with the addresses exchanged.
tr ' ' '\n' <<<"$runts $heaps $cut_heap $reserved" | sort >"$WORK/expected"
arrived crossed | diff "$WORK/expected" - || fail "the wire changed frames"
sed "s/^$MAC$HOST/$HOST$MAC/" "$WORK/expected" | sort >"$WORK/swapped"
arrived mirrored | diff "$WORK/swapped" - || fail "the reflector did other than swap addresses"
