/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state machine of our own addresses (RFC 5227). Called by the arp handler, which sends what
 * own_poll() says, and asked by every handler that answers for an address. Nothing here sends,
 * allocates after the start, or knows neighbours.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "neigh/entry.h"
#include "neigh/own.h"

struct own_address {
	uint32_t ip_be;
	uint16_t iface;
	bool probe;
	bool taken;            // somebody has, or had, it: until it is in use
	_Atomic uint8_t state; // enum own_state; only we write
	uint8_t left;          // probes or announcements to go
	uint64_t due_tsc;      // next probe or announcement, or the next try
	uint64_t sent_tsc;     // last announcement; 0: never
	uint64_t probed_tsc;   // last probe; 0: never
	uint64_t earliest_tsc; // no probe before
	uint64_t defended_tsc; // 0: never
	_Atomic uint64_t conflicts;
	_Atomic uint64_t mac; // of the last claim
};

struct own_iface {
	unsigned first, n;
	unsigned conflicts;    // of probes
	uint64_t conflict_tsc; // of the last one
	uint64_t retry_tsc;    // the last try that was put off
};

struct own {
	unsigned n;
	unsigned scan; // where own_poll() goes on
	uint64_t next_due_tsc, scan_due_tsc;
	uint32_t random;
	struct own_address *addresses;
	struct own_iface ifaces[];
};

struct own *own_create(uint16_t n_ifaces, uint32_t seed)
{
	struct own *own = calloc(1, sizeof(*own) + n_ifaces * sizeof(own->ifaces[0]));

	if (own == NULL)
		return NULL;
	own->random = seed | 1;
	own->next_due_tsc = own->scan_due_tsc = UINT64_MAX;
	return own;
}

void own_destroy(struct own *own)
{
	if (own != NULL)
		free(own->addresses);
	free(own);
}

int own_add(struct neigh_table *t, uint16_t iface, uint32_t ip_be, bool probe)
{
	struct own *own = t->own;
	struct own_address *a = realloc(own->addresses, (own->n + 1) * sizeof(*a));

	if (a == NULL)
		return -ENOMEM;
	own->addresses = a;
	a = &a[own->n];
	memset(a, 0, sizeof(*a));
	a->ip_be = ip_be;
	a->iface = iface;
	a->probe = probe;
	atomic_store(&a->state, probe ? OWN_DOWN : OWN_IN_USE);
	if (own->ifaces[iface].n++ == 0)
		own->ifaces[iface].first = own->n;
	own->n++;
	return 0;
}

void *own_room(unsigned n)
{
	return calloc(n + 1u, sizeof(struct own_address));
}

static enum own_state state_of(const struct own_address *a)
{
	return (enum own_state)atomic_load_explicit(&a->state, memory_order_relaxed);
}

static void set_state(struct own_address *a, enum own_state state)
{
	atomic_store_explicit(&a->state, (uint8_t)state, memory_order_relaxed);
}

static struct own_address *find(const struct neigh_table *t, uint16_t iface, uint32_t ip_be)
{
	const struct own_iface *i = &t->own->ifaces[iface];

	for (unsigned n = 0; n < i->n; n++) {
		if (t->own->addresses[i->first + n].ip_be == ip_be)
			return &t->own->addresses[i->first + n];
	}
	return NULL;
}

bool own_in_use(const struct neigh_table *t, uint16_t iface, uint32_t ip_be)
{
	const struct own_address *a = find(t, iface, ip_be);

	return a != NULL && state_of(a) == OWN_IN_USE;
}

bool own_is_probed(const struct neigh_table *t, uint16_t iface, uint32_t ip_be)
{
	const struct own_address *a = find(t, iface, ip_be);

	return a != NULL && state_of(a) == OWN_PROBING;
}

void *own_replace(struct neigh_table *t, const struct own_wish *wishes, unsigned n, void *room)
{
	struct own *own = t->own;
	struct own_address *to = room, *from = own->addresses;

	for (unsigned i = 0; i < n; i++) {
		const struct own_address *was = find(t, wishes[i].iface, wishes[i].ip_be);

		if (was != NULL && was->probe == wishes[i].probe) {
			to[i] = *was;
			continue;
		}
		to[i].ip_be = wishes[i].ip_be;
		to[i].iface = wishes[i].iface;
		to[i].probe = wishes[i].probe;
		atomic_store(&to[i].state, wishes[i].probe ? OWN_DOWN : OWN_IN_USE);
	}
	for (unsigned i = 0; i < own->n; i++)
		own->ifaces[from[i].iface].n = 0;
	for (unsigned i = n; i-- > 0;) {
		own->ifaces[to[i].iface].first = i;
		own->ifaces[to[i].iface].n++;
	}
	own->addresses = to;
	own->n = n;
	own->scan = 0;
	own->next_due_tsc = own->scan_due_tsc = 0; // the next scan reckons them anew
	return from;
}

/** From `min` to `max` seconds, in cycles. */
static uint64_t jitter(struct neigh_table *t, unsigned min, unsigned max)
{
	uint32_t x = t->own->random;

	x ^= x << 13; // xorshift32 (Marsaglia 2003)
	x ^= x >> 17;
	x ^= x << 5;
	t->own->random = x;
	return min * t->hz + (((max - min) * t->hz * (uint64_t)(x >> 16)) >> 16);
}

static void schedule(struct neigh_table *t, struct own_address *a, uint64_t due_tsc)
{
	struct own *own = t->own;

	a->due_tsc = due_tsc;
	if (due_tsc < own->next_due_tsc)
		own->next_due_tsc = due_tsc;
	if (due_tsc < own->scan_due_tsc)
		own->scan_due_tsc = due_tsc;
}

static uint64_t later_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void start_probing(struct neigh_table *t, struct own_address *a, uint64_t now_tsc)
{
	uint64_t due_tsc = now_tsc + jitter(t, 0, OWN_PROBE_WAIT);

	// A link that flaps starts again and again.
	if (a->probed_tsc != 0)
		due_tsc = later_of(due_tsc, a->probed_tsc + OWN_PROBE_MIN * t->hz);
	set_state(a, OWN_PROBING);
	a->left = OWN_PROBE_NUM;
	schedule(t, a, later_of(due_tsc, a->earliest_tsc));
}

static void announce_soon(struct neigh_table *t, struct own_address *a, uint64_t now_tsc)
{
	a->left = OWN_ANNOUNCE_NUM;
	if (a->sent_tsc != 0)
		now_tsc = later_of(now_tsc, a->sent_tsc + OWN_ANNOUNCE_MIN * t->hz);
	schedule(t, a, now_tsc);
}

static void start(struct neigh_table *t, uint16_t iface, uint64_t now_tsc, bool again)
{
	struct own_iface *i = &t->own->ifaces[iface];

	for (unsigned n = 0; n < i->n; n++) {
		struct own_address *a = &t->own->addresses[i->first + n];
		enum own_state state = state_of(a);

		if (state == OWN_IN_USE && !(a->probe && again))
			announce_soon(t, a, now_tsc);
		else if (state == OWN_DOWN || again)
			start_probing(t, a, now_tsc);
	}
}

void own_start(struct neigh_table *t, uint16_t iface, uint64_t now_tsc)
{
	start(t, iface, now_tsc, false);
}

void own_test(struct neigh_table *t, uint16_t iface, uint64_t now_tsc)
{
	start(t, iface, now_tsc, true);
}

void own_stop(struct neigh_table *t, uint16_t iface)
{
	struct own_iface *i = &t->own->ifaces[iface];

	for (unsigned n = 0; n < i->n; n++) {
		struct own_address *a = &t->own->addresses[i->first + n];

		if (!a->probe)
			continue;
		set_state(a, OWN_DOWN);
		a->left = 0;
	}
}

/** It is somebody's: when to try again. Once an interface had MAX_CONFLICTS, its addresses share
 *  one try a RATE_LIMIT_INTERVAL. */
static void give_up(struct neigh_table *t, struct own_address *a)
{
	struct own_iface *i = &t->own->ifaces[a->iface];
	uint64_t due_tsc = t->now_tsc + OWN_RETRY * t->hz;

	if (i->conflicts != 0 && t->now_tsc - i->conflict_tsc >= OWN_FORGET * t->hz)
		i->conflicts = 0;
	i->conflicts++;
	i->conflict_tsc = t->now_tsc;
	a->earliest_tsc = 0;
	if (i->conflicts >= OWN_MAX_CONFLICTS) {
		due_tsc = later_of(t->now_tsc, i->retry_tsc) + OWN_RATE_LIMIT_INTERVAL * t->hz;
		a->earliest_tsc = i->retry_tsc = due_tsc;
	}
	set_state(a, OWN_TAKEN);
	schedule(t, a, due_tsc);
}

enum own_claim own_claimed(
	struct neigh_table *t, uint16_t iface, uint32_t ip_be, const uint8_t mac[6])
{
	struct own_address *a = find(t, iface, ip_be);
	bool again = a != NULL && a->taken;
	uint64_t bits = 0;

	if (a == NULL || (state_of(a) != OWN_PROBING && state_of(a) != OWN_IN_USE))
		return OWN_CLAIM_NONE;
	memcpy(&bits, mac, 6);
	atomic_store_explicit(&a->mac, bits, memory_order_relaxed);
	atomic_fetch_add_explicit(&a->conflicts, 1, memory_order_relaxed);
	if (state_of(a) == OWN_PROBING) {
		give_up(t, a);
		a->taken = true;
		return again ? OWN_CLAIM_LOST_AGAIN : OWN_CLAIM_LOST;
	}
	if (a->defended_tsc != 0 && t->now_tsc - a->defended_tsc < OWN_DEFEND_INTERVAL * t->hz)
		return OWN_CLAIM_DEFENDED;
	a->defended_tsc = t->now_tsc;
	return OWN_CLAIM_DEFEND;
}

static enum own_todo announce(struct neigh_table *t, struct own_address *a, struct own_work *work)
{
	a->left--;
	a->sent_tsc = t->now_tsc;
	schedule(t, a, t->now_tsc + OWN_ANNOUNCE_INTERVAL * t->hz);
	work->regained = a->taken;
	a->taken = false;
	return OWN_ANNOUNCE;
}

/** An address is due: one step of the state machine. */
static enum own_todo fire(struct neigh_table *t, struct own_address *a, struct own_work *work)
{
	*work = (struct own_work){.ip_be = a->ip_be, .iface = a->iface};
	switch (state_of(a)) {
	case OWN_PROBING:
		if (a->left > 0) {
			a->left--;
			a->probed_tsc = t->now_tsc;
			schedule(t, a,
				t->now_tsc + (a->left > 0 ? jitter(t, OWN_PROBE_MIN, OWN_PROBE_MAX)
							  : OWN_ANNOUNCE_WAIT * t->hz));
			return OWN_PROBE;
		}
		set_state(a, OWN_IN_USE);
		a->left = OWN_ANNOUNCE_NUM;
		return announce(t, a, work);
	case OWN_IN_USE:
		return announce(t, a, work);
	default: // OWN_TAKEN
		start_probing(t, a, t->now_tsc);
		return OWN_IDLE;
	}
}

static bool has_timer(const struct own_address *a)
{
	enum own_state state = state_of(a);

	return state == OWN_PROBING || state == OWN_TAKEN || (state == OWN_IN_USE && a->left > 0);
}

enum own_todo own_poll(struct neigh_table *t, uint64_t now_tsc, struct own_work *work)
{
	struct own *own = t->own;

	t->now_tsc = now_tsc;
	if (now_tsc < own->next_due_tsc)
		return OWN_IDLE;
	if (own->scan == 0)
		own->scan_due_tsc = UINT64_MAX;
	while (own->scan < own->n) {
		struct own_address *a = &own->addresses[own->scan++];
		enum own_todo todo;

		if (!has_timer(a))
			continue;
		if (a->due_tsc > now_tsc) {
			schedule(t, a, a->due_tsc);
			continue;
		}
		todo = fire(t, a, work);
		if (todo != OWN_IDLE)
			return todo;
	}
	own->next_due_tsc = own->scan_due_tsc;
	own->scan = 0;
	return OWN_IDLE;
}

unsigned own_copy(const struct neigh_table *t, unsigned *start, struct own_info *out, unsigned n)
{
	const struct own *own = t->own;
	unsigned copied = 0;

	while (*start < own->n && copied < n) {
		struct own_address *a = &own->addresses[(*start)++];
		uint64_t mac = atomic_load_explicit(&a->mac, memory_order_relaxed);

		out[copied] = (struct own_info){
			.ip_be = a->ip_be,
			.iface = a->iface,
			.state = state_of(a),
			.probe = a->probe,
			.conflicts = atomic_load_explicit(&a->conflicts, memory_order_relaxed),
		};
		memcpy(out[copied++].mac, &mac, 6);
	}
	return copied;
}
