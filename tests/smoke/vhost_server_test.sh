#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# net_vhost serves a vhost-user socket to a virtio NIC in user space, without hugepages at either
# end: frames pass whole both ways, a peer that is killed takes nothing with it (L5) and may come
# back, and the socket that a killed Burstline left is made anew. Then as the client of one.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/vhost.sh"

server="net_vhost0,iface=$SOCKET"
start_burstline < <(configuration "$server")
[ -S "$SOCKET" ] || fail "it makes no socket"
port_link down || fail "its link is up without a peer"
in_ns a ping -c 3 -i 0.02 -W 1 192.0.2.9 >/dev/null && fail "who answered?"
for death in KILL KILL TERM; do
	start_peer "net_virtio_user0,path=$SOCKET,queue_size=512"
	await -t 20 port_link up
	peer_answers "to the peer"
	end_peer $death
	await port_link down
	other_port_works "after the peer's end by SIG$death"
	echo "L5: the peer's end by SIG$death"
done
[ "$(grep -c 'port v: link down' "$WORK/stderr")" = 3 ] || fail "a death was not named once"
refused "another process serves $SOCKET" "$server"
kill -KILL "$burstline_pid"
wait "$burstline_pid" 2>/dev/null || true
burstline_pid=
[ -S "$SOCKET" ] || fail "kill -9 left no socket: nothing to clean up"

start_burstline < <(configuration "$server,queues=2")
start_peer "net_virtio_user0,path=$SOCKET,queues=2,packed_vq=1"
await -t 20 port_link up
peer_answers "with two queues and packed rings"
stop_burstline
end_peer KILL
[ ! -e "$SOCKET" ] || fail "it left its socket"

start_peer "net_virtio_user0,path=$SOCKET,server=1,mrg_rxbuf=0"
start_burstline < <(configuration "$server,client=1")
await -t 20 port_link up
peer_answers "as a client"
stop_burstline
end_peer KILL
rm -f "$SOCKET"

refused "port v: no socket can be made in $WORK/none: No such file or directory: mkdir -p $WORK/none" \
	"net_vhost0,iface=$WORK/none/s"
echo >"$SOCKET"
refused "port v: $SOCKET is there and is no socket" "$server"
[ -f "$SOCKET" ] || fail "it removed a file that is not its own"
