# SPDX-License-Identifier: BSD-3-Clause
"""The programs that compare.py lets run in turns: how each is started, and what is read of it.

Each owns one instance name and file prefix, has two net_pcap ports and one worker thread, and is
stopped by SIGSTOP except in its windows. Frames are counted by ethdev and read through DPDK
telemetry, alike for all.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

from rows import RING

MBUFS = 65536
PORTS = 2
START_S = 20
SETTLE_S = 0.2
OVS = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk"
OVS_SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
WORKER, RING_LANE = "rte-worker-1", "rte-worker-2"  # DPDK's names of the threads of lcores 1 and 2
FLOODED = 0.01  # of the frames at most: the rates are of known addresses


class Program:
    """A running program under test, stopped except in its windows."""

    def __init__(self, name, command, env=None):
        self.name = name
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=self.log, stderr=subprocess.STDOUT
        )
        self.task = f"/proc/{self.process.pid}/task"
        self.rates = []
        self.lane_shares = []  # of a CPU, that the handlers' lcore had; where there is one
        self.dropped = None  # part of rx, where that is no fault

    def ask(self, command):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.connect(f"/var/run/dpdk/{self.name}/dpdk_telemetry.v2")
            s.settimeout(5)
            limit = json.loads(s.recv(1024))["max_output_len"]
            s.send(command.encode())
            return json.loads(s.recv(limit + 1024))[command.split(",")[0]]

    def counts(self):
        """Frames received and sent."""
        stats = [self.ask(f"/ethdev/stats,{p}") for p in range(PORTS)]
        return [sum(s[key] for s in stats) for key in ("ipackets", "opackets")]

    def cpu_ns(self):
        """CPU time of each thread: {(number, name): ns}"""
        times = {}
        for tid in os.listdir(self.task):
            try:
                with open(f"{self.task}/{tid}/comm") as f:
                    name = f.read().strip()
                with open(f"{self.task}/{tid}/schedstat") as f:
                    times[tid, name] = int(f.read().split()[0])
            except OSError:
                pass  # a telemetry connection's, gone meanwhile
        return times

    def await_start(self):
        deadline = time.monotonic() + START_S
        while True:
            try:
                if self.counts()[0] > 0:
                    return
            except (OSError, KeyError, TypeError, json.JSONDecodeError):
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.fail("did not start receiving")
            time.sleep(0.05)

    def window(self, seconds):
        """Let it run; returns (Mpps of CPU time, Mpps of time, share of the CPU)."""
        self.resume()
        time.sleep(SETTLE_S)
        start, before, cpu = time.monotonic_ns(), self.counts(), self.cpu_ns()
        time.sleep(seconds)
        end, now, after = time.monotonic_ns(), self.counts(), self.cpu_ns()
        self.pause()
        ran = {thread: ns - cpu.get(thread, 0) for thread, ns in after.items()}
        named = {name: ns for (_, name), ns in ran.items()}
        # An lcore of handlers polls too, and may have had its CPU when the worker had none.
        worker = named[WORKER] if WORKER in named else max(ran.values())
        if RING_LANE in named:
            self.lane_shares.append(named[RING_LANE] / (end - start))
        rx, tx = (a - b for a, b in zip(now, before))
        if rx <= 0 or tx <= 0 or worker <= 0:
            self.fail(f"rx {rx}, tx {tx} in a window with {worker} ns of CPU time")
        # Sent more than once (flooded), or dropped: neither is worth more.
        frames = min(rx, tx)
        sample = frames * 1e3 / worker, frames * 1e3 / (end - start), worker / (end - start)
        self.rates.append(sample[0])
        return sample

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def check(self):
        """Called once after all windows."""

    def stop(self):
        """End it; its exit status."""
        self.resume()
        self.process.stdin.close()  # testpmd waits for a key
        self.process.terminate()
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def fail(self, what):
        self.log.seek(0)
        sys.exit(f"{self.log.read()}\nbench: {self.name}: {what}")


def device(port, files):
    return f"net_pcap{port},rx_pcap={files[port]},infinite_rx=1"


def ring_cpu(args):
    """Where handlers are that get their frames by ring: control's CPU when there are two."""
    return args.cpus[-2:][0]


class Burstline(Program):
    def __init__(self, args, name, files, binary, mode):
        """mode: keys of ports by name, other keys of the configuration."""
        of_port, keys = mode
        conf = {
            "name": name,
            "lcores": {"control": args.cpus[0], "workers": [args.cpus[-1]], "idle": "busy"},
            "memory": {"mbufs": MBUFS, "hugepages": "require" if args.huge_dir else "never"},
            "ports": [
                {"name": f"p{p}", "device": device(p, files), **of_port.get(f"p{p}", {})}
                for p in range(PORTS)
            ],
            **keys,
        }
        self.bridges = "bridges" in keys
        self.rings = any(h["place"] == RING for h in keys.get("handlers", []))
        if "handlers" in keys:
            conf["plugins"] = args.plugins
            lane = f"lcore {ring_cpu(args)}"
            conf["handlers"] = [
                {**h, "place": lane if h["place"] == RING else h["place"]} for h in keys["handlers"]
            ]
        path = os.path.join(args.work, f"{name}.yaml")
        with open(path, "w") as f:
            json.dump(conf, f)  # JSON is YAML
        eal = ["--", f"--huge-dir={args.huge_dir}"] if args.huge_dir else []
        super().__init__(name, [binary, "-c", path, *eal])

    def check(self):
        """Class counters sum to rx, the ledger balances; only rings drop, a bridge floods not."""
        self.resume()
        ports = self.ask("/burstline/ports")
        members = self.ask("/burstline/bridge_members") if self.bridges else []
        self.pause()
        expected = ["handler_ring"] if self.rings else []
        for port in ports:
            if port["name"] == "self":
                continue
            classes = sum(port["classes"].values()) if port["classes"] else 0
            if port["rx"] == 0:
                self.fail(f"port {port['name']} received nothing")
            if classes != port["rx"]:
                self.fail(f"port {port['name']}: classes sum to {classes}, rx {port['rx']}")
            if port["balance"] != 0:
                self.fail(f"port {port['name']}: the ledger is off by {port['balance']}")
            dropped = sum(n for why, n in port["drops"].items() if why not in expected)
            if dropped > port["rx"] * FLOODED:
                self.fail(f"port {port['name']} dropped {port['drops']} of {port['rx']}")
        if self.rings:
            self.dropped = sum(p["dropped"] for p in ports) / sum(p["rx"] for p in ports)
        if self.bridges and not members:
            self.fail("does not tell what its bridge's members flooded")
        flooded = sum(m["unknown"] + m["broadcast"] + m["multicast"] for m in members)
        if flooded > sum(p["rx"] for p in ports) * FLOODED:
            self.fail(f"flooded {flooded} frames")


class Testpmd(Program):
    def __init__(self, args, name, files, forward):
        lcores = f"0@{args.cpus[0]},1@{args.cpus[-1]}"
        memory = [f"--huge-dir={args.huge_dir}"] if args.huge_dir else ["--no-huge", "-m", "512"]
        vdevs = [f"--vdev={device(p, files)}" for p in range(PORTS)]
        super().__init__(
            name,
            ["dpdk-testpmd", f"--lcores={lcores}", "--main-lcore=0", "--no-pci"]
            + [f"--file-prefix={name}", *memory, *vdevs, "--", f"--forward-mode={forward}"]
            + ["--nb-cores=1", "--port-topology=paired", "--burst=32", "--mbcache=256"]
            + [f"--total-num-mbufs={MBUFS}", "--no-flush-rx", "--auto-start"]
            + ["--disable-link-check"],
        )


class OpenVswitch(Program):
    """ovs-vswitchd with DPDK, one bridge, and the database it needs: actions=NORMAL, or as a wire
    a flow from each port to the other.

    Set as kindly as it can be: the MAC table and the flows have room for all addresses, flows do
    not age while the program is stopped, and await_start() waits until all are in place.
    """

    @staticmethod
    def installed():
        return os.path.exists(OVS)

    def __init__(self, args, name, files, wire):
        self.wire = wire
        self.dir = tempfile.mkdtemp(dir=args.work)  # of this start alone
        own = {key: self.dir for key in ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR")}
        self.env = {**os.environ, **own}
        self.db = f"unix:{self.dir}/db.sock"
        conf = f"{self.dir}/conf.db"
        subprocess.run(["ovsdb-tool", "create", conf, OVS_SCHEMA], env=self.env, check=True)
        self.server = subprocess.Popen(
            ["ovsdb-server", conf, f"--remote=p{self.db}", "-vconsole:off"], env=self.env
        )
        self.configure(args, name, files)
        # Its taps have fixed names.
        command = ["unshare", "--net", OVS, self.db, f"--unixctl={self.dir}/ctl", "-vconsole:warn"]
        super().__init__(name, command, self.env)

    def configure(self, args, name, files):
        memory = f"--huge-dir={args.huge_dir}" if args.huge_dir else "--no-huge --legacy-mem -m 512"
        other = {
            "dpdk-init": "true",
            "dpdk-lcore-mask": hex(1 << args.cpus[0]),
            "pmd-cpu-mask": hex(1 << args.cpus[-1]),
            "dpdk-extra": f"--no-pci --file-prefix={name} {memory}",
            "per-port-memory": "true",
            "max-idle": "3600000",  # ms
            "min-revalidate-pps": "0",
            "vlan-limit": "2",
        }
        words = ["set", "Open_vSwitch", "."] + [f"other_config:{k}={v}" for k, v in other.items()]
        words += ["--", "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev"]
        words += ["other_config:mac-table-size=65536", "other_config:mac-aging-time=3600"]
        for p in range(PORTS):
            words += ["--", "add-port", "br0", f"p{p}", "--", "set", "Interface", f"p{p}"]
            words += ["type=dpdk", f'options:dpdk-devargs="{device(p, files)}"']
        vsctl = ["ovs-vsctl", f"--db={self.db}", "--no-wait", "--timeout=10", "--retry"]
        subprocess.run([*vsctl, "init"], env=self.env, check=True)
        subprocess.run([*vsctl, *words], env=self.env, check=True)

    def appctl(self, *words):
        command = ["ovs-appctl", "-t", f"{self.dir}/ctl", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def resume(self):
        # A dump of the flows that was stopped looks slow, and the limit is cut for it.
        super().resume()
        if self.process.poll() is None:
            self.appctl("upcall/set-flow-limit", str(2**31 - 1))

    def connect_ports(self):
        flows = "in_port=p0,actions=output:p1\nin_port=p1,actions=output:p0\n"
        socket_path = f"{self.dir}/br0.mgmt"  # made after the ports
        deadline = time.monotonic() + START_S
        while not os.path.exists(socket_path):
            if time.monotonic() > deadline:
                self.fail("has no socket for its flows")
            time.sleep(0.05)
        command = ["ovs-ofctl", "--names", "replace-flows", f"unix:{socket_path}", "-"]
        subprocess.run(command, input=flows, text=True, check=True)

    def await_start(self):
        super().await_start()
        if self.wire:
            self.connect_ports()
        self.resume()
        deadline = time.monotonic() + START_S
        before = None
        while True:
            shown = self.appctl("dpctl/show", "-s", "netdev@ovs-netdev")
            # Misses, and what is flooded to the bridge's own port.
            now = re.findall(r"missed:\d+ lost:\d+|port 1:.*\n.*\n +TX packets.*", shown)
            if now == before:
                return
            if time.monotonic() > deadline:
                self.fail(f"still floods or misses: {now}")
            before = now
            time.sleep(1)

    def stop(self):
        try:
            return super().stop()
        finally:
            self.server.terminate()
            self.server.wait()
