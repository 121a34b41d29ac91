# SPDX-License-Identifier: BSD-3-Clause
"""What compare.py compares: Burstline's modes, the traffic, and each row's references.

A program is named MODE/TRAFFIC. A session is a list of rows whose programs take turns.
"""

from collections import namedtuple

# A row compares one program with others: floors and aims of the ratio, None where none is promised,
# and where the time goes if the floor does not hold.
Row = namedtuple("Row", "ours references")
Reference = namedtuple("Reference", "name floor aim why", defaults=(None, None, None))

RING = "ring"  # place of a handler that programs.py puts on an lcore
ETHERTYPES = 0x0800, 0x86DD, 0x0806, 0x88B5  # of all traffic, behind its tags


def bridge(p0=None, p1=None, **rules):
    members = [{"port": "p0", **(p0 or {})}, {"port": "p1", **(p1 or p0 or {})}]
    return {}, {"bridges": [{"name": "br0", "members": members, **rules}]}


def trunk(*vlans, **rules):
    return {"mode": "trunk", "vlans": list(vlans), **rules}


def handlers(*by_ring):
    """A handler of swap.c for each type; these types by ring, the others inline."""
    # Frames are to the ports' own addresses, else no handler gets them.
    ports = {"p0": {"mac": "02:00:00:00:0b:00"}, "p1": {"mac": "02:00:00:00:0a:00"}}
    each = [
        {
            "name": f"swap-{ethertype:04x}",
            "plugin": "swap.so",
            "ethertype": ethertype,
            "place": RING if ethertype in by_ring else "inline",
        }
        for ethertype in ETHERTYPES
    ]
    return ports, {"handlers": each}


# Burstline's modes: keys of ports, other keys of the configuration. The VLANs and addresses are
# those of mkpcap.py.
MODES = {
    "wire": ({}, {"wires": [["p0", "p1"]]}),
    "reflect": ({p: {"reflect": True} for p in ("p0", "p1")}, {}),
    "inline": handlers(),
    "ring": handlers(0x0800),
    "rings": handlers(*ETHERTYPES),
    "bridge": bridge(),
    "trunk": bridge(trunk(100), **{"vlan-aware": True}),
    "s-trunk": bridge(trunk(200), **{"vlan-aware": True, "tpid": 0x88A8}),
    "access-trunk": bridge({"mode": "access", "vlan": 100}, trunk(100), **{"vlan-aware": True}),
    # Both ways: untagged frames of one member's native VLAN are tagged at the other.
    "push": bridge(
        trunk(10, 20, native=10),
        trunk(10, 20, native=20),
        static=[
            {"mac": "02:00:00:00:0b:00", "vlan": 10, "port": "p1"},
            {"mac": "02:00:00:00:0a:00", "vlan": 20, "port": "p0"},
        ],
        **{"vlan-aware": True},
    ),
    # Both ways: an access member takes frames tagged with its own VLAN, and sends untagged ones.
    "pop": bridge({"mode": "access", "vlan": 100}, **{"vlan-aware": True}),
}

# traffic: arguments of mkpcap.py for each port.
TRAFFIC = {
    "u4": (["u4"], ["u4"]),
    "v6": (["v6"], ["v6"]),
    "q1": (["q1"], ["q1"]),
    "qq": (["qq"], ["qq"]),
    "u4+q1": (["u4"], ["q1"]),
    "mix": (["mix"], ["mix"]),
    "imix": (["imix"], ["imix"]),
    "macs16k": (["u4", "--macs", "16384"], ["u4", "--macs", "16384"]),
}

DEFAULT_TRAFFIC = ["u4", "qq", "mix"]

TESTPMD = "testpmd-io", "testpmd-macswap", "testpmd-5tswap"
# Modes that are compared with each traffic named, and the floors that they have for a peer; those
# are for untagged frames.
PEERS = {
    "wire": [*TESTPMD, "ovs-wire"],
    "reflect": [*TESTPMD],
    "inline": [*TESTPMD],
    "ring": [*TESTPMD],
    "rings": [*TESTPMD],
}
FLOOR_TRAFFIC = "u4"
# instructions.txt has what each stage takes.
COUNTED = "It neither classifies nor counts: wire/u4 in instructions.txt comes on top."
FLOORS = {
    ("wire", "testpmd-io"): (0.88, 0.95, COUNTED),
    ("reflect", "testpmd-macswap"): (0.98, 1.03, COUNTED),
}
NATIVE_MODES = "wire", "reflect", "inline", "bridge"
# Of the portable build to the native one.
NATIVE_FLOORS = 0.85, 0.95, "Only classification and bridges' look-ups have code for newer CPUs else."
# Of a mode and traffic to the same mode's untagged frames.
SELF_FLOORS = {
    "wire/qq": (0.95, 0.98, "Octets 16 to 23 of each frame are loaded and compared, too."),
    "wire/mix": (0.75, 0.88, "A pass over types, and dispatch sorts frames by class."),
}

UNTAGGED = "bridge/u4"
BRIDGED = "io looks at no frame: bridge/u4 in instructions.txt comes on top."
TRUNK = "The tag is loaded and its VLAN looked up: bridge-trunk/q1 in instructions.txt."
MOVED = (
    "Each frame's addresses move by four octets: bridge-push/u4 and -pop/q1 in instructions.txt."
)
MACS = (
    "Two look-ups a frame: their instructions are bridge-macs/u4 less bridge/u4 in "
    "instructions.txt, and two lines of a cache that net_pcap's templates fill, too."
)
BRIDGE_SESSIONS = [
    [Row(UNTAGGED, [Reference("testpmd-io/u4", 0.75, 0.85, BRIDGED), Reference("ovs/u4", 3)])],
    [
        Row(
            f"{mode}/{traffic}",
            [
                Reference(UNTAGGED, 0.90, 0.96, TRUNK),
                Reference(f"testpmd-io/{traffic}"),
                Reference(f"ovs/{traffic}"),
            ],
        )
        for mode, traffic in (("trunk", "q1"), ("s-trunk", "qq"))
    ],
    [
        Row(
            "bridge/macs16k",
            [
                Reference("testpmd-io/macs16k", 0.60, 0.72, MACS),
                Reference("ovs/macs16k", 12, None, MACS),
            ],
        )
    ],
    [
        Row(
            f"{mode}/{traffic}",
            [Reference(UNTAGGED, 0.85, 0.95, MOVED), Reference(f"testpmd-io/{traffic}")],
        )
        for mode, traffic in (("access-trunk", "u4+q1"), ("push", "u4"), ("pop", "q1"))
    ],
]

TABLES = [*PEERS, "bridge"]


def rows_of(traffic, modes):
    """The rows of one traffic."""
    rows = []
    for mode in PEERS:
        # Handlers get frames to one address only.
        if mode not in modes or traffic == "macs16k" and "handlers" in MODES[mode][1]:
            continue
        references = [
            Reference(
                f"{peer}/{traffic}",
                *(FLOORS.get((mode, peer), ()) if traffic == FLOOR_TRAFFIC else ()),
            )
            for peer in PEERS[mode]
        ]
        if f"{mode}/{traffic}" in SELF_FLOORS:
            floors = SELF_FLOORS[f"{mode}/{traffic}"]
            references.append(Reference(f"{mode}/{FLOOR_TRAFFIC}", *floors))
        rows.append(Row(f"{mode}/{traffic}", references))
    return rows


def beside_native(row):
    if row.ours.split("/")[0] not in NATIVE_MODES:
        return row
    return Row(row.ours, [*row.references, Reference(f"native-{row.ours}", *NATIVE_FLOORS)])


def sessions(args):
    chosen = [rows_of(traffic, args.modes) for traffic in args.traffic]
    if "bridge" in args.modes:
        chosen += BRIDGE_SESSIONS
    if args.rows:
        chosen = [[row for row in rows if row.ours in args.rows] for rows in chosen]
    if args.against:  # another Burstline takes the peers' place
        chosen = [
            [Row(row.ours, [Reference(f"against-{row.ours}")]) for row in rows] for rows in chosen
        ]
    if args.native:
        chosen = [[beside_native(row) for row in rows] for rows in chosen]
    return [rows for rows in chosen if rows]
