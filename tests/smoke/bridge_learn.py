#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Cases of bridge_learn_test.sh, which has the picture: br0 of a, b, c, d; br1 of e, f, g; br2 of
h, i; br3 of j, k, l, m. Each name begins with its id in the conformance checklist.

    bridge_learn.py INSTANCE
"""

import subprocess
import sys
import time
import zlib

from bridge_rig import BROADCAST, REFERENCE, Rig, arp_request, frame, mac, stag, tag

LAN = bytes.fromhex("02000000ee01")  # of the interface on br0
GROUP = bytes.fromhex("01005e010203")
A, B, C, D, X, Y = (mac(n) for n in range(1, 7))


def fcs(f):
    return zlib.crc32(f).to_bytes(4, "little")


def reserved(n):
    return bytes.fromhex("0180c20000") + bytes((n,))


def flood(rig):
    """Nobody is known; D shall be, for the cases after this."""
    for name, dst in (("unknown unicast", X), ("broadcast", BROADCAST), ("multicast", GROUP)):
        f = frame(dst, A)
        rig.case(f"B1 {name}: to all but the ingress", "a", [f], {"b": [f], "c": [f], "d": [f]})
    f = frame(BROADCAST, D)
    rig.case("B1 broadcast from another member", "d", [f], {p: [f] for p in "abc"})


def learn(rig):
    f = frame(A, B)
    rig.case("B2 reply to a learned source: to its port only", "b", [f], {"a": [f]})
    f = frame(B, A)
    rig.case("B2 and back", "a", [f], {"b": [f]})
    f = frame(X, C)
    rig.case("B2 (C is heard at c)", "c", [f], {p: [f] for p in "abd"})
    f = frame(C, A)
    rig.case("B2 from the next frame on", "a", [f], {"c": [f]})


def one_burst(rig):
    """A burst is learned before it is looked up, however mixed."""
    f, g = frame(mac(21), mac(20)), frame(mac(20), mac(21))
    rig.case(
        "B2 both ends in one burst of one member",
        "a",
        [f, g],
        {},
        {"bridge_same_port": 2},
        reference=False,
    )
    frames = [
        frame(dst, A) for _ in range(16) for dst in (B, C, X, BROADCAST, mac(20), reserved(2))
    ]
    came = {
        p: [f for f in frames if f[:6] in (BROADCAST, own)]
        for p, own in (("b", B), ("c", C), ("d", D))
    }
    rig.case(
        "B1 B2 B4 B7 96 frames to six destinations, mixed",
        "a",
        frames,
        came,
        {"bridge_same_port": 32, "bridge_reserved": 16},
        reference=False,
    )
    frames = [frame(B, A) for _ in range(100)]
    rig.case("B2 100 frames of one flow", "a", frames, {"b": frames})
    frames = [frame(B, mac(0x300 + n)) for n in range(100)]
    rig.case("B2 100 new sources to one station", "c", frames, {"b": frames})
    frames = [frame(mac(0x300 + n), B) for n in range(100)]
    rig.case("B2 and back: all were learned", "b", frames, {"c": frames})


def move(rig):
    before = 0 if REFERENCE else rig.member("br0", "c")["moved"]
    f = frame(B, A)
    rig.case("B3 the source moves from a to c", "c", [f], {"b": [f]})
    f = frame(A, B)
    rig.case("B3 it is found there at once", "b", [f], {"c": [f]})
    rig.check("B3 the move is counted", lambda: rig.member("br0", "c")["moved"] == before + 1)
    f = frame(B, A)
    rig.case("B3 and back to a", "a", [f], {"b": [f]})


def same_port(rig):
    f = frame(B, X)
    rig.case("B4 (X is behind a)", "a", [f], {"b": [f]})
    rig.case(
        "B4 destination behind the ingress: no hairpin",
        "a",
        [frame(X, A), frame(A, X)],
        {},
        {"bridge_same_port": 2},
    )


def bad_source(rig):
    for name, src in (("broadcast", BROADCAST), ("multicast", GROUP), ("zero", bytes(6))):
        rig.case(
            f"B6 {name} as the source: dropped",
            "a",
            [frame(B, src), frame(BROADCAST, src)],
            {},
            {"bridge_source": 2},
            reference=False,
        )
    f = frame(bytes(6), A)
    rig.case(
        "B6 zero was not learned: to zero floods",
        "a",
        [f],
        {p: [f] for p in "bcd"},
        reference=False,
    )


def reserved_addresses(rig):
    for n in range(16):
        rig.case(
            f"B7 01-80-C2-00-00-{n:02X}: not forwarded",
            "a",
            [
                frame(reserved(n), A),
                frame(reserved(n), A, tag(5)),
                frame(reserved(n), A, ethertype=0x0026),
            ],
            {},
            {"bridge_reserved": 3},
        )
    for kind, n, ethertype in (
        ("PAUSE", 1, 0x8808),
        ("LACP", 2, 0x8809),
        ("EAPOL", 3, 0x888E),
        ("LLDP", 14, 0x88CC),
    ):
        rig.case(
            f"B7 {kind}",
            "b",
            [frame(reserved(n), B, ethertype=ethertype)],
            {},
            {"bridge_reserved": 1},
        )
    for n in (0x10, 0x21):
        f = frame(reserved(n), A)
        rig.case(f"B8 01-80-C2-00-00-{n:02X}: forwarded", "a", [f], {p: [f] for p in "bcd"})
    f = frame(bytes.fromhex("0180c2010000"), A)
    rig.case("B8 01-80-C2-01-00-00: forwarded", "a", [f], {p: [f] for p in "bcd"})


def tags_pass(rig):
    """Not VLAN-aware: tags are octets like others, and there is one table."""
    for tags in (
        [tag(0)],
        [tag(10, 5, 1)],
        [tag(4095)],
        [stag(10)],
        [stag(7, 3, 1), tag(10)],
        [tag(5, tpid=0x9100)],
        [stag(1), tag(2), tag(3), stag(4), tag(5)],
    ):
        f, g = frame(B, A, *tags), frame(BROADCAST, A, *tags)
        rig.case(
            f"E tags pass untouched: {b''.join(tags).hex()}",
            "a",
            [f, g],
            {"b": [f, g], "c": [g], "d": [g]},
            reference=False,
        )
    f = frame(B, A)[:14]
    rig.case("E 14 octets pass", "a", [f], {"b": [f]}, reference=False)


def own(rig):
    def answer(port, f):
        return port == "a" and f[:6] == A and f[6:14] == LAN + b"\x08\x06" and f[20:22] == b"\0\2"

    ask = arp_request(A, "192.0.2.2", "192.0.2.1")
    rig.listen("an interface on the bridge answers ARP", "a", [ask], answer, reference=False)
    rig.forget()
    rig.case(
        "B21 its own address as the source: dropped",
        "b",
        [frame(A, LAN), frame(BROADCAST, LAN)],
        {},
        {"bridge_own": 2},
        reference=False,
    )
    f = arp_request(B, "192.0.2.3", "192.0.2.9")
    rig.case(
        "ARP for another host floods as it is",
        "b",
        [f],
        {p: [f] for p in "acd"},
        {"arp_not_ours": 1},
        reference=False,
    )


def lengths(rig):
    room = 1000 + 22  # MTU, addresses, EtherType and two tags
    for size, fits in ((room, True), (room + 1, False), (1514, False)):
        f = frame(BROADCAST, A, size=size)
        rig.case(
            f"B23 {size} octets, flooded to a member with MTU 1000 as well",
            "a",
            [f],
            {p: [f] for p in ("bcd" if fits else "bc")},
            {} if fits else {"tx_too_long": 1},
            reference=False,
        )
        f = frame(D, A, size=size)
        rig.case(
            f"B23 {size} octets to that member alone",
            "a",
            [f],
            {"d": [f]} if fits else {},
            {} if fits else {"tx_too_long": 1},
            reference=False,
        )
    f = frame(B, A, stag(5), tag(6), size=1514)
    rig.case("B23 two tags above the MTU", "a", [f], {"b": [f]}, reference=False)


def shared(rig):
    """Floods to members that share the octets, and to one that gets its own."""
    frames = [frame(BROADCAST, A, size=9014) for _ in range(100)]
    rig.case(
        "B23 B24 100 floods of 9014 octets",
        "j",
        frames,
        {"k": frames},
        {"tx_too_long": 200},
        reference=False,
    )
    for size in (64, 1514):
        frames = [frame(BROADCAST, A, size=size) for _ in range(100)]
        expected = {"k": frames, "l": frames, "m": [f + fcs(f) for f in frames]}
        rig.case(
            f"B24 100 floods of {size} octets, one member with an FCS",
            "j",
            frames,
            expected,
            reference=False,
        )
    f = frame(BROADCAST, B)
    rig.case(
        "B24 from the member with an FCS",
        "m",
        [f + fcs(f)],
        {p: [f] for p in "jkl"},
        reference=False,
    )
    f = frame(B, A)
    rig.case("B2 to the member with an FCS", "j", [f], {"m": [f + fcs(f)]}, reference=False)
    rig.check(
        "B24 references and copies are counted",
        lambda: rig.member("br3", "j")["copies"] == rig.member("br3", "j")["references"] == 300,
    )


def storm(rig):
    """k may send 50 a second of each kind, fewer at once; each kind by itself."""
    for kind, dst in (("broadcast", BROADCAST), ("multicast", GROUP), ("unknown unicast", X)):
        frames, start = [frame(dst, C) for _ in range(100)], time.monotonic()
        with rig.one_burst():
            rig.send("k", frames)
        rig.settle()
        seconds = time.monotonic() - start
        now = rig.dropped()
        n = 100 - now.get(("k", "bridge_storm"), 0) + rig.drops.get(("k", "bridge_storm"), 0)
        came = rig.drain({"j": n, "l": n})
        limit = 50 * (1 + seconds)  # a machine that stalls gives time for more
        rig.check(f"B21 storm control, {kind}: {n} of 100 pass", 20 <= n <= limit, seconds)
        rig.check(
            "B21 the first of them, everywhere",
            all(
                came.get(p) == [f for f in frames if f in came.get("j", [])]
                and came[p][:20] == frames[:20]
                for p in "jl"
            ),
        )
        rig.check(
            "B21 the others are counted",
            rig.drop_faults("k", {"bridge_storm": 100 - len(came.get("j", []))}) == [],
        )
    frames = [frame(A, C) for _ in range(100)]
    rig.case("B21 known unicast is no storm", "k", frames, {"j": frames})


def rate(rig):
    """br3 learns 4 addresses a second from a member, and 4 at once."""
    names, start = [mac(0x500 + n) for n in range(40)], time.monotonic()
    frames = [frame(BROADCAST, name) for name in names]
    expected = {"j": frames, "k": frames, "m": [f + fcs(f) for f in frames]}
    rig.case("B2 40 new sources in one burst", "l", frames, expected, reference=False)
    seconds = time.monotonic() - start
    learned = [name for _, name in rig.table("br3") if name in names]
    rig.check(
        f"B2 the first of them are learned: {len(learned)}",
        4 <= len(learned) <= 4 * (1 + seconds) and set(names[:4]) <= set(learned),
    )
    refused = rig.member("br3", "l")["over_rate"]
    rig.check(f"B2 the others are counted: {refused}", refused == 40 - len(learned))
    f = frame(names[-1], names[0])
    came = {"j": [f], "k": [f], "m": [f + fcs(f)]}
    rig.case("B2 what was above the rate floods", "l", [f], came, reference=False)
    f = frame(names[0], names[0])
    rig.case("B4 what was below it does not", "l", [f], {}, {"bridge_same_port": 1}, reference=False)


def limits(rig):
    static = bytes.fromhex("020000005000")
    for n in range(6):  # e may learn 4
        f = frame(BROADCAST, mac(0x100 + n))
        rig.case(f"B16 (source {n} of e)", "e", [f], {"f": [f], "g": [f]}, reference=False)
    for n in range(6):
        f = frame(mac(0x100 + n), mac(0x200))
        expected = {"e": [f]} if n < 4 else {"e": [f], "g": [f]}
        if n < 4:
            rig.case(f"B16 source {n} of e was learned", "f", [f], expected, reference=False)
        else:
            rig.case(
                f"B16 source {n} of e is over the limit: floods",
                "f",
                [f],
                {"e": [f]},
                reference=False,
            )
    rig.check(
        "B16 two were refused for the limit", lambda: rig.member("br1", "e")["over_limit"] == 2
    )
    # f and g are isolated from each other.
    f = frame(mac(0x200), mac(0x102))
    rig.case("B17 (sticky 0x200 is behind f)", "e", [f], {"f": [f]}, reference=False)
    f = frame(BROADCAST, mac(0x200))
    rig.case(
        "B17 a sticky address seen on e stays where it is",
        "e",
        [f],
        {"f": [f], "g": [f]},
        reference=False,
    )
    f = frame(mac(0x200), mac(0x102))
    rig.case("B17 it is still behind f", "e", [f], {"f": [f]}, reference=False)
    f = frame(static, mac(0x102))
    rig.case("B17 a static address is known from the start", "e", [f], {"g": [f]}, reference=False)
    f = frame(BROADCAST, static)
    rig.case("B17 seen on e", "e", [f], {"f": [f], "g": [f]}, reference=False)
    f = frame(static, mac(0x102))
    rig.case("B17 it stays behind g", "e", [f], {"g": [f]}, reference=False)
    rig.check("B17 both are counted as held", lambda: rig.member("br1", "e")["held"] == 2)
    f = frame(static, mac(0x201))
    rig.case(
        "B22 isolated members do not reach each other: unicast",
        "f",
        [f],
        {},
        {"bridge_nobody": 1},
        reference=False,
    )
    f = frame(BROADCAST, mac(0x201))
    rig.case("B22 and broadcast reaches the others only", "f", [f], {"e": [f]}, reference=False)


def full(rig):
    """br2 has room for 64 and may take a little more."""
    names = [mac(0x1000 + n) for n in range(400)]
    frames = [frame(BROADCAST, name) for name in names]
    rig.case("B15 400 sources at a table for 64", "h", frames, {"i": frames}, reference=False)
    table = rig.table("br2")
    inside = [n for n in names if (None, n) in table]
    outside = [n for n in names if (None, n) not in table]
    known = len(inside)
    rig.check(f"B15 the table stays bounded: {known} entries", 64 <= known <= 128)
    refused = rig.member("br2", "h")["table_full"]
    rig.check(f"B15 the others are counted: {refused}", refused == 400 - known)
    frames = [frame(n, mac(0x1000)) for n in inside]
    rig.case(
        "B15 old entries stay: known behind h", "h", frames, {}, {"bridge_same_port": len(frames)}
    )
    frames = [frame(n, mac(0x1000)) for n in outside]
    rig.case("B15 what was not learned floods", "h", frames, {"i": frames})
    rig.case(
        "B15 (an entry's owner is heard again)",
        "i",
        [f := frame(inside[0], mac(0x3000))],
        {"h": [f]},
    )


def member_down(rig):
    """b goes away: what was behind it is unknown again, what was elsewhere is not."""
    f = frame(C, B)
    rig.case("B18 (B is behind b)", "b", [f], {"c": [f]}, reference=False)
    f = frame(A, C)
    rig.case("B18 (C is behind c)", "c", [f], {"a": [f]}, reference=False)
    rig.sockets.pop("b").close()
    subprocess.run(["ip", "link", "delete", "bl1"], check=True)
    rig.lost("bl1")
    rig.until(lambda: "b" not in rig.table("br0").values(), "no entry of b is left")
    f = frame(B, A)
    rig.case(
        "B18 a frame to what was behind b floods, and not to b", "a", [f], {"c": [f], "d": [f]}
    )
    f = frame(BROADCAST, A)
    rig.case("B18 nor does a broadcast go there", "a", [f], {"c": [f], "d": [f]})
    f = frame(C, A)
    rig.case("B19 entries of other members stay", "a", [f], {"c": [f]})
    f = frame(A, B)
    rig.case("B18 B appears behind c", "c", [f], {"a": [f]})
    f = frame(B, A)
    rig.case("B18 and is found there", "a", [f], {"c": [f]})


def main():
    ports = {port: f"bl{n}" for n, port in enumerate("abcdefghi")}
    rig = Rig(sys.argv[1], {**ports, "j": "blj-host", "k": "blk-host", "l": "bl9", "m": "bl10"})
    cases = [
        flood,
        learn,
        move,
        same_port,
        one_burst,
        bad_source,
        reserved_addresses,
        tags_pass,
        own,
        lengths,
        shared,
        limits,
    ]
    for case in cases if REFERENCE else cases + [storm, rate, full, member_down]:
        case(rig)
    rig.end()


main()
