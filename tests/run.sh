#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# README command 2: install what is missing, build with gcc, clang and the sanitizers, and run
# every test.
#
#     sudo tests/run.sh                 everything
#     sudo tests/run.sh smoke/arp unit  only tests whose name begins so
#
# Suites: lint unit clang/unit eal golden bench smoke qemu fuzz asan/unit asan/eal asan/smoke. A suite is the
# programs that meson knows under its name and the scripts tests/SUITE/*_test.sh (exit status 0 passes, 77
# skips). The last line is "N passed, N failed[, N skipped]"; the exit status is 0 when no test
# failed and one passed.
#
# Everything runs in private network, mount and process namespaces: the machine's own interfaces
# are never touched, and what a test leaves behind is found, counted as a failure and gone.

set -eu -o pipefail
shopt -s nullglob
cd "$(dirname "$0")/.."

HUGEPAGES=512 # of 2 MiB, for the tests that use them

# Outside: packages, the guest's kernel, the machine's hugepages, and the namespaces.
if [ -z "${BURSTLINE_TEST_RUN-}" ]; then
	app/install.sh test
	# Without it the suite qemu says so again and fails.
	case " $* " in "  " | *" qemu"*) tests/qemu.sh fetch || true ;; esac
	case " $* " in
	"  " | *" smoke "* | *smoke/metrics* | *asan*) tests/smoke/prometheus.sh build-prometheus || true ;;
	esac

	nr_hugepages=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
	run_dir=$(mktemp -d /tmp/burstline-test.XXXXXX)
	before=$(cat "$nr_hugepages" 2>/dev/null || echo 0)
	# shellcheck disable=SC2317 # called by the trap
	restore()
	{
		[ "$(cat "$nr_hugepages" 2>/dev/null || echo 0)" = "$before" ] ||
			echo "$before" >"$nr_hugepages"
		rm -rf "$run_dir"
	}
	trap restore EXIT
	if [ "$before" -lt "$HUGEPAGES" ] && [ -w "$nr_hugepages" ]; then
		echo "$HUGEPAGES" >"$nr_hugepages" 2>/dev/null || true
	fi

	export BURSTLINE_TEST_RUN=$run_dir
	isolate=(unshare --mount --net --pid --fork --kill-child --mount-proc --)
	"${isolate[@]}" true 2>/dev/null || isolate=()
	"${isolate[@]}" "$0" "$@" </dev/null &
	child=$!
	# Without process 1 its namespaces, and all that is in them, are gone.
	trap 'kill -s $([ ${#isolate[@]} = 0 ] && echo TERM || echo KILL) $child; exit 130' INT TERM
	rc=0
	wait $child || rc=$?
	exit $rc
fi

# Inside.
. tests/harness/report.sh
. tests/harness/build.sh
. tests/harness/leftovers.sh

FILTERS=("$@")
RESULTS=$BURSTLINE_TEST_RUN/results
HUGE_DIR=$BURSTLINE_TEST_RUN/huge
export TMPDIR=$BURSTLINE_TEST_RUN/tmp
mkdir "$TMPDIR"
: >"$RESULTS"

isolated=no
if [ $$ = 1 ]; then
	isolated=yes
	trap 'exit 130' INT TERM # as process 1 it would ignore them
	mount -t tmpfs tmpfs /run
	ip link set lo up
	if [ "$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages 2>/dev/null)" != 0 ]; then
		mkdir "$HUGE_DIR"
		mount -t hugetlbfs -o pagesize=2M none "$HUGE_DIR" || rmdir "$HUGE_DIR"
	fi
fi
export BURSTLINE_TEST_ISOLATED=$isolated

# suite NAME BUDGET_S FUNCTION...: print what it took and what it may take.
suite()
{
	local name=$1 budget=$2 start=$EPOCHREALTIME
	suite_wanted "$name" || return 0
	echo "== $name"
	shift 2
	"$@" || record FAIL "$name/harness" 0
	local took
	took=$(seconds_since "$start")
	echo "== $name: $took s of $budget s"
	[ "${took%.*}" -lt "$budget" ] || echo "== $name: over its budget"
}

# programs NAME FOLDER PREFIX SCALE: what meson knows.
programs()
{
	tests/harness/meson_suite.py "$2" "$1" "$3" "$RESULTS" "$4" "${FILTERS[@]}"
}

# scripts NAME FOLDER PREFIX SCALE: tests/NAME/*_test.sh against the programs of FOLDER, one
# after the other. A script's time limit is 60 s, or what a line "# limit: N s" says.
scripts()
{
	local path name limit
	for path in tests/"$1"/*_test.sh; do
		name=$3/$(basename "$path" _test.sh)
		wanted "$name" || continue
		# Under sanitizers only if somebody asks for it by its name.
		if [ "$2" = build-asan ] && grep -q '^# asan: no, ' "$path" &&
			[[ " ${FILTERS[*]} " != *" $name "* ]]; then
			continue
		fi
		limit=$(sed -n 's/^# limit: \([0-9]*\) s.*/\1/p' "$path")
		run_test "$name" $((${limit:-60} * $4)) env BUILD="$PWD/$2" TIME_SCALE="$4" "$path"
	done
}

both()
{
	local rc=0
	programs "$@" || rc=1
	scripts "$@" || rc=1
	return $rc
}

lint()
{
	local path name
	for path in tests/lint/*.sh; do
		name=lint/$(basename "$path" .sh)
		if [ "$name" = lint/files ] || ! wanted "$name"; then
			continue
		fi
		run_test "$name" 120 "$path"
	done
}

# The guest's cases are shown though they pass: the last lines say what they do not cover.
qemu()
{
	local said=$BURSTLINE_TEST_RUN/qemu
	wanted qemu/guest || return 0
	# shellcheck disable=SC2016 # for the inner shell
	run_test qemu/guest 300 env BUILD="$PWD/build" bash -o pipefail -c \
		'tests/qemu.sh 2>&1 | tee "$1"' qemu "$said"
	grep -q '^PASS	qemu/guest' "$RESULTS" || return 0
	sed 's/^/    | /' "$said"
}

# Each target for a few seconds from its corpus, two at a time; tests/fuzz/README.md has the long run.
fuzz()
{
	local target
	for target in build-fuzz/tests/fuzz/*_fuzz; do
		wanted "fuzz/$(basename "$target")" || continue
		run_test "fuzz/$(basename "$target")" 60 tests/fuzz/short.sh "$target" &
		[ "$(jobs -pr | wc -l)" -lt 2 ] || wait -n || true
	done
	wait
}

builds()
{
	local gcc=ok asan=ok
	compile gcc build gcc --buildtype=release -Dwerror=true -Dtests=true || gcc=failed
	if suite_wanted build || suite_wanted asan; then
		compile asan build-asan gcc --buildtype=debugoptimized -Dwerror=true -Dtests=true \
			-Db_sanitize=address,undefined -Db_lundef=false || asan=failed
	fi
	if suite_wanted build || suite_wanted clang; then
		compile clang build-clang clang --buildtype=release -Dwerror=true -Dtests=true || true
	fi
	if suite_wanted fuzz; then
		local targets=(tests/fuzz/*_fuzz.c)
		TARGETS=${targets[*]%.c} compile fuzz build-fuzz clang \
			--buildtype=debugoptimized -Dwerror=true -Dtests=true -Dfuzz=true -Db_sanitize=address,undefined \
			-Db_lundef=false || true
	fi
	[ $gcc = ok ] && [ $asan = ok ]
}

export ASAN_OPTIONS=abort_on_error=0:exitcode=99:detect_leaks=1:strict_string_checks=1
export LSAN_OPTIONS=suppressions=$PWD/tests/harness/leaks.supp:print_suppressions=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

started=$EPOCHREALTIME
if builds; then
	suite lint 60 lint
	suite unit 20 both unit build unit 1
	suite clang/unit 20 programs unit build-clang clang/unit 1
	suite eal 120 both eal build eal 1
	suite golden 60 both golden build golden 1
	suite bench 20 scripts bench build bench 1
	# Second tries for what waits for the kernel and its devices, in a whole run only.
	[ ${#FILTERS[@]} != 0 ] || REPEATS=2
	suite smoke 600 both smoke build smoke 1
	suite qemu 300 qemu
	REPEATS=0
	suite fuzz 60 fuzz
	suite asan/unit 60 both unit build-asan asan/unit 3
	suite asan/eal 200 both eal build-asan asan/eal 3
	[ ${#FILTERS[@]} != 0 ] || REPEATS=2
	suite asan/smoke 600 both smoke build-asan asan/smoke 3
fi
[ $isolated = no ] || check_leftovers
for filter in "${FILTERS[@]}"; do
	grep -q "	$filter" "$RESULTS" || record FAIL "$filter: no test's name begins so" 0
done
echo "== all: $(seconds_since "$started") s of 1800 s"
sum_up
