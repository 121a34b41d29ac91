#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Run one libFuzzer target for five seconds from the golden frames and its corpus
# (tests/fuzz/corpus/NAME, where there is one): `short.sh build-fuzz/tests/fuzz/NAME_fuzz`. An input that breaks it is printed as base64.

set -eu -o pipefail

name=$(basename "$1" _fuzz)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/new"
"$(dirname "$0")"/seeds.py "$work/new"
corpus=$(dirname "$0")/corpus/$name
if [ -d "$corpus" ]; then
	cp -r "$corpus/." "$work/new"
fi
"$1" -max_total_time=5 -timeout=5 -rss_limit_mb=1024 -artifact_prefix="$work/" \
	-print_final_stats=1 "$work/new"
