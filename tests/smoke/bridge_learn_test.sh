#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Bridges without VLANs: learning, moves, flooding, reserved and own addresses, limits, a full
# table, lengths, a member that goes away. Conformance B1 to B4, B6 to B8, B15 to B19, B21, B23, B24.
# The cases are in bridge_learn.py.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/bridge.sh"

# Longer frames than a tap takes: each veth's other end is the test's.
for name in blj blk; do
	ip link add name $name netns "$ID-dut" type veth peer name ${name}-host netns "$ID-dut"
	ip -n "$ID-dut" link set $name arp off mtu 9000 up
	ip -n "$ID-dut" link set ${name}-host arp off mtu 9000 up
done
start_bridges <<'END_OF_FILE'
memory: {hugepages: never}
ports:
  - {name: a, device: "net_tap0,iface=bl0"}
  - {name: b, device: "net_tap1,iface=bl1"}
  - {name: c, device: "net_tap2,iface=bl2"}
  - {name: d, device: "net_tap3,iface=bl3", mtu: 1000}
  - {name: e, device: "net_tap4,iface=bl4"}
  - {name: f, device: "net_tap5,iface=bl5"}
  - {name: g, device: "net_tap6,iface=bl6"}
  - {name: h, device: "net_tap7,iface=bl7"}
  - {name: i, device: "net_tap8,iface=bl8"}
  - {name: j, device: "net_af_packet0,iface=blj", mtu: 9000}
  - {name: k, device: "net_af_packet1,iface=blk", mtu: 9000}
  - {name: l, device: "net_tap9,iface=bl9"}
  - {name: m, device: "net_tap10,iface=bl10", fcs: true}
bridges:
  - name: br0
    members: [{port: a}, {port: b}, {port: c}, {port: d}]
  - name: br1                             # what its members may learn, and who talks to whom
    static: [{mac: "02:00:00:00:50:00", port: g}]
    members: [{port: e, limit: 4}, {port: f, sticky: true, isolated: true}, {port: g, isolated: true}]
  - {name: br2, fdb: 64, members: [{port: h}, {port: i}]}
  - name: br3
    learn-rate: 4
    members:
      - {port: j}
      - {port: k, storm: {broadcast: 50, multicast: 50, unknown: 50}}
      - {port: l}
      - {port: m}                         # its frames carry an FCS: it takes no shared octets
interfaces:
  - {name: lan, bridge: br0, mac: "02:00:00:00:ee:01", addresses: [192.0.2.1/24]}
END_OF_FILE
run_cases bridge_learn.py
stop_bridges
