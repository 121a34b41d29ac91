#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A handler that stands still while its ring may hold more frames than the pool has: the pool runs
# dry, what the devices could not receive is counted, and all goes on when the handler does, without
# a restart. Conformance L6.

. "$(dirname "$0")/lib.sh"

BURSTLINE=${BUILD:-$ROOT/build}/tests/smoke/burstline_slow
MBUFS=512
MAC=02000000000a

# no_buffers: times that the port's driver had no mbuf for a frame, as it said within a second
no_buffers()
{
	telemetry /burstline/ports '.[0].driver.rx_nombuf // 0'
}

ran_dry()
{
	[ "$(no_buffers)" -gt 0 ]
}

# all_told: what the driver counts now is what is said
all_told()
{
	[ "$(no_buffers)" = "$(telemetry /ethdev/stats,0 .rx_nombuf)" ]
}

driver_is_new()
{
	[ "$(telemetry /ethdev/stats,0 .rx_nombuf)" = 0 ]
}

start_burstline <<END_OF_FILE
memory: {hugepages: never, mbufs: $MBUFS}
ports:
  - {name: a, device: "net_tap0,iface=bl0", mac: "02:00:00:00:00:0a", descriptors: 32}
interfaces:
  - {name: a, port: a, addresses: [192.0.2.1/24]}
handlers:
  - {name: hang, ring: 1024}
END_OF_FILE
make_tap_host a bl0 192.0.2.2/24
await in_ns a ping -q -c 1 -W 1 192.0.2.1
[ "$(no_buffers)" = 0 ] || fail "the pool was empty before"

# The first one stands for 6 s, those behind it for no time.
frame=${MAC}02000000aa0188b7
{
	printf '%s3c%090d\n' "$frame" 0
	for _ in $(seq $((3 * MBUFS))); do
		printf '%s00%090d\n' "$frame" 0
	done
} >"$WORK/frames"
frames a bl0 send - <"$WORK/frames"
await ran_dry
echo "ok: $(no_buffers) times no mbuf"
await in_ns a ping -q -c 1 -W 1 192.0.2.1
await all_told
before=$(no_buffers)
all_answered a 20 -i 0.01 192.0.2.1
sleep 1.2
all_told || fail "drivers are not asked any more"
[ "$(no_buffers)" = "$before" ] || fail "the pool is still empty"
# The device goes and is made anew: its driver begins at 0, what is said does not.
ip -n "$ID-a" link delete bl0
await -t 5 driver_is_new
sleep 1.2
[ "$(no_buffers)" = "$before" ] || fail "$(no_buffers) times no mbuf, after $before"
stop_burstline
grep -q "^  driver a .* rx_nombuf .* $before " "$WORK/stdout" || fail "$(cat "$WORK/stdout")"
[ "$(ledger a consumed)" -ge $((MBUFS / 4)) ] || fail "only $(ledger a consumed) frames were held"
echo "ok: it goes on as before, and no mbuf is missing"
