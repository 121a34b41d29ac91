#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Ask a running instance one DPDK telemetry command.

    telemetry.py INSTANCE /burstline/ports                   print the answer as JSON
    telemetry.py INSTANCE /burstline/ports name link rx tx   these fields of its objects, as a table
"""

import json
import socket
import sys
import time


PATIENCE = 30


def ask(instance, command):
    end = time.monotonic() + PATIENCE
    while True:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            # With a timeout it would not wait while the backlog is full, but fail.
            s.connect(f"/run/dpdk/{instance}/dpdk_telemetry.v2")
            s.settimeout(PATIENCE)
            hello = s.recv(1024)
            if hello:
                s.send(command.encode())
                # The length is that of the data; the command that wraps it comes on top.
                return json.loads(s.recv(json.loads(hello)["max_output_len"] + 1024))
        # DPDK serves ten at once and hangs up on the eleventh.
        if time.monotonic() > end:
            raise ConnectionError("it hangs up")
        time.sleep(0.02)


def objects(data):
    """The objects in an answer: it is an array of them, or a page that holds one."""
    if isinstance(data, dict):
        lists = (v for v in data.values() if isinstance(v, list) and v and isinstance(v[0], dict))
        data = next(lists, [data])
    return data


def table(rows, columns):
    cells = [columns] + [[str(row.get(c, "")) for c in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    for line in cells:
        print("  " + "  ".join(f"{cell:<{w}}" for cell, w in zip(line, widths)).rstrip())


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        answer = ask(sys.argv[1], sys.argv[2])
    except OSError as error:
        sys.exit(f"telemetry of {sys.argv[1]}: {error}")
    data = answer[sys.argv[2].split(",")[0]]
    if data is None:
        sys.exit(f"telemetry of {sys.argv[1]}: {sys.argv[2]} has no answer")
    if len(sys.argv) > 3:
        table(objects(data), sys.argv[3:])
    else:
        print(json.dumps(data))


if __name__ == "__main__":
    main()
