#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Every C file is as clang-format 14 with .clang-format writes it.

. "$(dirname "$0")/files.sh"

formatter=$(command -v clang-format-14 || command -v clang-format)
# All at once is soon done; who is not formatted is asked of each file only then.
files=$(all_files '*.c' '*.h')
if xargs -r -P "$(nproc)" -n 50 "$formatter" --style=file --dry-run -Werror <<<"$files" 2>/dev/null; then
	files=
fi
while read -r file; do
	[ -n "$file" ] || continue
	if ! out=$("$formatter" --style=file --dry-run -Werror "$file" 2>&1); then
		violation "$file" "not formatted"
		head -n 4 <<<"$out"
	fi
done <<<"$files"

verdict
