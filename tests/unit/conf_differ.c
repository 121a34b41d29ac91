/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What two configurations differ in, but for their handlers: see conf_differ.h. Entries are
 * compared as memory, with their own lists taken out: they are made of zeroed memory, so that what
 * lies between members is alike.
 */

#include <stdio.h>
#include <string.h>

#include "conf_differ.h"

/* A list that an entry points to: where pointer and number lie in it. */
struct inner {
	size_t list, n, size;
};

#define INNER(type, member)                                                                        \
	{                                                                                          \
		offsetof(struct type, member), offsetof(struct type, n_##member),                  \
			sizeof(*((struct type *)0)->member)                                        \
	}

static const struct inner port_lists[] = {INNER(conf_port, workers), {0}};
static const struct inner interface_lists[] = {INNER(conf_interface, addresses), {0}};
static const struct inner member_lists[] = {INNER(conf_member, translations), {0}};
static const struct inner bridge_lists[] = {
	INNER(conf_bridge, members), INNER(conf_bridge, entries), {0}};
static const struct inner no_lists[] = {{0}};

static const void *list_of(const void *entry, const struct inner *inner)
{
	const void *list;

	memcpy(&list, (const char *)entry + inner->list, sizeof(list));
	return list;
}

static unsigned count_of(const void *entry, const struct inner *inner)
{
	unsigned n;

	memcpy(&n, (const char *)entry + inner->n, sizeof(n));
	return n;
}

static bool same_list(const void *a, unsigned n_a, const void *b, unsigned n_b, size_t size,
	const struct inner *lists);

static bool same_entry(const void *a, const void *b, size_t size, const struct inner *lists)
{
	size_t from = 0;

	for (; lists->size != 0; lists++) {
		const struct inner *deeper =
			lists->size == sizeof(struct conf_member) ? member_lists : no_lists;

		/* Members before the pointer; those behind it follow. */
		if (memcmp((const char *)a + from, (const char *)b + from, lists->list - from) !=
				0 ||
			!same_list(list_of(a, lists), count_of(a, lists), list_of(b, lists),
				count_of(b, lists), lists->size, deeper))
			return false;
		from = lists->list + sizeof(void *);
	}
	return memcmp((const char *)a + from, (const char *)b + from, size - from) == 0;
}

static bool same_list(const void *a, unsigned n_a, const void *b, unsigned n_b, size_t size,
	const struct inner *lists)
{
	if (n_a != n_b)
		return false;
	for (unsigned i = 0; i < n_a; i++)
		if (!same_entry(
			    (const char *)a + i * size, (const char *)b + i * size, size, lists))
			return false;
	return true;
}

static bool same_lcores(const struct conf_lcores *a, const struct conf_lcores *b)
{
	return a->control == b->control && a->idle == b->idle &&
	       same_list(a->workers, a->n_workers, b->workers, b->n_workers, sizeof(*a->workers),
		       no_lists);
}

bool conf_differs(const struct conf *a, const struct conf *b, char *key, size_t size)
{
	const struct {
		const char *key;
		const void *a, *b;
		unsigned n_a, n_b;
		size_t size;
		const struct inner *lists;
	} all[] = {
#define LIST(name, lists)                                                                          \
	{#name, a->name, b->name, a->n_##name, b->n_##name, sizeof(*a->name), lists}
		LIST(ports, port_lists),
		LIST(wires, no_lists),
		LIST(bridges, bridge_lists),
		LIST(interfaces, interface_lists),
		LIST(neighbours, no_lists),
#undef LIST
	};

	if (strcmp(a->name, b->name) != 0) {
		snprintf(key, size, "name");
		return true;
	}
	if (!same_lcores(&a->lcores, &b->lcores)) {
		snprintf(key, size, "lcores");
		return true;
	}
	if (a->memory.mbufs != b->memory.mbufs || a->memory.hugepages != b->memory.hugepages) {
		snprintf(key, size, "memory");
		return true;
	}
	if (a->metrics_port != b->metrics_port) {
		snprintf(key, size, "metrics");
		return true;
	}
	for (unsigned l = 0; l < sizeof(all) / sizeof(all[0]); l++) {
		unsigned i = 0, n = all[l].n_a < all[l].n_b ? all[l].n_a : all[l].n_b;

		while (i < n && same_entry((const char *)all[l].a + i * all[l].size,
					(const char *)all[l].b + i * all[l].size, all[l].size,
					all[l].lists))
			i++;
		if (i < n || all[l].n_a != all[l].n_b) {
			snprintf(key, size, "%s[%u]", all[l].key, i);
			return true;
		}
	}
	return false;
}
