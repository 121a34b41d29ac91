#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# blctl in an interactive bash: a person types, presses Tab, and reads what is on the line.

. "$(dirname "$0")/lib.sh"

start_burstline <<'EOF'
ports:
  - {name: north, device: "net_null0,no-rx=1"}
  - {name: south, device: "net_null1,no-rx=1"}
bridges:
  - {name: br0, members: [{port: north}, {port: south}]}
interfaces:
  - {name: lan, bridge: br0, addresses: [192.0.2.1/24]}
EOF
PATH=${BUILD:-$ROOT/build}/app:$PATH TIME_SCALE=$TIME_SCALE /usr/bin/python3 - "$INSTANCE" \
	"$ROOT/app/blctl/completion.bash" <<'EOF'
import os
import pty
import select
import sys
import time

instance, script = sys.argv[1:]
PROMPT = "type here> "  # it comes when the line is bash's to edit, not the terminal's
CASES = [
    ("blctl sh", "blctl show"),
    ("blctl show por", "blctl show ports"),
    (f"blctl -n {instance} show ports no", f"blctl -n {instance} show ports north"),
    (f"blctl -n {instance} port down so", f"blctl -n {instance} port down south"),
    (f"blctl -n {instance} fdb flush b", f"blctl -n {instance} fdb flush br0"),
    (f"blctl -n {instance} neighbour add l", f"blctl -n {instance} neighbour add lan"),
    ("blctl events --fo", "blctl events --follow"),
    ("blctl to", "blctl top"),
    ("blctl top -c 3 --int", "blctl top -c 3 --interval"),
    (f"blctl -n {instance} capture --at rx nor", f"blctl -n {instance} capture --at rx north"),
    (f"blctl -n {instance[:-1]}", f"blctl -n {instance}"),
]
pid, fd = pty.fork()
if pid == 0:
    os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"],
               {**os.environ, "PS1": PROMPT, "TERM": "dumb", "INPUTRC": "/dev/null"})


rest = b""  # came behind what was waited for


def read_until(text, seconds):
    global rest
    data, end = rest, time.monotonic() + seconds
    while text not in data:
        if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
            sys.exit(f"no {text} on the line: {data}")
        data += os.read(fd, 65536)
    data, rest = data.split(text, 1)
    return data


limit = 20 * int(os.environ["TIME_SCALE"])
read_until(PROMPT.encode(), limit)
os.write(fd, f"source {script}\n".encode())
read_until(PROMPT.encode(), limit)
for typed, wanted in CASES:
    # The line is printed back by the shell when it is commented out and run.
    os.write(fd, typed.encode() + b"\t\x01#\x05 end\n")
    line = read_until(b" end\r\n", limit)
    read_until(PROMPT.encode(), limit)
    if wanted.encode() not in line:
        sys.exit(f"{typed}<Tab> is {line}, not {wanted}")
    print(f"{typed}<Tab> is {wanted}")
os.write(fd, b"exit\n")
os.waitpid(pid, 0)
EOF
stop_burstline
