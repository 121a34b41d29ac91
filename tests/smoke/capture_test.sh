#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# blctl capture and explain as a person would use them: live into tshark, into files, filters, what
# is refused, clients that die; a reader that does not read, beside a worker at full speed. What is
# captured is what the ledger counts.

. "$(dirname "$0")/lib.sh"

BLCTL=${BUILD:-$ROOT/build}/app/blctl

blctl()
{
	"$BLCTL" -n "$INSTANCE" "$@"
}

# comments FILE: of its packets, one a line.
comments()
{
	tshark -r "$1" -T fields -e frame.comment 2>/dev/null
}

# capture LOG WORD...: in the background, its process id in $capture; it has begun.
capture()
{
	local log=$WORK/$1
	shift
	"$BLCTL" -n "$INSTANCE" capture "$@" >"$log" 2>"$log.said" </dev/null &
	capture=$!
	background+=("$capture")
	await test -s "$log" # the section's header
}

# ends STATUS: of the capture in the background.
ends()
{
	local status=0
	wait "$capture" || status=$?
	[ $status = "$1" ] || fail "capture ended with $status, not $1: $(cat "$WORK"/*.said)"
}

refuses() # STATUS TEXT WORD...
{
	local wanted=$1 text=$2 status=0
	shift 2
	blctl "$@" >"$WORK/shown" 2>"$WORK/said" || status=$?
	[ $status = "$wanted" ] || fail "blctl $*: status $status: $(cat "$WORK/said")"
	[ ! -s "$WORK/shown" ] && [ "$(wc -l <"$WORK/said")" = 1 ] && grep -Eq -- "$text" "$WORK/said" ||
		fail "blctl $*: $(cat "$WORK/said")"
	sed 's/^/  /' "$WORK/said"
}

drops_now() # REASON: of port p
{
	telemetry /burstline/drops "[.[] | select(.port == \"p\" and .reason == \"$1\") | .frames] | add // 0"
}

start_burstline <<'END_OF_FILE'
ports:
  - {name: a, device: "net_tap0,iface=bl0"}
  - {name: b, device: "net_tap1,iface=bl1"}
  - {name: p, device: "net_tap2,iface=bl2"}
wires:
  - [a, b]
interfaces:
  - {name: p, port: p, addresses: [198.51.100.1/24]}
END_OF_FILE
make_tap_host a bl0 192.0.2.1/24
make_tap_host b bl1 192.0.2.2/24
make_tap_host p bl2 198.51.100.2/24
await in_ns a ping -c 1 -W 1 192.0.2.2
await in_ns p ping -c 1 -W 1 198.51.100.1

# Live: tshark shows frames while they come.
blctl capture --at rx --at tx icmp 2>"$WORK/live.said" | tshark -l -n -r - -T fields -e frame.comment \
	-e icmp.type >"$WORK/live" 2>/dev/null &
live=$!
background+=("$live")
shown()
{
	in_ns a ping -c 1 -W 1 192.0.2.2 >/dev/null
	grep -qP "^rx port=a\t8$" "$WORK/live" && grep -qP "^tx port=b from=a\t8$" "$WORK/live" &&
		grep -qP "^rx port=b\t0$" "$WORK/live" && grep -qP "^tx port=a from=b\t0$" "$WORK/live"
}
await -t 10 shown
refuses 1 "another capture is running" capture -w "$WORK/second"
[ ! -e "$WORK/second" ] || fail "the refused capture left a file"
# The reader goes: so does the session, without a frame to write.
kill -KILL "$live"
wait "$live" 2>/dev/null || true
await grep -q "its reader is gone" "$WORK/live.said"
echo "live: $(sort "$WORK/live" | uniq -c | tr '\n\t' '; ')"

# Drops of one reason are those that the ledger counts, the handler's too.
before=$(drops_now unknown)
capture drops -w - p --at drop=unknown
for _ in {1..50}; do echo "ffffffffffff02000000aa0388b5$(printf '%092d' 0)"; done |
	frames p bl2 send - >/dev/null
counted()
{
	[ $(($(drops_now unknown) - before)) -ge 50 ]
}
await counted
kill -INT "$capture"
ends 0
now=$(($(drops_now unknown) - before))
[ "$(comments "$WORK/drops" | grep -c '^drop=unknown port=p$')" = $now ] ||
	fail "$now drops in the ledger: $(comments "$WORK/drops" | sort | uniq -c)"
grep -q "^$now frames written, 0 missed: it was asked to end$" "$WORK/drops.said" ||
	fail "it said $(cat "$WORK/drops.said")"
echo "drops: $(cat "$WORK/drops.said")"
capture handler -w - p --at drop -c 3 arp
echo "ffffffffffff02000000aa030806$(printf '%092d' 0)" >"$WORK/arp"
cat "$WORK/arp" "$WORK/arp" "$WORK/arp" | frames p bl2 send - >/dev/null
ends 0
[ "$(comments "$WORK/handler" | sort -u)" = "drop=arp_unsupported port=p handler=arp" ] ||
	fail "$(comments "$WORK/handler")"
capture replies -w - p --at tx -c 2 icmp
in_ns p ping -c 3 -i 0.2 -W 1 198.51.100.1 >/dev/null
ends 0
[ "$(comments "$WORK/replies" | sort -u)" = "tx port=p from=p handler=icmp" ] ||
	fail "$(comments "$WORK/replies")"

# Names in a filter are looked up by blctl, whose hosts file says this one: the instance gets a
# program only (control.py: no text). One that nobody knows is refused at once.
echo "198.51.100.2 host-of-p.example" >"$WORK/hosts"
echo "nameserver 127.0.0.1" >"$WORK/resolv.conf" # nobody answers there, at once
cat >"$WORK/named.sh" <<'END_OF_FILE'
mount --bind "$1/hosts" /etc/hosts
mount --bind "$1/resolv.conf" /etc/resolv.conf
shift
exec "$@"
END_OF_FILE
named=(ip netns exec "$ID-p" bash -e "$WORK/named.sh" "$WORK" "$BLCTL" -n "$INSTANCE")
"${named[@]}" capture p --at rx -c 2 -w "$WORK/named" 'icmp and src host host-of-p.example' 2>"$WORK/named.said" &
capture=$!
background+=("$capture")
await test -s "$WORK/named"
in_ns p ping -c 2 -i 0.2 -W 1 198.51.100.1 >/dev/null
ends 0
[ "$(tshark -r "$WORK/named" -T fields -e ip.src 2>/dev/null | sort -u)" = 198.51.100.2 ] ||
	fail "by name: $(tshark -r "$WORK/named" 2>&1)"
status=0
"${named[@]}" capture -w "$WORK/nobody" 'host nobody.invalid' 2>"$WORK/named.said" || status=$?
[ $status = 2 ] && grep "^blctl: .*'host nobody.invalid' is wrong: unknown host" "$WORK/named.said" ||
	fail "status $status: $(cat "$WORK/named.said")"
[ ! -e "$WORK/nobody" ] || fail "a filter with an unknown name left a file"

# Wrong words change nothing, the file neither.
echo precious >"$WORK/file"
refuses 2 "the filter 'icmp and and' is wrong" capture -w "$WORK/file" 'icmp and and'
refuses 2 "there is no drop reason hunger" capture --at drop=hunger -w "$WORK/file"
refuses 2 "at is a list of rx" capture --at noon -w "$WORK/file"
refuses 2 "expected a number of frames" capture -c many -w "$WORK/file"
refuses 2 "expected a number of frames" capture -c 0 -w "$WORK/file"
refuses 2 "'z' is wrong, and no port has this name" capture z -w "$WORK/file"
refuses 1 "there is no port z" capture z icmp -w "$WORK/file"
refuses 2 "cannot write to /nowhere/file" capture -w /nowhere/file
[ "$(cat "$WORK/file")" = precious ] || fail "a refused capture emptied the file"

# Half of it is no success.
blctl capture p --at rx -c 1 >/dev/full 2>"$WORK/full.said" &
capture=$!
background+=("$capture")
ends 1
grep "frames written, 0 missed: writing failed: No space left" "$WORK/full.said" || fail "it said $(cat "$WORK/full.said")"

# A client that is killed takes its session along.
capture killed -w -
kill -KILL "$capture"
wait "$capture" 2>/dev/null || true
free_again()
{
	blctl capture -w "$WORK/free" -c 1 icmp 2>/dev/null &
	local pid=$!
	while ! has_ended $pid; do
		in_ns a ping -c 1 -W 1 192.0.2.2 >/dev/null || true
	done
	wait $pid
}
await -t 10 free_again
[ "$(comments "$WORK/free" | wc -l)" = 1 ] || fail "-c 1 wrote $(comments "$WORK/free" | wc -l)"

# Explain.
explains() # TEXT WORD...
{
	local text=$1
	shift
	blctl explain "$@" >"$WORK/explained" || fail "blctl explain $*"
	grep -Eq -- "$text" "$WORK/explained" || fail "explain $*: $(cat "$WORK/explained")"
}
explains 'dropped, unknown: no handler' p ffffffffffff 020000000066 88b5 "$(printf '%092d' 0)"
explains 'handed to arp \(control\) on interface p' p "$(cat "$WORK/arp")"
explains 'sent on b, 60 octets: ffffffffffff' a "$(cat "$WORK/arp")"
sed 's/^/  /' "$WORK/explained"
explains 'port p, plain, class ipv4' p -r "$WORK/replies"
[ "$(grep -c '^port p' "$WORK/explained")" = 2 ] || fail "not every frame of the file is explained"
explains '^{"port":"a","role":"wire"' -j a "$(cat "$WORK/arp")"
refuses 2 "pairs of hex digits" explain p 123
echo "no frames" >"$WORK/text"
refuses 2 "$WORK/text: unknown file format" explain p -r "$WORK/text"
refuses 2 "$WORK/absent: No such file" explain p -r "$WORK/absent"
refuses 1 "there is no port z" explain z "$(cat "$WORK/arp")"
stop_burstline

# A worker at full speed, and a reader that reads nothing.
start_burstline <<'END_OF_FILE'
ports:
  - {name: n0, device: net_null0}
  - {name: n1, device: net_null1}
wires:
  - [n0, n1]
END_OF_FILE
received()
{
	telemetry /burstline/ports '[.[] | .rx] | add'
}
window()
{
	local before after
	before=$(received)
	sleep 0.4
	after=$(received)
	echo $((after - before))
}
mkfifo "$WORK/pipe"
off=() on=()
for _ in 1 2 3 4 5; do
	off+=("$(window)")
	blctl capture -w - --at rx --at tx >"$WORK/pipe" 2>"$WORK/slow.said" &
	capture=$!
	background+=("$capture")
	exec 5<"$WORK/pipe"
	sleep 0.1 # the rings are full then
	on+=("$(window)")
	exec 5<&-
	await grep -q missed "$WORK/slow.said"
	wait "$capture" || true
done
median()
{
	printf '%s\n' "$@" | sort -n | sed -n "$(($# / 2 + 1))p"
}
# The best window with a capture: what others do to the machine hits some, what a capture costs hits all.
best=$(printf '%s\n' "${on[@]}" | sort -n | tail -n 1)
share=$((100 * best / $(median "${off[@]}")))
echo "slow reader: $(median "${off[@]}") frames in 0.4 s without, $best with: $share %;" \
	"$(cat "$WORK/slow.said")"
[ $share -ge 60 ] || fail "a reader that does not read costs the worker its rate"
[ "$(sed 's/.*written, \([0-9]*\) missed.*/\1/' "$WORK/slow.said")" -gt 1000 ] || fail "nothing was missed"

# A reader that reads, but slowly, does not hold up the end of the program.
sip()
{
	while [ "$(head -c 4096 | wc -c)" -gt 0 ]; do
		sleep 0.2
	done
}
sip <"$WORK/pipe" &
background+=($!)
blctl capture -w - >"$WORK/pipe" 2>"$WORK/slow.said" &
capture=$!
background+=("$capture")
sleep 0.5 # the rings are full then
stop_burstline
ends 0
grep "too slow" "$WORK/slow.said" || fail "blctl: $(cat "$WORK/slow.said")"

# Nor does one that reads nothing, at a socket with little room (a pipe's end is asked for room).
start_burstline <<'END_OF_FILE'
ports: [{name: n, device: net_null0, reflect: true}]
END_OF_FILE
cat >"$WORK/deaf.py" <<'END_OF_FILE'
import select, signal, socket, sys, time
sys.path.insert(0, sys.argv[1])
from control import Control
control = Control(sys.argv[2])
(ours, _reader), (session, theirs) = socket.socketpair(), socket.socketpair()
ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
control.fds = [ours.fileno(), theirs.fileno()]
control.call("capture")
while select.select([], [ours], [], 0)[1]:
    time.sleep(0.01)
print("full", flush=True)
signal.pause()
END_OF_FILE
spawn deaf dut /usr/bin/python3 "$WORK/deaf.py" "$SMOKE" "/run/burstline/$INSTANCE.sock"
await grep -q full "$WORK/deaf"
stop_burstline
