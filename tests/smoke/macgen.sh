# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the tests with macgen share: three memif ports of Burstline's, whose clients it is.

# memif N: a server whose client is macgen
memif()
{
	echo "net_memif$1,role=server,id=0,socket=$WORK/memif$1.sock,socket-abstract=no"
}

client()
{
	echo "--vdev=net_memif$1,role=client,id=0,socket=$WORK/memif$1.sock,socket-abstract=no"
}

# kept_at RATE PAIR_RATE COMMAND: with these rates, else with ever fewer: on a machine with other work
# the generator must not offer more than gets through when nothing is the matter.
kept_at()
{
	local share
	for share in 1 1 2 4 8; do
		! "$3" $(($1 / share)) $(($2 / share)) || return 0
	done
	return 1
}

# macgen ARGUMENT...: what it found is in $WORK/macgen, and printed.
macgen()
{
	local cpu
	cpu=$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')
	in_ns dut "${BUILD:-$ROOT/build}/tests/smoke/macgen" "--lcores=0@$cpu" --no-huge -m 128 \
		--no-pci --no-shconf "--file-prefix=macgen-$ID" \
		"$(client 0)" "$(client 1)" "$(client 2)" -- "$@" \
		>"$WORK/macgen" 2>"$WORK/macgen.err" || fail "macgen: $(cat "$WORK/macgen.err")"
	rm -rf "/run/dpdk/macgen-$ID"
	cat "$WORK/macgen"
}
