#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The service manager's end of sd_notify(3): prints what comes, a line each.

    notify_listen.py PATH      "MILLISECONDS STATE", the states of a datagram parted by spaces
"""

import os
import socket
import sys
import time

with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
    s.bind(sys.argv[1])
    os.chmod(sys.argv[1], 0o777)
    print("listening", flush=True)
    while True:
        said = s.recv(4096).decode().replace("\n", " ")
        print(int(time.monotonic() * 1000), said, flush=True)
