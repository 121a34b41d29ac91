#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A paced flow through two interfaces of this namespace, counted frame by frame.

    paced.py FROM TO [--rate PPS]    until SIGTERM; then what arrived, as JSON:
                                     sent, lost, windows, worst (the least share of a half-second
                                     window's frames that arrived), worst_at

Frames have EtherType 0x88b5 and a number. What the sender could not send (its own queue was full,
or it was not scheduled) was not sent, so a busy machine does not look like a lost frame.
"""

import argparse
import json
import select
import signal
import socket
import struct
import sys
import time

WINDOW = 0.5
TYPE = 0x88B5


def open_interface(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
    s.bind((name, TYPE))
    s.setblocking(False)
    return s


class Flow:
    def __init__(self, args):
        self.out, self.back = open_interface(args.sender), open_interface(args.receiver)
        self.rate = args.rate
        self.sent, self.got = [], []  # by window
        self.number = 0
        self.start = time.monotonic()

    def window(self):
        return int((time.monotonic() - self.start) / WINDOW)

    def send(self):
        due = int((time.monotonic() - self.start) * self.rate)
        for _ in range(min(due - self.number, 32)):
            at = self.window()
            head = bytes.fromhex("0200000000be 0200000000ef") + struct.pack("!HI", TYPE, at)
            try:
                self.out.send(head.ljust(60, b"\0"))
            except OSError:
                break
            while len(self.sent) <= at:
                self.sent.append(0)
                self.got.append(0)
            self.sent[at] += 1
        self.number = due

    def receive(self):
        while True:
            try:
                frame, address = self.back.recvfrom(2048)
            except OSError:
                return
            if address[2] != 4:  # not what this host sent there
                self.got[struct.unpack_from("!I", frame, 14)[0]] += 1

    def run(self, ended):
        while not ended:
            self.send()
            select.select([self.back], [], [], 0.002)
            self.receive()
        end = time.monotonic() + 1
        while time.monotonic() < end and sum(self.got) < sum(self.sent):
            select.select([self.back], [], [], 0.05)
            self.receive()

    def verdict(self):
        shares = [g / s for g, s in zip(self.got, self.sent) if s >= 20]
        return {
            "sent": sum(self.sent),
            "lost": sum(self.sent) - sum(self.got),
            "windows": len(shares),
            "worst": round(min(shares, default=0), 4),
            "worst_at": shares.index(min(shares)) if shares else None,
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sender")
    parser.add_argument("receiver")
    parser.add_argument("--rate", type=int, default=1000)
    flow, ended = Flow(parser.parse_args()), []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.append(True))
    flow.run(ended)
    print(json.dumps(flow.verdict()))
    return 0


sys.exit(main())
