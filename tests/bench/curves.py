#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run bridge_bench and draw what it found; tests/bench/run.sh calls this.

    curves.py BRIDGE_BENCH OUT.csv OUT.svg [EAL arguments]

Rates without devices: classification and the bridge alone, a burst of 32 at a time.
"""

import csv
import subprocess
import sys

from chart import Panel, decades, machine, page
from targets import print_targets, target

# Title, label of x, curves.
PANELS = [
    ("Pairs of MAC addresses, random order", "pairs", ["macs"]),
    ("Tags of a frame, 1 pair", "tags", ["tags", "tags-aware"]),
    ("VLANs, one tag, random order", "VLANs", ["vlans"]),
    ("Members, random destinations", "members", ["members"]),
]
COLOURS = {"hot": "#c0392b", "cold": "#2471a3"}
VLAN_AWARE = {"tags-aware", "vlans"}
LEGEND = [
    ("hot", COLOURS["hot"], ""),
    ("cold", COLOURS["cold"], ""),
    ("dashed: VLAN-aware", COLOURS["cold"], "6 3"),
]
# Promised for first passes: parts of the rate of 1 pair, at least and aim.
LEARNING = 0.2, 0.4
WHY_LEARNING = (
    "An insert is more than two look-ups' instructions (fdb-new and fdb-hit in "
    "tests/bench/instructions.txt), each in a bucket of its own."
)


def read(text):
    """{(curve, set): [(x, cycles, p99, mpps)]}"""
    found = {}
    for row in csv.DictReader(text.splitlines()):
        point = (int(row["x"]), *(float(row[k]) for k in ("cycles_p50", "cycles_p99", "mpps")))
        found.setdefault((row["curve"], row["set"]), []).append(point)
    return found


def draw_panel(found, index, ys):
    title, label, curves = PANELS[index]
    xs = [x for x, *_ in found[curves[0], "hot"]]
    panel = Panel(index, xs, ys, "Mpps")
    panel.axes(title, label, xs)
    for curve in curves:
        for which, colour in COLOURS.items():
            points = [(x, mpps) for x, _, _, mpps in found[curve, which]]
            panel.curve(points, colour, "6 3" if curve in VLAN_AWARE else "")
    return panel


def draw(found, about):
    rates = [mpps for points in found.values() for *_, mpps in points]
    ys = decades(min(rates), max(rates))
    return page(
        "Classification and bridge on one lcore, without devices, bursts of 32",
        f"{about}. Hot: headers in the first-level cache. Cold: beyond the last level.",
        LEGEND,
        90,
        [draw_panel(found, index, ys) for index in range(len(PANELS))],
    )


def print_table(found):
    pair = found["macs", "hot"][0]
    print("without devices: TSC cycles a frame (99th percentile), ratio to 1 pair, both hot")
    for name in ("push", "pop", "learn"):
        _, cycles, p99, mpps = found[name, "hot"][0]
        print(f"{name:8} {cycles:6.1f} ({p99:.1f}) {mpps:8.1f} Mpps {mpps / pair[3]:6.2f}")
    print(f"{'1 pair':8} {pair[1]:6.1f} ({pair[2]:.1f}) {pair[3]:8.1f} Mpps")
    learnt = found["learn", "hot"][0][3]
    what = "learning / 1 pair, without devices"
    print_targets([target(what, learnt / pair[3], *LEARNING, why=WHY_LEARNING)])


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, csv_path, svg_path, *eal = sys.argv[1:]
    text = subprocess.run([program, *eal], stdout=subprocess.PIPE, text=True, check=True).stdout
    found = read(text)
    about = machine()
    with open(csv_path, "w") as f:
        f.write(f"# machine: {about}\n{text}")
    with open(svg_path, "w") as f:
        f.write(draw(found, about))
    print_table(found)
    print(f"\nwritten: {csv_path} {svg_path}")


main()
