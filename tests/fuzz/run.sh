#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The long run: builds the fuzz targets in build-fuzz and gives each a number of inputs.
#
#     tests/fuzz/run.sh                         100000 inputs each, about 20 s in all
#     tests/fuzz/run.sh 10000000                10^7 each
#     tests/fuzz/run.sh 10000000 decode conf    10^7 of these
#
# An input that breaks a target stays in build-fuzz/found, new coverage in build-fuzz/corpus.

set -eu -o pipefail
cd "$(dirname "$0")/../.."

runs=${1:-100000}
shift $(($# > 0))
targets=("$@")
if [ $# = 0 ]; then
	for source in tests/fuzz/*_fuzz.c; do
		targets+=("$(basename "$source" _fuzz.c)")
	done
fi

[ -e build-fuzz/build.ninja ] ||
	CC=clang meson setup build-fuzz --buildtype=debugoptimized -Dtests=true -Dfuzz=true \
		-Db_sanitize=address,undefined -Db_lundef=false >/dev/null
programs=("${targets[@]/#/tests/fuzz/}")
ninja --quiet -C build-fuzz -j 2 "${programs[@]/%/_fuzz}"

export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
mkdir -p build-fuzz/found
for target in "${targets[@]}"; do
	corpus=build-fuzz/corpus/$target
	log=build-fuzz/$target.log
	mkdir -p "$corpus"
	tests/fuzz/seeds.py "$corpus"
	[ ! -d "tests/fuzz/corpus/$target" ] || cp -r "tests/fuzz/corpus/$target/." "$corpus"
	if ! "build-fuzz/tests/fuzz/${target}_fuzz" -runs="$runs" -max_len=2048 -timeout=10 \
		-rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="build-fuzz/found/$target-" "$corpus" >"$log" 2>&1; then
		tail -n 40 "$log"
		echo "failed: $target"
		exit 1
	fi
	echo "ok: $target, $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
done
