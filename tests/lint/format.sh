#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Every C file is as clang-format 14 with .clang-format writes it.

. "$(dirname "$0")/files.sh"

formatter=$(command -v clang-format-14 || command -v clang-format)
while read -r file; do
	if ! out=$("$formatter" --style=file --dry-run -Werror "$file" 2>&1); then
		violation "$file" "not formatted"
		head -n 4 <<<"$out"
	fi
done < <(all_files '*.c' '*.h')

verdict
