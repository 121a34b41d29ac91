#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# net_af_xdp on veth (copy mode): a wire keeps every frame whole, also tagged; what is longer than
# the interface takes is counted (L25); a bridge floods with tags; every mbuf comes back; a new
# process opens the same interfaces again, also after kill -9. And what is said when it cannot.

. "$(dirname "$0")/lib.sh"

# frame TO FROM HEX OCTETS: HEX and then zeros
frame()
{
	printf '02000000aa%02x02000000aa%02x%s%0*d' "$1" "$2" "$3" $((2 * $4)) 0
}

# listen LOG HOST COUNT: a frame that came before this is not heard
listen()
{
	spawn "$1" "$2" "$SMOKE/frames.py" eth0 listen -n "$3" -t 10
	await in_ns "$2" grep -q 0003 /proc/net/packet
}

# heard LOG FRAME...: the listener ended and got these, in this order
heard()
{
	local log=$1
	shift
	wait "$spawned" || fail "$log: the listener still waits: $(cut -c 1-80 "$WORK/$log")"
	[ "$(cat "$WORK/$log")" = "$(printf '%s\n' "$@")" ] ||
		fail "$log: not what was sent: $(cut -c 1-80 "$WORK/$log")"
}

# refused SENTENCE COMMAND...: exit status 1, with that sentence
refused()
{
	local sentence=$1 status=0
	shift
	in_ns dut "$@" >"$WORK/refused" 2>&1 || status=$?
	[ $status = 1 ] || fail "exit status $status, not 1: $(cat "$WORK/refused")"
	grep -qF "$sentence" "$WORK/refused" || fail "not \"$sentence\": $(cat "$WORK/refused")"
}

make_veth_host a bla 192.0.2.1/24
make_veth_host b blb 192.0.2.2/24
make_veth_host c blc
# Three that are too long for an MTU of 1500, before one that is just not.
longest=$(frame 3 4 8100806488b5 1500)
/usr/bin/python3 - "$WORK/long.pcap" "$(frame 3 4 88b5 1505)" "$(frame 3 4 88b5 3000)" \
	"$(frame 3 4 8100006588b5 1501)" "$longest" <<'END_OF_FILE'
import sys
from scapy.utils import RawPcapWriter
with RawPcapWriter(sys.argv[1], linktype=1) as out:
    out.write_header(None)
    for frame in sys.argv[2:]:
        out.write_packet(bytes.fromhex(frame))
END_OF_FILE

wires()
{
	cat <<-END_OF_FILE
		memory: {hugepages: never}
		ports:
		  - {name: a, device: "net_af_xdp0,iface=bla"}
		  - {name: b, device: "net_af_xdp1,iface=blb,force_copy=1"}
		  - {name: c, device: "net_af_xdp2,iface=blc"}
		  - {name: d, device: "net_pcap3,rx_pcap=$WORK/long.pcap"}
		wires:
		  - [a, b]
		  - [c, d]
	END_OF_FILE
}

listen longest c 1
start_burstline < <(wires)
heard longest "$longest"
await in_ns a ping -c 1 -W 1 192.0.2.2
all_answered a 5000 -A -s 1472 -M "do" 192.0.2.2
all_answered b 200 -i 0.005 -s 0 192.0.2.1
listen tagged b 3
sent=("$(frame 2 1 8100b06488b5 1500)" "$(frame 2 1 88a8e0058100100688b5 1492)" "$(frame 2 1 88b5 46)")
frames a eth0 send "${sent[@]}"
heard tagged "${sent[@]}"
[ "$(grep -c libbpf "$WORK/stderr")" = 0 ] || fail "libbpf writes to standard error"
refused "interface bl9 does not exist here" "$BURSTLINE" -c <(wires | sed 's/blc/bl9/')
stop_burstline
echo "L25: $(dropped d tx_too_long) frames that blc does not take"
[ "$(dropped d tx_too_long)" = 3 ] || fail "$(dropped d tx_too_long) counted as too long, not 3"
[ "$(dropped a tx_full)" = 0 ] || fail "$(dropped a tx_full) of a slow sender were lost"

# A flood to a member with other tags is a copy: this device takes no chains.
bridge()
{
	cat <<-END_OF_FILE
		memory: {hugepages: never}
		ports:
		  - {name: a, device: "net_af_xdp0,iface=bla"}
		  - {name: b, device: "net_af_xdp1,iface=blb"}
		  - {name: c, device: "net_af_xdp2,iface=blc"}
		bridges:
		  - name: br0
		    vlan-aware: true
		    members:
		      - {port: a, mode: access, vlan: 100}
		      - {port: b, mode: access, vlan: 100}
		      - {port: c, mode: trunk, vlans: [100]}
	END_OF_FILE
}

start_burstline < <(bridge)
kill -KILL "$burstline_pid"
wait "$burstline_pid" 2>/dev/null || true
burstline_pid=
start_burstline < <(bridge)
listen flood c 1
frames a eth0 send "ffffffffffff$(frame 0 1 88b5 1500 | cut -c 13-)"
heard flood "ffffffffffff$(frame 0 1 8100006488b5 1500 | cut -c 13-)"
await in_ns a ping -c 1 -W 1 192.0.2.2
all_answered a 200 -i 0.005 -s 1472 192.0.2.2
stop_burstline INT

configure_burstline < <(bridge)
run=("$BURSTLINE" -c "$WORK/burstline.yaml")

refused_without()
{
	refused "$2" setpriv --bounding-set="-${1//,/,-}" --inh-caps="-${1//,/,-}" "${run[@]}"
}

refused_without net_raw "port a: net_af_xdp0,iface=bla needs capability net_raw"
refused_without net_admin "port a: net_af_xdp0,iface=bla needs capability net_admin"
refused_without sys_admin "port a: net_af_xdp0,iface=bla needs capability sys_admin"
ulimit -l 64
refused_without ipc_lock "only 64 KiB may be locked: ulimit -l unlimited # or grant CAP_IPC_LOCK"
