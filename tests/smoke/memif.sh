# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the memif tests share: testpmd in flowgen at the other end of $SOCKET. It sends what it makes
# and counts what it gets, on one port.

SOCKET=$WORK/memif.sock
FLOWGEN=flowgen-$ID

# start_flowgen server|client: on the CPU of the control lcore, which has little to do.
start_flowgen()
{
	local cpu
	cpu=$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')
	spawn flowgen dut dpdk-testpmd --lcores="0@$cpu,1@$cpu" --no-huge -m 128 --no-pci \
		--no-shconf --file-prefix="$FLOWGEN" \
		--vdev="net_memif0,role=$1,id=0,socket=$SOCKET,socket-abstract=no" \
		-- --forward-mode=flowgen --auto-start --total-num-mbufs=8192 --stats-period 60
	# shellcheck disable=SC2154 # set by spawn
	flowgen=$spawned
}

# end_flowgen SIGNAL: and what it left, so that another one can start.
end_flowgen()
{
	kill -"$1" "$flowgen"
	wait "$flowgen" 2>/dev/null || true
	rm -rf "/run/dpdk/$FLOWGEN"
	[ "$1" != KILL ] || rm -f "$SOCKET"
}

# flowgen_stats: [frames out, frames back]
flowgen_stats()
{
	"$SMOKE/telemetry.py" "$FLOWGEN" /ethdev/stats,0 | jq -c '[.opackets, .ipackets]'
}

flowing()
{
	flowgen_stats | jq -e '.[1] > 100000'
}
