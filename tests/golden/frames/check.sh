#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Decodes every NAME.hex of this folder with NAME.args and compares with NAME.json; then the same
# frames out of a capture. Usage: check.sh BLFRAME. Exit code 0 or 1.

set -u
blframe=$(realpath "$1")
export PYTHONDONTWRITEBYTECODE=1
cd "$(dirname "$0")" || exit 1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0

no()
{
	echo "failed: $*"
	failed=1
}

/usr/bin/python3 corpus.py "$out" || no "corpus.py"
for made in "$out"/*; do
	cmp -s "$made" "$(basename "$made")" || no "corpus.py does not write $(basename "$made")"
done
/usr/bin/python3 -c 'import sys, agree, corpus
for name, (frames, _) in corpus.SETS.items():
    agree.write_pcap(f"{sys.argv[1]}/{name}.pcap", list(frames()))' "$out" || no "captures"
for hex in *.hex; do
	before=$failed
	failed=0
	name=${hex%.hex}
	read -r -a args < <(cat "$name.args" 2>/dev/null)
	grep -q not_hex "$name.json"
	want=$((1 - $?))
	"$blframe" decode "${args[@]}" <"$hex" >"$out/said"
	code=$?
	[[ $code == "$want" ]] || no "$name ends with $code"
	diff -u "$name.json" "$out/said" >"$out/diff" || no "$name: $(head -20 "$out/diff")"
	if [[ -e $out/$name.pcap ]]; then
		"$blframe" decode "${args[@]}" -r "$out/$name.pcap" >"$out/said" || no "$name.pcap ends with $?"
		cmp "$name.json" "$out/said" || no "$name.pcap is not $name.hex"
	fi
	[[ $failed == 0 ]] && echo "ok: $name, $(wc -l <"$hex") frames"
	failed=$((before | failed))
done
exit $failed
