#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# net_virtio_user is the client of a vhost-user server: frames pass whole both ways, with memory
# from a memfd and from hugepages; the server's death takes nothing with it (L5). Then as the
# server, and what is said when nobody serves the path.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/vhost.sh"

client="net_virtio_user0,path=$SOCKET"
refused "port v: $SOCKET: No such file or directory: start the vhost-user server first" "$client"
echo >"$SOCKET"
refused "port v: $SOCKET is neither a socket nor a device" "$client"
rm "$SOCKET"

# serve_and_die ARGUMENTS [HUGEPAGES]
serve_and_die()
{
	start_peer "net_vhost0,iface=$SOCKET"
	await -t 10 test -S "$SOCKET"
	start_burstline < <(configuration "$client$1" "${2-}")
	await -t 10 port_link up
	peer_answers "to the server (${1#,}) ${2-}"
	end_peer KILL
	rm -f "$SOCKET"
	await port_link down
	other_port_works "after the server's death"
	# What is sent now stays on the ring, and then in the books.
	in_ns a ping -f -c 400 -W 1 192.0.2.9 >/dev/null || true
	other_port_works "with a full ring"
	stop_burstline
	echo "L5: death of the server (${1#,}) ${2-}"
}

serve_and_die ",queue_size=1024,mac=02:00:00:00:00:77"
serve_and_die ",packed_vq=1,in_order=0"
serve_and_die ",mrg_rxbuf=0"

start_burstline < <(configuration "$client,server=1")
start_peer "net_vhost0,iface=$SOCKET,client=1"
await -t 20 port_link up
peer_answers "as the server"
stop_burstline
end_peer KILL
[ ! -e "$SOCKET" ] || fail "it left its socket"

free=$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null || echo 0)
if [ "$free" -ge 64 ]; then
	mkdir "$WORK/huge"
	mount -t hugetlbfs -o pagesize=2M none "$WORK/huge"
	trap 'umount "$WORK/huge"; at_exit' EXIT
	serve_and_die ",queue_size=512" require
	[ -z "$(ls -A "$WORK/huge")" ] || fail "it left hugepages: $(ls "$WORK/huge")"
else
	echo "not tried: hugepages, of which $free are free"
fi
if [ -c /dev/vhost-net ]; then
	start_burstline < <(configuration "net_virtio_user0,path=/dev/vhost-net,iface=blv")
	make_tap_host v blv 192.0.2.8/24
	await in_ns a ping -c 1 -W 1 192.0.2.8
	stop_burstline
else
	echo "not tried: path=/dev/vhost-net, which is not here"
fi
