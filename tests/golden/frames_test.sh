#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Decodes every frames/NAME.hex with frames/NAME.args and compares with frames/NAME.json; then the
# same frames out of a capture.

set -eu -o pipefail

blframe=$(realpath "${BUILD:-$(dirname "$0")/../../build}/app/blframe")
export PYTHONDONTWRITEBYTECODE=1
cd "$(dirname "$0")/frames"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0

no()
{
	echo "FAILED: $*"
	failed=1
}

# decode NAME: to $out/said; what decode must end with is in $want.
decode()
{
	local name=$1 code=0 args=() want=0
	shift
	[ ! -e "$name.args" ] || read -r -a args <"$name.args"
	! grep -q not_hex "$name.json" || want=1
	"$blframe" decode "${args[@]}" "$@" >"$out/said" || code=$?
	[ $code = $want ] || no "$name ends with $code"
	diff -u "$name.json" "$out/said" >"$out/diff" || no "$name $*: $(head -n 20 "$out/diff")"
}

/usr/bin/python3 corpus.py "$out"
for made in "$out"/*; do
	cmp "$made" "$(basename "$made")" || no "corpus.py does not write $(basename "$made")"
done
/usr/bin/python3 -c 'import sys, agree, corpus
for name, (frames, _) in corpus.SETS.items():
    agree.write_pcap(f"{sys.argv[1]}/{name}.pcap", list(frames()))' "$out"
for hex in *.hex; do
	name=${hex%.hex}
	decode "$name" <"$hex"
	[ ! -e "$out/$name.pcap" ] || decode "$name" -r "$out/$name.pcap"
	echo "$name: $(wc -l <"$hex") frames"
done
exit $failed
