#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# blframe's devices: TAP as the second backend, lengths around the MTU, and what it says when a
# device cannot be had. One namespace with a veth pair (d, and e as its other end) and taps.
# Exit code 0, 1, or 77 where namespaces cannot be made.

set -u
blframe=$(realpath "${BLFRAME:-$(dirname "$0")/../../build/app/blframe}")
ns=blfD$$
out=$(mktemp -d)
pids=()

cleanup()
{
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	ip netns del "$ns" 2>/dev/null
	rm -rf "$out"
}
trap cleanup EXIT

fail()
{
	echo "failed: $*"
	exit 1
}

run()
{
	ip netns exec "$ns" "$@"
}

start()
{
	local file=$1
	shift
	ip netns exec "$ns" "$blframe" "$@" >"$out/$file" 2>"$out/$file.err" &
	pids+=($!)
	sleep 0.5
}

# $1: exit code; $2: a word of the message; then a command.
refused()
{
	local want=$1 word=$2 said code
	shift 2
	said=$(run "$@" 2>&1 >/dev/null </dev/null)
	code=$?
	[[ $code == "$want" ]] || fail "'$*' ends with $code, not $want: $said"
	[[ $said == "blframe: "*"$word"* && $said != *$'\n'* ]] || fail "'$*' says: $said"
	echo "ok: $said"
}

# $1: octets; then fields of a frame that must arrive whole.
arrives()
{
	local octets=$1 line
	shift
	start heard listen e --ethertype 0xcccc --count 1 --json
	run "$blframe" send d "$@" || fail "send of $octets octets: $?"
	wait "${pids[-1]}" || fail "listen: $(cat "$out/heard.err")"
	line=$(cat "$out/heard")
	[[ $line == "{\"len\":$octets,"* ]] || fail "$octets octets: $line"
	echo "ok: $octets octets arrive whole"
}

ip netns add "$ns" 2>/dev/null || { echo "skipped: needs root"; exit 77; }
ip -n "$ns" link add name d type veth peer name e || fail "no veth"
run ethtool -K d tx off >/dev/null
run ethtool -K e tx off >/dev/null
ip -n "$ns" link set dev d up && ip -n "$ns" link set dev e up

for n in 1500 8999; do head -c $n /dev/zero | tr '\0' x >"$out/$n"; done
arrives 60 -m x
arrives 14 --no-pad -m ""
arrives 1514 --file "$out/1500"
arrives 1518 --vlan 10 --file "$out/1500"
refused 2 "MTU is 1500" "$blframe" send d --file "$out/8999"
refused 2 "one 0x8100 tag" "$blframe" send d --vlan 10 --vlan 20 --file "$out/1500"
ip -n "$ns" link set dev d mtu 9216 && ip -n "$ns" link set dev e mtu 9216
arrives 9013 --file "$out/8999"
arrives 9021 --vlan 0x88a8:1 --vlan 2 --file "$out/8999"

# The kernel's end of a tap sends tagged frames; the far end shows all their tags. And back.
start tapped listen tap:bt --ethertype 0xcccc --count 2 --json
tapped=${pids[-1]}
refused 2 "in use" "$blframe" send tap:bt -m x
run "$blframe" send bt --vlan 7 -m one || fail "send bt: $?"
run "$blframe" send bt --vlan 0x88a8:100 --vlan 8 -m two || fail "send bt: $?"
wait "$tapped" || fail "listen tap: $(cat "$out/tapped.err")"
head -1 "$out/tapped" | grep -q '"vlans":\[{"tpid":"0x8100","pcp":0,"dei":0,"vid":7}\]' ||
	fail "tap: $(cat "$out/tapped")"
tail -1 "$out/tapped" | grep -q '0x88a8","pcp":0,"dei":0,"vid":100},{"tpid":"0x8100",.*"vid":8}' ||
	fail "tap: $(cat "$out/tapped")"
echo "ok: the far end of a tap shows every tag"
start far echo tap:bv -m "from the far end" --vlan 0x88a8:5 --interval 100ms
far=${pids[-1]}
start near echo bv -m "from the kernel's end" --vlan 0x88a8:5 --interval 100ms --count 1
wait "${pids[-1]}" || fail "echo bv: $(cat "$out/near.err")"
kill "$far" && wait "$far" || fail "echo tap: $?: $(cat "$out/far.err")"
grep -q "^[0-9a-f:]* vlan 0x88a8:5: from the far end$" "$out/near" || fail "$(cat "$out/near")"
grep -q "^[0-9a-f:]* vlan 0x88a8:5: from the kernel's end$" "$out/far" || fail "$(cat "$out/far")"
echo "ok: echo exchanges messages with the far end of a tap"

refused 2 "no interface 'nope'" "$blframe" listen nope
refused 2 "no interface 'nope'" "$blframe" send nope
refused 2 "not the name of an interface" "$blframe" listen averyveryverylongname
refused 2 "not the name of an interface" "$blframe" listen tap:
refused 2 "not a TAP device" "$blframe" listen tap:e
ip -n "$ns" link set dev e down
refused 2 "e is down" "$blframe" echo e -m x
refused 2 "needs one interface and -m" "$blframe" echo d
refused 2 "--interval" "$blframe" echo d -m x --interval 5m
refused 2 "needs one interface" "$blframe" listen
refused 2 "--count" "$blframe" listen d --count 0
refused 2 "CAP_NET_RAW" setpriv --reuid 65534 --clear-groups "$blframe" listen d
refused 2 "CAP_NET_RAW" setpriv --reuid 65534 --clear-groups "$blframe" send d -m x
refused 2 "CAP_NET_ADMIN" setpriv --reuid 65534 --clear-groups "$blframe" echo tap:bx -m x
start gone listen d
ip -n "$ns" link del dev d
wait "${pids[-1]}"
[[ $? == 1 && $(cat "$out/gone.err") == "blframe: d: cannot read"* ]] ||
	fail "deleted interface: $(cat "$out/gone.err")"
echo "ok: a deleted interface ends listen: $(cat "$out/gone.err")"
