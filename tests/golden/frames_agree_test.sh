#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# frames/agree.py over the corpus, and over the captures that lie beside the repository where there
# are any. Skips without tshark and Scapy.

set -eu -o pipefail
shopt -s nullglob

here=$(dirname "$0")
if ! type -p tshark >/dev/null || ! /usr/bin/python3 -c 'import scapy' 2>/dev/null; then
	echo "skipped: needs tshark and Scapy"
	exit 77
fi
export PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 "$here/frames/agree.py" "${BUILD:-$here/../../build}/app/blframe" \
	"$here"/../../../shared/captures/*.pcap*
