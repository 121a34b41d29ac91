#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A running program has given up what its devices do not need. A device that needs it cannot be added:
# `check` and `diff` say so before, `apply` refuses it in the same sentence, and nothing changed; what
# needs no more than was kept comes. Conformance L21.

. "$(dirname "$0")/lib.sh"

BLCTL=${BUILD:-$ROOT/build}/app/blctl
cd "$WORK"

ctl()
{
	in_ns dut "$BLCTL" -n "$INSTANCE" "$@"
}

with() # DEVICE: the file that runs, and this port
{
	sed "s|^ports:|&\n  - {name: new, device: \"$1\"}|" burstline.yaml >with.yaml
}

# refuses SENTENCE DEVICE
refuses()
{
	local command status
	with "$2"
	for command in check apply; do
		status=0
		ctl $command with.yaml >out 2>err || status=$?
		[ $status = 1 ] && [ "$(wc -l <err)" = 1 ] && grep -qF "$1" err ||
			fail "$command $2: status $status: $(cat err)"
	done
	ctl -j diff with.yaml >differences || true
	jq -e --arg said "$1" 'any(.[]; .effect == "refused" and .path == "ports[new]" and
		(.sentence | startswith($said)))' differences >/dev/null || fail "diff: $(cat differences)"
	ctl save - | diff saved.yaml - || fail "$2 was refused and changed something"
	cat err
}

ip -n "$ID-dut" link add blx type veth peer name blz
in_ns dut ethtool -K blz tx off >/dev/null
start_burstline <<'END_OF_FILE'
memory: {hugepages: never}
ports:
  - {name: t, device: "net_tap0,iface=bl0"}
END_OF_FILE
ctl save saved.yaml
# What was kept; the pool is locked where RLIMIT_MEMLOCK allows so much.
refuses "port new: net_af_xdp0,iface=blx needs " net_af_xdp0,iface=blx
grep -q 'needs [a-z_, ]*sys_admin, which this program gave up once it ran, or never had: restart it with this file' err ||
	fail "no remedy: $(cat err)"
refuses "port new: this program was started without PCI devices" 0000:7f:1f.7
with net_af_packet0,iface=blx
ctl diff with.yaml >differences || true
! grep -q refused differences || fail "af_packet needs no more: $(cat differences)"
ctl apply with.yaml
ctl -j show ports | jq -e 'any(.[]; .name == "new")' >/dev/null || fail "af_packet was not added"
stop_burstline
echo "L21: what cannot be had any more is refused before anything is done"
