# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Build folders for tests/run.sh. Each build counts as a test, for a warning is an error in it.

# compile NAME FOLDER CC OPTION...: set the folder up, or bring an old one to these options, and
# build it, or of it TARGETS. Prints only what went wrong.
compile()
{
	local name=$1 folder=$2 cc=$3 log start
	shift 3
	log=$(mktemp)
	start=$EPOCHREALTIME
	if setup "$folder" "$cc" "$@" >"$log" 2>&1 &&
		timeout 600 ninja --quiet -C "$folder" -j 2 ${TARGETS-} >"$log" 2>&1; then
		record PASS "build/$name" "$(seconds_since "$start")"
		rm -f "$log"
		return 0
	fi
	record FAIL "build/$name" "$(seconds_since "$start")" "$log"
	rm -f "$log"
	return 1
}

# An old folder keeps its objects where it can. One that was set up elsewhere, with another
# compiler or by half is set up anew.
setup()
{
	local folder=$1 cc=$2
	shift 2
	if [ -f "$folder/build.ninja" ] && meson configure "$folder" "$@" &&
		grep -Eq "\"command\": \"(ccache )?$cc " "$folder/compile_commands.json"; then
		return 0
	fi
	rm -rf "$folder"
	CC=$cc meson setup "$folder" "$@"
}
