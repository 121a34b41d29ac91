# SPDX-License-Identifier: BSD-3-Clause
"""One Burstline in a network namespace of its own, and all counters that may tell of a loss.

Used by rigs.py. Everything it makes is removed by close(), also after a failure.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

SCALE = float(os.environ.get("TIME_SCALE", 1))
ROOT = Path(__file__).resolve().parents[2]
BURSTLINE = Path(os.environ.get("BUILD", ROOT / "build")) / "app/burstline"
DRIVER_FIELDS = ("imissed", "ierrors", "rx_nombuf", "oerrors")
# Not rx_dropped: the kernel counts there each tagged frame of which it has no VLAN interface.
KERNEL_FIELDS = ("tx_dropped", "tx_errors", "rx_errors")


def command(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


class Refused(Exception):
    """Burstline did not start; its sentence."""


class Telemetry:
    def __init__(self, instance):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(f"/run/dpdk/{instance}/dpdk_telemetry.v2")
        self.socket.settimeout(30 * SCALE)
        self.limit = json.loads(self.socket.recv(1024))["max_output_len"] + 1024

    def ask(self, path):
        self.socket.send(path.encode())
        return json.loads(self.socket.recv(self.limit))[path.split(",")[0]]


class Dut:
    def __init__(self, name, beside=None):
        """In a namespace of its own, or in that of another Dut, `beside`."""
        self.name = f"bl{os.getpid()}{name}"
        self.space = beside.name if beside else self.name
        self.folder = tempfile.TemporaryDirectory()
        self.work = Path(self.folder.name)
        self.process = self.telemetry = None
        if beside:
            return
        command("ip", "netns", "add", self.name)
        for scope in ("all", "default"):
            self.run("sysctl", "-qw", f"net.ipv6.conf.{scope}.disable_ipv6=1")

    def run(self, *words):
        return command("ip", "netns", "exec", self.space, *words)

    def veth(self, inside, mtu, outside_mtu=65535):
        """`inside` for the device, `inside`+"o" for the world, which takes frames of any size."""
        outside = inside + "o"
        self.run("ip", "link", "add", inside, "mtu", str(mtu), "type", "veth",
                 "peer", "name", outside, "mtu", str(outside_mtu))  # fmt: skip
        for end in (inside, outside):
            self.run("ethtool", "-K", end, "tx", "off")
            self.run("ip", "link", "set", end, "arp", "off", "up")
        return outside

    def start(self, ports, wires):
        lines = [f"name: {self.name}", "memory: {hugepages: never}", "ports:"]
        for port in ports:
            lines.append("  - " + json.dumps(port))
        lines += ["wires:"] + ["  - " + json.dumps(wire) for wire in wires]
        file = self.work / "burstline.yaml"
        file.write_text("\n".join(lines) + "\n")
        self.log, self.books = self.work / "stderr", self.work / "stdout"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.space, BURSTLINE, "-c", file],
                stdin=subprocess.DEVNULL, stdout=self.books.open("w"), stderr=log)  # fmt: skip
        end = time.monotonic() + 40 * SCALE
        while "\nburstline: ready" not in "\n" + self.said():
            if self.process.poll() is not None:
                self.process = None
                raise Refused(self.said().strip().splitlines()[-1].removeprefix("burstline: "))
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name}: not ready: {self.said()}")
            time.sleep(0.01)
        self.telemetry = Telemetry(self.name)

    def said(self):
        return self.log.read_text()

    def links_up(self):
        """All ports have a link: frames are not lost to a start that is still going on."""
        end = time.monotonic() + 30 * SCALE
        while any(p.get("link") == "down" for p in self.telemetry.ask("/burstline/ports")):
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name}: a link stays down: {self.said()}")
            time.sleep(0.01)

    def counters(self):
        """Who counted how many losses: {(rank, words): number}."""
        found = {}
        ports = self.telemetry.ask("/burstline/ports")
        for port in ports:
            for reason, n in port["drops"].items():
                key = (0, f"counted by Burstline ({reason})")
                found[key] = found.get(key, 0) + n
        for i in range(len(ports) - 1):
            stats = self.telemetry.ask(f"/ethdev/stats,{i}") or {}
            for field in DRIVER_FIELDS:
                key = (1, f"counted by the driver ({field})")
                found[key] = found.get(key, 0) + stats.get(field, 0)
        return found

    def kernel_counters(self):
        """The same of the interfaces in the namespace."""
        found = {}
        for link in json.loads(self.run("ip", "-s", "-j", "link")):
            side = "the other end" if link["ifname"].endswith("o") else "the interface"
            for field in KERNEL_FIELDS:
                way, what = field.split("_")
                key = (2, f"counted by the kernel ({field} of {side})")
                found[key] = found.get(key, 0) + link["stats64"][way][what]
        return found

    def close(self):
        status = 0
        if self.process is not None:
            # `ip netns exec` became Burstline: the id is its own.
            self.process.send_signal(signal.SIGTERM)
            try:
                status = self.process.wait(30 * SCALE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                status = self.process.wait()
            if "ledger balanced" not in self.books.read_text():
                status = status or "its ledger open"
        said = self.said() if status else ""
        if self.space == self.name:
            subprocess.run(["ip", "netns", "delete", self.name], check=False)
        shutil.rmtree(f"/run/dpdk/{self.name}", ignore_errors=True)
        self.folder.cleanup()
        if status:
            raise RuntimeError(f"{self.name}: burstline ended with {status}: {said}")
