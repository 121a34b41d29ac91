#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Each command of blctl as a person would use it, and every method's answer against its schema.

. "$(dirname "$0")/lib.sh"

BLCTL=${BUILD:-$ROOT/build}/app/blctl

# blctl WORD...: of our instance
blctl()
{
	"$BLCTL" -n "$INSTANCE" "$@"
}

# shows TEXT WORD...: the output has a line that matches.
shows()
{
	local text=$1
	shift
	blctl "$@" >"$WORK/shown" 2>&1 || fail "blctl $*: $(cat "$WORK/shown")"
	grep -Eq -- "$text" "$WORK/shown" || fail "blctl $*: no \"$text\": $(cat "$WORK/shown")"
}

# refuses STATUS TEXT WORD...: one sentence to standard error, nothing else.
refuses()
{
	local wanted=$1 text=$2 status=0
	shift 2
	"$BLCTL" "$@" >"$WORK/shown" 2>"$WORK/said" || status=$?
	[ $status = "$wanted" ] || fail "blctl $*: status $status, not $wanted: $(cat "$WORK/said")"
	[ ! -s "$WORK/shown" ] && [ "$(wc -l <"$WORK/said")" = 1 ] &&
		grep -Eq -- "^blctl: .*$text" "$WORK/said" || fail "blctl $*: $(cat "$WORK/said")"
	sed 's/^/  /' "$WORK/said"
}

# link_up PORT: and no news of it are under way (a tap that is moved loses its link first).
link_up()
{
	grep -q "port $1: interface .* moved" "$WORK/stderr" &&
		[ "$(blctl -j show ports | jq -r ".[] | select(.name == \"$1\") | .link")" = up ]
}

# Links no DPDK.
! ldd "$BLCTL" | grep -q librte || fail "blctl links DPDK"
refuses 1 "cannot reach /run/burstline/$INSTANCE.sock: .*instance running" -n "$INSTANCE" ping

ip -n "$ID-dut" link add blc type veth peer name blcpeer
ip -n "$ID-dut" link set blcpeer up
ip -n "$ID-dut" link set blc arp off up
start_burstline <<'EOF'
ports:
  - {name: a, device: "net_tap0,iface=bl0"}
  - {name: b, device: "net_tap1,iface=bl1"}
  - {name: c, device: "net_af_packet0,iface=blc"}
bridges:
  - {name: br0, vlan-aware: true, members: [{port: a, mode: access, vlan: 10},
     {port: b, mode: trunk, vlans: [10, 20]}, {port: c, mode: access, vlan: 10}]}
interfaces:
  - {name: lan, bridge: br0, tags: [{vid: 10}], addresses: [192.0.2.1/24]}
EOF
make_tap_host a bl0 192.0.2.2/24
await link_up a # its move to another namespace was noticed
await in_ns a ping -c 1 -W 1 192.0.2.1
[ "$(stat -c %a "/run/burstline/$INSTANCE.sock")" = 660 ] || fail "the socket's mode"

shows "^$INSTANCE answers: burstline .*pid $burstline_pid, up for" ping
shows '^port +state +link +MTU octets +rx frames +rx octets' show ports
shows '^a +started +up +1500 +[1-9]' show ports
shows '^self ' show ports
shows '^ +1 +.* worker +[0-9.]+ ' show workers
shows '^arp +0 +control' show handlers
shows '^ring +kind +from lcore +to lcore' show rings
shows '^lan +192.0.2.2 +02:00:00:00:aa:01 +reachable' show neighbours
shows '^br0 +10 +02:00:00:00:aa:01 +a +no ' show fdb
shows '^br0 +yes +0x8100 +3 ' show bridges
shows '^br0 +b +trunk' show bridges
shows '^lan +192.0.2.1 +24 +in_use' show interfaces
shows 'name: br0' show config
shows '^bridges$' show plan
shows '^rx_bytes +[1-9]' show ports a
shows '^port +a$' show fdb 02:00:00:00:aa:01
shows '^counters +.*tx_replies [1-9]' show handlers arp
shows '^self' show pools # a table that it knows only from the instance
[ "$(blctl -j show ports | jq -r '.[] | select(.name == "a") | .state')" = started ] || fail "-j"
[ "$(blctl show bridges -j | jq -c 'keys')" = '["bridge_members","bridge_vlans","bridges"]' ] ||
	fail "-j behind the command"
blctl -j show config | jq -r .text >"$WORK/shown.yaml"
"$BURSTLINE" --check "$WORK/shown.yaml" >/dev/null || fail "show config: $(cat "$WORK/shown.yaml")"
# A bridge keeps reserved addresses to itself.
in_ns a "${BUILD:-$ROOT/build}/app/blframe" send bl0 --dst 01:80:c2:00:00:00 -m x
await shows '^a +[a-z_]+ +1$' show drops
sed -n 2p "$WORK/shown"

blctl save - >"$WORK/before"
blctl fdb add br0 02:00:00:00:00:66 b vlan 10
shows '^br0 +10 +02:00:00:00:00:66 +b +yes' show fdb
# What was added is part of what runs: saved, and no difference.
blctl neighbour add lan 192.0.2.99 02:00:00:00:00:99
blctl neighbour add lan 192.0.2.99 02:00:00:00:00:98
blctl save - >"$WORK/added"
[ "$(diff "$WORK/before" "$WORK/added" | grep -Ec '^>.*(00:66|192.0.2.99.*00:98)')" = 2 ] ||
	fail "saved: $(diff "$WORK/before" "$WORK/added")"
[ -z "$(blctl diff - <"$WORK/added")" ] || fail "what was added differs from what was saved"
blctl diff - <"$WORK/before" | grep -q 192.0.2.99 || fail "diff does not show what was added"
blctl apply - <"$WORK/before"
! blctl show neighbours | grep -q 192.0.2.99 || fail "a file without the neighbour left it"
blctl apply - <"$WORK/added"
shows '^lan +192.0.2.99 +02:00:00:00:00:98 +static' show neighbours
blctl neighbour del lan 192.0.2.99
blctl fdb flush br0
shows '^br0 +10 +02:00:00:00:00:66 +b +yes' show fdb
! grep -q 02:00:00:00:aa:01 "$WORK/shown" || fail "the flush left what was learned"
blctl fdb del br0 02:00:00:00:00:66 vlan 10
blctl save - | diff - "$WORK/before" || fail "what was added and deleted left something"
refuses 1 "bridge br0 has no entry" -n "$INSTANCE" fdb del br0 02:00:00:00:00:66 vlan 10
in_ns a ping -c 1 -W 20 192.0.2.1 >/dev/null
blctl fdb flush br0 port b vlan 10
shows '^br0 +10 +02:00:00:00:aa:01 +a +no' show fdb
blctl fdb flush br0 port a
shows '^br0' show fdb
! grep -q 02:00:00:00:aa:01 "$WORK/shown" || fail "the flush of a left what was learned there"

blctl neighbour add lan 192.0.2.2 02:00:00:00:00:77
shows '^lan +192.0.2.2 +02:00:00:00:00:77 +static' show neighbours
! in_ns a ping -c 1 -W 1 192.0.2.1 >/dev/null || fail "the static neighbour is not used"
blctl neighbour del lan 192.0.2.2
await in_ns a ping -c 1 -W 1 192.0.2.1
shows '^lan +192.0.2.2 +02:00:00:00:aa:01 +reachable' show neighbours
refuses 1 "no host in a subnet" -n "$INSTANCE" neighbour add lan 10.0.0.1 02:00:00:00:00:77
refuses 1 "there is no interface wan" -n "$INSTANCE" neighbour del wan 192.0.2.2

blctl port down c
shows '^c +down +down' show ports
blctl port up c
await shows '^c +started +up' show ports
refuses 1 "another namespace.*ip link set bl0 down" -n "$INSTANCE" port down a
refuses 1 "there is no port z" -n "$INSTANCE" port down z

before=$(blctl -j show ports a | jq '.[0].rx')
blctl clear
after=$(blctl -j show ports a | jq '.[0].rx')
[ "$after" -lt "$before" ] || fail "rx is $after after clear, $before before"
[ "$(telemetry /burstline/ports '.[] | select(.name == "a") | .rx')" -lt "$before" ] ||
	fail "telemetry was not cleared"
blctl -j show ports | jq -e 'all(.[]; .balance == 0)' >/dev/null || fail "clear broke the balance"

shows 'port c: down as asked for' events
shows 'fdb.add by uid 0, pid [0-9]+: done' events
blctl -j events | jq -es 'length > 5 and all(.[]; .number > 0)' >/dev/null || fail "events -j"
"$BLCTL" -n "$INSTANCE" events -f >"$WORK/follow" 2>&1 &
background+=($!)
await grep -q 'ready' "$WORK/follow"
blctl clear
await grep -q 'clear by uid 0' "$WORK/follow"

# It ends with its reader, not with the event after.
status=0
timeout $((5 * TIME_SCALE)) "$BLCTL" -n "$INSTANCE" events -f | head -n 1 >/dev/null || status=$?
[ $status != 124 ] || fail "events -f goes on without a reader"

refuses 2 "there is no command 'shew'" shew
refuses 2 "no option" --colour
refuses 2 "these are not its words" -n "$INSTANCE" fdb add br0
refuses 2 "expected a VLAN from 1 to 4094" -n "$INSTANCE" fdb flush br0 vlan 4095
refuses 2 "expected the MAC address of a station" -n "$INSTANCE" fdb add br0 01:00:5e:00:00:01 b vlan 10
refuses 1 "there is no table" -n "$INSTANCE" show nothing
refuses 1 "there is no z" -n "$INSTANCE" show ports z
refuses 1 "there is no z" -n "$INSTANCE" show pools z
commands=$("$BLCTL" --help | sed -n 's/^  \([a-z]\{1,\}\) \{2,\}.*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 16 ] || fail "blctl --help: $commands"
for command in $commands; do
	shows "^ *(usage: )?blctl $command( |$)" "$command" --help
	shows "^  (.* && )?blctl (.* )?$command" "$command" --help
done
shows '^Exit status: 0 done' --help

"$SMOKE/control.py" "/run/burstline/$INSTANCE.sock" br0 c lan 192.0.2.99
stop_burstline
