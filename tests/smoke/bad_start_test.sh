#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What cannot start says why in one sentence, with the exit code that belongs to it, and leaves
# nothing. --check and --plan take every example. Conformance L18, L20, L21, L23.

. "$(dirname "$0")/lib.sh"

# refused STATUS SAID COMMAND...: in `dut`; one line on standard error, of ours, that has SAID.
refused()
{
	local wanted=$1 said=$2 status=0
	shift 2
	in_ns dut timeout 20 "$@" >"$WORK/stdout" 2>"$WORK/stderr" || status=$?
	[ $status = "$wanted" ] || fail "status $status, not $wanted: $*"
	[ "$(grep -c '^burstline: error: ' "$WORK/stderr")" = 1 ] &&
		tail -n 1 "$WORK/stderr" | grep -q '^burstline: error: ' ||
		fail "not one sentence: $*: $(cat "$WORK/stderr")"
	grep -qi -- "$said" "$WORK/stderr" || fail "does not say \"$said\": $(cat "$WORK/stderr")"
	[ ! -s "$WORK/stdout" ] || fail "standard output: $(cat "$WORK/stdout")"
	sed -n 's/^burstline: error: //p' "$WORK/stderr"
	check_gone
	[ "$(ip -n "$ID-dut" -o link show | wc -l)" = "$links" ] || fail "an interface is left: $*"
}

# port DEVICE [KEY...]: the configuration of one port
port()
{
	printf '%s\n' "ports: [{name: p, device: \"$1\"}]" "${@:2}" | configure_burstline
}

RUN=("$BURSTLINE" -c "$WORK/burstline.yaml")
TAP="net_tap0,iface=bl0"
ip -n "$ID-dut" link add blb type veth peer name blc
links=$(ip -n "$ID-dut" -o link show | wc -l)

port "$TAP"
refused 1 cap_net_admin setpriv --inh-caps=-all --bounding-set=-net_admin "${RUN[@]}"
refused 1 /dev/net/tun unshare --mount sh -c 'mount -t tmpfs none /dev/net && exec "$@"' sh "${RUN[@]}"
port net_af_packet0,iface=blb
refused 1 cap_net_raw setpriv --inh-caps=-all --bounding-set=-net_raw "${RUN[@]}"
port net_af_packet0,iface=absent
refused 1 "absent does not exist" "${RUN[@]}"
port net_tap0,iface=much-too-long-a-name
refused 1 "much-too-long-a-name\|its driver refused" "${RUN[@]}"
port "net_af_packet0,iface=blb,framesz=1000"
refused 2 "framesz=1000 cuts frames" "${RUN[@]}"
printf '%s\n' "ports: [{name: p, device: \"$TAP\", mtu: 9000}]" | configure_burstline
refused 2 "takes no MTU above 1504" "${RUN[@]}"
printf '%s\n' "ports: [{name: p, device: \"$TAP\", mac: \"01:00:5e:00:00:01\"}]" | configure_burstline
refused 2 "MAC address of one station" "${RUN[@]}"
port 0000:7f:1f.7
refused 1 "PCI device 0000:7f:1f.7 does not exist" "${RUN[@]}"
port "$TAP,nonsense=1"
refused 2 "has no argument nonsense" "${RUN[@]}"
port net_pcap0,rx_pcap=/absent.pcap
refused 1 "refused the device: open_single.*/absent.pcap: No such file" "${RUN[@]}"
port net_nonsense0
refused 2 net_nonsense0 "${RUN[@]}"

port "$TAP"
refused 2 "topology is for --plan" "${RUN[@]}" --topology "$ROOT/config/topology-two-sockets.yaml"
refused 2 "topology is for --plan" "${RUN[@]}" --doctor --topology "$ROOT/config/topology-two-sockets.yaml"

# Too few open files for the plan, and none for itself.
port "$TAP"
for files in 4 7 10 14 20; do
	refused 1 "the plan needs up to .* open files, and this process may have $files: ulimit -n 1024" \
		sh -c 'exec 3>&-; exec "$@"' sh prlimit --nofile=$files "${RUN[@]}"
done

# Too few threads for EAL, and none after EAL's own: its devices are open by then. As a user whom the
# limit binds, with what it takes to read this test's files.
port net_memif0,role=server,socket=/mnt/m.sock,socket-abstract=no
# What is left of its files follows what it says, and is found so.
few_threads=(unshare --mount sh -c 'mount -t tmpfs -o mode=777 none /mnt && "$@"; code=$?
	find /mnt -mindepth 1 >&2; exit $code' sh
	env RUNTIME_DIRECTORY=/mnt ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" # that takes a thread
	setpriv --reuid $((100000 + RANDOM)) --clear-groups
	--inh-caps=+dac_override --ambient-caps=+dac_override prlimit)
threads=2
too_few_for_eal()
{
	in_ns dut timeout 20 "${few_threads[@]}" --nproc=$threads "${RUN[@]}" >"$WORK/few" 2>&1 || true
	grep -q "EAL needs .* threads" "$WORK/few"
}
while too_few_for_eal; do
	refused 1 "EAL needs .* threads besides the first, and only .* ulimit -u" \
		"${few_threads[@]}" --nproc=$threads "${RUN[@]}"
	threads=$((threads + 1))
done
refused 1 "cannot start the threads of management and handlers: resource .*ulimit -u" \
	"${few_threads[@]}" --nproc=$threads "${RUN[@]}"

# A bridge over a device that loses the tags it needs.
port net_af_packet0,iface=blb "bridges: [{name: s, vlan-aware: true, tpid: 0x88a8,
  members: [{port: p, mode: trunk, vlans: [1]}]}]"
refused 2 "bridge s needs tags of TPID 0x88a8 on port p" "${RUN[@]}"
refused 2 "bridge s needs tags of TPID 0x88a8 on port p" "$BURSTLINE" --check "$WORK/burstline.yaml"

# Hugepages that are not there: no hugetlbfs is mounted.
port "$TAP" "memory: {hugepages: require}"
refused 1 hugepage unshare --mount sh -c 'umount -a -t hugetlbfs; exec "$@"' sh "${RUN[@]}"

# lcores outside the cpuset, and on no machine.
first=$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')
last=$(taskset -pc $$ | sed 's/.*[-, ]//')
if [ "$first" != "$last" ]; then
	port "$TAP" "lcores: {control: $first, workers: [$last]}"
	refused 1 "CPU $last" taskset -c "$first" "${RUN[@]}"
fi
port "$TAP" "lcores: {workers: [1023]}"
refused 1 "CPU 1023" "${RUN[@]}"

# Files and positions.
refused 2 "$WORK/absent.yaml: No such file" "$BURSTLINE" -c "$WORK/absent.yaml"
refused 2 "$WORK: Is a directory" "$BURSTLINE" -c "$WORK"
port "$TAP" "wires: 15oo"
refused 2 "$WORK/burstline.yaml:3:8: wires: found \"15oo\"" "${RUN[@]}"
chmod 000 "$WORK/burstline.yaml"
chmod 755 "$WORK"
refused 2 "Permission denied" setpriv --reuid 65534 --clear-groups --inh-caps=-all \
	--bounding-set=-all "${RUN[@]}"

# accepted ARGUMENT...: exit code 0, something on standard output, and nothing started.
accepted()
{
	"$BURSTLINE" "$@" >"$WORK/stdout" 2>"$WORK/stderr" || fail "$*: $(cat "$WORK/stderr")"
	[ -s "$WORK/stdout" ] && [ ! -s "$WORK/stderr" ] || fail "$*: $(cat "$WORK/stderr")"
}

# Every example, wherever we are; the plans of the large ones for a machine that is large.
cd "$ROOT"
for file in config/*.yaml; do
	case $file in
	config/topology-*) continue ;;
	config/bare-metal.yaml | config/multi-queue.yaml)
		accepted --plan "$file" --topology config/topology-two-sockets.yaml
		;;
	*) accepted --plan "$file" ;;
	esac
	accepted --check "$file"
done
[ ! -e /run/dpdk/demo ] || fail "--check or --plan left /run/dpdk/demo"

# What cannot be said is no success.
for words in --help --version "--check config/demo.yaml" "--plan config/demo.yaml" --doctor; do
	read -ra words <<<"$words"
	refused 1 "cannot write to standard output: No space left" \
		sh -c 'exec "$@" >/dev/full' sh "$BURSTLINE" "${words[@]}"
done
refused 1 "cannot write to standard output: Bad file descriptor" \
	sh -c 'exec "$@" >&-' sh "$BURSTLINE" --plan config/demo.yaml

# Nor is a ledger that can be written nowhere: that is not left to the end.
port net_null0,no-rx=1
refused 2 "ledger /nowhere/ledger: No such file" "${RUN[@]}" --ledger /nowhere/ledger
refused 2 "ledger $WORK: Is a directory" "${RUN[@]}" --ledger "$WORK"

# What EAL does not take, behind its help.
refused 2 "EAL did not start: .*Option -l is ignored" \
	sh -c 'exec "$@" >/dev/null' sh "${RUN[@]}" -- -l 0

# What EAL would take and only the configuration may say: it would wait for a primary process, leave
# a folder of that name, leave out a worker. And what EAL passes over.
refused 2 "EAL argument --proc-type: Burstline is a primary process" "${RUN[@]}" -- --proc-type secondary
refused 2 "EAL argument --proc=auto: Burstline is a primary process" "${RUN[@]}" -- --proc=auto
refused 2 "EAL argument --file-prefix=$INSTANCE: that is .*name" "${RUN[@]}" -- --file-prefix="$INSTANCE"
refused 2 "EAL argument --main-lcore=1: that is .*lcores" "${RUN[@]}" -- -m 64 --main-lcore=1
refused 2 'EAL takes no argument "socket-mem=64"' "${RUN[@]}" -- socket-mem=64 -m 64

# Streams that were closed do not become a file, socket or device of ours, which the log would go to.
ip netns exec "$ID-dut" "${RUN[@]}" --ledger "$LEDGER" <&- >&- 2>&- &
burstline_pid=$!
await test -S "/run/burstline/$INSTANCE.sock"
streams=$(readlink "/proc/$burstline_pid/fd/"{0,1,2} | uniq -c)
[[ "$streams" =~ ^\ *3\ /dev/null$ ]] || fail "closed streams became $streams"
kill "$burstline_pid"
await -t 2 burstline_ended
wait "$burstline_pid" || fail "without streams it ended with status $?"
burstline_pid=
check_gone
