#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Captures that net_pcap repeats keep their frames in our pool: its arithmetic counts them. A pool
too small would look like an idle port; one that is given too small is refused."""

import subprocess

from instance import PROGRAM, Instance, check, write_pcap

FRAMES = 16384

PORTS = """
ports:
  - {name: in0, device: "net_pcap0,rx_pcap=@DIR@/in.pcap,infinite_rx=1"}
  - {name: in1, device: "net_pcap1,rx_pcap=@DIR@/in.pcap,infinite_rx=1"}
  - {name: n0, device: "net_null0,no-rx=1"}
  - {name: n1, device: "net_null1,no-rx=1"}
wires:
  - [in0, n0]
  - [in1, n1]
"""


def capture(i):
    frame = bytes.fromhex("020000000001020000000066") + b"\x08\x00"
    write_pcap(i.path("in.pcap"), [frame + n.to_bytes(46, "big") for n in range(FRAMES)])


def both_ports_receive():
    with Instance("memory: {hugepages: never}" + PORTS) as i:
        capture(i)
        i.start()
        i.await_ports(lambda p: p["in0"]["rx"] > 2 * FRAMES and p["in1"]["rx"] > 2 * FRAMES)
        ledger = i.stop()
        for port in ("in0", "in1"):
            check(ledger[port]["rx"] == ledger[port]["sent"], ledger[port])
            check(ledger[port]["rx_bytes"] == 60 * ledger[port]["rx"], ledger[port])


def too_few_mbufs_are_refused():
    for mbufs in (256, 1000, FRAMES, 2 * FRAMES):
        with Instance(f"memory: {{hugepages: never, mbufs: {mbufs}}}" + PORTS) as i:
            capture(i)
            status, said = i.refused()
            check(status != 0, mbufs, "mbufs were taken")
            check(said.count("\n") == 1, "more than a sentence:", said)
            check(f"memory.mbufs {mbufs} is too small" in said and "give " in said, said)
            plan = subprocess.run([PROGRAM, "--plan", i.path("config.yaml")], capture_output=True)
            check(plan.returncode == 2, "--plan takes it")


def what_the_sentence_says_is_enough():
    with Instance(f"memory: {{hugepages: never, mbufs: {FRAMES}}}" + PORTS) as i:
        capture(i)
        enough = i.refused()[1].split("give ")[1].split()[0]
    with Instance(f"memory: {{hugepages: never, mbufs: {enough}}}" + PORTS) as i:
        capture(i)
        i.start()
        i.await_ports(lambda p: p["in0"]["rx"] > FRAMES and p["in1"]["rx"] > FRAMES)
        i.stop()


if __name__ == "__main__":
    both_ports_receive()
    too_few_mbufs_are_refused()
    what_the_sentence_says_is_enough()
