#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# All frames that there are, and the captures that lie beside the repository where there are any,
# through the program at speed: see replay.py. Conformance L28.

shopt -s nullglob

here=$(dirname "$0")
exec "$here/replay.py" "$here"/../../../shared/captures/*.pcap
