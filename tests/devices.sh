#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The device truth table: frames of every kind through a pair of each device, and what survived,
# octet by octet. Builds first when nothing is built.
#
#     sudo tests/devices.sh                     print the table
#     sudo tests/devices.sh -v                  and every verdict
#     sudo tests/devices.sh net_tap             of this device only
#     sudo tests/devices.sh --write README.md   put it between the markers in README.md
#     sudo tests/devices.sh --check README.md   status 1 when README.md has another one

set -eu -o pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

[ "$(id -u)" = 0 ] || {
	echo "devices: not root: network namespaces and taps cannot be made" >&2
	exit 1
}
if [ -z "${BUILD-}" ] && [ ! -x "$root/build/app/burstline" ]; then
	"$root/app/install.sh" demo
	[ -e "$root/build/build.ninja" ] || meson setup "$root/build" "$root" >/dev/null
	ninja -C "$root/build" app/burstline >/dev/null
fi
exec /usr/bin/python3 -B "$root/tests/devices/table.py" "$@"
