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

# kept_at RATE PAIR_RATE COMMAND: three times with these rates. On a machine with other work the
# generator must not offer more than gets through when nothing is the matter: what the machine did
# not carry, with the baseline's frames either, is tried again with half.
kept_at()
{
	local rate=$1 pair_rate=$2 missed=0
	while [ $missed -lt 3 ] && [ "$rate" -ge $(($1 / 8)) ]; do
		! "$3" "$rate" "$pair_rate" || return 0
		if jq -e --argjson rate "$rate" '(.random // .tested).rate > 0.9 * $rate and
			(.known // .baseline).share > 0.9' "$WORK/macgen" >/dev/null; then
			missed=$((missed + 1))
		else
			rate=$((rate / 2)) pair_rate=$((pair_rate / 2))
		fi
	done
	return 1
}

# macgen ARGUMENT...: what it found is in $WORK/macgen, and printed.
macgen()
{
	local cpu
	cpu=$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')
	before_others
	in_ns dut nice -n -20 "${BUILD:-$ROOT/build}/tests/smoke/macgen" "--lcores=0@$cpu" --no-huge -m 128 \
		--no-pci --no-shconf "--file-prefix=macgen-$ID" \
		"$(client 0)" "$(client 1)" "$(client 2)" -- "$@" \
		>"$WORK/macgen" 2>"$WORK/macgen.err" || fail "macgen: $(cat "$WORK/macgen.err")"
	rm -rf "/run/dpdk/macgen-$ID"
	cat "$WORK/macgen"
}
