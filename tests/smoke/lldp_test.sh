#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Debian's lldpd, in the namespaces of hosts, as a neighbour: it appears in telemetry with what it
# says, changes, ages out when it is killed, goes at once when it is stopped. On a trunk whose VLAN
# rules refuse untagged frames too; through a wire LLDP passes unseen.
#
#     host a   eth0 ── bla ═► plain port a
#     host b   eth0 ── blb ═► trunk b of bridge br0, no native VLAN
#     host c   eth0 ── blc ═► wire c-d ═► bld ── eth0   host d

. "$(dirname "$0")/lib.sh"

BLFRAME=${BUILD:-$ROOT/build}/app/blframe
TTL=60
declare -A lldpd lldpd_child # process ids by host: the one with privileges, the one that sends

# Debian's is setuid to a user who does not reach $WORK: a copy is not.
cp /usr/sbin/lldpcli "$WORK/lldpcli"

cli() # HOST ARGUMENT...
{
	local name=$1
	shift
	in_ns "$name" "$WORK/lldpcli" -u "$WORK/lldpd-$name" "$@" >"$WORK/cli.log" 2>&1 ||
		{ cat "$WORK/cli.log"; return 1; }
}

# sender PID: the child that sends; an lldpcli that gave the commands may still be an elder one.
sender()
{
	local child
	for child in $(cat "/proc/$1/task/$1/children"); do
		[ "$(cat "/proc/$child/comm" 2>/dev/null)" != lldpd ] || echo "$child"
	done | tail -n 1
}

# start_lldpd HOST [COMMAND]: sends each second what holds for TTL seconds. It sends nothing before
# it took its commands. Never the machine's service: /run and /run/lldpd, where it changes its root
# to, are its own.
start_lldpd()
{
	cat >"$WORK/$1.conf" <<-END
		configure lldp tx-interval 1
		configure lldp tx-hold $TTL
		configure system hostname $1.example
		${2-}
	END
	spawn "lldpd-$1.log" "$1" sh -c "mount -t tmpfs none /run && mkdir /run/lldpd &&
		exec lldpd -d -u '$WORK/lldpd-$1' -L '$WORK/lldpcli' -I eth0 -O '$WORK/$1.conf'"
	lldpd[$1]=$spawned
	await cli "$1" show configuration
	lldpd_child[$1]=$(sender "$spawned")
	background+=("${lldpd_child[$1]}")
}

rows()
{
	telemetry /burstline/lldp "$@"
}

# shows PORT FILTER: this port has one neighbour, for whom the filter is true.
shows()
{
	[ "$(rows "[.[] | select(.port == \"$1\") | ($2)] == [true]")" = true ] || { rows; return 1; }
}

shows_none()
{
	[ "$(rows "any(.[]; .port == \"$1\")")" = false ] || { rows; return 1; }
}

counter()
{
	telemetry /burstline/handlers ".[] | select(.name == \"lldp\") | .counters.$1"
}

now_ms()
{
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

chmod 755 "$WORK" # lldpd's sender has a user of its own
make_veth_host a bla 192.0.2.9/24
make_veth_host b blb 192.0.2.10/24
make_veth_host c blc
make_veth_host d bld
start_burstline <<END_OF_FILE
ports:
  - {name: a, device: "net_af_packet0,iface=bla"}
  - {name: b, device: "net_af_packet1,iface=blb"}
  - {name: c, device: "net_af_packet2,iface=blc"}
  - {name: d, device: "net_af_packet3,iface=bld"}
wires:
  - [c, d]
bridges:
  - {name: br0, vlan-aware: true, members: [{port: b, mode: trunk, vlans: [10]}]}
handlers:
  - {name: lldp}
END_OF_FILE
[ "$(rows)" = "[]" ] || fail "there are neighbours without lldpd: $(rows)"
spawn heard d "$BLFRAME" listen eth0 --ethertype 0x88cc --count 1 --json
heard=$spawned
start_lldpd a
start_lldpd b "configure lldp agent-type nearest-customer-bridge"
start_lldpd c

await shows a ".destination == \"nearest_bridge\" and
	.chassis_kind == 4 and .chassis == \"$(host_mac 1)\" and
	.port_id_kind == 3 and .port_id == \"$(host_mac 1)\" and
	.ttl == $TTL and .ttl_left <= $TTL and
	.system_name == \"a.example\" and .port_description == \"eth0\" and
	(.capabilities | test(\"(^| )station( |$)\")) and
	(.enabled | test(\"(^| )station( |$)\")) and
	.management_address == \"192.0.2.9\" and .organization_tlvs > 0"
echo "ok: a neighbour on a plain port, with what lldpd says of itself"

await shows b '.destination == "nearest_customer_bridge" and .system_name == "b.example" and
	.management_address == "192.0.2.10"'
echo "ok: a neighbour on a trunk that takes no untagged frames, of the nearest customer bridge"

wait "$heard" || fail "nothing of host c passed the wire: $(cat "$WORK/heard")"
[[ "$(cat "$WORK/heard")" = *'"dst":"01:80:c2:00:00:0e","src":"'"$(host_mac 3)"* ]] ||
	fail "passed the wire: $(cat "$WORK/heard")"
shows_none c && shows_none d
echo "ok: a wire passes LLDP on and shows no neighbour"

inserts=$(counter inserts)
cli a configure system hostname 'other "name" \ü'
await shows a '.system_name == "other \\x22name\\x22 \\x5c\\xc3\\xbc"'
[ "$(counter inserts)" = "$inserts" ] || fail "a new name made a new neighbour"
[ "$(counter changes)" -ge 1 ] || fail "no change was counted"
echo "ok: another name replaces the first"

SHORT=4
cli a configure lldp tx-hold $SHORT
await shows a ".ttl == $SHORT"
ageouts=$(counter ageouts) # a machine that stalls so long loses a neighbour that lives
began=$(now_ms)
left=$(rows '.[] | select(.port == "a") | .ttl_left')
kill -KILL "${lldpd_child[a]}"
await -t $((SHORT + 5)) shows_none a
took=$(($(now_ms) - began))
[ $took -ge $((left * 1000)) ] || fail "gone after $took ms, when $left s were left"
[ "$(counter ageouts) $(counter shutdowns)" = "$((ageouts + 1)) 0" ] ||
	fail "$(counter ageouts) ageouts, $(counter shutdowns) shutdowns"
echo "ok: killed, it ages out: $took ms, when $left to $((left + 1)) s were left and a TTL is $SHORT s"

kill -TERM "${lldpd[b]}"
await shows_none b
[ "$(counter ageouts) $(counter shutdowns)" = "$((ageouts + 1)) 1" ] ||
	fail "$(counter ageouts) ageouts, $(counter shutdowns) shutdowns"
echo "ok: stopped, it goes at once, with a TTL of $TTL s"

faults=$(counter 'frames_in_errors, .counters.frames_discarded, .counters.too_many_neighbours' |
	paste -sd ' ')
[ "$faults" = "0 0 0" ] || fail "faults in lldpd's frames: $faults"
stop_burstline
