/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Management's part of stall.h: one line for a round that took long, and not too many of them.
 * Whether the lane worked or was kept from its CPU, the kernel tells (schedstat). Called by
 * watchdog.c.
 */

#include <inttypes.h>
#include <stdio.h>

#include <rte_common.h>

#define LOG_MODULE "watchdog"
#include "base/log.h"
#include "instance.h"
#include "stall.h"
#include "watchdog.h"

enum { SHARED_SELDOM = 10 }; // a plug-in may be slow there: it hurts only itself

enum kind { IN_HANDLER, IN_HANDLER_TOO, UNTIMED, ELSEWHERE, NOT_RUN };

// A line of each kind comes at most so often, for each lane.
static const unsigned every_s[] = {
	[IN_HANDLER] = 1, [IN_HANDLER_TOO] = 10, [UNTIMED] = 1, [ELSEWHERE] = 10, [NOT_RUN] = 60};

static uint64_t us(const struct instance *instance, uint64_t cycles)
{
	return cycles / (instance->tsc_hz / 1000000);
}

// How long the thread was ready to run and did not, in ns, since it began; 0: the kernel does not
// tell.
static uint64_t waited_ns(pid_t thread)
{
	uint64_t waited = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", (int)thread);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "%*u %" SCNu64, &waited) != 1)
		waited = 0;
	fclose(f);
	return waited;
}

static void name_handler(
	const struct instance *instance, const struct stall *stall, char *text, size_t size)
{
	snprintf(text, size, "a handler that is gone");
	for (unsigned i = 0; i < instance->plan->n_instances; i++)
		if (instance->handlers[i]->serial == stall->handler)
			watchdog_name(instance, instance->handlers[i], text, size);
}

static void list_rounds(
	const struct instance *instance, const struct stall *stall, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < STALL_BEFORE && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, " %" PRIu64 "/%u",
			us(instance, stall->before[i] >> 16),
			(unsigned)(stall->before[i] & 0xffff));
}

static void say(const struct instance *instance, const struct lane *lane, const struct stall *stall,
	enum kind kind, const struct stall_said *said)
{
	static const char *const who[] = {[PLAN_CONTROL] = "control",
		[PLAN_WORKER] = "the worker",
		[PLAN_HANDLER] = "the handlers' lcore",
		[PLAN_OWN] = "the thread"};
	unsigned cpu = instance->plan->lcores[lane->id].cpu;
	char why[320], before[160], more[64] = "", handler[96];

	list_rounds(instance, stall, before, sizeof(before));
	if (kind <= IN_HANDLER_TOO) {
		name_handler(instance, stall, handler, sizeof(handler));
		snprintf(why, sizeof(why), "%" PRIu64 " us of it in %s%s",
			us(instance, stall->took), handler,
			kind == IN_HANDLER_TOO ? ", but other threads had its CPU, too" : "");
	} else if (kind == UNTIMED) {
		name_handler(instance, stall, handler, sizeof(handler));
		snprintf(why, sizeof(why),
			"%s ran in it, and perhaps others: what each takes is measured for the "
			"next %d s",
			handler, STALL_TIMED_S);
	} else if (kind == ELSEWHERE) {
		snprintf(why, sizeof(why),
			"no handler took most of it: its devices, or the machine, "
			"were slow");
	} else {
		snprintf(why, sizeof(why),
			"other threads had its CPU: give it to the worker alone (isolcpus, or a "
			"cpuset of its own)");
	}
	// Of those that found no room in the records it is not known how long they took.
	if (said->left_out > 0 && said->longest == 0)
		snprintf(more, sizeof(more), "; %u more since the last line", said->left_out);
	else if (said->left_out > 0)
		snprintf(more, sizeof(more), "; %u more, up to %" PRIu64 " us, since the last line",
			said->left_out, us(instance, said->longest));
	log_line(NULL, kind == IN_HANDLER_TOO || kind == NOT_RUN ? LOG_INFO : LOG_WARNING,
		LOG_MODULE,
		"%s on CPU %u took %" PRIu64 " us for a round of %u frames: %s; rounds before it, "
		"last first, us/frames:%s%s",
		who[lane->role], cpu, us(instance, stall->cycles), stall->frames, why, before,
		more);
}

static void take(const struct instance *instance, struct lane *lane, const struct stall *stall,
	uint64_t *waited_us, uint64_t now)
{
	uint64_t length = us(instance, stall->cycles);
	bool kept_out = *waited_us > length / 2;
	enum kind kind = stall->handler == 0 ? ELSEWHERE : stall->took == 0 ? UNTIMED : IN_HANDLER;
	unsigned seconds;
	struct stall_said *said;

	if (kept_out) {
		kind = kind == IN_HANDLER ? IN_HANDLER_TOO : NOT_RUN;
		*waited_us -= RTE_MIN(*waited_us, length);
	}
	// A CPU that may be shared is not always there, which is no news.
	if (plan_shares_cpu(lane->role) && (kind == ELSEWHERE || kind == NOT_RUN))
		return;
	said = &lane->stalls.said[kind];
	if (now < said->next_tsc) {
		said->left_out++;
		said->longest = RTE_MAX(said->longest, stall->cycles);
		return;
	}
	say(instance, lane, stall, kind, said);
	seconds = every_s[kind] * (plan_shares_cpu(lane->role) ? SHARED_SELDOM : 1);
	*said = (struct stall_said){.next_tsc = now + seconds * instance->tsc_hz};
}

static void look_at(const struct instance *instance, struct lane *lane, uint64_t now)
{
	struct stalls *s = &lane->stalls;
	uint32_t read = atomic_load_explicit(&s->read, memory_order_relaxed);
	uint32_t written = atomic_load_explicit(&s->written, memory_order_acquire);
	pid_t thread = atomic_load(&s->thread);
	uint64_t waited, waited_us;

	if (s->threshold == UINT64_MAX || thread == 0)
		return;
	waited = waited_ns(thread);
	waited_us = (waited - RTE_MIN(waited, s->waited_ns)) / 1000;
	s->waited_ns = waited;
	for (; read != written; read++)
		take(instance, lane, &s->record[read % STALL_RECORDS], &waited_us, now);
	atomic_store_explicit(&s->read, read, memory_order_release);
	s->said[ELSEWHERE].left_out += atomic_exchange(&s->lost, 0);
}

void stall_log_round(struct instance *instance, uint64_t now)
{
	for (unsigned l = 0; l < instance->plan->n_lcores; l++)
		if (instance->lanes[l] != NULL)
			look_at(instance, instance->lanes[l], now);
}
