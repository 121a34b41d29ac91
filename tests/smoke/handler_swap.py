#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Replace a file of a running instance, again and again: rename, SIGHUP, wait for the log.

    handler_swap.py PID LOG TARGET N FILE FILE      each FILE in turn becomes TARGET; prints the
                                                    swaps' times as JSON; status 1 at the first
                                                    that is refused, takes 10 s or does not say
                                                    $EXPECT (a plug-in: "1 new, 1 ended"). What
                                                    is refused because a handler has not had a
                                                    CPU yet to end the last is asked for again
"""

import json
import os
import re
import signal
import statistics
import sys
import time

EXPECT = os.environ.get("EXPECT", "1 new, 1 ended")
BUSY = re.compile(r".*error: the last change still waits for handler .*\n")
PATIENCE = 10 * float(os.environ.get("TIME_SCALE", 1))


def main():
    pid, path, target, count = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    files, times, again = sys.argv[5:], [], 0
    with open(path, encoding="utf-8") as log:
        log.read()
        for i in range(count):
            os.link(files[i % len(files)], target + ".new")
            os.rename(target + ".new", target)
            start = time.monotonic()
            os.kill(pid, signal.SIGHUP)
            said = ""
            while "was read again" not in said:
                if "error" in said or time.monotonic() - start > PATIENCE:
                    print(f"swap {i}: {said or 'no answer'}")
                    return 1
                time.sleep(0.0005)
                said += log.read()
                if BUSY.search(said):
                    said, again = BUSY.sub("", said), again + 1
                    time.sleep(0.1)
                    os.kill(pid, signal.SIGHUP)
            if EXPECT not in said:
                print(f"swap {i}: {said}")
                return 1
            times.append((time.monotonic() - start) * 1000)
    print(
        json.dumps(
            {
                "swaps": len(times),
                "median_ms": round(statistics.median(times), 1),
                "max_ms": round(max(times), 1),
                "asked_again": again,
            }
        )
    )
    return 0


sys.exit(main())
