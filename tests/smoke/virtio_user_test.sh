#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# net_virtio_user is the client of a vhost-user server: frames pass whole both ways, with memory
# from a memfd; the server's death takes nothing with it (L5). And what is said when nobody serves
# the path.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/vhost.sh"

client="net_virtio_user0,path=$SOCKET"
refused "port v: $SOCKET: No such file or directory: start the vhost-user server first" "$client"
echo >"$SOCKET"
refused "port v: $SOCKET is neither a socket nor a device" "$client"
rm "$SOCKET"

# serve_and_die ARGUMENTS
serve_and_die()
{
	start_peer "net_vhost0,iface=$SOCKET"
	await -t 10 test -S "$SOCKET"
	start_burstline < <(configuration "$client$1")
	await -t 10 port_link up
	peer_answers "to the server (${1#,})"
	end_peer KILL
	rm -f "$SOCKET"
	await port_link down
	other_port_works "after the server's death"
	# What is sent now stays on the ring, and then in the books.
	in_ns a ping -f -c 400 -W 1 192.0.2.9 >/dev/null || true
	other_port_works "with a full ring"
	stop_burstline
	echo "L5: death of the server (${1#,})"
}

serve_and_die ",queue_size=1024,mac=02:00:00:00:00:77"
serve_and_die ",packed_vq=1,in_order=0"
