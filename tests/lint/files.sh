# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# For the lints: the tree's own files and how a violation is told. LINT_ROOT is another tree
# (tests/lint/selftest.sh makes bad ones).

set -eu -o pipefail
AWK=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export AWK
cd "${LINT_ROOT:-$(dirname "${BASH_SOURCE[0]}")/../..}"

violations=0

# all_files GLOB...: tracked files and new ones that git does not ignore, one a line; in a tree
# without git every file outside build folders. A * in a glob also stands for a slash.
all_files()
{
	local patterns=() glob
	for glob in "$@"; do
		patterns+=(-e "$(sed 's/[.]/[.]/g; s/\*/.*/g' <<<"$glob")")
	done
	{
		if [ -e .git ]; then
			git -c safe.directory='*' ls-files -co --exclude-standard --deduplicate
		else
			find . -type f -not -path './build*' -printf '%P\n'
		fi
	} | grep -x "${patterns[@]}" | sort | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done || true
}

# violation PLACE TEXT
violation()
{
	violations=$((violations + 1))
	echo "$1: $2"
}

# The last line of every lint.
verdict()
{
	[ "$violations" -eq 0 ] || echo "$violations violation(s)"
	[ "$violations" -eq 0 ]
}
