# SPDX-License-Identifier: BSD-3-Clause
"""A rig for each device: its ports, their wires, and where frames go in and come out.

    paths()   in: outside -> device -> Burstline -> reference
              out: reference -> Burstline -> device -> outside
              pair: outside -> device -> Burstline -> device of the same kind -> outside
              both: out of one device and in by its own other end (memif, ring, vhost)

The reference is net_pcap on a veth whose MTU is far above all frames: row `reference` of the run
sends every frame through two of them, and ends the run unless all are the same.
A new device is a class here and a line in RIGS. Used by table.py.
"""

import ctypes
import errno
import os
import re
import struct
import sys
import time
from pathlib import Path

from cases import CASES, SAME, verdict
from dut import SCALE, Dut, Refused

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "smoke"))
import frames  # noqa: E402

PATIENCE = 0.25 * SCALE  # for a frame that does not arrive
REFERENCE_MTU = 9702
UNCOUNTED = "lost: counted by nobody"


class Wire:
    """A raw socket on an interface in the rig's namespace; what it received by source address."""

    def __init__(self, dut, iface):
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{dut.name}", os.O_RDONLY)
        try:
            setns(there)
            self.socket = frames.open_interface(iface)
        finally:
            setns(here)
            os.close(here)
            os.close(there)

    def send(self, frame):
        self.socket.send(frame)

    def receive(self, source, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                frame = frames.receive(self.socket)
            except TimeoutError:
                break
            if frame is not None and frame[6:12] == source:
                return frame
        return None


def setns(fd):
    """Of this thread only (os.setns came with Python 3.12)."""
    if ctypes.CDLL(None, use_errno=True).setns(fd, 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class CaptureIn:
    """Frames that net_pcap replayed from a file when Burstline started."""

    def __init__(self, path, cases):
        with open(path, "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for case in cases:
                f.write(struct.pack("<IIII", 0, 0, len(case.frame), len(case.frame)) + case.frame)

    def send(self, frame):
        pass


class Inbox:
    """A receiver whose frames may have come before anyone asks for them."""

    def __init__(self, wire):
        self.wire, self.got = wire, {}

    def receive(self, source, seconds):
        end = time.monotonic() + seconds
        while source not in self.got and (left := end - time.monotonic()) > 0:
            self.wire.socket.settimeout(left)
            try:
                frame = frames.receive(self.wire.socket)
            except TimeoutError:
                break
            if frame is not None:
                self.got[frame[6:12]] = frame
        return self.got.get(source)


class CaptureOut:
    """Frames that net_pcap wrote into a file; it flushes each burst."""

    def __init__(self, path):
        self.path = path

    def receive(self, source, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            data, at = self.path.read_bytes(), 24
            while at + 16 <= len(data):
                length = struct.unpack_from("<I", data, at + 8)[0]
                frame = data[at + 16 : at + 16 + length]
                if frame[6:12] == source:
                    return frame
                at += 16 + length
            time.sleep(0.005)
        return None


def without_port(sentence):
    return re.sub(r"^(error: )?port \w+: ", "", sentence)


class Rig:
    """One device at one MTU: what became of each frame on each path."""

    title = ""

    def __init__(self, mtu):
        self.mtu = mtu
        self.cases = [c for c in CASES if c.mtu == mtu]
        self.dut = Dut(f"{type(self).__name__.lower()}{mtu}")
        self.duts = [self.dut]
        self.ports, self.wires = [], []

    def reference(self, n=0):
        """A port that keeps everything, and the world's end of it."""
        name = f"r{n}"
        outside = self.dut.veth(name, 65535)
        device = f"net_pcap_{name},rx_iface_in={name},tx_iface={name}"
        self.ports.append({"name": name, "device": device, "mtu": REFERENCE_MTU})
        return outside

    def port(self, name, device):
        port = {"name": name, "device": device}
        if self.mtu != 1500:
            port["mtu"] = self.mtu
        self.ports.append(port)

    def counters(self):
        found = self.dut.kernel_counters()
        for dut in self.duts:
            for key, n in dut.counters().items():
                found[key] = found.get(key, 0) + n
        return found

    def lose(self, before):
        time.sleep(0.02 * SCALE)
        after = self.counters()
        who = [key for key in after if after[key] > before.get(key, 0)]
        return f"lost: {min(who)[1]}" if who else UNCOUNTED

    def measure_one(self, source, sink, case, patience):
        before = self.counters()
        try:
            source.send(case.frame)
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                return "impossible: the kernel allows its other end no such MTU"
            if error.errno != errno.ENOBUFS:  # veth's word for a frame that it dropped
                raise
        got = sink.receive(case.source, patience)
        return self.lose(before) if got is None else verdict(case.frame, got)

    def measure(self, source, sink, raised=False):
        result = {}
        for case in (c for c in self.cases if c.raised == raised):
            # A loss that nobody counted may be a machine that was slow: asked again, with patience.
            for patience in (PATIENCE, 4 * PATIENCE, 40 * PATIENCE):
                result[case.name] = self.measure_one(source, sink, case, patience)
                if result[case.name] != UNCOUNTED:
                    break
        return result

    def run(self):
        """@return self: found {path: {case: verdict}}, warnings, and refused, a sentence why
        Burstline did not start, or None."""
        self.found, self.warnings, self.refused = {}, [], None
        try:
            self.build()
            self.start()
            for dut in self.duts:
                dut.links_up()
            self.settle()
            self.found = self.paths()
            said = re.findall(
                r"warning: (port (?!r\d).*)", "".join(dut.said() for dut in self.duts)
            )
            self.warnings = [without_port(line) for line in said]
        except Refused as refused:
            self.refused = without_port(str(refused))
        finally:
            self.close()
        return self

    def start(self):
        self.dut.start(self.ports, self.wires)

    def close(self):
        try:
            for dut in self.duts[1:]:
                dut.close()
        finally:
            self.dut.close()

    def settle(self):
        pass


class Reference(Rig):
    """What stands beside each device; it must keep everything."""

    title = "reference"

    def build(self):
        self.ends = [self.reference(0), self.reference(1)]
        self.wires.append(["r0", "r1"])

    def paths(self):
        a, b = (Wire(self.dut, end) for end in self.ends)
        return {"out": self.measure(a, b), "in": self.measure(b, a)}


class KernelInterface(Rig):
    """Devices on interfaces of the kernel: x0 wired to the reference, x1 to x2."""

    def build(self):
        self.far = [self.kernel_end(f"x{i}") for i in range(3)]
        self.near = self.reference()
        for i in range(3):
            self.port(f"x{i}", self.device(i))
        self.wires += [["x0", "r0"], ["x1", "x2"]]

    def kernel_end(self, name):
        return self.dut.veth(name, self.mtu)

    def paths(self):
        x0, x1, x2 = (Wire(self.dut, far) for far in self.far)
        near = Wire(self.dut, self.near)
        found = {"in": {}, "out": {}, "pair": {}}
        for raised in (False, True):
            if raised:
                self.raise_mtu()
            found["in"].update(self.measure(x0, near, raised))
            found["out"].update(self.measure(near, x0, raised))
            found["pair"].update(self.measure(x1, x2, raised))
        return found

    def raise_mtu(self):
        for name in ("x0", "x1", "x2"):
            self.dut.run("ip", "link", "set", name, "mtu", "65521")


class Tap(KernelInterface):
    title = "net_tap"

    def kernel_end(self, name):
        return name

    def device(self, i):
        return f"net_tap{i},iface=x{i}"

    def settle(self):
        # The host's end sends what a raw socket gives it only up to its MTU.
        self.raise_mtu()
        for far in self.far:
            self.dut.run("ip", "link", "set", far, "arp", "off", "up")


class AfPacket(KernelInterface):
    title = "net_af_packet"

    def device(self, i):
        return f"net_af_packet{i},iface=x{i}"


class AfXdp(KernelInterface):
    title = "net_af_xdp"

    def kernel_end(self, name):
        # veth takes no XDP program when its peer may send more than fits a page.
        return self.dut.veth(name, self.mtu, 3400)

    def device(self, i):
        return f"net_af_xdp{i},iface=x{i}"


class PcapInterface(KernelInterface):
    title = "net_pcap, interface"

    def device(self, i):
        return f"net_pcap{i},rx_iface_in=x{i},tx_iface=x{i}"


class TwoEnds(Rig):
    """Devices that reach each other outside the kernel: e0 and e1 of ends()."""

    def build(self):
        self.far = [self.reference(0), self.reference(1)]
        for i, device in enumerate(self.ends()):
            self.port(f"e{i}", device)
            self.wires.append([f"r{i}", f"e{i}"])

    def paths(self):
        a, b = (Wire(self.dut, far) for far in self.far)
        there, back = self.measure(a, b), self.measure(b, a)
        if there != back:
            raise RuntimeError(f"{self.title}: its two ends differ: {there} {back}")
        return {"both": there}


class Memif(TwoEnds):
    title = "net_memif"

    def ends(self):
        where = f"id=0,socket={self.dut.work}/memif.sock,socket-abstract=no"
        return [f"net_memif0,role=server,{where}", f"net_memif1,role=client,{where}"]


class Vhost(TwoEnds):
    """Two processes: net_virtio_user waits for its peer while it is probed."""

    title = "net_vhost, net_virtio_user"

    def ends(self):
        path = self.dut.work / "vhost.sock"
        return [f"net_vhost0,iface={path}", f"net_virtio_user0,path={path}"]

    def start(self):
        for i in range(2):
            if i:
                self.duts.append(Dut(f"vhostpeer{self.mtu}", self.dut))
            ports = [port for port in self.ports if port["name"] in self.wires[i]]
            self.duts[i].start(ports, [self.wires[i]])


class Ring(Rig):
    title = "net_ring"

    def build(self):
        self.end = self.reference()
        self.port("x", "net_ring0")  # gives back by its RX queue what its TX queue got
        self.wires.append(["x", "r0"])

    def paths(self):
        wire = Wire(self.dut, self.end)
        return {"both": self.measure(wire, wire)}


class PcapFile(Rig):
    title = "net_pcap, file"

    def build(self):
        near = self.reference()
        self.port("x", f"net_pcap0,rx_pcap={self.dut.work}/in,tx_pcap={self.dut.work}/out")
        self.wires.append(["x", "r0"])
        self.source = CaptureIn(self.dut.work / "in", self.cases)
        self.sink = CaptureOut(self.dut.work / "out")
        self.near = Wire(self.dut, near)

    def paths(self):
        return {
            "in": self.measure(self.source, Inbox(self.near)),
            "out": self.measure(self.near, self.sink),
        }


RIGS = [Tap, AfPacket, AfXdp, Memif, Vhost, PcapFile, PcapInterface, Ring]
