#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Telemetry, ledger file and exit table of one run: their shapes (schema/), that they tell the
same numbers, that long answers come in pages."""

import json
import pathlib
import subprocess

import jsonschema

from instance import PROGRAM, Instance, check, write_pcap

SCHEMAS = pathlib.Path(__file__).resolve().parent / "schema"
US, HOST, OTHER = (bytes.fromhex("0200000000" + last) for last in ("01", "66", "99"))
PORTS = 20  # DPDK's table of virtual devices has room for 32
LLDP = 12  # neighbours on each of three ports
TYPES = 40  # 32 are named, the others are one number
SAME = (
    "rx rx_bytes originated copies sent consumed kept_in kept_out ring_in ring_out tx tx_bytes "
    "kept in_flight dropped balance"
).split()

CONFIG = """
memory: {hugepages: never}
ports:
  - {name: in0, device: "net_pcap0,rx_pcap=@DIR@/in.pcap,tx_pcap=@DIR@/out.pcap", mac: "02:00:00:00:00:01"}
  - {name: in1, device: "net_pcap1,rx_pcap=@DIR@/in.pcap,tx_pcap=@DIR@/out1.pcap", mac: "02:00:00:00:00:01"}
  - {name: in2, device: "net_pcap2,rx_pcap=@DIR@/in.pcap,tx_pcap=@DIR@/out2.pcap", mac: "02:00:00:00:00:01"}
""" + "".join(
    f'  - {{name: n{i}, device: "net_null{i},no-rx=1"}}\n' for i in range(PORTS - 3)
) + """
interfaces:
  - {name: i0, port: in0, addresses: [192.0.2.1/24]}
  - {name: i1, port: in1, addresses: [198.51.100.1/24]}
neighbours:
""" + "".join(
    f'  - {{interface: i0, address: 192.0.2.{i}, mac: "02:00:00:00:01:{i:02x}"}}\n'
    for i in range(100, 200)
) + """
handlers:
  - {name: echo, place: inline}
  - {name: lldp}
"""


def schema(name):
    read = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(read)
    return jsonschema.Draft7Validator(read)


def lldpdu(n):
    """Chassis HOST, port ID n, TTL 120."""
    return b"\x02\x07\x04" + HOST + b"\x04\x02\x07" + bytes([n]) + b"\x06\x02\0\x78\0\0"


def traffic():
    frames = [US + HOST + (0x7000 + i).to_bytes(2, "big") + bytes(46) for i in range(TYPES)]
    frames += [frames[-1]] * 3
    frames += [US + HOST + b"\xcc\xcc" + bytes(46)] * 5
    frames += [OTHER + HOST + b"\xcc\xcc" + bytes(46)] * 2
    nearest = bytes.fromhex("0180c200000e")
    frames += [nearest + HOST + b"\x88\xcc" + lldpdu(n) for n in range(LLDP)]
    frames += [US + HOST + b"\x05\xdd", US + HOST, US + HOST + b"\x81\x00", b""]
    return frames


def check_drops(i, ports):
    entries, pages = i.pages("/burstline/drops")
    check(pages >= 2 and len(entries) > 64, "only", len(entries), "drops in", pages, "pages")
    for name, port in ports.items():
        of_port = [e for e in entries if e["port"] == name]
        reasons = {e["reason"]: e["frames"] for e in of_port if "reason" in e}
        check(reasons == port["drops"], name, reasons, port["drops"])
        types = [e for e in of_port if "ethertype" in e]
        unknown = sum(e["frames"] for e in types)
        check(unknown == reasons.get("unknown", 0), name, "counts", unknown, "by type", reasons)
        if name.startswith("in"):
            check(len(types) == 33, name, "names", len(types), "types")


def check_lists(i):
    lines, pages = i.pages("/burstline/plan")
    printed = subprocess.run(
        [PROGRAM, "--plan", i.path("config.yaml")], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    printed = [line[:127] for line in printed]  # a string of DPDK's telemetry holds no more
    check(pages >= 2 and [line["line"] for line in lines] == printed, "the plan differs", lines)
    neighbours, pages = i.pages("/burstline/neighbours")
    check(pages == 2 and len(neighbours) == 100, len(neighbours), "neighbours in", pages)
    check(len({n["address"] for n in neighbours}) == 100, "a neighbour comes twice")
    check({n["state"] for n in neighbours} == {"static"}, neighbours)
    heard, pages = i.pages("/burstline/lldp")
    check(pages == 5 and len(heard) == 3 * LLDP, len(heard), "LLDP neighbours in", pages, "pages")
    check(len({(n["port"], n["port_id"]) for n in heard}) == 3 * LLDP, "one comes twice", heard)
    check({n["port"] for n in heard} == {"in0", "in1", "in2"}, heard)
    workers, _ = i.pages("/burstline/workers")
    check([w["role"] for w in workers] == ["control", "worker"], workers)
    for w in workers:
        check(w["rounds"] >= w["busy_rounds"] and w["idle_cycles"] > 0, w)
    check(workers[1]["busy_cycles"] > 0 and workers[1]["busy_rounds"] > 0, workers)
    handlers = {h["name"]: h for h in i.pages("/burstline/handlers")[0]}
    echo = handlers["echo"]
    check(echo["place"] == "inline" and echo["frames"] == echo["tx"] == 3 * 5, echo)
    check("rx_requests" in handlers["arp"]["counters"], handlers["arp"])


def check_ports(i, sent):
    shape = schema("ports")
    entries, first = [], 0
    while page := i.ask(f"/burstline/ports,{first}"):
        shape.validate(page)
        check(len(page) == min(8, PORTS + 1 - first), "a page of", len(page))
        entries += page
        first += len(page)
    names = ["in0", "in1", "in2"] + [f"n{k}" for k in range(PORTS - 3)] + ["self"]
    check([e["name"] for e in entries] == names, "ports:", [e["name"] for e in entries])
    for e in entries:
        check(sum(e["classes"].values()) == e["rx"], "classes do not sum to rx:", e)
        check(sum(e["drops"].values()) == e["dropped"], "drops do not sum to dropped:", e)
        check(e["balance"] == 0, "not balanced:", e)
    check([e["rx"] for e in entries[:3]] == [sent] * 3, entries[:3])
    check([e["sent"] for e in entries[:3]] == [5] * 3, entries[:3])


def table(text):
    """Rows of the exit table: name to numbers."""
    rows = [line.split() for line in text.splitlines()]
    return {r[0]: [int(n) for n in r[1:]] for r in rows if len(r) == 9 and r[1].isdigit()}


def check_end(i, last):
    ledger = i.stop()
    schema("ledger").validate(i.ledger)
    check(list(ledger) == list(last), "other ports in the ledger:", list(ledger))
    rows = table(pathlib.Path(i.path("stdout")).read_text(encoding="utf-8"))
    for name, line in ledger.items():
        if name != "self" and name[0] == "n":
            check(line["rx"] == 0, line)
        # Announcements go on between the last answer and the end.
        moving = ("originated", "sent", "ring_in", "ring_out", "tx", "tx_bytes")
        for field in SAME:
            if name == "self" or name in ("in0", "in1"):
                same = field in moving or line[field] == last[name][field]
            else:
                same = line[field] == last[name][field]
            check(same, name, field, line[field], "in the file,", last[name][field], "before")
        drops = {d["reason"]: d["frames"] for d in line["drops"]}
        check(drops == last[name]["drops"], name, drops, last[name]["drops"])
        taken = line["rx"] + line["originated"] + line["copies"]
        want = [taken] + [
            line[f] for f in "tx sent consumed dropped kept in_flight balance".split()
        ]
        check(rows[name] == want, name, "is", rows[name], "in the table,", want, "in the file")


def main():
    frames = traffic()
    with Instance(CONFIG) as i:
        write_pcap(i.path("in.pcap"), frames)
        i.start()
        i.await_ports(
            lambda ports: all(
                ports[f"in{k}"]["rx"] == len(frames) and ports[f"in{k}"]["in_flight"] == 0
                for k in range(3)
            )
        )
        check_ports(i, len(frames))
        ports = i.ports()
        check_drops(i, ports)
        check_lists(i)
        for command in ("ports", "drops", "plan", "neighbours", "workers", "handlers", "lldp"):
            check(i.ask(f"/burstline/{command},100000") == [], command, "has no end")
        check_end(i, i.ports())


if __name__ == "__main__":
    main()
