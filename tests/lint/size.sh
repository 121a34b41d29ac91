#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Around 400 lines a file and 60 a function is where to stop and think: these are named. 600 and
# 100 are too many.

. "$(dirname "$0")/files.sh"

# judge PLACE LINES WARN FAIL
judge()
{
	if [ "$2" -gt "$4" ]; then
		violation "$1" "$2 lines, more than $4"
	elif [ "$2" -gt "$3" ]; then
		echo "$1: $2 lines, more than $3 (a warning)"
	fi
}

while read -r file; do
	judge "$file" "$(wc -l <"$file")" 400 600
done < <(all_files '*.c' '*.h' '*.sh' '*.py')

while read -r file; do
	while read -r place lines; do
		judge "$place" "$lines" 60 100
	done < <(awk -f "$AWK/source.awk" -f "$AWK/size.awk" "$file")
done < <(all_files '*.c' '*.h')

verdict
