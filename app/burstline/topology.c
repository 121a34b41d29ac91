/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine as data: making, finding, freeing. topology_read.c fills it from this machine,
 * topology_load.c from a file; the plan only reads it.
 */

#include "topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

const struct topology_cpu *topology_cpu(const struct topology *topology, unsigned cpu)
{
	for (unsigned i = 0; i < topology->n_cpus; i++)
		if (topology->cpus[i].cpu == cpu)
			return &topology->cpus[i];
	return NULL;
}

const struct topology_node *topology_node(const struct topology *topology, unsigned node)
{
	for (unsigned i = 0; i < topology->n_nodes; i++)
		if (topology->nodes[i].node == node)
			return &topology->nodes[i];
	return NULL;
}

static int grant_cpu(struct topology *topology, unsigned cpu)
{
	struct topology_cpu *grown;

	if (topology_cpu(topology, cpu) != NULL)
		return 0;
	grown = realloc(topology->cpus, (topology->n_cpus + 1) * sizeof(*grown));
	if (grown == NULL)
		return -1;
	topology->cpus = grown;
	grown[topology->n_cpus++] = (struct topology_cpu){cpu, topology->nodes[0].node};
	return 0;
}

int topology_grant(
	struct topology *topology, const struct conf *conf, char *error, size_t error_size)
{
	int rc = 0;

	if (conf->lcores.control >= 0)
		rc |= grant_cpu(topology, (unsigned)conf->lcores.control);
	for (unsigned w = 0; w < conf->lcores.n_workers; w++)
		rc |= grant_cpu(topology, conf->lcores.workers[w]);
	for (unsigned h = 0; h < conf->n_handlers; h++) {
		for (unsigned c = 0; c < conf->handlers[h].n_cpus; c++)
			rc |= grant_cpu(topology, conf->handlers[h].cpus[c]);
	}
	topology->huge_mounted = true;
	topology->huge_mount.there = topology->huge_group.there = false;
	for (unsigned n = 0; n < topology->n_nodes; n++) {
		topology->nodes[n].huge_free_bytes = UINT64_C(1) << 50;
		topology->nodes[n].huge_total_bytes = UINT64_C(1) << 50;
	}
	if (rc != 0)
		snprintf(error, error_size, "out of memory");
	return rc;
}

const struct topology_port *topology_find_port(const struct topology *topology, const char *name)
{
	for (unsigned i = 0; i < topology->n_ports; i++)
		if (strcmp(topology->ports[i].name, name) == 0)
			return &topology->ports[i];
	return NULL;
}

int topology_set_port(struct topology *topology, const struct topology_port *port)
{
	struct topology_port *grown;

	for (unsigned i = 0; i < topology->n_ports; i++) {
		if (strcmp(topology->ports[i].name, port->name) == 0) {
			topology->ports[i] = *port;
			return 0;
		}
	}
	if (topology->n_ports == TOPOLOGY_MAX_PORTS)
		return -1;
	grown = realloc(topology->ports, (topology->n_ports + 1) * sizeof(*grown));
	if (!grown)
		return -1;
	topology->ports = grown;
	grown[topology->n_ports++] = *port;
	return 0;
}

void topology_drop_port(struct topology *topology, const char *name)
{
	for (unsigned i = 0; i < topology->n_ports; i++) {
		if (strcmp(topology->ports[i].name, name) == 0)
			topology->ports[i--] = topology->ports[--topology->n_ports];
	}
}

void topology_free(struct topology *topology)
{
	if (!topology)
		return;
	free(topology->cpus);
	free(topology->nodes);
	free(topology->ports);
	free(topology);
}
