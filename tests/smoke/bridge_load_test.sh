#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# limit: 90 s
# What takes time or load: ageing, order and duplicates on every set-up of queues while addresses
# move and members go away, a loop. Conformance B5, B18, B21, B26, B27. The cases are in
# bridge_load.py; while the ageing time passes, the others run.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/bridge.sh"

cpus=$(taskset -pc $$ | sed 's/.*: //')
first=${cpus%%[-,]*} last=${cpus##*[-, ]}

# A cable between two members of br3.
ip link add name la netns "$ID-dut" type veth peer name lb netns "$ID-dut"
ip -n "$ID-dut" link set la arp off up
ip -n "$ID-dut" link set lb arp off up
start_bridges <<END_OF_FILE
lcores: {control: $first, workers: [$first, $last]}
memory: {hugepages: never}
ports:
  - {name: a, device: "net_tap0,iface=bl0", rx-queues: 2, tx-queues: 2}
  - {name: b, device: "net_tap1,iface=bl1", rx-queues: 2, tx-queues: 2}
  - {name: c, device: "net_tap2,iface=bl2", rx-queues: 1, tx-queues: 1$([ "$first" = "$last" ] || echo ", workers: [$first]")}
  - {name: d, device: "net_tap3,iface=bl3", rx-queues: 1, tx-queues: 1$([ "$first" = "$last" ] || echo ", workers: [$last]")}
  - {name: e, device: "net_tap4,iface=bl4"}
  - {name: f, device: "net_tap5,iface=bl5"}
  - {name: g, device: "net_tap6,iface=bl6"}
  - {name: h, device: "net_tap7,iface=bl7"}
  - {name: i, device: "net_tap8,iface=bl8"}
  - {name: la, device: "net_af_packet0,iface=la"}
  - {name: lb, device: "net_af_packet1,iface=lb"}
bridges:
  - {name: br0, members: [{port: a}, {port: b}, {port: c}, {port: d}]}
  - {name: br2, ageing: 10, members: [{port: e}, {port: f}, {port: g}]}
  - name: br3
    members:
      - {port: h}
      - {port: i}
      - {port: la, storm: {broadcast: 200, multicast: 200, unknown: 200}}
      - {port: lb, storm: {broadcast: 200, multicast: 200, unknown: 200}}
interfaces:
  - {name: lan, bridge: br3, mac: "02:00:00:00:ee:01", addresses: [192.0.2.1/24]}
END_OF_FILE
run_cases bridge_load.py
grep 'bridge br3: .* flaps between ports' "$WORK/stderr" || fail "B21 the loop's moves are not in the log"
grep 'bridge br3: .* is ours and came in at port l[ab]' "$WORK/stderr" ||
	fail "B21 our own frames in the loop are not in the log"
"${BUILD:-$ROOT/build}/app/blctl" -n "$INSTANCE" events >"$WORK/events"
grep -q 'bridge br3: .* flaps between ports' "$WORK/events" &&
	grep -q 'bridge br3: .* is ours and came in at port' "$WORK/events" ||
	fail "B21 they are no events: $(cat "$WORK/events")"
[ "$(grep -c 'br3' "$WORK/stderr")" -lt 20 ] || fail "B21 the loop floods the log"
stop_bridges
