#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The cycles of gone_test.sh: what takes each port's device away, brings it back, and what must be
true then. One thread a port.

    gone.py ID PID LOG BURSTLINE FOLDER PORT=CYCLES...

ID is the prefix of the namespaces and the name of the instance PID, LOG its standard error; peers and
their files are in FOLDER. Times are those of Burstline's own lines, from the moment that the kernel
(or the peer) had done its part: a machine that is slow to start `ip` is not to blame Burstline for.
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import telemetry

SCALE = float(os.environ.get("TIME_SCALE", 1))
DOWN_S, UP_S, ANNOUNCED_S = 1 * SCALE, 5 * SCALE, 5 * SCALE
ID, PID, LOG, BURSTLINE, FOLDER = sys.argv[1:6]
FOLDER = Path(FOLDER)


class Fault(Exception):
    pass


class Log(threading.Thread):
    """Lines with the time at which they were there: this thread goes before all others."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.file, self.lines, self.news = open(path), [], threading.Condition()

    def run(self):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), -20)
        rest = ""
        while True:
            text = self.file.read()
            if not text:
                time.sleep(0.004)
                continue
            *lines, rest = (rest + text).split("\n")
            with self.news:
                self.lines += [(time.monotonic(), line) for line in lines]
                self.news.notify_all()

    def times(self, text):
        return [at for at, line in self.lines if text in line]

    def nth(self, text, n, seconds):
        """When it was said for the nth time; patience is longer than the bound that is judged."""
        with self.news:
            self.news.wait_for(lambda: len(self.times(text)) >= n, seconds * 3 + 30)
            times = self.times(text)
        if len(times) < n:
            raise Fault(f'"{text}" was said {len(times)} times, not {n}')
        return times[n - 1]


def enter(name):
    """The namespace, for this thread and what it starts."""
    fd = os.open(f"/run/netns/{ID}-{name}", os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(fd, 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


class Kernel(threading.Thread):
    """How long whoever changes one interface after another has to wait for the kernel's lock, which
    all namespaces share: the time that others hold it is not Burstline's."""

    def __init__(self):
        super().__init__(daemon=True)
        self.waits = []

    def run(self):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), -20)
        enter("dut")
        s, request = socket.socket(), struct.pack("16si20x", b"lo", 1000)
        while True:
            begin = time.monotonic()
            fcntl.ioctl(s, 0x8943, request)  # SIOCSIFTXQLEN: as it is
            self.waits.append((begin, time.monotonic()))
            time.sleep(0.005)

    def waited(self, since, moment):
        return sum(max(min(e, moment) - max(b, since), 0) for b, e in self.waits)


class Starved(threading.Thread):
    """How long a thread of Burstline's that wanted to run got no CPU, and for how long nobody did."""

    def __init__(self):
        super().__init__(daemon=True)
        self.samples, self.late = [], []

    def run(self):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), -20)
        while True:
            begin, waits = time.monotonic(), {}
            for file in Path(f"/proc/{PID}/task").glob("*/schedstat"):
                try:
                    waits[file.parent.name] = int(file.read_text().split()[1]) / 1e9
                except OSError:  # the thread has ended
                    continue
            self.samples.append((begin, waits))
            time.sleep(0.05)
            self.late.append((begin, max(time.monotonic() - begin - 0.1, 0)))

    def waited(self, since, moment):
        samples, late = self.samples[:], self.late[:]
        before = next((w for at, w in reversed(samples) if at <= since), {})
        after = next((w for at, w in samples if at >= moment), samples[-1][1] if samples else {})
        return max((after[t] - before[t] for t in after if t in before), default=0) + sum(
            s for at, s in late if since <= at <= moment
        )


kernel, starved = Kernel(), Starved()


def command(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise Fault(f"{' '.join(words)}: {done.stderr}{done.stdout}")


def dut(*words):
    command("ip", "-n", f"{ID}-dut", *words)


def at(name, *words):
    command("ip", "-n", f"{ID}-{name}", *words)


def until(seconds, what, condition):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Fault(f"not after {seconds} s: {what}")
        time.sleep(0.01)


def state(port):
    passed = 0
    while ports := telemetry.ask(ID, f"/burstline/ports,{passed}")["/burstline/ports"]:
        for p in ports:
            if p["name"] == port:
                return f"{p['state']} {p['link']}"
        passed += len(ports)
    raise Fault(f"telemetry knows no port {port}")


def known(address):
    """Does this thread's namespace know it? Gratuitous ARP makes an entry (arp_accept)."""
    lines = Path("/proc/thread-self/net/arp").read_text().splitlines()
    return any(line.split()[0] == address and line.split()[2] != "0x0" for line in lines[1:])


class Port(threading.Thread):
    """A port of which `subnet` is ours (.1 in Burstline, .2 outside): it is lost `cycles` times."""

    home = None  # the namespace of the host: its own
    lost_says = "interface {iface} was deleted"
    lost_state = "gone down"  # None: it is back before anyone could look
    back_says = "port {name}: its device is back"

    def __init__(self, log, name, cycles):
        super().__init__(daemon=True)
        self.log, self.name, self.iface, self.cycles = log, name, f"bl{name}", cycles
        self.host = self.home or name
        self.subnet = f"198.18.{name[1:]}"
        self.fault, self.seconds, self.worst = None, 0, {"down": 0, "up": 0, "announced": 0}

    def took(self, what, since, moment, limit):
        seconds = max(moment - since, 0)
        if seconds > limit:
            seconds -= kernel.waited(since, moment) + starved.waited(since, moment)
        self.worst[what] = max(self.worst[what], seconds)
        if seconds > limit:
            raise Fault(f"{what} took {seconds:.2f} s, not {limit}")

    def run(self):
        try:
            enter(self.host)
            self.begin()
            begin = time.monotonic()
            for n in range(1, self.cycles + 1):
                self.cycle(n)
            self.seconds = time.monotonic() - begin
            self.end()
        except Exception as fault:  # to be told of by the main thread
            self.fault = fault

    def says(self, text):
        return text.format(name=self.name, iface=self.iface)

    def cycle(self, n):
        lost = f"port {self.name}: " + self.says(self.lost_says)
        self.before_loss()
        self.lose()
        since = time.monotonic()
        self.took("down", since, self.log.nth(lost, n, DOWN_S), DOWN_S)
        if self.lost_state is not None:
            until(30 * SCALE, self.lost_state, lambda: state(self.name) == self.lost_state)
        self.give_back()
        since = time.monotonic()
        self.took("up", since, self.log.nth(self.says(self.back_says), n, UP_S), UP_S)
        self.log.nth(f"port {self.name}: link up", n + 1, UP_S)
        self.announced(since)
        if len(self.log.times(lost)) != n:
            raise Fault(f"the loss was said {len(self.log.times(lost))} times, not {n}")
        self.works()

    def begin(self):
        pass

    def before_loss(self):
        pass

    def give_back(self):
        pass

    def end(self):
        pass

    def announced(self, since):
        until(30 * SCALE, "announced", lambda: known(f"{self.subnet}.1"))
        self.took("announced", since, time.monotonic(), ANNOUNCED_S)

    def works(self):
        self.ping(f"{self.subnet}.1")

    def ping(self, address, *how):
        words = ["ping", "-q", "-c", "1", "-W", "1", *how, address]
        until(30 * SCALE, f"ping {address}", lambda: subprocess.run(words, capture_output=True).returncode == 0)  # fmt: skip


class VethDeleted(Port):
    """net_af_packet, deleted under load; the pair is made anew."""

    def begin(self):
        self.give_back()  # the test made its first pair without an address
        self.works()

    def before_loss(self):
        self.load = subprocess.Popen(
            ["ping", "-q", "-i", "0.002", "-w", "60", f"{self.subnet}.1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        time.sleep(0.1)

    def lose(self):
        dut("link", "delete", self.iface)
        self.load.kill()
        self.load.wait()

    def give_back(self):
        if subprocess.run(["ip", "link", "show", "eth0"], capture_output=True).returncode != 0:
            dut("link", "add", "name", self.iface, "type", "veth",
                "peer", "name", "eth0", "netns", f"{ID}-{self.host}")  # fmt: skip
        command("ethtool", "-K", "eth0", "tx", "off")
        at(self.host, "address", "add", f"{self.subnet}.2/24", "dev", "eth0")
        at(self.host, "link", "set", "eth0", "up")
        dut("link", "set", self.iface, "arp", "off", "up")


class VethMoved(VethDeleted):
    """net_af_packet: into another namespace and back, under load."""

    lost_says = "interface {iface} was deleted or moved to another namespace"

    def lose(self):
        dut("link", "set", self.iface, "netns", f"{ID}-{self.host}")
        self.load.kill()
        self.load.wait()
        at(self.host, "neighbour", "flush", "all")

    def give_back(self):
        if subprocess.run(["ip", "link", "show", self.iface], capture_output=True).returncode == 0:
            at(self.host, "link", "set", self.iface, "netns", f"{ID}-dut")
            dut("link", "set", self.iface, "arp", "off", "up")
            return
        super().give_back()


class TapDeleted(Port):
    """The kernel's end of a tap, in Burstline's namespace; the driver makes it anew."""

    home = "dut"
    lost_state = None

    def lose(self):
        dut("link", "delete", self.iface)

    def works(self):
        # Burstline may know the last one's address: behind a bridge it does not see it go.
        dut("link", "set", self.iface, "address", f"02:00:00:00:bb:{self.subnet.split('.')[2]}")
        dut("address", "add", f"{self.subnet}.2/24", "dev", self.iface)
        self.ping(f"{self.subnet}.1")


class BridgedTapDeleted(TapDeleted):
    """The same as a member of a bridge: what is behind another member is reached again."""

    def works(self):
        super().works()
        self.ping(f"{self.subnet}.9")


class TapMovedAndDeleted(TapDeleted):
    """Into another namespace, where it works, and deleted there, out of the driver's sight."""

    def lose(self):
        host = self.name
        dut("link", "set", self.iface, "netns", f"{ID}-{host}")
        at(host, "address", "add", f"{self.subnet}.2/24", "dev", self.iface)
        at(host, "link", "set", self.iface, "up")
        enter(host)
        self.ping(f"{self.subnet}.1")
        enter(self.host)
        at(host, "link", "delete", self.iface)

    def works(self):
        pass


class PeerKilled(Port):
    """A peer process with the address .9, through a wire from the host; its link tells."""

    lost_says = "link down"
    back_says = "port {name}: link up"

    def begin(self):
        self.start_peer(0)

    def start_peer(self, n):
        with open(FOLDER / f"{self.name}.log", "w") as log:
            self.peer = subprocess.Popen(
                ["ip", "netns", "exec", f"{ID}-dut", BURSTLINE, "-c", FOLDER / f"{self.name}.yaml"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # fmt: skip
        said = FOLDER / f"{self.name}.log"
        until(40 * SCALE, "the peer is ready", lambda: "burstline: ready" in said.read_text())
        self.log.nth(self.says(self.back_says), n + 1, UP_S)
        self.works()

    def cycle(self, n):
        self.peer.kill()
        self.peer.wait()
        since = time.monotonic()
        self.took("down", since, self.log.nth(f"port {self.name}: link down", n, DOWN_S), DOWN_S)
        until(30 * SCALE, self.lost_state, lambda: state(self.name) == self.lost_state)
        self.restart(n)
        if len(self.log.times(f"port {self.name}: link down")) != n:
            raise Fault("the loss was not said once")

    def restart(self, n):
        self.start_peer(n)
        up = self.log.nth(self.says(self.back_says), n + 1, UP_S)
        ready = (FOLDER / f"{self.name}.log").stat().st_mtime - time.time() + time.monotonic()
        self.took("up", ready, up, UP_S)

    def works(self):
        self.ping(f"{self.subnet}.9")

    def end(self):
        self.peer.terminate()
        if self.peer.wait() != 0:
            raise Fault(f"the peer's end: {(FOLDER / (self.name + '.log')).read_text()}")


class MemifPeerKilled(PeerKilled):
    lost_state = "waiting down"


class VhostPeerKilled(PeerKilled):
    lost_state = "started down"


KINDS = {"v": VethDeleted, "w": VethMoved, "b": BridgedTapDeleted, "t": TapDeleted,
         "m": TapMovedAndDeleted, "p": MemifPeerKilled, "u": VhostPeerKilled}  # fmt: skip


def main():
    # PORT=CYCLES: the first letter of a port's name is its kind
    log = Log(LOG)
    log.start()
    kernel.start()
    starved.start()
    ports = []
    for word in sys.argv[6:]:
        name, cycles = word.split("=")
        ports.append(KINDS[name[0]](log, name, int(cycles)))
    started = time.monotonic()
    for port in ports:
        port.start()
    for port in ports:
        port.join()
    failed = False
    for port in ports:
        worst = ", ".join(f"{what} {seconds:.2f} s" for what, seconds in port.worst.items())
        words = f"{type(port).__name__} {port.name}: {port.cycles} cycles in {port.seconds:.1f} s, at worst {worst}"
        print(words if port.fault is None else f"{words}: FAILED: {port.fault!r}")
        failed |= port.fault is not None
    seconds = time.monotonic() - started
    print(f"{sum(port.cycles for port in ports)} cycles in {seconds:.1f} s,"
          f" the kernel's lock was waited for {kernel.waited(started, started + seconds):.1f} s,"
          f" a CPU {starved.waited(started, started + seconds):.1f} s")  # fmt: skip
    for port in ports:
        if getattr(port, "peer", None) is not None and port.peer.poll() is None:
            port.peer.send_signal(signal.SIGKILL)
    return failed


sys.exit(main())
