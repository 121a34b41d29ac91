#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The control lcore stands still: what it alone may change is refused, and is not done behind the
# back of who was refused when it goes on.

. "$(dirname "$0")/lib.sh"

BLCTL=${BUILD:-$ROOT/build}/app/blctl
BURSTLINE=${BUILD:-$ROOT/build}/tests/smoke/burstline_slow
SOCKET=/run/burstline/$INSTANCE.sock
DONE=9999 # the number of one that is added when control goes on

start_burstline <<'END'
ports:
  - {name: p, device: "net_tap0,iface=bl0"}
  - {name: m, device: "net_tap1,iface=bl1"}
bridges:
  - {name: br, members: [{port: m}]}
interfaces:
  - {name: lan, port: p, addresses: [10.0.255.254/16]}
handlers:
  - {name: hang, place: control}
END
make_tap_host a bl0

mac()
{
	printf '02:00:00:00:%02x:%02x\n' $(($1 >> 8)) $(($1 & 255))
}

# add_... N
add_neighbour()
{
	"$BLCTL" -s "$SOCKET" neighbour add lan "10.0.$(($1 >> 8)).$(($1 & 255))" "$(mac "$1")" 2>"$WORK/said"
}

add_entry()
{
	"$BLCTL" -s "$SOCKET" fdb add br "$(mac "$1")" m 2>"$WORK/said"
}

# refused COMMAND: another each time; the number of the one that was refused is in $WORK/n.
echo 1 >"$WORK/n"
refused()
{
	local n=$(($(cat "$WORK/n") + 1))
	echo $n >"$WORK/n"
	! "$1" $n && grep -q 'has not answered .*: nothing was changed; .* then try again' "$WORK/said"
}

# stalled COMMAND TABLE: what was refused while control stood still for 2 s is not there afterwards.
stalled()
{
	local file
	in_ns a "${BUILD:-$ROOT/build}/app/blframe" send bl0 --ethertype 0x88b7 --hex 14
	await refused "$1"
	sed 's/^/  /' "$WORK/said"
	await "$1" $DONE
	"$BLCTL" -s "$SOCKET" save - >"$WORK/saved"
	"$BLCTL" -s "$SOCKET" show "$2" >"$WORK/shown"
	for file in saved shown; do
		grep -q "$(mac $DONE)" "$WORK/$file" || fail "$file: not even what was done"
		! grep "$(mac "$(cat "$WORK/n")")" "$WORK/$file" || fail "$file: what was refused"
	done
}

stalled add_neighbour neighbours
stalled add_entry fdb
stop_burstline
