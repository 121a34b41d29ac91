#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A memif client waits for its server, starts when it comes, survives its death, and connects again;
# other ports never notice. Conformance L5.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/memif.sh"

port_is()
{
	[ "$(telemetry /burstline/ports '.[] | select(.name == "m") | .state + " " + .link')" = "$1" ]
}

other_port_works()
{
	in_ns a ping -c 3 -i 0.02 -W 20 192.0.2.1 >"$WORK/ping" ||
		fail "the other port, $*: $(cat "$WORK/ping")"
}

start_burstline <<END_OF_FILE
memory: {hugepages: never}
ports:
  - name: m
    device: "net_memif0,role=client,id=0,socket=$SOCKET,socket-abstract=no"
    reflect: true
  - {name: a, device: "net_tap0,iface=bl0"}
interfaces:
  - {name: a, port: a, addresses: [192.0.2.1/24]}
END_OF_FILE
grep -q 'port m: waits for its peer' "$WORK/stderr" || fail "it does not say that it waits"
make_tap_host a bl0 192.0.2.2/24
await in_ns a ping -c 1 -W 1 192.0.2.1
port_is "waiting down" || fail "$(telemetry /burstline/ports)"

for death in KILL KILL TERM; do
	start_flowgen server
	await -t 20 flowing
	await port_is "started up"
	other_port_works "while the peer sends"
	end_flowgen $death
	await port_is "waiting down"
	other_port_works "after the peer's end by SIG$death"
done
[ "$(grep -c 'port m: link down' "$WORK/stderr")" = 3 ] || fail "a death was not named once"
stop_burstline
[ "$(ledger a dropped)" = 0 ] || fail "the other port dropped frames"
