#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Host a on a tap and host b on a veth (net_af_packet), joined by a wire, are neighbours.

. "$(dirname "$0")/lib.sh"

# transfer FROM TO ADDRESS: 16 MiB by TCP, octet for octet.
transfer()
{
	local receiver
	spawn received "$2" timeout 50 nc.openbsd -l 5001
	receiver=$spawned
	await listens "$2"
	in_ns "$1" timeout 50 nc.openbsd -N "$3" 5001 <"$WORK/sent"
	wait "$receiver" || fail "$2 did not receive to the end"
	cmp "$WORK/sent" "$WORK/received" || fail "$2 received other octets than $1 sent"
}

listens()
{
	in_ns "$1" ss -Hltn 'sport = :5001' | grep -q LISTEN
}

make_veth_host b blb 192.0.2.2/24
start_burstline <<'END_OF_FILE'
ports:
  - {name: a, device: "net_tap0,iface=bl0"}
  - {name: b, device: "net_af_packet0,iface=blb"}
wires:
  - [a, b]
END_OF_FILE
make_tap_host a bl0 192.0.2.1/24
await in_ns a ping -c 1 -W 1 192.0.2.2

in_ns a arping -f -c 5 -I bl0 192.0.2.2
in_ns b arping -f -c 5 -I eth0 192.0.2.1
all_answered a 50 -i 0.01 192.0.2.2
all_answered b 50 -i 0.01 -s 1472 -M "do" 192.0.2.1
head -c 16M /dev/urandom >"$WORK/sent"
transfer a b 192.0.2.2
transfer b a 192.0.2.1

stop_burstline
for port in a b; do
	[ "$(ledger $port rx)" = "$(ledger $port sent)" ] ||
		fail "port $port: $(ledger $port dropped) frames were dropped on a quiet wire"
done
