/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Step of plan_make(): which handlers run, where, and how many instances of each. A handler runs
 * when the configuration names it, or by itself when it needs addresses and an interface has one.
 */

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "plan_draft.h"
#include "steer/classify.h"
#include "steer/dispatch.h"
#include "wire/tag.h"

enum {
	DEFAULT_RING = 1024,
	DEFAULT_BUDGET = PLAN_BURST,
	RATE_SHARE = 4,      // a rate without `burst` has a quarter of it at once,
	BURST_MIN = 64,      // but what a worker may find waiting after a nap,
	BURST_MAX = 1000000, // and what may be configured
	SAP_SNAP = 0xaa
};

static const char *const place_names[] = {"inline", "control", "lcore", "own"};

static const struct handler *find(const struct draft *d, const char *name)
{
	for (unsigned i = 0; d->table[i]; i++)
		if (strcmp(d->table[i]->name, name) == 0)
			return d->table[i];
	return NULL;
}

static int fail_unknown(struct draft *d, const char *name)
{
	char list[256] = "none";
	size_t used = 0;

	for (unsigned i = 0; d->table[i] && used < sizeof(list); i++)
		used += snprintf(
			list + used, sizeof(list) - used, "%s%s", i ? ", " : "", d->table[i]->name);
	return draft_fail(d, "handler %s is unknown: choose from %s", name, list);
}

static enum conf_place default_place(const struct handler *h)
{
	enum conf_place place = CONF_PLACE_INLINE;

	while (place < CONF_PLACE_OWN && h->place != 1u << place)
		place++;
	return place;
}

static int check_place(struct draft *d, const struct handler *h, enum conf_place place,
	const struct conf_handler *c)
{
	char list[64] = "";
	size_t used = 0;

	if (!(h->places & 1u << place)) {
		for (unsigned i = 0; i <= CONF_PLACE_OWN; i++)
			if (h->places & 1u << i)
				used += snprintf(list + used, sizeof(list) - used, "%s%s",
					used ? ", " : "", place_names[i]);
		return draft_fail(d, "handler %s cannot run in place %s: choose from %s", h->name,
			place_names[place], list);
	}
	if (place != CONF_PLACE_OWN && place != CONF_PLACE_LCORE && c && c->n_cpus)
		return draft_fail(d, "handler %s: cpu is for place own, and its place is %s",
			h->name, place_names[place]);
	if (place == CONF_PLACE_LCORE && (!c || c->n_cpus == 0))
		return draft_fail(
			d, "handler %s: place lcore needs CPU numbers, as in `lcore 3`", h->name);
	return 0;
}

/** As many as a worker can deal frames to; and several must not share what the handler did not say
 *  is one instance's. */
static int check_instances(struct draft *d, const struct handler *h, enum conf_place place,
	const struct conf_handler *c)
{
	unsigned n = place == CONF_PLACE_LCORE ? c->n_cpus : 1;

	if (n > DISPATCH_TARGETS)
		return draft_fail(d,
			"handler %s: place lcore names %u CPUs, %d at most: name fewer", h->name, n,
			DISPATCH_TARGETS);
	if (place == CONF_PLACE_INLINE)
		n = d->n_workers;
	if (n == 1 || h->state_per_instance)
		return 0;
	return draft_fail(d,
		"handler %s: its state is not per instance, and %s would make %u instances: %s",
		h->name, place == CONF_PLACE_INLINE ? "place inline in each worker" : "place lcore",
		n, place == CONF_PLACE_INLINE ? "use one worker or another place" : "name one CPU");
}

static unsigned default_burst(const struct handler *h, unsigned rate)
{
	if (h->rate_burst != 0 || rate == 0)
		return h->rate_burst;
	return RTE_MIN(RTE_MAX(rate / RATE_SHARE, (unsigned)BURST_MIN), (unsigned)BURST_MAX);
}

/** The handler lcore on a CPU, made when there is none: handlers on one CPU share one lcore. */
static int handler_lcore(struct draft *d, unsigned cpu, const char *name, unsigned *lcore)
{
	char key[64];

	for (unsigned i = d->n_workers + 1; i < d->plan->n_lcores; i++) {
		if (d->plan->lcores[i].cpu == cpu && d->plan->lcores[i].role == PLAN_HANDLER) {
			*lcore = i;
			return 0;
		}
	}
	snprintf(key, sizeof(key), "place of handler %s", name);
	*lcore = d->plan->n_lcores;
	return draft_add_lcore(d, (int)cpu, PLAN_HANDLER, key);
}

/** A thread that runs already: the handler's own, or one that nobody has. */
static bool has_thread(struct draft *d, unsigned cpu, const char *name, unsigned *lcore)
{
	const struct plan *was = d->running;
	int best = -1;

	for (unsigned l = 0; was && l < was->n_lcores; l++) {
		bool used = false, mine = false;

		if (was->lcores[l].role != PLAN_OWN || was->lcores[l].cpu != cpu || d->taken[l])
			continue;
		for (unsigned i = 0; i < was->n_instances; i++) {
			used |= was->instances[i].lcore == l;
			mine |= was->instances[i].lcore == l &&
			        strcmp(was->instances[i].handler->name, name) == 0;
		}
		if (mine || (best < 0 && !used))
			best = (int)l;
		if (mine)
			break;
	}
	if (best < 0)
		return false;
	d->taken[best] = true;
	*lcore = (unsigned)best;
	return true;
}

/** A thread for this handler alone; it waits while control runs, unless it has a CPU elsewhere. */
static int own_lane(
	struct draft *d, const struct conf_handler *c, const char *name, unsigned *lcore)
{
	unsigned cpu = c && c->n_cpus ? c->cpus[0] : d->plan->lcores[0].cpu;
	char key[64];

	if (has_thread(d, cpu, name, lcore))
		return 0;
	snprintf(key, sizeof(key), "handler %s", name);
	*lcore = d->plan->n_lcores;
	return draft_add_lcore(d, (int)cpu, PLAN_OWN, key);
}

static int add_instance(struct draft *d, const struct plan_instance *like, unsigned lcore)
{
	struct plan *p = d->plan;
	struct plan_instance *i = draft_push(d, &p->instances, &p->n_instances, sizeof(*i));

	if (!i)
		return -1;
	*i = *like;
	i->lcore = lcore;
	for (unsigned k = 0; k + 1 < p->n_instances; k++)
		i->instance += p->instances[k].handler == like->handler;
	return 0;
}

static int add_handler(struct draft *d, const struct handler *h, int conf)
{
	const struct conf_handler *c = conf < 0 ? NULL : &d->conf->handlers[conf];
	struct plan_instance like = {.handler = h, .conf = conf, .pass_port = -1};
	unsigned lcore;

	like.place = c && c->has_place ? c->place : default_place(h);
	like.rate_pps = c && c->has_rate ? c->rate : h->rate_pps;
	like.burst = c && c->burst ? c->burst : default_burst(h, like.rate_pps);
	if (check_place(d, h, like.place, c) < 0 || check_instances(d, h, like.place, c) < 0)
		return -1;
	if (like.place != CONF_PLACE_INLINE) {
		like.ring = c && c->ring ? c->ring : DEFAULT_RING;
		like.budget = c && c->budget ? c->budget : DEFAULT_BUDGET;
		like.overload = c ? c->overload : CONF_OVERLOAD_DROP_TAIL;
		like.pass_port = c && like.overload == CONF_OVERLOAD_PASS ? c->pass_port : -1;
	}
	if (like.place == CONF_PLACE_CONTROL)
		return add_instance(d, &like, 0);
	if (like.place == CONF_PLACE_OWN)
		return own_lane(d, c, h->name, &lcore) < 0 ? -1 : add_instance(d, &like, lcore);
	if (like.place == CONF_PLACE_INLINE) {
		for (unsigned w = 1; w <= d->n_workers; w++)
			if (add_instance(d, &like, w) < 0)
				return -1;
		return 0;
	}
	for (unsigned i = 0; i < c->n_cpus; i++)
		if (handler_lcore(d, c->cpus[i], h->name, &lcore) < 0 ||
			add_instance(d, &like, lcore) < 0)
			return -1;
	return 0;
}

/** What a handler registers, number k of its lists, as people know it; false: it has fewer. */
static bool registered(const struct handler *h, unsigned k, char *text, size_t size)
{
	const struct handler_snap *snap;

	if (k < h->n_ethertypes) {
		snprintf(text, size, "EtherType 0x%04x", h->ethertypes[k]);
		return true;
	}
	k -= h->n_ethertypes;
	if (k < h->n_saps) {
		snprintf(text, size, "LLC SAP 0x%02x", h->saps[k]);
		return true;
	}
	k -= h->n_saps;
	if (k >= h->n_snaps)
		return false;
	snap = &h->snaps[k];
	snprintf(text, size, "SNAP PID 0x%04x of OUI %02x-%02x-%02x", snap->pid, snap->oui[0],
		snap->oui[1], snap->oui[2]);
	return true;
}

/** Whether it is one of the first `n` that a handler registers. */
static bool is_among(const struct handler *h, unsigned n, const char *what)
{
	char text[64];

	for (unsigned k = 0; k < n && registered(h, k, text, sizeof(text)); k++)
		if (strcmp(text, what) == 0)
			return true;
	return false;
}

static int check_pair(struct draft *d, const struct handler *a, const struct handler *b)
{
	char what[64];

	for (unsigned i = 0; registered(b, i, what, sizeof(what)); i++)
		if (is_among(a, UINT_MAX, what))
			return draft_fail(d,
				"%s is taken by both handlers %s and %s: remove one of them", what,
				a->name, b->name);
	return 0;
}

static bool is_tpid(const struct draft *d, uint16_t type)
{
	bool is = type == TAG_TPID_C || type == TAG_TPID_S;

	for (unsigned b = 0; b < d->conf->n_bridges; b++)
		is |= d->conf->bridges[b].vlan_aware && d->conf->bridges[b].tpid == type;
	return is;
}

/** What cannot be told apart from something else. */
static int check_own(struct draft *d, const struct handler *h)
{
	char what[64];

	for (unsigned k = 0; registered(h, k, what, sizeof(what)); k++)
		if (is_among(h, k, what))
			return draft_fail(
				d, "handler %s registers %s twice: once will do", h->name, what);
	for (unsigned e = 0; e < h->n_ethertypes; e++)
		if (is_tpid(d, h->ethertypes[e]))
			return draft_fail(d,
				"handler %s: EtherType 0x%04x is that of a tag: frames are told "
				"by what stands behind their tags",
				h->name, h->ethertypes[e]);
	for (unsigned s = 0; s < h->n_saps; s++)
		if (h->saps[s] == SAP_SNAP)
			return draft_fail(d,
				"handler %s: LLC SAP 0xaa is SNAP's: register OUI and PID",
				h->name);
	return 0;
}

static int check_registered(struct draft *d)
{
	const struct plan *p = d->plan;
	unsigned classes = 0;

	for (unsigned i = 0; i < p->n_instances; i++) {
		const struct handler *h = p->instances[i].handler;

		if (p->instances[i].instance != 0)
			continue;
		if (check_own(d, h) < 0)
			return -1;
		for (unsigned j = 0; j < i; j++)
			if (p->instances[j].handler != h &&
				check_pair(d, p->instances[j].handler, h) < 0)
				return -1;
		classes += h->n_ethertypes + h->n_saps + h->n_snaps;
	}
	if (classes > CLASS_MAX - CLASS_NAMED)
		return draft_fail(d,
			"the handlers register %u EtherTypes, LLC SAPs and SNAP PIDs, %d at most: "
			"remove some of them",
			classes, CLASS_MAX - CLASS_NAMED);
	return 0;
}

/** Lanes that were made for handlers stay: their numbers are in use. */
static int keep_lanes(struct draft *d)
{
	for (unsigned l = d->plan->n_lcores; d->running && l < d->running->n_lcores; l++) {
		struct plan_lcore *lcore =
			draft_push(d, &d->plan->lcores, &d->plan->n_lcores, sizeof(*lcore));

		if (!lcore)
			return -1;
		*lcore = d->running->lcores[l];
	}
	return 0;
}

int draft_handlers(struct draft *d)
{
	const struct conf *c = d->conf;

	if (keep_lanes(d) < 0)
		return -1;
	for (unsigned i = 0; i < c->n_handlers; i++) {
		const struct handler *h = find(d, c->handlers[i].name);

		if (!h)
			return fail_unknown(d, c->handlers[i].name);
		for (unsigned j = 0; j < i; j++)
			if (strcmp(c->handlers[j].name, c->handlers[i].name) == 0)
				return draft_fail(d, "handler %s is configured twice", h->name);
		if (add_handler(d, h, (int)i) < 0)
			return -1;
	}
	for (unsigned i = 0; d->table[i] && c->n_interfaces; i++) {
		bool named = false;

		for (unsigned j = 0; j < c->n_handlers; j++)
			named |= strcmp(c->handlers[j].name, d->table[i]->name) == 0;
		if (d->table[i]->needs_address && !named && add_handler(d, d->table[i], -1) < 0)
			return -1;
	}
	return check_registered(d);
}
