#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Numbered frames to a handler that sends them back, counted one by one.

    handler_load.py IFACE --mac MAC [--type TYPE | --payload HEX] [--rate PPS] [--window N]
                    [--flows N] [--count N] [--answers N] [--patience S] [--back IFACE]
                                                      until N frames or SIGTERM; then, as JSON:
        sent, answered, lost, disorder (frames that overtook one of their flow), twice,
        versions ({octet 20: frames}), gap_ms (the longest time without an answer while some were
        owed)

It ends when N answers came (of all it sent), or nothing for S seconds.
A flow is a source address. With --payload the frame has a length field and begins so behind it
(LLC). At most --window frames are under way, so no queue of the kernel's drops one. --back: they
come out at another interface of this namespace, as they went in.
"""

import argparse
import json
import random
import select
import signal
import socket
import struct
import sys
import time

OUTGOING = 4
ETH_P_ALL = 3
AT = 24  # of magic, flow and number
MAGIC = random.getrandbits(32)  # others may run beside us


def open_interface(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
    s.bind((name, ETH_P_ALL))
    s.setblocking(False)
    return s


class Load:
    def __init__(self, args):
        self.args = args
        self.socket = open_interface(args.iface)
        self.back = open_interface(args.back) if args.back else self.socket
        self.sent = self.answered = self.disorder = self.twice = 0
        self.last = [0] * args.flows
        self.seen = set()
        self.versions = {}
        self.gap, self.heard = 0.0, None
        self.forgiven = 0
        self.heads = []
        payload = bytes.fromhex(args.payload or "")
        for flow in range(args.flows):
            kind = len(payload) + 40 if payload else args.type
            head = bytes.fromhex(args.mac.replace(":", "")) + bytes([2, 0, 0, 0, 0x66, flow])
            head += struct.pack("!H", kind) + payload
            self.heads.append(head.ljust(AT, b"\0"))

    def send(self):
        number = self.sent + 1
        flow = number % self.args.flows
        frame = self.heads[flow] + struct.pack("!III", MAGIC, flow, number)
        try:
            self.socket.send(frame.ljust(64, b"\0"))
        except OSError:
            return False
        if self.sent - self.forgiven == self.answered:
            self.heard = time.monotonic()  # nothing was owed
        self.sent = number
        return True

    def receive(self):
        while True:
            try:
                frame, address = self.back.recvfrom(2048)
            except OSError:
                return
            if address[2] == OUTGOING or len(frame) < AT + 12:
                continue
            magic, flow, number = struct.unpack_from("!III", frame, AT)
            if magic != MAGIC or flow >= len(self.last):
                continue
            now = time.monotonic()
            self.gap = max(self.gap, now - self.heard)
            self.heard = now
            self.twice += number in self.seen
            self.seen.add(number)
            self.answered += 1
            self.disorder += number < self.last[flow]
            self.last[flow] = max(self.last[flow], number)
            self.versions[frame[20]] = self.versions.get(frame[20], 0) + 1

    def owed(self):
        return self.sent - self.forgiven - self.answered

    def run(self, ended):
        start = time.monotonic()
        while not ended and (self.args.count == 0 or self.sent < self.args.count):
            due = int((time.monotonic() - start) * self.args.rate) if self.args.rate else 1 << 62
            for _ in range(32):
                if self.sent >= due or self.owed() >= self.args.window:
                    break
                if self.args.count and self.sent >= self.args.count:
                    break
                if not self.send():
                    break
            select.select([self.back], [], [], 0.001)
            self.receive()
            # What was lost must not close the window for good.
            if self.owed() > 0 and time.monotonic() - self.heard > self.args.patience:
                self.forgiven += self.owed()
        enough = self.args.answers or self.sent
        end = time.monotonic() + (10 if self.args.answers else self.args.patience)
        while time.monotonic() < end and self.answered < enough:
            select.select([self.back], [], [], 0.05)
            self.receive()

    def verdict(self):
        return {
            "sent": self.sent,
            "answered": self.answered,
            "lost": self.sent - len(self.seen),
            "disorder": self.disorder,
            "twice": self.twice,
            "versions": self.versions,
            "gap_ms": round(self.gap * 1000, 1),
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("iface")
    parser.add_argument("--mac", required=True)
    parser.add_argument("--type", type=lambda text: int(text, 0), default=0x88B5)
    parser.add_argument("--payload")
    parser.add_argument("--rate", type=int, default=0)
    parser.add_argument("--window", type=int, default=64)
    parser.add_argument("--flows", type=int, default=4)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--answers", type=int, default=0)
    parser.add_argument("--patience", type=float, default=10)
    parser.add_argument("--back")
    load, ended = Load(parser.parse_args()), []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.append(True))
    load.run(ended)
    print(json.dumps(load.verdict()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
