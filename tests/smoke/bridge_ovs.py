#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Open vSwitch in Burstline's place, in this network namespace: `BRIDGE=ovs` of bridge.sh.

    bridge_ovs.py FOLDER            make the bridges of FOLDER/burstline.yaml; FOLDER/db.sock is
                                    ovsdb-server's

Its userspace datapath makes the taps. What it has no name for is left out: limits, static
addresses, acceptable frame types, translation, interfaces, MTU.
"""

import os
import re
import subprocess
import sys

import yaml


def vlans(member):
    all_of_them = {member.get("native")} - {None}
    for v in member.get("vlans", []):
        first, _, last = str(v).partition("-")
        all_of_them |= set(range(int(first), int(last or first) + 1))
    return ",".join(map(str, all_of_them))


def port_columns(bridge, member):
    if not bridge.get("vlan-aware"):
        return []
    if member["mode"] == "access":
        columns = ["vlan_mode=access", f"tag={member['vlan']}"]
    elif member["mode"] == "qinq":
        columns = [
            "vlan_mode=dot1q-tunnel",
            f"tag={member['vlan']}",
            "other_config:qinq-ethtype=802.1ad",
        ]
    elif "native" in member:
        columns = [
            "vlan_mode=native-untagged",
            f"tag={member['native']}",
            f"trunks={vlans(member)}",
        ]
    else:
        columns = ["vlan_mode=trunk", f"trunks={vlans(member)}"]
    return columns + [f"protected={str(member.get('isolated', False)).lower()}"]


def main(folder):
    with open(f"{folder}/burstline.yaml") as file:
        conf = yaml.safe_load(file)
    taps = {p["name"]: re.search("iface=([a-z0-9]+)", p["device"])[1] for p in conf["ports"]}
    kinds = {p["name"]: "tap" if "net_tap" in p["device"] else "system" for p in conf["ports"]}
    control = [
        "ovs-vsctl",
        f"--db=unix:{folder}/db.sock",
        "--timeout=10",
        "set",
        "Open_vSwitch",
        ".",
        "other_config:vlan-limit=0",
    ]
    bridged = {m["port"] for b in conf["bridges"] for m in b["members"]}
    alone = [{"name": port, "members": [{"port": port}]} for port in taps if port not in bridged]
    for bridge in conf["bridges"] + alone:
        name = f"ovs{bridge['name']}"
        control += [
            "--",
            "add-br",
            name,
            "--",
            "set",
            "bridge",
            name,
            "datapath_type=netdev",
            f"other_config:mac-aging-time={bridge.get('ageing', 300)}",
        ]
        for member in bridge["members"]:
            tap = taps[member["port"]]
            control += [
                "--",
                "add-port",
                name,
                tap,
                *port_columns(bridge, member),
                "--",
                "set",
                "interface",
                tap,
                f"type={kinds[member['port']]}",
            ]
    subprocess.run(control, check=True, env={**os.environ, "OVS_RUNDIR": folder})


main(sys.argv[1])
