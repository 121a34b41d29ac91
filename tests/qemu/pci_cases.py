#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What Burstline does with PCI devices, in one boot of the guest: `pci_cases.py KERNEL INITRAMFS
WORK`. One line a case; the first one that fails ends the run with what the guest's log says."""

import subprocess
import sys
import time

from machine import NICS, Machine, mac
from placement import check_placement, nodes_of_plan
from taps import Taps, ip, same, tag, udp

README = f"{sys.path[0]}/../../README.md"
MARK = "<!-- tests/qemu.sh runs these commands -->\n```sh\n"
WIRE = [udp(1), udp(2, 1514), udp(3, 60, tag(10)), udp(4, 64, tag(0, pcp=7, dei=1)),
        udp(5, 70, tag(100, 0x88A8, 3) + tag(10, pcp=5)), udp(6, 1522, tag(1) + tag(4094))]
MIXED = """
name: mixed
lcores: {control: 0, workers: [1, 2, 3], idle: sleep}
memory: {hugepages: require}
ports:
  - {name: v0, device: "0000:3b:00.0", rx-queues: 4, mtu: 1400}
  - {name: v1, device: "0000:af:00.0", workers: [1]}          # node 1, but polled from node 0
  - {name: e, device: "0000:01:00.0"}
  - {name: x, device: "0000:02:00.0", rx-queues: 2}
wires:
  - [v0, v1]
interfaces:
  - {name: e, port: e, addresses: [192.0.2.1/24]}
  - {name: x, port: x, addresses: [198.51.100.1/24]}
"""
NOT_COVERED = (
    "physical NICs: their drivers, speeds, flow control, and line rate",
    "SR-IOV, and devices shared with the kernel (mlx5)",
    "RSS of vmxnet3 and e1000e: QEMU puts every frame of vmxnet3 into queue 0, and DPDK's driver "
    "has one queue for e1000e",
    "cost of crossing nodes: the emulated nodes are equally far",
    "IOMMUs of AMD and ARM; interrupt mode",
)


class Failed(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failed(what)


def await_(what, test, limit=15):
    deadline = time.monotonic() + limit
    while not test():
        check(time.monotonic() < deadline, f"still not after {limit} s: {what}")
        time.sleep(0.1)


class Instance:
    """Burstline in the guest."""

    def __init__(self, machine, name, config, program="burstline"):
        self.machine, self.name, self.log = machine, name, f"/tmp/{name}.log"
        self.pid = machine.order(
            "start", f"{program} -c {config} -v --ledger /tmp/{name}.ledger", self.log)
        await_("ready", lambda: self.ended() is not None or "burstline: ready" in self.said(), 60)
        check(self.ended() is None, f"burstline ended at its start, exit {self.ended()}")

    def said(self):
        return self.machine.order("read", self.log)

    def ended(self):
        return self.machine.order("poll", self.pid)

    def ask(self, command):
        return self.machine.order("ask", self.name, command)[command.split(",")[0]]

    def port(self, name):
        return next(p for p in self.ask("/burstline/ports") if p["name"] == name)

    def stop(self):
        self.machine.sh(f"kill {self.pid}")
        code = self.machine.order("wait", self.pid, 60)
        check(code == 0, f"burstline ended with {code}")
        check("ledger balanced" in self.said(), "the ledger does not balance")
        check('"mbufs_in_use": 0' in self.machine.order("read", f"/tmp/{self.name}.ledger"),
              "mbufs were lost")


class Cases:
    def __init__(self, machine):
        self.machine, self.started, self.passed = machine, time.monotonic(), 0
        self.taps, self.running = None, None

    def case(self, text, function, *args):
        begin = time.monotonic()
        said = function(*args)
        self.passed += 1
        print(f"ok   {text}{': ' + said if said else ''} ({time.monotonic() - begin:.1f} s)",
              flush=True)

    def boot(self):
        self.machine.await_agent(150)
        self.taps = Taps(NICS)
        self.machine.sh("modprobe -a virtio_pci virtio_net e1000e vmxnet3; ls /sys/class/net")
        self.machine.sh("sed -i -e 's/workers: .*/workers: [1, 2, 3]/' -e 's/idle: .*/idle: sleep/'"
                        " config/bare-metal.yaml")
        return self.machine.sh("uname -r").strip()

    # README's commands. What differs is CPUs, and that the last one goes to the background.

    def bind(self):
        with open(README) as f:
            commands = f.read().split(MARK)[1].split("```")[0].strip().split("\n")
        check(commands[-1] == "build/app/burstline -c config/bare-metal.yaml", commands[-1])
        said = self.machine.sh("set -e\n" + "\n".join(commands[:-1]))
        self.plan = said[said.index("lcores\n"):]
        for nic in ("0000:3b:00.0", "0000:af:00.0"):
            driver = self.machine.sh(f"readlink /sys/bus/pci/devices/{nic}/driver").strip()
            check(driver.endswith("/vfio-pci"), f"{nic} is bound to {driver}")

    def start_wire(self):
        self.running = Instance(self.machine, "router", "config/bare-metal.yaml",
                                "build/app/burstline")
        for name in ("p0", "p1"):
            await_(f"link of {name}", lambda n=name: self.running.port(n)["link"] == "up")

    def placement(self):
        planned = nodes_of_plan(self.plan)
        check(planned == nodes_of_plan("\n".join(
            line["line"] for line in self.running.ask("/burstline/plan"))),
            "--plan before the start and the plan that runs differ")
        return check_placement(self.machine, self.running, planned)

    def wire(self):
        for there, back in (("qp0", "qp1"), ("qp1", "qp0")):
            self.taps.empty()
            self.taps.send(there, WIRE)
            got = self.taps.receive(back, len(WIRE))
            check(same(WIRE, got), f"{there} to {back}: of {len(WIRE)} came {len(got)}: "
                  f"{[f.hex()[:60] for f in got]}")
        return f"{len(WIRE)} frames of 60 to 1522 octets each way, with no, one and two tags"

    def queues(self):
        def count():
            return self.running.ask("/ethdev/stats,1")["q_ipackets"][:2]

        before = count()
        self.taps.empty()
        self.taps.send("qp1", [udp(flow) for flow in range(64)])
        check(len(self.taps.receive("qp0", 64)) == 64, "frames of 64 flows were lost")
        spread = [a - b for a, b in zip(count(), before)]
        check(min(spread) >= 8, f"64 flows over the queues: {spread}")
        before = count()
        self.taps.send("qp1", [udp(7, 60 + i) for i in range(64)])
        check(len(self.taps.receive("qp0", 64)) == 64, "frames of one flow were lost")
        one = [a - b for a, b in zip(count(), before)]
        check(0 in one, f"64 frames of one flow over the queues: {one}")
        return f"64 flows {spread}, one flow {one}"

    def link(self):
        for up in (False, True):
            self.machine.qmp("set_link", name="qp0", up=up)
            await_(f"link {'up' if up else 'down'}",
                   lambda: self.running.port("p0")["link"] == ("up" if up else "down"), 2)
        self.wire()

    def stop(self):
        self.running.stop()
        self.running = None

    def stop_loaded(self):
        self.taps.send("qp0", [udp(flow) for flow in range(256)])
        self.stop()
        left = self.machine.sh("ls -A /dev/hugepages /run/dpdk").split()
        check(not [f for f in left if "router" in f], f"left behind: {left}")

    # All four NICs.

    def bind_one(self, nic):
        device = f"/sys/bus/pci/devices/{nic}"
        self.machine.sh(f"echo vfio-pci >{device}/driver_override; "
                        f"[ ! -e {device}/driver ] || echo {nic} >{device}/driver/unbind; "
                        f"echo {nic} >/sys/bus/pci/drivers_probe")

    def unbound(self):
        self.machine.order("write", "/tmp/mixed.yaml", MIXED)
        done = self.machine.order("run", "burstline -c /tmp/mixed.yaml")
        check(done["rc"] == 1, f"exit {done['rc']}: {done['out']}")
        check("is bound to e1000e, but DPDK needs vfio-pci: dpdk-devbind.py -b vfio-pci "
              "0000:01:00.0" in done["out"], done["out"])
        return "exit 1 with the command that binds it"

    def start_mixed(self):
        for nic in ("0000:01:00.0", "0000:02:00.0"):
            self.bind_one(nic)
        self.plan = self.machine.sh("burstline --plan /tmp/mixed.yaml")
        self.running = Instance(self.machine, "mixed", "/tmp/mixed.yaml")
        for name in ("v0", "v1", "e", "x"):
            await_(f"link of {name}", lambda n=name: self.running.port(n)["link"] == "up")

    def crossing(self):
        warning = ("port v1 is on node 1, the worker on CPU 1 that polls it on node 0: each access "
                   "to its queues crosses nodes")
        check("warning: " + warning in self.plan, "no warning in --plan")
        check("warning: " + warning in self.running.said(), "no warning at the start")

    def ping(self):
        for tap, host, burstline in (("qp2", "192.0.2.2", "192.0.2.1"),
                                     ("qp3", "198.51.100.2", "198.51.100.1")):
            ip("addr", "replace", host + "/24", "dev", tap)
            subprocess.run(["ping", "-q", "-c", "3", "-i", "0.2", "-W", "5", burstline], check=True,
                           stdout=subprocess.DEVNULL)
            seen = subprocess.run(["ip", "neigh", "show", burstline], check=True, text=True,
                                  stdout=subprocess.PIPE).stdout
            check(mac(tap) in seen, f"the kernel's neighbour is {seen}")

    def mtu(self):
        check(self.running.port("v0")["mtu"] == 1400, "v0 has another MTU")
        self.taps.empty()
        fits, long = udp(8, 1422), udp(9, 1514)
        self.taps.send("qp1", [fits, long])
        check(self.taps.receive("qp0", 2, 2) == [fits], "not only the frame that fits came")
        drops = self.running.port("v1")["drops"]
        check(sum(drops.values()) == 1, f"drops: {drops}")
        return f"1400, dropped and counted: {drops}"

    def unplug(self):
        before = self.running.said().count("port e:")
        self.machine.qmp("device_del", id="qp2")
        begin = time.monotonic()
        sent, took = 0, None
        while took is None or sent < 100:
            if took is None and self.running.port("e")["link"] == "down":
                took = time.monotonic() - begin
            self.taps.send("qp0", [udp(sent & 63)])
            sent += 1
            time.sleep(0.005)
            check(time.monotonic() - begin < 5, "the port is still up after 5 s")
        await_("the kernel's farewell",
               lambda: "0000:01:00.0" not in self.machine.sh("ls /sys/bus/pci/devices"), 10)
        time.sleep(1)
        said = self.running.said().count("port e:") - before
        check(said == 1, f"{said} lines about it in the log")
        got = len(self.taps.receive("qp1", sent, 3))
        check(got == sent, f"of {sent} frames on the wire meanwhile {got} came")
        subprocess.run(["ping", "-q", "-c", "2", "-i", "0.2", "-W", "5", "198.51.100.1"],
                       check=True, stdout=subprocess.DEVNULL)
        return f"down after {took:.1f} s, {sent} frames on the wire meanwhile, none lost"

    def plug(self):
        nic, (device, bus, more, _) = "0000:01:00.0", NICS["qp2"]
        self.machine.qmp("device_add", driver=device, id="qp2", netdev="net-qp2", bus=bus,
                         mac=mac("qp2"), romfile="")
        path = f"/sys/bus/pci/devices/{nic}"
        await_("the kernel's find", lambda: self.machine.order("run", f"ls {path}")["rc"] == 0)
        self.bind_one(nic)
        begin = time.monotonic()
        await_("the port is taken up", lambda: self.running.port("e")["link"] == "up", 10)
        took = time.monotonic() - begin
        subprocess.run(["ping", "-q", "-c", "2", "-i", "0.2", "-W", "5", "192.0.2.1"],
                       check=True, stdout=subprocess.DEVNULL)
        return f"pings again, {took:.1f} s after it was bound"

    def run(self):
        self.case("boot: the guest's kernel, two nodes, an IOMMU", self.boot)
        self.case("bind: README's commands, from kernel drivers to vfio-pci", self.bind)
        self.case("start: config/bare-metal.yaml, two virtio-net of four queues", self.start_wire)
        self.case("placement: queues, rings and pools by numa_maps", self.placement)
        self.case("wire: virtio-net to virtio-net", self.wire)
        self.case("queues: RSS of virtio-net", self.queues)
        self.case("link: down and up from QEMU's monitor", self.link)
        self.case("stop: exit 0 under load, ledger balanced, nothing left", self.stop_loaded)
        self.case("unbound: a NIC of the kernel's is not taken", self.unbound)
        self.case("start: virtio-net, e1000e and vmxnet3", self.start_mixed)
        self.case("crossing: a port polled from another node is warned of", self.crossing)
        self.case("ping: ARP and ICMP over e1000e and vmxnet3", self.ping)
        self.case("mtu: frames above it", self.mtu)
        self.case("L35 unplug: e1000e, while the wire carries frames", self.unplug)
        self.case("L4 plug: it returns", self.plug)
        self.case("stop: exit 0 after that, ledger balanced", self.stop)


def main():
    kernel, initramfs, work = sys.argv[1:]
    machine = Machine(kernel, initramfs, work)
    cases = Cases(machine)
    try:
        cases.run()
    except (Failed, RuntimeError, OSError, subprocess.CalledProcessError) as error:
        print(f"FAILED after {cases.passed} cases: {error}")
        if cases.running is not None:
            print(cases.running.said())
        with open(f"{work}/console") as console:
            print("the guest's console ends with:\n" + console.read()[-2000:])
        with open(f"{work}/qemu.log") as log:
            print("QEMU said:\n" + log.read()[-2000:])
        sys.exit(1)
    finally:
        machine.end()
    print(f"{cases.passed} cases in {time.monotonic() - cases.started:.0f} s; not covered:")
    for what in NOT_COVERED:
        print(f"     {what}")


main()
