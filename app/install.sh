#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Install the Debian packages that are missing: `app/install.sh demo` or `app/install.sh test`.
# Says nothing when all are there. Removes no package and starts no service.
set -eu -o pipefail

build=(
	meson ninja-build gcc libc6-dev pkg-config libdpdk-dev libnuma-dev libcyaml-dev libyaml-dev
	libjansson-dev libmnl-dev libpcap-dev libcap-ng-dev zlib1g-dev
)
hosts=(
	iproute2 ethtool procps iputils-ping iputils-arping netcat-openbsd jq python3-scapy
)
checks=(
	git libcmocka-dev clang clang-format libclang-rt-14-dev shellcheck dpdk-dev
	python3-jsonschema tshark valgrind
)

die()
{
	echo "install: $*" >&2
	exit 1
}

case ${1-} in
demo) wanted=("${build[@]}" "${hosts[@]}") ;;
test) wanted=("${build[@]}" "${hosts[@]}" "${checks[@]}") ;;
*) die "say which set: demo or test" ;;
esac

[ -x /usr/bin/apt-get ] ||
	die "this needs Debian 12's apt-get; elsewhere install the like of: ${wanted[*]}"

missing=()
for package in "${wanted[@]}"; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
	[ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

[ "$(id -u)" = 0 ] || die "not root, and these packages are missing: ${missing[*]}"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -q -y -o DPkg::Lock::Timeout=120)

echo "install: ${missing[*]}"
if ! "${apt[@]}" update >"$log" 2>&1; then
	cat "$log" >&2
	die "apt-get update failed: is there a network and a Debian mirror?"
fi
# --no-remove: somebody's `arping`, which conflicts with iputils-arping, is theirs to remove.
if ! "${apt[@]}" install --no-install-recommends --no-remove "${missing[@]}" >"$log" 2>&1; then
	cat "$log" >&2
	why="is there a network and a Debian mirror?"
	if dpkg-query -W arping >/dev/null 2>&1; then
		why="the package arping conflicts with iputils-arping: apt-get remove arping first"
	fi
	die "apt-get could not install ${missing[*]}: $why"
fi
