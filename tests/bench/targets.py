#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Targets as the benches print them; and a sentence for each that does not hold.

    targets.py < WHAT_THE_BENCHES_PRINTED

shows the targets of all parts once more, and says below them what does not hold; run.sh ends with
it. C programs print such lines by bench_target().
"""

import re
import sys

# A line "  why: ..." may follow: where the time goes. Other indented lines are notes.
LINE = re.compile(
    r"(?P<what>.+?) +(?P<found>-?[\d.]+)  (?P<side>[<>])= *(?P<limit>[\d.]+) "
    r"(?P<verdict>holds|DOES NOT HOLD) *(aim +[\d.]+ (not )?reached)?"
    r" *(in (?P<starts>\d+ of \d+) starts)?"
)
WHY = "  why: "


def target(what, found, floor, aim=None, most=False, starts=(), why=None):
    """The lines of a target. most: no more than `floor` is promised, else no less. starts: what
    each start of the programs had. why: where the time goes, as far as it is known."""

    def good(value, limit):
        return value <= limit if most else value >= limit

    holds = good(found, floor)
    text = f"{what:58} {found:6.2f}  {'<=' if most else '>='} {floor:5.2f} "
    text += f"{'holds' if holds else 'DOES NOT HOLD':13}"
    if aim is not None:
        text += f"  aim {aim:5.2f} {'reached' if good(found, aim) else 'not reached':11}"
    if len(starts) > 1:
        text += f"  in {sum(good(s, floor) for s in starts)} of {len(starts)} starts"
    return text.rstrip() + (f"\n{WHY}{why}" if why and not holds else "")


def print_targets(lines):
    if lines:
        print("\ntargets", *lines, sep="\n")


def sentence(line, why):
    """What is to be said of a target's line; None: it holds."""
    m = LINE.fullmatch(line)
    if not m:  # it was not measured
        return line
    if m["verdict"] == "holds":
        return None
    found, limit = float(m["found"]), float(m["limit"])
    missed = abs(found / limit - 1)
    promise = f"at {'most' if m['side'] == '<' else 'least'} {m['limit']}"
    by = f"{missed * 100:.0f} %" if missed >= 0.01 else "less than 1 %"
    text = f"{m['what']} is {m['found']} and should be {promise}: it misses by {by}"
    if m["starts"]:
        text += f", and held in {m['starts']} starts"
    return f"{text}. {why}".rstrip()


def summary(lines):
    """The targets in what the benches printed, and the sentences."""
    shown, sentences = [], []
    inside = False
    for line in (*lines, ""):
        line = line.rstrip()
        if not line or line.startswith("targets"):
            inside = bool(line)
        elif not inside:
            pass
        elif line.startswith(WHY):
            sentences[-1] = sentence(shown[-1], line.removeprefix(WHY))
        else:
            shown.append(line)
            if not line.startswith(" "):
                sentences.append(sentence(line, ""))
    if not shown:
        return []
    missed = [s for s in sentences if s]
    said = ["what does not hold", *missed] if missed else [f"every target holds ({len(sentences)})"]
    return ["all targets", *shown, "", *said]


if __name__ == "__main__":
    for line in summary(sys.stdin):
        print(line)
