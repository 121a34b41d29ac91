/* SPDX-License-Identifier: BSD-3-Clause */
/* What bridges take in a plan, who gets copies of floods, and devices that lose tags. */

#include "plan_fixture.h"

static struct conf *loaded;

static void load(const char *text)
{
	char error[512];

	fixture_init(&f, 3);
	if (conf_load_buffer("test", text, strlen(text), &loaded, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	f.conf = *loaded;
}

static int unload(void **state)
{
	conf_free(loaded);
	loaded = NULL;
	return release(state);
}

/** Count of the pool's line, or 0. */
static uint64_t count_of(const struct plan_pool *pool, const char *what)
{
	for (unsigned i = 0; i < pool->n_terms; i++)
		if (strcmp(pool->terms[i].what, what) == 0)
			return pool->terms[i].count;
	return 0;
}

/* Two NICs in a VLAN-aware bridge, polled by two workers. */
#define NICS(queues)                                                                               \
	"lcores: {control: 0, workers: [1, 2]}\n"                                                  \
	"ports:\n"                                                                                 \
	"  - {name: a, device: \"0000:3b:00.0\", tx-queues: " queues "}\n"                         \
	"  - {name: b, device: \"0000:3b:00.1\", tx-queues: " queues "}\n"

#define VLANS(a, b)                                                                                \
	"bridges:\n"                                                                               \
	"  - name: br0\n"                                                                          \
	"    vlan-aware: true\n"                                                                   \
	"    members: [{port: a, " a "}, {port: b, " b "}]\n"

static void chains_of_floods_are_in_the_pools(void **state)
{
	load(NICS("2") VLANS("mode: trunk, vlans: [10]", "mode: access, vlan: 10"));
	make();
	assert_int_equal(
		count_of(&f.plan->pools[0], "floods, 2 lcores x 32 x 2 members x 2: chains"), 256);
	assert_int_equal(
		count_of(&f.plan->pools[0], "second mbufs of chains on TX descriptors"), 4 * 1024);
	assert_int_equal(
		count_of(&f.plan->pools[1], "floods, 1 lcore x 32 x 2 members x 2: chains"), 128);
	assert_true(f.plan->pools[1].control);
}

static void chains_in_rings_to_tx_owners_are_counted(void **state)
{
	load(NICS("1") VLANS("mode: trunk, vlans: [10]", "mode: access, vlan: 10"));
	make();
	assert_int_equal(
		count_of(&f.plan->pools[0], "chains in rings to TX owners, (slots - 1) x 2"),
		2 * 2 * 1023);
	assert_int_equal(
		count_of(&f.plan->pools[1], "chains in rings to TX owners, (slots - 1) x 2"), 0);
}

static void a_bridge_that_changes_no_tags_makes_no_chains(void **state)
{
	load(NICS("1") "bridges: [{name: br0, members: [{port: a}, {port: b}]}]\n");
	make();
	assert_int_equal(
		count_of(&f.plan->pools[0], "floods, 2 lcores x 32 x 2 members: copies"), 128);
	assert_int_equal(
		count_of(&f.plan->pools[0], "second mbufs of chains on TX descriptors"), 0);
	assert_int_equal(
		count_of(&f.plan->pools[0], "chains in rings to TX owners, (slots - 1) x 2"), 0);
	assert_int_equal(f.plan->bridges[0].n_vlans, 1);
}

static void a_table_is_two_slots_an_entry(void **state)
{
	size_t bytes, all;

	load(NICS("2") VLANS("mode: trunk, vlans: [\"10-12\"]", "mode: access, vlan: 12"));
	make();
	assert_int_equal(f.plan->n_bridges, 1);
	assert_int_equal(f.plan->bridges[0].n_vlans, 3);
	bytes = f.plan->bridges[0].table_bytes;
	all = f.plan->memory_bytes;
	// Of 8 octets, four in a bucket, which takes one more.
	assert_true(bytes > 32768 * 33 && bytes < 32768 * 33 + 65536);
	release(NULL);
	loaded->bridges[0].fdb = 65537;
	make();
	assert_int_equal(f.plan->bridges[0].table_bytes, bytes + 32768 * 33);
	assert_int_equal(f.plan->memory_bytes, all + 32768 * 33);
	release(NULL);
	loaded->bridges[0].fdb = 1 << 20;
	make();
	assert_int_equal(f.plan->bridges[0].table_bytes, bytes + (524288 - 32768) * 33);
}

static void counters_grow_with_vlans_and_lcores(void **state)
{
	size_t bytes;

	load(NICS("2") VLANS("mode: trunk, vlans: [10]", "mode: access, vlan: 10"));
	make();
	bytes = f.plan->bridges[0].counter_bytes;
	assert_int_equal(bytes % 3, 0);
	unload(NULL);
	load(NICS("2") VLANS("mode: trunk, vlans: [\"1-4094\"]", "mode: access, vlan: 10"));
	make();
	assert_int_equal(f.plan->bridges[0].counter_bytes, bytes + 3 * 4093 * 32);
}

static void rings_and_check_sequences_take_copies(void **state)
{
	load("ports:\n"
	     "  - {name: a, device: net_ring0}\n"
	     "  - {name: b, device: net_null0, fcs: true}\n"
	     "  - {name: c, device: \"net_tap0,iface=bl0\"}\n"
	     "bridges: [{name: br0, members: [{port: a}, {port: b}, {port: c}]}]\n");
	make();
	assert_true(f.plan->ports[0].linear);
	assert_true(f.plan->ports[1].linear);
	assert_false(f.plan->ports[2].linear);
}

#define PACKET                                                                                     \
	"ports:\n"                                                                                 \
	"  - {name: a, device: \"net_af_packet0,iface=x\"}\n"                                      \
	"  - {name: b, device: net_null0}\n"

#define LOST                                                                                       \
	" on port a, but net_af_packet gives every outer tag back as 0x8100: use another device "  \
	"there, or 0x8100"

static void what_needs_tags_that_a_device_loses_is_refused(void **state)
{
	static const struct {
		const char *text, *sentence;
	} rows[] = {
		{PACKET "bridges:\n  - {name: s, vlan-aware: true, tpid: 0x88a8, members: [{port: "
			"b, mode: access, vlan: 1}, {port: a, mode: trunk, vlans: [1]}]}\n",
			"bridge s needs tags of TPID 0x88a8" LOST},
		{PACKET VLANS("mode: trunk, translate: [{wire: [{vid: 1}], inside: [{vid: 3}]}, "
			      "{wire: [{tpid: 0x88a8, vid: 1}], inside: [{vid: 2}]}]",
			 "mode: access, vlan: 2"),
			"bridge br0 needs tags of TPID 0x88a8" LOST},
		{PACKET "interfaces: [{name: i, port: a, tags: [{tpid: 0x88a8, vid: 1}], "
			"addresses: [192.0.2.1/24]}]\n",
			"interface i needs tags of TPID 0x88a8" LOST},
		{PACKET "bridges: [{name: f, members: [{port: b}, {port: a}]}]\n"
			"interfaces: [{name: i, bridge: f, tags: [{tpid: 0x88a8, vid: 1}], "
			"addresses: [192.0.2.1/24]}]\n",
			"interface i needs tags of TPID 0x88a8" LOST},
		{PACKET VLANS("mode: access, vlan: 2",
			 "mode: trunk, vlans: [2]") "interfaces: [{name: i, bridge: br0, tags: [{vid: 2}, {tpid: 0x88a8, vid: "
						    "1}], addresses: [192.0.2.1/24]}]\n",
			"interface i needs tags of TPID 0x88a8" LOST},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		load(rows[i].text);
		make_fails(rows[i].sentence);
		unload(NULL);
	}
}

#define LOSES                                                                                      \
	"its device gives every outer tag back as 0x8100: frames that come in with another (0x88a8)"
#define TOO_LONG                                                                                   \
	"frames of full size pass with one 0x8100 tag at most: for other or more tags raise `mtu` and the interface's own by 4 for each"

static void what_only_passes_tags_on_is_warned_of_once(void **state)
{
	static const char *const texts[] = {
		PACKET "wires: [[a, b]]\n",
		"ports: [{name: a, device: \"net_af_packet0,iface=x\", reflect: true}]\n",
		PACKET "bridges: [{name: f, members: [{port: b}, {port: a}]}]\n",
		PACKET VLANS("mode: trunk, vlans: [2]",
			"mode: access, vlan: 2") "interfaces: [{name: i, bridge: br0, tags: [{vid: 2}, {tpid: 0x88a8, vid: "
						 "1}], addresses: [192.0.2.1/24]}]\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		load(texts[i]);
		make();
		assert_int_equal(f.plan->n_warnings, 1);
		assert_warned("port a: " LOSES " go on changed; " TOO_LONG);
		unload(NULL);
	}
}

static void a_check_sequence_that_the_kernel_sends_is_warned_of(void **state)
{
	load("ports: [{name: a, device: \"net_af_packet0,iface=x\", fcs: true},\n"
	     "  {name: b, device: \"net_tap0,iface=y\", fcs: true}]\n");
	make();
	assert_int_equal(f.plan->n_warnings, 1);
	assert_warned("port a: the kernel counts the check sequence of `fcs: true` as payload: "
		      "frames of full size are not sent unless `mtu` and the interface's own are "
		      "4 larger than that of the others");
	unload(NULL);
}

static void interfaces_on_lossy_devices_are_warned_of(void **state)
{
	static const struct {
		const char *device, *tags, *warning;
	} rows[] = {
		{"net_af_packet0,iface=x", "", NULL},
		{"net_af_packet0,iface=x", "{vid: 1}", "port a: " LOSES " are taken for it"},
		{"net_af_packet0,iface=x", "{vid: 1}, {vid: 2}",
			"port a: " LOSES " are taken for it; " TOO_LONG},
		{"net_pcap0,iface=x", "{vid: 1}", NULL},
		{"net_pcap0,iface=x", "{vid: 1}, {vid: 2}", "port a: " TOO_LONG},
		{"net_pcap0,iface=x", "{tpid: 0x88a8, vid: 1}", "port a: " TOO_LONG},
		{"net_tap0,iface=x", "{tpid: 0x88a8, vid: 1}, {vid: 2}", NULL},
		{"net_pcap0,rx_pcap=x,tx_pcap=y", "{vid: 1}, {vid: 2}", NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[512];

		snprintf(text, sizeof(text),
			"ports: [{name: a, device: \"%s\"}]\n"
			"interfaces: [{name: i, port: a, tags: [%s], addresses: [192.0.2.1/24]}]\n",
			rows[i].device, rows[i].tags);
		load(text);
		make();
		assert_int_equal(f.plan->n_warnings, rows[i].warning != NULL);
		if (rows[i].warning != NULL)
			assert_warned(rows[i].warning);
		unload(NULL);
	}
}

static void an_interface_with_a_smaller_mtu_is_warned_of(void **state)
{
	static const struct {
		unsigned interface_mtu, warnings;
	} rows[] = {{1500, 1}, {8999, 1}, {9000, 0}, {0, 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct topology_port *port = &f.topology_ports[0];

		load("ports: [{name: a, device: \"net_pcap0,iface=x\", mtu: 9000}]\n");
		snprintf(port->name, sizeof(port->name), "a");
		port->mtu = rows[i].interface_mtu;
		f.topology.ports = port;
		f.topology.n_ports = 1;
		make();
		assert_int_equal(f.plan->n_warnings, rows[i].warnings);
		if (rows[i].interface_mtu == 1500)
			assert_warned(
				"port a: its interface has MTU 1500, and net_pcap sets none: "
				"give the interface MTU 9000 before the start: ip link set dev "
				"x mtu 9000");
		unload(NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(chains_of_floods_are_in_the_pools, unload),
		cmocka_unit_test_teardown(chains_in_rings_to_tx_owners_are_counted, unload),
		cmocka_unit_test_teardown(a_bridge_that_changes_no_tags_makes_no_chains, unload),
		cmocka_unit_test_teardown(a_table_is_two_slots_an_entry, unload),
		cmocka_unit_test_teardown(counters_grow_with_vlans_and_lcores, unload),
		cmocka_unit_test_teardown(rings_and_check_sequences_take_copies, unload),
		cmocka_unit_test_teardown(what_needs_tags_that_a_device_loses_is_refused, unload),
		cmocka_unit_test_teardown(what_only_passes_tags_on_is_warned_of_once, unload),
		cmocka_unit_test_teardown(
			a_check_sequence_that_the_kernel_sends_is_warned_of, unload),
		cmocka_unit_test_teardown(interfaces_on_lossy_devices_are_warned_of, unload),
		cmocka_unit_test_teardown(an_interface_with_a_smaller_mtu_is_warned_of, unload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
