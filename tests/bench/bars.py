# SPDX-License-Identifier: BSD-3-Clause
"""The rates of compare.py's programs as bars, a page of SVG; compare.py calls this."""

from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT = 920, 210, 130
BAR, GAP, HEAD = 16, 4, 64
OURS, NATIVE, PEER = "#c0392b", "#e59866", "#2471a3"


def colour(name):
    if name.startswith(("testpmd-", "ovs", "against-")):
        return PEER
    return NATIVE if name.startswith("native-") else OURS


def bar(y, name, rates, scale):
    """rates: median, least and most."""
    middle, low, high = (LEFT + r * scale for r in rates)
    mid = y + BAR / 2
    return [
        f'<text x="{LEFT - 8}" y="{mid + 4}" text-anchor="end">{escape(name)}</text>',
        f'<rect x="{LEFT}" y="{y}" width="{middle - LEFT:.1f}" height="{BAR}" '
        f'fill="{colour(name)}"/>',
        f'<path d="M{low:.1f} {mid}H{high:.1f}M{low:.1f} {mid - 4}v8M{high:.1f} {mid - 4}v8" '
        'stroke="#222" fill="none"/>',
        f'<text x="{high + 8:.1f}" y="{mid + 4}">{rates[0]:.1f}</text>',
    ]


def draw(groups, about):
    """groups: for each session {program: (median, least, most)}; about: lines for the foot."""
    most = max(high for programs in groups for _, _, high in programs.values())
    scale = (WIDTH - LEFT - RIGHT) / most
    out, y = [], HEAD
    for programs in groups:
        for name, rates in sorted(programs.items(), key=lambda item: -item[1][0]):
            out += bar(y, name, rates, scale)
            y += BAR + GAP
        y += 3 * GAP
    for line in about:
        y += BAR
        out.append(f'<text x="16" y="{y}" fill="#555" font-size="11">{escape(line)}</text>')
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + BAR}" width="{WIDTH}" '
        f'height="{y + BAR}" font-family="sans-serif" font-size="12" fill="#222">',
        f'<rect width="{WIDTH}" height="{y + BAR}" fill="#fff"/>',
        f'<text x="{WIDTH / 2}" y="26" text-anchor="middle" font-size="16" font-weight="bold">'
        "Mpps on one worker lcore: median, least and most of the starts</text>",
        f'<text x="{WIDTH / 2}" y="46" text-anchor="middle">'
        f'<tspan fill="{OURS}">Burstline</tspan> · <tspan fill="{NATIVE}">built for this CPU</tspan>'
        f' · <tspan fill="{PEER}">beside it</tspan></text>',
    ]
    return "\n".join([*head, *out, "</svg>"]) + "\n"
