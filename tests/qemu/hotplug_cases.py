# SPDX-License-Identifier: BSD-3-Clause
"""NICs that are unplugged and come back, by the guest's clock: L35, L4. The kernel tells VFIO that a
device has to go ("Relaying device request"), VFIO tells EAL, and that raises RTE_DEV_EVENT_REMOVE."""

import re
import subprocess
import time

from guest import NIC, await_, bind, check
from taps import announced, same, udp

DOWN_S, BACK_S = 1, 5  # where the boot takes no longer than on a machine that has time


def asked_to_go(machine, nic):
    """When the kernel asked for the device, by the guest's clock."""
    found = re.findall(rf"\[ *([0-9.]+)\] vfio-pci {nic}: Relaying device request",
                       machine.sh("dmesg"))
    check(found, f"the kernel did not ask for {nic}")
    return float(found[-1])


def within(cases, since, until, seconds, what):
    """By the guest's clock, without the time in which the guest stood still. @return the rest"""
    took = until - since
    if took > seconds:
        took -= cases.machine.order("stood", since, until)
    check(took <= seconds * cases.slow, f"{what} after {took:.2f} s, not {seconds * cases.slow:.1f}")
    return took


def down(cases, tap, port, begin, busy):
    """Until the port is down and the device gone; `busy` goes on meanwhile."""
    running, nic = cases.running, NIC[tap]
    deadline = time.monotonic() + 60
    while running.port(port)["link"] == "up":
        busy()
        check(time.monotonic() < deadline, "the port is still up after 60 s")
    said = running.when(f"port {port}: its device {nic} was removed", begin)
    took = within(cases, asked_to_go(cases.machine, nic), said, DOWN_S, "down")
    await_("the kernel's farewell",
           lambda: nic not in cases.machine.sh("ls /sys/bus/pci/devices"))
    for _ in range(100):
        busy()
    lines = [line for at, line in running.lines() if at >= begin and f"port {port}:" in line]
    check(len(lines) == 1, f"not one line about it in the log: {lines}")
    return took


def back(cases, tap, port, address):
    machine, running, nic = cases.machine, cases.running, NIC[tap]
    machine.plug(tap)
    await_("the kernel's find",
           lambda: machine.order("run", f"ls /sys/bus/pci/devices/{nic}")["rc"] == 0)
    cases.taps.empty()
    ahead = time.monotonic() - machine.order("now")  # host's clock to guest's, and a little
    begin = machine.order("now")
    bind(machine, nic)
    taken = running.when(f"port {port}: its device is back", begin)
    taken = within(cases, begin, taken, BACK_S, "taken up")
    said = f"back {taken:.1f} s after it was bound"
    if address:
        heard = announced(cases.taps, tap, address, 30)
        check(heard, f"{address} was not announced")
        heard = within(cases, begin, heard - ahead, BACK_S, f"{address} announced")
        said += f", {address} announced after {heard:.1f} s"
    running.await_links(port)
    return said


def wire_stays(cases, tap, port, address):
    """While frames go over the wire, of which none is lost."""
    sent = 0

    def busy():
        nonlocal sent
        cases.taps.send("qp0", [udp(sent & 63)])
        sent += 1
        time.sleep(0.005)
    cases.taps.empty()
    begin = cases.machine.order("now")
    cases.machine.qmp("device_del", id=tap)
    took = down(cases, tap, port, begin, busy)
    got = len(cases.taps.receive("qp1", sent))
    check(got == sent, f"of {sent} frames on the wire meanwhile {got} came")
    said = back(cases, tap, port, address)
    subprocess.run(["ping", "-q", "-c", "2", "-i", "0.2", "-W", "20", address], check=True,
                   stdout=subprocess.DEVNULL)
    return f"down {took:.2f} s after the kernel asked, {sent} frames meanwhile, none lost; {said}"


def end_of_wire(cases, tap, port, address):
    """One end of the wire itself: the other end stays up, an address elsewhere answers."""
    begin = cases.machine.order("now")
    cases.machine.qmp("device_del", id=tap)

    def busy():
        cases.taps.send("qp0", [udp(1)])
        time.sleep(0.005)
    took = down(cases, tap, port, begin, busy)
    subprocess.run(["ping", "-q", "-c", "3", "-i", "0.2", "-W", "20", address], check=True,
                   stdout=subprocess.DEVNULL)
    check(cases.running.port("v0")["link"] == "up", "the wire's other end is down, too")
    said = back(cases, tap, port, None)
    sent = [udp(flow) for flow in range(10)]
    for there, here in (("qp0", "qp1"), ("qp1", "qp0")):
        cases.taps.empty()
        cases.taps.send(there, sent)
        check(same(sent, cases.taps.receive(here, len(sent))), f"{there} to {here}: frames lost")
    return f"down {took:.2f} s after the kernel asked; {said}, the wire carries frames again"
