# SPDX-License-Identifier: BSD-3-Clause
"""Runs in the guest, as process 1, and does what the test says on the second serial port: a JSON
object a line, answered by one. `machine.py` holds the other end."""

import json
import os
import subprocess
import termios
import tty

import telemetry

PORT = "/dev/ttyS1"
children = {}


def run(command, limit=60):
    done = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit)
    return {"rc": done.returncode, "out": done.stdout}


def start(command, log):
    with open(log, "w") as out:
        child = subprocess.Popen(["sh", "-c", "exec " + command], stdin=subprocess.DEVNULL,
                                 stdout=out, stderr=out)
    children[child.pid] = child
    return child.pid


def wait(pid, limit=20):
    try:
        return children[pid].wait(limit)
    except subprocess.TimeoutExpired:
        return None


def poll(pid):
    return children[pid].poll()


def ask(instance, command):
    return telemetry.ask(instance, command)


def read(path):
    with open(path) as f:
        return f.read()


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


ORDERS = {f.__name__: f for f in (run, start, wait, poll, ask, read, write)}


def main():
    os.environ["PATH"] = "/usr/bin:/usr/sbin"
    fd = os.open(PORT, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd, termios.TCSANOW)
    port = os.fdopen(fd, "r+b", buffering=0)
    reader = open(fd, "rb", closefd=False)
    port.write(b'{"up": true}\n')
    for line in reader:
        try:
            order = json.loads(line)
            answer = {"answer": ORDERS[order["order"]](*order["arguments"])}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        port.write(json.dumps(answer).encode() + b"\n")


main()
