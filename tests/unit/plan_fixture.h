/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLAN_FIXTURE_H
#define PLAN_FIXTURE_H

/**
 * @file
 * Machines, configurations and handlers by hand, for the tests of the plan.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"

enum { FIXTURE_CPUS = 64, FIXTURE_ALL = HANDLER_INLINE | HANDLER_CONTROL | HANDLER_LCORE };

/** One configuration with room for what it points to. */
struct fixture {
	struct conf conf;
	struct conf_port ports[33];
	struct conf_handler handlers[8];
	struct conf_interface interface;
	unsigned workers[FIXTURE_CPUS];
	unsigned port_workers[33][FIXTURE_CPUS];
	struct topology topology;
	struct topology_cpu cpus[FIXTURE_CPUS];
	struct topology_node nodes[2];
	struct topology_port topology_ports[33];
	const struct handler *const *table;
	struct plan *plan;
	char error[512];
};

static const struct handler fixture_arp = {.abi = HANDLER_ABI,
	.name = "arp",
	.ethertypes = {0x0806},
	.n_ethertypes = 1,
	.places = HANDLER_CONTROL,
	.place = HANDLER_CONTROL,
	.state_per_instance = true,
	.needs_address = true,
	.rate_pps = 1000,
	.rate_burst = 256};
static const struct handler fixture_icmp = {.abi = HANDLER_ABI,
	.name = "icmp",
	.ethertypes = {0x0800},
	.n_ethertypes = 1,
	.places = HANDLER_CONTROL | HANDLER_LCORE,
	.place = HANDLER_CONTROL,
	.needs_address = true,
	.rate_pps = 10000,
	.rate_burst = 256};
static const struct handler fixture_count = {.abi = HANDLER_ABI,
	.name = "count",
	.ethertypes = {0x88b5, 0x88b6},
	.n_ethertypes = 2,
	.places = FIXTURE_ALL,
	.place = HANDLER_INLINE,
	.state_per_instance = true};
static const struct handler fixture_clash = {.abi = HANDLER_ABI,
	.name = "clash",
	.ethertypes = {0x88b6},
	.n_ethertypes = 1,
	.places = HANDLER_CONTROL | HANDLER_OWN | HANDLER_LCORE,
	.place = HANDLER_CONTROL};
static const struct handler *const fixture_table[] = {
	&fixture_arp, &fixture_icmp, &fixture_count, &fixture_clash, NULL};

/** A machine of one node with `cpus` CPUs, no hugepages; nothing configured. */
static inline void fixture_init(struct fixture *f, unsigned cpus)
{
	memset(f, 0, sizeof(*f));
	f->conf.lcores.control = CONF_CPU_AUTO;
	f->conf.lcores.workers = f->workers;
	f->conf.ports = f->ports;
	f->conf.handlers = f->handlers;
	f->conf.interfaces = &f->interface;
	f->topology.cpus = f->cpus;
	f->topology.n_cpus = cpus;
	f->topology.nodes = f->nodes;
	f->topology.n_nodes = 1;
	f->topology.huge_page_bytes = 2u << 20;
	f->topology.ports = f->topology_ports;
	for (unsigned i = 0; i < cpus; i++)
		f->cpus[i].cpu = i;
	for (unsigned i = 0; i < 2; i++) {
		f->nodes[i].node = i;
		f->nodes[i].memory_allowed = true;
		f->nodes[i].distance[i] = 10;
		f->nodes[i].distance[!i] = 21;
	}
	f->table = fixture_table;
}

/** The second half of the CPUs on node 1. */
static inline void fixture_two_nodes(struct fixture *f)
{
	f->topology.n_nodes = 2;
	for (unsigned i = f->topology.n_cpus / 2; i < f->topology.n_cpus; i++)
		f->cpus[i].node = 1;
}

static inline void fixture_workers(struct fixture *f, unsigned first, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		f->workers[f->conf.lcores.n_workers++] = first + i;
}

/** Port p0, p1 ...; CPUs of its own workers may follow with fixture_port_worker(). */
static inline struct conf_port *fixture_port(struct fixture *f, const char *device)
{
	unsigned i = f->conf.n_ports++;
	struct conf_port *p = &f->ports[i];

	snprintf(p->name, sizeof(p->name), "p%u", i);
	snprintf(p->device, sizeof(p->device), "%s", device);
	p->workers = f->port_workers[i];
	p->unknown_port = -1;
	p->promiscuous = true;
	return p;
}

static inline void fixture_device(struct fixture *f, const struct conf_port *port, unsigned node,
	unsigned rxq, unsigned txq, uint64_t kept)
{
	struct topology_port *t = &f->topology_ports[f->topology.n_ports++];

	memcpy(t->name, port->name, sizeof(t->name));
	t->node_known = true;
	t->node = node;
	t->max_rxq = rxq;
	t->max_txq = txq;
	t->kept_frames = kept;
}

static inline struct conf_handler *fixture_handler(struct fixture *f, const char *name)
{
	struct conf_handler *h = &f->handlers[f->conf.n_handlers++];

	snprintf(h->name, sizeof(h->name), "%s", name);
	return h;
}

static inline int fixture_make(struct fixture *f)
{
	return plan_make(&f->conf, &f->topology, f->table, &f->plan, f->error, sizeof(f->error));
}

static struct fixture f;

static inline void make(void)
{
	if (fixture_make(&f) < 0)
		fail_msg("%s", f.error);
}

static inline void make_fails(const char *sentence)
{
	assert_int_equal(fixture_make(&f), -1);
	assert_null(f.plan);
	assert_string_equal(f.error, sentence);
}

static inline int release(void **state)
{
	plan_free(f.plan);
	f.plan = NULL;
	return 0;
}

static inline bool says(char (*lines)[PLAN_NOTE_MAX], unsigned n, const char *line)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(lines[i], line) == 0)
			return true;
	for (unsigned i = 0; i < n; i++)
		print_message("said: %s\n", lines[i]);
	return false;
}

static inline bool warns(const char *line)
{
	char text[2 * PLAN_NOTE_MAX];

	for (unsigned i = 0; i < f.plan->n_warnings; i++)
		if (strcmp(plan_sentence(&f.plan->warnings[i], text, sizeof(text)), line) == 0)
			return true;
	for (unsigned i = 0; i < f.plan->n_warnings; i++)
		print_message("warned: %s\n", f.plan->warnings[i].what);
	return false;
}

/* clang-format off */
#define assert_noted(line)  assert_true(says(f.plan->notes, f.plan->n_notes, line))
#define assert_warned(line) assert_true(warns(line))
/* clang-format on */

/** What runs without a configuration; conf_free() it. */
static inline struct conf *built_in(unsigned cpus)
{
	struct conf *conf;
	char error[256];

	fixture_init(&f, cpus);
	if (conf_default(&conf, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	f.conf = *conf;
	return conf;
}

/** Three taps, one worker, an address. */
static inline void three_taps(unsigned cpus)
{
	fixture_init(&f, cpus);
	fixture_port(&f, "net_tap0,iface=bl0");
	fixture_port(&f, "net_tap1,iface=bl1");
	fixture_port(&f, "net_tap2,iface=bl2");
	f.conf.n_interfaces = 1;
}

#endif
