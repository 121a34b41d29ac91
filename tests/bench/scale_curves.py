#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run scale_bench, show what a frame costs against what is configured, and draw it.

    scale_curves.py SCALE_BENCH OUT.csv OUT.svg

Drawn and held against each other is the least of the turns: what other users of the machine add is
no part of what grows. The table shows the medians and extremes too.
"""

import csv
import os
import subprocess
import sys

from chart import Panel, decades, machine, page
from targets import print_targets, target

# Title, label of x, curve.
PANELS = [
    ("Ports, all idle but one", "ports", "ports"),
    ("Queues of the port, all busy", "RX queues", "queues"),
    ("Handlers", "handlers", "handlers"),
    ("EtherTypes", "EtherTypes that handlers have", "types"),
    ("Workers", "workers", "workers"),
]
COLOURS = {"wire": "#c0392b", "wire, mix": "#2471a3", "inline, mix": "#1e8449"}
LABELS = {"wire": "wire, untagged", "wire, mix": "wire, mix", "inline, mix": "handlers, mix"}
GROWS = 1.1  # of the first point's cost: no more is noise
BURST = 32
ENOUGH_CPUS = 3  # for two workers beside control


def read(text):
    """{(curve, set): [(x, row)]}"""
    found = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault((row["curve"], row["set"]), []).append((int(row["x"]), row))
    return found


def drawn(points):
    return [(x, max(float(row["least"]), 1.0)) for x, row in points]


def draw(found):
    cycles = [y for points in found.values() for _, y in drawn(points)]
    ys = decades(min(cycles), max(cycles))
    panels = []
    for title, label, curve in PANELS:
        sets = {which: drawn(found[name, which]) for name, which in found if name == curve}
        xs = [x for x, _ in next(iter(sets.values()))]
        if len(xs) < 2:
            continue
        panel = Panel(len(panels), xs, ys, "TSC cycles a frame")
        panel.axes(title, label, xs)
        for which, points in sets.items():
            panel.curve(points, COLOURS[which], "")
        panels.append(panel)
    return page(
        "A worker's whole round: TSC cycles a frame, bursts of 32, without reception",
        f"{machine()}, {os.cpu_count()} CPUs. Least of the turns' medians.",
        [(LABELS[which], colour, "") for which, colour in COLOURS.items()],
        170,
        panels,
    )


def growth(points):
    """First and last x, and what the last costs more than the first: cycles, and times."""
    (x0, first), (x, last) = drawn(points)[0], drawn(points)[-1]
    return x0, x, last - first, last / first


def print_table(found):
    print(f"TSC cycles a frame: least of the turns (median, most); {os.cpu_count()} CPUs")
    lines = []
    for (curve, which), points in found.items():
        cells = [
            f"{x}: {float(r['least']):.1f} ({float(r['cycles_p50']):.1f}, {float(r['most']):.1f})"
            for x, r in points
        ]
        x0, x, more, times = growth(points)
        for at in range(0, len(cells), 5):
            print(f"{curve if at == 0 else '':9} {which if at == 0 else '':12}", *cells[at : at + 5])
        if curve == "ports":
            print(f"{'':22} {more * BURST / (x - x0):.0f} cycles a round for each idle port")
        elif curve == "workers" and os.cpu_count() < ENOUGH_CPUS:
            print(f"{'':22} {times:.2f} x; not judged: one shares its CPU with control")
        elif x != x0:
            what = f"cost of a frame, {which}: {x} {curve} / {x0}"
            lines.append(target(what, times, GROWS, most=True))
    print_targets(lines)


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    program, csv_path, svg_path = sys.argv[1:]
    text = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout
    found = read(text)
    with open(csv_path, "w") as f:
        f.write(f"# machine: {machine()}, {os.cpu_count()} CPUs\n{text}")
    with open(svg_path, "w") as f:
        f.write(draw(found))
    print_table(found)
    print(f"\nwritten: {csv_path} {svg_path}")


main()
