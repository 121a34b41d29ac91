# SPDX-License-Identifier: BSD-3-Clause
"""This side of the NICs: packet sockets on the taps, and frames to send through them."""

import collections
import select
import socket
import struct
import subprocess
import time

ETH_P_ALL, SOL_PACKET, PACKET_IGNORE_OUTGOING, PACKET_AUXDATA = 3, 263, 23, 8
VLAN_VALID, TPID_VALID = 0x10, 0x40


def ip(*args):
    subprocess.run(["ip", *args], check=True)


class Taps:
    def __init__(self, names):
        self.sockets = {}
        for name in names:
            ip("link", "set", name, "up", "mtu", "9100")
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            s.bind((name, 0))
            s.setblocking(False)
            self.sockets[name] = s

    def send(self, name, frames):
        for frame in frames:
            while True:
                try:
                    self.sockets[name].send(frame)
                    break
                except (BlockingIOError, OSError):
                    time.sleep(0.001)

    def _read(self, name):
        """A frame as it was on the wire: the kernel keeps an outer tag beside it."""
        data, ancillary, _, _ = self.sockets[name].recvmsg(65536, 64)
        for level, kind, content in ancillary:
            if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
                status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", content[:20])
                if status & VLAN_VALID:
                    tpid = tpid if status & TPID_VALID else 0x8100
                    data = data[:12] + struct.pack("!HH", tpid, tci) + data[12:]
        return data

    def receive(self, name, n, limit=10):
        """Up to `n` frames, as many as come within `limit` seconds."""
        frames, deadline = [], time.monotonic() + limit
        while len(frames) < n:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.sockets[name]], [], [], left)[0]:
                break
            frames.append(self._read(name))
        return frames

    def empty(self):
        for name, s in self.sockets.items():
            while select.select([s], [], [], 0)[0]:
                s.recv(65536)


def announced(taps, name, address, limit):
    """When a gratuitous ARP of this address came, by this side's clock; None: it did not."""
    wanted = socket.inet_aton(address)
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        for frame in taps.receive(name, 1, 0.5):
            if frame[12:14] == b"\x08\x06" and frame[28:32] == frame[38:42] == wanted:
                return time.monotonic()
    return None


def udp(flow, length=60, tags=b"", payload=b""):
    """A UDP frame of a flow: its source address and port tell one flow from another."""
    data = payload or bytes((flow + i) & 255 for i in range(length - 42 - len(tags)))
    header = struct.pack("!HHHH", 1024 + flow, 5000, 8 + len(data), 0)
    address = struct.pack("!BBBBBBBB", 10, 0, flow >> 8, flow & 255, 10, 1, 0, 1)
    start = struct.pack("!BBHHHBBH", 0x45, 0, 28 + len(data), flow, 0, 64, 17, 0)
    total = sum(struct.unpack("!10H", start + address))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    start = start[:10] + struct.pack("!H", 0xFFFF - total)
    ends = bytes.fromhex("020000000b01") + bytes((2, 0, 0, 0, 0x0A, flow & 255))
    return ends + tags + b"\x08\x00" + start + address + header + data


def tag(vid, tpid=0x8100, pcp=0, dei=0):
    return struct.pack("!HH", tpid, pcp << 13 | dei << 12 | vid)


def same(sent, received):
    """The same frames, in any order?"""
    return collections.Counter(sent) == collections.Counter(received)
