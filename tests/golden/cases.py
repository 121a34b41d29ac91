#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Frames in, frames out, octet by octet: each folder of cases/ through the real program.

    cases.py [CASE...]

    config.yaml    @DIR@/in.pcap is what port `in` receives; @DIR@/out.pcap what is looked at
    in.hex         frames to receive; in2.hex, if there is one, those of port `in2`, after them
    out.hex        frames that must be sent, in this order; those of a handler on control may be
                   late, so several captures are several lists: out.hex, out2.hex, ...
    announce.hex   frames that may be among them, each at least once (gratuitous ARP)
    expect.json    {"in": {"rx": 3, "drops": {"unknown": 1}, "classes": {"arp": 2}}}: numbers of
                   ports; drops and classes are complete

A line of a .hex file is a frame: hex digits, blanks as you like, `(OCTETS)*N` repeats, `empty` is
a frame of no octets, # begins a comment.
"""

import json
import pathlib
import re
import sys

from instance import Failed, Instance, check, read_pcap, write_pcap

CASES = pathlib.Path(__file__).resolve().parent / "cases"


def frames_of(path):
    frames = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        line = line.partition("#")[0].strip()
        if line == "":
            continue
        line = re.sub(r"\(([0-9a-f]+)\)\*(\d+)", lambda m: m[1] * int(m[2]), line)
        frames.append(bytes.fromhex("" if line == "empty" else line))
    return frames


def compare(name, got, want):
    for i, (g, w) in enumerate(zip(got, want)):
        check(g == w, f"{name}: frame {i + 1} is\n  {g.hex()}\nwanted\n  {w.hex()}")
    check(len(got) == len(want), name, "has", len(got), "frames, wanted", len(want))


def look_at_output(case, folder):
    announced = frames_of(case / "announce.hex")
    missing = set(announced)
    for hexes in sorted(case.glob("out*.hex")):
        got = read_pcap(f"{folder}/{hexes.stem}.pcap")
        missing -= set(got)
        compare(hexes.name, [g for g in got if g not in announced], frames_of(hexes))
    check(not missing, "never sent:", [m.hex() for m in missing])


def look_at_numbers(want, ledger, last):
    for port, numbers in want.items():
        for field, number in numbers.items():
            if field == "drops":
                got = {d["reason"]: d["frames"] for d in ledger[port]["drops"]}
            elif field == "classes":
                got = last[port]["classes"]
            else:
                got = ledger[port][field]
            check(got == number, f"{port}.{field} is {got}, wanted {number}")


def run(case):
    sent = {hexes.stem: frames_of(hexes) for hexes in case.glob("in*.hex")}
    config = (case / "config.yaml").read_text(encoding="utf-8")
    with Instance(config + "memory: {hugepages: never}\n") as i:
        for port, frames in sent.items():
            write_pcap(i.path(port + ".pcap"), frames)
        i.start()
        last = i.await_ports(
            lambda ports: all(ports[port]["rx"] == len(frames) for port, frames in sent.items())
            and all(p["in_flight"] == 0 for p in ports.values())
        )
        for port in last.values():
            check(sum(port["classes"].values()) == port["rx"], "classes do not sum to rx:", port)
        ledger = i.stop()
        look_at_output(case, i.dir)
        look_at_numbers(json.loads((case / "expect.json").read_text()), ledger, last)


def main():
    failed = 0
    cases = [CASES / name for name in sys.argv[1:]] or sorted(CASES.iterdir())
    for case in cases:
        try:
            run(case)
            print(f"{case.name}: ok")
        except Failed as failure:
            failed += 1
            print(f"{case.name}: FAILED: {failure}")
    sys.exit(failed != 0 or not cases)


if __name__ == "__main__":
    main()
