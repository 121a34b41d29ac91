#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Live changes of which each is common, and their order is not.

. "$(dirname "$0")/lib.sh"
. "$SMOKE/live.sh"

cpus=$(taskset -pc $$ | sed 's/.*: //')
control=${cpus%%[-,]*}

# change WORDS MORE: to these ports, and this
m=""
change()
{
	cat >"$WORK/next.yaml" <<-END
		name: $INSTANCE
		memory: {hugepages: never}
		lcores: {control: $control}
		ports:
		  - {name: a, device: "net_null0,no-rx=1"}
		  - {name: b, device: "net_null1,no-rx=1"}
		  - {name: m, device: "net_memif0,role=server,socket=$WORK/m.sock,socket-abstract=no"$m}
		$2
	END
	[ -n "$burstline_pid" ] || launch_burstline -c "$WORK/next.yaml"
	apply "$WORK/next.yaml" || fail "$1: $(cat "$WORK/said")"
	ctl diff "$WORK/next.yaml" || fail "$1: not the state of the file"
	echo "$1"
}

# A lane that comes when there are no bridges any more: what lanes tell of bridges is read at the
# end, too.
change "a bridge" "bridges: [{name: br, members: [{port: a}, {port: b}]}]"
change "it goes" ""
change "a thread for a handler comes" "handlers: [{name: echo, place: own}]"

# The driver makes another address up whenever it opens the port, and sets none.
m=', promiscuous: false'
change "a memif need not be promiscuous" ""
m=', promiscuous: false, mtu: 1400'
change "another MTU there" ""
stop_burstline
