# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the bridge tests share. BRIDGE=ovs puts Open vSwitch in Burstline's place, to see that the
# tests themselves are right: bridge_ovs.py sets it up from the same configuration.

BRIDGE=${BRIDGE-}
export BRIDGE

# start_bridges: the configuration is standard input; its taps stay in `dut`, and are up.
start_bridges()
{
	configure_burstline
	if [ "$BRIDGE" = ovs ]; then
		start_ovs
	else
		launch_burstline -c "$WORK/burstline.yaml"
	fi
	taps_up
}

start_ovs()
{
	export OVS_RUNDIR=$WORK
	ovsdb-tool create "$WORK/ovs.db" /usr/share/openvswitch/vswitch.ovsschema
	spawn ovsdb dut ovsdb-server "$WORK/ovs.db" "--remote=punix:$WORK/db.sock"
	await ovs-vsctl "--db=unix:$WORK/db.sock" --no-wait init
	spawn vswitchd dut ovs-vswitchd "unix:$WORK/db.sock" --disable-system
	"$SMOKE/bridge_ovs.py" "$WORK"
}

taps_up()
{
	local name
	sed -n 's/.*net_tap.*iface=\([a-z0-9]*\).*/\1/p' "$WORK/burstline.yaml" | while read -r name; do
		ip -n "$ID-dut" link set "$name" mtu 1600 up # room for tags
	done
}

# run_cases FILE [ARGUMENT...]
run_cases()
{
	# shellcheck disable=SC2154 # of lib.sh
	BURSTLINE_PID=$burstline_pid BURSTLINE_LOG=$WORK/stderr in_ns dut "$SMOKE/$1" "$INSTANCE" "${@:2}" || fail "$1"
}

stop_bridges()
{
	[ "$BRIDGE" = ovs ] || stop_burstline
}
