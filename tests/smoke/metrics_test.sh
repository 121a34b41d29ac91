#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# One registry of counters: blctl, JSON, telemetry and the metrics say the same; asking at 100 Hz
# under load loses no frame; Prometheus' own checker and a real Prometheus take the metrics.

. "$(dirname "$0")/lib.sh"

BLCTL=${BUILD:-$ROOT/build}/app/blctl
PROMETHEUS=$ROOT/build-prometheus
URL=http://127.0.0.1:9117/metrics

[ -x "$PROMETHEUS/promtool" ] ||
	fail "no $PROMETHEUS/promtool: tests/smoke/prometheus.sh build-prometheus gets it"

# 1000 frames of several classes; the bridge's own frame is dropped, with a reason.
/usr/bin/python3 - "$WORK/in.pcap" <<'EOF'
import sys
from scapy.all import ARP, Ether, Raw, wrpcap
to, frm = "02:00:00:00:00:01", "02:00:00:00:00:02"
kinds = [Ether(dst=to, src=frm, type=0x0800) / Raw(bytes(80)), Ether(dst=to, src=frm, type=0x88b5) / Raw(bytes(46)),
         Ether(dst="ff:ff:ff:ff:ff:ff", src=frm) / ARP(psrc="192.0.2.2", pdst="192.0.2.1", hwsrc=frm),
         Ether(dst="01:80:c2:00:00:00", src=frm, type=0x88b5) / Raw(bytes(46))]
wrpcap(sys.argv[1], kinds * 250)
EOF

# settled: nothing moves.
settled()
{
	local now
	now=$("$BLCTL" -n "$INSTANCE" -j show ports | jq -c '[.[] | [.rx, .tx, .in_flight, .kept]]')
	[ "$now" = "${last-}" ] || { last=$now && return 1; }
	jq -e 'map(.[0]) | add >= 1000' <<<"$now" >/dev/null
}

start_burstline <<EOF
metrics: {port: 9117}
ports:
  - {name: in, device: "net_pcap0,rx_pcap=$WORK/in.pcap,tx_pcap=$WORK/back.pcap"}
  - {name: out, device: "net_null0,no-rx=1"}
  - {name: r, device: "net_pcap1,rx_pcap=$WORK/in.pcap,tx_pcap=$WORK/r.pcap", reflect: true}
bridges:
  - {name: br0, vlan-aware: true, members: [{port: in, mode: access, vlan: 10}, {port: out, mode: trunk, vlans: [10]}]}
interfaces:
  - {name: lan, bridge: br0, tags: [{vid: 10}], addresses: [192.0.2.1/24]}
EOF
tries=0
until settled; do
	tries=$((tries + 1))
	[ $tries -lt 200 ] || fail "it does not come to rest: $last"
	sleep 0.1
done
in_ns dut "$SMOKE/metrics.py" compare "$INSTANCE" "$BLCTL" "$URL"
[ "$("$BLCTL" -n "$INSTANCE" -j show ports in | jq '.[0].drops.bridge_reserved')" = 250 ] ||
	fail "the drops: $("$BLCTL" -n "$INSTANCE" -j show ports in)"
in_ns dut curl -s -H 'Accept: text/plain' "$URL" >"$WORK/text"
"$PROMETHEUS/promtool" check metrics <"$WORK/text" >"$WORK/lint" 2>&1 || fail "promtool: $(cat "$WORK/lint")"
[ ! -s "$WORK/lint" ] || fail "promtool: $(cat "$WORK/lint")"
echo "promtool takes $(grep -vc '^#' "$WORK/text") samples of $(grep -c '^# TYPE' "$WORK/text") families"
[ "$(in_ns dut curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:9117/other)" = 404 ] || fail "404"
[ "$(in_ns dut curl -s -o /dev/null -w '%{http_code}' -X POST "$URL")" = 405 ] || fail "405"

# After clear all windows say so.
"$BLCTL" -n "$INSTANCE" clear
in_ns dut "$SMOKE/metrics.py" compare "$INSTANCE" "$BLCTL" "$URL"

cat >"$WORK/prometheus.yml" <<EOF
global: {scrape_interval: 200ms, scrape_timeout: 200ms}
scrape_configs:
  - {job_name: burstline, static_configs: [{targets: ["127.0.0.1:9117"]}]}
EOF
spawn prometheus dut "$PROMETHEUS/prometheus" --config.file="$WORK/prometheus.yml" \
	--storage.tsdb.path="$WORK/tsdb" --web.listen-address=127.0.0.1:9099 --log.level=warn

# prometheus QUERY FILTER
query()
{
	in_ns dut curl -sG http://127.0.0.1:9099/api/v1/query --data-urlencode "query=$1" |
		jq -e '.data.result | length > 0 and '"$2" >/dev/null
}
await -t 20 query 'up{job="burstline"}' '.[0].value[1] == "1"'
await -t 20 query 'burstline_port_rx_total{name="in"}' '.[0].value[1] == "0"'
await -t 20 query 'count({__name__=~"burstline_.*"})' '(.[0].value[1] | tonumber) > 100'
in_ns dut curl -sG http://127.0.0.1:9099/api/v1/targets |
	jq -e '.data.activeTargets | length == 1 and .[0].lastError == ""' >/dev/null || fail "Prometheus' targets"
in_ns dut curl -sG http://127.0.0.1:9099/api/v1/query --data-urlencode 'query=count({__name__=~"burstline_.*"})' |
	jq -r '"Prometheus has " + .data.result[0].value[1] + " series"'
end_background
stop_burstline

# As fast as it goes, from memory to nowhere; two handlers behind rings.
start_burstline <<EOF
metrics: {port: 9117}
ports:
  - {name: a, device: "net_null0,size=64"}
  - {name: b, device: "net_null1,no-rx=1"}
wires: [[a, b]]
EOF
in_ns dut "$SMOKE/metrics.py" poll "$INSTANCE" "$URL" 3
stop_burstline
[ "$(ledger a rx)" -gt 100000 ] && [ "$(ledger a dropped)" = 0 ] && [ "$(ledger a rx)" = "$(ledger b tx)" ] ||
	fail "lost: $(cat "$LEDGER")"
echo "of $(ledger a rx) frames $(($(ledger a rx) - $(ledger b tx))) were lost"
