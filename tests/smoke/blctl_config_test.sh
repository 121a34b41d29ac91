#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# blctl check, diff, apply, confirm, rollback and save, as a person uses them: what is saved changes
# nothing, what is refused changes nothing, what is not confirmed is taken back.

. "$(dirname "$0")/lib.sh"

BLCTL=${BUILD:-$ROOT/build}/app/blctl
cd "$WORK"

ctl()
{
	in_ns dut "$BLCTL" -n "$INSTANCE" "$@"
}

# refuses CODE WORDS COMMAND...: in one sentence.
refuses()
{
	local code=$1 words=$2 status=0
	shift 2
	ctl "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
	[ $status = "$code" ] || fail "$*: status $status, not $code: $(cat "$WORK/err")"
	grep -q "$words" "$WORK/err" || fail "$*: said $(cat "$WORK/err")"
	[ "$(wc -l <"$WORK/err")" = 1 ] || fail "$*: more than a sentence: $(cat "$WORK/err")"
}

has() # ADDRESS
{
	ctl -j show interfaces | jq -e --arg address "$1" 'any(.addresses[]; .address == $address)'
}

has_not()
{
	! has "$1"
}

configure_burstline <<'END_OF_FILE'
ports:
  - {name: a, device: "net_tap0,iface=bl0"}
  - {name: b, device: "net_tap1,iface=bl1"}
  - {name: r, device: "net_tap2,iface=bl2", reflect: true}
bridges:
  - {name: br0, vlan-aware: true, members: [{port: a, mode: access, vlan: 10}, {port: b, mode: trunk, vlans: [10, "20-30"]}]}
interfaces:
  - {name: lan, bridge: br0, tags: [{vid: 10}], addresses: [192.0.2.1/24]}
END_OF_FILE
launch_burstline -c "$WORK/burstline.yaml"
make_tap_host a bl0 192.0.2.2/24
all_answered a 3 -i 0.1 192.0.2.1
make_tap_host r bl2
reflects()
{
	in_ns r "$SMOKE/handler_load.py" bl2 --mac 02:00:00:00:00:0a --count 1 --patience 0.2 | jq -e '.lost == 0'
}
await reflects
spawn load r "$SMOKE/handler_load.py" bl2 --mac 02:00:00:00:00:0a --window 64 --rate 1000
load=$spawned

ctl save saved.yaml
"$BURSTLINE" --check saved.yaml
ctl save - | ctl diff - >differences
[ ! -s differences ] || fail "what was saved differs: $(cat differences)"
refuses 1 "saved.yaml: File exists: --force replaces it" save saved.yaml
ctl -j save saved.yaml --force | jq -e '. == {}' >/dev/null || fail "save -j"
echo "ok: what is saved is what runs"

sed 's|192.0.2.1/24|192.0.2.9/24|' saved.yaml >other.yaml
ctl check other.yaml | grep -q '^other.yaml: ok, 1 difference$'
ctl diff other.yaml >differences
grep -q 'interfaces\[lan\].*192.0.2.1/24.*192.0.2.9/24' differences || fail "diff: $(cat differences)"
ctl -j diff other.yaml | jq -e 'all(.[]; .effect == "none")' >/dev/null
has 192.0.2.1 >/dev/null || fail "diff changed something"
sed 's|mode: access, vlan: 10|mode: acess, vlan: 10|' saved.yaml >wrong.yaml
for command in check diff apply; do
	refuses 2 '^blctl: wrong.yaml:[0-9]*:[0-9]*: ' $command wrong.yaml
done
{ cat saved.yaml; echo 'memory: {mbufs: 9000}'; } >memory.yaml
refuses 1 "restart" check memory.yaml
{ ctl -j check memory.yaml 2>err || true; } | jq -e '.differences | any(.effect == "refused")' >/dev/null || fail "check -j"
refuses 1 "restart" apply memory.yaml
refuses 2 "cannot read nothing.yaml" apply nothing.yaml
refuses 2 "expected 1 to 3600 seconds" apply other.yaml --confirm soon
refuses 1 "no change waits" confirm
refuses 1 "nothing was changed since the start" rollback
ctl save - | diff saved.yaml - || fail "what was refused changed something"
echo "ok: what is refused changes nothing"

ctl apply other.yaml
await has 192.0.2.9
has_not 192.0.2.1 || fail "the address that was taken out is still there"
all_answered a 3 -i 0.1 192.0.2.9
ctl rollback
await has 192.0.2.1
all_answered a 3 -i 0.1 192.0.2.1
ctl save - | diff saved.yaml - || fail "after a rollback something is not as it was"
ctl rollback
await has 192.0.2.9
ctl rollback
echo "ok: applied, and back, and forth"

# Nobody confirms: meanwhile no other change is taken, by no way.
ctl apply other.yaml --confirm $((4 * TIME_SCALE))s
has 192.0.2.9 >/dev/null || fail "not applied"
refuses 1 "waits [0-9]* s more to be confirmed.*blctl confirm.*blctl rollback.*nothing was changed" apply saved.yaml
refuses 1 "waits [0-9]* s more to be confirmed" apply saved.yaml --confirm 9
kill -HUP "$burstline_pid"
await grep -q "error: the last change waits" "$WORK/stderr"
has 192.0.2.9 >/dev/null || fail "a change that was refused ended the other"
await has 192.0.2.1
has_not 192.0.2.9 || fail "taken back, and still there"
grep -q "was not confirmed: it is taken back" "$WORK/stderr" || fail "nobody said so"
ctl save - | diff saved.yaml - || fail "what was taken back left something"
ctl apply other.yaml --confirm 9
ctl rollback
await has 192.0.2.1
refuses 1 "no change waits" confirm
ctl apply other.yaml --confirm 3
ctl confirm
refuses 1 "no change waits" confirm
sleep 3.5
has 192.0.2.9 >/dev/null || fail "confirmed, and taken back nonetheless"
all_answered a 3 -i 0.1 192.0.2.9
echo "ok: taken back unless it is confirmed"

kill -HUP "$burstline_pid"
await has 192.0.2.1
has_not 192.0.2.9 || fail "SIGHUP: the start file was not applied again"
ctl save - | diff saved.yaml - || fail "SIGHUP: not the state of the start"
echo "ok: SIGHUP goes to the start file"

# A port that is held down stays down when a change opens it anew, and save says that no file has that.
sed 's|{name: b, device: [^}]*|&, mtu: 1400|' saved.yaml >shorter.yaml
is_down()
{
	ctl -j show ports | jq -e '.[] | select(.name == "b") | .state == "down" and .link == "down"'
}
ctl port down b
await is_down
ctl save - 2>said | diff saved.yaml - || fail "held down: another configuration"
grep -q "^blctl: save: port b is held down by hand, which is not saved" said || fail "save said $(cat said)"
ctl apply shorter.yaml
[ "$(ctl -j show ports | jq '.[] | select(.name == "b") | .mtu')" = 1400 ] || fail "the MTU was not set"
is_down >/dev/null || fail "held down, and up after a change: $(ctl show ports)"
ctl port up b
is_started()
{
	ctl -j show ports | jq -e '.[] | select(.name == "b") | .state == "started"'
}
await is_started
ctl apply saved.yaml
echo "ok: a port that is held down stays down"
kill -TERM "$load"
wait "$load"
jq -e '.answered > 100 and .lost == 0 and .disorder == 0 and .twice == 0' load >/dev/null ||
	fail "the flow beside: $(cat load)"
echo "beside: $(jq -r '"\(.sent) frames, \(.lost) lost, longest gap \(.gap_ms) ms"' load)"

chown nobody "$(ctl ping >/dev/null; echo "/run/burstline/$INSTANCE.sock")"
if setpriv --reuid nobody --clear-groups "$BLCTL" -n "$INSTANCE" apply /dev/null 2>err; then
	fail "nobody may apply"
fi
grep -q "is for root and the group burstline" err || fail "nobody was told: $(cat err)"

# Ended while a change waits: as always.
ctl apply other.yaml --confirm 60
stop_burstline
