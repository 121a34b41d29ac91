#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The bench: Burstline beside its peers. It is no test: it reports, at the end all targets with what
# was reached, and a sentence for each that does not hold.
#
#     sudo tests/bench/run.sh [--starts 3] [--rounds 9] [--seconds 0.5] [--traffic u4,mix]
#                             [--modes wire,reflect]
#                             [--burstline build/app/burstline] [--csv build/bench.csv]
#                             [--rows bridge/macs16k,wire/u4]  # of all these only some
#                             [--against OTHER/burstline]      # instead of the peers
#                             [--native]        # a build for this CPU alone (build-native) beside it
#                             [--no-hugepages]  # all sides run without
#                             [--all]           # every mode and traffic, and --native; 20 minutes
#
# Modes: wire, reflect, and a handler of every type, inline, for IPv4 by ring, or all by ring
# (inline, ring, rings), beside dpdk-testpmd with the traffic named (u4 v6 q1 qq mix imix macs16k);
# bridge, with traffic of its own; these and wire also beside OVS-DPDK where that is installed;
# bridge then without devices: build/bridge.csv and build/bridge.svg; without any peer: marginal, in
# one process over net_pcap (build/marginal.csv); without any device either: stages (build/micro.csv
# and build/micro.svg), scale (build/scale.csv and build/scale.svg) and idle.
# Builds first when no program is named. Takes hugepages when there are too few and gives them
# back; runs without them where none are to be had.

set -eu -o pipefail
cd "$(dirname "$0")/../.."

NEEDED=1200 # hugepages of 2 MiB: a session of thirteen programs of two ports
pages=/sys/kernel/mm/hugepages/hugepages-2048kB

die()
{
	echo "bench: $*" >&2
	exit 1
}

# Outside: hugepages, and namespaces of our own, with which all that was started goes.
if [ -z "${BURSTLINE_BENCH-}" ]; then
	[ "$(id -u)" = 0 ] || die "not root"
	command -v dpdk-testpmd >/dev/null || die "no dpdk-testpmd: app/install.sh bench"
	before=$(cat "$pages/nr_hugepages" 2>/dev/null || echo 0)
	free=$(cat "$pages/free_hugepages" 2>/dev/null || echo 0)
	raised=$before
	# shellcheck disable=SC2317 # called by the trap
	restore()
	{
		# Not when somebody else has changed it since.
		[ "$(cat "$pages/nr_hugepages" 2>/dev/null || echo 0)" != "$raised" ] ||
			echo "$before" >"$pages/nr_hugepages"
	}
	if [[ " $* " != *" --no-hugepages "* ]] && [ "$free" -lt "$NEEDED" ] &&
		[ -w "$pages/nr_hugepages" ]; then
		trap restore EXIT
		echo $((before + NEEDED - free)) >"$pages/nr_hugepages" 2>/dev/null || true
		raised=$(cat "$pages/nr_hugepages")
	fi
	export BURSTLINE_BENCH=1
	unshare --mount --pid --fork --kill-child --mount-proc -- tests/bench/run.sh "$@" &
	child=$!
	trap 'kill -KILL $child; exit 130' INT TERM
	rc=0
	wait $child || rc=$?
	exit $rc
fi

# Inside.
args=()
burstline=
csv=
compared=wire,reflect,inline,ring,rings
marginal=
stages=
scale=
idle=
native=
hugepages=1
while [ $# -gt 0 ]; do
	case $1 in
	--burstline) burstline=${2:?} ;;
	--csv) csv=${2:?} ;;
	--native)
		native=build-native
		shift
		continue
		;;
	--no-hugepages)
		hugepages=
		shift
		continue
		;;
	--all)
		native=build-native
		compared=wire,reflect,inline,ring,rings,bridge
		marginal=1
		stages=1
		scale=1
		idle=1
		args+=(--traffic "u4,v6,q1,qq,mix,imix,macs16k")
		shift
		continue
		;;
	--modes)
		compared=
		for mode in ${2//,/ }; do
			case $mode in
			marginal) marginal=1 ;;
			stages) stages=1 ;;
			scale) scale=1 ;;
			idle) idle=1 ;;
			*) compared+=${compared:+,}$mode ;;
			esac
		done
		;;
	*) args+=("$1" "${2-}") ;;
	esac
	shift
	[ $# -eq 0 ] || shift
done
targets=(tests/bench/swap.so)
[ -n "$burstline" ] || targets+=(app/burstline)
[[ ,$compared, != *,bridge,* ]] || targets+=(tests/bench/bridge_bench)
[ -z "$marginal" ] || targets+=(tests/bench/marginal_bench)
[ -z "$stages" ] || targets+=(tests/bench/micro_bench)
[ -z "$scale" ] || targets+=(tests/bench/scale_bench)
[ -z "$idle" ] || targets+=(tests/bench/idle_bench)
[ -f build/build.ninja ] || meson setup build >/dev/null
ninja --quiet -C build -j 2 "${targets[@]}"
burstline=${burstline:-build/app/burstline}
if [ -n "$native" ]; then
	[ -f $native/build.ninja ] || meson setup $native -Dcpu=native -Dtests=false >/dev/null
	ninja --quiet -C $native -j 2 app/burstline
	args+=(--native "$native/app/burstline")
fi

# A part of the bench: what it prints is kept for its targets.
show()
{
	"$@" | tee -a /run/shown
}

export PYTHONUNBUFFERED=1 # into a pipe
# Telemetry sockets and hugepage files are seen by nobody else and leave with the namespace.
mount -t tmpfs none /run
# Plug-ins have to be root's.
install -m 755 -d /run/plugins
install -m 644 build/tests/bench/swap.so /run/plugins/swap.so
eal=()
if [ -n "$compared$marginal" ]; then
	if [ -n "$hugepages" ] &&
		[ "$(cat "$pages/free_hugepages" 2>/dev/null || echo 0)" -ge "$NEEDED" ]; then
		mkdir /run/hugepages
		mount -t hugetlbfs -o pagesize=2M none /run/hugepages
		args+=(--huge-dir /run/hugepages)
		eal=(--huge-dir=/run/hugepages)
	elif [ -n "$hugepages" ]; then
		echo "note: fewer than $NEEDED free hugepages of 2 MiB: all sides run without" >&2
	fi
fi
if [ -n "$compared" ]; then
	show tests/bench/compare.py --modes "$compared" --plugins /run/plugins \
		--burstline "$burstline" --csv "${csv:-build/bench.csv}" "${args[@]}"
fi
if [[ ,$compared, = *,bridge,* ]]; then
	echo
	show tests/bench/curves.py build/tests/bench/bridge_bench build/bridge.csv build/bridge.svg "${eal[@]}"
fi
if [ -n "$marginal" ]; then
	echo
	show tests/bench/marginal.py build/tests/bench/marginal_bench build/marginal.csv "${eal[@]}"
fi
if [ -n "$stages" ]; then
	echo
	show tests/bench/stage_curves.py build/tests/bench/micro_bench build/micro.csv build/micro.svg
fi
if [ -n "$scale" ]; then
	echo
	show tests/bench/scale_curves.py build/tests/bench/scale_bench build/scale.csv build/scale.svg
fi
if [ -n "$idle" ]; then
	echo
	show build/tests/bench/idle_bench
fi

echo
tests/bench/targets.py </run/shown
