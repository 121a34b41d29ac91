#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Ask a running instance one DPDK telemetry command and print the answer as JSON.

    telemetry.py INSTANCE /burstline/ports
"""

import json
import socket
import sys


def ask(instance, command):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.settimeout(5)
        s.connect(f"/run/dpdk/{instance}/dpdk_telemetry.v2")
        limit = json.loads(s.recv(1024))["max_output_len"]
        s.send(command.encode())
        # The length is that of the data; the command that wraps it comes on top.
        return json.loads(s.recv(limit + 1024))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        answer = ask(sys.argv[1], sys.argv[2])
    except OSError as error:
        sys.exit(f"telemetry of {sys.argv[1]}: {error}")
    data = answer[sys.argv[2].split(",")[0]]
    if data is None:
        sys.exit(f"telemetry of {sys.argv[1]}: {sys.argv[2]} has no answer")
    json.dump(data, sys.stdout)
    print()


main()
