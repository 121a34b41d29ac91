#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Put Debian's kernel into FOLDER without installing it: `tests/qemu/kernel.sh FOLDER`. FOLDER gets
# `vmlinuz`, `release` and the modules that the guest loads; nothing happens when they are there.
set -eu -o pipefail

folder=$1
MODULES=(vfio-pci vfio_iommu_type1 virtio_pci virtio_net e1000e vmxnet3)

die()
{
	echo "qemu: $*" >&2
	exit 1
}

[ ! -f "$folder/release" ] || exit 0
command -v apt-get >/dev/null || die "no apt-get here: the guest's kernel is a Debian package"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The metapackage names the newest kernel of this Debian, as far as apt's lists know.
download()
{
	package=$(apt-cache depends linux-image-amd64 2>/dev/null |
		sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p')
	[ -n "$package" ] &&
		(cd "$work" && apt-get -q -o APT::Sandbox::User=root download "$package") >"$work/log" 2>&1
}

if ! download && ! { apt-get -q update >"$work/update" 2>&1 && download; }; then
	cat "$work"/update "$work"/log >&2 2>/dev/null || true
	die "apt-get could not download ${package:-linux-image-amd64}: is there a network and a Debian mirror?"
fi
dpkg -x "$work/$package"_*.deb "$work/kernel"
release=${package#linux-image-}
depmod -b "$work/kernel" "$release"

mkdir -p "$folder"
cp "$work/kernel/boot/vmlinuz-$release" "$folder/vmlinuz"
for module in "${MODULES[@]}"; do
	modprobe -d "$work/kernel" -S "$release" --show-depends "$module"
done | awk '$1 == "insmod" { print $2 }' | sort -u | while read -r path; do
	install -D -m 644 "$path" "$folder/modules/${path#*"/lib/modules/"}"
done
cp "$work/kernel/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} "$folder/modules/$release/"
echo "$release" >"$folder/release"
