#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What Burstline does with PCI devices, in one boot of the guest: `pci_cases.py KERNEL INITRAMFS
WORK`. One line a case; the first one that fails ends the run with what the guest's log says."""

import re
import subprocess
import sys
import time

import hotplug_cases
import jumbo_cases
import start_cases
from guest import NIC, Failed, Instance, await_, bind, check, driver_of
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
  - {name: e, device: "0000:01:00.0", rx-queues: 2}
  - {name: x, device: "0000:02:00.0", rx-queues: 4}
wires:
  - [v0, v1]
interfaces:
  - {name: e, port: e, addresses: [192.0.2.1/24]}
  - {name: x, port: x, addresses: [198.51.100.1/24]}
"""
BOOT_S = 20  # where two CPUs have time for the guest: 12
NOT_COVERED = (
    "physical NICs: their drivers, speeds, flow control, and line rate",
    "SR-IOV, and devices shared with the kernel (mlx5)",
    "cost of crossing nodes: the emulated nodes are equally far",
    "IOMMUs of AMD and ARM; interrupt mode; a machine without an IOMMU (unit/preflight has its "
    "sentence)",
)


class Cases:
    def __init__(self, machine):
        self.machine, self.started, self.passed = machine, time.monotonic(), 0
        self.slow = 1  # factor on bounds of time
        self.taps, self.running, self.not_covered = None, None, list(NOT_COVERED)

    def case(self, text, function, *args):
        begin = time.monotonic()
        said = function(*args)
        self.passed += 1
        print(f"ok   {text}{': ' + said if said else ''} ({time.monotonic() - begin:.1f} s)",
              flush=True)

    def boot(self):
        self.machine.await_agent(150)
        self.slow = max(1, (time.monotonic() - self.started) / BOOT_S)
        self.taps = Taps(NICS)
        self.machine.sh("modprobe -a virtio_pci virtio_net e1000e vmxnet3; ls /sys/class/net")
        check(self.machine.sh("cat /sys/devices/system/node/online").strip() == "0-1", "not 2 nodes")
        check(self.machine.sh("ls /sys/kernel/iommu_groups").split(), "no IOMMU")
        self.machine.sh("sed -i -e 's/workers: .*/workers: [1, 2, 3]/' -e 's/idle: .*/idle: sleep/'"
                        " config/bare-metal.yaml")
        return self.machine.sh("uname -r").strip()

    # README's commands. What differs is CPUs, and that the last one goes to the background.

    def bind(self):
        with open(README) as f:
            parts = f.read().split(MARK)
        check(len(parts) == 2, "README has no section of commands for this test, or two")
        commands = parts[1].split("```")[0].strip().split("\n")
        check(commands[-1] == "build/app/burstline -c config/bare-metal.yaml", commands[-1])
        said = self.machine.sh("set -e\n" + "\n".join(commands[:-1]))
        self.plan = said[said.index("lcores\n"):]
        for nic in (NIC["qp0"], NIC["qp1"]):
            driver = driver_of(self.machine, nic)
            check(driver == "vfio-pci", f"{nic} is bound to {driver}")

    def start_wire(self):
        self.running = Instance(self.machine, "router", "config/bare-metal.yaml",
                                "build/app/burstline")
        self.running.await_links("p0", "p1")

    def placement(self):
        planned = nodes_of_plan(self.plan)
        check(planned == nodes_of_plan(self.running.plan()),
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

    def rounds(self, port, tap, flows):
        """[(queues that it polls, rounds in which it got frames)] of the workers of a port."""
        polled = re.search(rf"^  {port}: .*?polled by lcore ([0-9 ]+)$", self.running.plan(),
                           re.M | re.S)[1].split()

        def busy():
            return {str(w["lcore"]): w["busy_rounds"] for w in self.running.ask("/burstline/workers")}
        before, rx = busy(), self.running.port(port)["rx"]
        for flow in range(flows):
            self.taps.send(tap, [udp(flow)])
            time.sleep(0.005)
        await_("all frames", lambda: self.running.port(port)["rx"] == rx + flows)
        after = busy()
        return [([q for q, owner in enumerate(polled) if owner == lcore], after[lcore] - before[lcore])
                for lcore in sorted(set(polled))]

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
        workers = self.rounds("p1", "qp1", 64)
        check(len(workers) == 2 and min(n for _, n in workers) >= 4, f"workers: {workers}")
        return f"64 flows {spread}, one flow {one}; both workers got frames"

    def spread(self):
        """vmxnet3 and e1000e have several queues: whether QEMU fills more than the first."""
        said = []
        for port, tap, kind in (("x", "qp3", "vmxnet3"), ("e", "qp2", "e1000e")):
            workers = self.rounds(port, tap, 64)
            check(len(workers) > 1, f"{port} is polled by one worker alone: {workers}")
            busy = [queues for queues, n in workers if n > 0]
            n = sum(len(queues) for queues, _ in workers)
            if len(busy) > 1:
                said.append(f"{kind}: {len(busy)} workers got frames of 64 flows")
                continue
            check(len(busy) == 1 and 0 in busy[0], f"{kind}: frames came by queues {busy}")
            self.not_covered.append(f"RSS of {kind}: the frames of 64 flows all came by queue 0 of "
                                    f"{n}, to one worker of {len(workers)}")
            said.append(f"{kind}: queue 0 of {n} alone")
        return "; ".join(said)

    def link(self, port, tap):
        for up in (False, True):
            self.machine.qmp("set_link", name=tap, up=up)
            await_(f"link {'up' if up else 'down'}",
                   lambda: self.running.port(port)["link"] == ("up" if up else "down"))

    def link_wire(self):
        self.link("p0", "qp0")
        self.wire()

    def link_mixed(self):
        self.link("e", "qp2")
        self.link("x", "qp3")
        self.ping()

    def stop(self):
        self.running.stop()
        self.running = None

    def stop_loaded(self):
        self.taps.send("qp0", [udp(flow) for flow in range(256)])
        self.stop()
        left = self.machine.sh("ls -A /dev/hugepages /run/dpdk").split()
        check(not [f for f in left if "router" in f], f"left behind: {left}")

    # All four NICs.

    def start_mixed(self):
        bind(self.machine, NIC["qp3"])
        self.machine.order("write", "/tmp/mixed.yaml", MIXED)
        self.plan = self.machine.sh("burstline --plan /tmp/mixed.yaml")
        self.running = Instance(self.machine, "mixed", "/tmp/mixed.yaml")
        self.running.await_links("v0", "v1", "e", "x")

    def crossing(self):
        warning = ("port v1 is on node 1, the worker on CPU 1 that polls it on node 0: each access "
                   "to its queues crosses nodes")
        check("warning: " + warning in self.plan, "no warning in --plan")
        check("warning: " + warning in self.running.said(), "no warning at the start")

    def ping(self):
        for tap, host, burstline in (("qp2", "192.0.2.2", "192.0.2.1"),
                                     ("qp3", "198.51.100.2", "198.51.100.1")):
            ip("addr", "replace", host + "/24", "dev", tap)
            subprocess.run(["ping", "-q", "-c", "3", "-i", "0.2", "-W", "20", burstline], check=True,
                           stdout=subprocess.DEVNULL)
            seen = subprocess.run(["ip", "neigh", "show", burstline], check=True, text=True,
                                  stdout=subprocess.PIPE).stdout
            check(mac(tap) in seen, f"the kernel's neighbour is {seen}")

    def mtu(self):
        check(self.running.port("v0")["mtu"] == 1400, "v0 has another MTU")
        self.taps.empty()
        fits, long = udp(8, 1422), udp(9, 1514)
        self.taps.send("qp1", [fits, long])
        check(self.taps.receive("qp0", 1) == [fits] and self.taps.receive("qp0", 1, 1) == [],
              "not only the frame that fits came")
        drops = self.running.port("v1")["drops"]
        check(sum(drops.values()) == 1, f"drops: {drops}")
        return f"1400, dropped and counted: {drops}"

    def run(self):
        self.case("boot: the guest's kernel, two nodes, an IOMMU", self.boot)
        self.case("bind: README's commands, from kernel drivers to vfio-pci", self.bind)
        self.case("start: config/bare-metal.yaml, two virtio-net of four queues", self.start_wire)
        self.case("placement: queues, rings and pools by numa_maps", self.placement)
        self.case("wire: virtio-net to virtio-net", self.wire)
        self.case("queues: RSS of virtio-net", self.queues)
        self.case("link: down and up from QEMU's monitor", self.link_wire)
        self.case("stop: exit 0 under load, ledger balanced, nothing left", self.stop_loaded)
        self.case("L36 default route: a NIC that carries it is not taken",
                  start_cases.default_route, self)
        self.case("unbound: a NIC of the kernel's is not taken", start_cases.unbound, self)
        self.case("group: a NIC that shares its IOMMU group", start_cases.group, self)
        self.case("start: virtio-net, e1000e and vmxnet3", self.start_mixed)
        self.case("crossing: a port polled from another node is warned of", self.crossing)
        self.case("ping: ARP and ICMP over e1000e and vmxnet3", self.ping)
        self.case("queues: e1000e of two, vmxnet3 of four", self.spread)
        self.case("link: e1000e and vmxnet3 down and up", self.link_mixed)
        self.case("mtu: frames above it", self.mtu)
        self.case("L35 L4 e1000e unplugged while the wire carries frames, and back",
                  hotplug_cases.wire_stays, self, "qp2", "e", "192.0.2.1")
        self.case("L35 L4 vmxnet3 unplugged while the wire carries frames, and back",
                  hotplug_cases.wire_stays, self, "qp3", "x", "198.51.100.1")
        self.case("L35 L4 virtio-net unplugged from the wire, and back",
                  hotplug_cases.end_of_wire, self, "qp1", "v1", "192.0.2.1")
        self.case("stop: exit 0 after that, ledger balanced", self.stop)
        self.case("L25 jumbo: large mbufs", jumbo_cases.jumbo, self, "large")
        self.case("L25 jumbo: chains of mbufs", jumbo_cases.jumbo, self, "chains")
        self.case("L23 jumbo: more than the NIC takes", jumbo_cases.too_much, self)


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
    for what in cases.not_covered:
        print(f"     {what}")


main()
