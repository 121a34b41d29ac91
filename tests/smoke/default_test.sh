#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Without a configuration: bl0 and bl1 are on a bridge, which has an address.

. "$(dirname "$0")/lib.sh"

INSTANCE=burstline # its name then
launch_burstline
make_tap_host a bl0 192.0.2.2/24
make_tap_host b bl1 192.0.2.3/24

await in_ns a ping -c 1 -W 1 192.0.2.1
await in_ns a ping -c 1 -W 1 192.0.2.3
in_ns b arping -f -c 5 -I bl1 192.0.2.2
for host in a:bl0 b:bl1; do
	in_ns "${host%:*}" arping -f -c 5 -I "${host#*:}" 192.0.2.1
	all_answered "${host%:*}" 20 -i 0.01 192.0.2.1
done
all_answered a 20 -i 0.01 -s 1472 -M "do" 192.0.2.3
stop_burstline
