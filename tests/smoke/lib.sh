# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# For the smoke tests, which source this file first. Each test has hosts and a `dut`, all network
# namespaces with names of its own; Burstline runs in `dut`, so no interface of the machine is met:
#
#     host a (ns)            dut (ns)               host b (ns)
#     bl0 ═══ tap ═══════► burstline ◄═ af_packet ═ blb ─── veth ─── eth0
#
# Every test that starts Burstline ends with stop_burstline, which looks at the end of the process,
# the ledger and the mempools. Whatever a test made is removed, also when it fails.
#
#     . "$(dirname "$0")/lib.sh"
#     make_veth_host b blb 192.0.2.2/24       # before the start: the interface must exist
#     start_burstline <<'END'                 # the configuration, without `name:`
#     ...
#     END
#     make_tap_host a bl0 192.0.2.1/24        # after it: Burstline makes the tap
#     await in_ns a ping -c 1 -W 1 192.0.2.2
#     stop_burstline

set -eu -o pipefail

SMOKE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$SMOKE/../.." && pwd)
BURSTLINE=${BURSTLINE:-${BUILD:-$ROOT/build}/app/burstline}
TIME_SCALE=${TIME_SCALE:-1} # sanitizers are slower: multiplies what the harness waits for
ID=bl$$                     # prefix of the namespaces
INSTANCE=$ID                # name of the instance
WORK=$(mktemp -d)
LEDGER=$WORK/ledger.json

hosts=()      # namespaces that exist, without prefix
background=() # process ids to end
burstline_pid=
host_count=0

skip()
{
	echo "skipped: $*"
	exit 77
}

fail()
{
	echo "FAILED: $*" >&2
	exit 1
}

# in_ns NAME COMMAND...
in_ns()
{
	local name=$1
	shift
	ip netns exec "$ID-$name" "$@"
}

# await [-t SECONDS] COMMAND...: until it succeeds (default 20 s); what it last said if it does not.
# It is looked at once more after the time. -t is a bound of Burstline's: what it and the machine
# were kept waiting meanwhile is not counted.
await()
{
	# Not `before`: what is called sees these instead of the test's own.
	local limit=20 bound=no deadline waited_before=0 looked said
	if [ "$1" = -t ]; then
		limit=$2 bound=yes
		waited_before=$(kept_waiting)
		shift 2
	fi
	deadline=$((${EPOCHREALTIME/[.,]/} + limit * TIME_SCALE * 1000000))
	while looked=${EPOCHREALTIME/[.,]/} && ! said=$("$@" 2>&1); do
		if [ "$looked" -gt $deadline ]; then
			[ $bound = yes ] && [ "$looked" -le $((deadline + $(kept_waiting) - waited_before)) ] ||
				fail "still not after $((limit * TIME_SCALE)) s: $*: $said"
		fi
		sleep 0.02
	done
}

# kept_waiting: for how long, in us, a thread of Burstline's that wanted to run did not get a CPU
# (of those, who waited longest), and what the machine's host took of its CPUs.
kept_waiting()
{
	local task waited longest=0 stolen
	for task in /proc/"${burstline_pid:-none}"/task/*/schedstat; do
		read -r _ waited _ 2>/dev/null <"$task" || continue
		[ "$waited" -le $longest ] || longest=$waited
	done 2>/dev/null
	read -r _ _ _ _ _ _ _ _ stolen _ </proc/stat
	echo $((longest / 1000 + stolen * 10000))
}

# catches SIGNAL-NUMBER PID: the process has a handler for it, which would else kill it.
catches()
{
	local caught
	caught=$(sed -n 's/^SigCgt:\t//p' "/proc/$2/status")
	[ $((0x${caught:-0} >> ($1 - 1) & 1)) = 1 ]
}

# all_answered NAME COUNT ARGUMENT...: ping from there, and each of the first COUNT requests is
# answered. Not by ping's own count of losses: after its last request it waits two round trips, not -W.
all_answered()
{
	local name=$1 count=$2 out
	shift 2
	out=$WORK/ping.$name
	in_ns "$name" ping -n -c "$count" -w $((20 * TIME_SCALE)) "$@" >"$out" || true
	sed -n 's/.* icmp_seq=\([0-9]*\) ttl=.*/\1/p' "$out" | sort -nu >"$out.seq"
	# It may have sent more than it had to, while answers were late.
	[ "$(head -n "$count" "$out.seq")" = "$(seq "$count")" ] ||
		fail "ping from $name $*: no answer to $(seq "$count" | grep -vxFf "$out.seq" | xargs)," \
			"$(tail -n 3 "$out")"
	tail -n 3 "$out" | grep transmitted
}

# spawn LOG NAME COMMAND...: in a namespace in the background, its output in $WORK/LOG, its process
# id in $spawned. What still runs when the test ends is killed.
spawn()
{
	local log=$WORK/$1 name=$2
	shift 2
	# Not in_ns: the process id would be that of a subshell.
	ip netns exec "$ID-$name" "$@" >"$log" 2>&1 </dev/null &
	spawned=$!
	background+=("$spawned")
}

end_background()
{
	local pid
	for pid in "${background[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	background=()
}

# make_ns NAME: loopback up and no IPv6, whose own chatter would be counted.
make_ns()
{
	ip netns add "$ID-$1"
	hosts+=("$1")
	in_ns "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	ip -n "$ID-$1" link set lo up
}

# host_mac N: the MAC address of the Nth host.
host_mac()
{
	printf '02:00:00:00:aa:%02x\n' "$1"
}

# host_up NAME INTERFACE ADDRESS: an address of its own (both ends of a tap share one), and up.
host_up()
{
	host_count=$((host_count + 1))
	ip -n "$ID-$1" link set "$2" address "$(host_mac $host_count)"
	[ -z "$3" ] || ip -n "$ID-$1" address add "$3" dev "$2"
	ip -n "$ID-$1" link set "$2" up
}

# make_tap_host NAME TAP [ADDRESS]: moves Burstline's tap into a namespace of its own.
make_tap_host()
{
	make_ns "$1"
	await ip -n "$ID-dut" link show "$2"
	ip -n "$ID-dut" link set "$2" netns "$ID-$1"
	host_up "$1" "$2" "${3-}"
}

# make_veth_host NAME DUT_IFACE [ADDRESS]: a namespace with eth0, whose peer DUT_IFACE is for
# net_af_packet. tx off: the kernel would hand over unfinished checksums and large segments.
make_veth_host()
{
	make_ns "$1"
	ip link add name "$2" netns "$ID-dut" type veth peer name eth0 netns "$ID-$1"
	in_ns "$1" ethtool -K eth0 tx off >/dev/null
	in_ns dut ethtool -K "$2" tx off >/dev/null
	ip -n "$ID-dut" link set "$2" arp off up
	host_up "$1" eth0 "${3-}"
}

# start_burstline [ARGUMENT...]: the configuration is standard input; its `name:` becomes ours.
start_burstline()
{
	configure_burstline
	launch_burstline -c "$WORK/burstline.yaml" "$@"
}

configure_burstline()
{
	{
		echo "name: $INSTANCE"
		sed '/^name:/d'
	} >"$WORK/burstline.yaml"
}

# launch_burstline ARGUMENT...: for another configuration than one on standard input.
launch_burstline()
{
	[ -z "$burstline_pid" ] || fail "launch_burstline: it runs already"
	rm -f "$LEDGER" "$WORK/stderr" # the last one's "ready" is not this one's
	ip netns exec "$ID-dut" "$BURSTLINE" --ledger "$LEDGER" "$@" \
		>"$WORK/stdout" 2>"$WORK/stderr" </dev/null &
	burstline_pid=$!
	await -t 30 burstline_settled
	grep -q '^burstline: ready' "$WORK/stderr" || fail "burstline ended at its start"
}

burstline_settled()
{
	grep -qs '^burstline: ready' "$WORK/stderr" || ! kill -0 "$burstline_pid" 2>/dev/null
}

has_ended() # PID
{
	grep -qs '^State:.Z' "/proc/$1/status" || [ ! -e "/proc/$1" ]
}

burstline_ended()
{
	# A process that ended and was not waited for is a zombie: `kill -0` still finds it.
	has_ended "$burstline_pid"
}

# before_others: Burstline's threads go before other programs of the machine, which must not look like
# a fault of ours. What is measured beside it has to be as nice.
before_others()
{
	local task
	for task in "/proc/$burstline_pid/task/"*; do
		renice -n -20 -p "${task##*/}" >/dev/null 2>&1 || true # one that has ended
	done
}

# stop_burstline [SIGNAL]: it must end within 2 s with status 0, leave nothing in the file system
# and nothing open in its books, which it prints.
stop_burstline()
{
	kill -"${1:-TERM}" "$burstline_pid"
	burstline_stops
}

burstline_stops()
{
	local status=0
	await -t 2 burstline_ended
	wait "$burstline_pid" || status=$?
	burstline_pid=
	[ $status = 0 ] || fail "burstline ended with status $status"
	check_ledger
	check_gone
}

# Nothing of our instance is left in the file system.
check_gone()
{
	local left
	left=$(find /run/dpdk /run/burstline -mindepth 1 \( -name "$INSTANCE" -o -name "$INSTANCE.*" \) 2>/dev/null ||
		true)
	left+=$(awk '$3 == "hugetlbfs" { print $2 }' /proc/mounts |
		xargs -r -I {} find {} -maxdepth 1 -name "${INSTANCE}map_*")
	[ -z "$left" ] || fail "burstline left $left"
}

check_ledger()
{
	jq -e '.balanced == true and .mbufs_in_use == 0 and (.ports | length > 0) and
		all(.ports[]; .balance == 0 and .kept == 0 and .in_flight == 0)' \
		"$LEDGER" >/dev/null || fail "the ledger does not close: $(cat "$LEDGER")"
	[ "$(tail -n 1 "$WORK/stdout")" = "  ledger balanced" ] ||
		fail "the ledger is not printed at the exit: $(cat "$WORK/stdout")"
}

# ledger PORT FIELD: a number of one ingress port (`self`: frames we made), after stop_burstline.
ledger()
{
	jq -r --arg port "$1" --arg field "$2" \
		'.ports[] | select(.name == $port) | .[$field]' "$LEDGER"
}

# dropped PORT REASON: the same for a drop reason; 0 when none was dropped for it.
dropped()
{
	jq -r --arg port "$1" --arg reason "$2" '[.ports[] | select(.name == $port) | .drops[] |
		select(.reason == $reason) | .frames] | add // 0' "$LEDGER"
}

# telemetry COMMAND [FILTER]: Burstline's answer, through jq.
telemetry()
{
	"$SMOKE/telemetry.py" "$INSTANCE" "$1" | jq -r "${2:-.}"
}

# frames NAME INTERFACE ARGUMENT...: tests/smoke/frames.py in that namespace.
frames()
{
	local name=$1 interface=$2
	shift 2
	in_ns "$name" "$SMOKE/frames.py" "$interface" "$@"
}

at_exit()
{
	local status=$?
	trap - EXIT
	set +e
	if [ $status = 0 ] && [ -n "$burstline_pid" ]; then
		echo "FAILED: the test ends without stop_burstline"
		status=1
	fi
	end_background
	if [ -n "$burstline_pid" ] && burstline_ended; then
		wait "$burstline_pid"
		echo "FAILED: burstline ended with status $? before the test did"
	elif [ -n "$burstline_pid" ]; then
		kill -KILL "$burstline_pid" 2>/dev/null
		wait "$burstline_pid" 2>/dev/null
	fi
	if [ $status != 0 ] && [ $status != 77 ]; then
		tail -n 50 "$WORK/stderr" "$WORK/stdout" 2>/dev/null
	fi
	for name in "${hosts[@]}"; do
		ip netns delete "$ID-$name"
	done
	rmdir /sys/fs/cgroup/"$ID" /sys/fs/cgroup/*/"$ID" 2>/dev/null
	# What instances leave that were killed; those that ended have been looked at.
	rm -rf "$WORK" "/run/dpdk/$INSTANCE" /run/dpdk/"$ID"* /run/burstline/"$ID"*
	rmdir /run/burstline 2>/dev/null
	awk '$3 == "hugetlbfs" { print $2 }' /proc/mounts |
		xargs -r -I {} find {} -maxdepth 1 -name "${ID}*map_*" -delete
	exit $status
}

trap at_exit EXIT
trap 'exit 143' INT TERM
[ -c /dev/net/tun ] || skip "no /dev/net/tun"
ip netns add "$ID-probe" 2>/dev/null || skip "network namespaces cannot be made (root is needed)"
ip netns delete "$ID-probe"
make_ns dut
