#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# asan: no, smoke/blctl_config saves and compares there, too
# Every example of config/ runs, what is saved of it differs neither from what runs nor from the
# file, and applying it changes nothing. What this machine does not have is replaced, which the
# output says: CPUs, NICs by PCI address, hugepages; and sockets are this test's own.

. "$(dirname "$0")/lib.sh"

BLCTL=${BUILD:-$ROOT/build}/app/blctl
cd "$WORK"

# interface NAME PEER: a veth, both ends here.
interface()
{
	ip -n "$ID-dut" link add "$1" type veth peer name "$2"
	ip -n "$ID-dut" link set "$1" arp off up
	ip -n "$ID-dut" link set "$2" arp off up
}

# What is not here, by something that is: a sed script, and a sentence for each of its lines.
cpus=$(grep -c '^processor' /proc/cpuinfo)
replacements=(
	"s|/run/burstline-|$WORK/|"
	's|"0000:[0-9a-f:.]*"|"net_null@,no-rx=1"|'
	's|hugepages: require|hugepages: never|'
)
because=("" "no NIC at that address: net_null" "without hugepages")
if [ "$cpus" -lt 21 ]; then
	replacements+=('s|workers: \[[0-9]*, [0-9, ]*\]|workers: [0, 1]|' 's|workers: \[2\]|workers: [1]|')
	because+=("only $cpus CPUs: workers [0, 1]" "only $cpus CPUs: workers [1]")
fi

# adapt FILE: as it can run here, and its name ours; says what was replaced.
adapt()
{
	local i now n=0
	cp "$1" adapted
	for i in "${!replacements[@]}"; do
		now=$(sed "${replacements[i]}" adapted)
		[ "$now" = "$(cat adapted)" ] || [ -z "${because[i]}" ] || echo "  ${because[i]}"
		printf '%s\n' "$now" >adapted
	done
	while grep -q 'net_null@' adapted; do
		sed -i "0,/net_null@/s//net_null_nic$n/" adapted
		n=$((n + 1))
	done
	configure_burstline <adapted
}

ctl()
{
	in_ns dut "$BLCTL" -n "$INSTANCE" "$@"
}

# state: ports, links and tables that a change would have touched.
state()
{
	ctl -j show ports | jq -c '.[] | [.name, .state, .mtu]'
	ctl -j show interfaces | jq -c '.interfaces, [.addresses[] | [.interface, .address]]'
	ctl -j show bridges | jq -c '.bridge_members | map([.bridge, .port, .mode])'
	ctl -j show handlers | jq -c '.[] | [.name, .instance, .place]'
	ctl -j show rings | jq -c '.[] | [.name, .slots]'
}

saves()
{
	ctl save - >saved
	"$BURSTLINE" --check saved >/dev/null
	ctl save - | ctl diff - >differences
	[ ! -s differences ] || fail "what was saved differs: $(cat differences)"
	ctl diff "$WORK/burstline.yaml" >differences
	[ ! -s differences ] || fail "what runs differs from its file: $(cat differences)"
	state >before
	lines=$(wc -l <"$WORK/stderr")
	ctl apply saved
	ctl save - | diff saved - || fail "applying what was saved changed what runs"
	state | diff before - || fail "applying what was saved changed something"
	tail -n "+$((lines + 1))" "$WORK/stderr" >said
	grep -Eq 'handlers: [0-9]+ kept, 0 new, 0 ended' said || fail "apply said $(cat said)"
	! grep -E 'port [a-z0-9]+: ' said || fail "a port was touched"
}

interface eth1 peer1
interface blb peer2
interface blw1 blw2
/usr/bin/python3 -c 'from scapy.all import Ether, wrpcap; wrpcap("in.pcap", Ether() / bytes(46))'
n=0
for file in "$ROOT"/config/*.yaml; do
	name=$(basename "$file" .yaml)
	case $name in topology-*)
		echo "$name: describes a machine, for --plan: nothing runs"
		continue
		;;
	esac
	echo "$name"
	adapt "$file"
	launch_burstline -c "$WORK/burstline.yaml"
	saves
	stop_burstline
	n=$((n + 1))
done
echo "$n examples: what is saved is what runs, and changes nothing"
[ $n -ge 13 ] || fail "examples are missing"
