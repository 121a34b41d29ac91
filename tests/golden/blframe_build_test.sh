#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What blframe build makes of fields, octet by octet, and what it refuses.

set -eu -o pipefail

blframe=$(realpath "${BUILD:-$(dirname "$0")/../../build}/app/blframe")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0

no()
{
	echo "FAILED: $*"
	failed=1
}

# zeros N
zeros()
{
	printf '00%.0s' $(seq "$1")
}

# builds HEX OPTION...: blanks in HEX do not count.
builds()
{
	local want=${1// /} got
	shift
	got=$("$blframe" build "$@" 2>&1) || no "build $*: $got"
	[ "$got" = "$want" ] || no "build $*: $got, not $want"
}

# refused WORD OPTION...: exit status 2, nothing written, and one sentence with WORD in it.
refused()
{
	local word=$1 code=0 said
	shift
	"$blframe" build "$@" >"$out/stdout" 2>"$out/stderr" </dev/null || code=$?
	said=$(cat "$out/stderr")
	[[ $code == 2 && ! -s $out/stdout && $said == "blframe: "*"$word"* && $said != *$'\n'* ]] ||
		no "build $*: status $code, $said"
}

A=ffffffffffff020000000001 # the default addresses

builds "$A cccc 6869 $(zeros 44)" -m hi # E4
builds "$A cccc 6869" -m hi --no-pad
builds "$A cccc" --no-pad
builds "0200000000fe 0200000000ff 0800 dead" --dst 02:00:00:00:00:fe --src 0200.0000.00ff \
	--ethertype 0x0800 --hex 'de ad' --no-pad
builds "$A 8100 000a cccc 68 $(zeros 45)" --vlan 10 -m h
builds "$A 88a8 7064 8100 000a 0800 68 $(zeros 45)" --vlan 0x88a8:100:pcp=3:dei --vlan 10 \
	--ethertype 2048 --text h
builds "$A 9100 e000 cccc" --vlan 0x9100:0:pcp=7 --no-pad
builds "$A 0005 424203 6869 $(zeros 41)" --llc 42:42:03 -m hi
builds "$A 0006 f0f00002 6869" --llc f0f00002 -m hi --no-pad
builds "$A 000a aaaa03 00000c 2000 6869" --snap 00:00:0c:20:00 -m hi --no-pad
builds "$A 0004 ffff 6869" --raw8023 -m hi --no-pad
builds "$A 8100 000a 0003 424203" --vlan 10 --llc 424203 --no-pad # E29
builds "020000000001 020000000002 0800 $(zeros 46) ed4ab398" --dst 020000000001 \
	--src 020000000002 --ethertype 0x0800 --fcs # F1

printf 'from a file\0' >"$out/payload"
builds "$A cccc 66726f6d20612066696c6500" --file "$out/payload" --no-pad
[ "$("$blframe" build --file - --no-pad <"$out/payload")" = \
	"$("$blframe" build --file "$out/payload" --no-pad)" ] || no "--file -"

"$blframe" build --vlan 0x88a8:100 --fcs -m hello -w "$out/frame.pcap"
[ "$("$blframe" decode -r "$out/frame.pcap" --fcs | jq -c '[.len, .vlans[0].vid, .fcs]')" = \
	'[68,100,"ok"]' ] || no "-w: $("$blframe" decode -r "$out/frame.pcap" --fcs)"

refused "VID must be" --vlan 4095 # E22
refused "VID must be" --vlan 0x8100:4096
refused "TPID must be" --vlan 0x0800:1
for tag in x 1:2:3 1:pcp=8 1:dei=1 pcp=1 "" 1: -1; do
	refused "--vlan: expected" --vlan "$tag"
done
refused "EtherType must be" --ethertype 0x05ff
refused "EtherType must be" --ethertype 0x8100
refused "expected 0x0600" --ethertype 65536
refused "another kind" --llc aa:aa:03
refused "another kind" --llc ffff03
refused "3 or more octets" --llc 42:42
refused "5 octets" --snap 00:00:0c
head -c 1498 /dev/zero >"$out/long"
refused "too long for a length field" --llc 424203 --file "$out/long"
refused "too long for a length field" --snap 0000000800 --file "$out/long"
refused "File too large" --file /dev/zero
refused "No such file" --file "$out/none"
refused "No such file" -w "$out/none/frame.pcap"
refused "not hex" --hex 1
refused "not a MAC address" --dst 02:00
refused "given twice" -m a --hex 00
for other in "--ethertype 0x0800" "--snap 00:00:0c:20:00" "--raw8023"; do
	# shellcheck disable=SC2086
	refused "more than one" --llc 42:42:03 $other -m hi
	# shellcheck disable=SC2086
	refused "more than one" $other --llc 42:42:03 -m hi
done
refused "takes no 'x'" x
refused "no option --bogus" --bogus
refused "needs a value" --vlan

[ $failed = 0 ] && echo "blframe build: as expected"
exit $failed
