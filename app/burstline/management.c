/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The management thread's life: start the ports, publish the first view, then wait for signals and
 * link changes and look after the ports, and at the end drain and stop. Ports and views change in
 * this thread only.
 */

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "base/log.h"
#include "bridge_log.h"
#include "capture.h"
#include "control.h"
#include "events.h"
#include "hotplug.h"
#include "link.h"
#include "live.h"
#include "live_commit.h"
#include "management.h"
#include "memif_faults.h"
#include "metrics.h"
#include "neigh/neigh.h"
#include "neigh_log.h"
#include "notify.h"
#include "port_life.h"
#include "privilege.h"
#include "report.h"
#include "rpc.h"
#include "vhost_peer.h"
#include "view.h"
#include "watchdog.h"

enum {
	ROUND_MS = 100,   // between looks at drivers' link states and waiting devices
	DRAIN_MS = 700,   // for rings to run empty at the end,
	RELEASE_MS = 200, // for what handlers held to leave, too,
	END_MS = 400,     // for the lanes to return
	NO_CPU_MS = 50    // where 0.2 ms were asked for
};

// Those on a bridge are announced when a member is there (bridge_link.c).
static void announce(struct management *m)
{
	for (uint16_t i = 0; i < m->instance->ifaces.n; i++) {
		if (!m->instance->ifaces.iface[i].on_bridge)
			control_tell(m->instance, HANDLER_ADDRESS, i);
	}
}

// Nothing in a ring, as far as the lanes' own counts tell; and nothing kept, if `kept` says so.
static bool empty(const struct ledger *sum, bool kept)
{
	for (unsigned p = 0; p < LEDGER_PORTS; p++) {
		if (ledger_port_in_flight(&sum->port[p]) != 0 ||
			(kept && ledger_port_kept(&sum->port[p]) != 0))
			return false;
	}
	return true;
}

// Finished mbufs on their way to a worker are not in the ledger any more, but not yet free.
static bool rings_empty(const struct instance *instance)
{
	for (unsigned r = 0; r < instance->plan->n_rings; r++) {
		if (!rte_ring_empty(instance->rings[r].ring))
			return false;
	}
	return true;
}

static bool handlers_drained(const struct instance *instance)
{
	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		if (!atomic_load(&instance->lanes[l]->drained))
			return false;
	}
	return true;
}

// Nothing is received any more. First what is under way arrives, then handlers release what they
// hold (what arrived could have been kept), then that leaves too.
void management_drain(struct instance *instance, uint64_t since)
{
	uint64_t ms = instance->tsc_hz / 1000, deadline = since + DRAIN_MS * ms;
	static struct ledger sum;

	while (rte_rdtsc() < deadline && !(report_ledger(instance, &sum) && empty(&sum, false)))
		rte_delay_us_sleep(1000);
	atomic_store_explicit(&instance->phase, PHASE_DRAIN, memory_order_release);
	deadline += RELEASE_MS * ms;
	do {
		if (handlers_drained(instance) && report_ledger(instance, &sum) &&
			empty(&sum, true) && rings_empty(instance))
			return;
		rte_delay_us_sleep(1000);
	} while (rte_rdtsc() < deadline);
	log_warning("rings did not run empty within %d ms: what is left is dropped",
		DRAIN_MS + RELEASE_MS);
}

// What the drain did not need is theirs, and so is the time in which this thread got no CPU: a lane
// that had none either has not stalled.
static bool wait_for_lanes(const struct instance *instance, uint64_t since)
{
	uint64_t ms = instance->tsc_hz / 1000, looked = rte_rdtsc();
	uint64_t deadline = RTE_MAX(since + (DRAIN_MS + RELEASE_MS) * ms, looked) + END_MS * ms;

	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		const struct lane *lane = instance->lanes[l];

		while (!atomic_load_explicit(&lane->ended, memory_order_acquire)) {
			uint64_t now = rte_rdtsc();

			if (now - looked > NO_CPU_MS * ms)
				deadline += now - looked;
			if (now > deadline)
				return false;
			looked = now;
			rte_delay_us_sleep(200);
		}
	}
	return true;
}

static unsigned frames_waiting(const struct instance *instance, unsigned lane)
{
	unsigned n = 0;

	for (unsigned r = 0; r < instance->plan->n_rings; r++) {
		const struct plan_ring *p = &instance->plan->rings[r];

		if (p->kind == PLAN_RING_HANDLER && p->consumer == lane)
			n += rte_ring_count(instance->rings[r].ring);
	}
	return n;
}

static void name_unended(const struct instance *instance)
{
	char name[96];

	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		const struct lane *lane = instance->lanes[l];
		const struct lane_handler *h = watchdog_running(instance, l);

		if (atomic_load_explicit(&lane->ended, memory_order_acquire))
			continue;
		snprintf(name, sizeof(name), "the lcore on CPU %u", instance->plan->lcores[l].cpu);
		if (h != NULL)
			watchdog_name(instance, h, name, sizeof(name));
		log_error("%s did not return: what it was given (%u frames in rings and those in "
			  "its hands) is counted as stalled, and the program ends without it",
			name, frames_waiting(instance, l));
	}
}

// Whoever takes from the ring, or would: nobody else does any more.
static bool is_left(const struct instance *instance, const struct plan_ring *ring)
{
	return atomic_load_explicit(&instance->lanes[ring->consumer]->ended, memory_order_acquire);
}

void management_sweep(struct instance *instance)
{
	struct rte_mbuf *m;

	for (unsigned r = 0; r < instance->plan->n_rings; r++) {
		const struct plan_ring *p = &instance->plan->rings[r];
		struct ledger *ledger = &instance->lanes[p->consumer]->ledger;

		while (is_left(instance, p) &&
			rte_ring_sc_dequeue(instance->rings[r].ring, (void **)&m) == 0) {
			if (p->kind != PLAN_RING_DONE) {
				ledger->port[ledger_index(m->port)].ring_out++;
				ledger->port[ledger_index(m->port)].drops[DROP_SHUTDOWN]++;
			}
			rte_pktmbuf_free(m);
		}
	}
	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		struct lane *lane = instance->lanes[l];

		if (!atomic_load_explicit(&lane->ended, memory_order_acquire))
			continue;
		rte_pktmbuf_free_bulk(lane->backlog, lane->n_backlog);
		lane->n_backlog = 0;
	}
}

void management_log(const struct instance *instance)
{
	uint64_t now_ms = rte_rdtsc() / (instance->tsc_hz / 1000);

	neigh_log_drain(instance->neigh_log, neigh_events(instance->neigh), now_ms);
	if (instance->bridge_log == NULL)
		return;
	for (unsigned l = 0; l < instance->plan->n_lcores; l++)
		if (instance->bridge_events[l] != NULL) // a lane that came when there was no bridge
			bridge_log_drain(instance->bridge_log, instance->bridge_events[l], now_ms);
	bridge_log_tick(instance->bridge_log, now_ms);
}

// False: the program ends. A terminal that goes away sends SIGHUP too, as the kernel.
static bool handle_signal(struct management *m, const struct signalfd_siginfo *info)
{
	char error[1024];

	if (info->ssi_signo != SIGHUP || info->ssi_code == SI_KERNEL || m->config == NULL) {
		log_info("%s: stopping", strsignal((int)info->ssi_signo));
		return false;
	}
	if (live_commit_file(m->instance, m->config, error, sizeof(error)) == 0)
		log_answer(LOG_INFO, "%s was read again", m->config);
	else
		log_answer(LOG_ERROR, "%s", error);
	return true;
}

static void look_around(struct management *m)
{
	port_life_round(&m->life);
	live_round(m->instance);
	live_commit_round(m->instance);
	capture_round(m->instance);
	management_log(m->instance);
	watchdog_round(m->instance);
	notify_alive(watchdog_all_well(m->instance), rte_rdtsc() / (m->instance->tsc_hz / 1000000));
}

// Rounds are not oftener because somebody asks much on the control socket, nor seldomer.
static void serve(struct management *m, struct link_watch *links)
{
	struct pollfd fds[3] = {
		{.fd = m->signal_fd, .events = POLLIN},
		{.fd = link_watch_fd(links), .events = POLLIN},
		{.fd = m->server == NULL ? -1 : server_fd(m->server), .events = POLLIN},
	};
	uint64_t round = m->instance->tsc_hz * ROUND_MS / 1000, last = 0, since;
	bool more = false;

	for (;;) {
		since = rte_rdtsc() - last;
		poll(fds, 3,
			more || since >= round ? 0 : (int)((round - since) * ROUND_MS / round) + 1);
		if (fds[0].revents != 0) {
			struct signalfd_siginfo info;

			if (read(m->signal_fd, &info, sizeof(info)) == sizeof(info) &&
				!handle_signal(m, &info))
				return;
		}
		if (fds[1].revents != 0)
			link_watch_read(links);
		if (m->server != NULL)
			more = server_serve(m->server);
		if (fds[0].revents == 0 && fds[1].revents == 0 && rte_rdtsc() - last < round)
			continue;
		look_around(m);
		last = rte_rdtsc();
	}
}

// Without it everything else works.
static void open_windows(struct management *m)
{
	const struct server_config config = {.name = m->instance->conf->name,
		.answer = rpc_answer,
		.too_long = rpc_too_long,
		.too_many = rpc_too_many,
		.no_files = rpc_no_files,
		.arg = m};
	char error[512];

	m->server = server_open(&config, error, sizeof(error));
	if (m->server == NULL)
		log_warning("%s", error);
	if (m->instance->conf->metrics_port == 0)
		return;
	m->metrics = metrics_open((uint16_t)m->instance->conf->metrics_port, error, sizeof(error));
	if (m->metrics == NULL)
		log_warning("%s", error);
}

// What devices, sockets and files of the start needed is not needed any more.
static int settle(struct management *m)
{
	char kept[256];

	open_windows(m);
	if (privilege_give_up(m->instance->conf, m->config, m->ledger, kept, sizeof(kept), m->error,
		    sizeof(m->error)) != 0) {
		server_close(m->server);
		metrics_close(m->metrics);
		return -1;
	}
	log_info("capabilities kept: %s", kept);
	return 0;
}

static void *management_main(void *arg)
{
	struct management *m = arg;
	struct link_watch *links =
		link_watch_open(port_life_link, &m->life, m->error, sizeof(m->error));
	uint64_t since = rte_rdtsc();

	events_open();
	vhost_peer_limit();
	m->life.instance = m->instance;
	m->life.links = links;
	m->instance->life = &m->life;
	memif_guard_lanes(m->instance->qsbr);
	m->failed = links == NULL || hotplug_open(m->instance, m->error, sizeof(m->error)) != 0 ||
	            port_life_start(&m->life, m->error, sizeof(m->error)) != 0 || settle(m) != 0;
	if (!m->failed) {
		announce(m);
		log_info("ready");
		notify_ready();
		serve(m, links);
		notify_stopping();
		server_close(m->server);
		metrics_close(m->metrics);
		since = rte_rdtsc();
		live_end(m->instance);
		view_renew(m->instance, false);
		management_drain(m->instance, since);
		capture_stop(m->instance, false);
		management_log(m->instance);
	}
	hotplug_close(m->instance);
	memif_guard_lanes(NULL);
	atomic_store_explicit(&m->instance->phase, PHASE_STOP, memory_order_release);
	link_watch_close(links);
	if (!wait_for_lanes(m->instance, since)) {
		name_unended(m->instance);
		m->abandon(m->abandon_arg);
	}
	return NULL;
}

int management_start(struct management *m)
{
	return -pthread_create(&m->thread, NULL, management_main, m);
}

void management_join(struct management *m)
{
	pthread_join(m->thread, NULL);
}
