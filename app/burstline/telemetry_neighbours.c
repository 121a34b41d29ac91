/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Neighbours and our own addresses as telemetry tells them. Called through the table in
 * telemetry_answers.c, in EAL's telemetry threads; reads copies and counters that outlive views,
 * and changes nothing. The control lcore may change entries meanwhile.
 */

#include <stdio.h>

#include <rte_common.h>

#include "compat.h"
#include "neigh/neigh.h"
#include "neigh/own.h"
#include "neigh_log.h"
#include "telemetry_list.h"
#include "telemetry_neighbours.h"

static void add_address(
	struct instance *instance, struct rte_tel_data *e, uint16_t iface, uint32_t ip_be)
{
	const uint8_t *ip = (const uint8_t *)&ip_be;
	char text[16];

	rte_tel_data_add_dict_string(e, "interface", instance->ifaces.iface[iface].name);
	snprintf(text, sizeof(text), "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
	rte_tel_data_add_dict_string(e, "address", text);
}

static void add_mac(struct rte_tel_data *e, const char *key, const uint8_t mac[6])
{
	char text[32];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
	rte_tel_data_add_dict_string(e, key, text);
}

static void add_neighbour(
	struct instance *instance, struct rte_tel_data *e, const struct neigh_info *info)
{
	static const char *const states[] = {[NEIGH_FREE] = "free",
		[NEIGH_INCOMPLETE] = "incomplete",
		[NEIGH_REACHABLE] = "reachable",
		[NEIGH_STALE] = "stale",
		[NEIGH_PROBE] = "probe",
		[NEIGH_STATIC] = "static",
		[NEIGH_FAILED] = "failed"};

	add_address(instance, e, info->iface, info->ip_be);
	add_mac(e, "mac", info->mac);
	rte_tel_data_add_dict_string(e, "state", states[info->state]);
	compat_tel_u64(e, "held", info->held);
}

int telemetry_neighbours(struct instance *instance, unsigned first, struct rte_tel_data *list)
{
	struct neigh_info info[64];
	unsigned cursor = 0, seen = 0, n;

	do {
		n = neigh_copy(instance->neigh, &cursor, info, RTE_DIM(info));
		for (unsigned i = 0; i < n; i++) {
			struct rte_tel_data *e =
				telemetry_entry(list, first, TELEMETRY_SHORT, &seen);

			if (e != NULL)
				add_neighbour(instance, e, &info[i]);
		}
	} while (n == RTE_DIM(info));
	return 0;
}

int telemetry_addresses(struct instance *instance, unsigned first, struct rte_tel_data *list)
{
	static const char *const states[] = {[OWN_DOWN] = "down",
		[OWN_PROBING] = "probing",
		[OWN_IN_USE] = "in_use",
		[OWN_TAKEN] = "taken"};
	struct own_info info[TELEMETRY_SHORT];
	unsigned n = own_copy(instance->neigh, &first, info, TELEMETRY_SHORT);

	for (unsigned i = 0; i < n; i++) {
		struct rte_tel_data *e = telemetry_object(list);

		add_address(instance, e, info[i].iface, info[i].ip_be);
		add_mac(e, "mac", instance->ifaces.iface[info[i].iface].mac);
		rte_tel_data_add_dict_string(e, "state", states[info[i].state]);
		compat_tel_u64(e, "conflicts", info[i].conflicts);
		add_mac(e, "conflict_mac", info[i].mac);
	}
	return 0;
}

int telemetry_neighbour_events(struct instance *instance, unsigned first, struct rte_tel_data *list)
{
	static const char *const kinds[NEIGH_EVENT_KINDS] = {
		[NEIGH_EVENT_CONFLICT] = "conflict",
		[NEIGH_EVENT_TAKEN] = "taken",
		[NEIGH_EVENT_REGAINED] = "regained",
		[NEIGH_EVENT_MOVED] = "moved",
		[NEIGH_EVENT_STATIC] = "static_conflict",
		[NEIGH_EVENT_FULL] = "table_full",
	};
	const struct neigh_log_counts *counts = neigh_log_counts(instance->neigh_log);
	struct rte_tel_data *e;

	if (first > 0)
		return 0;
	e = telemetry_object(list);
	for (unsigned k = 0; k < NEIGH_EVENT_KINDS; k++)
		compat_tel_u64(e, kinds[k], counts->kind[k]);
	compat_tel_u64(e, "flapping", counts->flapping);
	compat_tel_u64(e, "lines_suppressed", counts->suppressed);
	compat_tel_u64(e, "lost", neigh_events(instance->neigh)->lost);
	return 0;
}
