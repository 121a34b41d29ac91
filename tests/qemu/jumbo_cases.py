# SPDX-License-Identifier: BSD-3-Clause
"""MTU 9000 on every kind of NIC, in one large mbuf and in chains, octet by octet at the far end."""

import os

from guest import Instance, check, refused
from taps import same, tag, udp

CONFIG = """
name: jumbo
lcores: {control: 0, workers: [1, 2], idle: sleep}
memory: {hugepages: require, mbufs: MBUFS}
ports:
  - {name: v0, device: "0000:3b:00.0", mtu: 9000, rx-queues: 1, tx-queues: 1, descriptors: 256}
  - {name: v1, device: "0000:af:00.0", mtu: 9000, rx-queues: 1, tx-queues: 1, descriptors: 256}
  - {name: e, device: "0000:01:00.0", mtu: 9000, rx-queues: 1, descriptors: 256}
  - {name: x, device: "0000:02:00.0", mtu: 9000, rx-queues: 1, descriptors: 256}
wires:
  - [v0, v1]
  - [e, x]
"""
# Hugepages carry the pools with large mbufs in the first, with those of 2 KiB alone in the second.
MBUFS = {"large": "auto", "chains": "32767"}
SAYS = {"large": "gets one large mbuf", "chains": "gets a chain of 2048 octet mbufs"}
WAYS = (("v0", "qp0", "qp1"), ("v1", "qp1", "qp0"), ("e", "qp2", "qp3"), ("x", "qp3", "qp2"))
LENGTHS = (60, 1514, 2048, 2049, 4096, 8192, 9014, 64)


def frame(flow, length, tags=b""):
    return udp(flow, length, tags, os.urandom(length - 42 - len(tags)))


def frames():
    tagged = [frame(20, 9018, tag(10)), frame(21, 9022, tag(100, 0x88A8) + tag(10))]
    return [frame(i, length) for i, length in enumerate(LENGTHS)] + tagged


def one_way(taps, there, back, chains):
    """@return whether long frames came, too; those of vmxnet3 may not in chains"""
    sent = frames()
    too_long = frame(22, 9023, tag(100, 0x88A8) + tag(10))
    short = [f for f in sent if len(f) <= 2048]
    taps.empty()
    taps.send(there, sent[:-1] + [too_long] + sent[-1:])
    lossy = chains and there == "qp3"
    got = taps.receive(back, len(short))
    got += taps.receive(back, len(sent) - len(got), 3 if lossy else 10)
    if lossy and same(short, got):
        return False
    check(same(sent, got), f"{there} to {back}: not octet by octet: sent {[len(f) for f in sent]}, "
          f"came {[len(f) for f in got]}")
    check(taps.receive(back, 1, 0.3) == [], f"{there} to {back}: a frame that is too long came")
    return True


def jumbo(cases, kind):
    machine = cases.machine
    machine.order("write", "/tmp/jumbo.yaml", CONFIG.replace("MBUFS", MBUFS[kind]))
    cases.running = running = Instance(machine, "jumbo", "/tmp/jumbo.yaml")
    check(SAYS[kind] in running.plan(), f"the plan does not say \"{SAYS[kind]}\": "
          + running.plan()[-600:])
    check(("port x: net_vmxnet3 may lose frames" in running.said()) == (kind == "chains"),
          "the start warns of vmxnet3 where it gets chains: " + running.said()[-1000:])
    running.await_links("v0", "v1", "e", "x")
    for port, there, back in WAYS:
        whole = one_way(cases.taps, there, back, kind == "chains")
        drops = running.port(port)["drops"]
        check(drops == ({"tx_too_long": 1} if whole else {}), f"{port} dropped {drops}")
        if not whole:
            cases.not_covered.append(
                "vmxnet3 that receives chains: QEMU's or its driver lost each frame above 2048 "
                "octets, and cut none; it sends them")
    cases.stop()
    return "60 to 9022 octets whole, 9023 dropped and counted"


def too_much(cases):
    """A sentence at the start with what the NIC can do."""
    for nic, mtu, words in (("0000:3b:00.0", 9702, "device max MTU (9698)"),
                            ("0000:01:00.0", 9702, "device max frame size (9234)"),
                            ("0000:02:00.0", 9001, "device max MTU (9000)")):
        said = refused(cases.machine, f'ports: [{{name: p, device: "{nic}", mtu: {mtu}}}]', words)
        check("port p: the device does not take this set-up" in said, said)
    return "exit 1 with what each can"
