#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Cases of bridge_vlan_test.sh, which has the members and their rules;
bridge_tags.py has those of br1 and br2. Each name begins with its
id in the conformance checklist.

    bridge_vlan.py INSTANCE
"""

import sys

from bridge_rig import BROADCAST, Rig, arp_request, frame, mac, stag, tag
from bridge_tags import one_burst, qinq, translation, vlan_limit

LAN10 = bytes.fromhex("02000000ee10")
GROUP = bytes.fromhex("01005e010203")
LLDP, PAE, NEAREST = (bytes.fromhex("0180c20000" + n) for n in ("0e", "03", "0f"))
A, B, C, T, U, V, W = (mac(n) for n in range(1, 8))


def access(rig):
    f = frame(BROADCAST, A)
    rig.case(
        "B10 access, untagged: PVID 10; untagged out of access, tagged out of trunks",
        "a",
        [f],
        {"b": [f], "t": [f.retag(tag(10))], "u": [f.retag(tag(10))], "v": [f.retag(tag(10))]},
    )
    f = frame(mac(99), A)
    rig.case(
        "B1 unknown unicast: to the members of the VLAN",
        "a",
        [f],
        {"b": [f], "t": [f.retag(tag(10))], "u": [f.retag(tag(10))], "v": [f.retag(tag(10))]},
    )
    f = frame(GROUP, C)
    rig.case(
        "B1 multicast in VLAN 20", "c", [f], {"t": [f.retag(tag(20))], "u": [f.retag(tag(20))]}
    )
    f = frame(A, B)
    rig.case("B10 (the default priority of b is 3)", "b", [f], {"a": [f]})
    f = frame(BROADCAST, B)
    rig.case(
        "B10 the priority of untagged frames of b is 3",
        "b",
        [f],
        {"a": [f], **{p: [f.retag(tag(10, 3))] for p in "tuv"}},
        reference=False,
    )
    f = frame(BROADCAST, A)
    rig.case(
        "B10 VID 0, PCP 6: PVID 10, the priority is kept",
        "a",
        [f.retag(tag(0, 6))],
        {"b": [f], **{p: [f.retag(tag(10, 6))] for p in "tuv"}},
    )
    rig.case(
        "B10 VID 0, DEI: kept",
        "a",
        [f.retag(tag(0, 1, 1))],
        {"b": [f], **{p: [f.retag(tag(10, 1, 1))] for p in "tuv"}},
        reference=False,
    )
    rig.case(
        "B9 access, tagged with its own VID",
        "a",
        [f.retag(tag(10, 5))],
        {"b": [f], **{p: [f.retag(tag(10, 5))] for p in "tuv"}},
        reference=False,
    )
    rig.case(
        "B9 access, tagged with another VID: dropped",
        "a",
        [f.retag(tag(20)), f.retag(tag(11))],
        {},
        {"bridge_vlan": 2},
    )
    f = frame(BROADCAST, A, stag(20), tag(20))
    rig.case(
        "B10 another TPID outermost is as good as untagged",
        "a",
        [f],
        {"b": [f], **{p: [f.retag(tag(10))] for p in "tuv"}},
        reference=False,
    )


def trunk(rig):
    f = frame(BROADCAST, T)
    rig.case(
        "B11 trunk, tagged 20", "t", [f.retag(tag(20, 4))], {"c": [f], "u": [f.retag(tag(20, 4))]}
    )
    rig.case("B11 trunk, untagged: native VLAN 30", "t", [f], {"v": [f], "w": [f]})
    rig.case(
        "B11 trunk, priority-tagged: native VLAN 30",
        "t",
        [f.retag(tag(0, 5))],
        {"v": [f], "w": [f]},
    )
    rig.case(
        "B11 trunk, tagged with the native VID", "t", [f.retag(tag(30, 5))], {"v": [f], "w": [f]}
    )
    g = frame(BROADCAST, W)
    rig.case("B11 native VLAN: untagged out of both", "w", [g], {"t": [g], "v": [g]})
    rig.case(
        "B11 two tags: only the outer is the bridge's",
        "t",
        [f.retag(tag(20, 4), tag(10, 2))],
        {"c": [f.retag(tag(10, 2))], "u": [f.retag(tag(20, 4), tag(10, 2))]},
    )
    for inner in ([tag(1), tag(2)], [stag(9, 7, 1), tag(8), tag(5, tpid=0x9100), tag(4095)]):
        g = frame(BROADCAST, T, *inner)
        rig.case(
            f"B11 {1 + len(inner)} tags: what is inside is untouched",
            "t",
            [g.retag(tag(20))],
            {"c": [g], "u": [g.retag(tag(20))]},
            reference=False,
        )
    for vid in (4095, 11, 1, 4094):
        rig.case(f"B13 VLAN {vid}: dropped", "t", [f.retag(tag(vid))], {}, {"bridge_vlan": 1})
    rig.case(
        "B13 VLAN 4095 at an access member",
        "a",
        [frame(BROADCAST, A, tag(4095))],
        {},
        {"bridge_vlan": 1},
    )
    rig.case(
        "B13 a frame that ends inside its tag", "t", [f[:12] + tag(20)[:3]], {}, {"short_vlan": 1}
    )


def accept(rig):
    f = frame(BROADCAST, U)
    rig.case(
        "B12 tagged only: untagged and priority-tagged are dropped",
        "u",
        [f, f.retag(tag(0, 3))],
        {},
        {"bridge_type": 2},
    )
    g = frame(BROADCAST, V)
    rig.case(
        "B12 untagged only: tagged is dropped",
        "v",
        [g.retag(tag(10)), g.retag(tag(30))],
        {},
        {"bridge_type": 2},
        reference=False,
    )
    rig.case(
        "B12 untagged only: untagged and priority-tagged pass",
        "v",
        [g, g.retag(tag(0, 2))],
        {"t": [g, g], "w": [g, g]},
    )
    rig.case(
        "B12 tagged only: tagged passes, PCP 2 mapped to 3, DEI kept",
        "u",
        [f.retag(tag(20, 2, 1))],
        {"c": [f], "t": [f.retag(tag(20, 3, 1))]},
        reference=False,
    )


def filter_off(rig):
    f = frame(
        BROADCAST,
        W,
    )
    rig.case(
        "B9 without ingress filtering a VLAN it is not in enters",
        "w",
        [f.retag(tag(20, 1))],
        {"c": [f], "t": [f.retag(tag(20, 1))], "u": [f.retag(tag(20, 1))]},
        reference=False,
    )
    f = frame(W, C)
    rig.case(
        "B9 but nothing of it leaves there", "c", [f], {}, {"bridge_nobody": 1}, reference=False
    )
    rig.case(
        "B13 4095 is dropped even so",
        "w",
        [frame(BROADCAST, W, tag(4095))],
        {},
        {"bridge_vlan": 1},
        reference=False,
    )


def independent(rig):
    """One address in two VLANs is two entries."""
    m = mac(50)
    rig.case("B14 (M in VLAN 10 behind a)", "a", [f := frame(A, m)], {}, {"bridge_same_port": 1})
    rig.case(
        "B14 (M in VLAN 20 behind c)",
        "c",
        [f := frame(BROADCAST, m)],
        {"t": [f.retag(tag(20))], "u": [f.retag(tag(20))]},
    )
    f = frame(m, T)
    rig.case("B14 M in VLAN 10", "t", [f.retag(tag(10))], {"a": [f]})
    rig.case("B14 M in VLAN 20", "t", [f.retag(tag(20))], {"c": [f]})
    rig.case("B14 M in VLAN 30 is unknown", "t", [f], {"v": [f], "w": [f]})
    rig.case("B2 known in VLAN 10, tag pushed", "a", [f := frame(T, A)], {"t": [f.retag(tag(10))]})
    rig.case(
        "B4 no hairpin between VLANs of a trunk either",
        "t",
        [frame(T, mac(51), tag(10)), frame(mac(51), T, tag(10))],
        {},
        {"bridge_same_port": 2},
    )


def known_bursts(rig):
    """Known stations in one burst, each frame with its own tag."""
    tags = [(10, n % 8, n // 8 % 2) for n in range(32)]
    frames = [frame(A, T) for _ in tags]
    sent = [f.retag(tag(*t)) for f, t in zip(frames, tags)]
    rig.case("B2 B10 one flow, one burst, 32 tags: popped", "t", sent, {"a": frames})
    frames = [frame(T, A) for _ in range(32)]
    sent = [f.retag(tag(0, n % 8)) if n % 2 else f for n, f in enumerate(frames)]
    came = [f.retag(tag(10, n % 8 if n % 2 else 0)) for n, f in enumerate(frames)]
    rig.case(
        "B2 B10 one flow, untagged and priority-tagged in turns: pushed", "a", sent, {"t": came}
    )
    m = mac(50)  # in VLAN 10 behind a, in VLAN 20 behind c
    frames = [frame(m, T) for _ in range(32)]
    sent = [f.retag(tag(20 if n % 3 else 10)) for n, f in enumerate(frames)]
    rig.case(
        "B14 one flow in two VLANs, one burst",
        "t",
        sent,
        {"a": frames[::3], "c": [f for n, f in enumerate(frames) if n % 3]},
    )


def flood_shapes(rig):
    """Members whose outside tags differ share what follows the tags."""
    for size in (64, 1514):
        frames = [frame(BROADCAST, A, size=size) for _ in range(40)]
        tagged = [f.retag(tag(10)) for f in frames]
        rig.case(
            f"B24 40 floods of {size} octets, some members with a header of their own",
            "a",
            frames,
            {"b": frames, "t": tagged, "u": tagged, "v": tagged},
        )
        frames = [frame(BROADCAST, T, tag(10), size=size) for _ in range(40)]
        bare = [f[:12] + f[16:] for f in frames]
        rig.case(
            f"B24 40 floods of {size} octets from the trunk",
            "t",
            frames,
            {"a": bare, "b": bare, "u": frames, "v": frames},
        )


def interface(rig):
    """lan10 is in VLAN 10 only."""

    def answers(port, sender, *tags):
        def match(p, f):
            return (
                p == port and f[:12] == sender + LAN10 and f[12:][: 4 * len(tags)] == b"".join(tags)
            )

        return match

    rig.listen(
        "interface in VLAN 10: ARP, untagged at access",
        "a",
        [arp_request(A, "192.0.2.2", "192.0.2.1")],
        answers("a", A, b"\x08\x06\0\1"),
        reference=False,
    )
    rig.listen(
        "interface in VLAN 10: ARP, tagged at trunk, priority kept",
        "t",
        [arp_request(T, "192.0.2.3", "192.0.2.1", tag(10, 5))],
        answers("t", T, tag(10, 5)),
        reference=False,
    )
    rig.forget()
    f = arp_request(C, "192.0.2.4", "192.0.2.1")
    rig.case(
        "B22 no ARP answer in VLAN 20",
        "c",
        [f],
        {p: [f.retag(tag(20))] for p in "tu"},
        reference=False,
    )
    f = frame(LAN10, C)
    rig.case(
        "B22 its MAC is unknown in VLAN 20",
        "c",
        [f],
        {p: [f.retag(tag(20))] for p in "tu"},
        reference=False,
    )
    rig.case(
        "B21 its MAC as a source in VLAN 10",
        "b",
        [frame(A, LAN10)],
        {},
        {"bridge_own": 1},
        reference=False,
    )
    f = frame(BROADCAST, LAN10)
    rig.case(
        "B21 but in VLAN 20 it is anybody's",
        "c",
        [f],
        {p: [f.retag(tag(20))] for p in "tu"},
        reference=False,
    )


def reserved(rig):
    for name, dst in (("LLDP", LLDP), ("EAPOL", PAE), ("..0F", NEAREST)):
        f = frame(dst, A)
        rig.case(
            f"B7 {name}: not forwarded by a C-VLAN bridge, tagged or not",
            "a",
            [f, f.retag(tag(10))],
            {},
            {"bridge_reserved": 2},
        )


def main():
    rig = Rig(sys.argv[1], {port: f"bl{n}" for n, port in enumerate("abctuvwqrnxyz")})
    for case in (
        access,
        trunk,
        accept,
        filter_off,
        independent,
        known_bursts,
        flood_shapes,
        qinq,
        one_burst,
        translation,
        vlan_limit,
        interface,
        reserved,
    ):
        case(rig)
    rig.again()
    rig.end()


main()
