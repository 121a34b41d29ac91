# SPDX-License-Identifier: BSD-3-Clause
"""What is looked at before EAL is started, and the commands that Burstline's sentences name."""

import re

from guest import Instance, bind, check, driver_of, refused

NIC, MATES = "0000:01:00.0", ("0000:03:00.0", "0000:03:00.1")


def one(nic):
    return f'ports: [{{name: e, device: "{nic}"}}]\nlcores: {{control: 0, workers: [1]}}\n'


def default_route(cases):
    """A NIC of the kernel's that carries the default route."""
    machine = cases.machine
    iface = machine.sh(f"ls /sys/bus/pci/devices/{NIC}/net").strip()
    machine.sh(f"ip link set {iface} up; ip route add default dev {iface}")
    refused(machine, one(NIC), f"the default route of this machine goes through {iface}: choose "
            "another, or start with --force")
    check(iface in machine.sh("ip route"), "the route has gone")
    refused(machine, one(NIC), "is bound to e1000e", "--force")
    machine.sh(f"ip route del default; ip link set {iface} down")
    return f"{iface} is refused; with --force only its driver is"


def unbound(cases):
    """The commands of the sentence bind it."""
    machine = cases.machine
    said = refused(machine, one(NIC), f"is bound to e1000e, but DPDK needs vfio-pci: "
                   f"dpdk-devbind.py -b vfio-pci {NIC}, or: ")
    check("EAL" not in said, f"EAL was started: {said}")
    machine.sh(said.split(", or: ")[1].split("\n")[0])
    check(driver_of(machine, NIC) == "vfio-pci", "the sentence's commands do not bind it")
    return "exit 1, and the commands that it says bind it"


def group(cases):
    """Half of an IOMMU group: the other half's driver, and the command that helps."""
    machine = cases.machine
    bind(machine, MATES[0])
    said = refused(machine, one(MATES[0]), f"with {MATES[1]}, which is bound to e1000e")
    check("EAL" not in said, f"EAL was started: {said}")
    command = re.search(r"dpdk-devbind.py -b vfio-pci \S+", said)[0]
    machine.sh(command)
    check(driver_of(machine, MATES[1]) == "vfio-pci", f"{command} does not bind it")
    machine.order("write", "/tmp/group.yaml", "name: group\n" + one(MATES[0]))
    cases.running = Instance(machine, "group", "/tmp/group.yaml")
    refused(machine, "name: second\n" + one(MATES[0]), "is in use: another process has /dev/vfio/")
    cases.stop()
    return f"refused; runs after {command}; a second process is refused"
