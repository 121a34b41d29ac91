#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""blframe decode against a second reading of its contract (model.py), tshark and Scapy.

usage: agree.py BLFRAME [CAPTURE...]

Every frame of corpus.py and of the captures is decoded by all four. The model must agree in
everything. tshark and Scapy must agree in every field they show; where one does not, README.md
must explain it: each row of its table has an id, and the function of that name here says which
disagreements it covers. An unexplained disagreement fails, and so does an explanation of one
that no longer occurs.
"""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import corpus
import model

from scapy.config import conf
from scapy.layers.l2 import LLC, SNAP, Dot1AD, Dot1Q, Dot3, Ether
from scapy.utils import RawPcapNgReader, RawPcapReader

HERE = os.path.dirname(os.path.abspath(__file__))
LINKTYPE_ETHERNET = 1
conf.max_list_count = 10000
sys.setrecursionlimit(10000)


# What each of them says: {field: value}, or None where it says nothing.

def of_ours(said):
    """Ours in the terms of the others: type/length as a number, values as numbers."""
    if "error" in said:
        return {"fault": True, **({"fcs": said["fcs"]} if "fcs" in said else {})}
    view = {"fault": False, "dst": said["dst"], "src": said["src"], "kind": said["kind"]}
    view["vlans"] = [(int(t["tpid"], 16), t["pcp"], t["dei"], t["vid"]) for t in said["vlans"]]
    if said["kind"] == "ethernet2":
        view["type"] = int(said["ethertype"], 16)
    else:
        view["type"] = said["payload_len"] + (8 if said["kind"] == "snap" else 0)
    for field in ("dsap", "ssap", "control", "pid"):
        if field in said:
            view[field] = int(said[field], 16)
    if "oui" in said:
        view["oui"] = int(said["oui"].replace(":", ""), 16)
    view["payload_len"] = said["payload_len"]
    if "fcs" in said:
        view["fcs"] = said["fcs"]
    return view


def shown(proto, *names):
    """The values of the first of these fields that the protocol has, top level only."""
    for name in names:
        values = [f.get("show") for f in proto.iter("field") if f.get("name") == name]
        if values:
            return [int(v, 0) for v in values]
    return []


def of_tshark_tags(protos, view):
    """Take the tag dissectors off the list; each handles one tag or, S in S, two."""
    while protos and protos[0].get("name") in ("vlan", "ieee8021ad"):
        name, proto = protos[0].get("name"), protos.pop(0)
        vids = shown(proto, "vlan.id", "ieee8021ad.id")
        if not vids:
            vids = shown(proto, "ieee8021ad.svid") + shown(proto, "ieee8021ad.cvid")
        for tag in zip(shown(proto, name + ".priority"), shown(proto, name + ".dei"), vids):
            view["vlans"].append((view["type"], *tag))
        rest = shown(proto, "vlan.etype", "ieee8021ah.etype", "vlan.len")
        view["type"] = rest[0] if rest else None


def of_tshark(packet):
    protos = [p for p in packet.findall("proto") if p.get("name") not in ("geninfo", "frame")]
    experts = {f.get("name") for p in protos for f in p.iter("field")}
    # The last piece of a name says what tshark found wrong with lengths.
    view = {"fault": bool(experts & {"eth.len.past_end", "vlan.len.past_end", "eth.invalid_lentype",
                                     "eth.fcs.truncated"})}
    if not protos or protos[0].get("name") != "eth" or not shown(protos[0], "eth.type", "eth.len"):
        return {"fault": True}
    eth = protos.pop(0)
    fields = {f.get("name"): f.get("show") for f in eth.findall("field")}
    view.update(dst=fields["eth.dst"], src=fields["eth.src"], vlans=[], kind="ethernet2")
    view["type"] = shown(eth, "eth.type", "eth.len")[0]
    of_tshark_tags(protos, view)
    status = [f.get("show") for f in packet.iter("field") if f.get("name") == "eth.fcs.status"]
    if status:
        view["fcs"] = "ok" if status[0] == "1" else "bad"
    if view["type"] is None:
        return {**view, "fault": True}
    if view["type"] < 0x600:
        view["kind"] = "raw8023"
        if protos and protos[0].get("name") == "llc":
            llc = protos.pop(0)
            view["kind"] = "llc"
            view["dsap"], view["ssap"] = shown(llc, "llc.dsap")[0], shown(llc, "llc.ssap")[0]
            view["control"] = shown(llc, "llc.control")[0] & 0xFF
            if shown(llc, "llc.oui"):
                view["kind"] = "snap"
                view["oui"] = shown(llc, "llc.oui")[0]
                pid = [f.get("show") for f in llc.findall("field")
                       if re.search(r"\.(type|pid|\w+_pid)$", f.get("name"))]
                if pid:
                    view["pid"] = int(pid[0], 0)
    if protos and protos[0].get("name") == "_ws.malformed":
        view["fault"] = True
    return view


def of_scapy(frame):
    """Scapy judges nothing: what it shows of a frame that ours refuses is not compared."""
    try:
        layer = Ether(frame)
    except (struct.error, IndexError):
        return {}
    view = {"dst": layer.dst, "src": layer.src, "vlans": [], "kind": "ethernet2"}
    kind = layer.len if isinstance(layer, Dot3) else layer.type
    while isinstance(layer.payload, (Dot1Q, Dot1AD)):
        layer = layer.payload
        view["vlans"].append((kind, layer.prio, int(layer.dei if hasattr(layer, "dei") else layer.id),
                              layer.vlan))
        kind = layer.type
    view["type"] = kind
    if kind < 0x600:
        view["kind"] = "other"
        if isinstance(layer.payload, LLC):
            layer = layer.payload
            view.update(kind="llc", dsap=layer.dsap, ssap=layer.ssap, control=layer.ctrl)
        if isinstance(layer.payload, SNAP):
            layer = layer.payload
            view.update(kind="snap", oui=layer.OUI, pid=layer.code)
    if kind >= 0x600:
        view["payload_len"] = len(layer.payload.original)
    return view


# The explanations: (tool, field, ours, theirs, frame) of a disagreement -> is this the reason?

# `theirs` may lack fields; a frame that ours refuses has only `fault`.

def tpids_of(view):
    return {t[0] for t in view.get("vlans", [])}


def D1(tool, field, ours, theirs, frame):
    return (tool == "tshark" and field in ("vlans", "type") and
            0x9100 in tpids_of(theirs) - tpids_of(ours))


def D2(tool, field, ours, theirs, frame):
    unknown = {0x9200, 0x9300} if tool == "tshark" else {0x9100, 0x9200, 0x9300}
    if field == "fault":
        return tool == "tshark" and frame[12:14] in (b"\x92\x00", b"\x93\x00") and len(frame) == 16
    return field in ("vlans", "type", "payload_len") and bool(unknown & tpids_of(ours) - tpids_of(theirs))


def D3(tool, field, ours, theirs, frame):
    is_ipx = ours.get("dsap") == 0xE0 or ours.get("kind") == "raw8023" or ours.get("type") == 0x8137
    return (tool == "tshark" and field == "fault" and theirs["fault"] and
            (is_ipx or ours.get("payload_len") == 0))


def D4(tool, field, ours, theirs, frame):
    n = len(theirs.get("vlans", []))
    return (tool == "tshark" and field in ("vlans", "type", "fault") and n == 20 and
            ours["vlans"][:n] == theirs["vlans"])


def D5(tool, field, ours, theirs, frame):
    return (tool == "tshark" and field in ("kind", "oui", "pid") and theirs["kind"] == "snap" and
            ours.get("control") not in (3, None))


def D6(tool, field, ours, theirs, frame):
    return (tool == "scapy" and ours.get("kind") == "raw8023" and
            field in ("kind", "dsap", "ssap", "control"))


def D7(tool, field, ours, theirs, frame):
    return tool == "tshark" and field == "fault" and not theirs["fault"] and theirs.get("type") == 0


def D8(tool, field, ours, theirs, frame):
    return (tool == "tshark" and field == "fault" and not theirs["fault"] and theirs["vlans"] != [] and
            1500 < theirs["type"] < 1536)


def D9(tool, field, ours, theirs, frame):
    return (tool == "tshark" and field == "fault" and "fcs" in ours and not theirs["fault"] and
            14 <= len(frame) < 18)


EXPLANATIONS = [D1, D2, D3, D4, D5, D6, D7, D8, D9]


def write_pcap(path, frames):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, LINKTYPE_ETHERNET))
        for frame in frames:
            f.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)


def read_capture(path):
    """The frames of a capture, or none where it is of another link type."""
    with open(path, "rb") as f:
        is_ng = f.read(4) == b"\x0a\x0d\x0d\x0a"
    frames = []
    for frame, meta in (RawPcapNgReader if is_ng else RawPcapReader)(path):
        frames.append(frame)
        if is_ng and meta.linktype != LINKTYPE_ETHERNET:
            return []
    if not is_ng and RawPcapReader(path).linktype != LINKTYPE_ETHERNET:
        return []
    return frames


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout


def disagreements(blframe, frames, args):
    """[(tool, field, ours, theirs, frame)], and the number of fields compared."""
    fcs = "--fcs" in args
    tpids = [int(t, 16) for a in args if a.startswith("0x") for t in a.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "frames.pcap")
        write_pcap(path, frames)
        said = [json.loads(line) for line in run(blframe, "decode", "-r", path, *args).splitlines()]
        options = ["-o", "eth.fcs:Always", "-o", "eth.check_fcs:TRUE"] if fcs else ["-o", "eth.fcs:Never"]
        packets = ElementTree.fromstring(run("tshark", "-n", "-r", path, "-T", "pdml", *options))
    found, compared = [], 0
    if not len(said) == len(frames) == len(packets.findall("packet")):
        raise SystemExit(f"{len(frames)} frames, {len(said)} of ours")
    for frame, ours, packet in zip(frames, said, packets.findall("packet")):
        want = model.decode(frame, tpids, fcs)
        if want != ours:
            found.append(("model", "all", ours, want, frame))
        ours = of_ours(ours)
        views = [("tshark", of_tshark(packet))]
        if not ours["fault"]:
            views.append(("scapy", of_scapy(frame[:-4] if fcs else frame)))
        for tool, theirs in views:
            fields = ["fault"] if ours["fault"] else theirs
            for field in [f for f in fields if f in theirs]:
                compared += 1
                if ours.get(field) != theirs[field]:
                    found.append((tool, field, ours, theirs, frame))
    return found, compared


def explained_in_readme():
    with open(os.path.join(HERE, "README.md"), encoding="utf-8") as f:
        return re.findall(r"^\| (D\d+) \|", f.read(), re.M)


def main():
    blframe, captures = sys.argv[1], sys.argv[2:]
    sets = {"captures": ([f for path in captures for f in read_capture(path)], [])}
    for name, (frames, args) in corpus.SETS.items():
        sets[name] = (list(frames()), args.split())
    used, failed, total = set(), 0, 0
    for name, (frames, args) in sets.items():
        found, compared = disagreements(blframe, frames, args)
        total += compared
        for tool, field, ours, theirs, frame in found:
            reasons = [] if tool == "model" else \
                [e.__name__ for e in EXPLANATIONS if e(tool, field, ours, theirs, frame)]
            used.update(reasons)
            if not reasons:
                failed += 1
                print(f"{name}: {tool} disagrees in {field}\n  frame  {frame[:80].hex()}\n"
                      f"  ours   {ours.get(field, ours)}\n  theirs {theirs.get(field, theirs)}")
        print(f"{name}: {len(frames)} frames, {compared} fields, {len(found)} disagreements")
    known = [e.__name__ for e in EXPLANATIONS]
    if known != explained_in_readme():
        failed += 1
        print(f"README.md explains {explained_in_readme()}, agree.py {known}")
    for gone in sorted(set(known) - used):
        failed += 1
        print(f"{gone} is explained but occurs no more")
    print(f"{'failed' if failed else 'ok'}: {total} fields compared")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
