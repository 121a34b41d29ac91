#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The doctor says what of this machine is in the way, why that matters and what mends it, by text
# and by JSON that its schema describes; its exit code is by the worst finding; it starts nothing.
# Each class of failed starts that people report (users ask: hugepages, CPU sets, privilege, devices,
# routes, MTU, checksums) is made here; what needs another machine is in unit/doctor and
# unit/preflight, PCI devices are in qemu. Conformance L20, L21, L36.

. "$(dirname "$0")/lib.sh"

SCHEMA=$ROOT/config/doctor.schema.json
CONFIG=$WORK/burstline.yaml

# configure DEVICE [KEY...]: one port
configure()
{
	printf '%s\n' "lcores: {control: $first, workers: [$last]}" \
		"ports: [{name: p, device: \"$1\"${2:+, $2}}]" "${@:3}" | configure_burstline
}

# look STATUS ID SEVERITY WHAT [COMMAND...]: the doctor, started by COMMAND in `dut`, ends with
# STATUS and has a finding of that kind and severity that says WHAT. ID -: none but info.
look()
{
	local wanted=$1 id=$2 severity=$3 what=$4 status=0
	shift 4
	in_ns dut timeout 20 "$@" "$BURSTLINE" --doctor -c "$CONFIG" -j "${force[@]}" \
		>"$WORK/found" 2>"$WORK/stderr" || status=$?
	[ ! -s "$WORK/stderr" ] || fail "it says $(cat "$WORK/stderr")"
	[ $status = "$wanted" ] || fail "$id $what: status $status, not $wanted: $(cat "$WORK/found")"
	/usr/bin/python3 -m jsonschema -i "$WORK/found" "$SCHEMA" 2>"$WORK/schema" ||
		fail "not as its schema says: $(cat "$WORK/schema")"
	[ "$id" = - ] || jq -e --arg id "$id" --arg severity "$severity" --arg what "$what" \
		'any(.[]; .id == $id and .severity == $severity and (.what | contains($what)))' \
		"$WORK/found" >/dev/null || fail "no $severity $id \"$what\": $(cat "$WORK/found")"
	[ "$(ip -n "$ID-dut" -o link show | wc -l)" = "$links" ] || fail "an interface is left"
	check_gone
	[ "$id" = - ] || jq -r --arg id "$id" --arg severity "$severity" \
		'.[] | select(.id == $id and .severity == $severity) | "\(.id): \(.what): \(.mend)"' \
		"$WORK/found"
}

# mend ID: runs the command of the last look's finding.
mend()
{
	in_ns dut sh -c "$(jq -r --arg id "$1" '[.[] | select(.id == $id)][0].mend' "$WORK/found")"
}

without()
{
	echo setpriv --inh-caps=-all "--bounding-set=-$1"
}

force=()
first=$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')
last=$(taskset -pc $$ | sed 's/.*[-, ]//')
ip -n "$ID-dut" link add blb type veth peer name blc
ip netns add "$ID-far"
hosts+=(far)
ip -n "$ID-dut" link add blx type veth peer name eth0 netns "$ID-far"
in_ns dut ethtool -K blc tx off >/dev/null
links=$(ip -n "$ID-dut" -o link show | wc -l)
TAP=net_tap0,iface=bl0

# A machine that suits, and the arithmetic.
configure $TAP
[ "$first" = "$last" ] || look 0 - info ""
jq -e 'any(.[]; .id == "hugepages" and
	(.what | test("MiB for pools .* = [0-9]+ pages of [0-9]+ KiB needed, [0-9]+ of [0-9]+ are free")))' \
	"$WORK/found" >/dev/null || fail "no arithmetic of hugepages: $(cat "$WORK/found")"
look 0 capabilities info "of user 0"

# Privilege, by name; devices that a container lacks.
# shellcheck disable=SC2046 # words
look 1 capability error "needs capability net_admin" $(without net_admin)
look 1 tun error "cannot open /dev/net/tun: No such file" \
	unshare --mount sh -c 'mount -t tmpfs none /dev/net && exec "$@"' sh
configure net_af_packet0,iface=blb
# shellcheck disable=SC2046
look 1 capability error "needs capability net_raw" $(without net_raw)
configure net_af_xdp0,iface=blb
# shellcheck disable=SC2046
look 1 capability error "needs capability sys_admin" $(without sys_admin)
# shellcheck disable=SC2046
look 1 memlock error "only 64 KiB may be locked" prlimit --memlock=65536 $(without ipc_lock)
configure "net_vhost0,iface=$WORK/absent/sock"
look 1 socket error "no socket can be made in $WORK/absent: No such file"
look 1 runtime-folder error "no file can be made in" \
	unshare --mount sh -c 'mount -t tmpfs -o ro none /run && exec "$@"' sh

# Devices that are not there.
configure net_af_packet0,iface=absent
look 1 interface error "interface absent does not exist here"
configure 0000:7f:1f.7
look 1 pci-device error "PCI device 0000:7f:1f.7 does not exist"

# Hugepages, CPUs.
configure $TAP "" "memory: {hugepages: require}"
look 1 hugetlbfs error "no hugetlbfs is mounted" \
	unshare --mount sh -c 'umount -a -t hugetlbfs; exec "$@"' sh
configure $TAP
[ "$first" = "$last" ] || look 1 cpuset error "CPU $last of lcores.workers is not among the CPUs" \
	taskset -c "$first"

# MTU; unfinished checksums, and the command that ends them.
configure net_af_packet0,iface=blb "mtu: 9000"
look 3 mtu warning "give the interface MTU 9000 before the start"
mend mtu
ip -n "$ID-dut" link set dev blc mtu 9000
look 0 - info ""
ip -n "$ID-dut" link set dev blc mtu 1500
ip -n "$ID-dut" link set dev blb mtu 1500
configure net_af_packet0,iface=blb
look 0 - info ""
in_ns dut ethtool -K blc tx on >/dev/null
look 3 tx-checksum warning "blc, the other end of blb, leaves checksums to its device"
mend tx-checksum >/dev/null
look 0 - info ""
configure net_af_packet0,iface=blx
look 0 tx-checksum info "the other end of blx is in another namespace"

# Addresses of the kernel's, and the machine's own way out.
configure net_af_packet0,iface=blb
ip -n "$ID-dut" link set blb up
ip -n "$ID-dut" link set blc up
ip -n "$ID-dut" address add 192.0.2.5/24 dev blb
look 3 kernel-address warning "blb has addresses of the kernel's"
ip -n "$ID-dut" route add default via 192.0.2.1 dev blb
look 1 default-route error "the default route of this machine goes through blb"
force=(--force)
look 3 default-route info "the default route of this machine goes through blb"
force=()
look 1 default-route error "goes through blb" >/dev/null

# For people: worst first, what, why and what mends it.
in_ns dut "$BURSTLINE" --doctor -c "$CONFIG" >"$WORK/text" || true
head -n 1 "$WORK/text" | grep -q '^error .*default-route: ' || fail "worst is not first: $(cat "$WORK/text")"
grep -q '^ *why:  whoever reaches' "$WORK/text" && grep -q '^ *mend: choose another' "$WORK/text" ||
	fail "no why, no mend: $(cat "$WORK/text")"
tail -n 1 "$WORK/text" | grep -q '^[1-9] error.*, [0-9] warning' || fail "no sum: $(cat "$WORK/text")"

# The start says errors, each in a line, and warnings.
status=0
in_ns dut timeout 20 "$BURSTLINE" -c "$CONFIG" 2>"$WORK/stderr" || status=$?
[ $status = 1 ] && [ "$(grep -c '^burstline: error: ' "$WORK/stderr")" = 1 ] &&
	[ "$(grep -c '^burstline: warning: ' "$WORK/stderr")" = "$(jq '[.[] |
	select(.severity == "warning")] | length' "$WORK/found")" ] ||
	fail "the start: $status: $(cat "$WORK/stderr")"

# wrong ARGUMENT...: exit code 2, nothing on standard output.
wrong()
{
	local status=0
	in_ns dut "$BURSTLINE" "$@" >"$WORK/stdout" 2>"$WORK/stderr" || status=$?
	[ $status = 2 ] && [ ! -s "$WORK/stdout" ] && [ -s "$WORK/stderr" ] ||
		fail "$*: $status: $(cat "$WORK/stdout" "$WORK/stderr")"
}

wrong --doctor -c "$WORK/absent.yaml"
wrong -j
configure $TAP 'mac: "01:00:5e:00:00:01"'
wrong --doctor -c "$CONFIG"
