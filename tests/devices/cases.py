# SPDX-License-Identifier: BSD-3-Clause
"""The frames of the truth table, and what became of one: octet by octet.

Lengths are octets without FCS. A frame is told from the others by its source address, so that it
is found again when its tags or its length changed. Used by table.py and rigs.py; no I/O.
"""

import struct

C, S = 0x8100, 0x88A8
TARGET = bytes.fromhex("0200000000ee")
NAMES = {12: "outer TPID", 14: "outer TCI", 16: "second TPID", 18: "second TCI"}


class Case:
    def __init__(self, name, length, tags=(), mtu=1500, raised=False):
        self.name, self.length, self.tags, self.mtu = name, length, tags, mtu
        self.raised = raised  # the interface's MTU was raised behind Burstline's back
        self.frame = b""

    def number(self, n):
        self.source = bytes.fromhex("0200000000") + bytes([n])
        head = TARGET + self.source
        for tpid, tci in self.tags:
            head += struct.pack("!HH", tpid, tci)
        head += b"\x88\xb5"
        # No zeros: padding and what was left in a buffer are seen.
        room = max(self.length - len(head), 0)
        self.frame = (head + bytes(1 + i % 255 for i in range(room)))[: self.length]


def tagged(name, *tags, length=100):
    return Case(name, length, tags)


def full(mtu):
    name = f"MTU {mtu}"
    return [
        Case(f"{name}: full, {mtu + 14}", mtu + 14, mtu=mtu),
        Case(f"{name}: full, 0x8100, {mtu + 18}", mtu + 18, ((C, 100),), mtu),
        Case(f"{name}: full, 0x88a8, {mtu + 18}", mtu + 18, ((S, 100),), mtu),
        Case(f"{name}: full, 0x88a8 + 0x8100, {mtu + 22}", mtu + 22, ((S, 100), (C, 10)), mtu),
    ]


CASES = [
    Case("untagged, 60", 60),
    tagged("VID 0", (C, 3 << 13)),
    tagged("PCP 7, DEI 1", (C, 0xF000 | 100)),
    tagged("0x8100", (C, 100)),
    tagged("0x88a8", (S, 100)),
    tagged("0x88a8 + 0x8100", (S, 100), (C, 10)),
    tagged("0x8100 + 0x8100", (C, 100), (C, 10)),
    tagged("three tags: 0x88a8 + 0x8100 + 0x8100", (S, 100), (C, 10), (C, 11)),
    Case("runt, 20", 20),
    Case("runt, 59", 59),
    *full(1500),
    Case("MTU 1500: jumbo, 9014", 9014),
    Case("MTU 1500, the interface's raised: jumbo, 9014", 9014, raised=True),
    *full(9000),
]
for _n, _case in enumerate(CASES):
    _case.number(_n + 1)

SAME = "same"


def changes(sent, got):
    """Each stretch of octets that differs: its place, what it was, what it is."""
    found, at = [], 0
    while at < len(sent):
        if sent[at] == got[at]:
            at += 1
            continue
        first = at - at % 2 if at < 26 else at  # tags are shown in halves
        end = first + 2 if at < 26 else at + 1
        while at >= 26 and end < len(sent) and sent[end] != got[end]:
            end += 1
        place = NAMES.get(first, f"octets {first} to {end - 1}")
        was, now = (f[first:end].hex() if end - first <= 8 else "..." for f in (sent, got))
        found.append(f"{place} {was} -> {now}")
        at = end
    return "changed: " + ", ".join(found)


def verdict(sent, got):
    """What became of a frame that arrived.

    >>> f = CASES[5].frame
    >>> verdict(f, f)
    'same'
    >>> verdict(f, f[:12] + bytes.fromhex("8100") + f[14:])
    'changed: outer TPID 88a8 -> 8100'
    >>> verdict(f, f[:14] + bytes.fromhex("0065") + f[16:50] + b"!" + f[51:])
    'changed: outer TCI 0064 -> 0065, octets 50 to 50 1d -> 21'
    >>> verdict(f, f[:12] + f[16:])
    'changed: outer tag taken out'
    >>> verdict(f, f[:60]), verdict(f, f[:50] + b"!")
    ('cut: at 60 octets', 'changed: 51 other octets')
    >>> verdict(f, f + bytes(4)), verdict(f, f + b"left")
    ('padded: with zeros, to 104', 'padded: with other octets than zeros, to 104')
    """
    if got == sent:
        return SAME
    if len(got) == len(sent):
        return changes(sent, got)
    if len(got) < len(sent):
        if got == sent[: len(got)]:
            return f"cut: at {len(got)} octets"
        if got == sent[:12] + sent[16:]:
            return "changed: outer tag taken out"
        return f"changed: {len(got)} other octets"
    if got[: len(sent)] == sent:
        rest = "zeros" if not any(got[len(sent) :]) else "other octets than zeros"
        return f"padded: with {rest}, to {len(got)}"
    return f"changed: {len(got)} other octets"
