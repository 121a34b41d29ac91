#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The gate on instructions: what each stage of the data path takes a frame, held against a record.

    tests/bench/instructions.py [BUILD]            judge; 0: holds, 1: a stage takes too many
    tests/bench/instructions.py --record [BUILD]   write tests/bench/instructions.txt anew

count_bench runs under callgrind, which counts instructions as the program asks for them: neither
other programs nor the clock move the figures. A stage may take BOUND more than is recorded. What
the counts depend on besides our source (compiler, build, DPDK, vectors) stands in the record's
second line: where that differs, which is said, it may take OTHER_BOUND more, for other counts are
no fault then; only what has become much worse is found. $INSTRUCTIONS names another record.
"""

import glob
import os
import re
import subprocess
import sys
import tempfile

BOUND = 0.05
OTHER_BOUND = 0.25
SLACK = 0.1  # instructions a frame: of stages that take next to none
HERE = os.path.dirname(os.path.abspath(__file__))
RECORD = os.environ.get("INSTRUCTIONS", os.path.join(HERE, "instructions.txt"))
AGAIN = "tests/bench/instructions.py --record"
HEAD = f"# Instructions a frame (fdb: a key) at bursts of 32, by callgrind: {AGAIN}\n"


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}{done.stderr}\n{' '.join(command)}: exit {done.returncode}")
    return done.stdout


def count(program):
    """{stage: instructions a frame}, in the program's order"""
    with tempfile.TemporaryDirectory() as work:
        out = os.path.join(work, "out")
        said = run(
            ["valgrind", "--tool=callgrind", "--quiet", "--instr-atstart=no"]
            + [f"--callgrind-out-file={out}", program]
        )
        totals = {}
        for path in glob.glob(f"{out}.*"):
            with open(path) as f:
                text = f.read()
            name = re.search(r"^desc: Trigger: Client Request: (.*)$", text, re.M)
            total = re.search(r"^totals: (\d+)$", text, re.M)
            if name and total:
                totals[name[1].strip()] = int(total[1])
    counts = {}
    for name, frames in re.findall(r"^stage (\S+) (\d+)$", said, re.M):
        counts[name] = (totals[name] - totals[f"-{name}"]) / int(frames)
    if not counts:
        sys.exit("count_bench counted nothing")
    return counts


def read_record():
    with open(RECORD) as f:
        _, about, *lines = f.read().splitlines()
    return about[2:], {name: float(n) for name, n in map(str.split, lines)}


def write_record(about, counts):
    with open(RECORD, "w") as f:
        f.write(f"{HEAD}# {about}\n")
        f.writelines(f"{name:16} {n:8.2f}\n" for name, n in counts.items())
    print(f"written: {os.path.relpath(RECORD)}")


def judge(counts, recorded, bound):
    """Lines to say: what fails, what only deserves a word."""
    worse, better = [], []
    for name in sorted(counts.keys() ^ recorded.keys()):
        where = "recorded" if name in counts else "measured"
        worse.append(f"{name}: not {where}; {AGAIN}")
    for name, was in recorded.items():
        now = counts.get(name, was)
        line = f"{name}: {now:.2f} instructions a frame, {was:.2f} recorded"
        if now > was * (1 + bound) + SLACK:
            worse.append(f"{line}: {now / was - 1:.1%} more, {bound:.0%} is allowed")
        elif now < was * (1 - bound) - SLACK:
            better.append(f"{line}: {1 - now / was:.1%} fewer")
    return worse, better


def main():
    words = sys.argv[1:]
    record = "--record" in words
    words = [w for w in words if w != "--record"]
    build = words[0] if words else os.path.join(HERE, "../../build")
    if not os.path.exists(f"{build}/build.ninja"):
        sys.exit(f"{build} is no build folder: meson setup build")
    program = f"{build}/tests/bench/count_bench"
    if not os.path.exists(program):
        run(["meson", "setup", "--reconfigure", build])  # perhaps there was no valgrind then
    run(["ninja", "--quiet", "-C", build, "tests/bench/count_bench"])
    about = run([program, "--about"]).strip()
    if ", release, portable," not in about:
        sys.exit(f"{build} is not the portable release build, which alone is judged: {about}")
    counts = count(program)
    if record:
        write_record(about, counts)
        return
    recorded_about, recorded = read_record()
    if about.split()[0] != recorded_about.split()[0]:
        print(f"no counts are recorded for {about.split()[0]}")
        sys.exit(77)
    bound = BOUND
    if about != recorded_about:
        bound = OTHER_BOUND
        print(f"not as recorded, so {bound:.0%} is allowed: {about}; recorded: {recorded_about}")
    worse, better = judge(counts, recorded, bound)
    for line in worse + better:
        print(line)
    if better:
        print(f"better than recorded: so that it stays so, {AGAIN}")
    if worse:
        print(f"if this is on purpose: {AGAIN}, and the commit says why")
        sys.exit(1)
    print(f"{len(counts)} stages counted")


main()
