#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compare Burstline with its peers on one worker lcore; tests/bench/run.sh calls this.

With --against another build of Burstline takes the peers' place: what a change is worth.

The programs of a session are started and stopped by SIGSTOP; each round lets them run one after
the other, so that a slow minute of the machine meets all of them. One start of a program differs
from its next by where its memory lies, which no number of rounds evens out: so a session is started
several times, and the rounds are split over its starts. The rate is frames per second of the worker
thread's CPU time: on a busy machine the scheduler's share would be measured otherwise (the share
stands beside it).
"""

import argparse
import csv
import json
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile

import bars
from programs import PORTS, Burstline, OpenVswitch, Testpmd, ring_cpu
from rows import DEFAULT_TRAFFIC, MODES, TABLES, TRAFFIC, sessions
from targets import print_targets, target

DISTURB_S = 0.5
UNDISTURBED = 0.95  # of the rate alone, at least
NOISE = 0.2  # between the extremes of such ratios, at most

HERE = os.path.dirname(os.path.abspath(__file__))


def make_traffic(args, traffic):
    files = [os.path.join(args.work, f"{traffic}.{p}.pcap") for p in range(PORTS)]
    for p, path in enumerate(files):
        reverse = ["--reverse"] if p % 2 else []
        if not os.path.exists(path):
            subprocess.run([f"{HERE}/mkpcap.py", *TRAFFIC[traffic][p], path, *reverse], check=True)
    return files


def start(args, name):
    """The program NAME, running; None: it is not installed."""
    mode, traffic = name.split("/")
    files = make_traffic(args, traffic)
    instance = "bench-" + re.sub("[^a-z0-9]", "-", name)
    if mode in ("ovs", "ovs-wire"):
        if not OpenVswitch.installed():
            return None
        return OpenVswitch(args, instance, files, wire=mode == "ovs-wire")
    if mode.startswith("testpmd-"):
        return Testpmd(args, instance, files, mode.removeprefix("testpmd-"))
    binary = args.burstline
    for prefix, other in (("against-", args.against), ("native-", args.native)):
        if mode.startswith(prefix):
            mode, binary = mode.removeprefix(prefix), other
    return Burstline(args, instance, files, binary, MODES[mode])


def measure(args, rows, samples):
    """All rounds of one session; returns the programs of each start."""
    names = dict.fromkeys(n for row in rows for n in [row.ours, *(r.name for r in row.references)])
    starts = []
    for s in range(args.starts):
        rounds = len(range(s, args.rounds, args.starts))
        starts.append(measure_start(args, names, s, rounds, samples))
    print(file=sys.stderr)
    return starts


def measure_start(args, names, s, rounds, samples):
    """So many rounds of start `s`; returns its programs. Appends a sample a window."""
    programs = {}
    try:
        for name in names:
            program = start(args, name)
            if program:
                programs[name] = program
                program.await_start()
                program.pause()
        for r in range(rounds):
            for name, program in programs.items():
                mpps, wall, share = program.window(args.seconds)
                samples.append([name, s, r, f"{mpps:.3f}", f"{wall:.3f}", f"{share:.3f}"])
                samples[-1].append(cycles_of(args, [mpps]))
                print(".", end="", file=sys.stderr, flush=True)
        for program in programs.values():
            program.check()
    finally:
        ended = {program: program.stop() for program in programs.values()}
    for program, status in ended.items():
        if status != 0 and isinstance(program, Burstline):
            program.fail(f"exit status {status}")
    return programs


def disturbance(args):
    """What a busy control CPU takes from the worker's: testpmd io without and with it, in turns."""
    one, other = args.cpus[-1], args.cpus[0]
    if one == other:
        return "one CPU for all"
    seconds = min(args.seconds, DISTURB_S)
    loop = f"import os\nos.sched_setaffinity(0, {{{other}}})\nwhile True: pass"
    program = start(args, "testpmd-io/u4")
    try:
        program.await_start()
        program.pause()
        ratios = []
        for _ in range(args.rounds):
            alone, *_ = program.window(seconds)
            spinner = subprocess.Popen([sys.executable, "-c", loop])
            try:
                beside, *_ = program.window(seconds)
            finally:
                spinner.kill()
                spinner.wait()
            ratios.append(beside / alone)
    finally:
        program.stop()
    if max(ratios) - min(ratios) > NOISE:
        said = "too noisy to say whether they disturb each other"
    elif statistics.median(ratios) < UNDISTURBED:
        said = "they DISTURB each other"
    else:
        said = "they do not disturb each other"
    return f"testpmd-io on CPU {one}, CPU {other} busy / idle: {spread(ratios, 2)}: {said}"


def extremes(values):
    return statistics.median(values), min(values), max(values)


def spread(values, digits):
    middle, low, high = extremes(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def of_starts(windows):
    """The values that count of each start's windows: a start's median, because its windows share
    one placement of memory and are no better for being many; all windows of an only start."""
    return [statistics.median(w) for w in windows] if len(windows) > 1 else windows[0]


def rates_of(starts, name):
    return of_starts([programs[name].rates for programs in starts])


def ratios_of(starts, ours, theirs):
    return of_starts([[a / b for a, b in zip(p[ours].rates, p[theirs].rates)] for p in starts])


# cycles: of TSC, a frame; more: cycles more than the reference.
HEAD = "program", "Mpps", "cycles", "against", "Mpps", "ratio", "more", "at least"
LINE = "{:18} {:>16} {:>7}  {:23} {:>16}  {:>16} {:>7}  {}"


def cycles_of(args, rates):
    return f"{args.tsc_mhz / statistics.median(rates):.1f}" if args.tsc_mhz else ""


def print_rows(args, rows, starts):
    for row in rows:
        ours = rates_of(starts, row.ours)
        shown = row.ours, spread(ours, 1), cycles_of(args, ours)
        for reference in row.references:
            if reference.name not in starts[0]:
                print(LINE.format(*shown, reference.name, "-", "-", "-", "not installed"))
                continue
            theirs = rates_of(starts, reference.name)
            more = args.tsc_mhz * (1 / statistics.median(ours) - 1 / statistics.median(theirs))
            print(
                LINE.format(
                    *shown,
                    reference.name,
                    spread(theirs, 1),
                    spread(ratios_of(starts, row.ours, reference.name), 2),
                    f"{more:+.1f}" if args.tsc_mhz else "",
                    "" if reference.floor is None else f"{reference.floor:.2f}",
                ).rstrip()
            )
            shown = "", "", ""
        dropped = [p[row.ours].dropped for p in starts if p[row.ours].dropped is not None]
        if dropped:
            shares = of_starts([p[row.ours].lane_shares for p in starts])
            print(
                f"{'':18} {statistics.median(dropped):.0%} of rx found a full ring; Mpps: the "
                f"rest; the handlers' lcore had {spread(shares, 2)} of its CPU"
            )


def targets_of(rows, starts):
    lines = []
    for row in rows:
        for reference in row.references:
            if reference.floor is None:
                continue
            what = f"{row.ours} / {reference.name}"
            if reference.name not in starts[0]:
                lines.append(f"{what}: not measured, it is not installed")
                continue
            ratios = ratios_of(starts, row.ours, reference.name)
            limits = reference.floor, reference.aim
            held_in = ratios if len(starts) > 1 else ()
            why = reference.why
            lines.append(target(what, statistics.median(ratios), *limits, starts=held_in, why=why))
    return lines


def built_with(binary):
    """The compiler and the flags that matter, of a program in its build folder."""
    compiler, flags = "unknown", "unknown"
    build = os.path.dirname(os.path.dirname(os.path.abspath(binary)))
    try:
        with open(f"{build}/compile_commands.json") as f:
            worker = next(c for c in json.load(f) if c["file"].endswith("burstline/worker.c"))
        words = shlex.split(worker["command"])
        cc = words[1] if os.path.basename(words[0]) == "ccache" else words[0]
        version = subprocess.run([cc, "--version"], capture_output=True, text=True, check=True)
        compiler = version.stdout.splitlines()[0]
        wanted = re.compile(r"-(O|m|f(?!diagnostics)|g|DNDEBUG)")
        flags = " ".join(dict.fromkeys(w for w in words if wanted.match(w)))
    except (OSError, StopIteration):
        pass
    return compiler, flags


def describe(args):
    """What was measured, and where."""
    with open("/proc/cpuinfo") as f:
        cpuinfo = f.read()
    with open("/sys/devices/system/node/node0/meminfo") as f:
        free = re.search(r"HugePages_Total:\s+(\d+)", f.read())
    model = re.search(r"model name\s*: (.*)", cpuinfo)
    # BogoMIPS is twice the TSC's rate on x86.
    mips = re.search(r"bogomips\s*: ([\d.]+)", cpuinfo)
    args.tsc_mhz = float(mips[1]) / 2 if mips and os.uname().machine == "x86_64" else 0
    compiler, flags = built_with(args.burstline)
    native = [("native", built_with(args.native)[1])] if args.native else []
    version = subprocess.run([args.burstline, "--version"], capture_output=True, text=True)
    lane = ring_cpu(args)
    shared = ", which is control's too: it takes turns there" if lane == args.cpus[0] else ""
    counted = "medians (min-max)"
    if args.starts > 1:
        counted = f"of {args.starts} starts the medians: their median (min-max)"
    pages = f"hugepages ({free[1]})" if args.huge_dir and free else "no hugepages"
    return [
        ("program", version.stdout.strip()),
        ("machine", f"{model[1] if model else os.uname().machine}, {os.cpu_count()} CPUs"),
        ("placement", f"control on CPU {args.cpus[0]}, worker on CPU {args.cpus[-1]}, {pages}"),
        ("rings", f"the handlers' lcore on CPU {lane}{shared}"),
        ("compiler", compiler),
        ("flags", flags),
        *native,
        ("method", f"{args.rounds} rounds, {args.seconds} s a program in turn; {counted}"),
        ("unit", "Mpps sent in a second of the CPU time of the worker's thread"),
        ("cycles", "TSC cycles a frame; more: than the reference, testpmd-io looks at no frame"),
    ]


def some_of(known):
    def parse(text):
        names = text.split(",")
        unknown = [n for n in names if n not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown: {unknown[0]}; known: {','.join(known)}")
        return names

    return parse


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--burstline", required=True)
    parser.add_argument("--against", help="another build of burstline, in place of the peers")
    parser.add_argument("--native", help="a build for this CPU alone, beside --burstline")
    parser.add_argument("--csv", required=True)
    parser.add_argument("--starts", type=int, default=3, help="of each program")
    parser.add_argument("--rounds", type=int, default=9, help="of all starts together")
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--traffic", type=some_of(TRAFFIC), default=DEFAULT_TRAFFIC)
    parser.add_argument("--modes", type=some_of(TABLES), default=TABLES[:-1])
    parser.add_argument("--rows", type=lambda text: text.split(","), help="of them only these")
    parser.add_argument("--plugins", help="the folder that swap.so is in")
    parser.add_argument("--huge-dir", help="a mounted hugetlbfs; without it none is used")
    args = parser.parse_args()
    if args.rounds < 3:
        parser.error("a median needs at least 3 rounds")
    if not 1 <= args.starts <= args.rounds:
        parser.error("at least one start, and each has to have a round")
    args.cpus = sorted(os.sched_getaffinity(0))
    return args


def main():
    args = parse_args()
    about = describe(args)
    samples = []
    if not sessions(args):
        sys.exit(f"bench: no such row: {','.join(args.rows)}")
    with tempfile.TemporaryDirectory() as args.work:
        if not args.against:
            about.append(("CPUs", disturbance(args)))
        for name, value in about:
            print(f"{name:10} {value}")
        print()
        print(LINE.format(*HEAD))
        groups, targets = [], []
        for rows in sessions(args):
            starts = measure(args, rows, samples)
            print_rows(args, rows, starts)
            groups.append({name: extremes(rates_of(starts, name)) for name in starts[0]})
            targets += targets_of(rows, starts)
        print_targets(targets)
    with open(args.csv, "w", newline="") as f:
        f.writelines(f"# {name}: {value}\n" for name, value in about)
        out = csv.writer(f)
        out.writerow(["program", "start", "round", "mpps_cpu", "mpps_wall", "cpu_share", "cycles"])
        out.writerows(samples)
    svg = os.path.splitext(args.csv)[0] + ".svg"
    with open(svg, "w") as f:
        f.write(bars.draw(groups, [f"{name}: {value}" for name, value in about]))
    print(f"\nwritten: {args.csv} {svg}")


if __name__ == "__main__":
    main()
