# SPDX-License-Identifier: BSD-3-Clause
"""What the bridge tests share: frames in at one port, exact octets out at others, nothing more.

The kernel's ends of all taps stay in the test's namespace and have no address there, so nobody
but the test sends through them. One process holds a packet socket on each:

    rig = Rig(instance, {"a": "bl0", "b": "bl1"})
    f = frame(BROADCAST, mac(1))
    rig.case("B1 broadcast", "a", [f], {"b": [f]})

A case ends when Burstline's ledger says that every frame sent so far was received and that none
is in flight: no sleeping, and "nothing arrives" means it. Every drop must be named by the case.

BRIDGE=ovs: the bridge is Open vSwitch (bridge_ovs.sh), the tests' own test; what it does not do
is not asked of it. It has no such ledger: there a case waits.
"""

import contextlib
import os
import random
import signal
import socket
import struct
import sys
import time

from telemetry import ask

SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING, ETH_P_ALL = 263, 8, 23, 3
SO_RCVBUFFORCE = 33
VLAN_VALID, TPID_VALID = 0x10, 0x40
AUXDATA = struct.Struct("IIIHHHH")  # status, len, snaplen, mac, net, vlan_tci, vlan_tpid
PATIENCE = 20 * float(os.environ.get("TIME_SCALE", 1))
REFERENCE = os.environ.get("BRIDGE", "") == "ovs"
BROADCAST = b"\xff" * 6
OURS = bytes.fromhex("02000000ee")


def mac(n):
    return bytes((2, 0, 0, 0, n >> 8 & 255, n & 255))


def tag(vid, pcp=0, dei=0, tpid=0x8100):
    return struct.pack("!HH", tpid, pcp << 13 | dei << 12 | vid)


def stag(vid, pcp=0, dei=0):
    return tag(vid, pcp, dei, 0x88A8)


class Frame(bytes):
    """A frame; tags are changed by making another one from the same ends."""

    def retag(self, *tags):
        return Frame(self[:12] + b"".join(tags) + self[12:])


serial = 0


def frame(dst, src, *tags, ethertype=0x88B5, size=64):
    """A frame that exists once: of `size` octets and its tags."""
    global serial
    serial += 1
    return Frame(plain(dst, src, serial, ethertype, size)).retag(*tags)


def plain(dst, src, number, ethertype=0x88B5, size=64):
    return (dst + src + struct.pack("!HI", ethertype, number)).ljust(size, b"\xa5")


def arp_request(src, sender, target, *tags):
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + src + socket.inet_aton(sender)
    body += bytes(6) + socket.inet_aton(target)
    return Frame(BROADCAST + src + b"\x08\x06" + body.ljust(46, b"\0")).retag(*tags)


def open_port(interface):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    s.bind((interface, ETH_P_ALL))
    s.setblocking(False)
    return s


def receive(s):
    """The next frame as it was on the wire, or None. The kernel takes the outermost tag out."""
    try:
        octets, ancillary, _, _ = s.recvmsg(65536, 256)
    except (BlockingIOError, OSError):  # nothing there, or the interface is gone
        return None
    for level, kind, data in ancillary:
        if (level, kind) != (SOL_PACKET, PACKET_AUXDATA):
            continue
        status, _, _, _, _, tci, tpid = AUXDATA.unpack(data[: AUXDATA.size])
        if status & VLAN_VALID:
            tpid = tpid if status & TPID_VALID else 0x8100
            octets = octets[:12] + struct.pack("!HH", tpid, tci) + octets[12:]
    return octets


def announces(f):
    """An ARP announcement by an interface of Burstline's, 02:00:00:00:ee:.. in all tests."""
    at = f.find(b"\x08\x06\0\1\x08\0\6\4\0\1", 12)
    return f[6:11] == OURS and at >= 0 and f[at + 16 : at + 20] == f[at + 26 : at + 30]


class Rig:
    ANY = None  # drops that a case is not about

    def __init__(self, instance, ports, unwatched=()):
        self.instance = instance
        self.sockets = {port: open_port(interface) for port, interface in ports.items()}
        self.unwatched = unwatched  # ports whose frames are not all the test's
        self.announced = set()  # (port, MAC address)
        self.flooded = {}  # by port: cases that came out alike whenever they are sent
        self.failures = self.passed = 0
        self.sent = {} if REFERENCE else {p["name"]: p["rx"] for p in self.ledger()}
        self.drops = {} if REFERENCE else self.dropped(unwatched)

    def pages(self, command):
        """All pages of a telemetry list."""
        entries = []
        while page := ask(self.instance, f"{command},{len(entries)}")[command]:
            entries += page
        return entries

    def ledger(self):
        return self.pages("/burstline/ports")

    def dropped(self, unwatched=()):
        """{(port, reason): number}"""
        ports = [p for p in self.ledger() if p["name"] not in unwatched]
        return {(p["name"], r): n for p in ports for r, n in p["drops"].items()}

    def entry(self, command, **fields):
        """The entry of a telemetry list with these values in it."""
        entries = self.pages(command)
        for e in entries:
            if all(e.get(k) == v for k, v in fields.items()):
                return e
        raise AssertionError(f"{command} has no entry with {fields}: {entries}")

    def member(self, bridge, port):
        """Its counters."""
        return self.entry("/burstline/bridge_members", bridge=bridge, port=port)

    def table(self, bridge):
        """(VLAN or None, MAC address): port, of what a bridge has learned or was told."""
        return {
            (e.get("vlan"), bytes.fromhex(e["mac"].replace(":", ""))): e["port"]
            for e in self.pages("/burstline/fdb")
            if e["bridge"] == bridge
        }

    def unsettled(self):
        """Ports with frames that were not received, or are on their way."""
        return [
            {k: p[k] for k in ("name", "state", "rx", "in_flight", "balance")}
            for p in self.ledger()
            if p["name"] not in self.unwatched
            and (
                p["rx"] != self.sent[p["name"]]
                and p["name"] != "self"
                or p["in_flight"] != 0
                or p["balance"] != 0
            )
        ]

    def settle(self):
        if REFERENCE:
            return time.sleep(0.03)
        return self.until(lambda: not self.unsettled(), "all is received", self.unsettled)

    def until(self, condition, what, state=str):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"still not after {PATIENCE} s: {what}: {state()}")
            time.sleep(0.001)

    def lost(self, interface):
        """Wait until Burstline said that it is gone: a tap may be back before one could look."""
        with open(os.environ["BURSTLINE_LOG"], encoding="utf-8") as log:
            said = ""

            def read():
                nonlocal said
                said += log.read()
                return f"interface {interface} was deleted" in said

            self.until(read, f"{interface} is gone")

    @contextlib.contextmanager
    def one_burst(self):
        """What is sent meanwhile waits for Burstline, which then gets it as full bursts."""
        pid = int(os.environ.get("BURSTLINE_PID") or 0)
        if pid:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            if pid:
                os.kill(pid, signal.SIGCONT)

    def send(self, port, frames):
        for f in frames:
            self.sockets[port].send(f)
        if not REFERENCE:
            self.sent[port] += len(frames)

    def drain(self, numbers=None):
        """Everything that has come by now, by port; less the announcements of our interfaces,
        which come when they like. With numbers of frames by port they are waited for: the kernel
        may still be about to hand over what Burstline has sent."""
        came, end = {}, time.monotonic() + PATIENCE
        self.take(came)
        while any(len(came.get(p, [])) < n for p, n in (numbers or {}).items()):
            if time.monotonic() > end:
                break
            time.sleep(0.001)
            self.take(came)
        return came

    def take(self, came):
        for port, s in self.sockets.items():
            while (f := receive(s)) is not None:
                if announces(f):
                    self.announced.add((port, f[6:12]))
                else:
                    came.setdefault(port, []).append(f)

    def case(self, name, port, frames, expected=None, drops={}, reference=True):
        """Send frames to a port. What comes out is `expected`, {port: frames in their order}, and
        what is dropped `drops`, {reason: number} or {(port, reason): number}, or ANY."""
        if REFERENCE and not reference:
            return
        with self.one_burst() if len(frames) > 1 else contextlib.nullcontext():
            self.send(port, frames)
        self.verify(name, port, frames, expected or {}, drops)
        if drops is not self.ANY and all(f[0] & 1 for f in frames):
            self.flooded.setdefault(port, []).append((frames, expected or {}, drops))

    def again(self):
        """All frames to groups so far once more, those of a port in one mixed row: each must come
        out as when it came alone."""
        for port, cases in self.flooded.copy().items():
            frames, expected, drops = [], {}, {}
            for sent, came, dropped in random.Random(port).sample(cases, len(cases)):
                frames += sent
                for p, l in came.items():
                    expected.setdefault(p, []).extend(l)
                for reason, n in dropped.items():
                    drops[reason] = drops.get(reason, 0) + n
            self.case(
                f"E {len(frames)} frames into {port} once more, as bursts",
                port,
                frames,
                expected,
                drops,
            )

    def verify(self, name, port, frames, expected, drops):
        faults = []
        try:
            self.settle()
        except AssertionError as error:
            faults.append(str(error))
        came = self.drain({p: len(l) for p, l in expected.items()})
        for p in sorted(set(came) | set(expected)):
            faults += difference(p, expected.get(p, []), came.get(p, []))
        if not REFERENCE:
            faults += self.drop_faults(port, drops)
        if faults:
            faults.insert(0, f"into {port}: {show(frames)}")
        self.report(name, faults)

    def drop_faults(self, port, drops):
        now, want = self.dropped(self.unwatched), {}
        if drops is self.ANY:
            self.drops = now
            return []
        for key, n in drops.items():
            want[key if isinstance(key, tuple) else (port, key)] = n
        grown = {k: n - self.drops.get(k, 0) for k, n in now.items() if n != self.drops.get(k, 0)}
        self.drops = now
        return [] if grown == want else [f"drops: expected {want}, counted {grown}"]

    def report(self, name, faults):
        if faults:
            self.failures += 1
            print(f"FAILED: {name}", *faults, sep="\n    ", flush=True)
        else:
            self.passed += 1
            print(f"ok: {name}", flush=True)

    def check(self, name, condition, said="it is not so"):
        """A case that is not about frames: true, or a function that says so."""
        if not REFERENCE:
            held = condition() if callable(condition) else condition
            self.report(name, [] if held else [str(said)])

    def listen(self, name, port, frames, matches, reference=True):
        """Send frames and wait for one answer that `matches`; whatever else comes is let go."""
        if REFERENCE and not reference:
            return None
        self.send(port, frames)
        end, others = time.monotonic() + PATIENCE, []
        while time.monotonic() < end:
            for p, came in self.drain().items():
                for f in came:
                    if matches(p, f):
                        self.report(name, [])
                        return f
                    others.append(f"out of {p}: {show([f])}")
            time.sleep(0.001)
        self.report(name, [f"into {port}: {show(frames)}", "no such answer came", *others])
        return None

    def forget(self):
        """Let go what came and was dropped: cases that start from here count from here."""
        self.settle()
        self.drain()
        if not REFERENCE:
            self.drops = self.dropped(self.unwatched)

    def end(self):
        print(f"{self.passed} cases passed, {self.failures} failed")
        sys.exit(1 if self.failures or not self.passed else 0)


def difference(port, want, got):
    if want == got or (REFERENCE and sorted(want) == sorted(got)):
        return []
    missing, more = list(want), []
    for f in got:
        missing.remove(f) if f in missing else more.append(f)
    if not missing and not more:
        return [f"out of {port}: other order: {show(got)}"]
    said = [f"out of {port}: {len(want)} expected, {len(got)} came"]
    return said + [
        f"  {word} {show(l)}" for word, l in (("missing", missing), ("too many", more)) if l
    ]


def show(frames):
    shown = [f"{f[:40].hex()}.. ({len(f)})" for f in frames[:2]]
    return ", ".join(shown + [f"and {len(frames) - 2} more"] * (len(frames) > 2))
