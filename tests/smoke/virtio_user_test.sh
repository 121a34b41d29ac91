#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# limit: 90 s
# net_virtio_user is the client of a vhost-user server, with memory from a memfd: frames pass whole
# both ways; it waits for a server that is not there yet, does not answer, died or returns (L4, L5),
# and a server that stands (SIGSTOP, L7) holds up neither the other port, nor a start, nor the end.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/vhost.sh"
. "$SMOKE/gone.sh"

client="net_virtio_user0,path=$SOCKET"
echo >"$SOCKET"
refused "port v: $SOCKET is neither a socket nor a device" "$client"
rm "$SOCKET"
refused "/dev/none: No such file or directory: modprobe vhost_net" "net_virtio_user0,path=/dev/none"

# no_room: the ring is full
no_room()
{
	[ "$(telemetry /burstline/drops 'map(select(.port == "a" and .reason == "tx_full")) | length')" = 1 ]
}

serve()
{
	rm -f "$SOCKET"
	start_peer "net_vhost0,iface=$SOCKET"
}

for arguments in ",mac=02:00:00:00:00:77,queue_size=1024,mrg_rxbuf=0" ",packed_vq=1,in_order=0"; do
	start_burstline < <(configuration "$client$arguments")
	said 1 "port v: waits for its peer" || fail "it does not say that it waits"
	port_is v "gone down" || fail "is it there?"
	other_port_works "without a server"
	before=$(mbufs_in_use)
	for round in 1 2; do
		serve
		await -t 10 test -S "$SOCKET"
		await -t 5 port_is v "started up"
		peer_answers "to the server (${arguments#,}), time $round"
		end_peer KILL
		await -t 1 port_is v "gone down"
		said $round "port v: link down" || fail "death $round was not named once"
		other_port_works "after the server's death"
		await same_in_use
	done
	stop_burstline
	echo "L4 L5: its server dies twice and returns (${arguments#,})"
done

# The answer of a server that stands is not waited for: a start against one, and an end.
serve
await -t 10 test -S "$SOCKET"
kill -STOP "$peer"
start_burstline < <(configuration "$client")
port_is v "gone down" || fail "who answered?"
other_port_works "while the server stands"
kill -CONT "$peer"
await -t 5 port_is v "started up"
peer_answers "after it stood"
kill -STOP "$peer"
frame=$(host_mac 99 | tr -d :)$(host_mac 1 | tr -d :)88b5$(printf '%092d' 0)
for _ in {1..1000}; do # more than a ring holds
	echo "$frame"
done >"$WORK/many"
frames a eth0 send - <"$WORK/many"
await no_room
port_is v "started up" || fail "a server that stands lost its link"
other_port_works "while the ring is full"
stop_burstline
[ "$(dropped a tx_full)" -gt 0 ] || fail "what found no room was not counted"
kill -CONT "$peer"
start_burstline < <(configuration "$client")
await -t 5 port_is v "started up"
peer_answers "to the same server, the third time"
stop_burstline
end_peer KILL
echo "L7: a server that stands"
