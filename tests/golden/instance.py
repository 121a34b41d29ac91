# SPDX-License-Identifier: BSD-3-Clause
"""The real program on captures, for the golden tests: start it, ask it, stop it, read its books.

    with Instance(config) as i:        # text; @DIR@ in it is a folder of its own, i.dir
        i.await_ports(lambda p: p["in"]["rx"] == 12)
        ledger = i.stop()
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ.get("BUILD", str(ROOT / "build"))
SCALE = int(os.environ.get("TIME_SCALE", "1"))
PROGRAM = BUILD + "/app/burstline"
ETHERNET = 1


class Failed(Exception):
    pass


def check(right, *said):
    if not right:
        raise Failed(" ".join(str(s) for s in said))


def kept_waiting(pid):
    """Seconds in which a thread of the process wanted to run and got no CPU, and what the machine's
    host took of its CPUs."""
    waits = [0]
    for file in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            waits.append(int(file.read_text(encoding="ascii").split()[1]) / 1e9)
        except OSError:  # the thread has ended
            continue
    stat = pathlib.Path("/proc/stat").read_text(encoding="ascii").split()
    return max(waits) + int(stat[8]) / os.sysconf("SC_CLK_TCK")


def write_pcap(path, frames):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, ETHERNET))
        for frame in frames:
            f.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)


def read_pcap(path):
    data = pathlib.Path(path).read_bytes()
    # Microseconds or nanoseconds, as the driver writes them.
    check(struct.unpack_from("<I", data)[0] in (0xA1B2C3D4, 0xA1B23C4D), path, "is no capture")
    frames, at = [], 24
    while at < len(data):
        caplen, length = struct.unpack_from("<II", data, at + 8)
        check(caplen == length, path, "holds a cut frame")
        frames.append(data[at + 16 : at + 16 + caplen])
        at += 16 + caplen
    return frames


class Instance:
    count = 0

    def __init__(self, config):
        Instance.count += 1
        self.name = f"golden{os.getpid()}-{Instance.count}"
        self.dir = tempfile.mkdtemp()
        self.process = None
        self.socket = None
        text = f"name: {self.name}\n" + config.replace("@DIR@", self.dir)
        pathlib.Path(self.dir, "config.yaml").write_text(text, encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.hang_up()
        shutil.rmtree(self.dir)
        shutil.rmtree(f"/run/dpdk/{self.name}", ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def said(self):
        return pathlib.Path(self.path("stderr")).read_text(encoding="utf-8")

    def await_(self, seconds, what, ready):
        deadline = time.monotonic() + seconds * SCALE
        while not ready():
            check(time.monotonic() < deadline, "waited in vain for", what)
            time.sleep(0.01)

    def launch(self):
        command = [PROGRAM, "-c", self.path("config.yaml"), "--ledger", self.path("ledger")]
        with open(self.path("stdout"), "w") as out, open(self.path("stderr"), "w") as err:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )

    def start(self):
        self.launch()
        self.await_(
            40,
            "the start",
            lambda: "burstline: ready" in self.said() or self.process.poll() is not None,
        )
        check(self.process.poll() is None, "it ended at its start:", self.said())

    def refused(self):
        """Status and words of a start that must fail."""
        self.launch()
        self.await_(40, "the end", lambda: self.process.poll() is not None)
        status, self.process = self.process.returncode, None
        return status, self.said()

    def hang_up(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def ask(self, command):
        # One connection for all questions: DPDK takes ten, and forgets a closed one late.
        if self.socket is None:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self.socket.connect(f"/run/dpdk/{self.name}/dpdk_telemetry.v2")
            self.socket.settimeout(30 * SCALE)
            self.limit = json.loads(self.socket.recv(1024))["max_output_len"]
        self.socket.send(command.encode())
        # The length is that of the data; the command that wraps it comes on top.
        (data,) = json.loads(self.socket.recv(self.limit + 1024)).values()
        return data

    def pages(self, command):
        """All entries, page after page until an empty one; and how many pages."""
        entries, pages = [], 0
        while page := self.ask(f"{command},{len(entries)}"):
            entries += page
            pages += 1
        return entries, pages

    def ports(self):
        return {p["name"]: p for p in self.pages("/burstline/ports")[0]}

    def await_ports(self, ready):
        """Until the counters say so; returns them."""
        seen = {}

        def look():
            seen.update(self.ports())
            return ready(seen)

        try:
            self.await_(40, "its counters", look)
        except Failed as failure:
            raise Failed(f"{failure}: {json.dumps(seen)}") from None
        return seen

    def stop(self):
        """As SIGTERM ends it: within 2 s of those in which it got its CPUs, status 0, nothing left,
        books closed. Returns the ledger by port."""
        self.hang_up()
        before, begin = kept_waiting(self.process.pid), time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        waited = before
        while (status := self.process.poll()) is None:
            waited = max(waited, kept_waiting(self.process.pid))
            seconds = time.monotonic() - begin - (waited - before)
            check(seconds < 2 * SCALE, "it does not end")
            time.sleep(0.01)
        self.process = None
        check(status == 0, "it ended with status", status, self.said())
        check(not os.path.exists(f"/run/dpdk/{self.name}"), "it left its runtime folder")
        self.ledger = json.loads(pathlib.Path(self.path("ledger")).read_text(encoding="utf-8"))
        check(self.ledger["balanced"] and self.ledger["mbufs_in_use"] == 0, self.ledger)
        for line in self.ledger["ports"]:
            check(line["balance"] == line["kept"] == line["in_flight"] == 0, line)
        return {line["name"]: line for line in self.ledger["ports"]}
