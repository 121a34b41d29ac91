/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Neighbours, our own addresses and the interfaces that they live on: tables of show.c. Reads
 * copies and counters that outlive views, and changes nothing. The control lcore may change entries
 * meanwhile.
 */

#include <stdio.h>

#include <rte_common.h>

#include "neigh/neigh.h"
#include "neigh/own.h"
#include "neigh_log.h"
#include "show.h"

static void add_address(struct instance *instance, json_t *e, uint16_t iface, uint32_t ip_be)
{

	show_text(e, "interface", instance->ifaces.iface[iface].name);
	show_ip(e, "address", ip_be);
}

static void add_neighbour(struct instance *instance, json_t *e, const struct neigh_info *info)
{
	static const char *const states[] = {[NEIGH_FREE] = "free",
		[NEIGH_INCOMPLETE] = "incomplete",
		[NEIGH_REACHABLE] = "reachable",
		[NEIGH_STALE] = "stale",
		[NEIGH_PROBE] = "probe",
		[NEIGH_STATIC] = "static",
		[NEIGH_FAILED] = "failed"};

	add_address(instance, e, info->iface, info->ip_be);
	show_mac(e, "mac", info->mac);
	show_text(e, "state", states[info->state]);
	show_number(e, "held", info->held);
}

int show_neighbours(struct instance *instance, struct show_rows *rows)
{
	struct neigh_info info[64];
	unsigned cursor = 0, n;

	do {
		n = neigh_copy(instance->neigh, &cursor, info, RTE_DIM(info));
		for (unsigned i = 0; i < n; i++) {
			json_t *e = show_row(rows);

			if (e != NULL)
				add_neighbour(instance, e, &info[i]);
		}
	} while (n == RTE_DIM(info));
	return 0;
}

static unsigned prefix_of(const struct iface *iface, uint32_t ip_be)
{
	for (uint16_t a = 0; a < iface->n_addresses; a++) {
		if (iface->addresses[a].ip_be == ip_be)
			return iface->addresses[a].prefix;
	}
	return 0;
}

static void add_own(struct instance *instance, json_t *e, const struct own_info *info)
{
	static const char *const states[] = {[OWN_DOWN] = "down",
		[OWN_PROBING] = "probing",
		[OWN_IN_USE] = "in_use",
		[OWN_TAKEN] = "taken"};
	const struct iface *iface = &instance->ifaces.iface[info->iface];

	add_address(instance, e, info->iface, info->ip_be);
	show_number(e, "prefix", prefix_of(iface, info->ip_be));
	show_mac(e, "mac", iface->mac);
	show_text(e, "state", states[info->state]);
	show_number(e, "conflicts", info->conflicts);
	show_mac(e, "conflict_mac", info->mac);
}

int show_addresses(struct instance *instance, struct show_rows *rows)
{
	struct own_info info[64];
	unsigned cursor = 0, n;

	do {
		n = own_copy(instance->neigh, &cursor, info, RTE_DIM(info));
		for (unsigned i = 0; i < n; i++) {
			json_t *e = show_row(rows);

			if (e != NULL)
				add_own(instance, e, &info[i]);
		}
	} while (n == RTE_DIM(info));
	return 0;
}

int show_neighbour_events(struct instance *instance, struct show_rows *rows)
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
	json_t *e = show_row(rows);

	for (unsigned k = 0; k < NEIGH_EVENT_KINDS; k++)
		show_number(e, kinds[k], counts->kind[k]);
	show_number(e, "flapping", counts->flapping);
	show_number(e, "lines_suppressed", counts->suppressed);
	show_number(e, "lost", neigh_events(instance->neigh)->lost);
	return 0;
}

static const char *place_of(const struct instance *instance, const struct iface *iface)
{
	return iface->on_bridge ? instance->bridge_names[iface->bridge]
	                        : instance->port_name[iface->port];
}

int show_interfaces(struct instance *instance, struct show_rows *rows)
{
	for (uint16_t i = 0; i < instance->ifaces.n; i++) {
		const struct iface *iface = &instance->ifaces.iface[i];
		char tags[IFACE_TAGS_MAX * 12 + 1] = "";
		json_t *row = iface->unused ? NULL : show_row(rows);
		size_t used = 0;

		if (row == NULL)
			continue;
		for (unsigned t = 0; t < iface->n_tags; t++)
			used += (size_t)snprintf(tags + used, sizeof(tags) - used, "%s0x%04x:%u",
				t == 0 ? "" : " ", iface->tags[t].tpid, iface->tags[t].vid);
		show_text(row, "name", iface->name);
		show_text(row, iface->on_bridge ? "bridge" : "port", place_of(instance, iface));
		show_text(row, "tags", tags);
		show_mac(row, "mac", iface->mac);
		show_number(row, "addresses", iface->n_addresses);
	}
	return 0;
}
