#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Put Debian's prometheus and promtool into FOLDER without installing them, for no service may start:
# `tests/smoke/prometheus.sh FOLDER`. Nothing happens when they are there.
set -eu -o pipefail

folder=$1
[ ! -x "$folder/promtool" ] || exit 0

die()
{
	echo "prometheus: $*" >&2
	exit 1
}

command -v apt-get >/dev/null || die "no apt-get here: it is a Debian package"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

download()
{
	(cd "$work" && apt-get -q -o APT::Sandbox::User=root download prometheus) >"$work/log" 2>&1
}

if ! download && ! { apt-get -q update >"$work/update" 2>&1 && download; }; then
	cat "$work"/update "$work"/log >&2 2>/dev/null || true
	die "apt-get could not download it: is there a network and a Debian mirror?"
fi
dpkg -x "$work"/prometheus_*.deb "$work/unpacked"
mkdir -p "$folder"
cp "$work/unpacked/usr/bin/prometheus" "$folder/prometheus"
cp "$work/unpacked/usr/bin/promtool" "$folder/promtool"
