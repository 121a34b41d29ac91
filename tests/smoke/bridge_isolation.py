#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Cases of bridge_isolation_test.sh: br0 of a and b, VLAN-aware, every VLAN; br1 of c and d, not
VLAN-aware; s has an interface, o has nothing.

    bridge_isolation.py INSTANCE
"""

import sys

from bridge_rig import BROADCAST, REFERENCE, Rig, arp_request, frame, mac, tag

VIDS = (None, 0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4000, 4094)
GROUPS = (
    "ffffffffffff",  # broadcast
    "01005e000001",  # IPv4 groups
    "01005e7ffffa",
    "333300000001",  # an IPv6 group
    "01000ccccccc",  # of one manufacturer: CDP
    "01000ccccccd",  # PVST
    "01000c000000",  # ISL
    "011b19000000",  # PTP
    "0180c2000010",  # bridges' management
    "0180c2000021",  # MVRP
)
CISCO = GROUPS[4:7]  # Open vSwitch keeps these
LAN0, LAN1, OF_S = (bytes.fromhex(f"02000000ee0{n}") for n in (1, 2, 3))
A, B, C, D, S, O = (mac(n) for n in range(1, 7))
STATIONS = {"a": A, "b": B, "c": C, "d": D, "s": S, "o": O}
OTHER = {"a": "b", "b": "a", "c": "d", "d": "c"}


def learn(rig):
    """Everybody is known in VLAN 1 of br0 or in br1."""
    for port, src in STATIONS.items():
        f = frame(BROADCAST, src)
        expected = {OTHER[port]: [f]} if port in OTHER else {}
        rig.case(f"B22 broadcast of {port} stays in its bridge", port, [f], expected, drops=rig.ANY)


def every_vlan(rig):
    """From each port to the groups and to everybody: only the other member of the bridge hears."""
    for vid in VIDS:
        tags = [] if vid is None else [tag(vid)]
        for port, src in STATIONS.items():
            if REFERENCE and vid == 0:
                continue
            beyond = [m for p, m in STATIONS.items() if p not in (port, OTHER.get(port))]
            dsts = [bytes.fromhex(g) for g in GROUPS if not (REFERENCE and g in CISCO)] + beyond
            frames = [frame(dst, src, *tags) for dst in dsts]
            # br0's own VLAN 1 leaves it untagged.
            came = [f[:12] + f[16:] for f in frames] if port in "ab" and vid in (0, 1) else frames
            expected = {OTHER[port]: came} if port in OTHER else {}
            name = "untagged" if vid is None else f"VID {vid}"
            rig.case(
                f"B22 {name}, {len(frames)} destinations, from {port}",
                port,
                frames,
                expected,
                drops=rig.ANY,
            )


def interfaces(rig):
    """An address answers where its interface is, and nowhere else."""
    of = {
        "192.0.2.1": ("a", LAN0, [tag(10)]),
        "198.51.100.1": ("c", LAN1, []),
        "203.0.113.1": ("s", OF_S, []),
    }
    for target, (home, own, tags) in of.items():
        sender = target[:-1] + "9"
        rig.listen(
            f"B22 {target} answers at {home}",
            home,
            [arp_request(STATIONS[home], sender, target, *tags)],
            lambda p, f, home=home, own=own: p == home and f[:12] == STATIONS[home] + own,
            reference=False,
        )
        rig.forget()
        for port in STATIONS:
            if OTHER.get(port) == home or port == home:
                continue
            for sent in ([], [tag(10)]):
                f = arp_request(STATIONS[port], sender, target, *sent)
                expected = {OTHER[port]: [f]} if port in OTHER else {}
                rig.case(
                    f"B22 {target} does not answer at {port}, {len(sent)} tags",
                    port,
                    [f],
                    expected,
                    drops=rig.ANY,
                    reference=False,
                )
                f = frame(own, STATIONS[port], *sent)
                expected = {OTHER[port]: [f]} if port in OTHER else {}
                rig.case(
                    f"B22 nor is its MAC known there, {len(sent)} tags",
                    port,
                    [f],
                    expected,
                    drops=rig.ANY,
                    reference=False,
                )


def announcements(rig):
    """Each interface announces its address when it starts and once more."""
    home = {LAN0: "ab", LAN1: "cd", OF_S: "s"}
    rig.until(lambda: rig.drain() or {m for _, m in rig.announced} >= set(home), "announcements")
    leaked = [(p, m.hex(":")) for p, m in rig.announced if p not in home[m]]
    rig.check("B22 interfaces announce themselves to their own only", not leaked, leaked)


def main():
    rig = Rig(sys.argv[1], {port: f"bl{n}" for n, port in enumerate(STATIONS)})
    for case in (learn, every_vlan, interfaces, announcements):
        case(rig)
    rig.end()


main()
