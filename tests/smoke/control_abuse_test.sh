#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Somebody abuses the control socket: others are answered quickly, frames flow on, nothing grows;
# and who may not change things does not.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/gone.sh"

BLCTL=${BUILD:-$ROOT/build}/app/blctl
SOCKET=/run/burstline/$INSTANCE.sock

start_burstline <<'EOF'
ports:
  - {name: a, device: "net_tap0,iface=bl8"}
  - {name: b, device: "net_tap1,iface=bl9"}
  - {name: c, device: "net_tap2,iface=bl2"}
wires:
  - [a, b]
interfaces:
  - {name: lan, port: c, addresses: [192.0.2.1/24]}
EOF
start_paced
"$SMOKE/control_abuse.py" "$SOCKET" "$TIME_SCALE"
end_paced

# No more files: who comes is told so, and does not wait in a queue that every poll finds.
refused_for_files()
{
	! "$BLCTL" -s "$SOCKET" ping >"$WORK/said" 2>&1 && grep -q "may open no more files" "$WORK/said"
}
prlimit --pid "$burstline_pid" --nofile="$(find "/proc/$burstline_pid/fd" -mindepth 1 | wc -l)":1024
await refused_for_files
prlimit --pid "$burstline_pid" --nofile=1024:1024
"$BLCTL" -s "$SOCKET" ping
cat "$WORK/said"

# May read, for the socket's mode lets it; is in no group that may change things.
stranger=(setpriv --reuid=12345 --regid=12345 --clear-groups)
! "${stranger[@]}" "$BLCTL" -s "$SOCKET" ping 2>"$WORK/said" || fail "mode 0660 lets a stranger in"
grep -q 'Permission denied: run this as root or as a member of its group' "$WORK/said" ||
	fail "$(cat "$WORK/said")"
chmod 666 "$SOCKET"
"${stranger[@]}" "$BLCTL" -s "$SOCKET" show ports >/dev/null || fail "a stranger may not read"
for words in clear "port down c" "neighbour add lan 192.0.2.7 02:00:00:00:00:07" "fdb flush br0" "apply -" confirm rollback; do
	# shellcheck disable=SC2086 # words
	! "${stranger[@]}" "$BLCTL" -s "$SOCKET" $words <"$WORK/burstline.yaml" 2>"$WORK/said" || fail "a stranger: $words"
	grep -q 'is for root and the group burstline' "$WORK/said" || fail "$(cat "$WORK/said")"
done
sed 's/^/  /' "$WORK/said"
"$BLCTL" -s "$SOCKET" show neighbours | grep -q "no neighbours" || fail "a stranger's neighbour"
stop_burstline
[ "$(ledger a dropped)" = 0 ] && [ "$(ledger b dropped)" = 0 ] ||
	fail "the wire dropped frames: $(cat "$LEDGER")"

# Members of the group: by their own group, or another of theirs.
mkdir "$WORK/etc"
cp /etc/group /etc/nsswitch.conf "$WORK/etc"
sed -i '/^burstline:/d' "$WORK/etc/group"
echo "burstline:x:54321:" >>"$WORK/etc/group"
mount --bind "$WORK/etc/group" /etc/group
start_burstline <<<'ports: [{name: p, device: "net_null0,no-rx=1"}]'
umount /etc/group
[ "$(stat -c %g "$SOCKET")" = 54321 ] || fail "the socket's group"
for rights in --regid=54321\ --clear-groups --regid=12345\ --groups=1,54321; do
	# shellcheck disable=SC2086 # words
	setpriv --reuid=12345 $rights "$BLCTL" -s "$SOCKET" port down p || fail "a member: $rights"
	setpriv --reuid=12345 $rights "$BLCTL" -s "$SOCKET" port up p || fail "a member: $rights"
	# shellcheck disable=SC2086 # words
	setpriv --reuid=12345 $rights "$BLCTL" -s "$SOCKET" apply - <"$WORK/burstline.yaml" || fail "a member: $rights"
done
stop_burstline
