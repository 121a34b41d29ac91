#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What telemetry tells of bridges: shapes (schema/), pages, and that members, VLANs and tables
count the frames of a capture."""

import json
import pathlib

import jsonschema

from instance import Instance, check, read_pcap, write_pcap

SCHEMAS = pathlib.Path(__file__).resolve().parent / "schema"
HOSTS = 100  # each speaks once in each of two VLANs
STATIC = 70
SILENT = 17  # members, beside in and out: with self two pages
ALL = b"\xff" * 6

CONFIG = """
memory: {hugepages: never}
ports:
  - {name: in, device: "net_pcap0,rx_pcap=@DIR@/in.pcap"}
  - {name: out, device: "net_pcap1,tx_pcap=@DIR@/out.pcap"}
""" + "".join(
    f'  - {{name: n{i}, device: "net_null{i},no-rx=1"}}\n' for i in range(SILENT + 1)
) + """
bridges:
  - name: lan
    vlan-aware: true
    members:
      - {port: in, mode: trunk, vlans: ["10-109"], filter: false}
      - {port: out, mode: access, vlan: 10}
""" + "".join(
    f"      - {{port: n{i}, mode: qinq, vlan: 4000}}\n" for i in range(SILENT)
) + """
    static:
""" + "".join(
    f'      - {{mac: "02:00:00:00:01:{i:02x}", vlan: 4000, port: n{i % SILENT}}}\n'
    for i in range(STATIC)
) + f"""
  - name: idle
    fdb: 1000
    members:
      - {{port: n{SILENT}}}
interfaces:
  - {{name: us, bridge: lan, tags: [{{vid: 10}}], mac: "02:00:00:00:02:01", addresses: [192.0.2.1/24]}}
"""


def traffic():
    hosts = [b"\x02\0\0\0\0" + bytes([i]) for i in range(HOSTS)]
    frames = [ALL + h + b"\x81\0\0" + bytes([v]) + b"\x70\0" + bytes(46) for v in (10, 11) for h in hosts]
    frames += [hosts[1] + hosts[0] + b"\x81\0\0\x0a\x70\0" + bytes(46)]  # behind its own port
    frames += [ALL + hosts[0] + b"\x81\0\x0f\xff\x70\0" + bytes(46)]  # VLAN 4095: no VLAN counts it
    frames += [ALL + hosts[0] + b"\x81\0\x0f\xa0\x70\0" + bytes(46)]  # 4000: not its own, but it does not filter
    frames += [ALL + b"\x02\0\0\0\x01\0" + b"\x81\0\x0f\xa0\x70\0" + bytes(46)]  # n0's static one
    frames += [ALL + b"\x02\0\0\0\x02\x01" + b"\x81\0\x00\x0a\x70\0" + bytes(46)]  # ours
    return frames


def entries_of(i, command):
    """All entries; every page has the shape that its schema fixes."""
    read = json.loads((SCHEMAS / f"{command}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(read)
    shape = jsonschema.Draft7Validator(read)
    entries = []
    while page := i.ask(f"/burstline/{command},{len(entries)}"):
        shape.validate(page)
        check(len(page) <= read["maxItems"], command, "has a page of", len(page))
        entries += page
    check(i.ask(f"/burstline/{command},100000") == [], command, "has no end")
    return entries


def check_bridges(i):
    lan, idle = entries_of(i, "bridges")
    check(lan["name"] == "lan" and lan["vlan_aware"] == 1, lan)
    check(lan["members"] == lan["forwarding"] == SILENT + 2, lan)
    check(lan["learned"] == 2 * HOSTS + 1 and lan["static"] == STATIC + 1, lan)
    check(idle["vlan_aware"] == idle["learned"] == idle["static"] == 0, idle)
    check(idle["capacity"] == 1000, idle)
    i.await_(2, "events", lambda: entries_of(i, "bridges")[0]["events_own"] == 1)
    lan = entries_of(i, "bridges")[0]
    check(lan["events_held"] == 1 and lan["events_moved"] == lan["events_full"] == 0, lan)


def check_members(i):
    members = entries_of(i, "bridge_members")
    names = ["in", "out"] + [f"n{k}" for k in range(SILENT)] + ["self", f"n{SILENT}"]
    check([m["port"] for m in members] == names, [m["port"] for m in members])
    first = members[0]
    check(first["mode"] == "trunk" and first["state"] == "forwarding", first)
    check(first["addresses"] == first["learned"] == 2 * HOSTS + 1, first)
    check(members[1]["mode"] == "access" and members[1]["learned"] == 0, members[1])
    check(members[-1]["bridge"] == "idle" and members[-1]["mode"] == "transparent", members[-1])


def check_vlans(i):
    vlans = entries_of(i, "bridge_vlans")
    numbered = {v["vlan"]: v for v in vlans if "vlan" in v}
    (idle,) = [v for v in vlans if "vlan" not in v]
    check(list(numbered) == list(range(10, 110)) + [4000], list(numbered))
    check(numbered[10]["members"] == 2 and numbered[11]["members"] == 1, numbered[10])
    check(numbered[4000]["members"] == SILENT, numbered[4000])
    check(numbered[10]["frames"] == HOSTS + 1 and numbered[11]["frames"] == HOSTS, numbered[10])
    check(numbered[10]["bytes"] == (HOSTS + 1) * 64, numbered[10])
    check(numbered[10]["addresses"] == HOSTS, numbered[10])
    check(numbered[4000]["frames"] == numbered[4000]["flooded"] == 2, numbered[4000])
    check(idle["bridge"] == "idle" and idle["frames"] == 0 and idle["members"] == 1, idle)


def check_tables(i):
    fdb = entries_of(i, "fdb")
    check({e["bridge"] for e in fdb} == {"lan"}, "entries of a bridge without traffic")
    keys = {(e["vlan"], e["mac"]): e for e in fdb}
    check(len(keys) == len(fdb) == 2 * HOSTS + 1 + STATIC + 1, len(keys), "of", len(fdb))
    ours = keys[10, "02:00:00:00:02:01"]
    check(ours["port"] == "local" and ours["static"] == 1, ours)
    for vlan in (10, 11):
        for h in range(HOSTS):
            e = keys[vlan, f"02:00:00:00:00:{h:02x}"]
            check(e["port"] == "in" and e["static"] == 0 and e["age"] < 60, e)
    for k in range(STATIC):
        e = keys[4000, f"02:00:00:00:01:{k:02x}"]
        check(e["port"] == f"n{k % SILENT}" and e["static"] == 1 and e["age"] == 0, e)


def main():
    frames = traffic()
    with Instance(CONFIG) as i:
        write_pcap(i.path("in.pcap"), frames)
        i.start()
        i.await_ports(
            lambda ports: ports["in"]["rx"] == len(frames) and ports["in"]["in_flight"] == 0
        )
        check_bridges(i)
        check_members(i)
        check_vlans(i)
        check_tables(i)
        workers, _ = i.pages("/burstline/workers")
        check([w["bridge_events"] for w in workers] == [0, 2], workers)
        check([w["bridge_events_lost"] for w in workers] == [0, 0], workers)
        drops = i.ports()["in"]["drops"]
        want = {"same_port": 1, "vlan": 1, "own": 1, "nobody": HOSTS}
        check(drops == {"bridge_" + reason: n for reason, n in want.items()}, drops)
        i.stop()
        # What our interface in VLAN 10 says has no tag at an access port.
        said = ALL + b"\x02\0\0\0\x02\x01" + b"\x08\x06"
        check(any(f.startswith(said) for f in read_pcap(i.path("out.pcap"))), "not announced")


if __name__ == "__main__":
    main()
