# SPDX-License-Identifier: BSD-3-Clause
"""Where memory really is: the plan's nodes against the kernel's numa_maps of the process. EAL's
telemetry gives the addresses of the memory zones; what node they are on is asked of the kernel."""

import re


def nodes_of_plan(plan):
    """{kind and name: node} of ports, rings and pools, from the text of --plan."""
    nodes, port = {}, None
    for line in plan.split("\n"):
        if m := re.match(r"  (\S+): \S+$", line):
            port = m[1]
        elif m := re.match(r"    node (\d+)", line):
            nodes["port", port] = int(m[1])
        elif m := re.match(r"  (\S+) +\d+ +\d+ +\d+ +(\d+)  (frames to|finished|handler)", line):
            nodes["ring", m[1]] = int(m[2])
        elif m := re.match(r"pool (\S+): node (\d+)", line):
            nodes["pool", m[1]] = int(m[2])
    return nodes


def numa_maps(machine, pid):
    """[(first address, {node: pages})] of the huge pages, ascending."""
    maps = []
    for line in machine.order("read", f"/proc/{pid}/numa_maps").split("\n"):
        if " huge " in line:
            maps.append((int(line.split()[0], 16),
                         {int(n): int(k) for n, k in re.findall(r"\bN(\d+)=(\d+)", line)}))
    return sorted(maps)


def nodes_at(maps, address, length, page):
    """The nodes of the huge pages that the range touches."""
    nodes = set()
    for start, pages in maps:
        end = start + page * sum(pages.values())
        if start < address + length and address < end:
            nodes |= set(pages)
    return nodes


def owner(zone):
    """What of the plan a memory zone belongs to: (kind, name), or None."""
    if m := re.match(r"RG_MP_(.+)$|MP_(.+?)(_\d+)?$", zone):
        return "pool", m[1] or m[2]
    if m := re.match(r"RG_(.+)\.\d+$", zone):  # with the number of its making
        return "ring", m[1]
    if m := re.match(r"port(\d+)_vq\d+", zone):
        return "port", int(m[1])
    return None


def check_placement(machine, instance, planned):
    ports = [name for kind, name in planned if kind == "port"]
    maps = numa_maps(machine, instance.pid)
    seen = {}
    for zone in instance.ask("/eal/memzone_list"):
        info = instance.ask(f"/eal/memzone_info,{zone}")
        what = owner(info["Name"])
        if what is None:
            continue
        if what[0] == "port":
            what = "port", ports[what[1]]
        if what not in planned:
            continue
        nodes = nodes_at(maps, int(info["Address"], 16), info["Length"], info["Hugepage_size"])
        if nodes != {planned[what]}:
            raise RuntimeError(f"{what[0]} {what[1]}: {info['Name']} is on nodes {sorted(nodes)}, "
                               f"planned on {planned[what]}")
        seen.setdefault(what, []).append(info["Name"])
    missing = [what for what in planned if what not in seen]
    if missing:
        raise RuntimeError(f"no memory found of {missing}")
    return ", ".join(
        f"{sum(1 for k, _ in seen if k == kind)} {kind}s on nodes "
        f"{sorted({n for (k, _), n in planned.items() if k == kind})}"
        for kind in ("port", "ring", "pool"))
