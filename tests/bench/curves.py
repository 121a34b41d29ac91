#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run bridge_bench and draw what it found; tests/bench/run.sh calls this.

    curves.py BRIDGE_BENCH OUT.csv OUT.svg [EAL arguments]

Rates without devices: classification and the bridge alone, a burst of 32 at a time.
"""

import csv
import math
import platform
import re
import subprocess
import sys
from xml.sax.saxutils import escape

# Title, label of x, curves.
PANELS = [
    ("Pairs of MAC addresses, random order", "pairs", ["macs"]),
    ("Tags of a frame, 1 pair", "tags", ["tags", "tags-aware"]),
    ("VLANs, one tag, random order", "VLANs", ["vlans"]),
    ("Members, random destinations", "members", ["members"]),
]
COLOURS = {"hot": "#c0392b", "cold": "#2471a3"}
VLAN_AWARE = {"tags-aware", "vlans"}
LEGEND = [("hot", "hot", ""), ("cold", "cold", ""), ("cold", "dashed: VLAN-aware", "6 3")]
WIDTH, HEIGHT = 460, 320  # of a panel
LEFT, TOP, RIGHT, BOTTOM = 58, 40, 20, 48
HEAD, FOOT = 62, 30
# Promised for first passes: parts of the rate of 1 pair, at least and aim.
LEARNING = 0.2, 0.4


def read(text):
    """{(curve, set): [(x, cycles, p99, mpps)]}"""
    found = {}
    for row in csv.DictReader(text.splitlines()):
        point = (int(row["x"]), *(float(row[k]) for k in ("cycles_p50", "cycles_p99", "mpps")))
        found.setdefault((row["curve"], row["set"]), []).append(point)
    return found


def short(n):
    return f"{n // 1024} Ki" if n >= 1024 and n % 1024 == 0 else str(n)


def decades(low, high):
    """Ticks 1, 2, 5 x 10^n around a range."""
    ticks = [m * 10**e for e in range(0, 5) for m in (1, 2, 5)]
    first = max(t for t in ticks if t <= max(low, 1))
    last = min(t for t in ticks if t >= high)
    return [t for t in ticks if first <= t <= last]


class Panel:
    def __init__(self, x0, y0, xs, ys):
        self.x0, self.y0 = x0 + LEFT, y0 + TOP
        self.w, self.h = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        self.logarithmic = max(xs) > 4
        self.low, self.high = self.scale(min(xs)), self.scale(max(xs))
        self.ys = ys
        self.out = []

    def scale(self, x):
        return math.log2(x) if self.logarithmic else x

    def at(self, x, y):
        part = (self.scale(x) - self.low) / (self.high - self.low)
        up = math.log(y / self.ys[0]) / math.log(self.ys[-1] / self.ys[0])
        return self.x0 + part * self.w, self.y0 + (1 - up) * self.h

    def text(self, x, y, words, anchor="middle", more=""):
        self.out.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'
        )

    def line(self, a, b, colour):
        self.out.append(
            f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" '
            f'stroke="{colour}"/>'
        )

    def axes(self, title, label, xs):
        bottom, right = self.y0 + self.h, self.x0 + self.w
        for y in self.ys:
            _, py = self.at(xs[0], y)
            self.line((self.x0, py), (right, py), "#ddd")
            self.text(self.x0 - 6, py + 4, str(y), "end")
        for x in xs:
            px, _ = self.at(x, self.ys[0])
            self.line((px, bottom), (px, bottom + 4), "#333")
            self.text(px, bottom + 17, short(x))
        self.line((self.x0, bottom), (right, bottom), "#333")
        self.line((self.x0, self.y0), (self.x0, bottom), "#333")
        self.text(self.x0 + self.w / 2, self.y0 - 14, title, more=' font-weight="bold"')
        self.text(self.x0 + self.w / 2, bottom + 36, label)
        px, py = self.x0 - 42, self.y0 + self.h / 2
        self.text(px, py, "Mpps", more=f' transform="rotate(-90 {px} {py:.1f})"')

    def curve(self, points, colour, dash):
        places = [self.at(x, mpps) for x, _, _, mpps in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        self.out.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dash}"/>'
        )
        for x, y in places:
            self.out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')


def draw_panel(found, index, ys):
    title, label, curves = PANELS[index]
    xs = [x for x, *_ in found[curves[0], "hot"]]
    panel = Panel(WIDTH * (index % 2), HEAD + HEIGHT * (index // 2), xs, ys)
    panel.axes(title, label, xs)
    for curve in curves:
        for which, colour in COLOURS.items():
            panel.curve(found[curve, which], colour, "6 3" if curve in VLAN_AWARE else "")
    return panel.out


def legend(x, y):
    out = []
    for which, label, dash in LEGEND:
        out.append(
            f'<line x1="{x}" y1="{y}" x2="{x + 30}" y2="{y}" stroke="{COLOURS[which]}" '
            f'stroke-width="2" stroke-dasharray="{dash}"/><text x="{x + 36}" y="{y + 4}">'
            f"{label}</text>"
        )
        x += 90
    return out


def draw(found, about):
    rates = [mpps for points in found.values() for *_, mpps in points]
    ys = decades(min(rates), max(rates))
    width, height = 2 * WIDTH, HEAD + 2 * HEIGHT + FOOT
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12" fill="#222">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{width / 2}" y="28" text-anchor="middle" font-size="16" font-weight="bold">'
        "Classification and bridge on one lcore, without devices, bursts of 32</text>",
    ]
    out += legend(WIDTH - 160, 50)
    for index in range(len(PANELS)):
        out += draw_panel(found, index, ys)
    out.append(
        f'<text x="{width / 2}" y="{height - 12}" text-anchor="middle" fill="#555">'
        f"{escape(about)}. Hot: headers in the first-level cache. Cold: beyond the last level."
        "</text></svg>"
    )
    return "\n".join(out) + "\n"


def print_table(found):
    pair = found["macs", "hot"][0]
    print("without devices: TSC cycles a frame (99th percentile), ratio to 1 pair, both hot")
    for name in ("push", "pop", "learn"):
        _, cycles, p99, mpps = found[name, "hot"][0]
        ratio, verdict = mpps / pair[3], ""
        if name == "learn":
            floor, aim = LEARNING
            verdict = f"  {floor:.2f} {'holds' if ratio >= floor else 'DOES NOT HOLD'}"
            verdict += f"; aim {aim:.2f} {'reached' if ratio >= aim else 'not reached'}"
        print(f"{name:8} {cycles:6.1f} ({p99:.1f}) {mpps:8.1f} Mpps {ratio:6.2f}{verdict}")
    print(f"{'1 pair':8} {pair[1]:6.1f} ({pair[2]:.1f}) {pair[3]:8.1f} Mpps")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    program, csv_path, svg_path, *eal = sys.argv[1:]
    text = subprocess.run([program, *eal], stdout=subprocess.PIPE, text=True, check=True).stdout
    found = read(text)
    with open("/proc/cpuinfo") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    about = model[1] if model else platform.machine()
    with open(csv_path, "w") as f:
        f.write(f"# machine: {about}\n{text}")
    with open(svg_path, "w") as f:
        f.write(draw(found, about))
    print_table(found)
    print(f"\nwritten: {csv_path} {svg_path}")


main()
