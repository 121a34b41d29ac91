#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# ICMP to an address of ours, beside the Linux kernel: ping of every length and with options, UDP
# and other protocols get the error that Linux turns into an errno, broadcasts and fragments get
# nothing. Conformance C1, C4 to C7, C10, C11.

. "$(dirname "$0")/lib.sh"

counter()
{
	telemetry /burstline/handlers ".[] | select(.name == \"icmp\") | .counters.$1"
}

# refused PROTOCOL: errno of a packet to us, by name; "udp": to port 9.
refused()
{
	in_ns a /usr/bin/python3 - "$1" <<'END'
import errno, socket, sys
udp = sys.argv[1] == "udp"
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_RAW, 0 if udp else int(sys.argv[1]))
s.connect(("192.0.2.1", 9))
s.settimeout(20)
s.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
try:
    s.send(b"x" * 600)
    s.recv(100)
except TimeoutError:
    print("nothing")
except OSError as e:
    print(errno.errorcode[e.errno])
END
}

start_burstline <<'END_OF_FILE'
ports:
  - {name: a, device: "net_tap0,iface=bl0", mac: "02:00:00:00:00:0a"}
interfaces:
  - {name: a, port: a, addresses: [192.0.2.1/24], icmp-errors: 3}
END_OF_FILE
make_tap_host a bl0 192.0.2.2/24
await in_ns a ping -q -c 1 -W 1 192.0.2.1
for size in 0 1 17 18 19 56 999 1471 1472; do
	in_ns a ping -q -c 1 -W 20 -s $size -p a5 192.0.2.1 >/dev/null || fail "C1: no answer of $size octets"
done
in_ns a ping -q -c 1 -W 20 -T tsonly 192.0.2.1 >/dev/null || fail "C1: no answer to options"
in_ns a ping -q -c 1 -W 20 -t 1 192.0.2.1 >/dev/null || fail "I4: no answer to TTL 1"
said=$(in_ns a ping -c 1 -W 20 192.0.2.1)
[[ $said = *"ttl=64"* ]] || fail "C1: $said"
! in_ns a ping -q -c 1 -W 1 -s 3000 192.0.2.1 >/dev/null || fail "C11: fragments were answered"
! in_ns a ping -q -b -c 1 -W 1 192.0.2.255 >/dev/null 2>&1 || fail "C10: a broadcast was answered"

[ "$(refused udp)" = ECONNREFUSED ] || fail "C7: UDP: $(refused udp)"
[ "$(refused 132)" = ENOPROTOOPT ] || fail "C7: SCTP: $(refused 132)"
sent=$(counter errors_sent)
for _ in 1 2 3 4 5 6 7 8; do
	in_ns a /usr/bin/python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(20): s.sendto(b"x", ("192.0.2.1", 9))'
done
await test "$(counter errors_limited)" -ge 100
[ "$sent" = 2 ] || fail "C6: $sent errors, not 2"
stop_burstline
[ "$(dropped a ip_fragment)" = 3 ] || fail "C11: $(dropped a ip_fragment) fragments dropped"
