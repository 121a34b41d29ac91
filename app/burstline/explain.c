/* SPDX-License-Identifier: BSD-3-Clause */
/* See explain.h: runs a frame on the lane that explain_build.c makes, and says what came of it. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_mempool.h>

#include "explain.h"
#include "explain_build.h"
#include "instance.h"
#include "worker.h"

static const char *const role_names[] = {
	[VIEW_PLAIN] = "plain",
	[VIEW_WIRE] = "wire",
	[VIEW_REFLECT] = "reflect",
	[VIEW_BRIDGE] = "bridge",
};

static const char *port_name(const struct instance *instance, uint16_t id)
{
	return instance->port_name[id];
}

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *hex(const uint8_t *octets, uint32_t n)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * (size_t)n + 1);
	json_t *value;

	for (uint32_t i = 0; text != NULL && i < n; i++) {
		text[2 * i] = digits[octets[i] >> 4];
		text[2 * i + 1] = digits[octets[i] & 15];
	}
	value = text == NULL ? json_null() : json_stringn(text, 2 * (size_t)n);
	free(text);
	return value;
}

static json_t *place(const struct plan_lcore *lcore)
{
	if (lcore == NULL)
		return json_string("inline");
	if (lcore->role == PLAN_CONTROL)
		return json_string("control");
	return json_sprintf("%s %u", lcore->role == PLAN_OWN ? "own, CPU" : "lcore", lcore->cpu);
}

static json_t *end_row(const struct instance *instance, const struct explain_lane *e,
	const struct explain_end *end)
{
	const struct iface_table *ifaces = &e->view.ifaces;

	json_t *row = json_object();

	switch (end->kind) {
	case EXPLAIN_SENT:
		set(row, "sent", json_string(port_name(instance, end->port)));
		set(row, "length", json_integer(end->n));
		set(row, "octets", hex(end->octets, end->n));
		break;
	case EXPLAIN_DROPPED:
		set(row, "drop", json_string(drop_name(end->reason)));
		set(row, "help", json_string(drop_help(end->reason)));
		if (end->port != RTE_MBUF_PORT_INVALID)
			set(row, "to", json_string(port_name(instance, end->port)));
		break;
	case EXPLAIN_HANDED:
		set(row, "handler", json_string(end->handler->name));
		set(row, "place", place(end->lcore));
		if (end->iface < ifaces->n)
			set(row, "interface", json_string(ifaces->iface[end->iface].name));
		break;
	}
	return row;
}

static json_t *ends(const struct instance *instance, const struct explain_lane *e)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < e->n_ends; i++)
		json_array_append_new(rows, end_row(instance, e, &e->end[i]));
	return rows;
}

static json_t *class_of(const struct classifier *c, uint8_t class)
{
	if (class < CLASS_NAMED)
		return json_string(class_name(class));
	switch ((enum class_kind)c->kind[class]) {
	case CLASS_BY_SAP:
		return json_sprintf("dsap 0x%02x", c->type[class]);
	case CLASS_BY_SNAP:
		return json_sprintf("snap %06x 0x%04x", c->oui[class], c->type[class]);
	case CLASS_BY_TYPE:
		break;
	}
	return json_sprintf("0x%04x", c->type[class]);
}

static json_t *entry(const struct instance *instance, uint8_t port)
{
	if (port == FDB_NONE)
		return json_string("unknown");
	if (port == FDB_LOCAL)
		return json_string("ours");
	return json_string(port_name(instance, port));
}

// What the table says of the addresses, and whether the source would be learned.
static json_t *bridge_row(
	const struct instance *instance, const struct explain_lane *e, const uint8_t *frame)
{
	const struct bridge_glance *glance = &e->glance;
	json_t *row = json_object();

	set(row, "name", json_string(instance->bridge_names[e->bridge->id]));
	if (!glance->enters)
		return row;
	if (e->bridge->vlan_aware)
		set(row, "vlan", json_integer(glance->vlan));
	set(row, "source", entry(instance, glance->src_port));
	set(row, "learns",
		json_boolean(glance->src_port != fdb_lookup(e->bridge->fdb, glance->src)));
	if (frame[0] & 1)
		set(row, "destination", json_string("group"));
	else
		set(row, "destination", entry(instance, glance->dst_port));
	return row;
}

// The bucket of the frame's class and port, as it was before.
static json_t *police_row(const struct bucket *b)
{
	uint64_t level = b->level_cycles + (rte_rdtsc() - b->last_tsc);

	if (b->cycles_per_token == 0)
		return json_null();
	return json_pack("{s:I, s:I}", "tokens",
		(json_int_t)(RTE_MIN(level, b->depth_cycles) / b->cycles_per_token), "depth",
		(json_int_t)(b->depth_cycles / b->cycles_per_token));
}

static json_t *run(
	struct instance *instance, struct explain_lane *e, struct rte_mbuf *m, const uint8_t *frame)
{
	json_t *answer = json_object();
	uint16_t port = m->port; // the frame is gone when it has been tried
	struct bucket before = e->police.port[port];

	set(answer, "port", json_string(port_name(instance, port)));
	set(answer, "role", json_string(role_names[e->rxq.role]));
	set(answer, "class", class_of(e->view.classifier, e->class));
	worker_forward(&e->lane, &e->rxq, &m, 1, e->lane.now_tsc);
	explain_lane_collect(e);
	if (e->bridge != NULL)
		set(answer, "bridge", bridge_row(instance, e, frame));
	// Only where it was asked: a wire asks nobody.
	if (e->police.port[port].last_tsc != before.last_tsc)
		set(answer, "police", police_row(&before));
	set(answer, "ends", ends(instance, e));
	return answer;
}

static const struct port *find_port(const struct instance *instance, const char *name)
{
	for (unsigned p = 0; p < instance->plan->n_ports; p++) {
		if (strcmp(instance->ports[p]->conf->name, name) == 0)
			return instance->ports[p];
	}
	return NULL;
}

static json_t *try_frame(struct instance *instance, const struct port *port, const uint8_t *octets,
	size_t n, char *error, size_t error_size)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(instance->explain);
	uint8_t frame[BRIDGE_SCRATCH_READ] = {0};
	struct explain_lane *e;
	json_t *answer;

	if (m == NULL)
		return NULL;
	m->port = port->id;
	memcpy(frame, octets, RTE_MIN(n, sizeof(frame)));
	memcpy(rte_pktmbuf_append(m, (uint16_t)n), octets, n);
	e = explain_lane_create(instance, instance->explain, port, m, frame, error, error_size);
	if (e == NULL) {
		rte_pktmbuf_free(m);
		return NULL;
	}
	answer = run(instance, e, m, frame);
	explain_lane_free(e);
	return answer;
}

json_t *explain_frame(struct instance *instance, const char *port, const uint8_t *octets, size_t n,
	int *rc, char *error, size_t error_size)
{
	const struct port *is = find_port(instance, port);
	json_t *answer;

	error[0] = '\0';
	*rc = is == NULL ? -ENOENT : -EINVAL;
	if (is == NULL)
		snprintf(error, error_size, "there is no port %s: blctl show ports lists them",
			port);
	else if (n == 0 || n > EXPLAIN_FRAME_MAX)
		snprintf(error, error_size, "a frame has 1 to %d octets (found %zu)",
			EXPLAIN_FRAME_MAX, n);
	if (error[0] != '\0')
		return NULL;
	*rc = -ENOMEM;
	snprintf(error, error_size, "no memory to explain a frame");
	if (instance->explain == NULL)
		instance->explain = explain_pool();
	if (instance->explain == NULL)
		return NULL;
	answer = try_frame(instance, is, octets, n, error, error_size);
	*rc = answer != NULL ? 0 : -EAGAIN;
	return answer;
}

void explain_close(struct instance *instance)
{
	rte_mempool_free(instance->explain);
	instance->explain = NULL;
}
