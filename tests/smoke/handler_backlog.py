#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Frames to the handler x, which answers none while a file is there; the ring before it fills up.

    handler_backlog.py replaced IFACE INSTANCE HOLD MAC PID N
        N frames are made to wait, the instance PID reads its configuration again, and frames go on
        until 100 did not fit the new ring and are counted as `replaced`; then HOLD is removed.
    handler_backlog.py pass IFACE INSTANCE HOLD MAC OTHER_IFACE OTHER_MAC
        The ring of 64 is filled from IFACE; what it does not take leaves by OTHER_IFACE.

Every frame has a number. Prints what came of them as JSON; status 1 when one is not where it
should be.
"""

import json
import os
import signal
import struct
import sys
import time
from types import SimpleNamespace

from handler_load import MAGIC, Load
from telemetry import ask, objects

PATIENCE = 20 * float(os.environ.get("TIME_SCALE", 1))
ROOM = 63 - 64 // 8  # of a ring of 64, without the places of PCP 6 and 7


class Backlog(Load):
    def __init__(self, iface, instance, mac):
        super().__init__(
            SimpleNamespace(
                iface=iface, flows=1, type=0x88B5, payload=None, mac=mac, back=None
            )
        )
        self.instance = instance
        self.heard = time.monotonic()

    def telemetry(self, command):
        return objects(ask(self.instance, command)[command])

    def handler(self):
        return next(h for h in self.telemetry("/burstline/handlers") if h["name"] == "x")

    def received(self):
        return next(p["rx"] for p in self.telemetry("/burstline/ports") if p["name"] == "a")

    def drops(self, reason):
        return sum(
            d["frames"] for d in self.telemetry("/burstline/drops") if d["reason"] == reason
        )

    def send_all(self, n):
        for _ in range(n):
            while not self.send():
                time.sleep(0.001)

    def send_tagged(self, tci, n):
        """Frames behind a priority tag, of flow 0; their numbers are above all others."""
        head = self.heads[0][:12] + struct.pack("!HH", 0x8100, tci) + self.heads[0][12:]
        for i in range(n):
            frame = head + struct.pack("!III", MAGIC, 0, (1 << 20) + i)
            self.socket.send(frame.ljust(64, b"\0"))

    def wait(self, what, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                sys.exit(f"still not after {PATIENCE:.0f} s: {what}: {self.state()}")
            time.sleep(0.02)
            self.receive()

    def state(self):
        return f"{self.verdict()} {self.handler()} {self.telemetry('/burstline/drops')}"

    def check(self, what, condition):
        if not condition:
            sys.exit(f"{what}: {self.state()}")


def replaced(iface, instance, hold, mac, pid, n):
    b = Backlog(iface, instance, mac)
    before, counted = b.drops("replaced"), b.handler()["drops"]["replaced"]
    seen, arrived = b.handler()["frames"], b.received()
    b.send_all(int(n))
    b.wait("all wait", lambda: b.handler()["ring_depth"] + b.handler()["frames"] - seen >= int(n))
    os.kill(int(pid), signal.SIGHUP)
    # The first of these may still find the old ring.
    while b.drops("replaced") - before < 100:
        b.check("too many", b.sent < int(n) + 5000)
        b.send_all(10)  # the change may take seconds; the old ring must not be full before
        time.sleep(0.01)
    b.wait("all arrived", lambda: b.received() - arrived >= b.sent)
    waiting = b.handler()
    os.unlink(hold)
    b.wait("all had a verdict", lambda: b.answered + b.drops("replaced") - before == b.sent)
    gone = b.drops("replaced") - before
    b.check("lost and replaced differ", b.sent - len(b.seen) == gone)
    b.check("not the latest did not fit", b.seen == set(range(1, b.sent - gone + 1)))
    b.check("order, or twice", b.disorder == 0 and b.twice == 0)
    # The change is through when its rings are gone and counted with the handler.
    b.wait("counted", lambda: b.handler()["drops"]["replaced"] - counted == gone)
    b.check("the handler's own count", b.handler()["frames"] - seen == b.answered)
    if waiting["place"] != "inline":
        b.check("the new ring was not full", waiting["ring_depth"] == ROOM)
    print(json.dumps({"sent": b.sent, "answered": b.answered, "replaced": gone}))


def passed(iface, instance, hold, mac, other_iface, other_mac):
    a, b = Backlog(iface, instance, mac), Backlog(other_iface, instance, other_mac)
    seen = a.handler()["frames"]
    a.send_all(1)
    a.wait("the handler has one", lambda: a.handler()["frames"] - seen == 1)
    a.send_all(ROOM + 145)
    a.wait("145 pass", lambda: b.receive() or b.answered >= 145)
    at_end = lambda: a.handler()["drops"]  # noqa: E731
    # Passed on as they are, in order; the others wait.
    a.check("what passed", b.seen == set(range(ROOM + 2, ROOM + 147)) and b.disorder == 0)
    a.check("passed frames were changed", list(b.versions) == [0])
    a.check("`passed`", a.handler()["passed"] == 145 and a.handler()["ring_depth"] == ROOM)
    a.check("answered too early", a.answered == 0)
    # Not back to where they came from.
    b.send_all(10)
    a.wait("10 dropped", lambda: at_end()["handler_ring"] == 10)
    # Drop eligible ones have no second way, the most urgent ones places of their own.
    a.send_tagged(0x1000, 5)
    a.wait("5 dropped for DEI", lambda: at_end()["handler_dei"] == 5)
    a.send_tagged(0xE000, 10)
    a.wait("2 of PCP 7 pass", lambda: b.receive() or b.answered == 147)
    a.check("PCP 7", a.handler()["ring_depth"] == 63 and a.handler()["passed"] == 147)
    os.unlink(hold)
    a.wait("answers", lambda: a.answered == 1 + ROOM + 8)
    urgent = set(range(1 << 20, (1 << 20) + 8))
    a.check("what was answered", a.seen == set(range(1, ROOM + 2)) | urgent and a.disorder == 0)
    a.check("twice", a.twice == 0 and b.twice == 0)
    print(json.dumps({"answered": a.answered, "passed": b.answered, "drops": at_end()}))


{"replaced": replaced, "pass": passed}[sys.argv[1]](*sys.argv[2:])
