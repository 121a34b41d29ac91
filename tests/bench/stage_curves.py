#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run micro_bench, show its table and draw classification beside what it has to beat.

    stage_curves.py MICRO_BENCH OUT.csv OUT.svg
"""

import csv
import subprocess
import sys

from chart import Panel, decades, machine, page

PANELS = [
    ("Untagged, hot", "u4", "hot"),
    ("Mix, hot", "mix", "hot"),
    ("Untagged, cold", "u4", "cold"),
    ("Mix, cold", "mix", "cold"),
]
STAGES = {
    "classify": ("ours", "#c0392b", ""),
    "classify-bare": ("without prefetches", "#c0392b", "6 3"),
    "classify-switch": ("switch", "#2471a3", ""),
    "classify-table": ("table, one by one", "#1e8449", ""),
    "classify-ptype": ("rte_net_get_ptype", "#7d3c98", ""),
}
LEAST = 1.0  # of a cycle: the clock's steps are coarser in a burst of 1


def read(path):
    """{(stage, traffic, set): [(burst, cycles)]}"""
    found = {}
    with open(path) as f:
        rows = csv.DictReader(line for line in f if not line.startswith("#"))
        for row in rows:
            point = int(row["burst"]), max(float(row["cycles_p50"]), LEAST)
            found.setdefault((row["stage"], row["traffic"], row["set"]), []).append(point)
    return found


def draw(found):
    shown = {k: v for k, v in found.items() if k[0] in STAGES and k[1:] in [p[1:] for p in PANELS]}
    cycles = [y for points in shown.values() for _, y in points]
    ys = decades(min(cycles), max(cycles))
    panels = []
    for index, (title, traffic, which) in enumerate(PANELS):
        xs = [x for x, _ in shown["classify", traffic, which]]
        panel = Panel(index, xs, ys, "cycles a frame")
        panel.axes(title, "burst", xs)
        for stage, (_, colour, dash) in STAGES.items():
            panel.curve(shown[stage, traffic, which], colour, dash)
        panels.append(panel)
    return page(
        "Classification: TSC cycles a frame, by burst, median",
        f"{machine()}. Hot: in the first-level cache. Cold: frames beyond the last level.",
        list(STAGES.values()),
        170,
        panels,
    )


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    program, csv_path, svg_path = sys.argv[1:]
    subprocess.run([program, "--csv", csv_path], check=True)
    with open(svg_path, "w") as f:
        f.write(draw(read(csv_path)))
    print(f"\nwritten: {csv_path} {svg_path}")


main()
