#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Random live changes of a running instance, with frames and callers beside them.

    live_soak.py INSTANCE PID SEED SECONDS FOLDER BASE    ends with 1 where something does not hold

A change is applied whole, and then nothing differs from its file; or it is refused with a sentence,
and what runs is as it was. At last BASE is applied, and no more files are open than at first. The
file that was tried last is in FOLDER, to be seen when the program has ended.
"""

import json
import os
import pathlib
import random
import socket
import sys
import tempfile
import threading
import time

from control import Control, Refused

PATIENCE = 100  # of a caller: the kernel takes seconds to close a tap where others have its CPUs
TAPS = ["bl0", "bl1", "bl2"]
MACS = [f"02:00:00:00:10:{n:02x}" for n in range(6)]
TABLES = ["ports", "workers", "handlers", "rings", "drops", "neighbours", "fdb", "bridges",
          "interfaces"]
SPOILS = ["wires: 7\n", "handlers: [{name: none}]\n", "memory: {mbufs: 77777}\n", "\t", "nothing: 1\n",
          "ports: []\n", "lcores: {workers: [1023]}\n"]


class Soak:
    def __init__(self, instance, seed, folder):
        self.instance, self.random, self.folder = instance, random.Random(seed), folder
        self.socket = f"/run/burstline/{instance}.sock"
        self.ended, self.failed = threading.Event(), []
        self.devices = {f"t{n}": f"net_tap{n},iface={tap}" for n, tap in enumerate(TAPS)}
        self.devices.update({
            "n0": "net_null0,no-rx=1", "n1": "net_null1,no-rx=1", "r": "net_ring0",
            "p": "net_af_packet0,iface=va",
            "m": f"net_memif0,role=server,socket={folder}/m.sock,socket-abstract=no",
            "h": f"net_vhost0,iface={folder}/h.sock"})

    def some(self, things, share):
        return [thing for thing in things if self.random.random() < share]

    def maybe(self, share, *words):
        return [self.random.choice(words)] if self.random.random() < share else []

    def port(self, name):
        words = [f"name: {name}", f'device: "{self.devices[name]}"']
        if name[0] != "p":
            words += self.maybe(0.2, "mtu: 600", "mtu: 1400", "rx-queues: 1, tx-queues: 1")
        words += self.maybe(0.1, "fcs: true") + self.maybe(0.1, "optional: true")
        return words

    def member(self, name, aware):
        words = [f"port: {name}"]
        if aware:
            words += [self.random.choice(["mode: access, vlan: 10", "mode: qinq, vlan: 20",
                                          "mode: trunk, vlans: [10, 20], native: 30"])]
        words += self.maybe(0.2, "isolated: true", "sticky: true", "limit: 2")
        return words + self.maybe(0.2, "storm: {broadcast: 5, unknown: 50}")

    def configuration(self):
        """Ports in random roles; each is right by itself."""
        names = self.some(self.devices, self.random.choice([0.3, 0.6, 0.9])) or ["n0"]
        self.random.shuffle(names)
        ports = {name: self.port(name) for name in names}
        wires, bridges, interfaces, free = [], [], [], list(names)
        while free:
            role = self.random.choice(["wire", "bridge", "reflect", "plain"])
            if role == "wire" and len(free) >= 2:
                wires.append([free.pop(), free.pop()])
            elif role == "bridge":
                aware = self.random.random() < 0.6
                members = [free.pop() for _ in range(self.random.randint(1, len(free)))]
                bridges.append((aware, members))
            elif role == "reflect":
                ports[free.pop()].append("reflect: true")
            else:
                interfaces.append((f"port: {free.pop()}", "[]"))
        interfaces += [(f"bridge: br{n}", "[{vid: 10}]" if aware else "[]")
                       for n, (aware, members) in enumerate(bridges) if not aware]
        return self.text(ports.values(), wires, bridges, self.some(interfaces, 0.7))

    def text(self, ports, wires, bridges, interfaces):
        def listed(key, rows):
            return f"{key}:\n" + "".join(f"  - {row}\n" for row in rows) if rows else ""

        def braces(words):
            return "{" + ", ".join(words) + "}"

        handlers, cpu = [], self.random.choice(list(os.sched_getaffinity(0)))
        if self.random.random() < 0.7:
            handlers = [["name: echo"] + self.maybe(
                0.9, "place: inline", "place: control", "place: own, ring: 64",
                f"place: own, cpu: {cpu}", f'place: "lcore {cpu}"')]
        handlers += [["name: lldp"]] if self.random.random() < 0.3 else []
        rows = []
        for n, (aware, members) in enumerate(bridges):
            inside = ", ".join(braces(self.member(m, aware)) for m in members)
            words = [f"name: br{n}"] + (["vlan-aware: true"] if aware else [])
            words += self.maybe(0.3, "fdb: 64", "ageing: 10", "learn-rate: 10")
            rows.append(braces(words + [f"members: [{inside}]"]))
        homes = [f"{{name: i{n}, {where}, tags: {tags}, addresses: [192.0.{n}.1/24]}}"
                 for n, (where, tags) in enumerate(interfaces)]
        return (f"name: {self.instance}\nmemory: {{hugepages: never, mbufs: 4095}}\n" +
                listed("ports", [braces(p) for p in ports]) + listed("wires", wires) +
                listed("bridges", rows) + listed("interfaces", homes) +
                listed("handlers", [braces(h) for h in handlers]))

    def apply(self, control, text):
        """Whether it was taken."""
        before = control.call("config")["text"]
        (pathlib.Path(self.folder) / "last.yaml").write_text(text, encoding="utf-8")
        try:
            self.send(control, "config.apply", text)
        except Refused as refusal:
            if not refusal.message or (differs := self.differs(control, before)):
                sys.exit(f"refused by halves: {refusal}: {differs}")
            return False
        self.settle(control)
        if differs := self.differs(control, text):
            sys.exit(f"applied, but there is a difference: {differs}")
        return True

    def differs(self, control, text):
        found = self.send(control, "config.diff", text)["differences"]
        # Others add and delete such entries by hand.
        return [d for d in found if "static" not in d["path"] and "neighbours" not in d["path"]]

    @staticmethod
    def send(control, method, text):
        with tempfile.TemporaryFile() as file:
            file.write(text.encode())
            file.flush()
            control.fds = [file.fileno()]
            return control.call(method)

    def settle(self, control):
        """The change is through: what runs can be applied again."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.send(control, "config.apply", control.call("config")["text"])
                return
            except Refused as refusal:
                if time.monotonic() > end:
                    sys.exit(f"a change does not get through: {refusal}")
            time.sleep(0.05)

    def frame(self, dice):
        def mac(text):
            return bytes.fromhex(text.replace(":", ""))

        head = dice.choice([b"\xff" * 6] + [mac(m) for m in MACS]) + mac(dice.choice(MACS))
        head += b"".join(dice.choice([b"\x81\0\0\x0a", b"\x81\0\xe0\x14", b"\x88\xa8\0\x0a"])
                         for _ in range(dice.choice([0, 0, 1, 2])))
        arp = bytes.fromhex("080600010800060400010200000010 01c0000042000000000000c0000001")
        body = dice.choice([arp, b"\xcc\xcc", b"\x08\0" + dice.randbytes(40), b"\x88\xcc\x02\x07\x04"])
        return (head + body).ljust(dice.choice([60, 60, 300, 1514]), b"\0")

    def frames(self, seed):
        dice, sockets, sent = random.Random(seed), {}, 0
        while not self.ended.is_set():
            for name in TAPS + ["vb"]:
                try:
                    if name not in sockets:
                        sockets[name] = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                        sockets[name].bind((name, 0))
                    for _ in range(16):
                        sockets[name].send(self.frame(dice))
                        sent += 1
                except OSError:  # it is not there now
                    sockets.pop(name).close()
            time.sleep(0.005)

    def call(self, control, dice):
        port, vlan = dice.choice(list(self.devices)), dice.choice([{}, {"vlan": 10}])
        bridge, mac = f"br{dice.randrange(3)}", dice.choice(MACS)
        what = dice.randrange(8)
        if what < 2:
            control.call("show", table=dice.choice(TABLES), count=512)
        elif what == 2:
            control.call("explain", port=port, frame=self.frame(dice).hex())
        elif what == 3:
            control.call("fdb.flush", bridge=bridge)
        elif what == 4:
            control.call("fdb.add", bridge=bridge, mac=mac, port=port, **vlan)
        elif what == 5:
            control.call("neighbour.add", interface="i0", address="192.0.0.9", mac=mac)
        elif what == 6:
            control.call("port.down", port=port)
            control.call("port.up", port=port)
        else:
            self.capture(control, dice)

    @staticmethod
    def capture(control, dice):
        ours, theirs = socket.socketpair()
        with open("/dev/null", "wb") as sink, ours, theirs:
            control.fds = [sink.fileno(), theirs.fileno()]
            control.call("capture", at=dice.choice([["rx"], ["drop", "tx"], ["rx", "tx", "drop"]]))
            theirs.close()
            time.sleep(dice.random() * 0.1)
            ours.shutdown(socket.SHUT_WR)
            json.loads(ours.makefile().readline())

    def callers(self, seed):
        dice, control = random.Random(seed), Control(self.socket, PATIENCE)
        try:
            while not self.ended.is_set():
                try:
                    self.call(control, dice)
                except Refused:  # what it names is not there now
                    pass
                time.sleep(dice.random() * 0.01)
            control.close()
        except (OSError, ValueError) as error:
            self.failed.append(f"a caller: {error}")


def files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def rests_at(pid, number):
    end = time.monotonic() + 20  # a capture's files, a tap's other end
    while files(pid) > number and time.monotonic() < end:
        time.sleep(0.05)
    return files(pid) <= number


def main():
    instance, pid, seed, seconds, folder, base = sys.argv[1:]
    soak = Soak(instance, int(seed), folder)
    base = pathlib.Path(base).read_text(encoding="utf-8")
    threads = [threading.Thread(target=soak.frames, args=(seed + "f",), daemon=True)]
    threads += [threading.Thread(target=soak.callers, args=(seed + n,), daemon=True) for n in "12"]
    control = Control(soak.socket, PATIENCE)
    # What a driver opens once stays.
    for text in (soak.text([soak.port(name) for name in soak.devices], [], [], []), base):
        if not soak.apply(control, text):
            sys.exit("every device at once, and none of them again, was refused")
    before = files(pid)
    for thread in threads:
        thread.start()
    taken = refused = 0
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end and not soak.failed:
        text = soak.configuration()
        if soak.random.random() < 0.25:
            text += soak.random.choice(SPOILS)
        if soak.apply(control, text):
            taken += 1
        else:
            refused += 1
    soak.ended.set()
    for thread in threads:
        thread.join(PATIENCE)
    if soak.failed or not soak.apply(control, base):
        sys.exit(f"{soak.failed or 'what ran at first was refused'}")
    control.close()
    if not rests_at(pid, before):
        sys.exit(f"{files(pid)} files are open, {before} at first")
    print(f"{taken} changes applied, {refused} refused, {before} files open before and after")


if __name__ == "__main__":
    main()
