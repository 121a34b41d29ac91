/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Arithmetic on ledgers: sums, gauges, the balance. Called by whoever reads (telemetry, the exit
 * report, tests); never on the fast path, where the owner adds to its own fields directly.
 */

#include "base/ledger.h"

void ledger_port_add(struct ledger_port *to, const struct ledger_port *from)
{
#define X(field, help) to->field += from->field;
	LEDGER_FIELDS(X)
	LEDGER_EGRESS_FIELDS(X)
#undef X
	for (unsigned r = 0; r < DROP_REASON_COUNT; r++)
		to->drops[r] += from->drops[r];
	for (unsigned c = 0; c < LEDGER_CLASSES; c++)
		to->class[c] += from->class[c];
}

uint64_t ledger_port_dropped(const struct ledger_port *p)
{
	uint64_t sum = 0;

	for (unsigned r = 0; r < DROP_REASON_COUNT; r++)
		sum += p->drops[r];
	return sum;
}

int64_t ledger_port_kept(const struct ledger_port *p)
{
	return (int64_t)(p->kept_in - p->kept_out);
}

int64_t ledger_port_in_flight(const struct ledger_port *p)
{
	return (int64_t)(p->ring_in - p->ring_out);
}

int64_t ledger_port_balance(const struct ledger_port *p)
{
	uint64_t in = p->rx + p->originated + p->copies;
	uint64_t out = p->sent + p->consumed + ledger_port_dropped(p);

	return (int64_t)(in - out) - ledger_port_kept(p) - ledger_port_in_flight(p);
}

void ledger_ask(struct ledger_snapshot *s)
{
	atomic_fetch_add_explicit(&s->asked, 1, memory_order_release);
}

bool ledger_answered(const struct ledger_snapshot *s)
{
	return atomic_load_explicit(&s->answered, memory_order_acquire) ==
	       atomic_load_explicit(&s->asked, memory_order_relaxed);
}
