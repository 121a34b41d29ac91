/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ports and their ledger, drops by port and reason, EtherTypes without a handler: tables of show.c.
 * instance->readers keeps views from being freed meanwhile: telemetry's threads are no QSBR
 * readers. Changes nothing.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "report.h"
#include "show.h"

static void add_drops(json_t *port, const struct ledger_port *p)
{
	json_t *drops = show_object(port, "drops");

	for (unsigned r = 0; r < DROP_REASON_COUNT; r++) {
		if (p->drops[r] != 0)
			show_number(drops, drop_name(r), p->drops[r]);
	}
}

static void add_stats(json_t *port, const struct port_stats *s)
{
	json_t *driver = show_object(port, "driver");

#define X(field, help)                                                                             \
	if (atomic_load(&s->field) != 0)                                                           \
		show_number(driver, #field, atomic_load(&s->field));
	PORT_STATS_FIELDS(X)
#undef X
}

static void add_classes(struct instance *instance, json_t *port, const struct ledger_port *p)
{
	json_t *classes = show_object(port, "classes");
	const struct view *view;
	char name[32];

	pthread_mutex_lock(&instance->readers);
	view = atomic_load(&instance->view);
	for (unsigned c = 0; view != NULL && c < view->classifier->n_classes; c++) {
		if (p->class[c] != 0)
			show_number(classes,
				report_class_name(view->classifier, c, name, sizeof(name)),
				p->class[c]);
	}
	pthread_mutex_unlock(&instance->readers);
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

	return port->kept_down && port->state != PORT_LEAVING ? "down" : names[port->state];
}

static void add_port(struct instance *instance, json_t *row, const char *name,
	const struct port *port, const struct ledger_port *p)
{
	show_text(row, "name", name);
	if (port != NULL) {
		show_text(row, "state", state_name(port));
		show_text(row, "link", atomic_load(&port->link_up) ? "up" : "down");
		show_number(row, "mtu", port->mtu);
		add_stats(row, &port->stats);
	}
#define X(field, help) show_number(row, #field, p->field);
	LEDGER_FIELDS(X)
	LEDGER_EGRESS_FIELDS(X)
#undef X
	show_number(row, "dropped", ledger_port_dropped(p));
	show_signed(row, "kept", ledger_port_kept(p));
	show_signed(row, "in_flight", ledger_port_in_flight(p));
	show_signed(row, "balance", ledger_port_balance(p));
	add_drops(row, p);
	add_classes(instance, row, p);
}

// After the ports, `self`: the line of frames that we make.
int show_ports(struct instance *instance, struct show_rows *rows)
{
	struct ledger *sum = malloc(sizeof(*sum));
	unsigned n = instance->plan->n_ports;

	if (sum == NULL)
		return -ENOMEM;
	report_ledger(instance, sum);
	for (unsigned i = 0; i <= n; i++) {
		const struct port *port = i == n ? NULL : instance->ports[i];
		json_t *row = show_row(rows);

		if (row != NULL)
			add_port(instance, row, port == NULL ? "self" : port->conf->name, port,
				&sum->port[port == NULL ? LEDGER_SELF : port->id]);
	}
	free(sum);
	return 0;
}

static void add_unknown(
	struct show_rows *rows, const char *port, unsigned cpu, const char *type, uint64_t frames)
{
	json_t *row = show_row(rows);

	show_text(row, "port", port);
	show_text(row, "ethertype", type);
	show_number(row, "cpu", cpu);
	show_number(row, "frames", frames);
}

static void unknown_of_port(
	const struct instance *instance, const struct port *port, struct show_rows *rows)
{
	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		const struct unknown_types *u = &instance->lanes[l]->unknown[port->id];
		unsigned n = atomic_load_explicit(&u->n, memory_order_acquire);
		unsigned cpu = instance->plan->lcores[l].cpu;
		char type[8];

		for (unsigned t = 0; t < n; t++) {
			snprintf(type, sizeof(type), "0x%04x", u->type[t]);
			add_unknown(rows, port->conf->name, cpu, type, u->frames[t]);
		}
		if (u->other != 0)
			add_unknown(rows, port->conf->name, cpu, "other", u->other);
	}
}

// By port and reason, then the EtherTypes that had no handler.
int show_drops(struct instance *instance, struct show_rows *rows)
{
	struct ledger *sum = malloc(sizeof(*sum));

	if (sum == NULL)
		return -ENOMEM;
	report_ledger(instance, sum);
	for (unsigned p = 0; p <= instance->plan->n_ports; p++) {
		bool self = p == instance->plan->n_ports;
		const struct port *port = self ? NULL : instance->ports[p];
		const uint64_t *drops = sum->port[self ? LEDGER_SELF : port->id].drops;

		for (unsigned r = 0; r < DROP_REASON_COUNT; r++) {
			json_t *row = drops[r] == 0 ? NULL : show_row(rows);

			show_text(row, "port", self ? "self" : port->conf->name);
			show_text(row, "reason", drop_name(r));
			show_number(row, "frames", drops[r]);
		}
		if (!self)
			unknown_of_port(instance, port, rows);
	}
	free(sum);
	return 0;
}
