#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""blctl top, held against traffic that is known, and on a terminal as a person has it.

    top.py rates BLCTL INSTANCE TAP       a wire's tap: pps, bps; a late sample; a clear meanwhile
    top.py drops BLCTL INSTANCE TAP       a plain port's: drops by reason, depth of a slow ring
    top.py text BLCTL INSTANCE            not on a terminal, or on one that is dumb
    top.py terminal BLCTL INSTANCE PID    on one: size, every end, Ctrl-Z; PID stands meanwhile
    top.py lost BLCTL INSTANCE            on one; prints `ready`, then the instance has to end
"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import statistics
import struct
import subprocess
import sys
import termios
import threading
import time

RATE, OCTETS = 1000, 60
LIMIT = 20 * int(os.environ.get("TIME_SCALE", "1"))
LEAVE = "\x1b[?25h\x1b[?1049l"


def check(condition, *what):
    if not condition:
        sys.exit("FAILED: " + " ".join(str(w) for w in what))


def frame(ethertype):
    return (bytes.fromhex("ffffffffffff02000000be01") + struct.pack("!H", ethertype)).ljust(OCTETS, b"\0")


def packet_socket(tap):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.bind((tap, 0))
    return s


class Sender(threading.Thread):
    """RATE frames a second, and how many had gone when."""

    def __init__(self, tap):
        super().__init__(daemon=True)
        self.socket, self.history, self.sent, self.ends = packet_socket(tap), [], 0, False

    def run(self):
        start = time.monotonic()
        while not self.ends:
            while self.sent < (time.monotonic() - start) * RATE:
                self.socket.send(frame(0x88B5))
                self.sent += 1
            self.history.append((time.time(), self.sent))
            time.sleep(0.002)

    def between(self, first, last):
        def gone(at):
            return next((n for t, n in reversed(self.history) if t <= at), 0)

        return gone(last) - gone(first)


def samples(blctl, *words):
    """The process, and its samples as they come."""
    process = subprocess.Popen([*blctl, "-j", "top", *words], stdout=subprocess.PIPE, text=True)
    return process, (json.loads(line) for line in process.stdout)


def named(rows, name):
    return next(row for row in rows if row["name"] == name)


def rates(blctl, tap):
    sender = Sender(tap)
    sender.start()
    process, came = samples(blctl, "-i", "0.3", "-c", "7")
    ratios, counted, late, windows = [], 0, None, []
    for n, sample in enumerate(came):
        a, b = named(sample["ports"], "a"), named(sample["ports"], "b")
        seconds, at = sample["seconds"], sample["time"]
        windows.append((at - seconds, at))
        counted += a["rx_pps"] * seconds
        ratios.append(a["rx_pps"] * seconds / max(1, sender.between(*windows[-1])))
        check(abs(a["rx_bps"] - a["rx_pps"] * OCTETS * 8) <= OCTETS * 8, "bps are not pps times bits:", a)
        check(abs(b["tx_pps"] - a["rx_pps"]) <= RATE / 5, "what a receives b does not send:", a, b)
        worker = next(row for row in sample["lcores"] if row["role"] == "worker")
        check(0 < worker["busy"] <= 100, "busy:", worker)
        if n == 3:  # no sample is taken for so long
            os.kill(process.pid, signal.SIGSTOP)
            time.sleep(1)
            os.kill(process.pid, signal.SIGCONT)
        if seconds > 0.9 and late is None:
            late = sample
    check(process.wait() == 0 and len(ratios) == 7, "samples:", ratios)
    sent = sender.between(windows[0][0], windows[-1][1])
    print(f"{counted:.0f} frames by rates, {sent} sent; by sample {min(ratios):.2f} to {max(ratios):.2f}")
    check(abs(counted / sent - 1) < 0.15, "all samples:", counted, sent)
    check(abs(statistics.median(ratios) - 1) < 0.1, "the samples:", ratios)
    check(late is not None, "no sample was late")
    print(f"a sample after {late['seconds']:.2f} s: {named(late['ports'], 'a')['rx_pps']} pps")
    check(named(late["ports"], "a")["rx_pps"] < 1.5 * RATE, "a late sample is not divided by its time:", late)
    clear(blctl)
    sender.ends = True
    sender.join()


def clear(blctl):
    """What is cleared between two samples is not known, and never absurd."""
    process, came = samples(blctl, "-i", "0.3")
    seen = []
    for n, sample in enumerate(came):
        seen.append(named(sample["ports"], "a"))
        if n == 1:
            subprocess.run([*blctl, "clear"], check=True)
        if seen[-1]["rx_pps"] is None:
            check(seen[-1]["drops"] is None and seen[-1]["tx_bps"] is None, "half is known:", seen[-1])
        elif n > 1 and seen[-2]["rx_pps"] is None:
            break
        check(n < 50, "a clear was not noticed:", seen)
    process.terminate()
    process.wait()
    check(all(r["rx_pps"] is None or 0 <= r["rx_pps"] < 5 * RATE for r in seen), "absurd rates:", seen)
    print(f"cleared: {[r['rx_pps'] for r in seen]}")


def drops(blctl, tap):
    port, slow = packet_socket(tap), {}
    process, came = samples(blctl, "-i", "0.2")
    dropped = 0
    for n, sample in enumerate(came):
        if n == 0:
            for _ in range(300):
                port.send(frame(0x88B5))
            for _ in range(100):
                port.send(frame(0x88B6))
        s = named(sample["ports"], "s")
        dropped += s["drops"].get("unknown", 0) * sample["seconds"]
        ring = next(r for r in sample["rings"] if r.get("handler") == "slow")
        slow = ring if ring["depth"] > slow.get("depth", 0) else slow
        if dropped > 299 and slow:
            break
        check(n < LIMIT * 5, "not seen:", dropped, slow)
    process.terminate()
    process.wait()
    check(abs(dropped - 300) < 1, "drops by reason:", dropped)
    print(f"{dropped:.1f} frames dropped as unknown, {slow['depth']} in the ring to slow")


ROWS = {"a": r"^a +up +[0-9.]+[kM]? ", "lcore": r"^ +1 +1 +worker +[0-9.]+ ", "ring": r"^h[0-9]+-l1 +1 +[0-9]+ +slow "}


def text(blctl):
    for terminal in (False, True):
        if terminal:
            end = Terminal([*blctl, "top", "-c", "2", "-i", "0.2"], 24, 80, "dumb")
            check(end.ends() == 0, "status")
            shown = end.raw.replace("\r\n", "\n")
        else:
            command = [*blctl, "top", "-c", "2", "-i", "0.2"]
            shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        check("\x1b" not in shown, "a sequence in text:", repr(shown))
        for what, line in {"heading": r" over 0\.[0-9]+ s$", **ROWS}.items():
            check(len(re.findall(line, shown, re.M)) == 2, what, "is not there twice:", shown)
    print(shown.split("\n\n", 1)[1].split("\n\n")[0])


class Terminal:
    """A program on a terminal: what is sent there, and what a person sees."""

    def __init__(self, command, rows, columns, kind="xterm"):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.raw, self.lines, self.at, self.alternate = "", [], [0, 0], False
        self.resize(rows, columns)

        def take_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(command, stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                        preexec_fn=take_terminal, env={**os.environ, "TERM": kind})

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.lines = [""] * rows
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def put(self, piece):
        """One character or sequence."""
        row, column = self.at
        if piece == "\x1b[H":
            self.at = [0, 0]
        elif piece == "\x1b[K":
            self.lines[row] = self.lines[row][:column]
        elif piece == "\x1b[J":
            self.lines[row] = self.lines[row][:column]
            self.lines[row + 1:] = [""] * (self.rows - row - 1)
        elif piece == "\r":
            self.at[1] = 0
        elif piece == "\n":
            self.at[0] += 1
            check(self.at[0] < self.rows or not self.alternate, "it scrolls:", self.lines)
        elif piece.startswith("\x1b[?1049"):
            self.alternate = piece.endswith("h")
        elif not piece.startswith("\x1b") and self.alternate:
            check(column < self.columns, "behind the last column:", self.lines, piece)
            self.lines[row] = self.lines[row][:column].ljust(column) + piece
            self.at[1] += 1

    def read(self, seconds=0.1):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        came = os.read(self.master, 65536).decode()
        self.raw += came
        for piece in re.findall(r"\x1b\[[?0-9]*[A-Za-z]|.", came, re.S):
            self.put(piece)
        return True

    def until(self, condition, what):
        end = time.monotonic() + LIMIT
        while not condition():
            self.read()
            check(time.monotonic() < end, "not after", LIMIT, "s:", what, self.lines)

    def shows(self, pattern):
        self.until(lambda: any(re.search(pattern, line) for line in self.lines), pattern)

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.before

    def ends(self):
        """Its status, once all that it has written is read."""
        self.until(lambda: self.process.poll() is not None, "it ends")
        while self.read(0):
            pass
        return self.process.returncode


def start(blctl, interval="60"):
    """On a terminal where only a first sample comes, after less than a second."""
    t = Terminal([*blctl, "top", "-i", interval], 24, 80)
    t.shows(ROWS["a"])
    check(not t.is_as_before() and t.alternate, "it is no screen")
    return t


def restored(t, status, last=LEAVE):
    found = t.ends()
    check(found == status, "status", found, "not", status, repr(t.raw[-200:]))
    check(t.is_as_before(), "the terminal is not as it was")
    check(t.raw.count(LEAVE) == t.raw.count("\x1b[?1049h") and re.search(last, t.raw), repr(t.raw[-200:]))


def terminal(blctl, pid):
    t = start(blctl)
    t.shows(ROWS["lcore"])
    t.resize(9, 40)
    t.shows("more lines in a higher window")
    check(t.lines[0].startswith(blctl[-1]) and max(map(len, t.lines)) <= 40, "9 rows:", t.lines)
    t.resize(40, 120)
    t.shows(ROWS["ring"])
    check(not any("more lines" in line for line in t.lines), "40 rows:", t.lines)
    print("\n".join(line for line in t.lines if line))
    os.write(t.master, b"x")  # no key of it
    os.kill(t.process.pid, signal.SIGTSTP)
    check(os.WIFSTOPPED(os.waitpid(t.process.pid, os.WUNTRACED)[1]), "Ctrl-Z does not stop it")
    check(t.is_as_before(), "Ctrl-Z does not give the terminal back")
    while t.read(0):
        pass
    check(t.raw.endswith(LEAVE), "stopped, it is still the screen")
    os.kill(t.process.pid, signal.SIGCONT)
    t.until(lambda: t.alternate, "it is back")
    t.shows(ROWS["ring"])
    os.write(t.master, b"q")
    restored(t, 0, re.escape(LEAVE) + "$")
    for how, end, status in (("Ctrl-C", b"\x03", 0), ("SIGTERM", signal.SIGTERM, -15), ("SIGHUP", signal.SIGHUP, -1)):
        t = start(blctl)
        os.write(t.master, end) if isinstance(end, bytes) else os.kill(t.process.pid, end)
        restored(t, status, re.escape(LEAVE) + "$")
        print(f"{how}: status {status}, the terminal is as it was")
    t = start(blctl, "0.1")
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(0.5)  # it waits for an answer now, or will at once
        began = time.monotonic()
        os.write(t.master, b"\x03")
        restored(t, 0, re.escape(LEAVE) + "$")
    finally:
        os.kill(pid, signal.SIGCONT)
    print(f"Ctrl-C beside an instance that stands: {time.monotonic() - began:.2f} s")


def lost(blctl):
    t = start(blctl, "0.2")
    print("ready", flush=True)
    restored(t, 1, re.escape(LEAVE) + r"blctl: (cannot reach|no answer from) .*\r\n$")
    print(f"lost: {t.raw[t.raw.rindex(LEAVE) + len(LEAVE):].strip()}")


def main():
    what, blctl, instance, *more = sys.argv[1:]
    command = [blctl, "-n", instance]
    {"rates": rates, "drops": drops, "text": text, "lost": lost,
     "terminal": lambda c, pid: terminal(c, int(pid))}[what](command, *more)


if __name__ == "__main__":
    main()
