/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer target: any octets either load or give a message, and nothing leaks or reads beyond its
 * end. What loads obeys the limits that others size their tables by. Built with -Dfuzz=true and
 * clang; run as `conf_fuzz -max_len=4096 CORPUS`, with the files of config/ as a start.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_bridge(const struct conf *conf, const struct conf_bridge *bridge)
{
	require(bridge->n_members <= CONF_PORTS_MAX && bridge->n_entries <= CONF_ENTRIES_MAX);
	for (unsigned i = 0; i < bridge->n_members; i++) {
		const struct conf_member *m = &bridge->members[i];

		require(m->port < conf->n_ports && m->vlan < CONF_VLANS - 1);
		require(!conf_member_has_vlan(m, 0) && !conf_member_has_vlan(m, CONF_VLANS - 1));
		require(m->n_translations <= CONF_TRANSLATIONS_MAX);
		for (unsigned t = 0; t < m->n_translations; t++)
			require(m->translations[t].n_wire + m->translations[t].n_inside <= 3 &&
				m->translations[t].inside[0].tpid == bridge->tpid);
		for (unsigned p = 0; p < CONF_PCPS; p++)
			require(m->pcp_map[p] < CONF_PCPS);
	}
	for (unsigned i = 0; i < bridge->n_entries; i++)
		require(bridge->entries[i].port < conf->n_ports &&
			(bridge->entries[i].vlan != 0) == bridge->vlan_aware);
}

static void check(const struct conf *conf)
{
	require(conf->name[0] != '\0' && conf->n_ports <= CONF_PORTS_MAX);
	for (unsigned i = 0; i < conf->n_ports; i++)
		require(conf->ports[i].unknown_port < (int)conf->n_ports);
	for (unsigned i = 0; i < conf->n_wires; i++)
		require(conf->wires[i].port[0] < conf->n_ports &&
			conf->wires[i].port[1] < conf->n_ports &&
			conf->wires[i].port[0] != conf->wires[i].port[1]);
	require(conf->n_bridges <= CONF_BRIDGES_MAX);
	for (unsigned i = 0; i < conf->n_bridges; i++)
		check_bridge(conf, &conf->bridges[i]);
	for (unsigned i = 0; i < conf->n_interfaces; i++)
		require((conf->interfaces[i].on_bridge
					? conf->interfaces[i].bridge < conf->n_bridges
					: conf->interfaces[i].port < conf->n_ports) &&
			conf->interfaces[i].n_addresses > 0 &&
			conf->interfaces[i].n_tags <= CONF_TAGS_MAX);
	for (unsigned i = 0; i < conf->n_neighbours; i++)
		require(conf->neighbours[i].interface < conf->n_interfaces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *conf = NULL;
	char error[512];

	if (conf_load_buffer("fuzz", data, size, &conf, error, sizeof(error)) == 0) {
		check(conf);
		conf_free(conf);
	} else { // without a line: libcyaml refused what the walk let pass
		require(conf == NULL && strncmp(error, "fuzz:", 5) == 0);
		require(error[5] >= '1' && error[5] <= '9');
	}
	return 0;
}
