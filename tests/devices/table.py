#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The device truth table: what each device does to each kind of frame, measured here and now.

    table.py                  print the table (Markdown)
    table.py --write FILE     put it between the markers in FILE
    table.py --check FILE     status 1, and the difference, when FILE has another one
    table.py -v               and every verdict, as it was measured
    table.py net_tap ...      of these devices only

Called by tests/devices.sh and tests/smoke/devices_test.sh; as root. Nothing in the table depends
on time or speed.
"""

import argparse
import difflib
import re
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

from cases import CASES, SAME
from rigs import RIGS, UNCOUNTED, Reference

BEGIN, END = "<!-- devices: begin -->", "<!-- devices: end -->"
INTRO = """\
Frames through a pair of each device, by `sudo tests/devices.sh`: lengths are octets without FCS; \
in: from the device to Burstline, out: from Burstline to the device; what is not named is the same, \
octet by octet. MTU 9000 rows have `mtu: 9000`. net_null is not shown: what it is sent ends there, \
what it gives is made up.
"""


def measure(titles):
    """@return {title: {mtu: rig}} of devices that there are; each rig in a namespace of its own."""
    mtus = sorted({case.mtu for case in CASES})
    wanted = [rig for rig in RIGS if not titles or rig.title in titles]
    kinds = [(rig, mtu) for rig in [Reference, *wanted] for mtu in mtus]
    pool = ThreadPoolExecutor(4)
    try:
        done = list(pool.map(lambda kind: kind[0](kind[1]).run(), kinds))
    finally:
        pool.shutdown(cancel_futures=True)  # each rig removes what it made
    for rig in done:
        faults = [v for found in rig.found.values() for v in found.values() if v != SAME]
        if rig.title == Reference.title and (faults or rig.refused):
            sys.exit(f"the reference itself is at fault: {rig.refused or faults}")
    there = [rig for rig in done if "is not supported yet" not in (rig.refused or "")]
    return {
        title: {rig.mtu: rig for rig in there if rig.title == title}
        for title in dict.fromkeys(rig.title for rig in there if rig.title != Reference.title)
    }


class Notes:
    """Numbers for what is said more than once."""

    def __init__(self):
        self.texts = []

    def number(self, text):
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1


def cell(rig, case, notes):
    if rig.refused:
        return f"refused ({notes.number('at the start: ' + rig.refused)})"
    if not any(case.name in found for found in rig.found.values()):
        return "-"
    said = {path: found[case.name] for path, found in rig.found.items()}
    pair = said.pop("pair", None)
    # A pair is one way in and one way out: what it does follows from them, or is shown.
    follows = said.get("in") if said.get("in") != SAME else said.get("out")
    if pair is not None and pair != follows:
        said["pair"] = pair
    parts = []
    for path, verdict in said.items():
        if verdict == SAME:
            continue
        word, text = verdict.split(": ", 1)
        way = "" if path == "both" else f"{path}: "
        parts.append(f"{way}{word} ({notes.number(text)})")
    return ", ".join(parts) or SAME


def render(rigs):
    notes = Notes()
    rows = [["frame", *rigs], ["---"] * (len(rigs) + 1)]
    for case in CASES:
        rows.append([case.name] + [cell(rigs[title][case.mtu], case, notes) for title in rigs])
    lines = [INTRO] + ["| " + " | ".join(row) + " |" for row in rows] + [""]
    lines += [f"{n}. {text}" for n, text in enumerate(notes.texts, 1)]
    warned = []
    for title, of_title in rigs.items():
        for sentence in sorted({w for rig in of_title.values() for w in rig.warnings}):
            warned.append(f"- {title}: {sentence}")
    if warned:
        lines += ["", "At the start Burstline warns of:", *warned]
    return "\n".join(lines) + "\n"


def between(path):
    """@return what is before, between and behind the markers."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    found = re.fullmatch(f"(.*{BEGIN}\n)(.*)({END}.*)", text, re.DOTALL)
    if found is None:
        sys.exit(f"{path}: no lines {BEGIN} and {END}")
    return found.groups()


def show_all(rigs):
    for title, of_title in rigs.items():
        for rig in of_title.values():
            for path, found in rig.found.items():
                for name, verdict in found.items():
                    print(f"{title}, {path}: {name}: {verdict}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].replace("table.py", "tests/devices.sh").strip())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser.add_argument("--write")
    parser.add_argument("--check")
    parser.add_argument("-v", action="store_true")
    parser.add_argument("device", nargs="*", choices=[[], *(rig.title for rig in RIGS)])
    args = parser.parse_args()
    if args.device and (args.write or args.check):
        parser.error("--write and --check take all devices")
    for path in filter(None, (args.write, args.check)):
        between(path)  # before the work
    rigs = measure(args.device)
    table = render(rigs)
    if args.v:
        show_all(rigs)
    verdicts = [
        v for r in rigs.values() for rig in r.values() for f in rig.found.values() for v in f.values()
    ]
    if args.write:
        before, _, behind = between(args.write)
        with open(args.write, "w", encoding="utf-8") as file:
            file.write(before + table + behind)
    if args.check:
        was = between(args.check)[1]
        lines = difflib.unified_diff(
            was.splitlines(), table.splitlines(), args.check, "this machine", lineterm="", n=0
        )
        print(*lines, sep="\n")
        if was != table:
            sys.exit(f"{args.check} has another table: tests/devices.sh --write {args.check}")
    if not args.write and not args.check:
        print(table, end="")
    if UNCOUNTED in verdicts:
        sys.exit("a loss that nobody counts")
    if any(verdict.startswith("cut") for verdict in verdicts):
        sys.exit("a frame that was cut went on")


if __name__ == "__main__":
    main()
