# SPDX-License-Identifier: BSD-3-Clause
"""Cases of bridge_vlan_test.sh about tags pushed, popped and translated: its bridges br1 and br2."""

from bridge_rig import BROADCAST, REFERENCE, frame, mac, stag, tag

Q, N, X, Y = (mac(n) for n in range(8, 12))


def qinq(rig):
    f = frame(BROADCAST, Q)
    rig.case(
        "B25 qinq, untagged: S-tag 100 pushed, default priority 2",
        "q",
        [f],
        {"n": [f.retag(stag(100, 2))]},
        reference=False,
    )
    g = f.retag(tag(33, 5, 1))
    rig.case(
        "B25 qinq, C-tag: S-tag with its PCP and DEI, the C-tag untouched",
        "q",
        [g],
        {"n": [g.retag(stag(100, 5, 1))]},
        reference=False,
    )
    g = f.retag(tag(0, 4))
    rig.case(
        "B25 qinq, a customer's priority tag is data",
        "q",
        [g],
        {"n": [g.retag(stag(100, 4))]},
        reference=False,
    )
    g = f.retag(stag(200, 6), tag(5))
    rig.case(
        "B25 qinq, a customer's S-tag is data",
        "q",
        [g],
        {"n": [g.retag(stag(100, 6))]},
        reference=False,
    )
    g = f.retag(tag(4095, 1), tag(2), tag(3))
    rig.case(
        "B25 qinq, whatever the tags are", "q", [g], {"n": [g.retag(stag(100, 1))]}, reference=False
    )
    f = frame(Q, N)
    for inner in ([], [tag(33, 5, 1)], [tag(1), tag(2), tag(3)]):
        g = f.retag(*inner)
        rig.case(
            f"B25 popped at the user's side, {len(inner)} tags left",
            "n",
            [g.retag(stag(100, 7))],
            {"q": [g]},
        )
    f = frame(BROADCAST, N, tag(10))
    rig.case("B25 VLAN 200 goes to r", "n", [f.retag(stag(200))], {"r": [f]})
    rig.case(
        "B25 a C-tag does not enter by the S-trunk",
        "n",
        [f],
        {},
        {"bridge_type": 1},
        reference=False,
    )
    for n in (0x0, 0xB, 0xC, 0xD, 0xF):
        f = frame(bytes.fromhex(f"0180c200000{n:x}"), Q)
        rig.case(
            f"B7 an S-VLAN bridge forwards 01-80-C2-00-00-0{n:X}",
            "q",
            [f],
            {"n": [f.retag(stag(100, 2))]},
            reference=False,
        )
    for n in (*range(1, 0xB), 0xE):
        rig.case(
            f"B7 but not 01-80-C2-00-00-0{n:X}",
            "q",
            [frame(bytes.fromhex(f"0180c200000{n:x}"), Q)],
            {},
            {"bridge_reserved": 1},
            reference=False,
        )


def one_burst(rig):
    """Frames of one flow in one burst, each with its own priority."""
    priorities = [(n % 8, n // 8 % 2) for n in range(32)]
    frames = [frame(N, Q, tag(33, *p)) for p in priorities]
    rig.case(
        "B25 qinq, one burst: each S-tag has the PCP and DEI of its own frame",
        "q",
        frames,
        {"n": [f.retag(stag(100, *p)) for f, p in zip(frames, priorities)]},
        reference=False,
    )
    frames = [
        frame(Q, N, *inner) for n in range(8) for inner in ([], [tag(n + 1, n)], [stag(1), tag(n)])
    ]
    rig.case(
        "B25 popped, one burst of different insides",
        "n",
        [f.retag(stag(100, n % 8)) for n, f in enumerate(frames)],
        {"q": frames},
    )
    frames = [
        frame(N, Q, *inner) for n in range(8) for inner in ([], [tag(n, n)], [tag(9, 1), tag(n)])
    ]
    rig.case(
        "B25 pushed, one burst of different insides",
        "q",
        frames,
        {
            "n": [
                f.retag(stag(100, 2 if n % 3 == 0 else n // 3 if n % 3 == 1 else 1))
                for n, f in enumerate(frames)
            ]
        },
        reference=False,
    )


def translation(rig):
    """x's tags on the wire, and what y and z show of the inside."""
    table = (
        ("1-1", (tag(5, 3, 1),), (tag(50, 3, 1),)),
        ("1-2", (tag(6, 5),), (tag(60, 5), tag(61, 5))),
        ("2-1", (stag(7, 4), tag(8, 4)), (tag(70, 4),)),
        ("none", (tag(40, 2),), (tag(40, 2),)),
    )
    for name, wire, inside in table:
        f = frame(BROADCAST, X)
        rig.case(
            f"translation {name}, in",
            "x",
            [f.retag(*wire)],
            {p: [f.retag(*inside)] for p in "yz"},
            reference=False,
        )
        f = frame(X, Y)
        rig.case(
            f"translation {name}, out",
            "y",
            [f.retag(*inside)],
            {"x": [f.retag(*wire)]},
            reference=False,
        )
        f = frame(BROADCAST, Y)
        rig.case(
            f"translation {name}, flooded beside a member without",
            "y",
            [f.retag(*inside)],
            {"x": [f.retag(*wire)], "z": [f.retag(*inside)]},
            reference=False,
        )
        f = frame(BROADCAST, X, tag(7), tag(77))
        rig.case(
            f"translation {name}, in, more tags behind",
            "x",
            [f.retag(*wire)],
            {p: [f.retag(*inside)] for p in "yz"},
            reference=False,
        )
    f = frame(BROADCAST, X)
    rig.case(
        "B13 translation: tags that none names",
        "x",
        [f.retag(tag(7)), f.retag(stag(7), tag(9)), f.retag(stag(5))],
        {},
        {"bridge_vlan": 1, "bridge_type": 2},
        reference=False,
    )
    f, g = frame(BROADCAST, Y), frame(X, Y)
    rig.case(
        "translation: a flood that x cannot express",
        "y",
        [f.retag(tag(60), tag(62)), f.retag(tag(60))],
        {"z": [f.retag(tag(60), tag(62)), f.retag(tag(60))]},
        reference=False,
    )
    rig.case(
        "translation: to x what it cannot express",
        "y",
        [g.retag(tag(60), tag(62)), g.retag(tag(60))],
        {},
        {"bridge_translate": 2},
        reference=False,
    )


def vlan_limit(rig):
    """br2 may learn 6 addresses in each VLAN."""
    if REFERENCE:
        return
    for n in range(8):
        f = frame(BROADCAST, mac(0x80 + n), tag(70))
        rig.send("y", [f])
    rig.settle()
    rig.drain()
    known = sorted(a[4:].hex() for (vlan, a) in rig.table("br2") if vlan == 70)
    rig.check("B16 6 addresses in VLAN 70", len(known) == 6, known)
    rig.check("B16 the others are counted", lambda: rig.member("br2", "y")["over_limit"] == 4)
    f = frame(mac(0x87), mac(0x80), tag(70))
    rig.case(
        "B16 what was not learned floods",
        "y",
        [f],
        {"x": [f[:12] + stag(7) + tag(8) + f[16:]], "z": [f]},
    )
    f = frame(mac(0x81), mac(0x80), tag(70))
    rig.case("B16 what was learned does not", "y", [f], {}, {"bridge_same_port": 1})
