#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Calls every method of a control socket and holds each answer against its schema.

    control.py SOCKET BRIDGE PORT INTERFACE ADDRESS    an address that is free on the interface

Others import Control: one connection, one call at a time.
"""

import json
import pathlib
import socket
import sys
import time
import tempfile

import jsonschema

SCHEMAS = pathlib.Path(__file__).parents[2] / "app/burstline/schema"
MAC = "02:00:00:00:77:01"
NOBODY = "no-such-name"
ARP = [[40, 0, 0, 12], [21, 0, 1, 0x0806], [6, 0, 0, 65536], [6, 0, 0, 0]]  # tcpdump -dd arp


class Refused(Exception):
    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['message']}")
        self.code, self.message = error["code"], error["message"]


class Control:
    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)  # waits while the backlog is full, as it would not with a timeout
        self.socket.settimeout(timeout)
        self.file = self.socket.makefile("rb")
        self.serial = 0
        self.fds = []  # that go with the next line

    def raw(self, line):
        if self.fds:
            socket.send_fds(self.socket, [line[:1]], self.fds)
            line, self.fds = line[1:], []
        self.socket.sendall(line + b"\n")
        return json.loads(self.file.readline())

    def call(self, method, **params):
        self.serial += 1
        request = {"jsonrpc": "2.0", "id": self.serial, "method": method, "params": params}
        answer = self.raw(json.dumps(request).encode())
        if answer["jsonrpc"] != "2.0" or answer["id"] != self.serial:
            sys.exit(f"not the answer to {request}: {answer}")
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def close(self):
        self.file.close()
        self.socket.close()


def schema(method, part):
    read = json.loads((SCHEMAS / f"{method}.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(read)
    read["$ref"] = f"#/definitions/{part}"
    return jsonschema.Draft7Validator(read)


class Checked:
    """A connection whose every call is held against the schemas."""

    def __init__(self, path):
        self.control = Control(path)
        self.checks = 0
        self.called = set()

    def ok(self, method, **params):
        schema(method, "params").validate(params)
        result = self.control.call(method, **params)
        schema(method, "result").validate(result)
        self.checks += 1
        self.called.add(method)
        return result

    def refused(self, code, method, **params):
        try:
            result = self.control.call(method, **params)
        except Refused as refusal:
            if refusal.code != code:
                sys.exit(f"{method} {params}: {refusal}, not {code}")
            self.checks += 1
            return refusal.message
        sys.exit(f"{method} {params} was not refused: {result}")

    def wrong(self, method, **params):
        """Parameters that the schema does not take, nor the program."""
        if schema(method, "params").is_valid(params):
            sys.exit(f"the schema of {method} takes {params}")
        return self.refused(-32602, method, **params)


def check_reads(c):
    methods = {m["name"]: m["changes"] for m in c.ok("methods")["methods"]}
    files = {path.stem for path in SCHEMAS.glob("*.json")}
    if set(methods) != files:
        sys.exit(f"methods without schema or schemas without method: {set(methods) ^ files}")
    tables = c.ok("tables")["tables"]
    rows = 0
    for table in tables:
        whole = c.ok("show", table=table, count=512)["rows"]
        rows += len(whole)
        first, paged = 0, []
        more = True
        while more:
            page = c.ok("show", table=table, first=first, count=2)
            paged += page["rows"]
            first += len(page["rows"])
            more = page["more"]
        if len(paged) != len(whole):
            sys.exit(f"{table} has {len(whole)} rows, {len(paged)} in pages of 2")
    for method in ("ping", "config", "events", "clear"):
        c.ok(method)
    c.wrong("show")
    c.wrong("show", table=7)
    c.wrong("show", table="ports", first=-1)
    c.wrong("show", table="ports", count=513)
    c.wrong("show", table="ports", colour="red")
    c.wrong("ping", please=True)
    c.refused(-32000, "show", table=NOBODY)
    c.refused(-32601, "no.such.method")
    return methods, len(tables), rows


def check_changes(c, bridge, port, interface, address):
    vlan = {"vlan": 10}
    c.ok("neighbour.add", interface=interface, address=address, mac=MAC)
    c.refused(-32602, "neighbour.add", interface=interface, address=address, mac="01:00:5e:00:00:01")
    c.wrong("neighbour.add", interface=interface, address=address, mac="02:00")
    c.ok("neighbour.del", interface=interface, address=address)
    c.refused(-32000, "neighbour.del", interface=interface, address=address)
    c.refused(-32000, "neighbour.add", interface=NOBODY, address=address, mac=MAC)
    c.ok("fdb.add", bridge=bridge, mac=MAC, port=port, **vlan)
    c.ok("fdb.del", bridge=bridge, mac=MAC, **vlan)
    c.refused(-32000, "fdb.del", bridge=bridge, mac=MAC, **vlan)
    c.wrong("fdb.add", bridge=bridge, mac=MAC)
    c.refused(-32000, "fdb.add", bridge=NOBODY, mac=MAC, port=port, **vlan)
    c.refused(-32000, "fdb.add", bridge=bridge, mac=MAC, port=NOBODY, **vlan)
    c.refused(-32000, "fdb.add", bridge=bridge, mac=MAC, port=port, vlan=4000)
    c.ok("fdb.flush", bridge=bridge)
    c.ok("fdb.flush", bridge=bridge, port=port, **vlan)
    c.refused(-32000, "fdb.flush", bridge=bridge, port=NOBODY)
    c.wrong("port.down")
    c.refused(-32000, "port.down", port=NOBODY)
    c.ok("port.down", port=port)
    c.ok("port.up", port=port)
    await_link(c, port)


def await_link(c, port):
    """The answer does not wait for it, but what comes next may need frames to be received."""
    end = time.monotonic() + 60
    while not any(r["name"] == port and r["link"] == "up" for r in c.ok("show", table="ports")["rows"]):
        if time.monotonic() > end:
            sys.exit(f"port {port} has no link again")
        time.sleep(0.02)


def check_frames(c, port):
    frame = "ff" * 6 + "020000000066" + "88b5" + "00" * 46
    for octets in (frame, frame[:20], "ff" * 6 + "020000000066" + "8100000a" + "0800" + "00" * 42):
        c.ok("explain", port=port, frame=octets)
    c.refused(-32000, "explain", port=NOBODY, frame=frame)
    c.wrong("explain", port=port, frame="123")
    c.wrong("explain", port=port)
    c.refused(-32602, "capture")  # no descriptors
    c.wrong("capture", at=["noon"])
    for bad in ("host example.org", [[1, 2, 3]]):  # a text would have to be looked up
        if "filter" not in (said := c.wrong("capture", filter=bad)):
            sys.exit(f"filter {bad}: {said}")
    with tempfile.TemporaryFile() as file:
        ours, theirs = socket.socketpair()
        for bad in ({"port": NOBODY}, {"filter": [[6, 0, 0, 0], [5, 0, 0, 4294967295]]}, {"at": ["drop=hunger"]}):
            c.control.fds = [file.fileno(), theirs.fileno()]
            c.refused(-32000 if "port" in bad else -32602, "capture", **bad)
        c.control.fds = [file.fileno(), theirs.fileno()]
        c.ok("capture", port=port, at=["rx", "tx", "drop"], filter=ARP, count=0, length=100)
        theirs.close()
        ours.shutdown(socket.SHUT_WR)
        end = json.loads(ours.makefile().read())
        if set(end) != {"recorded", "missed", "why"} or file.seek(0, 2) < 100:
            sys.exit(f"the capture ended with {end}, {file.tell()} octets")
        ours.close()


def check_configuration(c):
    """What runs, applied: no difference; another one: told, refused."""
    running = c.control.call("config")["text"]

    def sent(method, text, code=None, **params):
        with tempfile.TemporaryFile() as file:
            file.write(text.encode())
            file.flush()
            c.control.fds = [file.fileno()]
            return c.ok(method, **params) if code is None else c.refused(code, method, **params)

    def differs(text):
        return [d["path"] for d in sent("config.diff", text, name="it")["differences"]]

    if found := differs(running):
        sys.exit(f"what runs differs from itself: {found}")
    refused = sent("config.diff", running + "memory: {mbufs: 77777}\n")["differences"]
    if [d["effect"] for d in refused] != ["refused"]:
        sys.exit(f"memory: {refused}")
    c.refused(-32602, "config.diff")  # no descriptor
    c.refused(-32602, "config.apply")
    sent("config.diff", "ports: [", code=-32002)
    sent("config.apply", "ports: [", code=-32002)
    sent("config.apply", running, code=-32602, confirm=4000)
    c.refused(-32000, "config.confirm")
    sent("config.apply", running, confirm=60)
    c.ok("config.confirm")
    c.ok("config.rollback")
    if c.control.call("config")["text"] != running:
        sys.exit("applying what runs changed it")


def main():
    path, *names = sys.argv[1:]
    c = Checked(path)
    methods, tables, rows = check_reads(c)
    check_changes(c, *names)
    check_frames(c, names[1])
    check_configuration(c)
    if c.called != set(methods):
        sys.exit(f"not called: {set(methods) - c.called}")
    print(f"{c.checks} answers of {len(methods)} methods, {tables} tables with {rows} rows")


if __name__ == "__main__":
    main()
