#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# asan: no, its traffic is that of other tests
# limit: 120 s
# app/demo.sh twice in a row, below 10 s; kept and ended; nothing is left behind. The machine has
# other work: one of the two runs may be slower.

. "$(dirname "$0")/lib.sh"

DEMO=$ROOT/app/demo.sh
export BUILD=${BUILD:-$ROOT/build}

# everything_gone: no namespace, process or file of the demo
everything_gone()
{
	if ip netns list | grep '^bldemo-'; then
		fail "a namespace is left"
	fi
	for file in /run/burstline-demo /run/dpdk/demo /run/burstline/demo.lock; do
		[ ! -e $file ] || fail "$file is left"
	done
	if pgrep -f -- "-c config/demo.yaml"; then
		fail "a process is left"
	fi
}

fast=no
for run in first second; do
	start=${EPOCHREALTIME/[.,]/}
	"$DEMO" >"$WORK/stdout" 2>&1 || fail "the $run run ended with status $?"
	ms=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
	echo "$run run: $ms ms"
	[ $ms -ge $((10000 * TIME_SCALE)) ] || fast=yes
	for said in 'a\$ ping' 'b\$ arping' 'all octets arrived' '"tags": \["0x8100:10"\]' \
		'"tags": \["0x8100:10", "0x8100:300"\]' 'no answer, as it should be' '5 frames sent, 5 counted' \
		'== ports' '== workers' '== handlers' '== ledger' '== drops' 'the ledger balances'; do
		grep -q -- "$said" "$WORK/stdout" || fail "the $run run does not say: $said"
	done
	everything_gone
done
[ $fast = yes ] || fail "both runs took 10 s or more"

"$DEMO" --keep >"$WORK/stdout" 2>&1 || fail "--keep ended with status $?"
ip netns exec bldemo-a ping -q -c 3 -i 0.02 -W 20 10.0.0.2 || fail "the kept demo does not work"
! "$DEMO" >"$WORK/second" 2>&1 || fail "a second demo started beside the kept one"
grep -q 'end it with' "$WORK/second" || fail "the second demo says: $(cat "$WORK/second")"
"$DEMO" --stop >"$WORK/stdout" 2>&1 || fail "--stop ended with status $?"
everything_gone
