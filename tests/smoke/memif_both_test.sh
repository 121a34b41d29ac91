#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Both ends of a memif go at the same moment, again and again: two ports of one instance, so that the
# one's peer goes while the other is closed. So does a server that was down. Conformance L5.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/live.sh"

ROUNDS=25

both_up()
{
	ctl -j show ports | jq -e '[.[] | select(.name != "n" and .link == "up")] | length == 2'
}

cat >"$WORK/one.yaml" <<END
name: $INSTANCE
memory: {hugepages: never}
ports:
  - {name: n, device: "net_null0,no-rx=1"}
END
cat "$WORK/one.yaml" - >"$WORK/both.yaml" <<END
  - {name: s, device: "net_memif0,role=server,id=0,socket=$WORK/m.sock,socket-abstract=no"}
  - {name: c, device: "net_memif1,role=client,id=0,socket=$WORK/m.sock,socket-abstract=no"}
END
launch_burstline -c "$WORK/both.yaml"
for ((i = 0; i < ROUNDS; i++)); do
	await both_up
	apply "$WORK/one.yaml" || fail "$(cat "$WORK/said")"
	apply "$WORK/both.yaml" || fail "$(cat "$WORK/said")"
done
await both_up

# c connects again, for the driver listens on.
connected()
{
	grep -c "^burstline: port c: link up" "$WORK/stderr"
}
connected_again()
{
	[ "$(connected)" -gt "$before" ]
}
before=$(connected)
ctl port down s
await connected_again
apply "$WORK/one.yaml" || fail "a server that is down: $(cat "$WORK/said")"
apply "$WORK/both.yaml" || fail "$(cat "$WORK/said")"
await both_up
stop_burstline
echo "$ROUNDS times both ends went at once, and came again"
