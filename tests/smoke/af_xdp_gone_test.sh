#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# net_af_xdp's interface goes: made anew it is taken up and its address announced (L2, L4). One that
# returns from another namespace is the same, which DPDK 22.11 cannot open twice: that is said once,
# until it is made anew. Each opening keeps 2048 mbufs; when the pool carries no more, that is said.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/gone.sh"

make_x()
{
	ip link add name blx netns "$ID-dut" type veth peer name eth0 netns "$ID-x"
	in_ns x ethtool -K eth0 tx off >/dev/null
	in_ns x sysctl -qw net.ipv4.conf.eth0.arp_accept=1
	ip -n "$ID-dut" link set blx arp off up
	ip -n "$ID-x" address add 192.0.2.2/24 dev eth0
	ip -n "$ID-x" link set eth0 up
}

# lost N: within a second
lost()
{
	await -t 1 said_at_least "$1" "port x: interface blx was deleted or moved"
	await -t 1 port_is x "gone down"
}

works()
{
	await -t 5 port_is x "started up"
	await announced x 192.0.2.1
	all_answered x 20 -i 0.01 192.0.2.1
	all_answered y 20 -i 0.01 198.51.100.1
}

make_veth_host y bly 198.51.100.2/24
make_ns x
make_ns z
make_x
start_burstline <<'END_OF_FILE'
memory: {hugepages: never, mbufs: 10240}
ports:
  - {name: x, device: "net_af_xdp0,iface=blx"}
  - {name: y, device: "net_af_packet0,iface=bly"}
interfaces:
  - {name: x, port: x, addresses: [192.0.2.1/24]}
  - {name: y, port: y, addresses: [198.51.100.1/24]}
END_OF_FILE
works
spawn flood x ping -q -f -w 20 192.0.2.1
sleep 0.2
ip -n "$ID-dut" link delete blx
lost 1
make_x
works
echo "L2 L4: deleted under load, made anew, taken up"

ip -n "$ID-dut" link set blx netns "$ID-z"
lost 2
ip -n "$ID-z" link set blx netns "$ID-dut"
ip -n "$ID-dut" link set blx arp off up
again="cannot be opened again on the same interface blx: delete it and create it anew"
await -t 3 said 1 "port x: net_af_xdp $again"
sleep 1.5
said 1 "$again" || fail "said more than once"
port_is x "gone down" || fail "it was opened"
ip -n "$ID-dut" link delete blx
make_x
works
echo "L3: the same interface is refused until it is made anew"

while ! said 1 "keeps 2048 mbufs each time it is opened"; do
	n=$(grep -c 'port x: interface blx was deleted' "$WORK/stderr")
	[ "$n" -lt 9 ] || fail "it goes on for ever"
	ip -n "$ID-dut" link delete blx
	lost $((n + 1))
	make_x
	await -t 5 eval 'port_is x "started up" || said 1 "keeps 2048 mbufs each time it is opened"'
done
port_is x "gone down" || fail "$(telemetry /burstline/ports)"
in_ns y ping -q -c 1 -W 20 198.51.100.1
stop_burstline
