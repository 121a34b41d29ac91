#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# agree.py over the corpus, and over the captures that lie beside the repository where there are
# any. Usage: agree.sh BLFRAME. Exit code 0, 1, or 77 without tshark and Scapy.

here=$(dirname "$0")
if ! type -p tshark >/dev/null || ! /usr/bin/python3 -c 'import scapy' 2>/dev/null; then
	echo "skipped: needs tshark and Scapy"
	exit 77
fi
export PYTHONDONTWRITEBYTECODE=1
shopt -s nullglob
exec /usr/bin/python3 "$here/agree.py" "$1" "$here"/../../../../shared/captures/*.pcap*
