/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plan as text, for --plan and --doctor: tables that fit a terminal, and the arithmetic line by
 * line. Called by main; prints only what the plan holds, decides nothing.
 */

#include "plan.h"

#include "plan_print.h"

static const double MIB = 1048576.0;

static const char *role_name(const struct plan_lcore *l)
{
	static const char *const names[] = {"control", "worker", "handler", "own"};

	return names[l->role];
}

static void print_lcores(const struct plan *p, FILE *to)
{
	fprintf(to, "lcores\n  lcore  cpu  node  role     polls\n");
	for (unsigned i = 0; i < p->n_lcores; i++) {
		const struct plan_lcore *l = &p->lcores[i];
		const char *mark = l->idle ? " nothing (idle)" : l->role == PLAN_WORKER ? "" : " -";

		fprintf(to, "  %5u %4u %5u  %-8s", l->lcore, l->cpu, l->node, role_name(l));
		for (unsigned k = 0; k < p->n_ports; k++)
			for (unsigned q = 0; q < p->ports[k].n_rxq; q++)
				if (p->ports[k].rxq[q].lcore == i)
					fprintf(to, " %s/%u", p->conf->ports[p->ports[k].conf].name,
						q);
		fprintf(to, "%s%s\n", mark, l->shares_cpu ? ", shares its CPU" : "");
	}
}

static void print_owners(const struct plan_queue *queues, unsigned n, FILE *to)
{
	for (unsigned q = 0; q < n; q++) {
		if (queues[q].lcore == PLAN_NO_LCORE)
			fprintf(to, " -");
		else
			fprintf(to, " %u", queues[q].lcore);
	}
	fputc('\n', to);
}

static void print_ports(const struct plan *p, FILE *to)
{
	fprintf(to, "\nports\n");
	for (unsigned i = 0; i < p->n_ports; i++) {
		const struct plan_port *port = &p->ports[i];

		fprintf(to, "  %s: %s\n", p->conf->ports[port->conf].name, port->device);
		fprintf(to, "    node %u%s, pool %s, frames sent up to %u octets", port->node,
			port->node_known ? "" : " (of its worker)", p->pools[port->pool].name,
			port->max_frame);
		if (port->tag_room)
			fprintf(to, " (%u with an outer 0x8100 tag)",
				port->max_frame + port->tag_room);
		if (port->rx_segs > 1)
			fprintf(to, ", received in up to %u mbufs", port->rx_segs);
		if (port->mtu)
			fprintf(to, ", MTU set to %u", port->mtu);
		fprintf(to, "\n    %u RX queue%s x %u descriptors, polled by lcore", port->n_rxq,
			port->n_rxq == 1 ? "" : "s", port->rx_descriptors);
		print_owners(port->rxq, port->n_rxq, to);
		fprintf(to, "    %u TX queue%s x %u descriptors, owned by lcore", port->n_txq,
			port->n_txq == 1 ? "" : "s", port->tx_descriptors);
		print_owners(port->txq, port->n_txq, to);
	}
}

static void print_instances(const struct plan *p, FILE *to)
{
	static const char *const places[] = {"inline", "control", "lcore", "own"};

	if (p->n_instances == 0)
		return;
	fprintf(to, "\nhandlers\n  handler   no  place    lcore  rate/s  burst  ethertypes\n");
	for (unsigned i = 0; i < p->n_instances; i++) {
		const struct plan_instance *n = &p->instances[i];

		fprintf(to, "  %-8s %3u  %-8s %5u", n->handler->name, n->instance, places[n->place],
			n->lcore);
		if (n->rate_pps)
			fprintf(to, " %7u %6u ", n->rate_pps, n->burst);
		else
			fprintf(to, " %7s %6s ", "none", "-");
		for (unsigned k = 0; k < n->handler->n_ethertypes; k++)
			fprintf(to, " 0x%04x", n->handler->ethertypes[k]);
		fputc('\n', to);
	}
}

static void print_rings(const struct plan *p, FILE *to)
{
	fprintf(to, "\nrings (%u, %.1f MiB)\n  name      from  to  slots  node  for\n", p->n_rings,
		(double)p->ring_bytes / MIB);
	for (unsigned i = 0; i < p->n_rings; i++) {
		const struct plan_ring *r = &p->rings[i];

		fprintf(to, "  %-9s %4u %3u %6u %5u  ", r->name, r->producer, r->consumer, r->slots,
			r->node);
		if (r->kind == PLAN_RING_HANDLER)
			fprintf(to, "handler %s %u\n", p->instances[r->instance].handler->name,
				p->instances[r->instance].instance);
		else if (r->kind == PLAN_RING_TX)
			fprintf(to, "frames to %s\n", p->conf->ports[p->ports[r->port].conf].name);
		else if (r->kind == PLAN_RING_LOCAL)
			fprintf(to, "second dispatches\n");
		else
			fprintf(to, "finished mbufs\n");
	}
}

static void print_pools(const struct plan *p, FILE *to)
{
	for (unsigned i = 0; i < p->n_pools; i++) {
		const struct plan_pool *pool = &p->pools[i];
		uint64_t sum = 0;

		if (pool->n == 0)
			continue;
		fprintf(to, "\npool %s: node %u, %u octets of room, cache %u%s\n", pool->name,
			pool->node, pool->data_room, pool->cache,
			pool->preemptible ? ", survives preemption" : "");
		for (unsigned k = 0; k < pool->n_terms; k++) {
			sum += pool->terms[k].count;
			fprintf(to, "  %10llu  %s\n", (unsigned long long)pool->terms[k].count,
				pool->terms[k].what);
		}
		fprintf(to, "  %10llu  sum\n", (unsigned long long)sum);
		fprintf(to, "  %10u  mbufs%s, %.1f MiB\n", pool->n,
			!pool->control && p->conf->memory.mbufs ? " (memory.mbufs)"
								: " (next 2^k - 1)",
			(double)pool->bytes / MIB);
	}
}

static void print_memory(const struct plan *p, FILE *to)
{
	size_t pools = 0, bridges = 0;

	for (unsigned i = 0; i < p->n_bridges; i++)
		bridges += p->bridges[i].table_bytes + p->bridges[i].counter_bytes;
	for (unsigned i = 0; i < p->n_pools; i++)
		pools += p->pools[i].bytes;
	fprintf(to, "\nmemory: %s hugepages\n", p->hugepages ? "with" : "without");
	fprintf(to, "  %10.1f  MiB of pools\n", (double)pools / MIB);
	fprintf(to, "  %10.1f  MiB of rings\n", (double)p->ring_bytes / MIB);
	if (p->n_bridges > 0)
		fprintf(to, "  %10.1f  MiB of bridges\n", (double)bridges / MIB);
	fprintf(to, "  %10.1f  MiB of EAL, drivers and what they keep\n",
		(double)(p->memory_bytes - pools - p->ring_bytes - bridges) / MIB);
	fprintf(to, "  %10.1f  MiB in all\n", (double)p->memory_bytes / MIB);
}

void plan_print(const struct plan *plan, FILE *to)
{
	char text[2 * PLAN_NOTE_MAX];

	print_lcores(plan, to);
	print_ports(plan, to);
	plan_print_bridges(plan, to);
	print_instances(plan, to);
	print_rings(plan, to);
	print_pools(plan, to);
	print_memory(plan, to);
	for (unsigned i = 0; i < plan->n_notes; i++)
		fprintf(to, "%snote: %s\n", i ? "" : "\n", plan->notes[i]);
	for (unsigned i = 0; i < plan->n_warnings; i++)
		fprintf(to, "%swarning: %s\n", i || plan->n_notes ? "" : "\n",
			plan_sentence(&plan->warnings[i], text, sizeof(text)));
}
