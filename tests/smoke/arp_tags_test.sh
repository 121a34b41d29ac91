#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# ARP and ping to Burstline behind every stack of tags it has an interface for; the answers carry
# the tags of the request. Conformance A9, A27, A28, E21, E25.

. "$(dirname "$0")/lib.sh"

MAC=02:00:00:00:00:0c

# answers FROM TARGET [TAG...]: frames.py itself compares the tags.
answers()
{
	local from=$1 target=$2 tags=() said
	for tag in "${@:3}"; do
		tags+=(--tag "$tag")
	done
	said=$(frames c bl0 arp "${tags[@]}" --from "$from" "$target") ||
		fail "ARP for $target behind (${*:3}): ${said:-no answer}"
	jq -e --arg mac $MAC --arg target "$target" '.hwsrc == $mac and .src == $mac and
		.psrc == $target and .len >= 60 and (.padding | test("^(00)*$"))' <<<"$said" ||
		fail "ARP for $target behind (${*:3}): $said"
	said=$(frames c bl0 ping "${tags[@]}" --mac $MAC --from "$from" "$target") ||
		fail "echo to $target behind (${*:3}): ${said:-no answer}"
	[ "$(jq -r .data <<<"$said")" = burstline ] || fail "echo: $said"
}

asked=() # processes of no_answer

# no_answer FROM TARGET TAG...: in the background, for it is mostly waiting; see nobody_answered.
no_answer()
{
	local tags=() said
	for tag in "${@:3}"; do
		tags+=(--tag "$tag")
	done
	{
		said=$(frames c bl0 arp -t 0.3 "${tags[@]}" --from "$1" "$2") || true
		[ -z "$said" ] || fail "ARP for $2 behind (${*:3}) was answered: $said"
	} &
	asked+=($!)
}

nobody_answered()
{
	local pid
	for pid in "${asked[@]}"; do
		wait "$pid" || fail "see above"
	done
}

start_burstline <<'END_OF_FILE'
ports:
  - {name: c, device: "net_tap0,iface=bl0", mac: "02:00:00:00:00:0c"}
interfaces:
  - {name: c, port: c, addresses: [192.0.2.1/24]}
  - {name: c.100, port: c, tags: [{vid: 100}], addresses: [198.51.100.1/24]}
  - name: c.200.300
    port: c
    tags: [{tpid: 0x88a8, vid: 200}, {tpid: 0x8100, vid: 300}]
    addresses: [203.0.113.1/24]
END_OF_FILE
make_tap_host c bl0 192.0.2.2/24
await in_ns c ping -c 1 -W 1 192.0.2.1 # a link that has just come up may lose its first frames
in_ns c sysctl -qw net.ipv4.conf.bl0.arp_ignore=2 # no answer to asking from foreign subnets

# The kernel of c answers no ARP behind tags: the neighbour's request teaches Burstline.
answers 192.0.2.2 192.0.2.1
answers 198.51.100.2 198.51.100.1 0x8100:100
answers 203.0.113.2 203.0.113.1 0x88a8:200 0x8100:300
answers 192.0.2.2 192.0.2.1 0x8100:0               # a priority tag
answers 198.51.100.2 198.51.100.1 0x8100:0 0x8100:100

no_answer 198.51.100.2 198.51.100.1 0x8100:101     # unknown VID
no_answer 198.51.100.2 198.51.100.1 0x88a8:100     # other TPID
no_answer 198.51.100.2 198.51.100.1 0x8100:4095    # reserved VID
no_answer 203.0.113.2 203.0.113.1 0x8100:300       # inner tag only
no_answer 203.0.113.2 203.0.113.1 0x88a8:200       # outer tag only
no_answer 203.0.113.2 203.0.113.1 0x8100:300 0x88a8:200
no_answer 198.51.100.2 198.51.100.1                # another interface's address
nobody_answered

stop_burstline
[ "$(dropped c no_interface)" = 6 ] || fail "unknown tags: $(dropped c no_interface) counted, not 6"
