#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Two bridges and two ports of their own: nothing leaks between them, whatever the VLAN and the
# destination (the list of Linux's no_forwarding.sh). Conformance B22. The cases are in
# bridge_isolation.py.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/bridge.sh"

start_bridges <<'END_OF_FILE'
memory: {hugepages: never}
ports:
  - {name: a, device: "net_tap0,iface=bl0"}
  - {name: b, device: "net_tap1,iface=bl1"}
  - {name: c, device: "net_tap2,iface=bl2"}
  - {name: d, device: "net_tap3,iface=bl3"}
  - {name: s, device: "net_tap4,iface=bl4", mac: "02:00:00:00:ee:03"}
  - {name: o, device: "net_tap5,iface=bl5"}
bridges:
  - name: br0
    vlan-aware: true
    members:
      - {port: a, mode: trunk, vlans: ["1-4094"], native: 1}
      - {port: b, mode: trunk, vlans: ["1-4094"], native: 1}
  - {name: br1, members: [{port: c}, {port: d}]}
interfaces:
  - {name: lan0, bridge: br0, tags: [{vid: 10}], mac: "02:00:00:00:ee:01", addresses: [192.0.2.1/24]}
  - {name: lan1, bridge: br1, mac: "02:00:00:00:ee:02", addresses: [198.51.100.1/24]}
  - {name: s, port: s, addresses: [203.0.113.1/24]}
END_OF_FILE
run_cases bridge_isolation.py
stop_bridges
