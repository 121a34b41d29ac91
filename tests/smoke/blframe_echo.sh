#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Two hosts in network namespaces exchange messages with blframe echo, and one listens to what the
# other sends: untagged, tagged and Q-in-Q.
#
#   ns A            topology            ns B
#   a [veth] ----- direct ------ [veth] b
#
# Usage: blframe_echo.sh [TOPOLOGY]: a function topology_TOPOLOGY below that joins interface a in
# namespace $A with b in $B. Exit code 0, 1, or 77 where namespaces cannot be made.

set -u
blframe=${BLFRAME:-$(dirname "$0")/../../build/app/blframe}
topology=${1:-direct}
A=blfA$$ B=blfB$$
out=$(mktemp -d)
pids=()

cleanup()
{
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	ip netns del "$A" 2>/dev/null
	ip netns del "$B" 2>/dev/null
	rm -rf "$out"
}
trap cleanup EXIT

fail()
{
	echo "failed: $*"
	exit 1
}

topology_direct()
{
	ip -n "$A" link add name a type veth peer name b netns "$B" || return 1
	ip netns exec "$A" ethtool -K a tx off >/dev/null
	ip netns exec "$B" ethtool -K b tx off >/dev/null
	ip -n "$A" link set dev a up && ip -n "$B" link set dev b up
}

# In the background, in namespace $1: stands as ${pids[-1]}.
start()
{
	local ns=$1 file=$2
	shift 2
	ip netns exec "$ns" "$blframe" "$@" >"$out/$file" 2>"$out/$file.err" &
	pids+=($!)
}

# Until file $1 has a line that is $2, or 5 s have passed.
await()
{
	local i
	for i in {1..50}; do
		grep -qxF -- "$2" "$out/$1" && return
		sleep 0.1
	done
	fail "$1 has no line '$2', but: $(cat "$out/$1" "$out/$1.err")"
}

# $1: what; $2: tags as echo prints them; then --vlan options.
exchange()
{
	local what=$1 tags=$2 pid_a pid_b
	shift 2
	start "$A" a_hears echo a -m "from A, $what" --interval 100ms "$@"
	pid_a=${pids[-1]}
	start "$B" b_hears echo b -m "from B, $what: ü" --interval 100ms "$@"
	pid_b=${pids[-1]}
	await a_hears "$mac_b$tags: from B, $what: ü"
	await b_hears "$mac_a$tags: from A, $what"
	grep -q "^$mac_a" "$out/a_hears" && fail "A hears itself"
	kill -INT "$pid_a" && wait "$pid_a" || fail "echo ends with $? on SIGINT"
	kill -TERM "$pid_b" && wait "$pid_b" || fail "echo ends with $? on SIGTERM"
	echo "ok: echo exchanges messages, $what ($topology)"
}

# $1: what; $2: vlans as JSON; then --vlan options.
hear()
{
	local what=$1 vlans=$2 line
	shift 2
	start "$B" heard listen b --ethertype 0xcccc --count 1 --json
	sleep 0.5
	ip netns exec "$A" "$blframe" send a --dst "$mac_b" "$@" -m hello || fail "send: $?"
	wait "${pids[-1]}" || fail "listen ends with $?: $(cat "$out/heard.err")"
	line=$(cat "$out/heard")
	[[ $line == *"\"dst\":\"$mac_b\",\"src\":\"$mac_a\",\"vlans\":$vlans,"* ]] ||
		fail "listen, $what: $line"
	echo "ok: listen shows the tags that were on the wire, $what ($topology)"
}

tag()
{
	echo "{\"tpid\":\"$1\",\"pcp\":$2,\"dei\":$3,\"vid\":$4}"
}

ip netns add "$A" 2>/dev/null && ip netns add "$B" || { echo "skipped: needs root"; exit 77; }
"topology_$topology" || fail "cannot set up the topology $topology"
mac_a=$(ip netns exec "$A" cat /sys/class/net/a/address)
mac_b=$(ip netns exec "$B" cat /sys/class/net/b/address)

exchange "untagged" ""
exchange "tagged" " vlan 0x8100:10" --vlan 10
exchange "S-tagged" " vlan 0x88a8:100" --vlan 0x88a8:100:pcp=3
exchange "Q-in-Q" " vlan 0x88a8:100 vlan 0x8100:10" --vlan 0x88a8:100 --vlan 10

hear "untagged" "[]"
hear "tagged" "[$(tag 0x8100 5 0 10)]" --vlan 10:pcp=5
hear "a lone S-tag" "[$(tag 0x88a8 3 1 100)]" --vlan 0x88a8:100:pcp=3:dei
hear "Q-in-Q" "[$(tag 0x88a8 3 1 100),$(tag 0x8100 0 0 10)]" --vlan 0x88a8:100:pcp=3:dei --vlan 10
hear "C-tag in C-tag" "[$(tag 0x8100 0 0 1),$(tag 0x8100 0 0 2)]" --vlan 1 --vlan 2
hear "VID 0" "[$(tag 0x8100 6 0 0)]" --vlan 0:pcp=6
