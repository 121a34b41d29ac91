#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Jumbo frames in chains of mbufs: net_af_packet and net_memif with MTU 9000, wires and bridges,
# tags on top, octet by octet. One octet too long is counted, never cut. Conformance E7, L25.
#
#     a ── veth ─ af_packet a ═ m0 ══ memif ══ m1 ═ af_packet b ─ veth ── b
#             burstline          another: net_memif 22.11 may crash where one process ends both

. "$(dirname "$0")/lib.sh"

# mtu HOST DUT_IFACE MTU: at both ends
mtu()
{
	ip -n "$ID-$1" link set eth0 mtu "$3"
	ip -n "$ID-dut" link set "$2" mtu "$3"
}

# frame TO FROM TAGS OCTETS: of OCTETS in all with random content; TO ff: broadcast
frame()
{
	local to=02000000aa$1 head
	[ "$1" != ff ] || to=ffffffffffff
	head="${to}02000000aa$2${3}88b5"
	printf '%s%s' "$head" "$(head -c $(($4 - ${#head} / 2)) /dev/urandom | od -An -v -tx1 | tr -d ' \n')"
}

# hears LOG HOST FRAME...: a frame that came before this is not heard
hears()
{
	local log=$1 host=$2
	shift 2
	printf '%s\n' "$@" >"$WORK/$log.want"
	spawn "$log" "$host" "$SMOKE/frames.py" eth0 listen -n $# -t 10 -e 0x88b5
	await in_ns "$host" grep -q 0003 /proc/net/packet
}

# heard LOG PROCESS
heard()
{
	wait "$2" && cmp -s "$WORK/$1" "$WORK/$1.want" || fail "$1: not octet by octet:
$(cut -c 1-60 "$WORK/$1.want"; echo got; cut -c 1-60 "$WORK/$1")"
}

# pings FROM ADDRESS: of 8900 octets
pings()
{
	all_answered "$1" 30 -A -s 8900 -M "do" "$2"
}

# ports chains|large: with so many mbufs the plan takes chains for what can be scattered; slots of
# another size keep the others from having a pool that m0 and m1 could share.
ports()
{
	local slots="" mbufs=auto
	[ "$1" = large ] || { slots=",framesz=10240,blocksz=20480" && mbufs=8192; }
	cat <<END_OF_FILE
memory: {hugepages: never, mbufs: $mbufs}
ports:
  - {name: a, device: "net_af_packet0,iface=bla$slots", mtu: 9000}
  - {name: b, device: "net_af_packet1,iface=blb$slots", mtu: 9000}
  - {name: c, device: "net_af_packet2,iface=blc$slots", mtu: 9000}
  - {name: d, device: "net_af_packet3,iface=bld", mtu: 1500}
  - {name: m0, device: "net_memif0,role=server,id=0,socket=$WORK/m,socket-abstract=no", mtu: 9000}
  - {name: m1, device: "net_memif1,role=client,id=0,socket=$WORK/m,socket-abstract=no", mtu: 9000}
END_OF_FILE
}

linked()
{
	[ "$(telemetry /burstline/ports '.[] | select(.name == "m0") | .link')" = "up" ]
}

# start_peer: the second Burstline; its configuration is standard input, without `name:`
start_peer()
{
	{
		echo "name: $ID-peer"
		cat
	} >"$WORK/peer.yaml"
	spawn peer dut "$BURSTLINE" -c "$WORK/peer.yaml" --ledger "$WORK/peer.json"
	peer=$spawned
	await -t 10 grep -q '^burstline: ready' "$WORK/peer"
	await linked
}

# stop_pair: the client first; both must close their books
stop_pair()
{
	kill "$peer"
	wait "$peer" || fail "the peer ended with status $?: $(cat "$WORK/peer")"
	stop_burstline
}

make_veth_host a bla 192.0.2.1/24
make_veth_host b blb 192.0.2.2/24
make_veth_host c blc
make_veth_host d bld
mtu a bla 9100 # a sends more than the port was made for; its kernel would not let it
mtu b blb 9000
mtu c blc 9000

# Wires, in chains and in large mbufs.
for kind in chains large; do
	start_burstline < <(
		ports $kind | sed "/name: [bcd],/d; /name: m1/d"
		echo "wires: [[a, m0]]"
	)
	start_peer < <(
		ports $kind | sed "/name: [acd],/d; /name: m0/d"
		echo "wires: [[m1, b]]"
	)
	"$BURSTLINE" --plan "$WORK/burstline.yaml" >"$WORK/plan"
	case $kind in
	large) says="of m0 gets one large mbuf" ;;
	*) says="of m0 gets a chain of 2048 octet mbufs" ;;
	esac
	grep -q "$says" "$WORK/plan" || fail "--plan does not say \"$says\": $(tail -n 3 "$WORK/plan")"
	await in_ns a ping -c 1 -W 1 192.0.2.2
	pings a 192.0.2.2
	pings b 192.0.2.1
	sent=("$(frame 02 01 "" 9014)" "$(frame 02 01 81008064 9018)" "$(frame 02 01 "" 2048)"
		"$(frame 02 01 "" 2049)" "$(frame 02 01 "" 60)" "$(frame 02 01 "" 8192)"
		"$(frame 02 01 "" 60)")
	hears wire b "${sent[@]}"
	# 9022 octets with two tags pass a memif, not a net_af_packet; 9023 pass neither.
	frames a eth0 send "${sent[0]}" "$(frame 02 01 8100806481000065 9022)" "${sent[1]}" \
		"$(frame 02 01 8100806481000065 9023)" "${sent[@]:2}"
	heard wire "$spawned"
	stop_pair
	[ "$(dropped a tx_too_long)" = 1 ] || fail "$(dropped a tx_too_long) of a were too long, not 1"
	[ "$(ledger m0 dropped)" = 0 ] || fail "m0 dropped $(ledger m0 dropped)"
	LEDGER=$WORK/peer.json
	[ "$(dropped m1 tx_too_long)" = 1 ] || fail "$(dropped m1 tx_too_long) of m1, not 1"
	[ "$(ledger b dropped)" = 0 ] || fail "b dropped $(ledger b dropped)"
	LEDGER=$WORK/ledger.json
	echo "E7 L25: wires of jumbo frames: $kind"
done

# From MTU 9000 to 1500: 1518 octets pass with a tag, 1519 do not.
start_burstline < <(
	ports large | sed "/name: [abm]/d"
	echo "wires: [[c, d]]"
)
sent=("$(frame 04 03 "" 1514)" "$(frame 04 03 81008064 1518)" "$(frame 04 03 "" 60)")
hears mixed d "${sent[@]}"
frames c eth0 send "${sent[0]}" "$(frame 04 03 "" 9014)" "${sent[1]}" \
	"$(frame 04 03 81008064 1519)" "${sent[2]}"
heard mixed "$spawned"
stop_burstline
[ "$(dropped c tx_too_long)" = 2 ] || fail "$(dropped c tx_too_long) of c were too long, not 2"
[ "$(ledger d dropped)" = 0 ] || fail "$(ledger d dropped) of d were dropped"
echo "L25: from MTU 9000 to 1500"

# with_fcs FRAME: as hex, its check sequence behind it
with_fcs()
{
	/usr/bin/python3 -c 'import sys, zlib
frame = bytes.fromhex(sys.argv[1])
print((frame + zlib.crc32(frame).to_bytes(4, "little")).hex())' "$1"
}

# A check sequence behind chains: their last mbuf is full, has too little room, or enough.
mtu b blb 9100 # the kernel takes the four octets for payload
start_burstline < <(
	ports chains | sed "/name: [bcd],/d; /name: m1/d"
	echo "wires: [[a, m0]]"
)
start_peer < <(
	ports chains | sed "/name: [acd],/d; /name: m0/d; /name: b,/s/mtu: 9000/mtu: 9004, fcs: true/"
	echo "wires: [[m1, b]]"
)
sent=() behind=()
for octets in 4096 4093 2048 9014 60; do
	sent+=("$(frame 02 01 "" $octets)")
	behind+=("$(with_fcs "${sent[-1]}")")
done
hears fcs b "${behind[@]}"
frames a eth0 send "${sent[@]}"
heard fcs "$spawned"
stop_pair
mtu b blb 9000
echo "E7: a check sequence behind chains"

# Bridges: m0 and m1 are trunks, so tags are pushed and popped; y floods chains to b untagged, to c
# tagged and to its own interface, which answers in the chain that came.
start_burstline < <(
	ports chains | sed "/name: [bcd],/d; /name: m1/d"
	cat <<'END_OF_FILE'
bridges:
  - {name: x, vlan-aware: true, members: [
      {port: a, mode: access, vlan: 10}, {port: m0, mode: trunk, vlans: [10]}]}
END_OF_FILE
)
start_peer < <(
	ports chains | sed "/name: a,/d; /name: m0/d"
	cat <<'END_OF_FILE'
bridges:
  - {name: y, vlan-aware: true, members: [
      {port: m1, mode: trunk, vlans: [10]}, {port: b, mode: access, vlan: 10},
      {port: c, mode: trunk, vlans: [10]}, {port: d, mode: access, vlan: 10}]}
interfaces:
  - {name: i, bridge: y, tags: [{vid: 10}], addresses: [192.0.2.3/24]}
END_OF_FILE
)
await in_ns a ping -c 1 -W 1 192.0.2.3
pings a 192.0.2.3
pings b 192.0.2.3
pings a 192.0.2.2
sent=("$(frame ff 01 "" 9014)" "$(frame ff 01 "" 4100)" "$(frame ff 01 "" 60)")
hears untagged b "${sent[@]}"
untagged=$spawned
behind_tag=()
for f in "${sent[@]}"; do
	behind_tag+=("${f:0:24}8100000a${f:24}")
done
hears tagged c "${behind_tag[@]}"
tagged=$spawned
frames a eth0 send "${sent[@]}"
heard untagged "$untagged"
heard tagged "$tagged"
stop_pair
LEDGER=$WORK/peer.json
# The flood's copies for d, whose MTU is 1500.
[ "$(dropped m1 tx_too_long)" -ge 2 ] || fail "$(dropped m1 tx_too_long) too long for d, not 2"
echo "E7 L25: floods of chains, tags pushed and popped; ICMP echo of 8900 octets"
