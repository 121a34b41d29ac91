/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Step of plan_make(): does a long frame get one large mbuf, or a chain of usual ones? One mbuf is
 * faster: nobody walks a chain, and a NIC keeps its short receive path. It costs memory, because
 * every mbuf of the pool is large, also those of short frames. So: one mbuf where free hugepages
 * carry that, else where chains would save less than a quarter. Only devices that can scatter have
 * the choice.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"
#include "plan_draft.h"

static double mib(size_t bytes)
{
	return (double)bytes / (1 << 20);
}

/** Names of the ports that have the choice: "p0, p1"; "" when none has. */
static void name_ports(const struct draft *d, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < d->plan->n_ports && used < size; i++)
		if (d->can_chain[i])
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
				d->conf->ports[i].name);
}

static void forget_pools(struct draft *d, unsigned n_warnings)
{
	for (unsigned i = 0; i < d->plan->n_pools; i++)
		free(d->plan->pools[i].terms);
	free(d->plan->pools);
	d->plan->pools = NULL;
	d->plan->n_pools = 0;
	d->plan->n_warnings = n_warnings;
}

static int make_pools(struct draft *d, bool chain, unsigned n_warnings)
{
	forget_pools(d, n_warnings);
	d->chain = chain;
	return draft_pools(d);
}

int draft_rooms(struct draft *d)
{
	unsigned n_warnings = d->plan->n_warnings;
	size_t whole, chains; // octets
	char ports[96];
	bool huge;

	// Pools that run have the rooms that they have.
	for (unsigned i = 0; d->running && i < d->running->n_pools; i++)
		d->chain |= d->running->pools[i].segs > 1;
	name_ports(d, ports, sizeof(ports));
	if (draft_pools(d) < 0)
		return -1;
	if (ports[0] == '\0' || d->running)
		return 0;
	if (draft_fits_hugepages(d))
		return draft_note(d,
			"a long frame of %s gets one large mbuf: the hugepages carry the %.1f MiB "
			"of pools",
			ports, mib(draft_pool_bytes(d)));
	whole = draft_pool_bytes(d);
	if (make_pools(d, true, n_warnings) < 0)
		return -1;
	huge = draft_fits_hugepages(d);
	chains = draft_pool_bytes(d);
	if (huge || chains < whole / 4 * 3)
		return draft_note(d,
			"a long frame of %s gets a chain of %d octet mbufs: %.1f MiB of pools "
			"instead of %.1f with one large mbuf each%s",
			ports, DRIVER_MIN_ROOM, mib(chains), mib(whole),
			huge ? ", which hugepages carry" : "");
	if (make_pools(d, false, n_warnings) < 0)
		return -1;
	return draft_note(d,
		"a long frame of %s gets one large mbuf: %.1f MiB of pools instead of %.1f with "
		"chains",
		ports, mib(whole), mib(chains));
}
