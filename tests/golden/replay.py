#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every frame of the golden tests and of captures, shuffled, ten times, as fast as they are read:
into a plain port with handlers, a wire, a reflector and a bridge at once. Each must count what
model.py reads there, wire and reflector give back the octets. Conformance L28.

    replay.py [CAPTURE...]
"""

import collections
import pathlib
import random
import struct
import sys

from cases import CASES, frames_of
from instance import ROOT, Instance, check, read_pcap, write_pcap

FRAMES = ROOT / "tests/golden/frames"
sys.path.insert(0, str(FRAMES))
import model  # noqa: E402  (it lies there)

TIMES = 10
LONGEST = 9230  # octets; of these wire and reflector lose none
TYPES = {"0x0800": "ipv4", "0x86dd": "ipv6", "0x0806": "arp"}
TYPES |= {t: t for t in ("0x88cc", "0xcccc")}  # by the name of their handlers' EtherTypes
READERS = ("plain", "wire", "mirror", "member")
SILENT = ("end", "other")

CONFIG = """
memory: {hugepages: never}
ports:
""" + "".join(
    f'  - {{name: {name}, device: "net_pcap{i},rx_pcap=@DIR@/{name}.pcap,tx_pcap=@DIR@/{name}.out",'
    f' mtu: 9702{", reflect: true" if name == "mirror" else ""}}}\n'
    for i, name in enumerate(READERS)
) + "".join(
    f'  - {{name: {name}, device: "net_pcap{len(READERS) + i},tx_pcap=@DIR@/{name}.out", mtu: 9702}}\n'
    for i, name in enumerate(SILENT)
) + """
wires:
  - [wire, end]
bridges:
  - name: br0
    vlan-aware: true
    members: [{port: member, mode: trunk, vlans: ["2-200"], native: 1}, {port: other, mode: qinq, vlan: 1}]
interfaces:
  - {name: plain, port: plain, addresses: [192.0.2.1/24]}
  - {name: c, port: plain, tags: [{vid: 100}], addresses: [198.51.100.1/24]}
  - {name: lan, bridge: br0, tags: [{vid: 1}], mac: "02:00:00:00:00:01", addresses: [192.0.2.1/24]}
handlers:
  - {name: echo}
  - {name: lldp}
"""


def of_capture(path):
    """What a pcap file of Ethernet holds of its frames; other files: nothing."""
    data, frames, at = pathlib.Path(path).read_bytes(), [], 24
    if struct.unpack_from("<I16xI", data) != (0xA1B2C3D4, 1):
        return []
    while at < len(data):
        caplen = struct.unpack_from("<I", data, at + 8)[0]
        frames.append(data[at + 16 : at + 16 + caplen])
        at += 16 + caplen
    return frames


def known(captures):
    frames = {f for path in FRAMES.glob("*.hex") if path.stem != "text" for f in frames_of(path)}
    frames |= {f for path in CASES.glob("*/in*.hex") for f in frames_of(path)}
    frames |= {f for path in captures for f in of_capture(path)}
    return sorted(f for f in frames if 0 < len(f) <= LONGEST)


def class_of(frame):
    said = model.decode(frame)
    if said.get("error") in ("short_header", "short_vlan", "length_reserved"):
        return said["error"]
    if said.get("kind") != "ethernet2":
        return "length"
    return TYPES.get(said["ethertype"], "other")


def main():
    frames = known(sys.argv[1:])
    classes = collections.Counter(class_of(f) for f in frames)
    rng = random.Random(28)
    sent = {name: rng.sample(frames * TIMES, len(frames) * TIMES) for name in READERS}
    with Instance(CONFIG) as i:
        for name in READERS:
            write_pcap(i.path(name + ".pcap"), sent[name])
        i.start()
        last = i.await_ports(
            lambda ports: all(ports[name]["rx"] == len(sent[name]) for name in READERS)
            and all(p["in_flight"] == 0 for p in ports.values())
        )
        i.stop()
        for name in READERS:
            got = {c: n for c, n in last[name]["classes"].items() if n}
            want = {c: n * TIMES for c, n in classes.items()}
            check(got == want, f"{name} counted {got}, wanted {want}")
        crossed, mirrored = read_pcap(i.path("end.out")), read_pcap(i.path("mirror.out"))
    whole = [f for f in sent["wire"] if len(f) >= 14]
    check(crossed == whole, "the wire changed frames")
    whole = [f[6:12] + f[:6] + f[12:] for f in sent["mirror"] if len(f) >= 14]
    check(mirrored == whole, "the reflector did other than swap addresses")
    print(f"{len(frames)} frames, {TIMES} times on {len(READERS)} ports: {dict(classes)}")


if __name__ == "__main__":
    main()
