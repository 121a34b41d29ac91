#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Who may include and call what. A row: folder; the lib folders that it may include, besides its
# own; the headers in <> that are neither libc's nor the kernel's (extended regular expressions).

. "$(dirname "$0")/files.sh"

# Header-only parts of DPDK: nothing of them needs to be linked or started.
PLAIN_RTE='rte_(common|byteorder|ether|arp|ip|icmp|branch_prediction|prefetch|memcpy|compat)\.h'

LIB_ROWS="
base     -                  $PLAIN_RTE|rte_cycles\\.h
capture  -                  none
wire     -                  $PLAIN_RTE|rte_(mbuf|net_crc|vect|log)\\.h
handoff  base               rte_.*\\.h
steer    base|wire|handoff  rte_.*\\.h
neigh    base|wire          rte_.*\\.h
bridge   base|wire|steer    rte_.*\\.h
conf     -                  cyaml/cyaml\\.h|yaml\\.h
"

# Nothing of lib knows devices, EAL's start or these.
LIB_NEVER='rte_(ethdev.*|eal|bus.*|dev|telemetry|launch)\.h'

# Files of app that know devices, start EAL, make rings and pools.
ETHDEV_FILES='app/burstline/port.c app/burstline/port_device.c app/burstline/hotplug.c'
ETHDEV_FILES+=' app/burstline/worker.c'
EAL_START_FILES='app/burstline/eal.c'
MAKER_FILES='app/burstline/build.c app/burstline/lane_build.c app/burstline/explain_build.c'

HANDLER_OWN='(base|wire|handoff|steer|neigh|bridge)/.*|handler\.h'
HANDLER_NEVER='rte_(ethdev.*|eal|bus.*|dev|telemetry|launch)\.h'

# includes FILE QUOTE: line:name of what it includes, QUOTE being '"' or '<'.
includes()
{
	sed -n "s/^#[ \t]*include ${2/</[<]}\([^\">]*\).*/\1/p;" "$1"
}

forbid() # FILE NAME WHY
{
	violation "$1:$(grep -nF "$2" "$1" | head -n 1 | cut -d : -f 1)" "$2: $3"
}

in_list()
{
	[[ " $2 " == *" $1 "* ]]
}

third_party='^(rte_.*|cyaml/.*|yaml\.h|jansson\.h|libmnl/.*|pcap.*|numa.*|cap-ng\.h|microhttpd\.h)$'

check_lib()
{
	local file=$1 module=$2 may=$3 outside=$4 name
	while read -r name; do
		[[ $name != */* || $name =~ ^($module|$may)/ ]] ||
			forbid "$file" "$name" "lib/$module may include ${may/#-/nothing of ours}"
		[ -e "lib/$name" ] || [ -e "$(dirname "$file")/$name" ] ||
			forbid "$file" "$name" "not a header of lib"
	done < <(includes "$file" '"')
	while read -r name; do
		if [[ $name =~ ^($LIB_NEVER)$ ]]; then
			forbid "$file" "$name" "lib knows no devices and starts nothing"
		elif [[ $name =~ $third_party && ! $name =~ ^($outside)$ ]]; then
			forbid "$file" "$name" "not for lib/$module"
		fi
	done < <(includes "$file" '<')
}

while read -r file; do
	module=$(cut -d / -f 2 <<<"$file")
	row=$(grep "^$module " <<<"$LIB_ROWS") || row=
	if [ -z "$row" ]; then
		violation "$file" "lib/$module has no row in tests/lint/layering.sh"
		continue
	fi
	read -r _ may outside <<<"$row"
	check_lib "$file" "$module" "$may" "$outside"
done < <(all_files 'lib/*.c' 'lib/*.h')

while read -r file; do
	own=$(basename "${file%.[ch]}") # arp_own.c and arp.c are one handler's
	own=${own%%_*}
	while read -r name; do
		[[ $name =~ ^($HANDLER_OWN)$ ]] ||
			[[ $name =~ ^${own}(_[a-z_]+)?\.h$ && -e $(dirname "$file")/$name ]] ||
			forbid "$file" "$name" "a handler includes lib, handler.h and headers of its own"
	done < <(includes "$file" '"')
	while read -r name; do
		[[ ! $name =~ ^($HANDLER_NEVER)$ ]] ||
			forbid "$file" "$name" "a handler knows no devices and starts nothing"
	done < <(includes "$file" '<')
done < <(all_files 'app/burstline/handlers/*.c' 'app/burstline/handlers/*.h')

# only_in FILES PATTERN WHY: PATTERN stands in no other file of app and lib.
only_in()
{
	local file line
	while read -r file; do
		! in_list "$file" "$1" || continue
		while IFS=: read -r line _; do
			violation "$file:$line" "$3"
		done < <(awk -f "$AWK/source.awk" -f "$AWK/code.awk" "$file" | grep -nE "$2")
	done < <(all_files 'app/*.c' 'app/*.h' 'lib/*.c' 'lib/*.h')
}

only_in "$ETHDEV_FILES" '^#[ 	]*include <rte_(ethdev|eth_).*>' "only $ETHDEV_FILES know devices"
only_in "$EAL_START_FILES" '(^|[^[:alnum:]_])rte_eal_(init|cleanup)[ ]*\(' \
	"only $EAL_START_FILES starts EAL"
only_in "$MAKER_FILES" \
	'(^|[^[:alnum:]_])rte_(ring_create|ring_init|pktmbuf_pool_create|mempool_create)[a-z_]*[ ]*\(' \
	"only $MAKER_FILES makes rings and pools"

verdict
