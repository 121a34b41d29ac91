#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# asan: no, what counts are the answers of the kernel
# The program runs as config/burstline@.service says, whose capabilities are read from the file:
# a normal user, these and no others, no new privileges, a read-only root, files in
# RUNTIME_DIRECTORY only. Devices that went come back; hugepages of a mount of this user's own are
# used; the service manager hears READY, WATCHDOG while control and workers go on, and STOPPING. As
# root it gives up what it does not need. Conformance L21.
# limit: 90 s

. "$(dirname "$0")/lib.sh"

UNIT=$ROOT/config/burstline@.service
PROGRAM=$BURSTLINE
NOBODY=65534
BOX=$WORK/box # what the program sees as /mnt
NOTIFIED=$WORK/notified

# of_unit KEY
of_unit()
{
	sed -n "s/^$1=//p" "$UNIT" | tail -n 1
}

# caps KEY: as setpriv wants them
caps()
{
	of_unit "$1" | tr ' ' '\n' | sed 's/^CAP_/+/' | tr 'A-Z\n' 'a-z,' | sed 's/,$//; s/^/-all,/'
}

# mask KEY: as /proc shows them
mask()
{
	local cap bits=0
	for cap in $(of_unit "$1"); do
		case $cap in
		CAP_NET_ADMIN) bits=$((bits | 1 << 12)) ;;
		CAP_NET_RAW) bits=$((bits | 1 << 13)) ;;
		*) fail "the unit has $cap, which this test does not know" ;;
		esac
	done
	printf '%016x\n' $bits
}

# In a mount namespace: nothing can be written but the runtime folder.
cat >"$WORK/enter" <<'END_OF_FILE'
set -e
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/run
cp "$BOX/burstline" "$BOX/burstline.yaml" /mnt
if [ -e "$BOX/huge" ]; then
	mkdir /mnt/huge
	mount -t hugetlbfs -o pagesize=2M,uid=$NOBODY,mode=0700 none /mnt/huge
fi
mount --bind "$BOX/run" /mnt/run
[ ! -e "$BOX/caps" ] || setcap "$(cat "$BOX/caps")" /mnt/burstline
awk '{ print $2 }' /proc/mounts | while read -r folder; do
	case $folder in
	/proc | /proc/* | /dev | /dev/* | /mnt/huge | /mnt/run) ;;
	*) mount -o remount,bind,ro "$folder" 2>/dev/null || true ;;
	esac
done
export WATCHDOG_PID=$$
exec "$@"
END_OF_FILE

# As the unit says.
privilege=(--no-new-privs --inh-caps="$(caps AmbientCapabilities)"
	--ambient-caps="$(caps AmbientCapabilities)" --bounding-set="$(caps CapabilityBoundingSet)")

# start_boxed: the configuration is standard input.
start_boxed()
{
	rm -rf "$BOX" "$NOTIFIED" "$WORK/stderr"
	mkdir -p "$BOX/run"
	[ -z "${HUGE-}" ] || touch "$BOX/huge"
	[ -z "${FILE_CAPS-}" ] || echo "$FILE_CAPS" >"$BOX/caps"
	configure_burstline
	cp "$WORK/burstline.yaml" "$BOX"
	cp "$PROGRAM" "$BOX/burstline"
	chmod 644 "$BOX/burstline.yaml"
	chown $NOBODY "$BOX/run"
	spawn notified dut "$SMOKE/notify_listen.py" "$BOX/run/notify"
	await grep -q listening "$NOTIFIED"
	env BOX="$BOX" NOBODY=$NOBODY RUNTIME_DIRECTORY=/mnt/run:/mnt/second NOTIFY_SOCKET=/mnt/run/notify \
		WATCHDOG_USEC=1000000 ip netns exec "$ID-dut" \
		unshare --mount --propagation private sh "$WORK/enter" \
		setpriv --reuid $NOBODY --regid $NOBODY --clear-groups "${privilege[@]}" \
		/mnt/burstline -c /mnt/burstline.yaml --ledger /mnt/run/ledger.json \
		>"$WORK/stdout" 2>"$WORK/stderr" </dev/null &
	burstline_pid=$!
	LEDGER=$BOX/run/ledger.json
	await -t 20 burstline_settled
	await notified READY=1
}

# notified STATE
notified()
{
	grep -q "$1" "$NOTIFIED"
}

stop_boxed()
{
	stop_burstline
	await notified STOPPING=1
	left=$(find "$BOX/run" -mindepth 1 ! -name ledger.json ! -name notify)
	[ -z "$left" ] || fail "left in RUNTIME_DIRECTORY: $left"
	end_background
}

# each_thread FIELD VALUE
each_thread()
{
	local other
	other=$(awk -v field="$1:" -v value="$2" '$1 == field && $2 != value { print FILENAME, $0 }' \
		/proc/"$burstline_pid"/task/*/status)
	[ -z "$other" ] || fail "$1 is not $2: $other"
}

reaches() # the other may have a new address
{
	ip -n "$ID-$1" neighbour flush all
	in_ns "$1" ping -c 1 -W 1 "$2"
}

make_veth_host b blb 192.0.2.2/24
start_boxed <<'END_OF_FILE'
memory: {hugepages: never}
ports:
  - {name: t, device: "net_tap0,iface=bl0"}
  - {name: v, device: "net_af_packet0,iface=blb"}
  - {name: m, device: "net_memif0,role=server,socket=/mnt/run/memif.sock,socket-abstract=no"}
wires: [[t, v]]
END_OF_FILE
make_tap_host a bl0 192.0.2.1/24
await reaches a 192.0.2.2

for field in CapPrm CapEff; do
	each_thread $field "$(mask AmbientCapabilities)"
done
each_thread CapBnd "$(mask CapabilityBoundingSet)"
each_thread NoNewPrivs 1
each_thread Uid $NOBODY
awk '$5 == "/" { root = $6 } END { exit root !~ /^ro/ }' "/proc/$burstline_pid/mountinfo" ||
	fail "the root can be written"
echo "L21: $(ls "/proc/$burstline_pid/task" | wc -l) threads of user $NOBODY with" \
	"$(of_unit AmbientCapabilities), root read-only"

# Devices that return are opened with what is left.
ip -n "$ID-dut" link delete blb
await grep -q 'port v: interface blb was deleted' "$WORK/stderr"
ip link add name blb netns "$ID-dut" type veth peer name eth0 netns "$ID-b"
in_ns b ethtool -K eth0 tx off >/dev/null
ip -n "$ID-dut" link set blb arp off up
host_up b eth0 192.0.2.2/24
await reaches a 192.0.2.2
ip -n "$ID-a" link delete bl0
await -t 10 ip -n "$ID-dut" link show bl0
ip -n "$ID-dut" link set bl0 netns "$ID-a"
host_up a bl0 192.0.2.1/24
await -t 10 reaches a 192.0.2.2
stop_boxed

# The watchdog: not fed while a worker stands still, fed while only a thread of its own does.
PROGRAM=${BUILD:-$ROOT/build}/tests/smoke/burstline_slow
fed()
{
	grep -c WATCHDOG=1 "$NOTIFIED"
}

fed_more()
{
	[ "$(fed)" -gt "$1" ]
}

# longest_pause: between two of them, ms
longest_pause()
{
	awk '/WATCHDOG=1/ { if (last && $1 - last > most) most = $1 - last; last = $1 }
		END { print most + 0 }' "$NOTIFIED"
}

# hang TENTHS: a frame for the handler that does not return for so long
hang()
{
	in_ns c "${BUILD:-$ROOT/build}/app/blframe" send bl0 --ethertype 0x88b7 \
		--hex "$(printf %02x "$1")"
}

for place in own inline; do
	start_boxed <<END_OF_FILE
memory: {hugepages: never}
ports: [{name: t, device: "net_tap0,iface=bl0"}]
handlers: [{name: hang, place: $place}]
END_OF_FILE
	make_tap_host c bl0
	await -t 10 fed_more 1
	tenths=30
	[ $place = inline ] || tenths=40 # time enough to be fed
	before=$(fed)
	await hang $tenths
	await -t 4 grep -q 'handler hang 0 .* has not returned' "$WORK/stderr"
	await -t 15 grep -q 'goes on after' "$WORK/stderr"
	after=$(fed)
	await -t 10 fed_more "$after"
	echo "a handler in place $place stands still: the watchdog is fed $((after - before)) times" \
		"meanwhile, $(longest_pause) ms at most between two"
	if [ $place = own ]; then
		# Before and after the hang it may be fed once each, and once more.
		[ "$after" -gt $((before + 3)) ] || fail "not fed while only a thread of its own stood still"
	else
		[ "$(longest_pause)" -ge 1500 ] || fail "fed while a worker stood still"
	fi
	stop_boxed
	ip netns delete "$ID-c"
	hosts=(dut b a)
done
PROGRAM=$BURSTLINE

# Hugepages from a mount of this user's own, beside those of others.
free=$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null || echo 0)
if [ "$free" -ge 64 ]; then
	HUGE=yes start_boxed <<'END_OF_FILE'
memory: {hugepages: require}
ports: [{name: t, device: "net_tap0,iface=bl0"}]
END_OF_FILE
	grep -q 'memory from hugepages' "$WORK/stderr" || fail "no hugepages were used"
	[ "$(awk '$1 == "HugetlbPages:" { print $2 }' "/proc/$burstline_pid/status")" -gt 0 ] ||
		fail "no hugepages are mapped"
	stop_boxed
	echo "hugepages from a mount of user $NOBODY's own"
else
	echo "hugepages: not looked at, $free are free"
fi

# Each device with what config/README.md says that it needs; without any one of them one sentence
# names it.
ip -n "$ID-dut" link add blx type veth peer name blz
ip -n "$ID-dut" link set blx up
in_ns dut ethtool -K blz tx off >/dev/null
mkdir "$WORK/own"
cp "$BURSTLINE" "$WORK/own/burstline"
chown -R $NOBODY "$WORK/own"
chmod 711 "$WORK"

# A normal user may not come to $WORK where it is.
srv=(unshare --mount sh -c 'mount --bind "$0" /srv && exec "$@"' "$WORK")

# having CAPABILITIES ARGUMENT...: the program, by a normal user with these and no others. Not in
# this shell.
having()
{
	local set=-all,+${1// /,+}
	set=${set%,+}
	shift
	exec env RUNTIME_DIRECTORY=/srv/own ip netns exec "$ID-dut" "${srv[@]}" prlimit --memlock=8388608 \
		setpriv --reuid $NOBODY --regid $NOBODY --clear-groups --no-new-privs \
		--inh-caps="$set" --ambient-caps="$set" --bounding-set="$set" /srv/own/burstline "$@"
}

# suffice CAPABILITIES: and none is too many; the ports are standard input
suffice()
{
	local cap status
	configure_burstline
	chmod 644 "$WORK/burstline.yaml"
	rm -f "$WORK/stderr"
	having "$1" -c /srv/burstline.yaml --ledger /srv/own/ledger.json \
		>"$WORK/stdout" 2>"$WORK/stderr" </dev/null &
	burstline_pid=$!
	LEDGER=$WORK/own/ledger.json
	await -t 20 burstline_settled
	grep -q '^burstline: ready' "$WORK/stderr" || fail "$1 do not suffice: $(cat "$WORK/stderr")"
	stop_burstline
	for cap in $1; do
		status=0
		(having "$(echo " $1 " | sed "s/ $cap / /; s/^ *//; s/ *$//")" -c /srv/burstline.yaml) \
			>"$WORK/stdout" 2>"$WORK/stderr" || status=$?
		[ $status = 1 ] && [ "$(grep -c '^burstline: error: ' "$WORK/stderr")" = 1 ] &&
			grep -qi "^burstline: error: port [a-z]*: .*\(capability $cap\|CAP_$cap\)" \
				"$WORK/stderr" || fail "without $cap: $status: $(cat "$WORK/stderr")"
		sed -n "s/^burstline: error: \(port [^:]*: [^:]*\).*/  without $cap: \1/p" "$WORK/stderr"
	done
	echo "suffice: ${1:-none}, and without any of them it is said"
}

suffice "net_admin net_raw sys_admin ipc_lock" <<'END_OF_FILE'
memory: {hugepages: never}
ports: [{name: x, device: "net_af_xdp0,iface=blx"}]
END_OF_FILE
suffice "net_admin net_raw" <<'END_OF_FILE'
memory: {hugepages: never}
ports: [{name: p, device: "net_af_packet0,iface=blx"}]
END_OF_FILE
suffice net_raw <<'END_OF_FILE'
memory: {hugepages: never}
ports: [{name: c, device: "net_pcap0,iface=blx"}]
END_OF_FILE
suffice net_admin <<'END_OF_FILE'
memory: {hugepages: never}
ports: [{name: t, device: "net_tap0,iface=bl0"}]
END_OF_FILE
suffice "" <<'END_OF_FILE'
memory: {hugepages: never}
ports:
  - {name: m, device: "net_memif0,role=server,socket=/srv/own/memif.sock,socket-abstract=no"}
  - {name: v, device: "net_vhost0,iface=/srv/own/vhost.sock"}
END_OF_FILE

# As root: what is not needed is given up, by all threads; what peers of other users need is kept.
LEDGER=$WORK/ledger.json
# kept_by_root DEVICE MASK
kept_by_root()
{
	start_burstline <<<"ports: [{name: p, device: \"$1\"}]"
	each_thread CapPrm "$2"
	each_thread CapEff "$2"
	each_thread NoNewPrivs 1
	grep 'capabilities kept' "$WORK/stderr"
	stop_burstline
}

kept_by_root "net_tap0,iface=bl0" 0000000000003000
kept_by_root "net_memif0,role=server,socket=$WORK/memif.sock,socket-abstract=no" 0000000000003002
# A file that is another user's is needed at the end, by a folder that is not ours.
mkdir "$WORK/theirs"
chown $NOBODY "$WORK/theirs"
chmod 700 "$WORK/theirs"
LEDGER=$WORK/theirs/ledger.json
kept_by_root "net_tap0,iface=bl0" 0000000000003002

# As the Containerfile says: no capability is inherited, the file's are those that the container has.
container=$ROOT/config/Containerfile
FILE_CAPS=$(sed -n 's/^RUN setcap \(.*=p\) .*/\1/p' "$container")
added=$(sed -n '/podman run/,/burstline$/s/--cap-add \([A-Z_]*\)/\n+\1\n/gp' "$container" | grep '^+' |
	tr 'A-Z\n' 'a-z,')
[ "$added" = +net_admin,+net_raw, ] || fail "the Containerfile adds $added"
privilege=(--inh-caps=-all --bounding-set="-all,${added%,}")
start_boxed <<'END_OF_FILE'
memory: {hugepages: never}
ports:
  - {name: t, device: "net_tap0,iface=bl0"}
  - {name: v, device: "net_af_packet0,iface=blb"}
wires: [[t, v]]
END_OF_FILE
make_tap_host d bl0 192.0.2.3/24
await reaches d 192.0.2.2
for field in CapPrm CapEff CapBnd; do
	each_thread $field "$(mask AmbientCapabilities)"
done
each_thread CapInh 0000000000000000
each_thread NoNewPrivs 1
echo "a file with $FILE_CAPS in a container that has ${added%,}"
stop_boxed

# The files that say how it is run agree.
for cap in $(of_unit AmbientCapabilities); do
	[[ $FILE_CAPS = *${cap,,}[,=]* ]] || fail "the Containerfile's setcap has no $cap"
done
! grep -q -- '--privileged' "$container" || fail "the Containerfile is privileged"
if command -v systemd-analyze >/dev/null; then
	sed "s|/usr/local/bin/burstline|$BURSTLINE|" "$UNIT" >"$WORK/burstline@.service"
	systemd-analyze verify "$WORK/burstline@.service" >"$WORK/verify" 2>&1 ||
		fail "systemd-analyze: $(cat "$WORK/verify")"
	[ ! -s "$WORK/verify" ] || fail "systemd-analyze: $(cat "$WORK/verify")"
	systemd-analyze security --offline=yes "$WORK/burstline@.service" --no-pager | tail -n 1
else
	echo "systemd-analyze is not here: the unit is not verified"
fi
