#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Cases of bridge_load_test.sh: br0 of a, b (two queues, both workers), c and d (a worker each);
br2 of e, f, g with an ageing time of 10 s; br3 of h, i and a cable between la and lb.

    bridge_load.py INSTANCE
"""

import socket
import struct
import subprocess
import sys
import time

from bridge_rig import BROADCAST, Rig, arp_request, frame, mac

LAN = bytes.fromhex("02000000ee01")
BATCH = 200  # frames on their way at once: fewer than the queue of a tap
STATIONS = {p: mac(0x10 + n) for n, p in enumerate("abcd")}


def flow(dst, src, number, seq, port):
    """UDP, so that the kernel spreads flows over the queues of a tap; `port` names the flow."""
    payload = struct.pack("!II", number, seq)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0, src[2:], dst[2:])
    udp = struct.pack("!HHHH", 1024 + port, 5001, 8 + len(payload), 0)
    return (dst + src + b"\x08\x00" + ip + udp + payload).ljust(64, b"\0")


def numbers(f):
    return struct.unpack_from("!II", f, 42)


class Load:
    """Flows with sequence numbers; what arrives where, in which order, how often."""

    def __init__(self, rig):
        self.rig = rig
        self.seq = {}  # by flow
        self.arrived = {}  # (flow, seq): ports

    def send(self, port, dst, src, number, n):
        frames = []
        for _ in range(n):
            seq = self.seq[number] = self.seq.get(number, 0) + 1
            frames.append(flow(dst, src, number, seq, number))
        self.rig.send(port, frames)

    def collect(self):
        """Returns faults of order and duplicates."""
        faults, latest = [], {}
        for port, frames in self.rig.drain().items():
            for f in frames:
                if f[12:14] != b"\x08\x00":
                    continue
                number, seq = numbers(f)
                ports = self.arrived.setdefault((number, seq), [])
                if port in ports:
                    faults.append(f"flow {number}: {seq} came twice out of {port}")
                ports.append(port)
                if seq <= latest.get((port, number), 0):
                    faults.append(
                        f"flow {number}: {seq} after {latest[port, number]} out of {port}"
                    )
                latest[port, number] = seq
        return faults

    def round(self, sends):
        """Send in turns, wait until all is out; the sockets were empty before."""
        for port, dst, src, number, n in sends:
            self.send(port, dst, src, number, n)
        self.rig.settle()
        return self.collect()

    def lost(self, flows, ports=None):
        """Frames of these flows that did not arrive exactly once, or not at exactly these ports."""
        return [
            (number, seq, came)
            for number in flows
            for seq in range(1, self.seq[number] + 1)
            for came in [sorted(self.arrived.get((number, seq), []))]
            if (came != ports if ports else len(came) != 1)
        ]


def meet(rig, stations):
    for port, src in stations.items():
        rig.send(port, [frame(BROADCAST, src)])
    rig.settle()
    rig.drain()


def order(rig):
    """Each pair of ports, several flows, both ways at once."""
    meet(rig, STATIONS)
    for one, two in ("ab", "cd", "ac", "bd"):
        load, faults = Load(rig), []
        for _ in range(12):
            sends = [
                (p, STATIONS[q], STATIONS[p], 8 * (p == one) + k, BATCH // 16)
                for k in range(8)
                for p, q in ((one, two), (two, one))
            ]
            faults += load.round(sends)
        rig.report(
            f"B26 order in 16 flows between {one} and {two}, {sum(load.seq.values())} frames",
            faults[:5],
        )
        lost = load.lost(load.seq)
        rig.report(f"B27 each arrived once between {one} and {two}", [f"{lost[:5]}"] * bool(lost))
    # A flood keeps order too, and comes once out of each.
    load, faults = Load(rig), []
    for _ in range(10):
        faults += load.round(
            [
                ("a", BROADCAST, STATIONS["a"], 0, BATCH // 4),
                ("d", BROADCAST, STATIONS["d"], 1, BATCH // 4),
            ]
        )
    lost = load.lost([0], list("bcd")) + load.lost([1], list("abc"))
    rig.report(
        f"B26 B27 floods from two workers at once: order, once out of each",
        faults[:5] + [str(l) for l in lost[:5]],
    )
    rig.forget()


def moving(rig):
    """M moves between c and d, a port of another worker, while a and b send to it."""
    m = mac(0x50)
    load, faults = Load(rig), []
    rig.send("c", [frame(BROADCAST, m)])
    rig.settle()
    rig.drain()
    for turn in range(40):
        load.send("a", m, STATIONS["a"], 1, 40)
        load.send("b", m, STATIONS["b"], 2, 40)
        rig.send("dc"[turn % 2], [frame(STATIONS["a"], m)])
        load.send("a", m, STATIONS["a"], 1, 40)
        load.send("b", m, STATIONS["b"], 2, 40)
        rig.settle()
        faults += load.collect()
    lost = load.lost([1, 2])
    rig.report(
        "B26 B27 an address moves under load: order, each frame at one port",
        faults[:5] + [str(l) for l in lost[:5]],
    )
    strange = {p for ports in load.arrived.values() for p in ports} - set("cd")
    rig.check("B3 and only where it was or is", not strange, strange)
    rig.forget()


def going(rig):
    """d goes away under load: what was behind it floods, once out of each; c never notices."""
    meet(rig, STATIONS)
    load, faults = Load(rig), []
    for turn in range(40):
        load.send("a", STATIONS["d"], STATIONS["a"], 1, 40)
        load.send("b", STATIONS["c"], STATIONS["b"], 2, 40)
        if turn == 5:
            rig.sockets.pop("d").close()
            subprocess.run(["ip", "link", "delete", "bl3"], check=True)
        rig.settle()
        faults += load.collect()
        time.sleep(0.002)
    lost = load.lost([2], ["c"])
    rig.report(
        "B27 a member goes away and is flushed: order, nothing twice, others lose nothing",
        faults[:5] + [str(l) for l in lost[:5]],
    )
    # The port may be back already: its driver makes the tap anew.
    rig.until(lambda: rig.entry("/burstline/bridge_members", port="d")["addresses"] == 0, "d is flushed")
    rig.forget()
    f = frame(STATIONS["d"], STATIONS["a"])
    rig.case("B18 it is flushed: a frame to what was there floods", "a", [f], {"b": [f], "c": [f]})


class Ageing:
    """br2: two addresses behind e; one is heard again."""

    def __init__(self, rig):
        self.rig = rig
        self.silent, self.heard, self.asker = mac(0x60), mac(0x61), mac(0x62)
        self.start = time.monotonic()
        for src in (self.silent, self.heard):
            rig.send("e", [frame(BROADCAST, src)])
        rig.settle()
        rig.drain()

    def ask(self, name, dst, ports):
        f = frame(dst, self.asker)
        self.rig.case(
            f"B5 after {time.monotonic() - self.start:.1f} s: {name}",
            "g",
            [f],
            {p: [f] for p in ports},
        )

    def wait(self, seconds):
        """After the start; what is known too long by then is made known anew."""
        while time.monotonic() - self.start > seconds + 1:
            self.__init__(self.rig)
            time.sleep(seconds)
        time.sleep(max(0, self.start + seconds - time.monotonic()))

    def early(self):
        self.wait(6)
        self.ask("silent address, still known", self.silent, "e")
        self.ask("the other, still known", self.heard, "e")
        self.rig.case(
            "B5 (the other is heard again)", "e", [f := frame(self.asker, self.heard)], {"g": [f]}
        )

    def late(self):
        self.rig.case(
            "B5 (the other is heard once more)", "e", [f := frame(self.asker, self.heard)], {"g": [f]}
        )
        # 10 s, one of resolution, one of the sweep.
        time.sleep(max(0, self.start + 12.5 - time.monotonic()))
        self.rig.until(lambda: (None, self.silent) not in self.rig.table("br2"), "it is forgotten")
        self.ask("silent address, forgotten: floods", self.silent, "ef")
        self.ask("the other, refreshed by traffic: known", self.heard, "e")
        known = {address for _, address in self.rig.table("br2")}
        self.rig.check(
            "B5 the table shows the same", self.silent not in known and self.heard in known, known
        )


def loop(rig):
    """A broadcast of h goes round and round; i hears of it what storm control lets through."""
    h, i = mac(0x70), mac(0x71)
    rig.forget()
    rig.send("h", [arp_request(h, "192.0.2.7", "192.0.2.1")])
    start, sent, came = time.monotonic(), 0, 0
    while time.monotonic() < start + 2:
        rig.send("h", [frame(BROADCAST, h)])
        sent += 1
        time.sleep(0.02)
        came += len(rig.drain().get("i", []))
    seconds = time.monotonic() - start
    # What storm control lets in at la and lb, for each worker, a bucket of a second before that.
    limit = sent + 2 * 2 * 200 * (seconds + 1)
    rig.check(
        f"B21 a loop under {sent} broadcasts: {came} in {seconds:.1f} s, {limit:.0f} allowed",
        2 * sent < came <= limit,
    )
    dropped = rig.dropped()
    storm = sum(n for (port, reason), n in dropped.items() if reason == "bridge_storm")
    rig.check(f"B21 storm control dropped {storm}", storm > 0)
    # Our own request for an unknown neighbour goes round too.
    own = sum(n for (port, reason), n in dropped.items() if reason == "bridge_own")
    rig.check(f"B21 {own} frames of our own came back and were recognised", own > 0)
    subprocess.run(["ip", "link", "delete", "la"], check=True)
    rig.until(
        lambda: rig.entry("/burstline/ports", name="lb")["state"] == "gone", "the cable is gone"
    )
    time.sleep(0.05)
    rig.forget()
    rig.case("B21 (h is heard)", "h", [f := frame(BROADCAST, h)], {"i": [f]})
    rig.case("B21 without the cable all is well", "i", [f := frame(h, i)], {"h": [f]})


def main():
    rig = Rig(sys.argv[1], {port: f"bl{n}" for n, port in enumerate("abcdefghi")}, {"la", "lb"})
    ageing = Ageing(rig)
    order(rig)
    moving(rig)
    going(rig)
    ageing.early()
    loop(rig)
    ageing.late()
    rig.end()


main()
