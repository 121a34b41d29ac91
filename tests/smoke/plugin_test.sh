#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Plug-ins: built outside the tree from the installed header with pkg-config's flags alone, loaded
# by the configuration, in every place; what must not be loaded is refused with one sentence, by
# --check too, and nothing is started.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/plugin.sh"

# configure HANDLER [LINE]: one port; HANDLER is the entry of `handlers`.
configure()
{
	configure_burstline <<END
${2-}
ports:
  - {name: a, device: "net_tap0,iface=bl0", mac: "02:00:00:00:00:0a"}
plugins: $PLUGINS
interfaces:
  - {name: a, port: a, addresses: [192.0.2.1/24]}
handlers:
  - {$1}
END
}

# refused SAID HANDLER [LINE]: by --check and by the start alike, exit code 2, one sentence.
refused()
{
	local status arguments
	configure "${@:2}"
	for arguments in --check -c; do
		status=0
		in_ns dut timeout 20 "$BURSTLINE" $arguments "$WORK/burstline.yaml" \
			>"$WORK/stdout" 2>"$WORK/stderr" || status=$?
		[ $status = 2 ] || fail "status $status, not 2: $2"
		[ "$(wc -l <"$WORK/stderr")" = 1 ] && grep -q '^burstline: error: ' "$WORK/stderr" ||
			fail "not one sentence: $(cat "$WORK/stderr")"
		grep -q -- "$1" "$WORK/stderr" || fail "does not say \"$1\": $(cat "$WORK/stderr")"
		check_gone
	done
	sed -n 's/^burstline: error: //p' "$WORK/stderr"
}

cpu=$(taskset -pc $$ | sed 's/.*[-, ]//')
build_plugin hello.so "$ROOT/config/hello.c"
build_plugin test.so "$SMOKE/plugin.c"
build_plugin noburst.so "$SMOKE/plugin.c" -DNOBURST
build_plugin badabi.so "$SMOKE/plugin.c" -DBADABI
build_plugin arp.so "$SMOKE/plugin.c" "-DLIST=.ethertypes={0x0806},.n_ethertypes=1"
build_plugin control.so "$SMOKE/plugin.c" -DPLACES=HANDLER_CONTROL
build_plugin shared.so "$SMOKE/plugin.c" -DSHARED
build_plugin tag.so "$SMOKE/plugin.c" "-DLIST=.ethertypes={0x8100},.n_ethertypes=1"
build_plugin none.so "$SMOKE/plugin.c" "-DLIST=.n_saps=0"
echo 'int nothing;' >"$WORK/nothing.c"
build_plugin nothing.so "$WORK/nothing.c"
echo 'int absent(void); int (*use)(void) = absent;' >"$WORK/absent.c"
build_plugin absent.so "$WORK/absent.c"
echo "no object" >"$PLUGINS/text.so"
mkdir "$PLUGINS/folder.so"
cp "$PLUGINS/test.so" "$PLUGINS/user.so"
chown 65534 "$PLUGINS/user.so"
install -m 664 "$PLUGINS/test.so" "$PLUGINS/group.so"

refused "ghost.so cannot be read: No such file" "name: x, plugin: ghost.so"
refused "cannot be loaded: .*\(too short\|invalid ELF\)" "name: x, plugin: text.so"
refused "is no file" "name: x, plugin: folder.so"
refused "belongs to user 65534, not to root" "name: x, plugin: user.so"
refused "others than root may write its file (mode 0664)" "name: x, plugin: group.so"
refused "undefined symbol: absent" "name: x, plugin: absent.so"
refused "no symbol burstline_handler" "name: x, plugin: nothing.so"
refused "built for handler ABI 0x.*, this Burstline has 0x" "name: x, plugin: badabi.so"
refused "has no burst function" "name: x, plugin: noburst.so"
refused "lists no EtherType, SAP or PID" "name: x, plugin: none.so"
refused "EtherType 0x8100 is that of a tag" "name: x, plugin: tag.so"
refused "EtherType 0x0806 is taken by both handlers x and arp" "name: x, plugin: arp.so"
refused "EtherType 0x0800 is taken by both handlers x and icmp" \
	"name: x, plugin: test.so, ethertype: 0x0800"
refused "x cannot run in place inline: choose from control" \
	"name: x, plugin: control.so, place: inline"
refused "x: its state is not per instance, and place inline .* would make 2 instances" \
	"name: x, plugin: shared.so, place: inline" "lcores: {workers: [$cpu, $cpu]}"
refused 'found "../test.so", expected the name of a file' 'name: x, plugin: "../test.so"'
chmod 777 "$PLUGINS"
refused "others than root may write its folder (mode 0777)" "name: x, plugin: test.so"
chmod 755 "$PLUGINS"
chown 65534 "$PLUGINS"
refused "its folder belongs to user 65534" "name: x, plugin: test.so"
chown 0 "$PLUGINS"

# load ARGUMENT...: 500 frames there and back; all must come, in order. Prints what came.
load()
{
	local said
	said=$(in_ns "$host" "$SMOKE/handler_load.py" bl0 --mac 02:00:00:00:00:0a --count 500 "$@")
	jq -e '.answered == 500 and .lost == 0 and .disorder == 0 and .twice == 0' \
		<<<"$said" >/dev/null || fail "$*: $said; $(telemetry /burstline/handlers)"
}

# run HANDLER: Burstline with this entry, and a host behind its tap.
run()
{
	host=a$host_count
	configure "$1"
	launch_burstline -c "$WORK/burstline.yaml"
	make_tap_host "$host" bl0 192.0.2.2/24
	await in_ns "$host" ping -c 1 -W 1 192.0.2.1
}

handler() # FIELD
{
	telemetry /burstline/handlers "[.[] | select(.name == \"x\") | .$1] | add"
}

for place in inline control "\"lcore $cpu\""; do
	run "name: x, plugin: hello.so, place: $place"
	load
	[ "$(handler tx)" = 500 ] || fail "place $place: $(telemetry /burstline/handlers)"
	stop_burstline
	echo "place $place: 500 frames answered"
done

run "name: x, plugin: test.so, ethertype: 0x9100"
load --type 0x9100
[ "$(handler counters.answered)" = 500 ] || fail "$(telemetry /burstline/handlers)"
stop_burstline
echo "EtherType of the configuration: 500 frames answered"
