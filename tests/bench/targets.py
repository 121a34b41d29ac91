# SPDX-License-Identifier: BSD-3-Clause
"""Targets as the benches print them; run.sh shows those of all its parts together at the end."""


def target(what, found, floor, aim=None, most=False):
    """A line: what was found, what is promised and whether it holds. most: no more than that."""
    good = (lambda limit: found <= limit) if most else (lambda limit: found >= limit)
    text = f"{what:58} {found:6.2f}  {floor:5.2f} {'holds' if good(floor) else 'DOES NOT HOLD':13}"
    if aim is not None:
        text += f"  aim {aim:4.2f} {'reached' if good(aim) else 'not reached'}"
    return text.rstrip()


def print_targets(lines):
    if lines:
        print("\ntargets", *lines, sep="\n")
