# SPDX-License-Identifier: BSD-3-Clause
"""Curves in SVG: a page of panels in two columns, logarithmic upwards, that share ticks and legend."""

import math
import platform
import re
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 460, 320  # of a panel
LEFT, TOP, RIGHT, BOTTOM = 58, 40, 20, 48
HEAD, FOOT = 62, 30


def machine():
    with open("/proc/cpuinfo") as f:
        model = re.search(r"model name\s*: (.*)", f.read())
    return model[1] if model else platform.machine()


def short(n):
    return f"{n // 1024} Ki" if n >= 1024 and n % 1024 == 0 else str(n)


def decades(low, high):
    """Ticks 1, 2, 5 x 10^n around a range."""
    ticks = [m * 10**e for e in range(0, 5) for m in (1, 2, 5)]
    first = max(t for t in ticks if t <= max(low, 1))
    last = min(t for t in ticks if t >= high)
    return [t for t in ticks if first <= t <= last]


class Panel:
    def __init__(self, index, xs, ys, unit):
        """Number `index` of a page; xs: all of its points; ys: ticks of every panel."""
        x0, y0 = WIDTH * (index % 2), HEAD + HEIGHT * (index // 2)
        self.unit = unit
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
        self.text(px, py, self.unit, more=f' transform="rotate(-90 {px} {py:.1f})"')

    def curve(self, points, colour, dash):
        """points: (x, y)"""
        places = [self.at(x, y) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        self.out.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dash}"/>'
        )
        for x, y in places:
            self.out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')


def legend(entries, each):
    """entries: (label, colour, dash), `each` wide, in the middle of the page."""
    out = []
    x, y = WIDTH - each * len(entries) / 2, 50
    for label, colour, dash in entries:
        out.append(
            f'<line x1="{x}" y1="{y}" x2="{x + 30}" y2="{y}" stroke="{colour}" '
            f'stroke-width="2" stroke-dasharray="{dash}"/><text x="{x + 36}" y="{y + 4}">'
            f"{escape(label)}</text>"
        )
        x += each
    return out


def page(title, foot, entries, each, panels):
    """The whole file."""
    width, height = 2 * WIDTH, HEAD + (len(panels) + 1) // 2 * HEIGHT + FOOT
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="12" fill="#222">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{width / 2}" y="28" text-anchor="middle" font-size="16" font-weight="bold">'
        f"{escape(title)}</text>",
    ]
    out += legend(entries, each)
    for panel in panels:
        out += panel.out
    out.append(
        f'<text x="{width / 2}" y="{height - 12}" text-anchor="middle" fill="#555">'
        f"{escape(foot)}</text></svg>"
    )
    return "\n".join(out) + "\n"
