/* SPDX-License-Identifier: BSD-3-Clause */
/* Bridges in a configuration: what good ones become, and the addresses of
 * interfaces on them. Bad ones are in conf_bridge_error_test.c. */

#include <stdio.h>

#include "conf_rows.h"

static const char every_key[] =
	"ports:\n"
	"  - {name: a, device: net_null0}\n"
	"  - {name: b, device: net_null1}\n"
	"  - {name: c, device: net_null2}\n"
	"  - {name: d, device: net_null3}\n"
	"bridges:\n"
	"  - {name: flat, members: [{port: d, isolated: true}], static: [{mac: "
	"\"02:00:00:00:00:0d\", port: d}]}\n"
	"  - name: vlans\n"
	"    vlan-aware: true\n"
	"    tpid: 0x9100\n"
	"    ageing: 10\n"
	"    fdb: 1048576\n"
	"    vlan-limit: 1000\n"
	"    learn-rate: 0\n"
	"    static: [{mac: \"02:00:00:00:00:0b\", vlan: 25, port: a}]\n"
	"    members:\n"
	"      - port: a\n"
	"        mode: trunk\n"
	"        vlans: [10, \"20-30\", \"4094\"]\n"
	"        native: 10\n"
	"        accept: tagged\n"
	"        filter: false\n"
	"        pcp: 5\n"
	"        pcp-map: [0, 1, 2, 3, 4, 5, 5, 5]\n"
	"        translate:\n"
	"          - {wire: [{vid: 200}], inside: [{vid: 40}]}\n"
	"          - {wire: [{tpid: 0x8100, vid: 10}], inside: [{vid: 41}, {vid: 7}]}\n"
	"          - {wire: [{vid: 300}, {tpid: 0x88a8, vid: 1}], inside: [{vid: 42}]}\n"
	"        sticky: true\n"
	"        limit: 16777216\n"
	"        storm: {broadcast: 1, multicast: 2, unknown: 1000000000}\n"
	"      - {port: b, mode: access, vlan: 10, accept: untagged}\n"
	"      - {port: c, mode: qinq, vlan: 25}\n"
	"interfaces:\n"
	"  - {name: i, bridge: vlans, tags: [{vid: 40}, {vid: 5}], addresses: [192.0.2.1/24]}\n"
	"  - {name: j, bridge: flat, addresses: [192.0.2.1/24]}\n"
	"  - {name: k, bridge: flat, tags: [{vid: 5}], addresses: [192.0.2.1/24]}\n";

static struct conf *load(const char *text)
{
	struct conf *conf = NULL;
	char error[512];

	if (conf_load_buffer("test", text, strlen(text), &conf, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	return conf;
}

static void a_bridge_and_its_static_entries_are_as_written(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 0x0b};
	struct conf *c = load(every_key);
	const struct conf_bridge *b = &c->bridges[1];

	assert_int_equal(c->n_bridges, 2);
	assert_string_equal(b->name, "vlans");
	assert_true(b->vlan_aware);
	assert_int_equal(b->tpid, 0x9100);
	assert_int_equal(b->ageing, 10);
	assert_int_equal(b->fdb, 1 << 20);
	assert_int_equal(b->vlan_limit, 1000);
	assert_int_equal(b->learn_rate, 0);
	assert_int_equal(b->n_entries, 1);
	assert_memory_equal(b->entries[0].mac, mac, 6);
	assert_int_equal(b->entries[0].vlan, 25);
	assert_int_equal(b->entries[0].port, 0);
	conf_free(c);
}

static unsigned count_vlans(const struct conf_member *member)
{
	unsigned n = 0;

	for (unsigned v = 0; v < CONF_VLANS; v++)
		n += conf_member_has_vlan(member, v);
	return n;
}

static void a_trunk_is_as_written(void **state)
{
	static const uint8_t map[8] = {0, 1, 2, 3, 4, 5, 5, 5};
	struct conf *c = load(every_key);
	const struct conf_member *m = &c->bridges[1].members[0];

	assert_int_equal(c->bridges[1].n_members, 3);
	assert_int_equal(m->port, 0);
	assert_int_equal(m->mode, CONF_MODE_TRUNK);
	assert_int_equal(m->vlan, 10);
	assert_int_equal(count_vlans(m), 1 + 11 + 1 + 3);
	assert_true(conf_member_has_vlan(m, 10));
	assert_true(conf_member_has_vlan(m, 20));
	assert_true(conf_member_has_vlan(m, 30));
	assert_true(conf_member_has_vlan(m, 4094));
	assert_true(conf_member_has_vlan(m, 41));
	assert_false(conf_member_has_vlan(m, 200));
	assert_int_equal(m->accept, CONF_ACCEPT_TAGGED);
	assert_false(m->filter);
	assert_int_equal(m->pcp, 5);
	assert_memory_equal(m->pcp_map, map, 8);
	assert_false(m->isolated);
	assert_true(m->sticky);
	assert_int_equal(m->limit, 1 << 24);
	assert_int_equal(m->storm.broadcast, 1);
	assert_int_equal(m->storm.multicast, 2);
	assert_int_equal(m->storm.unknown, 1000000000);
	conf_free(c);
}

static void check_tag(const struct conf_tag *tag, unsigned tpid, unsigned vid)
{
	assert_int_equal(tag->tpid, tpid);
	assert_int_equal(tag->vid, vid);
}

static void translations_take_the_bridges_tpid_for_the_first_tag(void **state)
{
	struct conf *c = load(every_key);
	const struct conf_translation *t = c->bridges[1].members[0].translations;

	assert_int_equal(c->bridges[1].members[0].n_translations, 3);
	assert_int_equal(t[0].n_wire, 1);
	assert_int_equal(t[0].n_inside, 1);
	check_tag(&t[0].wire[0], 0x9100, 200);
	check_tag(&t[0].inside[0], 0x9100, 40);
	assert_int_equal(t[1].n_inside, 2);
	check_tag(&t[1].wire[0], 0x8100, 10);
	check_tag(&t[1].inside[1], 0x8100, 7);
	assert_int_equal(t[2].n_wire, 2);
	check_tag(&t[2].wire[0], 0x9100, 300);
	check_tag(&t[2].wire[1], 0x88a8, 1);
	conf_free(c);
}

static void absent_keys_have_their_defaults(void **state)
{
	struct conf *c = load(every_key);
	const struct conf_bridge *flat = &c->bridges[0];
	const struct conf_member *d = &flat->members[0], *b = &c->bridges[1].members[1];

	assert_false(flat->vlan_aware);
	assert_int_equal(flat->tpid, 0x8100);
	assert_int_equal(flat->ageing, 300);
	assert_int_equal(flat->fdb, 65536);
	assert_int_equal(flat->vlan_limit, 0);
	assert_int_equal(flat->learn_rate, 1000000);
	assert_int_equal(flat->entries[0].vlan, 0);
	assert_int_equal(d->port, 3);
	assert_int_equal(d->mode, CONF_MODE_ACCESS);
	assert_int_equal(d->vlan, 0);
	assert_int_equal(count_vlans(d), 0);
	assert_true(d->isolated);
	assert_int_equal(b->accept, CONF_ACCEPT_UNTAGGED);
	assert_true(b->filter);
	assert_int_equal(b->pcp, 0);
	for (unsigned i = 0; i < CONF_PCPS; i++)
		assert_int_equal(b->pcp_map[i], i);
	assert_false(b->isolated);
	assert_false(b->sticky);
	assert_int_equal(b->limit, 0);
	assert_int_equal(b->storm.broadcast + b->storm.multicast + b->storm.unknown, 0);
	assert_int_equal(b->n_translations, 0);
	assert_int_equal(c->bridges[1].members[2].mode, CONF_MODE_QINQ);
	assert_int_equal(c->bridges[1].members[2].vlan, 25);
	assert_int_equal(count_vlans(&c->bridges[1].members[2]), 1);
	conf_free(c);
}

static void an_interface_on_a_bridge_has_its_tpid_first(void **state)
{
	struct conf *c = load(every_key);
	const struct conf_interface *i = c->interfaces;

	assert_true(i[0].on_bridge);
	assert_int_equal(i[0].bridge, 1);
	check_tag(&i[0].tags[0], 0x9100, 40);
	check_tag(&i[0].tags[1], 0x8100, 5);
	assert_true(i[1].on_bridge);
	assert_int_equal(i[1].bridge, 0);
	assert_int_equal(i[1].n_tags, 0);
	check_tag(&i[2].tags[0], 0x8100, 5);
	conf_free(c);
}

/* What looks like a contradiction and is none: the wire side of one translation is the inside of
 * another, and the native VLAN stands in `vlans` too. */
static void vlans_may_be_exchanged(void **state)
{
	struct conf *c = load("ports: [{name: a, device: net_null0}]\n"
			      "bridges:\n"
			      "  - name: b\n"
			      "    vlan-aware: true\n"
			      "    members:\n"
			      "      - {port: a, mode: trunk, native: 9, vlans: [9], translate: [\n"
			      "          {wire: [{vid: 1}], inside: [{vid: 5}]},\n"
			      "          {wire: [{vid: 5}], inside: [{vid: 1}]},\n"
			      "          {wire: [{vid: 6, tpid: 0x88a8}], inside: [{vid: 2}]},\n"
			      "          {wire: [{vid: 6}, {vid: 1}], inside: [{vid: 3}]},\n"
			      "          {wire: [{vid: 6}, {vid: 2}], inside: [{vid: 4}]}]}\n");

	assert_int_equal(count_vlans(&c->bridges[0].members[0]), 6);
	conf_free(c);
}

static void an_address_of_a_bridge_follows_from_both_names(void **state)
{
	static const uint8_t known[6] = {0x02, 0x59, 0x67, 0xcd, 0x03, 0xfb};
	uint8_t a[6], b[6];

	conf_bridge_mac("burstline", "br0", a);
	assert_memory_equal(a, known, 6); // the same in every version
	conf_bridge_mac("burstline", "br1", b);
	assert_memory_not_equal(a, b, 6);
	conf_bridge_mac("burstlin", "ebr0", b);
	assert_memory_not_equal(a, b, 6);
	assert_int_equal(b[0], 0x02);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bridge_and_its_static_entries_are_as_written),
		cmocka_unit_test(a_trunk_is_as_written),
		cmocka_unit_test(translations_take_the_bridges_tpid_for_the_first_tag),
		cmocka_unit_test(absent_keys_have_their_defaults),
		cmocka_unit_test(an_interface_on_a_bridge_has_its_tpid_first),
		cmocka_unit_test(vlans_may_be_exchanged),
		cmocka_unit_test(an_address_of_a_bridge_follows_from_both_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
