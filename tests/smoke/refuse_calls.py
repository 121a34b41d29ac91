#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run a program some of whose system calls the kernel refuses, as a container's seccomp profile does.

    refuse_calls.py CALL... -- COMMAND...

CALL is a number (x86-64), or NUMBER:ARGUMENT for one value of the first argument: 41:44 is
socket(AF_XDP).
"""

import ctypes
import os
import struct
import sys

LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, FIRST = 0, 16  # offsets in struct seccomp_data
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 1  # EPERM
NO_NEW_PRIVS, SET_SECCOMP, FILTER = 38, 22, 2

at = sys.argv.index("--")
code = []
for call in sys.argv[1:at]:
    number, _, argument = call.partition(":")
    code.append((LOAD, 0, 0, NUMBER))
    if argument:
        code += [(JUMP_EQUAL, 0, 3, int(number)), (LOAD, 0, 0, FIRST),
                 (JUMP_EQUAL, 0, 1, int(argument))]
    else:
        code.append((JUMP_EQUAL, 0, 1, int(number)))
    code.append((RETURN, 0, 0, REFUSE))
code.append((RETURN, 0, 0, ALLOW))
text = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *line) for line in code))
program = ctypes.create_string_buffer(
    struct.pack("<HxxxxxxQ", len(code), ctypes.addressof(text)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(SET_SECCOMP, FILTER, program, 0, 0):
    sys.exit(os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[at + 1], sys.argv[at + 1:])
