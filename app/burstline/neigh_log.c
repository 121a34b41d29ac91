/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Turns what the control lcore noticed into lines of the log. Called by the management thread.
 * Anybody in a segment can make events at will, so whatever is remembered or written has a bound.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "neighbour"
#include "neigh_log.h"

/** What was said of an address; of a full table, of its interface. */
struct recent {
	bool used, said;
	uint8_t kind;
	uint16_t iface;
	uint32_t ip_be;
	uint64_t last_ms, said_ms;
	unsigned n_moves;
	uint64_t move_ms[NEIGH_LOG_FLAPS]; // the last ones, round
};

struct neigh_log {
	const struct iface_table *ifaces;
	void (*write)(void *arg, enum log_level level, const char *line);
	void *arg;
	uint64_t second_ms; // when the present second began
	unsigned lines;     // in it
	uint64_t left_out;  // not yet told
	struct neigh_log_counts counts;
	struct recent recent[NEIGH_LOG_RECENT];
};

struct neigh_log *neigh_log_create(const struct iface_table *ifaces,
	void (*write)(void *arg, enum log_level level, const char *line), void *arg)
{
	struct neigh_log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	log->ifaces = ifaces;
	log->write = write;
	log->arg = arg;
	return log;
}

void neigh_log_free(struct neigh_log *log)
{
	free(log);
}

const struct neigh_log_counts *neigh_log_counts(const struct neigh_log *log)
{
	return &log->counts;
}

static void put(struct neigh_log *log, enum log_level level, const char *line)
{
	log->lines++;
	if (log->write != NULL)
		log->write(log->arg, level, line);
	else if (level == LOG_WARNING)
		log_warning("%s", line);
	else
		log_info("%s", line);
}

static void begin_second(struct neigh_log *log, uint64_t now_ms)
{
	char line[96];

	if (now_ms - log->second_ms < 1000)
		return;
	log->second_ms = now_ms;
	log->lines = 0;
	if (log->left_out == 0)
		return;
	snprintf(line, sizeof(line), "interfaces: %" PRIu64 " more lines like these were left out",
		log->left_out);
	log->left_out = 0;
	put(log, LOG_WARNING, line);
}

static struct recent *find(struct neigh_log *log, const struct neigh_event *e, uint64_t now_ms)
{
	uint32_t ip_be = e->kind == NEIGH_EVENT_FULL ? 0 : e->ip_be;
	struct recent *oldest = &log->recent[0];

	for (unsigned i = 0; i < NEIGH_LOG_RECENT; i++) {
		struct recent *r = &log->recent[i];

		if (r->used && r->ip_be == ip_be && r->iface == e->iface && r->kind == e->kind) {
			r->last_ms = now_ms;
			return r;
		}
		if (oldest->used && (!r->used || r->last_ms < oldest->last_ms))
			oldest = r;
	}
	*oldest = (struct recent){.used = true,
		.kind = e->kind,
		.iface = e->iface,
		.ip_be = ip_be,
		.last_ms = now_ms};
	return oldest;
}

static const char *mac_text(const uint8_t mac[6], char *text, size_t size)
{
	snprintf(text, size, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		mac[4], mac[5]);
	return text;
}

// What a kind of event is called, with two MAC addresses: who speaks, and whose it was.
static enum log_level sentence(const struct neigh_event *e, char *text, size_t size)
{
	char mac[20], was[20];

	mac_text(e->mac, mac, sizeof(mac));
	mac_text(e->was, was, sizeof(was));
	switch (e->kind) {
	case NEIGH_EVENT_CONFLICT:
		snprintf(text, size,
			"is ours, but %s claims it too: kept and defended; give one of both "
			"another address",
			mac);
		return LOG_WARNING;
	case NEIGH_EVENT_TAKEN:
		snprintf(text, size,
			"is the address of %s already: not used here, and probed again later; give "
			"one of both another address",
			mac);
		return LOG_WARNING;
	case NEIGH_EVENT_REGAINED:
		snprintf(text, size, "is nobody else's any more: in use");
		return LOG_INFO;
	case NEIGH_EVENT_MOVED:
		snprintf(text, size, "moved from %s to %s", was, mac);
		return LOG_INFO;
	case NEIGH_EVENT_STATIC:
		snprintf(text, size,
			"is configured as %s, but %s claims it: not believed; correct "
			"`neighbours` or that host",
			was, mac);
		return LOG_WARNING;
	default: // NEIGH_EVENT_FULL
		snprintf(text, size,
			"(%s) was not learnt: the interface has its number of neighbours, or the "
			"table is full; raise neighbour-limit",
			mac);
		return LOG_WARNING;
	}
}

// False: it is gone since.
static bool is_there(const struct neigh_log *log, uint16_t id)
{
	return id < log->ifaces->n && !log->ifaces->iface[id].unused;
}

static void say(struct neigh_log *log, struct recent *r, const struct neigh_event *e,
	enum log_level level, const char *what, uint64_t now_ms)
{
	const uint8_t *ip = (const uint8_t *)&e->ip_be;
	char line[320];

	// Not written, and to be tried again with the next event.
	if (log->lines >= NEIGH_LOG_LINES) {
		log->counts.suppressed++;
		log->left_out++;
		return;
	}
	snprintf(line, sizeof(line), "interface %s: %u.%u.%u.%u %s",
		log->ifaces->iface[e->iface].name, ip[0], ip[1], ip[2], ip[3], what);
	put(log, level, line);
	r->said = true;
	r->said_ms = now_ms;
}

// Counts this move and tells whether there were NEIGH_LOG_FLAPS in the time.
static bool flaps(struct recent *r, uint64_t now_ms)
{
	r->move_ms[r->n_moves++ % NEIGH_LOG_FLAPS] = now_ms;
	// The oldest that is remembered is the one that the next move will replace.
	return r->n_moves >= NEIGH_LOG_FLAPS &&
	       now_ms - r->move_ms[r->n_moves % NEIGH_LOG_FLAPS] <= NEIGH_LOG_FLAP_MS;
}

static void say_flapping(
	struct neigh_log *log, const struct neigh_event *moved, const char *mac, uint64_t now_ms)
{
	struct neigh_event e = *moved;
	struct recent *r;
	char what[160], was[20];

	log->counts.flapping++;
	e.kind = NEIGH_EVENT_KINDS; // remembered apart from single moves
	r = find(log, &e, now_ms);
	if (r->said && now_ms - r->said_ms < NEIGH_LOG_AGAIN_MS)
		return;
	snprintf(what, sizeof(what), "flaps between %s and %s: two hosts with one address",
		mac_text(e.was, was, sizeof(was)), mac);
	say(log, r, &e, LOG_WARNING, what, now_ms);
}

static void take(struct neigh_log *log, const struct neigh_event *e, uint64_t now_ms)
{
	uint64_t again_ms = NEIGH_LOG_AGAIN_MS;
	struct recent *r = find(log, e, now_ms);
	enum log_level level;
	char what[200], mac[20];

	log->counts.kind[e->kind]++;
	// One of our addresses changes its state some times an hour at most.
	if (e->kind == NEIGH_EVENT_TAKEN || e->kind == NEIGH_EVENT_REGAINED)
		again_ms = 0;
	if (e->kind == NEIGH_EVENT_MOVED) {
		again_ms = NEIGH_LOG_FLAP_MS;
		if (flaps(r, now_ms)) {
			say_flapping(log, e, mac_text(e->mac, mac, sizeof(mac)), now_ms);
			return;
		}
	}
	if (r->said && now_ms - r->said_ms < again_ms)
		return;
	level = sentence(e, what, sizeof(what));
	say(log, r, e, level, what, now_ms);
}

void neigh_log_drain(struct neigh_log *log, struct neigh_events *events, uint64_t now_ms)
{
	struct neigh_event e;

	begin_second(log, now_ms);
	// Control may go on putting: no more than there can have been at once.
	for (unsigned i = 0; i < NEIGH_EVENTS && neigh_event_take(events, &e); i++) {
		if (e.kind < NEIGH_EVENT_KINDS && is_there(log, e.iface))
			take(log, &e, now_ms);
	}
}
