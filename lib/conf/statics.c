/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Static entries that were made or deleted by hand while the program runs: the configuration that
 * runs has them too, or it could be neither saved nor compared. Called by the management thread.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

// The place of entry i, or of one more at the end.
static void *place(void **list, unsigned *n, unsigned i, size_t size, unsigned max, int *rc)
{
	void *more;

	*rc = 0;
	if (i < *n)
		return (char *)*list + i * size;
	*rc = -E2BIG;
	if (*n == max)
		return NULL;
	more = realloc(*list, (*n + 1) * size);
	*rc = more == NULL ? -ENOMEM : 0;
	if (more == NULL)
		return NULL;
	*list = more;
	return memset((char *)more + (*n)++ * size, 0, size);
}

static void drop(void *list, unsigned *n, unsigned i, size_t size)
{
	char *at = (char *)list + i * size;

	if (i < *n)
		memmove(at, at + size, (--*n - i) * size);
}

static unsigned find_neighbour(const struct conf *conf, unsigned interface, uint32_t address_be)
{
	unsigned i = 0;

	while (i < conf->n_neighbours && (conf->neighbours[i].interface != interface ||
						 conf->neighbours[i].address_be != address_be))
		i++;
	return i;
}

int conf_set_neighbour(struct conf *conf, const struct conf_neighbour *neighbour)
{
	unsigned i = find_neighbour(conf, neighbour->interface, neighbour->address_be);
	struct conf_neighbour *to;
	int rc;

	to = place((void **)&conf->neighbours, &conf->n_neighbours, i, sizeof(*to),
		CONF_NEIGHBOURS_MAX, &rc);
	if (to != NULL)
		*to = *neighbour;
	return rc;
}

void conf_drop_neighbour(struct conf *conf, unsigned interface, uint32_t address_be)
{
	drop(conf->neighbours, &conf->n_neighbours, find_neighbour(conf, interface, address_be),
		sizeof(*conf->neighbours));
}

static unsigned find_entry(const struct conf_bridge *bridge, unsigned vlan, const uint8_t mac[6])
{
	unsigned i = 0;

	while (i < bridge->n_entries &&
		(bridge->entries[i].vlan != vlan || memcmp(bridge->entries[i].mac, mac, 6) != 0))
		i++;
	return i;
}

int conf_set_entry(struct conf_bridge *bridge, const struct conf_entry *entry)
{
	struct conf_entry *to;
	int rc;

	to = place((void **)&bridge->entries, &bridge->n_entries,
		find_entry(bridge, entry->vlan, entry->mac), sizeof(*to), CONF_ENTRIES_MAX, &rc);
	if (to != NULL)
		*to = *entry;
	return rc;
}

void conf_drop_entry(struct conf_bridge *bridge, unsigned vlan, const uint8_t mac[6])
{
	drop(bridge->entries, &bridge->n_entries, find_entry(bridge, vlan, mac),
		sizeof(*bridge->entries));
}
