#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The doctor says what of this machine is in the way, why that matters and what mends it, by text
# and by JSON that its schema describes; its exit code is by the worst finding; it starts nothing.
# Each class of failed starts that people report is made here, with namespaces, control groups, mounts
# and limits, and what is said to mend it is done, and it is well; tests/README.md says which is
# where. The start says the same. Conformance L20, L21, L36.

. "$(dirname "$0")/lib.sh"

SCHEMA=$ROOT/config/doctor.schema.json
CONFIG=$WORK/burstline.yaml
NOBODY=65534
PROGRAM=$BURSTLINE
looks=0

# configure DEVICE [KEYS [LINE...]]: one port, and a configuration's other lines
configure()
{
	printf '%s\n' "lcores: {control: $first, workers: [$last]}" \
		"ports: [{name: p, device: \"$1\"${2:+, $2}}]" "${@:3}" | configure_burstline
	chmod 644 "$WORK/burstline.yaml"
}

# look STATUS ID SEVERITY WHAT [COMMAND...]: the doctor, started by COMMAND in `dut`, ends with
# STATUS and has a finding of that kind and severity that says WHAT. ID -: none but info.
look()
{
	local wanted=$1 id=$2 severity=$3 what=$4 status=0
	shift 4
	looks=$((looks + 1))
	found=$WORK/found.$looks
	"${way[@]}" timeout 20 "$@" "$PROGRAM" --doctor -c "$CONFIG" -j "${force[@]}" \
		>"$found" 2>"$WORK/said" || status=$?
	[ ! -s "$WORK/said" ] || fail "it says $(cat "$WORK/said")"
	[ $status = "$wanted" ] || fail "$id $what: status $status, not $wanted: $(cat "$found")"
	[ "$id" = - ] || jq -e --arg id "$id" --arg severity "$severity" --arg what "$what" \
		'any(.[]; .id == $id and .severity == $severity and (.what | contains($what)))' \
		"$found" >/dev/null || fail "no $severity $id \"$what\": $(cat "$found")"
	[ "$id" = - ] || jq -r --arg id "$id" --arg severity "$severity" \
		'.[] | select(.id == $id and .severity == $severity) | "\(.id): \(.what): \(.mend)"' \
		"$found"
	mend=$(jq -r --arg id "$id" --arg severity "$severity" \
		'[.[] | select(.id == $id and .severity == $severity)][0].mend // ""' "$found")
}

# mend [COMMAND...]: runs the command of the last look's finding, by COMMAND.
mend()
{
	echo "  \$ $mend"
	"${way[@]}" "$@" sh -c "$mend" >/dev/null
}

# boxed SCRIPT: what a look is started by: SCRIPT, as root in a mount namespace, then $mend of the
# last finding if $mending is set
boxed()
{
	export MEND=${mending:+$mend}
	box=(unshare --mount sh -ec "$1; sh -c \"\$MEND\" 2>/dev/null; exec \"\$@\"" sh)
	[ -z "$MEND" ] || echo "  \$ $MEND"
}

without()
{
	echo setpriv --inh-caps=-all "--bounding-set=-$1"
}

force=()
first=$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')
last=$(taskset -pc $$ | sed 's/.*[-, ]//')
way=(ip netns exec "$ID-dut")
ip -n "$ID-dut" link add blb type veth peer name blc
ip netns add "$ID-far"
hosts+=(far)
# As in a container: both ends have the same number, each in its own namespace.
ip -n "$ID-dut" link add blx index 4242 type veth peer name eth0 index 4242 netns "$ID-far"
in_ns dut ethtool -K blc tx off >/dev/null
links=$(ip -n "$ID-dut" -o link show | wc -l)
TAP=net_tap0,iface=bl0

# A machine that suits, and the arithmetic.
configure $TAP
[ "$first" = "$last" ] || look 0 - info ""
jq -e 'any(.[]; .id == "hugepages" and
	(.what | test("MiB for pools .* = [0-9]+ pages of [0-9]+ KiB needed, [0-9]+ of [0-9]+ are free")))' \
	"$found" >/dev/null || fail "no arithmetic of hugepages: $(cat "$found")"
look 0 capabilities info "of user 0"

# Privilege, by name; a file's capabilities mend it for a normal user.
# shellcheck disable=SC2046 # words
look 1 capability error "needs capability net_admin" $(without net_admin)
mkdir "$WORK/own"
cp "$BURSTLINE" "$WORK/own/burstline"
chown -R $NOBODY "$WORK/own"
chmod 711 "$WORK"
# A normal user may not come to $WORK where it is.
srv=(unshare --mount sh -c 'mount --bind "$0" /srv && exec "$@"' "$WORK")
normal=("${srv[@]}" env RUNTIME_DIRECTORY=/srv/own setpriv --reuid "$NOBODY" --clear-groups --inh-caps=-all)
PROGRAM=/srv/own/burstline
CONFIG=/srv/burstline.yaml
printf '%s\n' "ports:" "  - {name: t, device: \"$TAP\"}" \
	"  - {name: p, device: \"net_af_packet0,iface=blb\"}" | configure_burstline
chmod 644 "$WORK/burstline.yaml"
look 1 capability error "port p: net_af_packet0,iface=blb needs capability net_raw" "${normal[@]}"
mend "${srv[@]}"
look 0 - info "" "${normal[@]}"
setcap -r "$WORK/own/burstline"
configure $TAP
look 1 tun error "cannot open /dev/net/tun: Permission denied" \
	unshare --mount sh -ec 'mount -t tmpfs none /dev/net; mknod -m 600 /dev/net/tun c 10 200
		exec "$@"' sh "${normal[@]}"
PROGRAM=$BURSTLINE
CONFIG=$WORK/burstline.yaml
boxed 'mount -t tmpfs none /dev/net'
look 1 tun error "cannot open /dev/net/tun: No such file" "${box[@]}"
mending=yes boxed 'mount -t tmpfs none /dev/net'
look 0 - info "" "${box[@]}"
configure net_af_packet0,iface=blb
# shellcheck disable=SC2046
look 1 capability error "needs capability net_raw" $(without net_raw)
# shellcheck disable=SC2046
look 1 memlock error "net_af_packet locks memory, 2048 KiB" prlimit --memlock=1048576 $(without ipc_lock)
configure net_af_xdp0,iface=blb
# shellcheck disable=SC2046
look 1 capability error "needs capability sys_admin" $(without sys_admin)
# shellcheck disable=SC2046
look 1 memlock error "only 64 KiB may be locked" prlimit --memlock=65536 $(without ipc_lock)
look 1 af-xdp error "no AF_XDP socket can be made" "$SMOKE/refuse_calls.py" 41:44 --
configure net_pcap0,iface=blb
# shellcheck disable=SC2046
look 1 capability error "needs capability net_raw" $(without net_raw)

# Files.
configure "net_vhost0,iface=$WORK/absent/sock"
look 1 socket error "no socket can be made in $WORK/absent: No such file"
mend
look 0 - info ""
mkdir "$WORK/absent/sock"
look 1 socket error "$WORK/absent/sock is there and is no socket"
mend
look 0 - info ""
configure $TAP
look 1 runtime-folder error "no file can be made in" \
	unshare --mount sh -c 'mount -t tmpfs -o ro none /run && exec "$@"' sh
# shellcheck disable=SC2016 # of that shell
look 0 - info "" sh -ec 'MEND=$1; shift; eval "$MEND"; "$@"; rmdir "$RUNTIME_DIRECTORY"' sh "$mend"
mkdir "$WORK/theirs"
touch "$WORK/theirs/$INSTANCE.lock"
chmod 777 "$WORK/theirs"
CONFIG=/srv/burstline.yaml
PROGRAM=/srv/own/burstline
look 1 runtime-folder error "$INSTANCE.lock cannot be locked: Permission denied" "${srv[@]}" \
	setpriv --reuid $NOBODY --clear-groups --inh-caps=+net_admin --ambient-caps=+net_admin \
	env RUNTIME_DIRECTORY=/srv/theirs
PROGRAM=$BURSTLINE
CONFIG=$WORK/burstline.yaml

# Devices that are not there, or are not for us.
configure net_af_packet0,iface=absent
look 1 interface error "interface absent does not exist here"
mend
look 3 tx-checksum warning "the other end of absent"
ip -n "$ID-dut" link delete absent
configure 0000:7f:1f.7
look 1 pci-device error "PCI device 0000:7f:1f.7 does not exist"
# A tree of sysfs, for want of the hardware; qemu has it, with the commands that mend it.
NIC='d=/sys/bus/pci/devices; mount -t tmpfs none $d; mkdir -p $d/0000:7f:1f.7;
	echo 0x020000 >$d/0000:7f:1f.7/class; ln -s ../../../bus/pci/drivers/'
boxed "$NIC"'e1000e $d/0000:7f:1f.7/driver'
look 1 pci-driver error "is bound to e1000e, but DPDK needs vfio-pci" "${box[@]}"
boxed "$NIC"'vfio-pci $d/0000:7f:1f.7/driver'
look 1 iommu error "has no IOMMU group" "${box[@]}"
boxed "$NIC"'vfio-pci $d/0000:7f:1f.7/driver; ln -s /x/7 $d/0000:7f:1f.7/iommu_group'
look 1 vfio error "cannot be had without /dev/vfio/vfio" "${box[@]}"

# Hugepages: none mounted, another user's, of a size; then as the command says.
NONE='umount -a -t hugetlbfs'
configure $TAP "" "memory: {hugepages: require}"
free=$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null || echo 0)
boxed "$NONE"
look 1 hugetlbfs error "no hugetlbfs of pages of" "${box[@]}"
if [ "$free" -ge 64 ]; then
	mending=yes boxed "$NONE; mount -t tmpfs none /mnt; cd /dev; mount -t tmpfs none /dev
		mkdir -m 755 /dev/net; mknod -m 666 /dev/net/tun c 10 200; mknod -m 666 /dev/null c 1 3"
	look 0 - info "" "${box[@]}"
	SMALL="$NONE; mount -t tmpfs none /mnt; mkdir /mnt/small
		mount -t hugetlbfs -o pagesize=2M,size=8M none /mnt/small"
	boxed "$SMALL"
	look 1 hugetlbfs error "the hugetlbfs at /mnt/small gives 8.0 MiB more (size=), and" "${box[@]}"
	mending=yes boxed "$SMALL"
	look 0 - info "" "${box[@]}"
	# Without `require` it starts, without them.
	configure $TAP
	boxed "$SMALL"
	"${way[@]}" "${box[@]}" "$BURSTLINE" --plan "$CONFIG" >"$WORK/plan"
	grep -q 'no hugepages are used: /mnt/small gives 8 MiB of hugepages more' "$WORK/plan" ||
		fail "the plan does not see the mount's size: $(cat "$WORK/plan")"
	configure net_memif0,role=server "" "memory: {hugepages: require}"
	THEIRS="$NONE; mount -t tmpfs -o mode=755 none /mnt; mkdir /mnt/theirs
		mount -t hugetlbfs -o pagesize=2M,mode=0700 none /mnt/theirs"
	boxed "$THEIRS"
	CONFIG=/srv/burstline.yaml
	PROGRAM=/srv/own/burstline
	look 1 hugetlbfs error "the hugetlbfs at /mnt/theirs is not for this process to write (user $NOBODY)" \
		"${box[@]}" "${normal[@]}"
	mending=yes boxed "$THEIRS"
	look 0 - info "" "${box[@]}" "${normal[@]}"
	PROGRAM=$BURSTLINE
	CONFIG=$WORK/burstline.yaml
else
	echo "hugetlbfs: not looked at, $free pages of 2048 KiB are free"
fi
# What a node has belongs to all: a node's files, for want of a second machine.
configure $TAP "" "memory: {hugepages: require}"
NODE=/sys/devices/system/node/node0/hugepages
FEW="$NONE; mount -t tmpfs none /mnt; mount -t hugetlbfs none /mnt; mount -t tmpfs none $NODE
	mkdir $NODE/hugepages-2048kB; cd $NODE/hugepages-2048kB; echo 2 >nr_hugepages; echo 1 >free_hugepages"
if [ -d $NODE/hugepages-2048kB ]; then
	boxed "$FEW"
	look 1 hugepages error "1 of 2 are free" "${box[@]}"
	mending=yes boxed "$FEW"
	box[4]=${box[4]/exec/'expr $(cat nr_hugepages) - 1 >free_hugepages; exec'}
	look 0 - info "" "${box[@]}"
fi

# CPUs, their isolation.
configure $TAP
if [ "$first" != "$last" ]; then
	look 1 cpuset error "CPU $last of lcores.workers is not among the CPUs" taskset -c "$first"
	look 0 isolation info "lcores that poll are on CPUs $last, which the kernel uses"
	boxed "echo $last >/run/isolated; mount --bind /run/isolated /sys/devices/system/cpu/isolated
		mount --bind /run/isolated /sys/devices/system/cpu/nohz_full; rm -f /run/isolated"
	if [ -e /sys/devices/system/cpu/nohz_full ]; then
		look 0 - info "" "${box[@]}"
		! grep -q '"isolation"' "$found" || fail "an isolated CPU is said to be none: $(cat "$found")"
	fi
fi

# Control groups. `ip netns exec` has a /sys of its own, without them.
way=(nsenter "--net=/run/netns/$ID-dut")

# in_group CONTROLLER FILE VALUE [FILE VALUE]...: files of version 1, then of version 2
in_group()
{
	local controller=$1
	shift
	group=/sys/fs/cgroup/$controller/$ID
	if ! mkdir "$group" 2>/dev/null; then
		group=/sys/fs/cgroup
		[ ! -e $group/unified ] || group=$group/unified
		grep -qsw "$controller" $group/cgroup.controllers &&
			echo "+$controller" >$group/cgroup.subtree_control && mkdir $group/"$ID" || {
			echo "$controller: not looked at here, no group can be made; unit/doctor has it"
			return 1
		} 2>/dev/null
		group=$group/$ID
	fi
	while [ $# -gt 0 ]; do
		[ ! -e "$group/$1" ] || echo "$2" >"$group/$1"
		shift 2
	done
	entering=(sh -ec 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' sh "$group")
}

if [ "$first" != "$last" ] && in_group cpuset cpuset.mems 0 cpuset.cpus "$first"; then
	look 1 cpuset error "CPU $last of lcores.workers is not among the CPUs" "${entering[@]}"
	echo "$first,$last" >"$group/cpuset.cpus"
	look 0 - info "" "${entering[@]}"
	rmdir "$group"
fi
if in_group cpu cpu.cfs_quota_us 50000 cpu.max "50000 100000"; then
	look 3 cpu-quota warning "may have the time of 0.5 CPUs" "${entering[@]}"
	rmdir "$group"
fi
configure $TAP "" "memory: {hugepages: never, mbufs: 65536}"
if in_group memory memory.limit_in_bytes 100M memory.max 100M; then
	look 1 memory error "the control group of this process may have 100" "${entering[@]}"
	rmdir "$group"
fi
configure $TAP
if in_group devices devices.deny "c 10:200 rwm"; then
	look 1 tun error "cannot open /dev/net/tun: Operation not permitted" "${entering[@]}"
	rmdir "$group"
fi
configure $TAP "" "memory: {hugepages: require}"
if [ "$free" -ge 64 ] && in_group hugetlb hugetlb.2MB.limit_in_bytes 8M hugetlb.2MB.max 8M; then
	boxed "$NONE; mount -t hugetlbfs none /mnt"
	look 1 hugepages error "the control group of this process may have 8.0 MiB of hugepages more" \
		"${entering[@]}" "${box[@]}"
	rmdir "$group"
fi
way=(ip netns exec "$ID-dut")

# MTU; unfinished checksums, and the command that ends them; tags.
configure net_af_packet0,iface=blb "mtu: 9000"
look 3 mtu warning "give the interface MTU 9000 before the start"
mend
ip -n "$ID-dut" link set dev blc mtu 9000
look 0 - info ""
configure net_af_packet0,iface=blb "mtu: 1500"
look 3 mtu warning "interface blb has MTU 9000, above the port's 1500"
mend
look 0 - info ""
ip -n "$ID-dut" link set dev blc mtu 1500
configure net_af_packet0,iface=blb
in_ns dut ethtool -K blc tx on >/dev/null
look 3 tx-checksum warning "blc, the other end of blb, leaves checksums to its device"
mend
look 0 - info ""
configure net_af_packet0,iface=blx
look 0 tx-checksum info "the other end of blx is in another namespace"
configure net_af_packet0,iface=blb reflect:\ true
look 3 tags warning "its device gives every outer tag back as 0x8100"

# Addresses of the kernel's, and the machine's own way out.
configure net_af_packet0,iface=blb
ip -n "$ID-dut" link set blb up
ip -n "$ID-dut" link set blc up
ip -n "$ID-dut" address add 192.0.2.5/24 dev blb
look 3 kernel-address warning "blb has addresses of the kernel's"
mend
look 0 - info ""
ip -n "$ID-dut" address add 192.0.2.5/24 dev blb
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
	select(.severity == "warning")] | length' "$found")" ] ||
	fail "the start: $status: $(cat "$WORK/stderr")"
check_gone
[ "$(ip -n "$ID-dut" -o link show | wc -l)" = "$links" ] || fail "an interface is left"

# A start goes on with warnings, each once; where nothing is wrong it says none. The kernel refuses
# what containers' profiles do: memory policies (mbind, set_mempolicy, get_mempolicy).
ip -n "$ID-dut" address flush dev blb
MEMIF="net_memif1,role=server,socket=$WORK/own/memif.sock,socket-abstract=no"
# starts WARNINGS
starts()
{
	printf '%s\n' "lcores: {control: $first, workers: [$last]}" "memory: {hugepages: never}" "ports:" \
		"  - {name: p, device: \"net_af_packet0,iface=blb\"}" "  - {name: m, device: \"$MEMIF\"}" |
		configure_burstline
	rm -f "$WORK/stderr"
	ip netns exec "$ID-dut" "$SMOKE/refuse_calls.py" 237 238 239 -- \
		"$BURSTLINE" --ledger "$LEDGER" -c "$CONFIG" >"$WORK/stdout" 2>"$WORK/stderr" </dev/null &
	burstline_pid=$!
	await -t 30 burstline_settled
	grep -q '^burstline: ready' "$WORK/stderr" || fail "it does not start: $(cat "$WORK/stderr")"
	[ "$(grep -c '^burstline: \(warning\|error\): ' "$WORK/stderr")" = "$1" ] ||
		fail "not $1 warnings: $(cat "$WORK/stderr")"
	! grep -v '^burstline: ' "$WORK/stderr" || fail "others write to standard error"
}

[ "$first" = "$last" ] || starts 0
# While it runs: its name, its socket.
cp "$CONFIG" "$WORK/running.yaml"
if [ "$first" != "$last" ]; then
	look 1 instance error "an instance named $INSTANCE is running already"
	[[ $mend = *"process $burstline_pid)"* ]] || fail "not process $burstline_pid: $mend"
	sed "s/^name:.*/name: $INSTANCE-2/" "$WORK/running.yaml" >"$CONFIG"
	look 1 socket error "port m: another process serves $WORK/own/memif.sock"
	# Killed, it leaves its lock and its socket: neither is in the way.
	kill -KILL "$burstline_pid"
	wait "$burstline_pid" 2>/dev/null || true
	burstline_pid=
	[ -S "$WORK/own/memif.sock" ] && [ -e "/run/burstline/$INSTANCE.lock" ] || fail "nothing is stale"
	cp "$WORK/running.yaml" "$CONFIG"
	look 0 - info ""
	in_ns dut ethtool -K blc tx on >/dev/null
	look 3 tx-checksum warning "leaves checksums" >/dev/null
	starts 1
	grep '^burstline: warning: ' "$WORK/stderr"
	stop_burstline
fi

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

# What was printed, all of it, is as the schema says.
instances=()
for found in "$WORK"/found.*; do
	instances+=(-i "$found")
done
/usr/bin/python3 -m jsonschema "${instances[@]}" "$SCHEMA" 2>"$WORK/schema" ||
	fail "not as its schema says: $(cat "$WORK/schema")"
echo "L20 L21 L36: $looks looks, each as the schema says"
