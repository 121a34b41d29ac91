/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The order in which a live change (live.h) is made: what is new first, what has to stop meanwhile
 * last; the way back, and the end of what was before. Called by live.c while telemetry waits. No
 * lane sees anything of it before a view.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mempool.h>

#include "base/log.h"
#include "build.h"
#include "conf/conf.h"
#include "live_change.h"
#include "live_handlers.h"
#include "live_ports.h"
#include "live_rings.h"
#include "live_tables.h"
#include "plugin.h"

#define EXCHANGE(member)                                                                           \
	do {                                                                                       \
		__typeof__(c->member) was;                                                         \
		_Static_assert(sizeof(was) == sizeof(instance->member), #member);                  \
		memcpy(&was, &c->member, sizeof(was));                                             \
		memcpy(&c->member, &instance->member, sizeof(was));                                \
		memcpy(&instance->member, &was, sizeof(was));                                      \
	} while (0)

void live_change_exchange(struct instance *instance, struct live_change *c)
{
	EXCHANGE(plan);
	EXCHANGE(ports);
	EXCHANGE(pools);
	EXCHANGE(pool_kept);
	EXCHANGE(bridges);
	EXCHANGE(ifaces);
	EXCHANGE(iface_id);
	EXCHANGE(bridge_id);
	EXCHANGE(rings);
	EXCHANGE(gates);
	EXCHANGE(handlers);
	EXCHANGE(police);
	instance->conf = instance->plan->conf;
	live_ports_point(instance);
}

static void undo_pools(struct instance *instance, const struct live_change *c)
{
	if (instance->pools == NULL || instance->pools == c->pools)
		return;
	for (unsigned i = 0; i < instance->plan->n_pools; i++)
		if (i >= c->plan->n_pools || c->pools[i] == NULL)
			rte_mempool_free(instance->pools[i]);
	free(instance->pools);
	free(instance->pool_kept);
}

// No port has it, and every mbuf is back but those that a driver keeps for good.
static bool is_idle(const struct instance *instance, unsigned i)
{
	const struct plan *plan = instance->plan;

	if (instance->pools[i] == NULL || plan->pools[i].control)
		return false;
	for (unsigned p = 0; p < plan->n_ports; p++) {
		if (plan->ports[p].pool == i)
			return false;
	}
	return rte_mempool_in_use_count(instance->pools[i]) == instance->pool_kept[i];
}

void live_change_trim_pools(struct instance *instance)
{
	struct plan *plan = (struct plan *)(uintptr_t)instance->plan;
	uint64_t idle = 0;

	for (unsigned i = 0; i < plan->n_pools && i < 64; i++)
		idle |= (uint64_t)is_idle(instance, i) << i;
	// Whoever gave the last one back may not be through with that.
	if (idle == 0 || instance->kept != NULL || !live_grace(instance))
		return;
	for (unsigned i = 0; i < plan->n_pools && i < 64; i++) {
		if ((idle >> i & 1) == 0)
			continue;
		rte_mempool_free(instance->pools[i]);
		instance->pools[i] = NULL;
		instance->pool_kept[i] = 0;
		plan->pools[i].n = 0;
		plan->pools[i].bytes = 0;
	}
}

// Back to what was; everything that was made goes, ports before the pools that they have mbufs of.
static void undo(struct instance *instance, struct live_change *c)
{
	live_rings_undo(instance, c);
	live_handlers_undo(instance, c);
	live_tables_undo(instance, c);
	live_ports_undo(instance, c);
	undo_pools(instance, c);
	live_change_exchange(instance, c);
}

static int make_pools(
	struct instance *instance, const struct live_change *c, char *error, size_t error_size)
{
	unsigned n = instance->plan->n_pools, was = c->plan->n_pools;

	instance->pools = calloc(n, sizeof(instance->pools[0]));
	instance->pool_kept = calloc(n, sizeof(instance->pool_kept[0]));
	if (instance->pools == NULL || instance->pool_kept == NULL)
		return -1;
	memcpy(instance->pools, c->pools, was * sizeof(instance->pools[0]));
	memcpy(instance->pool_kept, c->pool_kept, was * sizeof(instance->pool_kept[0]));
	return build_pools(instance, error, error_size);
}

// The second plan knows what the devices of new ports really offer.
static int plan_again(struct instance *instance, const struct live_change *c,
	const struct plan **plan, char *error, size_t error_size)
{
	struct plan *final;

	if (c->n_ports_new == 0)
		return 0;
	if (plan_change(instance->conf, instance->topology, instance->plugins->table, c->plan,
		    &final, error, error_size) != 0)
		return -1;
	*plan = instance->plan;
	instance->plan = final;
	live_ports_point(instance);
	plan_free((struct plan *)(uintptr_t)*plan);
	return 0;
}

// What comes first; what has to stop meanwhile last, when all else is there.
static int make(struct instance *instance, struct live_change *c, char *error, size_t error_size)
{
	const struct plan *first;

	if (live_ports_match(instance, c, error, error_size) != 0)
		return -1;
	live_ports_point(instance);
	if (live_ports_probe(instance, c, error, error_size) != 0 ||
		plan_again(instance, c, &first, error, error_size) != 0 ||
		make_pools(instance, c, error, error_size) != 0 ||
		live_ports_start(instance, c, error, error_size) != 0 ||
		live_tables_build(instance, c, error, error_size) != 0 ||
		live_handlers_make(instance, c, error, error_size) != 0 ||
		live_rings_make(instance, c, error, error_size) != 0 ||
		live_handlers_start(instance, c, error, error_size) != 0)
		return -1;
	return live_ports_reopen(instance, c, error, error_size);
}

// All of the old state goes into the change; of the new there is nothing yet but its plan.
static void begin(struct instance *instance, struct live_change *c, struct plan *plan)
{
	c->conf = instance->live_conf;
	c->plugins = instance->plugins;
	c->n_handlers = instance->plan->n_instances;
	c->n_police = instance->plan->n_instances * instance->plan->n_lcores;
	c->first_lane = instance->plan->n_lcores;
	c->plan = plan;
	live_change_exchange(instance, c);
}

int live_change_make(struct instance *instance, struct conf *conf, struct live_change **change,
	char *error, size_t error_size)
{
	struct live_change *c = calloc(1, sizeof(*c));
	struct plugin_set *plugins = NULL, *running = instance->plugins;
	struct plan *plan = NULL;

	snprintf(error, error_size, "out of memory: nothing was changed");
	if (c == NULL ||
		plugin_load(conf, instance->builtin, running, &plugins, error, error_size) != 0 ||
		plan_change(conf, instance->topology, plugins->table, instance->plan, &plan, error,
			error_size) != 0) {
		plugin_unload(plugins);
		free(c);
		return -1;
	}
	begin(instance, c, plan);
	instance->plugins = plugins;
	snprintf(error, error_size, "out of memory: nothing was changed");
	if (make(instance, c, error, error_size) != 0) {
		undo(instance, c);
		instance->plugins = running;
		plugin_unload(plugins);
		plan_free((struct plan *)(uintptr_t)c->plan);
		free(c);
		return -1;
	}
	for (unsigned w = 0; w < instance->plan->n_warnings; w++)
		if (instance->plan->warnings[w].topic == PLAN_MBUFS)
			log_warning("%s", instance->plan->warnings[w].what);
	instance->live_conf = conf;
	*change = c;
	return 0;
}

void live_change_free(struct instance *instance, struct live_change *c)
{
	live_ports_close(instance, c);
	live_handlers_close(instance, c);
	live_rings_close(instance, c);
	live_tables_close(instance, c);
	free(c->pools);
	free(c->pool_kept);
	plugin_unload(c->plugins);
	plan_free((struct plan *)(uintptr_t)c->plan);
	conf_free(c->conf);
	free(c);
}
