/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Gather counters and render them. Called by the management thread, by telemetry's threads and at
 * the exit; never by a lane.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include <rte_cycles.h>

#include "base/log.h"
#include "base/stream.h"
#include "report.h"

enum {
	ANSWER_MS = 200,
	PRINT_MS = 500 // for a reader of standard output who stands still
};

// At the end, what a lane that did not return has in its hands: it took it in, and nobody else will
// ever see it.
static void write_off(const struct lane *lane, struct ledger *sum)
{
	for (unsigned p = 0; p < LEDGER_PORTS; p++) {
		const struct ledger_port *own = &lane->ledger.port[p];
		int64_t in_hand = ledger_port_balance(own);

		if (in_hand > 0)
			sum->port[p].drops[DROP_STALLED] += (uint64_t)in_hand;
	}
}

// The rings of the others are empty: what is in flight or kept now is with such a lane.
static void write_off_held(struct ledger_port *p)
{
	int64_t in_flight = ledger_port_in_flight(p), kept = ledger_port_kept(p);

	if (in_flight > 0) {
		p->ring_out += (uint64_t)in_flight;
		p->drops[DROP_STALLED] += (uint64_t)in_flight;
	}
	if (kept > 0) {
		p->kept_out += (uint64_t)kept;
		p->drops[DROP_STALLED] += (uint64_t)kept;
	}
}

bool report_ledger(struct instance *instance, struct ledger *sum)
{
	uint64_t deadline = rte_rdtsc() + instance->tsc_hz * ANSWER_MS / 1000;
	bool running, written_off = false, all = true;

	pthread_mutex_lock(&instance->readers);
	*sum = instance->retired;
	running = atomic_load(&instance->phase) != PHASE_STOP;
	for (unsigned l = 0; running && l < instance->plan->n_lcores; l++)
		ledger_ask(&instance->lanes[l]->snapshot);
	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		struct lane *lane = instance->lanes[l];
		const struct ledger *from = &lane->ledger;

		while (running && !ledger_answered(&lane->snapshot) && rte_rdtsc() < deadline)
			rte_delay_us_sleep(50);
		if (running && ledger_answered(&lane->snapshot))
			from = &lane->snapshot.copy;
		else if (running)
			all = false;
		for (unsigned p = 0; p < LEDGER_PORTS; p++)
			ledger_port_add(&sum->port[p], &from->port[p]);
		if (!running && !atomic_load(&lane->ended)) {
			write_off(lane, sum);
			written_off = true;
		}
	}
	for (unsigned p = 0; written_off && p < LEDGER_PORTS; p++)
		write_off_held(&sum->port[p]);
	pthread_mutex_unlock(&instance->readers);
	return all;
}

bool report_balanced(const struct ledger *sum)
{
	for (unsigned p = 0; p < LEDGER_PORTS; p++) {
		if (ledger_port_balance(&sum->port[p]) != 0)
			return false;
	}
	return true;
}

const char *report_class_name(
	const struct classifier *classifier, unsigned class, char *name, size_t size)
{
	uint16_t type = classifier->type[class];

	if (class < CLASS_NAMED)
		snprintf(name, size, "%s", class_name(class));
	else if (classifier->kind[class] == CLASS_BY_SAP)
		snprintf(name, size, "sap_0x%02x", type);
	else if (classifier->kind[class] == CLASS_BY_SNAP)
		snprintf(name, size, "snap_%06x_%04x", classifier->oui[class], type);
	else
		snprintf(name, size, "0x%04x", type);
	return name;
}

static const char *line_name(const struct instance *instance, unsigned line)
{
	return line == LEDGER_SELF ? "self" : instance->port_name[line];
}

// Lines that belong or belonged to a port, and `self`.
static bool line_used(const struct instance *instance, unsigned line)
{
	return line == LEDGER_SELF || instance->port_name[line][0] != '\0';
}

static void print_drops(const struct instance *instance, const struct ledger *sum, FILE *to)
{
	for (unsigned line = 0; line < LEDGER_PORTS; line++) {
		for (unsigned r = 0; r < DROP_REASON_COUNT; r++) {
			if (sum->port[line].drops[r] != 0)
				fprintf(to, "  drop %-12s %-18s %12" PRIu64 "  %s\n",
					line_name(instance, line), drop_name(r),
					sum->port[line].drops[r], drop_help(r));
		}
	}
}

// Beside the ledger: what its driver lost.
static void print_stats(const char *port, const struct port_stats *s, FILE *to)
{
#define X(field, help)                                                                             \
	if (atomic_load(&s->field) != 0)                                                           \
		fprintf(to, "  driver %-10s %-18s %12" PRIu64 "  %s\n", port, #field,              \
			atomic_load(&s->field), help);
	PORT_STATS_FIELDS(X)
#undef X
}

static void print_all(struct instance *instance, FILE *to)
{
	struct ledger *sum = malloc(sizeof(*sum));

	if (sum == NULL)
		return;
	report_ledger(instance, sum);
	fprintf(to, "  %-12s %12s %12s %12s %12s %12s %8s %9s %8s\n", "port", "in", "tx", "sent",
		"consumed", "dropped", "kept", "in flight", "balance");
	for (unsigned line = 0; line < LEDGER_PORTS; line++) {
		const struct ledger_port *p = &sum->port[line];

		if (!line_used(instance, line))
			continue;
		fprintf(to,
			"  %-12s %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64
			" %8" PRId64 " %9" PRId64 " %8" PRId64 "\n",
			line_name(instance, line), p->rx + p->originated + p->copies, p->tx,
			p->sent, p->consumed, ledger_port_dropped(p), ledger_port_kept(p),
			ledger_port_in_flight(p), ledger_port_balance(p));
	}
	print_drops(instance, sum, to);
	for (unsigned i = 0; i < instance->plan->n_ports; i++)
		print_stats(instance->ports[i]->conf->name, &instance->ports[i]->stats, to);
	fprintf(to, "  ledger %s\n", report_balanced(sum) ? "balanced" : "NOT BALANCED");
	free(sum);
}

void report_print(struct instance *instance)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);
	int rc = -ENOMEM;

	if (to != NULL) {
		print_all(instance, to);
		rc = fclose(to) == 0 ? stream_write(STDOUT_FILENO, text, n, PRINT_MS) : rc;
	}
	if (rc != 0)
		log_warning("the ledger was not printed: standard output: %s",
			rc == -EAGAIN ? "its reader takes nothing" : strerror(-rc));
	free(text);
}

static json_t *json_drops(const struct ledger_port *p)
{
	json_t *drops = json_array();

	for (unsigned r = 0; r < DROP_REASON_COUNT; r++) {
		if (p->drops[r] != 0)
			json_array_append_new(drops, json_pack("{s:s, s:I}", "reason", drop_name(r),
							     "frames", (json_int_t)p->drops[r]));
	}
	return drops;
}

static json_t *json_line(const char *name, const struct ledger_port *p)
{
	json_t *line = json_pack("{s:s}", "name", name);

#define X(field, help) json_object_set_new(line, #field, json_integer((json_int_t)p->field));
	LEDGER_FIELDS(X)
	LEDGER_EGRESS_FIELDS(X)
#undef X
	json_object_set_new(line, "kept", json_integer(ledger_port_kept(p)));
	json_object_set_new(line, "in_flight", json_integer(ledger_port_in_flight(p)));
	json_object_set_new(line, "dropped", json_integer((json_int_t)ledger_port_dropped(p)));
	json_object_set_new(line, "drops", json_drops(p));
	json_object_set_new(line, "balance", json_integer(ledger_port_balance(p)));
	return line;
}

int report_write(struct instance *instance, unsigned mbufs_in_use, const char *path)
{
	struct ledger *sum = malloc(sizeof(*sum));
	json_t *root, *ports = json_array();
	int rc = sum == NULL || ports == NULL ? -ENOMEM : 0;

	if (rc == 0) {
		report_ledger(instance, sum);
		for (unsigned line = 0; line < LEDGER_PORTS; line++) {
			if (line_used(instance, line))
				json_array_append_new(ports,
					json_line(line_name(instance, line), &sum->port[line]));
		}
		root = json_pack("{s:s, s:b, s:i, s:o}", "instance", instance->conf->name,
			"balanced", report_balanced(sum), "mbufs_in_use", (int)mbufs_in_use,
			"ports", json_incref(ports));
		if (root == NULL || json_dump_file(root, path, JSON_INDENT(1)) != 0)
			rc = errno != 0 ? -errno : -EIO;
		json_decref(root);
	}
	json_decref(ports);
	free(sum);
	return rc;
}
