#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Cases of bridge_live_test.sh: br0, VLAN-aware, of a and b (access, VLAN 10), c (access, 20) and t,
a trunk of both; br1, which is not, of d and e. Each name begins with its id in the conformance
checklist.

    bridge_live.py             print the configuration
    bridge_live.py INSTANCE
"""

import json
import os
import subprocess
import sys

from bridge_rig import BROADCAST, Rig, frame, mac, tag

A, B, C, T, U, D, E = (mac(n) for n in range(1, 8))
STATIC = 600  # more than the control lcore takes requests at once, and more than two pages of blctl
TRUNK = "{port: t, mode: trunk, vlans: [10, 20]}"

CONFIG = """
memory: {{hugepages: never}}
ports:
  - {{name: a, device: "net_tap0,iface=bl0"}}
  - {{name: b, device: "net_tap1,iface=bl1"}}
  - {{name: c, device: "net_tap2,iface=bl2"}}
  - {{name: t, device: "net_tap3,iface=bl3"}}
  - {{name: d, device: "net_tap4,iface=bl4"}}
  - {{name: e, device: "net_tap5,iface=bl5"}}
bridges:
  - name: br0
    vlan-aware: true
    members: [{{port: a, mode: access, vlan: 10}}, {{port: b, mode: access, vlan: 10}},
      {{port: c, mode: access, vlan: 20}}, {trunk}]
  - name: br1
    static: [{static}]
    members: [{{port: d{limit}}}, {{port: e}}]
"""


def config(trunk=TRUNK, static=0, limit=""):
    entries = ", ".join(f'{{mac: "{mac(0x400 + n).hex(":")}", port: e}}' for n in range(static))
    return CONFIG.format(trunk=trunk, static=entries, limit=limit)


def ctl(*words):
    words = [os.environ["BLCTL"], "-n", sys.argv[1], *words]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout


def apply(**changes):
    path = os.environ["WORK"] + "/next.yaml"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"name: {sys.argv[1]}\n{config(**changes)}")
    ctl("apply", path)


def meet(rig):
    """Everybody speaks: A, B and T are known in VLAN 10, C and U in 20, D and E in br1."""
    for port, src in ("aA", "bB", "cC"):
        rig.send(port, [frame(BROADCAST, globals()[src])])
    rig.send("t", [frame(BROADCAST, T, tag(10)), frame(BROADCAST, U, tag(20))])
    rig.send("d", [frame(BROADCAST, D)])
    rig.send("e", [frame(BROADCAST, E)])
    rig.forget()


def known(rig, vlans=(10, 20, None)):
    names = {globals()[n]: n for n in "ABCTUDE"}
    table = {**rig.table("br0"), **rig.table("br1")}
    return "".join(sorted(names[m] for (vlan, m) in table if vlan in vlans and m in names))


def flush(rig):
    for words, left in (
        (["br0", "vlan", "20"], "ABDET"),
        (["br0", "port", "t", "vlan", "10"], "ABCDEU"),
        (["br0", "port", "t"], "ABCDE"),
        (["br0", "port", "a"], "BCDETU"),
        (["br0"], "DE"),
        (["br1"], "ABCTU"),
    ):
        meet(rig)
        rig.check("B19 (all are known)", lambda: known(rig) == "ABCDETU")
        ctl("fdb", "flush", *words)
        rig.check(f"B19 flush {' '.join(words)}: {left} stay", lambda: known(rig) == left, known(rig))
    f = frame(D, E)
    rig.case("B19 D is unknown: floods", "e", [f], {"d": [f]})
    f = frame(A, T, tag(10))
    rig.case("B19 A is still known", "t", [f], {"a": [f[:12] + f[16:]]})


def changed(rig):
    meet(rig)
    apply(trunk="{port: t, mode: trunk, vlans: [10]}")
    rig.until(lambda: known(rig) == "ABCDET", "U alone is forgotten", lambda: known(rig))
    f = frame(BROADCAST, U, tag(20))
    rig.case("B9 B19 a trunk has left VLAN 20", "t", [f], {}, {"bridge_vlan": 1})
    apply(trunk="")
    rig.until(lambda: known(rig) == "ABCDE", "t leaves", lambda: known(rig))
    f = frame(T, A)
    rig.case("B18 a member was removed: a frame to what was there floods", "a", [f], {"b": [f]})
    apply()
    f = frame(T, A)
    rig.case("B18 it is back", "a", [f], {"b": [f], "t": [f.retag(tag(10))]})


def limit(rig):
    ctl("fdb", "flush", "br1")
    apply(limit=", limit: 3")
    for n in range(5):
        rig.send("d", [frame(BROADCAST, mac(0x300 + n))])
    rig.forget()
    held = [m for m, port in rig.table("br1").items() if port == "d"]
    rig.check("B16 a limit that came live holds", len(held) == 3, held)
    apply()


def statics(rig):
    apply(static=STATIC)
    rig.until(lambda: len(rig.table("br1")) >= STATIC, "static entries")
    listed = json.loads(ctl("-j", "show", "fdb"))
    want = [(b, vlan, m.hex(":")) for b in ("br0", "br1") for vlan, m in rig.table(b)]
    got = [(e["bridge"], e.get("vlan"), e["mac"]) for e in listed]
    rig.check("blctl shows every entry once", sorted(got, key=str) == sorted(want, key=str), len(got))
    before = known(rig)
    apply()
    rig.until(
        lambda: not any(m[4] == 4 for _, m in rig.table("br1")),
        "they are gone",
        lambda: len(rig.table("br1")),
    )
    rig.check("B19 600 static entries go at once, and they alone", known(rig) == before, before)


def load(rig):
    """A is known and forgotten again and again while T sends to it."""
    meet(rig)
    rounds, sent, came = 20, 0, {}
    for _ in range(rounds):
        frames = [frame(A, T, tag(10)) for _ in range(100)]
        rig.send("t", frames[:50])
        ctl("fdb", "flush", "br0")
        rig.send("t", frames[50:])
        rig.settle()
        rig.send("a", [frame(T, A)])
        rig.settle()
        sent += len(frames)
        for p, got in rig.drain({"a": len(frames), "b": 50}).items():
            came.setdefault(p, []).extend(f for f in got if f[:6] == A)
    faults = [p for p, got in came.items() if got != sorted(set(got), key=lambda f: f[14:18])]
    rig.report("B27 flushes under load: nothing twice, in order", [f"out of {p}" for p in faults])
    rig.check("B27 and nothing is lost where A is", len(came["a"]) == sent, len(came["a"]))
    flooded = len(came.get("b", []))
    rig.check("B19 what came after each flush flooded", flooded >= 50 * rounds, flooded)
    rig.forget()


def main():
    if len(sys.argv) == 1:
        print(config())
        return
    rig = Rig(sys.argv[1], {port: f"bl{n}" for n, port in enumerate("abctde")})
    for case in (flush, changed, limit, statics, load):
        case(rig)
    rig.end()


main()
