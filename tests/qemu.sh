#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Burstline on PCI devices, in a guest of QEMU without KVM: `sudo tests/qemu.sh`. Part of
# tests/run.sh; `tests/qemu.sh fetch` only gets the guest's kernel, which needs a network.
#
# The guest is Debian's kernel and an initramfs of this machine's programs (qemu/initramfs.sh). Its
# NICs are joined to taps in a network namespace of this script (qemu/machine.py has the picture).
# BUILD is the folder of the programs.
set -eu -o pipefail

ROOT=$(cd "$(dirname "$0")/.." && pwd)
BUILD=${BUILD:-$ROOT/build}
KERNEL=$ROOT/build-qemu

die()
{
	echo "qemu: $*" >&2
	exit 1
}

[ "$(uname -m)" = x86_64 ] || die "the guest is an amd64 one, this machine is $(uname -m)"
"$ROOT/tests/qemu/kernel.sh" "$KERNEL"
[ "${1-}" != fetch ] || exit 0

[ "$(id -u)" = 0 ] || die "not root: the guest's NICs need taps in a network namespace"
[ -x "$BUILD/app/burstline" ] || die "no $BUILD/app/burstline: build it first (README)"
command -v qemu-system-x86_64 >/dev/null || die "no QEMU: app/install.sh test"
[ -c /dev/net/tun ] || die "no /dev/net/tun: modprobe tun"
if [ -z "${BURSTLINE_QEMU-}" ]; then
	BURSTLINE_QEMU=1 exec unshare --net --pid --fork --kill-child --mount-proc -- "$0"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ip link set lo up
sysctl -q -w net.ipv6.conf.default.disable_ipv6=1 2>/dev/null || true
"$ROOT/tests/qemu/initramfs.sh" "$KERNEL" "$BUILD" "$work/initramfs"
/usr/bin/python3 "$ROOT/tests/qemu/pci_cases.py" "$KERNEL" "$work/initramfs" "$work"
