#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# limit: 120 s
# Random live changes, right ones and wrong ones, with frames, captures and callers beside them:
# nothing is lost or left. The suite takes the same ones each time; for others:
#
#     live_soak_test.sh SEED [SECONDS]

. "$(dirname "$0")/lib.sh"

seed=${1:-1} seconds=${2:-10}
ip link add name va netns "$ID-dut" type veth peer name vb netns "$ID-dut"
for iface in va vb; do
	in_ns dut ethtool -K $iface tx off >/dev/null
	ip -n "$ID-dut" link set $iface arp off up
done
start_burstline <<'END'
memory: {hugepages: never, mbufs: 4095}
ports:
  - {name: t0, device: "net_tap0,iface=bl0"}
  - {name: p, device: "net_af_packet0,iface=va"}
wires:
  - [t0, p]
END
in_ns dut "$SMOKE/live_soak.py" "$INSTANCE" "$burstline_pid" "$seed" "$seconds" "$WORK" "$WORK/burstline.yaml" ||
	fail "seed $seed; the last file: $(cat "$WORK/last.yaml")"
stop_burstline
