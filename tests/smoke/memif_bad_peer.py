#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A memif client that means no good, for net_memif's server at SOCKET (id 0).

    memif_bad_peer.py SOCKET CASE

It connects as the protocol asks (a region of shared memory, a ring each way), sends one good frame,
does what CASE says and stays connected for half a second. Layout and messages: memif.h of DPDK.

    memif_bad_peer.py SOCKET gone

connects and closes at once, a hundred times: the server's greeting finds nobody. SOCKET @NAME is
an abstract one.
"""

import mmap
import os
import random
import socket
import struct
import sys
import time

HELLO, INIT, ADD_REGION, ADD_RING, CONNECT = 2, 3, 4, 5, 6
COOKIE, LOG2, SLOTS, BUFFER = 0x3E31F20, 6, 64, 2048
RING = 128 + SLOTS * 16  # three cache lines, the third is where descriptors begin
SIZE = 2 * RING + 2 * SLOTS * BUFFER
FRAME = bytes.fromhex("0200000000be0200000000ef88b5") + bytes(46)


def address(path):
    return path.replace("@", "\0", 1) if path.startswith("@") else path


def gone(path):
    for _ in range(100):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.connect(address(path))


class Peer:
    def __init__(self, path, ring_offset=0, ring_log2=LOG2, region_size=SIZE):
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.s.connect(address(path))
        self.s.settimeout(30)
        self.memory = os.memfd_create("memif", os.MFD_ALLOW_SEALING)
        os.ftruncate(self.memory, SIZE)
        self.map = mmap.mmap(self.memory, SIZE)
        for ring in range(2):
            struct.pack_into("=IHH", self.map, ring * RING, COOKIE, 1, 0)
            for slot in range(SLOTS):
                self.descriptor(ring, slot, offset=self.buffer(ring, slot))
        self.receive()  # hello
        self.send(INIT, struct.pack("=HIB24s32s", 0x0200, 0, 0, b"", b"bad"))
        self.receive()
        self.send(ADD_REGION, struct.pack("=HQ", 0, region_size), self.memory)
        self.receive()
        for flags, at in ((1, ring_offset), (0, RING)):
            event = os.eventfd(0)
            self.send(ADD_RING, struct.pack("=HHHIBH", flags, 0, 0, at, ring_log2, 0), event)
            self.receive()
        self.send(CONNECT, struct.pack("=32s", b"bad"))
        self.receive()

    def send(self, kind, body, fd=None):
        message = (struct.pack("=H", kind) + body).ljust(128, b"\0")
        socket.send_fds(self.s, [message], [fd] if fd is not None else [])

    def receive(self):
        message = self.s.recv(128)
        if len(message) < 2 or struct.unpack_from("=H", message)[0] == 8:
            sys.exit(f"refused: {message[6:].rstrip(bytes(1)).decode(errors='replace')}")

    @staticmethod
    def buffer(ring, slot):
        return 2 * RING + (ring * SLOTS + slot) * BUFFER

    def descriptor(self, ring, slot, flags=0, region=0, length=BUFFER, offset=0):
        at = ring * RING + 128 + 16 * slot
        struct.pack_into("=HHIII", self.map, at, flags, region, length, offset, 0)

    def head(self, value=None):
        """Of the ring to the server; the descriptors before it are its to read."""
        if value is not None:
            struct.pack_into("=H", self.map, 6, value & 0xFFFF)
        return struct.unpack_from("=H", self.map, 6)[0]

    def read(self):
        """Until the server has taken what is before the head: half a minute at most."""
        end = time.monotonic() + 30
        while struct.unpack_from("=H", self.map, 64)[0] != self.head() and time.monotonic() < end:
            time.sleep(0.01)

    def good(self, n=1):
        for _ in range(n):
            slot = self.head() % SLOTS
            at = self.buffer(0, slot)
            self.map[at : at + len(FRAME)] = FRAME
            self.descriptor(0, slot, length=len(FRAME), offset=at)
            self.head(self.head() + 1)

    def bad(self, **fields):
        self.descriptor(0, self.head() % SLOTS, **fields)
        self.head(self.head() + 1)


def noise(peer):
    """Everything but what names memory: flags, lengths inside the buffer, heads and tails."""
    for _ in range(2000):
        slot = random.randrange(SLOTS)
        peer.descriptor(
            random.randrange(2),
            slot,
            flags=random.choice((0, 0, 1, 0xFFFE)),
            length=random.randrange(BUFFER),
            offset=peer.buffer(0, slot),
        )
        struct.pack_into("=H", peer.map, random.choice((6, 64, RING + 6, RING + 64)), random.randrange(65536))
        time.sleep(0.0002)


CASES = {
    "good": lambda p: p.good(100),
    "length-zero": lambda p: p.bad(length=0, offset=p.buffer(0, 0)),
    "length-short": lambda p: p.bad(length=5, offset=p.buffer(0, 0)),
    "chain-without-end": lambda p: [p.bad(flags=1, length=9, offset=p.buffer(0, 0)) for _ in range(SLOTS)],
    "head-jumps": lambda p: p.head(p.head() + 40000),
    "cookie": lambda p: struct.pack_into("=I", p.map, 0, 0xDEADBEEF),
    "flags": lambda p: struct.pack_into("=H", p.map, 4, 0xFFFF),
    "noise": noise,
    "region": lambda p: p.bad(region=200, length=64),
    "region-huge": lambda p: p.bad(region=65535, length=64),
    "offset": lambda p: p.bad(offset=0xFFFFF000, length=64),
    "length": lambda p: p.bad(offset=SIZE - 64, length=0x7FFFFFF),
    "truncated": lambda p: (os.ftruncate(p.memory, 0), p.s.recv(1)),
}


def main():
    path, case = sys.argv[1:]
    if case == "gone":
        gone(path)
        return
    options = {
        "ring-offset": {"ring_offset": 0x7FFFF000},
        "ring-size": {"ring_log2": 31},
        "region-size": {"region_size": 1 << 45},
    }
    peer = Peer(path, **options.get(case, {}))
    peer.good()
    peer.read()
    CASES.get(case, lambda p: None)(peer)
    time.sleep(0.5)


main()
