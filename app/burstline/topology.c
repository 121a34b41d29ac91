/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine as data: making, finding, freeing. topology_read.c fills it from this machine,
 * topology_load.c from a file; the plan only reads it.
 */

#include "topology.h"

#include <stdlib.h>
#include <string.h>

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

void topology_free(struct topology *topology)
{
	if (!topology)
		return;
	free(topology->cpus);
	free(topology->nodes);
	free(topology->ports);
	free(topology);
}
