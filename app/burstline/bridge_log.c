/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Turns what lanes noticed into lines of the log. Called by the management thread. Anybody on a
 * bridge can make events at will, so whatever is remembered or written has a bound.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "bridge"
#include "bridge/fdb.h"
#include "bridge_log.h"

/** What was said of an address, or of a full table (then of a port of it). */
struct recent {
	bool used;
	bool said;
	uint8_t bridge, kind;
	uint64_t key; // BRIDGE_EVENT_FULL: the port
	uint64_t last_ms;
	uint64_t said_ms;
	uint64_t warned_ms; // BRIDGE_EVENT_MOVED: said_ms of flapping
	bool warned;
	unsigned n_moves;
	uint64_t move_ms[BRIDGE_LOG_FLAPS]; // the last ones, round
};

struct bridge_log {
	struct bridge_log_config config;
	uint64_t second_ms;               // when the present second began
	unsigned lines;                   // in it
	uint64_t left_out;                // not yet told
	struct bridge_log_counts *counts; // [n_bridges]
	struct recent recent[BRIDGE_LOG_RECENT];
};

struct bridge_log *bridge_log_create(const struct bridge_log_config *config)
{
	struct bridge_log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	log->config = *config;
	log->counts = calloc(config->n_bridges + 1, sizeof(log->counts[0]));
	if (log->counts == NULL) {
		free(log);
		return NULL;
	}
	return log;
}

void bridge_log_free(struct bridge_log *log)
{
	if (log == NULL)
		return;
	free(log->counts);
	free(log);
}

const struct bridge_log_counts *bridge_log_counts(const struct bridge_log *log, uint8_t bridge)
{
	return bridge < log->config.n_bridges ? &log->counts[bridge] : NULL;
}

static void put(struct bridge_log *log, enum log_level level, const char *line)
{
	log->lines++;
	if (log->config.write != NULL)
		log->config.write(log->config.arg, level, line);
	else if (level == LOG_WARNING)
		log_warning("%s", line);
	else
		log_info("%s", line);
}

void bridge_log_tick(struct bridge_log *log, uint64_t now_ms)
{
	char line[96];

	if (now_ms - log->second_ms < 1000)
		return;
	log->second_ms = now_ms;
	log->lines = 0;
	if (log->left_out == 0)
		return;
	snprintf(line, sizeof(line), "bridges: %" PRIu64 " more lines like these were left out",
		log->left_out);
	log->left_out = 0;
	put(log, LOG_WARNING, line);
}

static struct recent *find(struct bridge_log *log, const struct bridge_event *e, uint64_t now_ms)
{
	uint64_t key = e->kind == BRIDGE_EVENT_FULL ? e->port : e->key;
	struct recent *oldest = &log->recent[0];

	for (unsigned i = 0; i < BRIDGE_LOG_RECENT; i++) {
		struct recent *r = &log->recent[i];

		if (r->used && r->key == key && r->bridge == e->bridge && r->kind == e->kind) {
			r->last_ms = now_ms;
			return r;
		}
		if (oldest->used && (!r->used || r->last_ms < oldest->last_ms))
			oldest = r;
	}
	*oldest = (struct recent){
		.used = true, .bridge = e->bridge, .kind = e->kind, .key = key, .last_ms = now_ms};
	return oldest;
}

static const char *port_name(const struct bridge_log *log, uint8_t port)
{
	return port < log->config.n_ports && log->config.ports[port] != NULL
	               ? log->config.ports[port]
	               : "?";
}

/** "bridge br0: 02:00:00:00:00:01 (VLAN 10)" */
static void name_address(
	const struct bridge_log *log, const struct bridge_event *e, char *text, size_t size)
{
	uint16_t vlan = fdb_vlan(e->key);
	char behind[16] = "";

	if (vlan != 0)
		snprintf(behind, sizeof(behind), " (VLAN %u)", vlan);
	snprintf(text, size, "bridge %s: %02x:%02x:%02x:%02x:%02x:%02x%s",
		log->config.bridges[e->bridge], (unsigned)(uint8_t)e->key,
		(unsigned)(uint8_t)(e->key >> 8), (unsigned)(uint8_t)(e->key >> 16),
		(unsigned)(uint8_t)(e->key >> 24), (unsigned)(uint8_t)(e->key >> 32),
		(unsigned)(uint8_t)(e->key >> 40), behind);
}

// False: not written, and to be tried again with the next event.
static bool say(struct bridge_log *log, const struct bridge_event *e, enum log_level level,
	const char *what)
{
	char address[96], line[320];

	if (log->lines >= BRIDGE_LOG_LINES) {
		log->counts[e->bridge].suppressed++;
		log->left_out++;
		return false;
	}
	name_address(log, e, address, sizeof(address));
	snprintf(line, sizeof(line), "%s %s", address, what);
	put(log, level, line);
	return true;
}

// Counts this move and tells whether there were BRIDGE_LOG_FLAPS in the time.
static bool flaps(struct recent *r, uint64_t now_ms)
{
	uint64_t *at = &r->move_ms[r->n_moves++ % BRIDGE_LOG_FLAPS];

	*at = now_ms;
	// The oldest that is remembered is the one that the next move will replace.
	return r->n_moves >= BRIDGE_LOG_FLAPS &&
	       now_ms - r->move_ms[r->n_moves % BRIDGE_LOG_FLAPS] <= BRIDGE_LOG_FLAP_MS;
}

static void say_moved(struct bridge_log *log, const struct bridge_event *e, uint64_t now_ms)
{
	struct recent *r = find(log, e, now_ms);
	const char *from = port_name(log, e->was), *to = port_name(log, e->port);
	char what[160];

	if (flaps(r, now_ms)) {
		log->counts[e->bridge].flapping++;
		if (r->warned && now_ms - r->warned_ms < BRIDGE_LOG_AGAIN_MS)
			return;
		snprintf(what, sizeof(what),
			"flaps between ports %s and %s: a loop, or two hosts with one address",
			from, to);
		if (!say(log, e, LOG_WARNING, what))
			return;
		r->warned = r->said = true;
		r->warned_ms = r->said_ms = now_ms;
	} else if (!r->said || now_ms - r->said_ms >= BRIDGE_LOG_FLAP_MS) {
		snprintf(what, sizeof(what), "moved from port %s to %s", from, to);
		if (!say(log, e, LOG_INFO, what))
			return;
		r->said = true;
		r->said_ms = now_ms;
	}
}

static void say_once(
	struct bridge_log *log, const struct bridge_event *e, const char *what, uint64_t now_ms)
{
	struct recent *r = find(log, e, now_ms);

	if (r->said && now_ms - r->said_ms < BRIDGE_LOG_AGAIN_MS)
		return;
	if (!say(log, e, LOG_WARNING, what))
		return;
	r->said = true;
	r->said_ms = now_ms;
}

static void take(struct bridge_log *log, const struct bridge_event *e, uint64_t now_ms)
{
	struct bridge_log_counts *counts = &log->counts[e->bridge];
	const char *port = port_name(log, e->port);
	char what[192];

	if (log->config.bridges[e->bridge] == NULL)
		return; // it is gone since
	switch (e->kind) {
	case BRIDGE_EVENT_MOVED:
		counts->moved++;
		say_moved(log, e, now_ms);
		break;
	case BRIDGE_EVENT_HELD:
		counts->held++;
		snprintf(what, sizeof(what),
			"came in at port %s, but belongs to port %s (static or sticky): not moved",
			port, port_name(log, e->was));
		say_once(log, e, what, now_ms);
		break;
	case BRIDGE_EVENT_OWN:
		counts->own++;
		snprintf(what, sizeof(what),
			"is ours and came in at port %s: a loop, or somebody uses our address",
			port);
		say_once(log, e, what, now_ms);
		break;
	case BRIDGE_EVENT_FULL:
		counts->full++;
		snprintf(what, sizeof(what),
			"at port %s was not learned: the table, the VLAN or the port is full "
			"(keys fdb, vlan-limit, limit); frames to such addresses are flooded",
			port);
		say_once(log, e, what, now_ms);
		break;
	}
}

void bridge_log_drain(struct bridge_log *log, struct bridge_events *events, uint64_t now_ms)
{
	struct bridge_event e;

	bridge_log_tick(log, now_ms);
	// A lane may go on putting: no more than it can have had at once.
	for (unsigned i = 0; i < BRIDGE_EVENTS && bridge_event_take(events, &e); i++) {
		if (e.bridge < log->config.n_bridges)
			take(log, &e, now_ms);
	}
}
