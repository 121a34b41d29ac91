/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lane's part of stall.h: a small record of a round that took long, for management to take up.
 * Called by lane.c, cold; makes no system call but in stall_begin(), and waits for nobody.
 */

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_common.h>

#include "instance.h"
#include "lane.h"
#include "stall.h"

void stall_open(struct stalls *s, unsigned threshold_us, uint64_t tsc_hz)
{
	s->threshold = threshold_us == 0 ? UINT64_MAX : tsc_hz / 1000000 * threshold_us;
}

void stall_begin(struct stalls *s)
{
	atomic_store(&s->thread, (pid_t)syscall(SYS_gettid));
}

// Who had most of the round. A handler may send to another in its burst: of two, the inner one took
// less, and stood. Returns one that ran untimed, or 0.
static uint32_t blame(const struct lane *lane, uint64_t start, struct stall *record)
{
	const struct view_lane *lv = lane->view_lane;
	uint32_t untimed = 0;

	for (unsigned i = 0; lv != NULL && i < lv->n_handlers; i++) {
		const struct handler_counts *c = &lv->handler[i]->counts;

		if (c->called == start && !lane->out.timed && untimed == 0)
			untimed = lv->handler[i]->serial;
		if (c->called != start || c->took <= record->cycles / 2 ||
			(record->handler != 0 && c->took >= record->took))
			continue;
		record->handler = lv->handler[i]->serial;
		record->took = c->took;
	}
	return untimed;
}

__rte_cold void stall_note(struct lane *lane, uint64_t start, uint64_t cycles, unsigned frames)
{
	struct stalls *s = &lane->stalls;
	uint32_t written = atomic_load_explicit(&s->written, memory_order_relaxed);
	struct stall *record = &s->record[written % STALL_RECORDS];
	uint32_t untimed;

	if (written - atomic_load_explicit(&s->read, memory_order_acquire) == STALL_RECORDS) {
		atomic_fetch_add_explicit(&s->lost, 1, memory_order_relaxed);
		return;
	}
	*record = (struct stall){.cycles = cycles, .frames = frames};
	untimed = blame(lane, start, record);
	if (untimed != 0 && record->handler == 0)
		record->handler = untimed;
	if (untimed != 0 || lane->out.timed) {
		lane->out.timed = true;
		s->timed_end = start + STALL_TIMED_S * lane->instance->tsc_hz;
	}
	for (unsigned i = 0; i < STALL_BEFORE; i++)
		record->before[i] = s->before[(lane->rounds - 1 - i) % STALL_BEFORE];
	atomic_store_explicit(&s->written, written + 1, memory_order_release);
}
