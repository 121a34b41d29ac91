#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""One number, four windows.

    metrics.py compare INSTANCE BLCTL URL    blctl's table, its JSON, telemetry, OpenMetrics, text:
                                             while nothing moves all say the same
    metrics.py poll INSTANCE URL SECONDS     all of them at 100 Hz; how long answers took
"""

import json
import re
import subprocess
import sys
import time
import urllib.request

from control import Control
from telemetry import ask

TEXT = "text/plain;version=0.0.4"
SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (-?[0-9]+)$")
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)')
# Tables whose numbers stand still, with what names a row there and in the metrics.
TABLES = {
    "ports": ("port", ("name",)),
    "handlers": ("handler", ("name", "instance")),
    "drops": ("drop", ("port", "reason", "ethertype", "cpu")),
    "rings": ("ring", ("name",)),
    "bridges": ("bridge", ("name",)),
    "bridge_members": ("bridge_member", ("bridge", "port")),
    "bridge_vlans": ("bridge_vlan", ("bridge", "vlan")),
}
RENAMED = {"waits_us": ("waits", "wait"), "counters": ("own", "counter"),
           "drops": ("drops", "reason"), "classes": ("classes", "class"),
           "driver": ("driver", "counter")}  # fmt: skip
NO_NUMBERS = ("cpu", "from_lcore", "to_lcore")  # they say where, and may change
# Named by people, not by the registry: what they look up in a table is the row's key.
HEADINGS = {"rx frames": "rx", "rx octets": "rx_bytes", "tx frames": "tx", "tx octets": "tx_bytes",
            "dropped frames": "dropped", "MTU octets": "mtu"}  # fmt: skip


def scrape(url, accept):
    request = urllib.request.Request(url, headers={"Accept": accept} if accept else {})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def samples(text):
    """Name and labels to number; a sample comes once, its family before it."""
    found, families = {}, set()
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            families.add(line.split()[2])
        if line.startswith("#"):
            continue
        match = SAMPLE.match(line)
        if not match:
            sys.exit(f"no sample: {line}")
        name, labels, number = match.groups()
        key = (name, frozenset(LABEL.findall(labels or "")))
        if key in found:
            sys.exit(f"comes twice: {line}")
        if name not in families and name.removesuffix("_total") not in families:
            sys.exit(f"no family: {line}")
        found[key] = int(number)
    return found


def telemetry_rows(instance, table):
    rows, command = [], f"/burstline/{table}"
    while page := ask(instance, f"{command},{len(rows)}")[command]:
        rows += page
    return rows


def expected(table, row):
    """The samples that a row is."""
    metric, ids = TABLES[table]
    labels = [(i, str(row[i])) for i in ids if i in row]
    for key, value in row.items():
        if key in ids or key in NO_NUMBERS or isinstance(value, (str, bool)):
            continue
        if isinstance(value, dict):
            name, label = RENAMED[key]
            for which, number in value.items():
                yield (f"burstline_{metric}_{name}", frozenset(labels + [(label, which)])), number
        else:
            yield (f"burstline_{metric}_{key}", frozenset(labels)), value


def metric(found, key):
    name, labels = key
    number = found.pop((name + "_total", labels), None)
    return found.pop(key, None) if number is None else number


def compare_table(blctl, rows):
    """Numbers in the table for people: columns are two spaces apart at least."""
    shown = subprocess.run(blctl + ["show", "ports"], check=True, capture_output=True, text=True)
    head, *lines = shown.stdout.splitlines()
    headings, checked = re.split(r"  +", head), 0
    for line, row in zip(lines, rows):
        cells = line.split()
        if len(cells) != len(headings):
            continue  # self has no state
        for heading, cell in zip(headings, cells):
            if heading in HEADINGS:
                if int(cell) != row[HEADINGS[heading]]:
                    return 0, f"{row['name']}: {heading} is {cell} in the table: {row}"
                checked += 1
    return checked, None if checked >= 6 else f"the table was not understood: {shown.stdout}"


def at_rest(instance):
    """All rows, to see whether something moved meanwhile (an announcement that was due)."""
    control = Control(f"/run/burstline/{instance}.sock")
    rows = {t: control.call("show", table=t, count=512)["rows"] for t in TABLES}
    control.close()
    return rows


def compare(instance, blctl, url):
    """The same again when something moved meanwhile, but not for ever."""
    for _ in range(20):
        before = at_rest(instance)
        said, fault = compare_once(instance, [blctl, "-n", instance], url)
        if at_rest(instance) == before:
            if fault:
                sys.exit(fault)
            print(said)
            return
    sys.exit("it does not come to rest")


def compare_once(instance, blctl, url):
    """What was compared, and what was not the same, or None."""
    kind, text = scrape(url, TEXT)
    if not kind.startswith("text/plain"):
        sys.exit(f"text/plain is {kind}")
    kind, opened = scrape(url, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    if not kind.startswith("application/openmetrics-text") or not opened.endswith("# EOF\n"):
        sys.exit(f"OpenMetrics is {kind}: {opened[-100:]}")
    if not scrape(url, None)[0].startswith("application/openmetrics-text"):
        sys.exit("no Accept is not OpenMetrics")
    plain, om = samples(text), samples(opened)
    compared = tables = 0
    for table in TABLES:
        show = {"bridge_members": "bridges", "bridge_vlans": "bridges"}.get(table, table)
        answer = subprocess.run(blctl + ["-j", "show", show], check=True, capture_output=True)
        rows = json.loads(answer.stdout)
        rows = rows[table] if isinstance(rows, dict) else rows
        told = telemetry_rows(instance, table)
        if told != rows:
            return None, f"{table}: telemetry says {told}, blctl {rows}"
        for row in rows:
            for key, number in expected(table, row):
                if not metric(plain, key) == metric(om, key) == number:
                    return None, f"{key} is not {number}"
                compared += 1
        tables += 1
        if table == "ports":
            n, fault = compare_table(blctl, rows)
            if fault:
                return None, fault
            compared += n
    others = [k for k in om if k[0].startswith(tuple(f"burstline_{m}_" for m, _ in TABLES.values()))]
    if others:
        return None, f"metrics that no table has: {others[:5]}"
    return f"{compared} numbers of {tables} tables are the same in all windows", None


def poll(instance, url, seconds):
    control = Control(f"/run/burstline/{instance}.sock")
    windows = {
        "blctl": lambda: control.call("show", table="ports"),
        "telemetry": lambda: ask(instance, "/burstline/ports"),
        "metrics": lambda: scrape(url, TEXT),
    }
    times = {name: [] for name in windows}
    start = time.monotonic()
    n = 0
    while (now := time.monotonic()) - start < seconds:
        name = list(windows)[n % len(windows)]
        windows[name]()
        times[name].append(time.monotonic() - now)
        n += 1
        if (late := start + n / 100 - time.monotonic()) > 0:
            time.sleep(late)
    for name, took in times.items():
        took.sort()
        print(f"{name}: {len(took)} polls, {took[len(took) // 2] * 1000:.2f} ms, "
              f"at most {took[-1] * 1000:.1f} ms")
    print(f"{n / (time.monotonic() - start):.0f} polls a second")
    if n / (time.monotonic() - start) < 20:
        sys.exit("too slow to be called polling")


def main():
    if sys.argv[1] == "compare":
        compare(*sys.argv[2:])
    else:
        poll(sys.argv[2], sys.argv[3], float(sys.argv[4]))


if __name__ == "__main__":
    main()
