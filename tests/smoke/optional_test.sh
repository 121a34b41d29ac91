#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A device that is missing at the start: refused in a sentence, or, where the port is `optional`, the
# others start and the port is taken up when its device is there, with the number and the address
# that it was given. Conformance L23, L4.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/gone.sh"

configure_burstline <<'END_OF_FILE'
ports:
  - {name: n, device: "0000:7f:1f.7", optional: true}
  - {name: v, device: "net_af_packet0,iface=blv", optional: true, mac: "02:00:00:00:00:07"}
  - {name: a, device: "net_tap0,iface=bl0"}
interfaces:
  - {name: v, port: v, addresses: [198.51.100.1/24]}
  - {name: a, port: a, addresses: [192.0.2.1/24]}
END_OF_FILE
sed '/name: v, device/s/, optional: true//' "$WORK/burstline.yaml" >"$WORK/required.yaml"
status=0
in_ns dut "$BURSTLINE" -c "$WORK/required.yaml" 2>"$WORK/refused" || status=$?
[ $status = 1 ] && grep -q 'interface blv does not exist here' "$WORK/refused" ||
	fail "status $status: $(cat "$WORK/refused")"

launch_burstline -c "$WORK/burstline.yaml"
make_tap_host a bl0 192.0.2.2/24
await in_ns a ping -q -c 1 -W 1 192.0.2.1
port_is v "gone down" && port_is n "gone down" || fail "$(telemetry /burstline/ports)"
said 1 "port v: waits for its device" || fail "it does not say that it waits"
before=$(mbufs_in_use)
make_veth_host v blv 198.51.100.2/24
await -t 5 port_is v "started up"
await in_ns v ping -q -c 1 -W 1 198.51.100.1
ip -n "$ID-v" neighbour show 198.51.100.1 | grep -q 02:00:00:00:00:07 ||
	fail "not the address that was asked for"
await in_ns a ping -q -c 1 -W 1 192.0.2.1
ip -n "$ID-dut" link delete blv
await -t 1 port_is v "gone down"
await same_in_use
stop_burstline
