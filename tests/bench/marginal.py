#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run marginal_bench over some traffic and show what each way costs more than to receive and send.

    marginal.py [--starts N] MARGINAL_BENCH OUT.csv [EAL ARGUMENT...]
"""

import csv
import os
import statistics
import subprocess
import sys
import tempfile

from chart import machine
from targets import print_targets, target

TRAFFIC = ["u4", "q1", "qq", "mix"]
STARTS = 5
HERE = os.path.dirname(os.path.abspath(__file__))
WHERE = "Instructions, and half of them dispatch's: classify/{0} and dispatch/{0} in instructions.txt."


def write_pcaps(folder, traffic):
    files = [os.path.join(folder, f"{traffic}.{p}.pcap") for p in range(2)]
    for path, reverse in zip(files, ([], ["--reverse"])):
        subprocess.run([f"{HERE}/mkpcap.py", traffic, path, *reverse], check=True)
    return files


def run(program, files, eal):
    """{way: cycles}"""
    done = subprocess.run([program, *files, *eal], stdout=subprocess.PIPE, text=True, check=True)
    return {way: float(cycles) for way, cycles in map(str.split, done.stdout.splitlines())}


def shown(values):
    return f"{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})"


def main(program, out, *eal, starts=STARTS):
    found = {}  # {way: {traffic: cycles of each start}}
    with tempfile.TemporaryDirectory() as folder:
        for traffic in TRAFFIC:
            files = write_pcaps(folder, traffic)
            for _ in range(starts):
                for way, cycles in run(program, files, eal).items():
                    found.setdefault(way, {}).setdefault(traffic, []).append(cycles)
    print(f"in one process, over net_pcap in turns; medians of {starts} starts")
    print("TSC cycles a frame; io receives and sends, the others: how many more than io")
    print(f"{'':22}" + "".join(f"{traffic:>20}" for traffic in TRAFFIC))
    for way, by_traffic in found.items():
        print(f"{way:22}" + "".join(f"{shown(by_traffic[t]):>20}" for t in TRAFFIC))
    with open(out, "w", newline="") as f:
        f.write(f"# {machine()}\n")
        rows = csv.writer(f)
        rows.writerow(["way", "traffic", "start", "cycles"])
        for way, by_traffic in found.items():
            for traffic, cycles in by_traffic.items():
                rows.writerows([way, traffic, i, c] for i, c in enumerate(cycles))
    print_targets([
        target(
            f"classify + dispatch, hot, {what}: cycles a frame",
            statistics.median(found["steer"][traffic]),
            floor,
            aim,
            most=True,
            starts=found["steer"][traffic],
            why=WHERE.format(traffic),
        )
        for what, traffic, floor, aim in (
            ("untagged", "u4", 4, 2),
            ("shuffled mix", "mix", 12, 7),
        )
    ])
    print(f"\nwritten: {out}")


if __name__ == "__main__":
    args = sys.argv[1:]
    if args[:1] == ["--starts"]:
        main(*args[2:], starts=int(args[1]))
    else:
        main(*args)
