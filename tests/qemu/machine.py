# SPDX-License-Identifier: BSD-3-Clause
"""The guest as the cases see it: QEMU without KVM, two NUMA nodes, an IOMMU and NICs on PCI.

    node 0: CPU 0, 1     0000:3b:00.0 virtio-net, 4 queues     qp0
                         0000:01:00.0 e1000e                   qp2
                         0000:02:00.0 vmxnet3                  qp3
                         0000:03:00.0 and .1 e1000e            nothing; one IOMMU group
    node 1: CPU 2, 3     0000:af:00.0 virtio-net, 4 queues     qp1

The other end of each NIC is a tap of the test's network namespace. The first two addresses are
those of config/bare-metal.yaml. Commands go over the second serial port (agent.py), set_link and
device_del over QEMU's monitor (QMP).
"""

import json
import os
import socket
import subprocess
import time

QUEUES = 4
VIRTIO = {"disable-legacy": "on", "iommu_platform": True, "mq": True, "rss": True,
          "vectors": 2 * QUEUES + 2}
NICS = {
    # tap: device, its bus, its arguments, queues of the tap
    "qp0": ("virtio-net-pci", "far0", VIRTIO, QUEUES),
    "qp1": ("virtio-net-pci", "far1", VIRTIO, QUEUES),
    "qp2": ("e1000e", "near0", {}, 1),
    "qp3": ("vmxnet3", "near1", {}, 1),
}


def mac(tap):
    return f"02:00:00:00:aa:{int(tap[2:]):02x}"


def device(tap):
    kind, bus, more, _ = NICS[tap]
    return {"driver": kind, "id": tap, "netdev": f"net-{tap}", "bus": bus, "mac": mac(tap),
            "romfile": "", **more}


def arguments(kernel, initramfs, work):
    args = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-machine", "q35", "-cpu", "max",
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-smp", "4", "-m", "2G",
            "-object", "memory-backend-ram,id=m0,size=1G",
            "-object", "memory-backend-ram,id=m1,size=1G",
            "-numa", "node,nodeid=0,cpus=0-1,memdev=m0",
            "-numa", "node,nodeid=1,cpus=2-3,memdev=m1",
            "-device", "intel-iommu,intremap=on,caching-mode=on",
            "-device", "pxb-pcie,id=px0,bus=pcie.0,bus_nr=58,numa_node=0",
            "-device", "pxb-pcie,id=px1,bus=pcie.0,bus_nr=174,numa_node=1",
            "-device", "pcie-root-port,id=far0,bus=px0,chassis=1",
            "-device", "pcie-root-port,id=far1,bus=px1,chassis=2",
            "-device", "pcie-root-port,id=near0,bus=pcie.0,chassis=3",
            "-device", "pcie-root-port,id=near1,bus=pcie.0,chassis=4",
            "-device", "pcie-root-port,id=near2,bus=pcie.0,chassis=5",
            "-device", "e1000e,bus=near2,addr=0.0,multifunction=on,romfile=",
            "-device", "e1000e,bus=near2,addr=0.1,romfile="]
    for tap, (_, _, _, queues) in NICS.items():
        args += ["-netdev", f"tap,id=net-{tap},ifname={tap},script=no,downscript=no"
                 + (f",queues={queues}" if queues > 1 else ""),
                 "-device", json.dumps(device(tap))]
    return args + [
        "-kernel", f"{kernel}/vmlinuz", "-initrd", initramfs,
        "-append", "console=ttyS0 intel_iommu=on quiet panic=-1",
        "-serial", f"file:{work}/console",
        "-serial", f"unix:{work}/agent,server=on,wait=off",
        "-qmp", f"unix:{work}/qmp,server=on,wait=off"]


class Line:
    """JSON objects, one a line, over a Unix socket."""

    def __init__(self, path, deadline):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self.buffer = b""

    def send(self, what):
        self.socket.sendall(json.dumps(what).encode() + b"\n")

    def receive(self, limit):
        deadline = time.monotonic() + limit
        while b"\n" not in self.buffer:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            data = self.socket.recv(65536)
            if not data:
                raise RuntimeError("QEMU has gone")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)


class Machine:
    def __init__(self, kernel, initramfs, work):
        self.work = work
        self.log = open(f"{work}/qemu.log", "w")
        self.process = subprocess.Popen(arguments(kernel, initramfs, work), stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        try:
            self.agent = Line(f"{work}/agent", deadline)
            self.monitor = Line(f"{work}/qmp", deadline)
            self.monitor.receive(60)
            self.qmp("qmp_capabilities")
        except OSError as error:
            self.process.kill()
            with open(f"{work}/qemu.log") as log:
                raise RuntimeError(f"QEMU did not start: {error}: {log.read()}") from error

    def await_agent(self, limit):
        assert self.agent.receive(limit) == {"up": True}

    def order(self, name, *args, limit=120):
        self.agent.send({"order": name, "arguments": args})
        answer = self.agent.receive(limit)
        if "error" in answer:
            raise RuntimeError(f"in the guest, {name} {args}: {answer['error']}")
        return answer["answer"]

    def sh(self, command, limit=60):
        """The output of a shell command in the guest, which must succeed."""
        done = self.order("run", command, limit)
        if done["rc"] != 0:
            raise RuntimeError(f"in the guest, exit {done['rc']}: {command}\n{done['out']}")
        return done["out"]

    def qmp(self, command, **args):
        self.monitor.send({"execute": command, "arguments": args})
        while True:
            answer = self.monitor.receive(60)
            if "return" in answer or "error" in answer:
                assert "return" in answer, f"QEMU's monitor, {command}: {answer['error']}"
                return answer["return"]

    def plug(self, tap, limit=60):
        """Put a NIC back; QEMU may still be busy with its farewell."""
        deadline = time.monotonic() + limit
        while True:
            try:
                return self.qmp("device_add", **device(tap))
            except AssertionError as error:
                if "Duplicate device ID" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
