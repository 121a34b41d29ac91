#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Install the Debian packages that are missing: `app/install.sh demo`, `app/install.sh test` or
# `app/install.sh bench` (a compiler and the bench's peers). Says nothing when all are there.
# Removes no package and starts no service, now or at the next boot.
set -eu -o pipefail

build=(
	meson ninja-build gcc libc6-dev pkg-config libdpdk-dev libnuma-dev libcyaml-dev libyaml-dev
	libjansson-dev libmicrohttpd-dev libmnl-dev libpcap-dev libcap-ng-dev zlib1g-dev
)
hosts=(
	iproute2 ethtool procps iputils-ping iputils-arping netcat-openbsd jq python3-scapy
)
checks=(
	git libcap2-bin libcmocka-dev clang clang-format libclang-rt-14-dev shellcheck dpdk-dev
	curl python3-jsonschema tshark valgrind iperf3 lldpd netsniff-ng
	qemu-system-x86 busybox-static kmod cpio
)

peers=(
	dpdk-dev openvswitch-switch-dpdk
)

die()
{
	echo "install: $*" >&2
	exit 1
}

case ${1-} in
demo) wanted=("${build[@]}" "${hosts[@]}") ;;
test) wanted=("${build[@]}" "${hosts[@]}" "${checks[@]}") ;;
bench) wanted=("${build[@]}" "${peers[@]}") ;;
*) die "say which set: demo, test or bench" ;;
esac

[ -x /usr/bin/apt-get ] ||
	die "this needs Debian 12's apt-get; elsewhere install the like of: ${wanted[*]}"

has()
{
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=()
for package in "${wanted[@]}"; do
	has "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

[ "$(id -u)" = 0 ] || die "not root, and these packages are missing: ${missing[*]}"

log=$(mktemp)
policy=
trap 'rm -f "$log" ${policy:+"$policy"}' EXIT
export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -q -y -o DPkg::Lock::Timeout=120)

echo "install: ${missing[*]}"
if ! "${apt[@]}" update >"$log" 2>&1; then
	cat "$log" >&2
	die "apt-get update failed: is there a network and a Debian mirror?"
fi
# These bring services. The bench and the tests run the daemons themselves.
quiet=()
for pair in openvswitch-switch-dpdk:openvswitch-switch lldpd:lldpd; do
	if [[ " ${missing[*]} " = *" ${pair%:*} "* ]] && ! has "${pair#*:}"; then
		quiet+=("${pair#*:}")
	fi
done
if [ ${#quiet[@]} -gt 0 ] && [ ! -e /usr/sbin/policy-rc.d ]; then
	policy=/usr/sbin/policy-rc.d
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
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
for service in "${quiet[@]}"; do
	update-rc.d "$service" disable >/dev/null
done
