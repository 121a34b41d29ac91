#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The top level is fixed.

. "$(dirname "$0")/files.sh"

EXACTLY='LICENSE README.md app config lib meson.build meson_options.txt tests'

found=$(all_files '*' | cut -d / -f 1 | grep -v '^[.]' | sort -u)
for name in $EXACTLY; do
	grep -qx "$name" <<<"$found" || violation "$name" "missing at the top level"
done
for name in $found; do
	[[ " $EXACTLY " == *" $name "* ]] || violation "$name" "not for the top level"
done

verdict
