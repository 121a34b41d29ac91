/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What telemetry answers: one function a command, which fills one page of its list. Called by
 * telemetry.c in EAL's telemetry threads, which are no QSBR readers: instance->readers keeps views
 * from being freed meanwhile. Nothing here changes the instance.
 *
 * Limits of telemetry: 256 entries, 16 KiB, keys of letters, digits, _ and /, and an array of
 * objects only as the whole answer. So every answer is an array of objects, in pages.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#include "compat.h"
#include "report.h"
#include "telemetry_answers.h"
#include "telemetry_bridges.h"
#include "telemetry_handlers.h"
#include "telemetry_list.h"
#include "telemetry_neighbours.h"

static void add_drops(struct rte_tel_data *port, const struct ledger_port *p)
{
	struct rte_tel_data *drops = rte_tel_data_alloc();

	rte_tel_data_start_dict(drops);
	for (unsigned r = 0; r < DROP_REASON_COUNT; r++) {
		if (p->drops[r] != 0)
			compat_tel_u64(drops, drop_name(r), p->drops[r]);
	}
	rte_tel_data_add_dict_container(port, "drops", drops, 0);
}

static void add_classes(struct instance *instance, struct rte_tel_data *port, unsigned line,
	const struct ledger_port *p)
{
	struct rte_tel_data *classes = rte_tel_data_alloc();
	const struct view *view;
	char name[32];

	rte_tel_data_start_dict(classes);
	pthread_mutex_lock(&instance->readers);
	view = atomic_load(&instance->view);
	for (unsigned c = 0; view != NULL && c < view->classifier->n_classes; c++) {
		if (p->class[c] != 0)
			compat_tel_u64(classes,
				report_class_name(view->classifier, c, name, sizeof(name)),
				p->class[c]);
	}
	pthread_mutex_unlock(&instance->readers);
	rte_tel_data_add_dict_container(port, "classes", classes, 0);
}

static const char *state_name(const struct port *port)
{
	static const char *const names[] = {
		[PORT_CLOSED] = "closed",
		[PORT_STOPPED] = "waiting",
		[PORT_STARTED] = "started",
		[PORT_LEAVING] = "leaving",
		[PORT_GONE] = "gone",
	};

	return names[port->state];
}

static void add_port(struct instance *instance, struct rte_tel_data *list, unsigned line,
	const char *name, const struct port *port, const struct ledger_port *p)
{
	struct rte_tel_data *d = telemetry_object(list);

	rte_tel_data_add_dict_string(d, "name", name);
	if (port != NULL) {
		rte_tel_data_add_dict_string(d, "state", state_name(port));
		rte_tel_data_add_dict_string(
			d, "link", atomic_load(&port->link_up) ? "up" : "down");
		compat_tel_u64(d, "mtu", port->mtu);
	}
#define X(field, help) compat_tel_u64(d, #field, p->field);
	LEDGER_FIELDS(X)
	LEDGER_EGRESS_FIELDS(X)
#undef X
	compat_tel_u64(d, "dropped", ledger_port_dropped(p));
	rte_tel_data_add_dict_int(d, "kept", (int)ledger_port_kept(p));
	rte_tel_data_add_dict_int(d, "in_flight", (int)ledger_port_in_flight(p));
	rte_tel_data_add_dict_int(d, "balance", (int)ledger_port_balance(p));
	add_drops(d, p);
	add_classes(instance, d, line, p);
}

static int ports(struct instance *instance, unsigned first, struct rte_tel_data *list)
{
	struct ledger *sum = malloc(sizeof(*sum));
	unsigned n = instance->plan->n_ports;

	if (sum == NULL)
		return -ENOMEM;
	report_ledger(instance, sum);
	// After the ports, `self`: the line of frames that we make.
	for (unsigned i = first; i <= n && i < first + TELEMETRY_LONG; i++) {
		if (i == n)
			add_port(
				instance, list, LEDGER_SELF, "self", NULL, &sum->port[LEDGER_SELF]);
		else
			add_port(instance, list, instance->ports[i].id,
				instance->ports[i].conf->name, &instance->ports[i],
				&sum->port[instance->ports[i].id]);
	}
	free(sum);
	return 0;
}

// What this lcore's bridges noticed; lost: the management thread was too slow to log it.
static void add_events(struct rte_tel_data *w, const struct bridge_events *events)
{
	if (events == NULL)
		return;
	compat_tel_u64(
		w, "bridge_events", atomic_load_explicit(&events->head, memory_order_relaxed));
	compat_tel_u64(w, "bridge_events_lost", events->lost);
}

static int workers(struct instance *instance, unsigned first, struct rte_tel_data *list)
{
	static const char *const roles[] = {[PLAN_CONTROL] = "control",
		[PLAN_WORKER] = "worker",
		[PLAN_HANDLER] = "handler",
		[PLAN_OWN] = "own"};
	unsigned n = instance->plan->n_lcores;

	for (unsigned i = first; i < n && i < first + 4 * TELEMETRY_LONG; i++) {
		const struct lane *lane = instance->lanes[i];
		struct rte_tel_data *w = telemetry_object(list);

		compat_tel_u64(w, "lcore", i);
		compat_tel_u64(w, "cpu", instance->plan->lcores[i].cpu);
		rte_tel_data_add_dict_string(w, "role", roles[lane->role]);
		compat_tel_u64(w, "busy_cycles", lane->busy_cycles);
		compat_tel_u64(w, "idle_cycles", lane->idle_cycles);
		compat_tel_u64(w, "rounds", lane->rounds);
		compat_tel_u64(w, "busy_rounds", lane->busy_rounds);
		add_events(w, instance->bridge_events[i]);
	}
	return 0;
}

static void add_unknown(
	struct rte_tel_data *e, const char *port, unsigned cpu, const char *type, uint64_t frames)
{
	rte_tel_data_add_dict_string(e, "port", port);
	rte_tel_data_add_dict_string(e, "ethertype", type);
	compat_tel_u64(e, "cpu", cpu);
	compat_tel_u64(e, "frames", frames);
}

static void unknown_of_port(struct instance *instance, const struct port *port, unsigned first,
	unsigned *seen, struct rte_tel_data *list)
{
	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		const struct unknown_types *u = &instance->lanes[l]->unknown[port->id];
		unsigned n = atomic_load_explicit(&u->n, memory_order_acquire);
		unsigned cpu = instance->plan->lcores[l].cpu;

		for (unsigned t = 0; t < n; t++) {
			struct rte_tel_data *e =
				telemetry_entry(list, first, TELEMETRY_SHORT, seen);
			char type[8];

			snprintf(type, sizeof(type), "0x%04x", u->type[t]);
			if (e != NULL)
				add_unknown(e, port->conf->name, cpu, type, u->frames[t]);
		}
		if (u->other != 0) {
			struct rte_tel_data *e =
				telemetry_entry(list, first, TELEMETRY_SHORT, seen);

			if (e != NULL)
				add_unknown(e, port->conf->name, cpu, "other", u->other);
		}
	}
}

// Drops by port and reason, then the EtherTypes that had no handler.
static int drops(struct instance *instance, unsigned first, struct rte_tel_data *list)
{
	struct ledger *sum = malloc(sizeof(*sum));
	unsigned seen = 0;

	if (sum == NULL)
		return -ENOMEM;
	report_ledger(instance, sum);
	for (unsigned p = 0; p <= instance->plan->n_ports; p++) {
		bool self = p == instance->plan->n_ports;
		const struct port *port = self ? NULL : &instance->ports[p];
		unsigned line = self ? LEDGER_SELF : port->id;

		for (unsigned r = 0; r < DROP_REASON_COUNT; r++) {
			struct rte_tel_data *e =
				sum->port[line].drops[r] == 0
					? NULL
					: telemetry_entry(list, first, TELEMETRY_SHORT, &seen);

			if (e == NULL)
				continue;
			rte_tel_data_add_dict_string(e, "port", self ? "self" : port->conf->name);
			rte_tel_data_add_dict_string(e, "reason", drop_name(r));
			compat_tel_u64(e, "frames", sum->port[line].drops[r]);
		}
		if (!self)
			unknown_of_port(instance, port, first, &seen, list);
	}
	free(sum);
	return 0;
}

// Mbufs that are in no pool and no lcore's cache of it: on descriptors, in rings, held.
static int pools(struct instance *instance, unsigned first, struct rte_tel_data *list)
{
	unsigned n = instance->plan->n_pools;

	for (unsigned i = first; i < n && i < first + 4 * TELEMETRY_LONG; i++) {
		struct rte_tel_data *e = telemetry_object(list);

		rte_tel_data_add_dict_string(e, "name", instance->plan->pools[i].name);
		compat_tel_u64(e, "mbufs", instance->plan->pools[i].n);
		compat_tel_u64(e, "in_use", rte_mempool_in_use_count(instance->pools[i]));
	}
	return 0;
}

// The plan as its text, line by line: what --plan prints.
static int plan(struct instance *instance, unsigned first, struct rte_tel_data *list)
{
	char *text = NULL, *rest, *line;
	unsigned seen = 0;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (to == NULL)
		return -ENOMEM;
	plan_print(instance->plan, to);
	fclose(to);
	for (rest = text; (line = strsep(&rest, "\n")) != NULL && rest != NULL;) {
		struct rte_tel_data *e = telemetry_entry(list, first, TELEMETRY_SHORT, &seen);

		line[strnlen(line, RTE_TEL_MAX_STRING_LEN - 1)] = '\0';
		if (e != NULL)
			rte_tel_data_add_dict_string(e, "line", line);
	}
	free(text);
	return 0;
}

const struct telemetry_answer telemetry_answers[] = {
	{"/burstline/ports", "Ports and their ledger. Parameter: entries to pass over", ports},
	{"/burstline/workers", "Lcores and their cycles. Parameter: as for ports", workers},
	{"/burstline/handlers", "Handler instances. Parameter: as for ports", telemetry_handlers},
	{"/burstline/drops", "Drops, types without handler. Parameter: as for ports", drops},
	{"/burstline/neighbours", "Neighbour table. Parameter: as for ports", telemetry_neighbours},
	{"/burstline/addresses", "Our own addresses. Parameter: as for ports", telemetry_addresses},
	{"/burstline/neighbour_events", "What was logged of both. Parameter: as for ports",
		telemetry_neighbour_events},
	{"/burstline/pools", "Mempools. Parameter: as for ports", pools},
	{"/burstline/plan", "The plan's text. Parameter: as for ports", plan},
	{"/burstline/bridges", "Bridges and their tables. Parameter: as for ports",
		telemetry_bridges},
	{"/burstline/bridge_members", "Members and their counters. Parameter: as for ports",
		telemetry_bridge_members},
	{"/burstline/bridge_vlans", "VLANs and their counters. Parameter: as for ports",
		telemetry_bridge_vlans},
	{"/burstline/fdb", "Forwarding tables. Parameter: as for ports", telemetry_fdb},
	{NULL, NULL, NULL},
};
