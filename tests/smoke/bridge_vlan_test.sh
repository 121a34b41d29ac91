#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# VLAN-aware bridges, tag by tag: access, trunk and qinq members, acceptable frame types, priority
# tags, PCP and DEI, translation, isolation, an interface in a VLAN. Conformance B1, B2, B9 to B14,
# B16, B24, B25. The cases are in bridge_vlan.py.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/bridge.sh"

start_bridges <<'END_OF_FILE'
memory: {hugepages: never}
ports:
  - {name: a, device: "net_tap0,iface=bl0"}
  - {name: b, device: "net_tap1,iface=bl1"}
  - {name: c, device: "net_tap2,iface=bl2"}
  - {name: t, device: "net_tap3,iface=bl3"}
  - {name: u, device: "net_tap4,iface=bl4"}
  - {name: v, device: "net_tap5,iface=bl5"}
  - {name: w, device: "net_tap6,iface=bl6"}
  - {name: q, device: "net_tap7,iface=bl7"}
  - {name: r, device: "net_tap8,iface=bl8"}
  - {name: n, device: "net_tap9,iface=bl9"}
  - {name: x, device: "net_tap10,iface=bl10"}
  - {name: y, device: "net_tap11,iface=bl11"}
  - {name: z, device: "net_tap12,iface=bl12"}
bridges:
  - name: br0                           # C-tags
    vlan-aware: true
    members:
      - {port: a, mode: access, vlan: 10}
      - {port: b, mode: access, vlan: 10, pcp: 3}
      - {port: c, mode: access, vlan: 20}
      - {port: t, mode: trunk, vlans: [10, 20, 30], native: 30}
      - {port: u, mode: trunk, vlans: [10, 20], accept: tagged, pcp-map: [1, 0, 3, 2, 5, 4, 7, 6]}
      - {port: v, mode: trunk, vlans: [10], native: 30, accept: untagged}
      - {port: w, mode: access, vlan: 30, filter: false}
  - name: br1                           # S-tags
    vlan-aware: true
    tpid: 0x88a8
    members:
      - {port: q, mode: qinq, vlan: 100, pcp: 2}
      - {port: r, mode: qinq, vlan: 200}
      - {port: n, mode: trunk, vlans: [100, 200]}
  - name: br2                           # translation
    vlan-aware: true
    vlan-limit: 6
    members:
      - port: x
        mode: trunk
        vlans: [40]
        translate:
          - {wire: [{vid: 5}], inside: [{vid: 50}]}
          - {wire: [{vid: 6}], inside: [{vid: 60}, {vid: 61}]}
          - {wire: [{tpid: 0x88a8, vid: 7}, {vid: 8}], inside: [{vid: 70}]}
      - {port: y, mode: trunk, vlans: [40, 50, 60, 70]}
      - {port: z, mode: trunk, vlans: [40, 50, 60, 70]}
interfaces:
  - {name: lan10, bridge: br0, tags: [{vid: 10}], mac: "02:00:00:00:ee:10", addresses: [192.0.2.1/24]}
END_OF_FILE
run_cases bridge_vlan.py
stop_bridges
