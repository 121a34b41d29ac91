#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The device truth table in README is what this machine shows, and every loss in it is counted.
# Conformance L25.

set -eu
here=$(dirname "$0")
(cd "$here/../devices" && /usr/bin/python3 -B -m doctest cases.py)
exec "$here/../devices.sh" --check "$here/../../README.md"
