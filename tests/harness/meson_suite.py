#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run one suite of a build folder through `meson test` and report each program as one test.

    meson_suite.py BUILD SUITE PREFIX RESULTS SCALE [FILTER...]

Prints and appends to the file RESULTS what tests/harness/report.sh prints and appends for a
script; a test's name is PREFIX/NAME, and filters are beginnings of such names. A program that
meson lists but does not report (meson itself failed) counts as failed.
"""

import argparse
import json
import os
import subprocess
import sys

STATUS = {"OK": "PASS", "EXPECTEDFAIL": "PASS", "SKIP": "SKIP"}


def listed(build, suite):
    out = subprocess.run(
        ["meson", "introspect", "--tests", build], check=True, capture_output=True, text=True
    ).stdout
    return [
        t["name"] for t in json.loads(out) if any(s.split(":")[-1] == suite for s in t["suite"])
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("suite")
    parser.add_argument("prefix")
    parser.add_argument("results")
    parser.add_argument("scale", help="multiplies every test's time limit")
    parser.add_argument("filters", nargs="*")
    args = parser.parse_args()

    names = [
        n
        for n in listed(args.build, args.suite)
        if not args.filters or any(f"{args.prefix}/{n}".startswith(f) for f in args.filters)
    ]
    if not names:
        return
    log = os.path.join(args.build, "meson-logs", "testlog.json")
    if os.path.exists(log):
        os.remove(log)
    run = subprocess.run(
        ["meson", "test", "-C", args.build, "--no-rebuild", "--suite", args.suite]
        + ["--num-processes", "2", "--timeout-multiplier", args.scale, *names],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seen = {}
    if os.path.exists(log):
        with open(log, encoding="utf-8") as lines:
            for line in lines:
                result = json.loads(line)
                # "burstline:ledger" while the project has one suite, "burstline:unit / ledger" after.
                name = result["name"].split(" / ")[-1].split(":")[-1]
                seen[name] = result

    with open(args.results, "a", encoding="utf-8") as results:
        for name in names:
            result = seen.get(name)
            if result is None:
                status, seconds, output = "FAIL", 0.0, "not run by meson:\n" + run.stdout
            else:
                status = STATUS.get(result["result"], "FAIL")
                seconds = result["duration"]
                output = f"{result['result']}, exit status {result['returncode']}\n"
                output += result.get("stdout", "") + result.get("stderr", "")
            results.write(f"{status}\t{args.prefix}/{name}\t{seconds:.2f}\n")
            print(f"{status:<4} {args.prefix}/{name} ({seconds:.2f} s)")
            if status == "FAIL":
                for line in output.splitlines():
                    print(f"    | {line}")
    sys.stdout.flush()


main()
