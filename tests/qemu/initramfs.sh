#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The guest's only file system: `tests/qemu/initramfs.sh KERNEL_FOLDER BUILD_FOLDER OUTPUT`. Made
# of this machine's own programs and libraries, busybox, and Burstline with the drivers it needs.
set -eu -o pipefail

kernel=$1 build=$2 output=$3
here=$(cd "$(dirname "$0")" && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

DRIVERS=(bus_pci bus_vdev mempool_ring net_virtio net_vmxnet3 net_e1000 net_tap net_null)
lib=usr/lib/$(gcc -print-multiarch)
pmds=$(echo "/$lib"/dpdk/pmds-*)

mkdir -p "$root"/{dev,proc,sys,run,tmp,etc,qemu,usr/bin,usr/sbin,usr/lib64,"$lib","${pmds#/}"}
mkdir -p "$root"/usr/lib/modules "$root"/dev/hugepages
ln -s usr/bin "$root/bin"
ln -s usr/sbin "$root/sbin"
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"
ln -s /run "$root/var"
ln -s . "$root/run/run"

# One copy of each library under its own name, or a driver's copy registers its tailqs twice.
libraries()
{
	ldd "$@" | awk '$2 == "=>" { print $3 } $1 ~ /^\/.*ld-linux/ { print $1 }' | sort -u |
		while read -r path; do
			case $path in
			*/ld-linux*) install -m 755 "$path" "$root/usr/lib64/" ;;
			*) [ -e "$root/$lib/${path##*/}" ] || install -m 755 "$path" "$root/$lib/" ;;
			esac
		done
}

for program in "$build/app/burstline" "$(readlink -f /usr/bin/python3)"; do
	install -m 755 "$program" "$root/usr/bin/"
	libraries "$program"
done
ln -s "$(basename "$(readlink -f /usr/bin/python3)")" "$root/usr/bin/python3"
install -m 755 "/$lib/libgcc_s.so.1" "$root/$lib/" # pthread_cancel() opens it
# EAL loads what ends in .so here, and what those need is found by its soname beside the others.
for driver in "${DRIVERS[@]}"; do
	libraries "$pmds/librte_$driver.so"
	soname=$(basename "$(echo "$pmds/librte_$driver".so.??)")
	[ -e "$root/$lib/$soname" ] || install -m 755 "$pmds/$soname" "$root/$lib/"
	ln -s "../../$soname" "$root/${pmds#/}/librte_$driver.so"
done

# The real modprobe, and a shell that uses it: busybox's knows no soft dependencies, by which vfio
# brings vfio_iommu_type1.
install -m 755 "$(readlink -f /bin/kmod)" "$root/usr/bin/modprobe"
ln -s ../bin/modprobe "$root/usr/sbin/modprobe" # where the kernel looks for it
install -m 755 "$(readlink -f /bin/dash)" "$root/usr/bin/sh"
libraries "$(readlink -f /bin/kmod)"

# What Burstline's sentences tell the user to run.
install -m 755 "$(command -v dpdk-devbind.py)" "$(command -v lspci)" "$root/usr/bin/"
libraries "$(command -v lspci)"

python=$(python3 -c 'import sys; print("usr/lib/python%d.%d" % sys.version_info[:2])')
(cd / && find "$python" -maxdepth 1 -name '*.py'
	cd / && find "$python"/{json,encodings,collections,re,importlib} -name '*.py'
	cd / && find "$python"/lib-dynload -name 'termios*' -o -name '_json*') |
	(cd / && cpio -pdm --quiet "$root")

install -m 755 "$(command -v busybox)" "$root/usr/bin/busybox"
cp -r "$kernel/modules/." "$root/usr/lib/modules/"
depmod -b "$root" "$(cat "$kernel/release")"
install -m 755 "$here/init" "$root/init"
cp "$here/agent.py" "$here/../smoke/telemetry.py" "$root/qemu/"
cp -r "$here/../../config" "$root/qemu/"
mkdir -p "$root/qemu/build/app" # where README calls it
ln -s /usr/bin/burstline "$root/qemu/build/app/burstline"
(cd "$root" && find . | cpio -o -H newc --quiet) >"$output"
