#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Without a configuration: bl0 and bl1 are joined, bl2 answers.

. "$(dirname "$0")/lib.sh"

INSTANCE=burstline # its name then
launch_burstline
make_tap_host a bl0 198.51.100.1/24
make_tap_host b bl1 198.51.100.2/24
make_tap_host c bl2 192.0.2.2/24

await in_ns a ping -c 1 -W 1 198.51.100.2
in_ns b arping -f -c 5 -I bl1 198.51.100.1
in_ns c arping -f -c 5 -I bl2 192.0.2.1
await in_ns c ping -c 1 -W 1 192.0.2.1
in_ns c ping -q -c 20 -i 0.01 -W 2 192.0.2.1 | grep ' 0% packet loss'
stop_burstline
