#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# asan: no, smoke/neighbour and unit/neigh go the same ways there
# A neighbour in use is asked again when its time is over: by unicast, then by broadcast, a second
# apart; one that does not answer has failed, and frames for it are dropped without further requests
# and without an ICMP error, until it speaks. Conformance A31, A32, A33, A35.

. "$(dirname "$0")/lib.sh"

neighbour_is()
{
	[ "$(telemetry /burstline/neighbours '.[] | select(.address == "192.0.2.2") | .state')" = "$1" ]
}

# Unused, it is doubted a second after its answer.
is_known()
{
	neighbour_is reachable || neighbour_is stale
}

arp_counter()
{
	telemetry /burstline/handlers ".[] | select(.name == \"arp\") | .counters.$1"
}

requests_are()
{
	[ "$(arp_counter tx_requests)" -ge "$1" ]
}

start_burstline <<'END_OF_FILE'
ports:
  - {name: a, device: "net_tap0,iface=bl0", mac: "02:00:00:00:00:0a"}
interfaces:
  - {name: a, port: a, addresses: [192.0.2.1/24], neighbour-timeout: 1}
END_OF_FILE
make_tap_host a bl0 192.0.2.2/24
await in_ns a ping -q -c 1 -W 1 192.0.2.1
ip -n "$ID-a" neighbour replace 192.0.2.1 lladdr 02:00:00:00:00:0a dev bl0 nud permanent

# A host that answers is asked by unicast and stays.
asked=$(arp_counter tx_requests)
in_ns a ping -q -c 1 -W 20 192.0.2.1 >/dev/null
await requests_are $((asked + 1))
await is_known

kept_before=$(kept_waiting)
spawn heard a "$SMOKE/frames.py" bl0 listen --stamp -t 60
await in_ns a grep -q '0003' /proc/net/packet
in_ns a sysctl -qw net.ipv4.conf.bl0.arp_ignore=8
in_ns a ping -q -c 1 -W 20 192.0.2.1 >/dev/null
await neighbour_is failed
asked=$(arp_counter tx_requests)
! in_ns a ping -q -i 0.2 -c 3 -W 0.3 192.0.2.1 >/dev/null || fail "A31: answered without a neighbour"
[ "$(arp_counter tx_requests)" = "$asked" ] || fail "A31: asked for a neighbour that failed"
! grep -qE '^[0-9.]+ .{24}0800.{18}01.{20}03' "$WORK/heard" || fail "A35: $(cat "$WORK/heard")"

# The last six requests: three to the host, three to all, about a second apart.
mac=$(host_mac 1)
awk -v mac="${mac//:/}" -v late=$(($(kept_waiting) - kept_before)) 'substr($2, 25, 20) == "08060001080006040001" && substr($2, 77, 8) == "c0000202" { t[++n] = $1; to[n] = substr($2, 1, 12) }
	END {
		for (i = n - 5; i <= n; i++) {
			want = i <= n - 3 ? mac : "ffffffffffff"
			print t[i], to[i]
			if (to[i] != want || (i > n - 5 && t[i] - t[i - 1] < 0.9 - late / 1e6))
				bad = 1
		}
		exit bad || n < 6
	}' "$WORK/heard" || fail "A33: requests of a neighbour that is silent"

in_ns a sysctl -qw net.ipv4.conf.bl0.arp_ignore=0
frames a bl0 arp --from 192.0.2.2 192.0.2.1 >/dev/null
is_known || fail "what speaks is known again"
in_ns a ping -q -c 1 -W 20 192.0.2.1 >/dev/null
stop_burstline
[ "$(dropped a neigh_unresolved)" = 3 ] || fail "A31: $(dropped a neigh_unresolved) frames dropped, not 3"
