#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Bridges that are flushed and changed while they run: by `blctl fdb flush`, by members and VLANs that
# go, by static entries that go, under load too. Conformance B16, B18, B19, B27. The cases are in
# bridge_live.py.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/bridge.sh"

BLCTL=${BUILD:-$ROOT/build}/app/blctl
export BLCTL WORK

start_bridges < <("$SMOKE/bridge_live.py")
run_cases bridge_live.py
stop_bridges
