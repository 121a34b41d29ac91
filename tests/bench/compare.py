#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compare Burstline with its peers on one worker lcore; tests/bench/run.sh calls this.

With --against another build of Burstline takes the peers' place: what a change is worth.

The programs of a session are started once and stopped by SIGSTOP; each round lets them run one
after the other, so that a slow minute of the machine meets all of them. The rate is frames per
second of the worker thread's CPU time: on a busy machine the scheduler's share would be measured
otherwise (the share stands beside it).
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
from collections import namedtuple

from programs import PORTS, Burstline, OpenVswitch, Testpmd

HERE = os.path.dirname(os.path.abspath(__file__))
FLOOR_TRAFFIC = "u4"  # what the floors of wire and reflect are for

# A program is named MODE/TRAFFIC. A row compares one with others: floors and aims of the ratio,
# None where none is promised.
Row = namedtuple("Row", "ours references")
Reference = namedtuple("Reference", "name floor aim", defaults=(None, None))


def bridge(p0=None, p1=None, **rules):
    members = [{"port": "p0", **(p0 or {})}, {"port": "p1", **(p1 or p0 or {})}]
    return {}, {"bridges": [{"name": "br0", "members": members, **rules}]}


def trunk(*vlans, **rules):
    return {"mode": "trunk", "vlans": list(vlans), **rules}


# Burstline's modes: keys of each port, other keys of the configuration. The VLANs and addresses
# are those of mkpcap.py.
MODES = {
    "wire": ({}, {"wires": [["p0", "p1"]]}),
    "reflect": ({"reflect": True}, {}),
    "bridge": bridge(),
    "trunk": bridge(trunk(100), **{"vlan-aware": True}),
    "s-trunk": bridge(trunk(200), **{"vlan-aware": True, "tpid": 0x88A8}),
    "access-trunk": bridge({"mode": "access", "vlan": 100}, trunk(100), **{"vlan-aware": True}),
    # Both ways: untagged frames of one member's native VLAN are tagged at the other.
    "push": bridge(
        trunk(10, 20, native=10),
        trunk(10, 20, native=20),
        static=[
            {"mac": "02:00:00:00:0b:00", "vlan": 10, "port": "p1"},
            {"mac": "02:00:00:00:0a:00", "vlan": 20, "port": "p0"},
        ],
        **{"vlan-aware": True},
    ),
    # Both ways: an access member takes frames tagged with its own VLAN, and sends untagged ones.
    "pop": bridge({"mode": "access", "vlan": 100}, **{"vlan-aware": True}),
}

# traffic: arguments of mkpcap.py for each port.
TRAFFIC = {
    "u4": (["u4"], ["u4"]),
    "v6": (["v6"], ["v6"]),
    "q1": (["q1"], ["q1"]),
    "qq": (["qq"], ["qq"]),
    "u4+q1": (["u4"], ["q1"]),
    "mix": (["mix"], ["mix"]),
    "macs16k": (["u4", "--macs", "16384"], ["u4", "--macs", "16384"]),
}

UNTAGGED = "bridge/u4"
BRIDGE_SESSIONS = [
    [Row(UNTAGGED, [Reference("testpmd-io/u4", 0.75, 0.85), Reference("ovs/u4", 3)])],
    [
        Row(
            f"{mode}/{traffic}",
            [
                Reference(UNTAGGED, 0.90, 0.96),
                Reference(f"testpmd-io/{traffic}"),
                Reference(f"ovs/{traffic}"),
            ],
        )
        for mode, traffic in (("trunk", "q1"), ("s-trunk", "qq"))
    ],
    [
        Row(
            "bridge/macs16k",
            [Reference("testpmd-io/macs16k", 0.60, 0.72), Reference("ovs/macs16k", 12)],
        )
    ],
    [
        Row(name, [Reference(UNTAGGED, 0.85, 0.95)])
        for name in ("access-trunk/u4+q1", "push/u4", "pop/q1")
    ],
]


TABLES = ["wire", "reflect", "bridge"]


def sessions(args):
    """Rows whose programs take turns with each other."""
    chosen = []
    for traffic in args.traffic:
        floor = 0.80 if traffic == FLOOR_TRAFFIC else None
        rows = [
            Row(f"{mode}/{traffic}", [Reference(f"{peer}/{traffic}", floor)])
            for mode, peer in (("wire", "testpmd-io"), ("reflect", "testpmd-macswap"))
            if mode in args.modes
        ]
        chosen += [rows] if rows else []
    if "bridge" in args.modes:
        chosen += BRIDGE_SESSIONS
    if args.rows:
        chosen = [[row for row in rows if row.ours in args.rows] for rows in chosen]
        chosen = [rows for rows in chosen if rows]
    if args.against:
        chosen = [
            [Row(row.ours, [Reference(f"against-{row.ours}")]) for row in rows] for rows in chosen
        ]
    return chosen


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
    if mode == "ovs":
        return OpenVswitch(args, instance, files) if OpenVswitch.installed() else None
    if mode.startswith("testpmd-"):
        return Testpmd(args, instance, files, mode.removeprefix("testpmd-"))
    binary = args.against if mode.startswith("against-") else args.burstline
    return Burstline(args, instance, files, binary, MODES[mode.removeprefix("against-")])


def measure(args, rows, samples):
    """All rounds of one session; returns its programs. Appends a sample a window."""
    names = dict.fromkeys(n for row in rows for n in [row.ours, *(r.name for r in row.references)])
    programs = {}
    try:
        for name in names:
            program = start(args, name)
            if program:
                programs[name] = program
                program.await_start()
                program.pause()
        for r in range(args.rounds):
            for name, program in programs.items():
                mpps, wall, share = program.window(args.seconds)
                samples.append([name, r, f"{mpps:.3f}", f"{wall:.3f}", f"{share:.3f}"])
                print(".", end="", file=sys.stderr, flush=True)
        for program in programs.values():
            program.check()
    finally:
        print(file=sys.stderr)
        ended = {program: program.stop() for program in programs.values()}
    for program, status in ended.items():
        if status != 0 and isinstance(program, Burstline):
            program.fail(f"exit status {status}")
    return programs


def spread(values, digits):
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def verdict(reference, ratio):
    if reference.floor is None:
        return ""
    text = f"{reference.floor:.2f} {'holds' if ratio >= reference.floor else 'DOES NOT HOLD'}"
    if reference.aim is not None:
        reached = "reached" if ratio >= reference.aim else "not reached"
        text += f"; aim {reference.aim:.2f} {reached}"
    return text


HEAD = "program", "Mpps", "against", "Mpps", "ratio", "cycles", "at least"
LINE = "{:18} {:>16}  {:23} {:>16}  {:>18} {:>8}  {}"


def print_rows(args, rows, programs):
    for row in rows:
        ours = programs[row.ours].rates
        shown = row.ours, spread(ours, 1)
        for reference in row.references:
            if reference.name not in programs:
                print(LINE.format(*shown, reference.name, "-", "-", "-", "not installed"))
                continue
            theirs = programs[reference.name].rates
            ratios = [a / b for a, b in zip(ours, theirs)]
            cycles = args.tsc_mhz * (1 / statistics.median(ours) - 1 / statistics.median(theirs))
            print(
                LINE.format(
                    *shown,
                    reference.name,
                    spread(theirs, 1),
                    spread(ratios, 2),
                    f"{cycles:+.1f}" if args.tsc_mhz else "",
                    verdict(reference, statistics.median(ratios)),
                ).rstrip()
            )
            shown = "", ""


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
    compiler, flags = "unknown", "unknown"
    build = os.path.dirname(os.path.dirname(os.path.abspath(args.burstline)))
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
    version = subprocess.run([args.burstline, "--version"], capture_output=True, text=True)
    pages = f"hugepages ({free[1]})" if args.huge_dir and free else "no hugepages"
    return [
        ("program", version.stdout.strip()),
        ("machine", f"{model[1] if model else os.uname().machine}, {os.cpu_count()} CPUs"),
        ("placement", f"control on CPU {args.cpus[0]}, worker on CPU {args.cpus[-1]}, {pages}"),
        ("compiler", compiler),
        ("flags", flags),
        ("method", f"{args.rounds} rounds, {args.seconds} s a program in turn; medians (min-max)"),
        ("unit", "Mpps in a second of the worker's CPU time"),
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
    parser.add_argument("--csv", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--traffic", type=some_of(TRAFFIC), default=["u4"])
    parser.add_argument("--modes", type=some_of(TABLES), default=TABLES[:2])
    parser.add_argument("--rows", type=lambda text: text.split(","), help="of them only these")
    parser.add_argument("--huge-dir", help="a mounted hugetlbfs; without it none is used")
    args = parser.parse_args()
    if args.rounds < 3:
        parser.error("a median needs at least 3 rounds")
    args.cpus = sorted(os.sched_getaffinity(0))
    return args


def main():
    args = parse_args()
    about = describe(args)
    samples = []
    for name, value in about:
        print(f"{name:10} {value}")
    print()
    with tempfile.TemporaryDirectory() as args.work:
        print(LINE.format(*HEAD))
        for rows in sessions(args):
            print_rows(args, rows, measure(args, rows, samples))
    with open(args.csv, "w", newline="") as f:
        f.writelines(f"# {name}: {value}\n" for name, value in about)
        out = csv.writer(f)
        out.writerow(["program", "round", "mpps_cpu", "mpps_wall", "cpu_share"])
        out.writerows(samples)
    print(f"\nwritten: {args.csv}")


main()
