#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# limit: 120 s
# Each kind of live change beside four flows that no change touches (a handler, a reflector, a wire, a
# bridge, on two workers): ports of every kind that this machine can have, wires, bridges, members
# and their VLANs, interfaces, static neighbours and entries, limits, storm control, handlers and
# their places. Each step says what it took and what the untouched ports carried meanwhile; what
# came is used, and what is saved after it is the file.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/live.sh"

MAC=02:00:00:00:00:0a
DST=02:00:00:00:0b:01 # behind b2
cpus=$(taskset -pc $$ | sed 's/.*: //')
first=${cpus%%[-,]*} last=${cpus##*[-,]}

# What changes, beside what no change touches. z is there from the start: what net_af_xdp needs is
# given up at the start when no port needs it.
declare -A with

build()
{
	cat <<-END
		name: $INSTANCE
		lcores: {control: $first, workers: [$first, $last]}
		memory: {hugepages: never}
		ports:
		  - {name: a, device: "net_tap0,iface=bl0", mac: "$MAC"}
		  - {name: r, device: "net_tap1,iface=bl1", reflect: true}
		  - {name: w1, device: "net_tap2,iface=bl2"}
		  - {name: w2, device: "net_tap3,iface=bl3"}
		  - {name: b1, device: "net_tap4,iface=bl4"}
		  - {name: b2, device: "net_tap5,iface=bl5"}
		  - {name: b3, device: "net_tap6,iface=bl6"}
		  - {name: x, device: "net_tap7,iface=bl7"${with[x]-}}
		  - {name: z, device: "net_af_xdp1,iface=dz", reflect: true}
		${with[ports]-}
		wires:
		  - [w1, w2]
		${with[wires]-}
		bridges:
		  - name: br0
		    vlan-aware: true
		${with[br0]-}
		    static:
		      - {mac: "$DST", vlan: 10, port: b2}
		${with[static]-}
		    members:
		      - {port: b1, mode: access, vlan: 10}
		      - {port: b2, mode: access, vlan: 10}
		${with[members]-}
		${with[bridges]-}
		interfaces:
		  - {name: lan, bridge: br0, tags: [{vid: 10}], addresses: [192.0.2.1/24]}
		${with[interfaces]-}
		neighbours:
		  - {interface: lan, address: 192.0.2.66, mac: "02:00:00:00:00:66"}
		${with[neighbours]-}
		handlers:
		  - {name: echo${with[echo]-}}
		${with[handlers]-}
	END
}

# untouched: frames that its ports received so far
untouched()
{
	ctl -j show ports | jq '[.[] | select(.name | IN("a", "r", "w1", "b1")) | .rx] | add'
}

before=0
has_grown()
{
	[ "$(untouched)" -gt "$before" ]
}

# step WORDS [INTERRUPTED]: apply what `with` says; `diff` names the ports that are interrupted.
step()
{
	local start took interrupted now
	build >"$WORK/next.yaml"
	ctl -j diff "$WORK/next.yaml" >"$WORK/differences" || true
	jq -r 'if length == 0 or any(.effect == "refused") then error else
		[.[] | select(.effect == "interrupts") | .port] | unique | join(" ") end' \
		"$WORK/differences" >"$WORK/interrupted" || fail "$1: $(cat "$WORK/differences")"
	interrupted=$(<"$WORK/interrupted")
	[ "$interrupted" = "${2-}" ] || fail "$1: diff says that \"$interrupted\" is interrupted"
	start=${EPOCHREALTIME/[.,]/}
	apply "$WORK/next.yaml" || fail "$1: $(cat "$WORK/said")"
	took=$((${EPOCHREALTIME/[.,]/} - start))
	ctl diff "$WORK/next.yaml" >"$WORK/said" || fail "$1: not the state of the file: $(cat "$WORK/said")"
	await has_grown
	now=$(untouched)
	printf '%-46s %4d ms, %2d changes, %4d frames beside%s\n' "$1:" $((took / 1000)) \
		"$(jq length "$WORK/differences")" $((now - before)) \
		"${interrupted:+; $interrupted was interrupted}"
	before=$now
}

# whole LOG: nothing of the flow was lost, doubled or out of order.
whole()
{
	jq -e '.answered >= 100 and .lost == 0 and .disorder == 0 and .twice == 0' "$WORK/$1" >/dev/null ||
		fail "$1: $(cat "$WORK/$1") $(ctl show drops)"
}

# used FROM BACK [ARGUMENT...]: 200 frames into x's host come out there.
used()
{
	local from=$1 back=$2
	shift 2
	in_ns k "$SMOKE/handler_load.py" "$from" --back "$back" --mac 02:00:00:00:0c:01 --count 200 \
		--window 32 "$@" >"$WORK/used"
	whole used
}

passes() # FROM BACK
{
	arrives k "$1" --back "$2" --mac 02:00:00:00:0c:01
}

shows() # TABLE FILTER
{
	ctl -j show "$1" | jq -e "$2" >/dev/null || fail "show $1: not $2: $(ctl -j show "$1")"
}

# move_x: it is made anew where Burstline is.
move_x()
{
	await ip -n "$ID-dut" link show bl7
	ip -n "$ID-dut" link set bl7 netns "$ID-k"
	host_up k bl7 ""
}

make_ns k
for pair in "dp kp" "dx kx" "dz kz"; do
	read -r ours theirs <<<"$pair"
	ip link add name "$ours" netns "$ID-dut" type veth peer name "$theirs" netns "$ID-k"
	in_ns k ethtool -K "$theirs" tx off >/dev/null
	in_ns dut ethtool -K "$ours" tx off >/dev/null
	ip -n "$ID-dut" link set "$ours" arp off up
	host_up k "$theirs" ""
done
with[members]='      - {port: b3, mode: access, vlan: 20}'
build >"$WORK/burstline.yaml"
launch_burstline -c "$WORK/burstline.yaml"
make_tap_host a bl0
make_tap_host r bl1
make_tap_host w bl2
make_tap_host b bl4
for pair in "w bl3" "b bl5" "b bl6" "k bl7"; do
	read -r name tap <<<"$pair"
	await ip -n "$ID-dut" link show "$tap"
	ip -n "$ID-dut" link set "$tap" netns "$ID-$name"
	host_up "$name" "$tap" ""
done

loads=()
flow() # NAME NAMESPACE ARGUMENT...
{
	local name=$1 from=$2
	shift 2
	await arrives "$from" "$@"
	spawn "$name" "$from" "$SMOKE/handler_load.py" "$@" --window 64 --rate 1000
	loads+=("$spawned")
}
flow echo a bl0 --mac $MAC --type 0xcccc
flow reflect r bl1 --mac $MAC
flow wire w bl2 --back bl3 --mac $MAC
flow bridge b bl4 --back bl5 --mac $DST

# Ports of each kind, in a wire with x; each goes when the next comes.
with[ports]='  - {name: t, device: "net_tap8,iface=bl8"}' with[wires]='  - [x, t]'
step "a net_tap and a wire"
ip -n "$ID-dut" link set bl8 netns "$ID-k"
host_up k bl8 ""
await passes bl7 bl8
used bl7 bl8
with[ports]='  - {name: p, device: "net_af_packet0,iface=dp"}' with[wires]='  - [x, p]'
step "a net_af_packet; the net_tap goes"
await passes bl7 kp
used bl7 kp
used kp bl7
with[ports]="  - {name: m, device: \"net_memif0,role=server,id=0,socket=$WORK/m.sock,socket-abstract=no\"}"
with[wires]='  - [x, m]'
step "a net_memif server; the net_af_packet goes"
cat >"$WORK/peer.yaml" <<END
name: $ID-peer
memory: {hugepages: never}
ports:
  - {name: m, device: "net_memif0,role=client,id=0,socket=$WORK/m.sock,socket-abstract=no", reflect: true}
END
spawn peer dut "$BURSTLINE" -c "$WORK/peer.yaml"
peer=$spawned
await passes bl7 bl7
used bl7 bl7
with[ports]='  - {name: g, device: net_ring0, rx-queues: 1, tx-queues: 1}' with[wires]='  - [x, g]'
step "a net_ring; the net_memif goes"
kill -TERM "$peer"
wait "$peer" || fail "the peer: $(tail -n 3 "$WORK/peer")"
await passes bl7 bl7
used bl7 bl7
with[ports]='  - {name: d, device: "net_af_xdp0,iface=dx"}' with[wires]='  - [x, d]'
step "a net_af_xdp; the net_ring goes"
await passes bl7 kx
used bl7 kx
used kx bl7
with[ports]="" with[wires]=""
step "the net_af_xdp goes, and its pool"
# A capture is played into one file, and what x receives recorded in another.
/usr/bin/python3 - "$WORK/in.pcap" <<'END'
import sys
from scapy.utils import RawPcapWriter
with RawPcapWriter(sys.argv[1], linktype=1) as out:
    out.write_header(None)
    for n in range(50):
        out.write_packet(bytes.fromhex("0200000000010200000000aa88b5") + n.to_bytes(46, "big"))
END
with[ports]="$(printf '%s\n' "  - {name: c, device: \"net_pcap0,rx_pcap=$WORK/in.pcap,tx_pcap=$WORK/out.pcap\"}" \
	"  - {name: e, device: \"net_pcap1,rx_pcap=$WORK/in.pcap,tx_pcap=$WORK/end.pcap\"}" \
	'  - {name: n, device: "net_null0,no-rx=1"}')"
with[wires]='  - [c, e]'$'\n''  - [x, n]'
step "two net_pcap, a net_null"
played()
{
	ctl -j show ports | jq -e '[.[] | select(.name | IN("c", "e")) | .rx, .tx] == [50, 50, 50, 50]'
}
await played
in_ns k "$SMOKE/handler_load.py" bl7 --mac $MAC --count 20 --patience 0.1 >/dev/null
swallowed()
{
	ctl -j show ports | jq -e 'any(.[]; .name == "n" and .tx >= 20)'
}
await swallowed
with[ports]="" with[wires]=""
step "all of these go"

# What a driver can do only when it is stopped: that port alone.
with[x]=', mtu: 1400, reflect: true'
step "another MTU" x
move_x
await passes bl7 bl7
used bl7 bl7
with[x]=', rx-queues: 1, tx-queues: 1, reflect: true'
step "other queues and another MTU" x
move_x
await passes bl7 bl7
with[x]=', rx-queues: 1, tx-queues: 1, descriptors: 64'
step "more descriptors" x

# Bridges, members, their rules.
with[members]='      - {port: b3, mode: trunk, vlans: [10, "20-30"], native: 20}'
step "a member becomes a trunk"
with[members]='      - {port: b3, mode: trunk, vlans: [10], pcp: 3, translate: [{wire: [{vid: 7}], inside: [{vid: 30}]}]}'
step "translation, priority, fewer VLANs"
with[members]='      - {port: b3, mode: qinq, vlan: 40, isolated: true, sticky: true}'
step "a member becomes qinq, isolated, sticky"
with[br0]=$'    ageing: 60\n    learn-rate: 1000\n    vlan-limit: 500'
with[members]='      - {port: b3, mode: access, vlan: 10, accept: untagged, limit: 10, storm: {broadcast: 100, unknown: 50}}'
step "limits, storm control, ageing"
with[static]='      - {mac: "02:00:00:00:0b:09", vlan: 10, port: b3}'
step "a static entry"
shows fdb 'any(.[]; .mac == "02:00:00:00:0b:09" and .port == "b3")'
with[static]='      - {mac: "02:00:00:00:0b:09", vlan: 10, port: b1}'
step "it moves"
await shows fdb 'any(.[]; .mac == "02:00:00:00:0b:09" and .port == "b1")'
with[static]="" with[members]="" with[br0]=""
with[bridges]='  - {name: br1, members: [{port: b3}, {port: x}]}'
step "a bridge; a member moves there"
with[bridges]="" with[interfaces]='  - {name: on-x, port: x, tags: [{vid: 5}], addresses: [198.51.100.1/24]}'
with[neighbours]='  - {interface: on-x, address: 198.51.100.9, mac: "02:00:00:00:00:09"}'
step "an interface, a static neighbour"
shows neighbours 'any(.[]; .address == "198.51.100.9" and .mac == "02:00:00:00:00:09")'
with[interfaces]='  - {name: on-x, port: x, tags: [{vid: 6}], addresses: [198.51.100.1/24, 203.0.113.1/24]}'
with[neighbours]='  - {interface: on-x, address: 198.51.100.9, mac: "02:00:00:00:00:0c"}'
step "other tags, another address and MAC"
shows neighbours 'any(.[]; .address == "198.51.100.9" and .mac == "02:00:00:00:00:0c")'
with[interfaces]="" with[neighbours]=""
step "they go"
shows neighbours 'all(.[]; .address != "198.51.100.9") and any(.[]; .address == "192.0.2.66")'

# Handlers and their places: the flow to the handler itself stays whole.
for place in control "\"lcore $last\"" own inline; do
	with[echo]=", place: $place"
	step "the handler goes to ${place//\"/}"
done
with[echo]=', place: control, ring: 256, budget: 8, overload: drop-head'
with[handlers]='  - {name: lldp}'
step "ring, budget, overload; another handler"
with[echo]="" with[handlers]="" with[x]=""
step "all is as it was" x

# What cannot change while it runs is said before, and refused.
sed "s/name: $INSTANCE/name: other/; s/workers: .*]/workers: [$first]/; s/never}/never, mbufs: 65536}/" \
	"$WORK/next.yaml" >"$WORK/bad.yaml"
echo 'metrics: {port: 9117}' >>"$WORK/bad.yaml"
ctl -j diff "$WORK/bad.yaml" >"$WORK/differences" || true
[ "$(jq -r '[.[] | select(.effect == "refused") | .path] | sort | join(" ")' "$WORK/differences")" = \
	"lcores.workers memory.mbufs metrics.port name" ] || fail "$(cat "$WORK/differences")"
if apply "$WORK/bad.yaml"; then
	fail "lcores cannot change"
fi
grep -q "that needs a restart; nothing was changed" "$WORK/said" || fail "$(cat "$WORK/said")"
ctl diff "$WORK/next.yaml" || fail "what was refused changed something"

kill -TERM "${loads[@]}"
wait "${loads[@]}"
for name in echo reflect wire bridge; do
	whole $name
	echo "$name: $(jq -r '"\(.sent) frames, \(.lost) lost, \(.twice) twice, \(.disorder) out of order, longest gap \(.gap_ms) ms"' "$WORK/$name")"
done
say_stood_still
stop_burstline
