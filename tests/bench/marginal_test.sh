#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# marginal_bench runs over frames of every kind, loses none and times each way that this CPU has.
set -eu -o pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$(dirname "$0")
"$here/mkpcap.py" mix "$work/0.pcap"
"$here/mkpcap.py" mix "$work/1.pcap" --reverse
"${BUILD:?}/tests/bench/marginal_bench" --quick "$work/0.pcap" "$work/1.pcap" | tee "$work/said"
for way in io classify-portable classify-swap-portable steer wire reflect; do
	grep -Eq "^$way -?[0-9]+\\.[0-9]+$" "$work/said" || {
		echo "nothing is said of $way" >&2
		exit 1
	}
done
