#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Some hundred ARP frames, each with its verdict, answer octets and what it teaches; untagged, behind
# a C-tag, and behind S- and C-tag. Conformance A1 to A30 as named in arp_verdicts.py, A41.

. "$(dirname "$0")/lib.sh"

start_burstline <<'END_OF_FILE'
ports:
  - {name: a, device: "net_tap0,iface=bl0", mac: "02:00:00:00:00:0a"}
interfaces:
  - {name: plain, port: a, addresses: [10.77.0.1/16]}
  - {name: c, port: a, tags: [{vid: 100}], addresses: [10.77.0.1/16]}
  - {name: sc, port: a, tags: [{tpid: 0x88a8, vid: 200}, {vid: 300}], addresses: [10.77.0.1/16]}
neighbours:
  - {interface: plain, address: 10.77.0.66, mac: "02:00:00:00:00:aa"}
  - {interface: c, address: 10.77.0.66, mac: "02:00:00:00:00:aa"}
  - {interface: sc, address: 10.77.0.66, mac: "02:00:00:00:00:aa"}
handlers:
  - {name: arp, rate: 0}
END_OF_FILE
make_tap_host a bl0
in_ns a sysctl -qw net.ipv4.conf.bl0.arp_ignore=8 # the kernel there has no part in this
await frames a bl0 arp --from 10.77.250.2 10.77.0.1 # a link that has just come up may lose frames
PYTHONDONTWRITEBYTECODE=1 in_ns a "$SMOKE/arp_verdicts.py" bl0 "$INSTANCE" 02:00:00:00:00:0a
stop_burstline
