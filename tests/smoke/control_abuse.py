#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Abuses a control socket while somebody else uses it, and prints how long that one's answers took.

    control_abuse.py SOCKET [SCALE]    each case in its turn; exits with 1 where a bound is broken
"""

import json
import os
import random
import socket
import sys
import threading
import time

from control import Control, Refused

CLIENTS = 64  # that are served at once (server.h)
LINE = 64 * 1024
QUICK_MS = 100  # for another client's answer, whatever somebody does
ROWS = b'{"jsonrpc": "2.0", "id": 1, "method": "show", "params": {"table": "ports", "count": 512}}\n'
PING = b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n'


class Witness(threading.Thread):
    """Asks all the time, on one connection, and keeps how long each answer took."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.control, self.times, self.failed = Control(path), [], None
        self.ended = threading.Event()

    def run(self):
        try:
            while not self.ended.is_set():
                start = time.monotonic()
                self.control.call("show", table="workers")
                self.times.append(time.monotonic() - start)
                time.sleep(0.005)
            self.control.close()
        except (OSError, ValueError, Refused) as error:
            self.failed = error


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)  # waits while the backlog is full, as it would not with a timeout
    s.settimeout(20)
    return s


def read_end(s):
    """What comes until the other end closes."""
    data = b""
    try:
        while piece := s.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    return data


def long_line(path):
    s = connect(path)
    try:
        s.sendall(b"x" * (1 << 20))
        s.sendall(b"\n")
    except (BrokenPipeError, ConnectionResetError):
        pass
    answer = read_end(s)
    if b"at most 65536 octets" not in answer:
        sys.exit(f"1 MB line: {answer[:200]}")


def longest_line(path):
    """One octet less than too much is a request like any other."""
    control = Control(path)
    head, tail = b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "x": "', b'"}'
    answer = control.raw(head + b"y" * (LINE - len(head) - len(tail)) + tail)
    if "result" not in answer:
        sys.exit(f"a line of {LINE} octets: {answer}")
    control.close()


def partial_lines(path):
    """An octet at a time is served; what never ends is dropped, and nobody waits for it."""
    start = time.monotonic()
    slow = [connect(path) for _ in range(20)]
    for s in slow:
        s.sendall(b'{"jsonrpc": ')
    s = connect(path)
    for octet in PING:
        s.sendall(bytes([octet]))
    if b'"result"' not in s.recv(65536):
        sys.exit("an octet at a time: no answer")
    s.close()
    for s in slow:
        if read_end(s):
            sys.exit("half a line was answered")
        s.close()
    took = time.monotonic() - start
    if not 3 < took < 20:
        sys.exit(f"half a line was kept for {took:.1f} s")
    return f"dropped after {took:.1f} s"


def thousand_clients(path):
    sockets, answers = [], 0
    for _ in range(1000):
        s = connect(path)
        try:
            s.sendall(PING)
        except BrokenPipeError:
            pass  # it was told to come later
        sockets.append(s)
    for s in sockets:
        data = b""
        try:
            data = s.recv(65536)
        except ConnectionResetError:
            pass
        answers += b'"result"' in data or b"are busy" in data
        s.close()
    if answers < CLIENTS:
        sys.exit(f"only {answers} of 1000 clients heard anything")
    return f"{answers} of 1000 were answered or told to come later"


def slow_readers(path):
    """They ask and do not read: what is kept for them is bounded, and they are dropped."""
    slow = [connect(path) for _ in range(20)]
    for s in slow:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.setblocking(False)
    asked = 0
    end = time.monotonic() + 30
    alive = list(slow)
    while alive and time.monotonic() < end:
        for s in list(alive):
            try:
                asked += s.send(ROWS)
            except BlockingIOError:
                pass
            except OSError:
                alive.remove(s)
        time.sleep(0.01)
    if alive:
        sys.exit(f"{len(alive)} of {len(slow)} who do not read were kept")
    for s in slow:
        s.close()
    return f"all {len(slow)} were dropped after {asked // len(ROWS)} requests"


def disconnects(path):
    for i in range(500):
        s = connect(path)
        s.sendall(random.choice([ROWS, ROWS * 3, ROWS[: i % len(ROWS)], b"\n", b""]))
        if i % 3 == 0:
            s.shutdown(random.choice([socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR]))
        s.close()


WRONG = [
    (b"hello", -32700),
    (b"\0\0\0", -32700),
    (b"\xff\xfe", -32700),
    (b"{}", -32600),
    (b"[]", -32600),
    (b"[" * 3000, -32700),
    (b"7", -32700),
    (b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}', -32600),
    (b'{"jsonrpc": "2.0", "id": 1, "method": 7}', -32600),
    (b'{"jsonrpc": "2.0", "id": {}, "method": "ping"}', -32600),
    (b'{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "ping"}', -32700),
    (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": [1]}', -32602),
    (b'{"jsonrpc": "2.0", "id": 1, "method": "show", "params": {"table": []}}', -32602),
    (b'{"jsonrpc": "2.0", "id": 1, "method": "show", "params": {"table": "ports", "first": "x"}}',
     -32602),
    (b'{"jsonrpc": "2.0", "id": 1, "method": "show", "params": {"table": "ports", "first": 1e99}}',
     -32602),
    (b'{"jsonrpc": "2.0", "id": 1, "method": "nothing"}', -32601),
    # Messages that quote so much that they are cut inside a character.
    (b'{"jsonrpc": "2.0", "id": 1, "method": "port.up", "params": {"port": "' + b"x" * 31 +
     "\u00e9".encode() + b'"}}', -32000),
    (b'{"jsonrpc": "2.0", "id": 1, "method": "show", "params": {"table": "ports", "' +
     "x\u00e9".encode() * 100 + b'": 1}}', -32602),
    (b'{"jsonrpc": "2.0", "id": 1, "method": "show", "params": {"table": "ports", "' +
     "\u00e9".encode() * 100 + b'": 1}}', -32602),
]


def wrong_lines(path):
    control = Control(path)
    for line, code in WRONG:
        answer = control.raw(line)
        if answer.get("error", {}).get("code") != code:
            sys.exit(f"{line[:60]}: {answer}, not {code}")
    random.seed(7)
    for _ in range(300):
        noise = random.randbytes(random.randrange(1, 200)).replace(b"\n", b" ")
        if "error" not in control.raw(noise):
            sys.exit(f"noise was taken: {noise}")
    # A notification has no answer, and the next request its own.
    control.socket.sendall(b'{"jsonrpc": "2.0", "method": "ping"}\n\n')
    control.call("ping")
    control.close()
    return f"{len(WRONG)} kinds and 300 lines of noise"


def pipelined(path):
    """Requests without waiting: answered one by one, in order."""
    s = connect(path)
    request = b'{"jsonrpc": "2.0", "id": %d, "method": "ping"}\n'
    threading.Thread(target=s.sendall, args=(b"".join(request % i for i in range(2000)),)).start()
    answers = s.makefile("rb")
    for i in range(2000):
        if json.loads(answers.readline())["id"] != i:
            sys.exit("pipelined answers are out of order")
    s.close()


def memory(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


def main():
    path, scale = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    pid = Control(path).call("ping")["pid"]
    files = len(os.listdir(f"/proc/{pid}/fd"))
    cases = (long_line, longest_line, wrong_lines, pipelined, disconnects, thousand_clients,
             partial_lines, slow_readers)
    before = memory(pid)
    for case in cases:
        witness = Witness(path)
        witness.start()
        start = time.monotonic()
        said = case(path)
        while time.monotonic() - start < 0.5 or len(witness.times) < 20:
            if witness.failed or time.monotonic() - start > 30:
                break
            case(path)  # a short one again, as long as somebody can notice
        took = time.monotonic() - start
        witness.ended.set()
        witness.join(30)
        times = sorted(witness.times)
        if witness.failed or not times:
            sys.exit(f"{case.__name__}: the other client: {witness.failed}")
        middle, worst = times[len(times) // 2] * 1000, times[-1] * 1000
        print(f"{case.__name__:<17} {took:5.1f} s; another client's {len(times)} answers took "
              f"{middle:.2f} ms, at most {worst:.1f} ms{'; ' + said if said else ''}")
        if middle > QUICK_MS * scale:
            sys.exit(f"{case.__name__}: the other client waited {middle:.1f} ms")
    grown = memory(pid) - before
    print(f"memory grew by {grown} KiB")
    deadline = time.monotonic() + 30
    while (left := len(os.listdir(f"/proc/{pid}/fd")) - files) > 0:
        if time.monotonic() > deadline:
            sys.exit(f"{left} files are still open")
        time.sleep(0.1)
    if scale == 1 and grown > 64 * 1024:
        sys.exit("that is more than its bounds allow")


if __name__ == "__main__":
    main()
