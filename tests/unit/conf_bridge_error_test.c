/* SPDX-License-Identifier: BSD-3-Clause */
/* Bridges that are refused: members in two roles, VLANs that no frame could have (B9, B12, B13),
 * translations that cannot be undone, static entries (B17) and interfaces out of reach. The whole
 * message is compared. */

#include "conf_rows.h"

static const struct row roles[] = {
	ROW(THREE_PORTS "bridges:\n  - {name: x, members: [{port: z}]}\n",
		"x.yaml:6:32: bridges[0].members[0].port: found \"z\", expected the name of a port"),
	ROW(THREE_PORTS "bridges:\n  - {name: x, members: [{port: a}, {port: a}]}\n",
		"x.yaml:6:43: bridges[0].members[1].port: found port \"a\", which is in bridges[0] (line 6), expected a port without a role"),
	ROW(THREE_PORTS
		"bridges:\n  - {name: x, members: [{port: a}]}\n  - {name: y, members: [{port: b}, {port: a}]}\n",
		"x.yaml:7:43: bridges[1].members[1].port: found port \"a\", which is in bridges[0] (line 6), expected a port without a role"),
	ROW(THREE_PORTS
		"bridges:\n  - {name: x, members: [{port: a}]}\n  - {name: x, members: [{port: b}]}\n",
		"x.yaml:7:12: bridges[1].name: found \"x\", which bridges[0] on line 6 has, expected another name"),
	ROW(THREE_PORTS
		"bridges:\n  - {name: x, members: [{port: c}, {port: b}]}\nwires: [[a, b]]\n",
		"x.yaml:6:43: bridges[0].members[1].port: found port \"b\", which is in wires[0] (line 7), expected a port without a role"),
	ROW("ports:\n  - {name: a, device: net_null0, reflect: true}\nbridges: [{name: x, members: [{port: a}]}]\n",
		"x.yaml:3:38: bridges[0].members[0].port: found port \"a\", which reflects (line 2), expected a port without a role"),
	ROW("ports:\n  - {name: a, device: net_null0, unknown: b}\n  - {name: b, device: net_null1}\nbridges: [{name: x, members: [{port: a}]}]\n",
		"x.yaml:2:43: ports[0].unknown: found a port, but \"a\" is in bridges[0] (line 4) and has no unknown frames, expected drop"),
	ROW("ports:\n  - {name: a, device: net_null0, promiscuous: false}\nbridges: [{name: x, members: [{port: a}]}]\n",
		"x.yaml:2:47: ports[0].promiscuous: found false, but \"a\" is in bridges[0] (line 3), which needs every frame, expected true"),
	ROW(THREE_PORTS
		"bridges:\n  - {name: x, members: [{port: a}]}\ninterfaces: [{name: i, port: a, addresses: [192.0.2.1/24]}]\n",
		"x.yaml:7:30: interfaces[0].port: found port \"a\", which is in bridges[0] (line 6), expected a port without a role"),
};

static const struct row modes[] = {
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a}\n",
		"x.yaml:9:9: bridges[0].members[0]: found no mode, expected access, trunk or qinq"),
	ROW(THREE_PORTS "bridges:\n  - {name: x, members: [{port: a, mode: access}]}\n",
		"x.yaml:6:41: bridges[0].members[0].mode: found this key on a bridge that is not VLAN-aware, expected none"),
	ROW(THREE_PORTS "bridges:\n  - {name: x, members: [{port: a, vlan: 10}]}\n",
		"x.yaml:6:41: bridges[0].members[0].vlan: found this key on a bridge that is not VLAN-aware, expected none"),
	ROW(THREE_PORTS "bridges:\n  - {name: x, members: [{port: a, vlans: []}]}\n",
		"x.yaml:6:42: bridges[0].members[0].vlans: found this key on a bridge that is not VLAN-aware, expected none"),
	ROW(THREE_PORTS
		"bridges:\n  - {name: x, members: [{port: a, pcp-map: [0, 1, 2, 3, 4, 5, 6, 7]}]}\n",
		"x.yaml:6:44: bridges[0].members[0].pcp-map: found this key on a bridge that is not VLAN-aware, expected none"),
	ROW(THREE_PORTS "bridges:\n  - {name: x, tpid: 0x88a8}\n",
		"x.yaml:6:21: bridges[0].tpid: found this key on a bridge that is not VLAN-aware, expected none"),
	ROW(THREE_PORTS "bridges:\n  - {name: x, vlan-aware: false, vlan-limit: 5}\n",
		"x.yaml:6:46: bridges[0].vlan-limit: found this key on a bridge that is not VLAN-aware, expected none"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access}\n",
		"x.yaml:9:9: bridges[0].members[0]: found no vlan, which mode access needs, expected one"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: qinq, pcp: 1}\n",
		"x.yaml:9:9: bridges[0].members[0]: found no vlan, which mode qinq needs, expected one"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 10, vlans: [10]}\n",
		"x.yaml:9:50: bridges[0].members[0].vlans: found this key on a member of mode access, expected it with mode trunk"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: qinq, vlan: 10, native: 10}\n",
		"x.yaml:9:49: bridges[0].members[0].native: found this key on a member of mode qinq, expected it with mode trunk"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, vlans: [10], vlan: 10}\n",
		"x.yaml:9:51: bridges[0].members[0].vlan: found this key on a member of mode trunk, expected it with mode access or qinq"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 10, translate: [{wire: [{vid: 1}], inside: [{vid: 2}]}]}\n",
		"x.yaml:9:54: bridges[0].members[0].translate: found this key on a member of mode access, expected it with mode trunk"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk}\n",
		"x.yaml:9:9: bridges[0].members[0]: found no VLAN on a trunk, expected vlans, native or translate"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, vlans: [], translate: []}\n",
		"x.yaml:9:9: bridges[0].members[0]: found no VLAN on a trunk, expected vlans, native or translate"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, vlans: [10], accept: untagged}\n",
		"x.yaml:9:53: bridges[0].members[0].accept: found untagged on a trunk without native, which takes no frame so, expected all or tagged"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, vlans: [10, \"20-30\", 30]}\n",
		"x.yaml:9:53: bridges[0].members[0].vlans[2]: found VLAN 30 a second time, expected it once"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, vlans: [\"20-30\", \"25-40\"]}\n",
		"x.yaml:9:49: bridges[0].members[0].vlans[1]: found VLAN 25 a second time, expected it once"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: qinq, vlan: 10, accept: tagged}\n",
		"x.yaml:9:49: bridges[0].members[0].accept: found this key on a member of mode qinq, expected it with mode access or trunk"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: qinq, vlan: 10, filter: false}\n",
		"x.yaml:9:49: bridges[0].members[0].filter: found this key on a member of mode qinq, expected it with mode access or trunk"),
};

static const struct row values[] = {
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 0}\n",
		"x.yaml:9:39: bridges[0].members[0].vlan: found \"0\", expected a number from 1 to 4094"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 4095}\n",
		"x.yaml:9:39: bridges[0].members[0].vlan: found \"4095\", expected a number from 1 to 4094"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, native: 0}\n",
		"x.yaml:9:40: bridges[0].members[0].native: found \"0\", expected a number from 1 to 4094"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, vlans: [30-20]}\n",
		"x.yaml:9:40: bridges[0].members[0].vlans[0]: found \"30-20\", expected a VLAN ID from 1 to 4094 or a range such as \"20-30\""),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, vlans: [0]}\n",
		"x.yaml:9:40: bridges[0].members[0].vlans[0]: found \"0\", expected a VLAN ID from 1 to 4094 or a range such as \"20-30\""),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, vlans: [\"1-4095\"]}\n",
		"x.yaml:9:40: bridges[0].members[0].vlans[0]: found \"1-4095\", expected a VLAN ID from 1 to 4094 or a range such as \"20-30\""),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: hybrid}\n",
		"x.yaml:9:25: bridges[0].members[0].mode: found \"hybrid\", expected access, trunk or qinq"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 1, accept: none}\n",
		"x.yaml:9:50: bridges[0].members[0].accept: found \"none\", expected all, tagged or untagged"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 1, pcp: 8}\n",
		"x.yaml:9:47: bridges[0].members[0].pcp: found \"8\", expected a number from 0 to 7"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 1, pcp-map: [0, 1, 2, 3, 4, 5, 6]}\n",
		"x.yaml:9:51: bridges[0].members[0].pcp-map: found 7 entries, expected 8"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 1, pcp-map: [0, 1, 2, 3, 4, 5, 6, 7, 7]}\n",
		"x.yaml:9:76: bridges[0].members[0].pcp-map: found more than 8 entries, expected at most 8"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 1, pcp-map: [0, 1, 2, 3, 4, 5, 6, 8]}\n",
		"x.yaml:9:73: bridges[0].members[0].pcp-map[7]: found \"8\", expected a number from 0 to 7"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 1, limit: 0}\n",
		"x.yaml:9:49: bridges[0].members[0].limit: found \"0\", expected a number from 1 to 16777216"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 1, storm: {broadcast: 0}}\n",
		"x.yaml:9:61: bridges[0].members[0].storm.broadcast: found \"0\", expected a number from 1 to 1000000000"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 1, storm: {known: 1}}\n",
		"x.yaml:9:50: bridges[0].members[0].storm: found the unknown key \"known\", expected broadcast, multicast or unknown"),
	ROW(THREE_PORTS "bridges:\n  - name: br\n    vlan-aware: true\n    tpid: 0x0806\n",
		"x.yaml:8:11: bridges[0].tpid: found \"0x0806\", expected the EtherType of a tag, such as 0x8100 or 0x88a8"),
	ROW(THREE_PORTS "bridges:\n  - {name: x, vlan-aware: 1}\n",
		"x.yaml:6:27: bridges[0].vlan-aware: found \"1\", expected true or false"),
	ROW(THREE_PORTS "bridges:\n  - {name: x, ageing: 9}\n",
		"x.yaml:6:23: bridges[0].ageing: found \"9\", expected a number from 10 to 1000000"),
	ROW(THREE_PORTS "bridges:\n  - {name: x, fdb: 63}\n",
		"x.yaml:6:20: bridges[0].fdb: found \"63\", expected a number from 64 to 16777216"),
	ROW(THREE_PORTS "bridges:\n  - {name: x, fdb: 16777217}\n",
		"x.yaml:6:20: bridges[0].fdb: found \"16777217\", expected a number from 64 to 16777216"),
	ROW(THREE_PORTS "bridges:\n  - {name: x, learn-rate: 1000000001}\n",
		"x.yaml:6:27: bridges[0].learn-rate: found \"1000000001\", expected a number from 0 to 1000000000"),
};

static const struct row translations[] = {
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, translate: [{wire: [{vid: 1}, {vid: 2}], inside: [{vid: 3}, {vid: 4}]}]}\n",
		"x.yaml:9:81: bridges[0].members[0].translate[0].inside: found two tags for two, expected a translation of one tag to one, one to two or two to one"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, translate: [{wire: [{vid: 1}, {vid: 2}, {vid: 3}], inside: [{vid: 3}]}]}\n",
		"x.yaml:9:72: bridges[0].members[0].translate[0].wire: found more than 2 entries, expected at most 2"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, translate: [{wire: [], inside: [{vid: 3}]}]}\n",
		"x.yaml:9:51: bridges[0].members[0].translate[0].wire: found 0 entries, expected at least 1"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, translate: [{wire: [{vid: 3}]}]}\n",
		"x.yaml:9:44: bridges[0].members[0].translate[0].inside: found no such key, expected a list"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, translate: [{wire: [{vid: 1}], inside: [{vid: 3, tpid: 0x88a8}]}]}\n",
		"x.yaml:9:87: bridges[0].members[0].translate[0].inside[0].tpid: found 0x88a8, expected the bridge's TPID, 0x8100"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, translate: [{wire: [{vid: 1}], inside: [{vid: 3}]}, {wire: [{vid: 1}], inside: [{vid: 4}]}]}\n",
		"x.yaml:9:91: bridges[0].members[0].translate[1].wire: found tags that cannot be told from those of translate[0] on line 9, expected others"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, translate: [{wire: [{vid: 1}], inside: [{vid: 3}]}, {wire: [{vid: 2}], inside: [{vid: 3}]}]}\n",
		"x.yaml:9:111: bridges[0].members[0].translate[1].inside: found tags that cannot be told from those of translate[0] on line 9, expected others"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, translate: [{wire: [{vid: 1}], inside: [{vid: 3}]}, {wire: [{vid: 1}, {vid: 7}], inside: [{vid: 4}]}]}\n",
		"x.yaml:9:91: bridges[0].members[0].translate[1].wire: found tags that cannot be told from those of translate[0] on line 9, expected others"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, translate: [{wire: [{vid: 1}], inside: [{vid: 3}, {vid: 7}]}, {wire: [{vid: 2}], inside: [{vid: 3}]}]}\n",
		"x.yaml:9:121: bridges[0].members[0].translate[1].inside: found tags that cannot be told from those of translate[0] on line 9, expected others"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, vlans: [10], translate: [{wire: [{vid: 10}], inside: [{vid: 3}]}]}\n",
		"x.yaml:9:71: bridges[0].members[0].translate[0].wire[0].vid: found VLAN 10, which this member has without a translation too (vlans or native), expected it once"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, native: 10, translate: [{wire: [{vid: 10}, {vid: 7}], inside: [{vid: 3}]}]}\n",
		"x.yaml:9:70: bridges[0].members[0].translate[0].wire[0].vid: found VLAN 10, which this member has without a translation too (vlans or native), expected it once"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, vlans: [\"10-20\"], translate: [{wire: [{vid: 1}], inside: [{vid: 15}]}]}\n",
		"x.yaml:9:96: bridges[0].members[0].translate[0].inside[0].vid: found VLAN 15, which this member has without a translation too (vlans or native), expected it once"),
	ROW(THREE_PORTS "bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: trunk, native: 15, translate: [{wire: [{vid: 1}], inside: [{vid: 15}, {vid: 7}]}]}\n", "x.yaml:9:90: bridges[0].members[0].translate[0].inside[0].vid: found VLAN 15, which this member has without a translation too (vlans or native), expected it once"),
};

static const struct row entries[] = {
	ROW(THREE_PORTS
		"bridges:\n  - {name: x, members: [{port: a}], static: [{mac: \"02:00:00:00:00:01\", port: z}]}\n",
		"x.yaml:6:79: bridges[0].static[0].port: found \"z\", expected the name of a port"),
	ROW(THREE_PORTS
		"bridges:\n  - {name: x, members: [{port: a}], static: [{mac: \"02:00:00:00:00:01\", port: b}]}\n",
		"x.yaml:6:79: bridges[0].static[0].port: found \"b\", which is no member of \"x\", expected one that is"),
	ROW(THREE_PORTS
		"bridges:\n  - {name: x, members: [{port: a}], static: [{mac: \"01:00:5e:00:00:01\", port: a}]}\n",
		"x.yaml:6:52: bridges[0].static[0].mac: found \"01:00:5e:00:00:01\", expected the MAC address of one station, such as \"02:00:00:00:00:01\""),
	ROW(THREE_PORTS
		"bridges:\n  - {name: x, members: [{port: a}], static: [{mac: \"02:00:00:00:00:01\", vlan: 10, port: a}]}\n",
		"x.yaml:6:79: bridges[0].static[0].vlan: found this key on a bridge that is not VLAN-aware, expected none"),
	ROW(THREE_PORTS
		"bridges:\n  - {name: x, members: [{port: a}, {port: b}], static: [{mac: \"02:00:00:00:00:01\", port: a}, {mac: \"02:00:00:00:00:01\", port: b}]}\n",
		"x.yaml:6:94: bridges[0].static[1]: found the address and VLAN of static[0] on line 6, expected others"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    static: [{mac: \"02:00:00:00:00:01\", port: a}]\n    members:\n      - {port: a, mode: access, vlan: 10}\n",
		"x.yaml:8:14: bridges[0].static[0]: found no vlan, which a VLAN-aware bridge needs, expected one"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    static: [{mac: \"02:00:00:00:00:01\", vlan: 11, port: a}]\n    members:\n      - {port: a, mode: access, vlan: 10}\n",
		"x.yaml:8:47: bridges[0].static[0].vlan: found 11, a VLAN that \"a\" is not in, expected one that it is in"),
};

static const struct row on_bridges[] = {
	ROW(THREE_PORTS
		"bridges:\n  - {name: x, members: [{port: a}]}\ninterfaces: [{name: i, bridge: y, addresses: [192.0.2.1/24]}]\n",
		"x.yaml:7:32: interfaces[0].bridge: found \"y\", expected the name of a bridge"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 10}\ninterfaces: [{name: i, bridge: br, addresses: [192.0.2.1/24]}]\n",
		"x.yaml:10:14: interfaces[0]: found no tags on the VLAN-aware bridge \"br\", expected one with the VLAN"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 10}\ninterfaces: [{name: i, bridge: br, tags: [{vid: 10, tpid: 0x88a8}], addresses: [192.0.2.1/24]}]\n",
		"x.yaml:10:59: interfaces[0].tags[0].tpid: found 0x88a8, expected the TPID of \"br\", 0x8100"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 10}\ninterfaces: [{name: i, bridge: br, tags: [{vid: 11}], addresses: [192.0.2.1/24]}]\n",
		"x.yaml:10:49: interfaces[0].tags[0].vid: found 11, a VLAN that no member of \"br\" is in, expected one that has members"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    members:\n      - {port: a, mode: access, vlan: 10}\ninterfaces:\n  - {name: i, bridge: br, tags: [{vid: 10}], addresses: [192.0.2.1/24]}\n  - {name: j, bridge: br, tags: [{tpid: 0x8100, vid: 10}], addresses: [192.0.2.1/24]}\n",
		"x.yaml:12:5: interfaces[1]: found bridge \"br\" with the tags of interfaces[0] on line 11, expected another bridge or other tags"),
	ROW(THREE_PORTS
		"bridges:\n  - {name: x, members: [{port: a}]}\ninterfaces:\n  - {name: i, bridge: x, addresses: [192.0.2.1/24]}\n  - {name: j, bridge: x, addresses: [192.0.2.1/24]}\n",
		"x.yaml:9:5: interfaces[1]: found bridge \"x\" with the tags of interfaces[0] on line 8, expected another bridge or other tags"),
	ROW(THREE_PORTS
		"bridges:\n  - {name: x, members: [{port: a}]}\ninterfaces: [{name: i, bridge: x, tags: [{vid: 10, tpid: 0x9100}], addresses: [192.0.2.1/24]}]\n",
		"x.yaml:7:58: interfaces[0].tags[0].tpid: found 0x9100, which is not supported yet"),
	ROW(THREE_PORTS
		"bridges:\n  - name: br\n    vlan-aware: true\n    tpid: 0x9100\n    members:\n      - {port: a, mode: access, vlan: 10}\ninterfaces: [{name: i, bridge: br, tags: [{vid: 10}, {vid: 5, tpid: 0x9100}], addresses: [192.0.2.1/24]}]\n",
		"x.yaml:11:69: interfaces[0].tags[1].tpid: found 0x9100, which is not supported yet"),
};

static void a_port_has_one_role(void **state)
{
	check_rows(roles, sizeof(roles) / sizeof(roles[0]));
}

static void vlan_keys_belong_to_a_mode_and_a_vlan_aware_bridge(void **state)
{
	check_rows(modes, sizeof(modes) / sizeof(modes[0]));
}

static void values_are_taken_strictly(void **state)
{
	check_rows(values, sizeof(values) / sizeof(values[0]));
}

static void translations_can_be_undone(void **state)
{
	check_rows(translations, sizeof(translations) / sizeof(translations[0]));
}

static void static_entries_are_where_a_member_is(void **state)
{
	check_rows(entries, sizeof(entries) / sizeof(entries[0]));
}

static void interfaces_are_in_a_vlan_with_members(void **state)
{
	check_rows(on_bridges, sizeof(on_bridges) / sizeof(on_bridges[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_has_one_role),
		cmocka_unit_test(vlan_keys_belong_to_a_mode_and_a_vlan_aware_bridge),
		cmocka_unit_test(values_are_taken_strictly),
		cmocka_unit_test(translations_can_be_undone),
		cmocka_unit_test(static_entries_are_where_a_member_is),
		cmocka_unit_test(interfaces_are_in_a_vlan_with_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
