#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# No shell script has anything that shellcheck warns of.

. "$(dirname "$0")/files.sh"

# judge FILE: prints nothing, or its violation and what shellcheck says, as one piece
judge()
{
	local out
	out=$(shellcheck -S warning -x -P SCRIPTDIR "$1" 2>&1) ||
		printf '%s\n' "$1: shellcheck" "$out"
}
export -f judge

# Most of a script's time goes to what it sources, so on all CPUs.
said=$(all_files '*.sh' '.ci/run' | xargs -r -P "$(nproc)" -I {} bash -c 'judge "$1"' judge {})
[ -z "$said" ] || echo "$said"
violations=$(grep -c ': shellcheck$' <<<"$said" || true)

verdict
