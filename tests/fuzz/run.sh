#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Builds the fuzz targets with clang, AddressSanitizer and UndefinedBehaviorSanitizer in build-fuzz
# and runs each; the golden frames are their seeds.
#
# Usage: run.sh [RUNS [TARGET...]]
#   run.sh                 a short run of every target (100000 inputs, about 20 s in all)
#   run.sh 10000000        the long run: 10^7 inputs each
#   run.sh 10000000 decode the long run of one
# A target that finds something leaves the input in build-fuzz/found/ and the script exits 1; 77
# where there is no clang.

set -u
cd "$(dirname "$0")/../.." || exit 1
runs=${1:-100000}
shift
type -p clang >/dev/null || { echo "skipped: needs clang"; exit 77; }
if [[ ! -e build-fuzz/build.ninja ]]; then
	CC=clang meson setup build-fuzz -Dfuzz=true -Dtests=true -Dbuildtype=debugoptimized \
		-Db_sanitize=address,undefined -Db_lundef=false >build-fuzz.log || { cat build-fuzz.log; exit 1; }
	rm -f build-fuzz.log
fi
targets=("$@")
if [[ ${#targets[@]} == 0 ]]; then
	for source in tests/fuzz/*_fuzz.c; do
		source=${source##*/}
		targets+=("${source%_fuzz.c}")
	done
fi
programs=("${targets[@]/#/tests/fuzz/}")
ninja -j 2 -C build-fuzz "${programs[@]/%/_fuzz}" >build-fuzz/fuzz.log || { cat build-fuzz/fuzz.log; exit 1; }
mkdir -p build-fuzz/found build-fuzz/seeds
# Frames behind the two octets that the targets eat as options, in lines of their own files.
/usr/bin/python3 - <<'PY'
import glob
n = 0
for name in glob.glob("tests/golden/frames/*.hex"):
    for line in open(name, encoding="ascii"):
        for seed in (b"\0" + line.strip().encode(), ):
            open(f"build-fuzz/seeds/{n}", "wb").write(seed[:4096]); n += 1
        try:
            frame = bytes.fromhex(line.strip())
        except ValueError:
            continue
        if len(frame) < 2000:
            for head in (b"\0\0", bytes(20)):
                open(f"build-fuzz/seeds/{n}", "wb").write(head + frame); n += 1
PY
for target in "${targets[@]}"; do
	mkdir -p "build-fuzz/corpus/$target"
	if ! UBSAN_OPTIONS=halt_on_error=1 \
		"build-fuzz/tests/fuzz/${target}_fuzz" -runs="$runs" -max_len=2048 -seed=1 -verbosity=0 \
		-print_final_stats=1 -artifact_prefix="build-fuzz/found/$target-" \
		"build-fuzz/corpus/$target" build-fuzz/seeds >"build-fuzz/$target.log" 2>&1; then
		tail -40 "build-fuzz/$target.log"
		echo "failed: $target"
		exit 1
	fi
	echo "ok: $target, $(sed -n 's/^stat::number_of_executed_units: *//p' "build-fuzz/$target.log") inputs"
done
