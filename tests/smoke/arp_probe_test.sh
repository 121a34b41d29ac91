#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# asan: no, unit/arp_probe and smoke/arp_gone go the same ways there
# RFC 5227 beside the Linux kernel and arping. Three interfaces probe their address: nobody has a's,
# the kernel of b has b's, c is probed by `arping -D` at the same time. d does not probe: it defends
# what it has, answers `arping -D`, and learns from `arping -U` and -A what it knows already.
# Conformance A1, A11, A12, A20, A22, A24, A25, A40, L1.

. "$(dirname "$0")/lib.sh"

# own NAME: state of the address of an interface.
own()
{
	telemetry /burstline/addresses ".[] | select(.interface == \"$1\") | .state"
}

own_is()
{
	[ "$(own "$1")" = "$2" ]
}

mac_of_neighbour()
{
	telemetry /burstline/neighbours ".[] | select(.address == \"$1\") | .mac"
}

neighbour_is()
{
	[ "$(mac_of_neighbour "$1")" = "$2" ]
}

# heard NAME PATTERN: how many frames of that host's record match.
heard()
{
	grep -cE "$2" "$WORK/heard_$1" || true
}

heard_is()
{
	[ "$(heard "$1" "$2")" -ge "$3" ]
}

# over NAME PATTERN: the last one was more than 2 s ago, the time between two announcements.
over()
{
	local last
	last=$(grep -E "$2" "$WORK/heard_$1" | tail -n 1 | cut -d ' ' -f 1)
	awk -v now="${EPOCHREALTIME/,/.}" -v last="$last" 'BEGIN { exit !(now - last > 2.5) }'
}

# said PATTERN COUNT
said()
{
	local count
	count=$(grep -cE "$1" "$WORK/stderr" || true)
	[ "$count" = "$2" ] || { echo "said $count times: $1"; return 1; }
}

# make_host NAME: a veth of bl$1, and a record of what ARP its host hears; "SECONDS FRAME" a line.
make_host()
{
	make_veth_host "$1" "bl$1" "${2-}"
	spawn "heard_$1" "$1" "$SMOKE/frames.py" eth0 listen --stamp -e 0x0806 -t 100
}

make_host a
make_host b 192.0.2.1/24
make_host c
make_host d 203.0.113.2/24
start_burstline <<'END_OF_FILE'
ports:
  - {name: a, device: "net_af_packet0,iface=bla", mac: "02:00:00:00:00:0a"}
  - {name: b, device: "net_af_packet1,iface=blb", mac: "02:00:00:00:00:0b"}
  - {name: c, device: "net_af_packet2,iface=blc", mac: "02:00:00:00:00:0c"}
  - {name: d, device: "net_af_packet3,iface=bld", mac: "02:00:00:00:00:0d"}
interfaces:
  - {name: a, port: a, addresses: [10.1.0.1/24], probe: true}
  - {name: b, port: b, addresses: [192.0.2.1/24], probe: true}
  - {name: c, port: c, addresses: [10.3.0.1/24], probe: true}
  - {name: d, port: d, addresses: [203.0.113.1/24]}
END_OF_FILE
kept_before=$(kept_waiting)
# c's kernel has no address: arping alone probes, as Burstline does. It is tried again after 10 s.
spawn arping c arping -q -D -c 3 -w 3 -I eth0 10.3.0.1
own_is a probing || fail "A24: a is $(own a), not probing"
if in_ns a arping -q -f -c 1 -w 1 -s 10.1.0.2 -I eth0 10.1.0.1 2>/dev/null && own_is a probing; then
	fail "A24: answered while probing"
fi
await own_is c taken

# d: an address in use.
! in_ns d arping -q -D -f -c 2 -w 2 -I eth0 203.0.113.1 || fail "A20: arping -D saw no duplicate"
in_ns d ping -q -c 1 -W 20 203.0.113.1
mac=$(mac_of_neighbour 203.0.113.2)
[ -n "$mac" ] || fail "A1: d is not known"
for option in -U -A; do
	other=02:00:00:00:dd:$([ $option = -U ] && echo 01 || echo 02)
	ip -n "$ID-d" link set eth0 address $other
	in_ns d arping -q $option -c 1 -w 1 -I eth0 203.0.113.2 || true
	await neighbour_is 203.0.113.2 $other
done

# d's kernel takes our address and says so three times: one line, one defence.
ours='ffffffffffff02000000000d08060001080006040001.{12}cb007101.{12}cb007101'
await heard_is d "$ours" 2 # those of the start, and those of a link that came up a moment later
await over d "$ours"
before=$(heard d "$ours")
ip -n "$ID-d" address add 203.0.113.1/24 dev eth0
in_ns d arping -q -U -c 3 -w 3 -I eth0 203.0.113.1 || true
await said "interface d: 203.0.113.1 is ours, but $other claims it" 1
await heard_is d "$ours" $((before + 1))
[ "$(heard d "$ours")" = $((before + 1)) ] || fail "A22: $(($(heard d "$ours") - before)) defences"
own_is d in_use || fail "A22: the address was given up"

await own_is a in_use
await own_is b taken
frames a eth0 arp --from 10.1.0.2 10.1.0.1 >/dev/null || fail "A24: no answer after probing"
if frames b eth0 arp -t 0.5 --from 192.0.2.7 192.0.2.1 >/dev/null; then fail "A25: answered"; fi
said "interface b: 192.0.2.1 is the address of $(host_mac 2) already: not used here" 1
said "interface c: 10.3.0.1 is the address of $(host_mac 3) already: not used here" 1

# a: three probes 1 to 2 s apart, 2 s of silence, announcements 2 s apart.
await heard_is a '02000000000a08060001080006040001.{12}0a010001.{12}0a010001' 2
times=$(sed -nE 's/^([0-9.]+) ffffffffffff02000000000a08060001080006040001.{12}(00000000|0a010001)0{12}0a0100010{36}$/\1 \2/p' \
	"$WORK/heard_a")
echo "$times"
# Who is kept from running between its look at the clock and its sending sends the next too soon.
awk -v late="$(kept_waiting)" -v stolen_before="$kept_before" '{ t[NR] = $1; kind = kind ($2 == "00000000" ? "p" : "a") }
	function between(i, low, high) { d = t[i] - t[i - 1]; return d >= low - 0.1 - (late - stolen_before) / 1e6 && d <= high + 5 }
	END { exit !(kind == "pppaa" && between(2, 1, 2) && between(3, 1, 2) && between(4, 2, 2) &&
		between(5, 2, 2)) }' <<<"$times" || fail "A24: probes and announcements of a"
[ "$(heard b '02000000000b08060001080006040002')" = 0 ] || fail "A25: b replied"
stop_burstline
