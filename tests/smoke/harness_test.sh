#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The tests' own tools: hosts can be reached, and frames.py shows the tags that were on the wire
# (the kernel takes the outermost one out of every received frame).

. "$(dirname "$0")/lib.sh"

S_C='ffffffffffff02000000000188a80064810000c8cccc0102030405'
C='ffffffffffff0200000000018100a00acccc0102030405'
UNTAGGED=ffffffffffff020000000001cccc0102030405

make_veth_host b blb 192.0.2.2/24
in_ns dut ip tuntap add bl0 mode tap
make_tap_host a bl0 192.0.2.1/24
[ "$(ip -n "$ID-a" -j link show bl0 | jq -r '.[0].address')" = "$(host_mac 2)" ] ||
	fail "the tap has not the MAC address that was asked for"

listens()
{
	[ "$(in_ns b wc -l /proc/net/packet | cut -d ' ' -f 1)" -gt 1 ]
}

spawn seen b "$SMOKE/frames.py" eth0 listen -n 3 -e 0xcccc -t 5
await listens
frames dut blb send $S_C $C $UNTAGGED
wait "$spawned" || fail "fewer than 3 frames arrived: $(cat "$WORK/seen")"
printf '%s\n' $S_C $C $UNTAGGED | diff - "$WORK/seen" || fail "other frames than were sent"
# A socket never hears what it sent itself; another one of the same host would.
spawn own b "$SMOKE/frames.py" eth0 listen -n 1 -e 0xcccc -t 5
await listens
frames b eth0 send $UNTAGGED
frames dut blb send $S_C
wait "$spawned" || fail "the frame behind the host's own one did not arrive"
[ "$(cat "$WORK/own")" = $S_C ] || fail "a host saw its own frame"

ip -n "$ID-dut" link set blb arp on
ip -n "$ID-dut" address add 192.0.2.3/24 dev blb
await in_ns b ping -c 1 -W 1 192.0.2.3
answer=$(frames b eth0 arp --from 192.0.2.2 192.0.2.3) || fail "no answer by ARP"
[ "$(jq -r '.psrc + " " + .pdst + " " + (.tags | length | tostring)' <<<"$answer")" = \
	"192.0.2.3 192.0.2.2 0" ] || fail "another answer: $answer"
if frames b eth0 arp -t 0.3 --tag 0x88a8:100 --tag 0x8100:7 --from 192.0.2.2 192.0.2.3; then
	fail "the kernel answered behind tags that it does not know"
fi
