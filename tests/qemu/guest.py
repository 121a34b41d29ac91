# SPDX-License-Identifier: BSD-3-Clause
"""What the cases share: Burstline in the guest, and its NICs there."""

import time

NIC = {"qp0": "0000:3b:00.0", "qp1": "0000:af:00.0", "qp2": "0000:01:00.0", "qp3": "0000:02:00.0"}


class Failed(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failed(what)


def await_(what, test, limit=60):
    deadline = time.monotonic() + limit
    while not test():
        check(time.monotonic() < deadline, f"still not after {limit} s: {what}")
        time.sleep(0.1)


def bind(machine, nic):
    device = f"/sys/bus/pci/devices/{nic}"
    machine.sh(f"echo vfio-pci >{device}/driver_override; "
               f"[ ! -e {device}/driver ] || echo {nic} >{device}/driver/unbind; "
               f"echo {nic} >/sys/bus/pci/drivers_probe")


def driver_of(machine, nic):
    return machine.sh(f"readlink /sys/bus/pci/devices/{nic}/driver").strip().split("/")[-1]


def refused(machine, config, words, options=""):
    """What it says of a configuration that it does not run."""
    machine.order("write", "/tmp/refused.yaml", config)
    done = machine.order("run", f"timeout 50 burstline -c /tmp/refused.yaml {options}")
    check(done["rc"] == 1 and words in done["out"],
          f"exit {done['rc']}, without \"{words}\": {done['out']}")
    return done["out"]


class Instance:
    """Burstline in the guest."""

    def __init__(self, machine, name, config, program="burstline"):
        self.machine, self.name = machine, name
        self.pid = machine.order("start", f"{program} -c {config} -v --ledger /tmp/{name}.ledger")
        await_("ready", lambda: self.ended() is not None or "burstline: ready" in self.said(), 120)
        check(self.ended() is None, f"burstline ended at its start, exit {self.ended()}: "
              + self.said()[-1000:])

    def lines(self):
        """[(time by the guest's clock, line)]"""
        return self.machine.order("said", self.pid)

    def said(self):
        return "".join(line for _, line in self.lines())

    def when(self, words, after, limit=60):
        """When it said this, by the guest's clock."""
        found = []

        def look():
            found[:] = [at for at, line in self.lines() if at >= after and words in line]
            return found
        await_(words, look, limit)
        return found[0]

    def ended(self):
        return self.machine.order("poll", self.pid)

    def ask(self, command):
        return self.machine.order("ask", self.name, command)[command.split(",")[0]]

    def port(self, name):
        return next(p for p in self.ask("/burstline/ports") if p["name"] == name)

    def plan(self):
        lines = []
        while page := self.ask(f"/burstline/plan,{len(lines)}"):
            lines += [line["line"] for line in page]
        return "\n".join(lines)

    def await_links(self, *names):
        for name in names:
            await_(f"link of {name}", lambda n=name: self.port(n)["link"] == "up")

    def stop(self):
        self.machine.sh(f"kill {self.pid}")
        code = self.machine.order("wait", self.pid, 80)
        check(code == 0, f"burstline ended with {code}")
        check("ledger balanced" in self.said(), "the ledger does not balance")
        check('"mbufs_in_use": 0' in self.machine.order("read", f"/tmp/{self.name}.ledger"),
              "mbufs were lost")
