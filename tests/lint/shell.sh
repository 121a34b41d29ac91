#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# No shell script has anything that shellcheck warns of.

. "$(dirname "$0")/files.sh"

while read -r file; do
	if ! out=$(shellcheck -S warning -x -P SCRIPTDIR "$file"); then
		violation "$file" "shellcheck"
		echo "$out"
	fi
done < <(all_files '*.sh' '.ci/run')

verdict
