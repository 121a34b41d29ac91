#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# asan: no, it measures shares; smoke/flood floods there
# A flood of ARP requests on one port, a million a second from a metered generator, against the same
# rate of an EtherType without handler: stations on other ports keep 95 % of theirs, and arping on
# yet another port is answered within 100 ms. The machine has other work, so a measurement that
# misses its limit is made again, with lower rates. Then trafgen floods a tap with what it can, and
# what the others offer goes up step by step: up to which load is nothing of theirs lost?
# limit: 90 s

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/macgen.sh"

RATE=$((1000000 / (TIME_SCALE * TIME_SCALE))) # a sanitizer's worker has less to give
PAIR_RATE=$((RATE / 4)) # each way: the three lcores share two CPUs with everything else

# worst ROUND_TRIPS: the longest answer of arping's, in ms; 1000 when one did not come.
worst()
{
	awk '/ [0-9.]+ms$/ { t = $NF + 0; if (t > most) most = t; n++ }
		/^Sent/ { sent = $2 } END { print (n > 0 && n >= sent ? most : 1000) }' "$1"
}

kept() # RATE PAIR_RATE
{
	spawn arping h nice -n -20 arping -I bl0 -c 5 -w 15 192.0.2.1
	local arping=$spawned
	macgen "$1" "$2" 8 250 0x0806
	wait "$arping" || true
	echo "flood: longest answer to arping: $(worst "$WORK/arping") ms"
	jq -e --argjson rate "$1" \
		'.tested.rate > 0.9 * $rate and .baseline.share > 0.5 and .kept >= 0.95' \
		"$WORK/macgen" >/dev/null &&
		[ "$(worst "$WORK/arping" | cut -d . -f 1)" -lt $((100 * TIME_SCALE)) ]
}

start_burstline <<END_OF_FILE
memory: {hugepages: never}
ports:
  - {name: host, device: "net_tap0,iface=bl0"}
  - {name: trafgen, device: "net_tap1,iface=bl1"}
  - {name: flood, device: "$(memif 0)"}
  - {name: one, device: "$(memif 1)"}
  - {name: two, device: "$(memif 2)"}
wires:
  - [one, two]
interfaces:
  - {name: host, port: host, addresses: [192.0.2.1/24]}
  - {name: flood, port: flood, addresses: [192.0.2.1/24]}
  - {name: trafgen, port: trafgen, addresses: [198.51.100.1/24]}
END_OF_FILE
make_tap_host h bl0 192.0.2.2/24
make_tap_host t bl1 198.51.100.2/24
await in_ns h arping -c 1 -w 1 -I bl0 192.0.2.1
kept_at "$RATE" "$PAIR_RATE" kept || fail "95 % of the others' frames, or an answer in 100 ms, each time not"
telemetry /burstline/handlers \
	'.[] | select(.name == "arp") | {frames, ring_peak, drops, waits_us}' | jq -c .
[ "$(telemetry /burstline/handlers '.[] | select(.name == "arp") | .drops.policed')" -gt 100000 ] ||
	fail "no flood"

# trafgen into the tap, the others metered.
cat >"$WORK/arp.cfg" <<'END_OF_FILE'
{ fill(0xff, 6), 0x02, 0x00, 0x00, 0x00, 0xaa, drnd(1), const16(0x0806), const16(1), const16(0x0800),
  6, 4, const16(1), 0x02, 0x00, 0x00, 0x00, 0xaa, 0x01, 198, 51, 100, drnd(1), fill(0x00, 6),
  198, 51, 100, 1, fill(0x00, 18) }
END_OF_FILE
in_ns t ip link set bl1 txqueuelen 1000
spawn trafgen t trafgen --in "$WORK/arp.cfg" --out bl1 --cpus 1 --qdisc-path --no-sock-mem
trafgen=$spawned
# rx of the port, now
flooded()
{
	telemetry /burstline/ports '.[] | select(.name == "trafgen") | .rx'
}
before=$(flooded)
start=${EPOCHREALTIME/[.,]/}
best=0
for rate in 10000 10000 10000 10000 10000 20000 50000 100000 200000; do
	[ $rate != $best ] || continue # the first is tried again: the machine may have stalled
	macgen 0 "$rate" 2 250 0x0806 >/dev/null
	lost=$(jq '.baseline.lost + .tested.lost' "$WORK/macgen")
	echo "trafgen: others at 2 x $rate frames/s for 1 s: $lost lost"
	if [ "$lost" -le 0 ]; then
		best=$rate
	elif [ $rate -gt 10000 ]; then
		break
	fi
done
kill -0 "$trafgen" || fail "trafgen ended: $(cat "$WORK/trafgen")"
kill -INT "$trafgen"
rate=$(((($(flooded) - before) * 1000000) / (${EPOCHREALTIME/[.,]/} - start)))
echo "trafgen: $rate ARP frames/s arrived on its port; nothing of the others' is lost up to 2 x $best frames/s"
[ "$rate" -gt $((10000 / TIME_SCALE)) ] || fail "trafgen made no flood"
[ "$best" -gt 0 ] || fail "others lose frames at any load"
stop_burstline
