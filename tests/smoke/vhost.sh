# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the vhost-user tests share: testpmd at the other end of $SOCKET, which answers ARP and ping
# for every address. Burstline wires the socket to a veth (`a`), and `b` is a port that has nothing
# to do with it. With HUGEPAGES=require both ends take their memory from there.

# shellcheck disable=SC2034 # for the tests
SOCKET=$WORK/vhost.sock
PEER=peer-$ID
HUGEPAGES=${HUGEPAGES:-never}

# start_peer VDEV [EAL ARGUMENT...]: on the CPU of the control lcore, which has little to do.
start_peer()
{
	local cpu vdev=$1 memory=(--no-huge --no-shconf)
	shift
	[ "$HUGEPAGES" = never ] || memory=(--single-file-segments)
	cpu=$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')
	rm -rf "/run/dpdk/$PEER"
	spawn peer dut dpdk-testpmd --lcores="0@$cpu,1@$cpu" "${memory[@]}" -m 128 --no-pci \
		--file-prefix="$PEER" --vdev="$vdev" "$@" \
		-- --forward-mode=icmpecho --auto-start --total-num-mbufs=8192 --stats-period 60
	# shellcheck disable=SC2154 # set by spawn
	peer=$spawned
}

end_peer()
{
	kill -"$1" "$peer"
	wait "$peer" 2>/dev/null || true
	rm -rf "/run/dpdk/$PEER"
	awk '$3 == "hugetlbfs" { print $2 }' /proc/mounts |
		xargs -r -I {} find {} -maxdepth 1 -name "${PEER}map_*" -delete
}

port_link()
{
	[ "$(telemetry /burstline/ports '.[] | select(.name == "v") | .link')" = "$1" ]
}

# The frames go to the peer and back, whole: 1514 octets, and what a tag adds.
peer_answers()
{
	await -t 10 in_ns a ping -c 1 -W 1 192.0.2.9
	local try
	# testpmd drops what it cannot send at once: a machine that stalls gets another try.
	for try in 1 2 3; do
		(all_answered a 200 -i 0.005 -s 1472 -M "do" 192.0.2.9) && return
		echo "frames $*, try $try: $(telemetry /burstline/drops tostring)"
	done
	fail "frames are lost $*, three times"
}

other_port_works()
{
	in_ns b ping -c 3 -i 0.02 -W 20 198.51.100.1 >"$WORK/ping" ||
		fail "the other port, $*: $(cat "$WORK/ping")"
}

# configuration ARGUMENTS: the device string of the port `v`
configuration()
{
	cat <<-END_OF_FILE
		memory: {hugepages: $HUGEPAGES}
		ports:
		  - {name: v, device: "$1"}
		  - {name: a, device: "net_af_packet1,iface=bla"}
		  - {name: b, device: "net_af_packet2,iface=blb"}
		wires:
		  - [v, a]
		interfaces:
		  - {name: b, port: b, addresses: [198.51.100.1/24]}
	END_OF_FILE
}

# refused SENTENCE DEVICE: exit status 1, with that sentence
refused()
{
	local status=0
	configure_burstline < <(configuration "$2")
	in_ns dut "$BURSTLINE" -c "$WORK/burstline.yaml" >"$WORK/refused" 2>&1 || status=$?
	[ $status = 1 ] || fail "exit status $status, not 1: $(cat "$WORK/refused")"
	grep -qF "$1" "$WORK/refused" || fail "not \"$1\": $(cat "$WORK/refused")"
}

make_veth_host a bla 192.0.2.1/24
make_veth_host b blb 198.51.100.2/24
