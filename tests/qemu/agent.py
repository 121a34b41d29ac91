# SPDX-License-Identifier: BSD-3-Clause
"""Runs in the guest, as process 1, and does what the test says on the second serial port: a JSON
object a line, answered by one. `machine.py` holds the other end."""

import json
import os
import subprocess
import termios
import threading
import time
import tty

import telemetry

PORT = "/dev/ttyS1"
children = {}
late = []  # (when, seconds) that the guest or this process stood still


def run(command, limit=60):
    done = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit)
    return {"rc": done.returncode, "out": done.stdout}


class Child:
    """A program and what it says, each line with the time at which it came."""

    def __init__(self, command):
        self.process = subprocess.Popen(["sh", "-c", "exec " + command], text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        self.lines = []
        self.listener = threading.Thread(target=self.listen)
        self.listener.start()

    def listen(self):
        for line in self.process.stdout:
            self.lines.append((time.monotonic(), line))


def start(command):
    child = Child(command)
    children[child.process.pid] = child
    return child.process.pid


def wait(pid, limit=20):
    try:
        code = children[pid].process.wait(limit)
        children[pid].listener.join(limit)
        return code
    except subprocess.TimeoutExpired:
        return None


def poll(pid):
    return children[pid].process.poll()


def said(pid):
    return children[pid].lines[:]


def now():
    return time.monotonic()


def watch():
    while True:
        begin = time.monotonic()
        time.sleep(0.05)
        if (seconds := time.monotonic() - begin - 0.05) > 0.05:
            late.append((begin, seconds))


def stood(since, until):
    """For how long nothing moved here between two moments."""
    return sum(max(0, min(at + s, until) - max(at, since)) for at, s in late[:])


def ask(instance, command):
    return telemetry.ask(instance, command)


def read(path):
    with open(path) as f:
        return f.read()


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


ORDERS = {f.__name__: f for f in (run, start, wait, poll, said, now, stood, ask, read, write)}


def main():
    os.environ["PATH"] = "/usr/bin:/usr/sbin"
    fd = os.open(PORT, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd, termios.TCSANOW)
    port = os.fdopen(fd, "r+b", buffering=0)
    reader = open(fd, "rb", closefd=False)
    threading.Thread(target=watch, daemon=True).start()
    port.write(b'{"up": true}\n')
    for line in reader:
        try:
            order = json.loads(line)
            answer = {"answer": ORDERS[order["order"]](*order["arguments"])}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        port.write(json.dumps(answer).encode() + b"\n")


main()
