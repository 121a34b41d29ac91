#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A paced flow through two interfaces of this namespace, counted frame by frame.

    paced.py FROM TO [--rate PPS] [--watch PID]    until SIGTERM; then what arrived, as JSON:
                                     sent, lost, rate (frames a second that were sent), windows,
                                     worst (the least share of a half-second window's frames that
                                     arrived), worst_at; `before`, the worst of the windows until
                                     SIGUSR1; `held`, the windows that are not judged

Frames have EtherType 0x88b5 and a number. What the sender could not send (its own queue was full,
or it was not scheduled) was not sent, so a busy machine does not look like a lost frame. A tap
holds 1000 frames: at 10000 a second, whoever forwards may stand for a tenth of one, not for two.
Where a thread of PID, who forwards, wanted to run and was kept from it for so long by somebody else
(or the machine's host took its CPUs), the loss is not PID's: the window is not judged.
"""

import argparse
import json
import os
import select
import signal
import socket
import struct
import sys
import time

WINDOW = 0.5
TYPE = 0x88B5
BURST = 64
HELD = 0.08  # seconds in two windows: less than what a tap holds


def open_interface(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
    s.bind((name, TYPE))
    s.setblocking(False)
    return s


class Watched:
    """For how long somebody else kept a process from running."""

    def __init__(self, pid):
        self.pid, self.times = pid, {}
        self.sample()

    def threads(self):
        """{thread: (seconds that it ran, that it waited for a CPU)}, and what the host took."""
        times = {}
        for thread in os.listdir(f"/proc/{self.pid}/task") if os.path.exists(f"/proc/{self.pid}/task") else ():
            try:
                with open(f"/proc/{self.pid}/task/{thread}/schedstat") as f:
                    ran, waited, _ = f.read().split()
                times[thread] = int(ran) / 1e9, int(waited) / 1e9
            except OSError:  # it ended
                continue
        with open("/proc/stat") as f:
            times["host"] = 0, int(f.readline().split()[8]) / os.sysconf("SC_CLK_TCK")
        return times

    def sample(self):
        """Since the last one, the thread that was worst off. What other threads of the process ran
        meanwhile is its own fault; but one that polls has a CPU to itself."""
        before, self.times = self.times, self.threads()
        grown = {t: [n - o for n, o in zip(now, before[t])] for t, now in self.times.items() if t in before}
        stolen = grown.pop("host", (0, 0))[1]
        own = sum(ran for ran, _ in grown.values() if ran < WINDOW / 2)
        return stolen + max((waited - own for _, waited in grown.values()), default=0)


class Flow:
    def __init__(self, args):
        self.watched = Watched(args.watch) if args.watch else None
        self.held = []  # by window
        self.out, self.back = open_interface(args.sender), open_interface(args.receiver)
        self.rate = args.rate
        self.sent, self.got = [], []  # by window
        self.number = 0
        self.marked = 0  # windows before SIGUSR1
        self.start = time.monotonic()

    def window(self):
        return int((time.monotonic() - self.start) / WINDOW)

    def mark(self, *_):
        self.marked = self.window() + 1

    def send(self):
        due = int((time.monotonic() - self.start) * self.rate)
        at = self.window()
        head = bytes.fromhex("0200000000be 0200000000ef") + struct.pack("!HI", TYPE, at)
        frame = head.ljust(60, b"\0")
        while len(self.sent) <= at:
            self.held.append(self.watched.sample() if self.watched and self.sent else 0)
            self.sent.append(0)
            self.got.append(0)
        for _ in range(min(due - self.number, BURST)):
            try:
                self.out.send(frame)
            except OSError:
                break
            self.sent[at] += 1
        self.number = due

    def receive(self):
        while True:
            try:
                frame, address = self.back.recvfrom(64)
            except OSError:
                return
            if address[2] != 4:  # not what this host sent there
                self.got[struct.unpack_from("!I", frame, 14)[0]] += 1

    def run(self, ended):
        while not ended:
            self.send()
            time.sleep(0.002)
            self.receive()
        self.seconds = time.monotonic() - self.start
        self.held.append(self.watched.sample() if self.watched else 0)
        end = time.monotonic() + 5
        while time.monotonic() < end and sum(self.got) < sum(self.sent):
            select.select([self.back], [], [], 0.05)
            self.receive()

    def judged(self, at):
        """held[n + 1] is what was measured in window n."""
        return sum(self.held[at : at + 3]) < HELD

    def worst(self, first, last):
        """@return (share, window) of the window that lost most; those with few frames tell little."""
        enough = self.rate * WINDOW / 10
        shares = [(g / s, at) for at, (g, s) in enumerate(zip(self.got, self.sent)) if s >= enough]
        return min((s for s in shares if first <= s[1] < last and self.judged(s[1])), default=(1, None))

    def verdict(self):
        worst, worst_at = self.worst(self.marked, len(self.sent))
        return {
            "sent": sum(self.sent),
            "lost": sum(self.sent) - sum(self.got),
            "rate": int(sum(self.sent) / self.seconds),
            "windows": len(self.sent),
            "held": sum(not self.judged(at) for at in range(len(self.sent))),
            "before": round(self.worst(0, self.marked)[0], 4),
            "worst": round(worst, 4),
            "worst_at": worst_at,
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sender")
    parser.add_argument("receiver")
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--watch", type=int)
    flow, ended = Flow(parser.parse_args()), []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.append(True))
    signal.signal(signal.SIGUSR1, flow.mark)
    flow.run(ended)
    print(json.dumps(flow.verdict()))
    return 0


sys.exit(main())
