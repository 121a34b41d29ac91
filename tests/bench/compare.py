#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compare Burstline with dpdk-testpmd on one worker lcore; tests/bench/run.sh calls this.

With --against another build of Burstline takes testpmd's place: what a change is worth.

All programs are started once and stopped by SIGSTOP; each round lets them run one after the other,
so that a slow minute of the machine meets all of them. Frames are counted by ethdev and read
through DPDK telemetry. The rate is frames per second of the worker thread's CPU time: on a busy
machine the scheduler's share would be measured otherwise (the share stands beside it).
"""

import argparse
import csv
import json
import os
import re
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MBUFS = 65536
PORTS = 2
START_S = 20
FLOOR_TRAFFIC = "u4"  # what the floors are for
SETTLE_S = 0.2

# mode: the configuration's lines for it; the peer to compare with; floor of the ratio.
MODES = {
    "wire": ({"wires": [["p0", "p1"]]}, "testpmd-io", 0.80),
    "reflect": ({"reflect": True}, "testpmd-macswap", 0.80),
}
# peer: its forwarding mode.
PEERS = {"testpmd-io": "io", "testpmd-macswap": "macswap"}
# traffic: arguments of mkpcap.py.
TRAFFIC = {
    "u4": ["u4"],
    "v6": ["v6"],
    "q1": ["q1"],
    "qq": ["qq"],
    "mix": ["mix"],
    "macs16k": ["u4", "--macs", "16384"],
}


class Program:
    """A running program under test, stopped except in its windows."""

    def __init__(self, name, command):
        self.name = name
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=self.log, stderr=subprocess.STDOUT
        )
        self.task = f"/proc/{self.process.pid}/task"
        self.rates = []

    def ask(self, command):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.settimeout(5)
            s.connect(f"/var/run/dpdk/{self.name}/dpdk_telemetry.v2")
            limit = json.loads(s.recv(1024))["max_output_len"]
            s.send(command.encode())
            return json.loads(s.recv(limit + 1024))[command.split(",")[0]]

    def received(self):
        return sum(self.ask(f"/ethdev/stats,{p}")["ipackets"] for p in range(PORTS))

    def cpu_ns(self):
        """CPU time of each thread."""
        times = {}
        for tid in os.listdir(self.task):
            try:
                with open(f"{self.task}/{tid}/schedstat") as f:
                    times[tid] = int(f.read().split()[0])
            except OSError:
                pass  # a telemetry connection's, gone meanwhile
        return times

    def await_start(self):
        deadline = time.monotonic() + START_S
        while True:
            try:
                if self.received() > 0:
                    return
            except (OSError, KeyError, TypeError, json.JSONDecodeError):
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.fail("did not start receiving")
            time.sleep(0.05)

    def window(self, seconds):
        """Let it run; returns (Mpps of CPU time, Mpps of time, share of the CPU)."""
        self.process.send_signal(signal.SIGCONT)
        time.sleep(SETTLE_S)
        start, rx, cpu = time.monotonic_ns(), self.received(), self.cpu_ns()
        time.sleep(seconds)
        end, rx, after = time.monotonic_ns(), self.received() - rx, self.cpu_ns()
        self.process.send_signal(signal.SIGSTOP)
        worker = max(after[tid] - cpu.get(tid, 0) for tid in after)
        if rx <= 0 or worker <= 0:
            self.fail("received nothing in a window")
        sample = rx * 1e3 / worker, rx * 1e3 / (end - start), worker / (end - start)
        self.rates.append(sample[0])
        return sample

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def end(self):
        """Stop it; its exit status."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def fail(self, what):
        self.log.seek(0)
        sys.exit(f"{self.log.read()}\nbench: {self.name}: {what}")


class Burstline(Program):
    def check(self):
        """Class counters sum to rx, the ledger balances."""
        self.process.send_signal(signal.SIGCONT)
        ports = self.ask("/burstline/ports")
        self.pause()
        for port in ports:
            classes = sum(port["classes"].values()) if port["classes"] else 0
            if port["name"] != "self" and port["rx"] == 0:
                self.fail(f"port {port['name']} received nothing")
            if classes != port["rx"] and port["name"] != "self":
                self.fail(f"port {port['name']}: classes sum to {classes}, rx {port['rx']}")
            if port["balance"] != 0:
                self.fail(f"port {port['name']}: the ledger is off by {port['balance']}")


def device(port, files):
    return f"net_pcap{port},rx_pcap={files[port]},infinite_rx=1"


def start_burstline(args, mode, files, binary, name):
    extra = MODES[mode][0]
    port = {"reflect": True} if "reflect" in extra else {}
    conf = {
        "name": name,
        "lcores": {"control": args.cpus[0], "workers": [args.cpus[-1]], "idle": "busy"},
        "memory": {"mbufs": MBUFS, "hugepages": "require" if args.huge_dir else "never"},
        "ports": [{"name": f"p{p}", "device": device(p, files), **port} for p in range(PORTS)],
    }
    conf.update({k: v for k, v in extra.items() if k != "reflect"})
    path = os.path.join(args.work, f"{name}.yaml")
    with open(path, "w") as f:
        json.dump(conf, f)  # JSON is YAML
    eal = ["--", f"--huge-dir={args.huge_dir}"] if args.huge_dir else []
    return Burstline(conf["name"], [binary, "-c", path, *eal])


def start_testpmd(args, peer, files):
    name = f"bench-{peer}"
    lcores = f"0@{args.cpus[0]},1@{args.cpus[-1]}"
    memory = [f"--huge-dir={args.huge_dir}"] if args.huge_dir else ["--no-huge", "-m", "512"]
    vdevs = [f"--vdev={device(p, files)}" for p in range(PORTS)]
    return Program(
        name,
        ["dpdk-testpmd", f"--lcores={lcores}", "--main-lcore=0", "--no-pci"]
        + [f"--file-prefix={name}", *memory, *vdevs, "--", f"--forward-mode={PEERS[peer]}"]
        + ["--nb-cores=1", "--port-topology=paired", "--burst=32", "--mbcache=256"]
        + [f"--total-num-mbufs={MBUFS}", "--no-flush-rx", "--auto-start", "--disable-link-check"],
    )


def peer_of(args, mode):
    return f"{mode}-against" if args.against else MODES[mode][1]


def start_all(args, files):
    programs = {}
    for mode in args.modes:
        peer = peer_of(args, mode)
        if args.against:
            programs[peer] = start_burstline(args, mode, files, args.against, f"bench-{peer}")
        elif peer not in programs:
            programs[peer] = start_testpmd(args, peer, files)
        programs[mode] = start_burstline(args, mode, files, args.burstline, f"bench-{mode}")
        for name in (peer, mode):
            programs[name].await_start()
            programs[name].pause()
    return programs


def make_traffic(args, traffic):
    files = [os.path.join(args.work, f"{traffic}.{p}.pcap") for p in range(PORTS)]
    for p, path in enumerate(files):
        reverse = ["--reverse"] if p % 2 else []
        subprocess.run([f"{HERE}/mkpcap.py", *TRAFFIC[traffic], path, *reverse], check=True)
    return files


def measure(args, traffic, rows):
    """All rounds of one traffic; appends a row a window."""
    programs = start_all(args, make_traffic(args, traffic))
    try:
        for r in range(args.rounds):
            for name, program in programs.items():
                mpps, wall, share = program.window(args.seconds)
                rows.append([traffic, r, name, f"{mpps:.3f}", f"{wall:.3f}", f"{share:.3f}"])
                print(".", end="", file=sys.stderr, flush=True)
        for mode in args.modes:
            programs[mode].check()
    finally:
        print(file=sys.stderr)
        status = {name: program.end() for name, program in programs.items()}
    for mode in args.modes:
        if status[mode] != 0:
            programs[mode].fail(f"exit status {status[mode]}")
    return programs


def spread(values):
    return f"{statistics.median(values):.3f} ({min(values):.3f} - {max(values):.3f})"


def print_table(args, traffic, programs):
    for mode in args.modes:
        peer, floor = peer_of(args, mode), MODES[mode][2]
        ours, theirs = programs[mode].rates, programs[peer].rates
        ratios = [a / b for a, b in zip(ours, theirs)]
        cycles = args.tsc_mhz * (1 / statistics.median(ours) - 1 / statistics.median(theirs))
        verdict = ""
        if traffic == FLOOR_TRAFFIC and not args.against:
            verdict = f"floor {floor:.2f} "
            verdict += "holds" if statistics.median(ratios) >= floor else "DOES NOT HOLD"
        print(f"{traffic:8} {mode:16} {spread(ours):>27}")
        print(f"{'':8} {peer:16} {spread(theirs):>27}")
        print(f"{'':8} {'ratio':16} {spread(ratios):>27}   {verdict}", end="")
        print(f" {cycles:+.1f} TSC cycles a frame" if args.tsc_mhz else "")


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
    parser.add_argument("--against", help="another build of burstline, in place of testpmd")
    parser.add_argument("--csv", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--traffic", type=some_of(TRAFFIC), default=["u4"])
    parser.add_argument("--modes", type=some_of(MODES), default=list(MODES))
    parser.add_argument("--huge-dir", help="a mounted hugetlbfs; without it none is used")
    args = parser.parse_args()
    if args.rounds < 3:
        parser.error("a median needs at least 3 rounds")
    args.cpus = sorted(os.sched_getaffinity(0))
    return args


def main():
    args = parse_args()
    about = describe(args)
    rows = []
    for name, value in about:
        print(f"{name:10} {value}")
    print()
    with tempfile.TemporaryDirectory() as args.work:
        for traffic in args.traffic:
            programs = measure(args, traffic, rows)
            print_table(args, traffic, programs)
    with open(args.csv, "w", newline="") as f:
        f.writelines(f"# {name}: {value}\n" for name, value in about)
        out = csv.writer(f)
        out.writerow(["traffic", "round", "program", "mpps_cpu", "mpps_wall", "cpu_share"])
        out.writerows(rows)
    print(f"\nwritten: {args.csv}")


main()
