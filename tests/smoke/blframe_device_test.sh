#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# blframe's devices: lengths around the MTU, TAP as the second backend, and what it says when a
# device cannot be had. One host with both ends, d and e, of a cable, and taps.

. "$(dirname "$0")/lib.sh"

BLFRAME=${BUILD:-$ROOT/build}/app/blframe

# A socket of AF_PACKET is there.
listens()
{
	[ "$(in_ns host wc -l /proc/net/packet | cut -d ' ' -f 1)" -gt 1 ]
}

# refused WORD COMMAND...: exit status 2, and one sentence with WORD in it.
refused()
{
	local word=$1 said code=0
	shift
	said=$(in_ns host "$@" 2>&1 >/dev/null </dev/null) || code=$?
	[ $code = 2 ] || fail "'$*' ends with $code: $said"
	[[ $said == "blframe: "*"$word"* && $said != *$'\n'* ]] || fail "'$*' says: $said"
	echo "ok: $said"
}

# arrives OCTETS OPTION...: a frame of these fields arrives whole.
arrives()
{
	local octets=$1 line
	shift
	spawn heard host "$BLFRAME" listen e --ethertype 0xcccc --count 1 --json
	await listens
	in_ns host "$BLFRAME" send d "$@"
	await has_ended "$spawned"
	line=$(cat "$WORK/heard")
	[[ $line == "{\"len\":$octets,"* ]] || fail "$octets octets: $line"
	echo "ok: $octets octets arrive whole"
}

make_ns host
ip -n "$ID-host" link add name d type veth peer name e
for end in d e; do
	in_ns host ethtool -K $end tx off >/dev/null
	ip -n "$ID-host" link set dev $end up
done
for n in 1500 8999; do
	head -c $n /dev/zero | tr '\0' x >"$WORK/$n"
done

arrives 60 -m x
arrives 14 --no-pad -m ""
arrives 1514 --file "$WORK/1500"
arrives 1518 --vlan 10 --file "$WORK/1500"
refused "MTU is 1500" "$BLFRAME" send d --file "$WORK/8999"
refused "one 0x8100 tag" "$BLFRAME" send d --vlan 10 --vlan 20 --file "$WORK/1500"
ip -n "$ID-host" link set dev d mtu 9216
ip -n "$ID-host" link set dev e mtu 9216
arrives 9013 --file "$WORK/8999"
arrives 9021 --vlan 0x88a8:1 --vlan 2 --file "$WORK/8999"

# The socket at d hears of what d sends, before what e sends: only the latter was received.
spawn heard host "$BLFRAME" listen d --ethertype 0xcccc --count 1 --json
await listens
in_ns host "$BLFRAME" send d -m "from d"
in_ns host "$BLFRAME" send e -m "from e"
await has_ended "$spawned"
[ "$(jq -r .src "$WORK/heard")" = "$(in_ns host cat /sys/class/net/e/address)" ] ||
	fail "listen showed what its own host sent: $(cat "$WORK/heard")"
echo "ok: listen shows what arrives, not what leaves"

# The kernel's end of a tap sends; the far end shows all tags.
spawn tapped host "$BLFRAME" listen tap:bt --ethertype 0xcccc --count 2 --json
await in_ns host ip -o link show dev bt up
tapped=$spawned
refused "in use" "$BLFRAME" send tap:bt -m x
await in_ns host "$BLFRAME" send bt --vlan 7 -m one
in_ns host "$BLFRAME" send bt --vlan 0x88a8:100 --vlan 8 -m two
await has_ended "$tapped"
[ "$(jq -c '[.vlans[] | .tpid, .vid]' "$WORK/tapped" | tr '\n' ' ')" = \
	'["0x8100",7] ["0x88a8",100,"0x8100",8] ' ] || fail "tap: $(cat "$WORK/tapped")"
echo "ok: the far end of a tap shows every tag"

# And both exchange messages.
spawn far host "$BLFRAME" echo tap:bv -m "from the far end" --vlan 0x88a8:5 --interval 100ms
far=$spawned
await in_ns host ip -o link show dev bv up
spawn near host "$BLFRAME" echo bv -m "from the kernel's end" --vlan 0x88a8:5 --interval 100ms
await grep -q "^[0-9a-f:]* vlan 0x88a8:5: from the far end$" "$WORK/near"
await grep -q "^[0-9a-f:]* vlan 0x88a8:5: from the kernel's end$" "$WORK/far"
for pid in "$spawned" "$far"; do # the tap goes with the second
	kill "$pid"
	wait "$pid"
done
echo "ok: echo exchanges messages with the far end of a tap"

refused "no interface 'nope'" "$BLFRAME" listen nope
refused "no interface 'nope'" "$BLFRAME" send nope
refused "as they are" "$BLFRAME" send d - --vlan 10 </dev/null
refused "as they are" "$BLFRAME" send --count 2 d - </dev/null
refused "not the name of an interface" "$BLFRAME" listen averyveryverylongname
refused "not the name of an interface" "$BLFRAME" listen tap:
refused "not a TAP device" "$BLFRAME" listen tap:e
ip -n "$ID-host" link set dev e down
refused "e is down" "$BLFRAME" echo e -m x
refused "needs one interface and -m" "$BLFRAME" echo d
refused "--interval" "$BLFRAME" echo d -m x --interval 5m
refused "needs one interface" "$BLFRAME" listen
refused "--count" "$BLFRAME" listen d --count 0
nobody=(setpriv --reuid 65534 --clear-groups)
refused "CAP_NET_RAW" "${nobody[@]}" "$BLFRAME" listen d
refused "CAP_NET_RAW" "${nobody[@]}" "$BLFRAME" send d -m x
refused "CAP_NET_ADMIN" "${nobody[@]}" "$BLFRAME" echo tap:bx -m x

spawn gone host "$BLFRAME" listen d
await listens
ip -n "$ID-host" link del dev d
await has_ended "$spawned"
status=0
wait "$spawned" || status=$?
[[ $status == 1 && $(cat "$WORK/gone") == "blframe: d: cannot read"* ]] ||
	fail "deleted interface: status $status, $(cat "$WORK/gone")"
echo "ok: a deleted interface ends listen"
