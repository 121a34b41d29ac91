#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A file is named for what it does, and no file knows the paths of somebody's machine.

. "$(dirname "$0")/files.sh"

VAGUE='utils?|common|misc|helpers?|managers?'
PLACES='(^|[^[:alnum:]_./-])/(wor[k]|hom[e]/[a-z]+|roo[t]|User[s]/[a-z]+)/'

while read -r file; do
	[[ ! ${file##*/} =~ (^|[_.-])($VAGUE)([_.-]|$) ]] ||
		violation "$file" "a name that says nothing"
	while IFS=: read -r line text; do
		violation "$file:$line" "a path of one machine: $text"
	done < <(grep -InE "$PLACES" "$file")
done < <(all_files '*')

verdict
