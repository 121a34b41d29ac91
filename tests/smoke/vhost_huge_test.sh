#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# asan: no, smoke/vhost_server and smoke/virtio_user have the same devices there
# vhost-user with hugepages at both ends: Burstline as the server and as the client of testpmd, and
# two Burstlines with one another. Frames pass whole both ways; a peer that dies is let go (L5).

HUGEPAGES=require
. "$(dirname "$0")/lib.sh"
. "$SMOKE/vhost.sh"
. "$SMOKE/gone.sh"

free=$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null || echo 0)
[ "$free" -ge 256 ] || skip "$free free hugepages"
grep -q hugetlbfs /proc/mounts || skip "no hugetlbfs is mounted"

uses_hugepages()
{
	grep -q 'memory from hugepages' "$WORK/stderr" || fail "no hugepages were used"
}

server="net_vhost0,iface=$SOCKET"
client="net_virtio_user0,path=$SOCKET"

start_burstline < <(configuration "$server")
uses_hugepages
start_peer "$client"
await -t 20 port_is v "started up"
peer_answers "from the server"
end_peer KILL
await -t 1 port_link down
other_port_works "after the client's death"
stop_burstline
echo "L5: Burstline serves testpmd"

start_burstline < <(configuration "$client")
uses_hugepages
before=$(mbufs_in_use)
start_peer "$server"
await -t 20 port_is v "started up"
peer_answers "from the client"
end_peer KILL
rm -f "$SOCKET"
await -t 1 port_is v "gone down"
other_port_works "after the server's death"
await same_in_use

# The same client, and another Burstline serves it.
cat >"$WORK/server.yaml" <<END_OF_FILE
name: $PEER
memory: {hugepages: require}
ports:
  - {name: s, device: "$server"}
interfaces:
  - {name: s, port: s, addresses: [192.0.2.9/24]}
END_OF_FILE
for death in KILL TERM; do
	spawn peer dut "$BURSTLINE" -c "$WORK/server.yaml"
	peer=$spawned
	await -t 20 port_is v "started up"
	peer_answers "to another Burstline"
	end_peer $death
	await -t 1 port_is v "gone down"
	other_port_works "after the other's end by SIG$death"
	await same_in_use
done
stop_burstline
echo "L5: Burstline is the client of testpmd and of Burstline"
