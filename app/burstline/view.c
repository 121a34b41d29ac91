/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Views: made from the plan and the ports' states, published by one store, freed after a grace
 * period. Management thread only (and the start, before lanes run).
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#define LOG_MODULE "watchdog"
#include "base/log.h"
#include "account.h"
#include "bridge_view.h"
#include "capture.h"
#include "instance.h"
#include "live.h"
#include "view.h"
#include "wire/fcs.h"

enum { GRACE_MS = 500 };

static const struct port *port_of(const struct instance *instance, unsigned index)
{
	return instance->ports[index];
}

static void set_role(
	const struct instance *instance, const struct view *view, unsigned port, struct view_rxq *q)
{
	const struct conf *conf = instance->conf;
	int bridge = bridge_of_port(conf, port);

	q->role = VIEW_PLAIN;
	if (bridge >= 0) {
		q->role = VIEW_BRIDGE;
		q->bridge = view->bridge[instance->bridges[bridge]->id];
	}
	if (conf->ports[port].reflect) {
		q->role = VIEW_REFLECT;
		q->peer = q->port;
	}
	for (unsigned w = 0; w < conf->n_wires; w++) {
		const unsigned *ends = conf->wires[w].port;

		if (ends[0] != port && ends[1] != port)
			continue;
		q->role = VIEW_WIRE;
		q->peer = port_of(instance, ends[0] == port ? ends[1] : ends[0])->id;
	}
}

// Queues of one port: who polls, who owns a TX queue.
static void add_queues(
	const struct instance *instance, struct view *view, unsigned index, bool receive)
{
	const struct plan_port *plan = &instance->plan->ports[index];
	const struct port *port = port_of(instance, index);

	// What a member without link has left in its queue is no longer true: nothing is learned
	// from it once its addresses were flushed.
	if (port->state != PORT_STARTED ||
		(bridge_of_port(instance->conf, index) >= 0 && !port_forwards(port)))
		receive = false;
	for (unsigned q = 0; receive && q < plan->n_rxq; q++) {
		struct view_lane *lv = view->lane[plan->rxq[q].lcore];
		struct view_rxq *rxq = &lv->rxq[lv->n_rxq++];

		rxq->port = port->id;
		rxq->queue = (uint16_t)q;
		rxq->fcs = port->conf->fcs;
		rxq->cut = port->rx_cut;
		rxq->stamp = plan->stamp_port;
		rxq->repair = rxq->fcs || rxq->cut != 0 || rxq->stamp || plan->is_pci;
		set_role(instance, view, index, rxq);
	}
	for (unsigned q = 0; q < plan->n_txq; q++) {
		if (plan->txq[q].lcore != PLAN_NO_LCORE)
			view->lane[plan->txq[q].lcore]->txq[port->id] = (int16_t)q;
	}
}

static void add_ring(const struct instance *instance, struct view *view, unsigned index)
{
	const struct plan_ring *plan = &instance->plan->rings[index];
	struct view_lane *producer = view->lane[plan->producer];
	struct view_lane *consumer = view->lane[plan->consumer];
	const struct handoff *ring = &instance->rings[index];
	struct view_in *in = &consumer->in[__builtin_ctzll(ring->bit)];

	consumer->rings |= ring->bit;
	in->handoff = *ring;
	in->kind = plan->kind;
	switch (plan->kind) {
	case PLAN_RING_TX:
		in->port = port_of(instance, plan->port)->id;
		producer->tx_ring[in->port] = *ring;
		break;
	case PLAN_RING_LOCAL:
		producer->local = *ring;
		break;
	case PLAN_RING_DONE:
		producer->done = *ring;
		break;
	case PLAN_RING_HANDLER:
		in->handler = instance->handlers[plan->instance];
		in->gate = instance->gates[index];
		in->budget = (uint16_t)instance->plan->instances[plan->instance].budget;
		break;
	}
}

static void start_actions(struct view *view, struct dispatch *d)
{
	d->classifier = view->classifier;
	d->ifaces = view->iface_index;
	for (unsigned c = 0; c < CLASS_MAX; c++)
		d->action[c].kind = DISPATCH_UNKNOWN;
	d->action[CLASS_SHORT] =
		(struct dispatch_action){.kind = DISPATCH_DROP, .reason = DROP_SHORT_HEADER};
	d->action[CLASS_SHORT_VLAN] =
		(struct dispatch_action){.kind = DISPATCH_DROP, .reason = DROP_SHORT_VLAN};
	d->action[CLASS_LENGTH_RESERVED] =
		(struct dispatch_action){.kind = DISPATCH_DROP, .reason = DROP_LENGTH_RESERVED};
}

static struct dispatch_police *police_of(
	const struct instance *instance, const struct plan_instance *p, unsigned i, unsigned lane)
{
	// One police for a handler, however many instances it has: the first one's.
	while (i > 0 && p->place == CONF_PLACE_LCORE &&
		instance->plan->instances[i - 1].handler == p->handler)
		i--;
	return p->rate_pps == 0 ? NULL : instance->police[i * instance->plan->n_lcores + lane];
}

// Classes of a handler; all are there once the classifier knows them.
static unsigned classes_of(struct classifier *c, const struct handler *h, int *classes)
{
	unsigned n = 0;

	for (unsigned e = 0; e < h->n_ethertypes; e++)
		classes[n++] = classifier_add(c, h->ethertypes[e]);
	for (unsigned s = 0; s < h->n_saps; s++)
		classes[n++] = classifier_add_sap(c, h->saps[s]);
	for (unsigned s = 0; s < h->n_snaps; s++) {
		const uint8_t *oui = h->snaps[s].oui;

		classes[n++] = classifier_add_snap(c,
			(uint32_t)oui[0] << 16 | (uint32_t)oui[1] << 8 | oui[2], h->snaps[s].pid);
	}
	return n;
}

enum { CLASSES_MAX = HANDLER_ETHERTYPES_MAX + HANDLER_SAPS_MAX + HANDLER_SNAPS_MAX };

// The way of a handler's classes on one worker.
static void add_action(
	const struct instance *instance, struct view *view, unsigned i, unsigned lane)
{
	const struct plan_instance *p = &instance->plan->instances[i];
	struct dispatch *d = &view->lane[lane]->dispatch;
	int classes[CLASSES_MAX];
	unsigned n;

	if (p->place == CONF_PLACE_INLINE && p->lcore != lane)
		return;
	n = classes_of(view->classifier, p->handler, classes);
	for (unsigned c = 0; c < n; c++) {
		struct dispatch_action *a = &d->action[classes[c]];

		if (p->place == CONF_PLACE_INLINE) {
			struct lane_handler *h = instance->handlers[i];

			a->kind = DISPATCH_INLINE;
#ifdef BURSTLINE_ACCOUNT
			a->burst = account_inline;
			a->state = h;
#else
			a->burst = h->handler->burst;
			a->state = h->state;
#endif
			a->counts = &h->counts;
		} else {
			a->kind = DISPATCH_RING;
			for (unsigned r = 0; r < instance->plan->n_rings; r++) {
				const struct plan_ring *ring = &instance->plan->rings[r];

				if (ring->kind == PLAN_RING_HANDLER && ring->producer == lane &&
					ring->instance == i)
					a->target[a->n_targets++] = instance->gates[r];
			}
		}
		a->police = police_of(instance, p, i, lane);
	}
}

static void set_ports(const struct instance *instance, struct view *view)
{
	for (unsigned p = 0; p < instance->plan->n_ports; p++) {
		const struct port *port = port_of(instance, p);
		int unknown = instance->conf->ports[p].unknown_port;

		view->port[port->id].up = port->state == PORT_STARTED;
		view->port[port->id].fcs = port->conf->fcs;
		view->port[port->id].flat = port->driver->flat_tx;
		view->port[port->id].max_frame = port->max_frame - (port->conf->fcs ? FCS_LEN : 0);
		view->port[port->id].tag_room = (uint16_t)port->plan->tag_room;
		for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
			struct dispatch_port *d = &view->lane[l]->dispatch.port[port->id];

			memcpy(d->mac, port->mac, sizeof(d->mac));
			d->to_port = unknown >= 0;
			if (d->to_port)
				d->unknown = port_of(instance, (unsigned)unknown)->id;
		}
	}
}

static void view_free(struct view *view)
{
	if (view == NULL)
		return;
	for (unsigned l = 0; l < PLAN_MAX_LCORES; l++)
		free(view->lane[l]);
	bridge_view_free(view);
	iface_index_free(view->iface_index);
	free(view->classifier);
	free(view);
}

static struct view *view_alloc(const struct instance *instance)
{
	struct view *view = calloc(1, sizeof(*view));
	bool ok = view != NULL;

	if (ok) {
		view->classifier = malloc(sizeof(*view->classifier));
		view->ifaces = instance->ifaces;
		view->iface_index = iface_index_create(&instance->ifaces);
		ok = view->classifier != NULL && view->iface_index != NULL;
	}
	for (unsigned l = 0; ok && l < instance->plan->n_lcores; l++) {
		view->lane[l] = aligned_alloc(RTE_CACHE_LINE_SIZE,
			RTE_ALIGN(sizeof(struct view_lane), (size_t)RTE_CACHE_LINE_SIZE));
		ok = view->lane[l] != NULL;
		if (ok) {
			memset(view->lane[l], 0, sizeof(struct view_lane));
			memset(view->lane[l]->txq, 0xff, sizeof(view->lane[l]->txq)); // all -1
		}
	}
	if (ok)
		return view;
	view_free(view);
	return NULL;
}

// What lanes ask once a burst.
static void set_special(const struct view *view, struct view_lane *lv)
{
	for (unsigned q = 0; q < lv->n_rxq; q++) {
		struct view_rxq *rxq = &lv->rxq[q];

		rxq->special = rxq->repair || rxq->capture;
	}
	for (unsigned p = 0; p < OUT_PORTS; p++) {
		const struct view_port *port = &view->port[p];
		bool special = !port->up || port->fcs || port->flat || port->capture;

		lv->direct[p] = special ? -1 : lv->txq[p];
	}
}

struct view *view_create(const struct instance *instance, bool receive)
{
	const struct plan *plan = instance->plan;
	struct view *view = view_alloc(instance);

	if (view == NULL)
		return NULL;
	if (bridge_view_make(instance, view) != 0) {
		view_free(view);
		return NULL;
	}
	_Static_assert(CLASSIFY_TPIDS >= 2 + CONF_BRIDGES_MAX, "of each bridge, and the usual two");
	classifier_init(view->classifier);
	for (unsigned b = 0; b < instance->conf->n_bridges; b++) {
		if (instance->conf->bridges[b].vlan_aware)
			classifier_add_tpid(view->classifier, instance->conf->bridges[b].tpid);
	}
	for (unsigned i = 0; i < plan->n_instances; i++) {
		int classes[CLASSES_MAX];

		classes_of(view->classifier, plan->instances[i].handler, classes);
	}
	for (unsigned i = 0; i < plan->n_instances; i++) {
		struct view_lane *lv = view->lane[plan->instances[i].lcore];

		lv->handler[lv->n_handlers++] = instance->handlers[i];
	}
	for (unsigned r = 0; r < plan->n_rings; r++)
		add_ring(instance, view, r);
	for (unsigned p = 0; p < plan->n_ports; p++)
		add_queues(instance, view, p, receive);
	for (unsigned l = 0; l < plan->n_lcores; l++) {
		struct dispatch *d = &view->lane[l]->dispatch;

		start_actions(view, d);
		view->lane[l]->bridge_pool = bridge_view_pool(instance, l);
		d->unknown = instance->lanes[l]->unknown;
		d->known = &instance->lanes[l]->known;
		for (unsigned i = 0; plan->lcores[l].role == PLAN_WORKER && i < plan->n_instances;
			i++)
			add_action(instance, view, i, l);
	}
	set_ports(instance, view);
	live_graft(instance, view);
	capture_graft(instance, view);
	for (unsigned l = 0; l < PLAN_MAX_LCORES && view->lane[l] != NULL; l++)
		set_special(view, view->lane[l]);
	return view;
}

// Lanes that have not passed a quiescent point since `token`: named once, by CPU.
static void name_stalled(const struct instance *instance)
{
	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		if (lane_silence(instance->lanes[l]) > instance->tsc_hz * GRACE_MS / 2000)
			log_warning("the lcore on CPU %u has stalled: the change waits for it",
				instance->plan->lcores[l].cpu);
	}
}

int view_publish(struct instance *instance, struct view *view)
{
	uint64_t deadline = rte_rdtsc() + instance->tsc_hz * GRACE_MS / 1000;
	struct view *old;
	uint64_t token;

	view->generation = ++instance->generation;
	for (unsigned l = 0; l < PLAN_MAX_LCORES; l++)
		if (view->lane[l] != NULL)
			view->lane[l]->dispatch.generation = view->generation;
	old = atomic_exchange_explicit(&instance->view, view, memory_order_acq_rel);
	token = rte_rcu_qsbr_start(instance->qsbr);
	while (rte_rcu_qsbr_check(instance->qsbr, token, false) == 0) {
		if (rte_rdtsc() > deadline) {
			name_stalled(instance);
			if (old != NULL) {
				old->kept = instance->kept;
				instance->kept = old;
			}
			return -ETIMEDOUT;
		}
		rte_delay_us_sleep(100);
	}
	pthread_mutex_lock(&instance->readers);
	view_free(old);
	pthread_mutex_unlock(&instance->readers);
	return 0;
}

bool view_renew(struct instance *instance, bool receive)
{
	struct view *view = view_create(instance, receive);

	if (view != NULL)
		return view_publish(instance, view) == 0;
	log_error("out of memory: the change was not made");
	return false;
}

void view_close(struct instance *instance)
{
	struct view *view = atomic_exchange(&instance->view, NULL);

	view_free(view);
	while ((view = instance->kept) != NULL) {
		instance->kept = view->kept;
		view_free(view);
	}
}
