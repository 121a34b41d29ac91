/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LANE_RIG_H
#define LANE_RIG_H

/*
 * One instance, built from a configuration's text as the program builds it, whose lanes really run
 * (worker_main, control_main). The test plays the management thread and the world outside: it
 * feeds frames into the ports and collects what they send.
 *
 * Ports named net_ring* are rings of the test's own; other devices are probed. EAL's lcore 0 is
 * the test, lane l runs on EAL lcore l + 1, on the CPU that the plan says.
 *
 *     test ── rx ring ──► port ──► lanes ──► port ── tx ring ──► test
 */

#include "instance.h"
#include "start.h"

enum {
	RIG_RING = 4096, // slots of a port's rings
	RIG_QUEUES = 12,
	RIG_POOL = 8191,
	RIG_FRAME = 64 // octets of a frame that rig_make() makes
};

/** A configuration: a wire between two ports, and one worker. */
extern const char rig_wire_yaml[];

struct rig {
	struct conf *conf;
	struct topology *topology;
	struct plan *plan;
	struct instance instance;
	struct rte_ring *rx[PLAN_MAX_PORTS][RIG_QUEUES], *tx[PLAN_MAX_PORTS][RIG_QUEUES];
	struct rte_mempool *feed; // of the frames that the test makes
	unsigned used_before;     // mbufs that ports keep for good
};

/** Build, start the ports, publish the first view: no lane runs yet. One rig at a time. */
struct rig *rig_build(const char *yaml, const struct handler *const *table);

/** The lanes of a rig that was built run; or one of them. */
void rig_run(struct rig *r);
void rig_run_lane(struct rig *r, unsigned l);

/** Both. */
struct rig *rig_start(const char *yaml, const struct handler *const *table);

/**
 * As the program ends: nothing more is received, drain, stop. Then the checks: every ledger line
 * balances, nothing is kept or in flight, no mbuf of any pool is in use. What lies in tx rings is
 * freed, not looked at.
 *
 * @param sum the ledger at the end, for more checks.
 */
void rig_stop(struct rig *r, struct ledger *sum);

/** A frame with a number: to `dst`, of `type` behind `tag` (0: none), from the host `flow`. */
struct rte_mbuf *rig_make(
	struct rig *r, const uint8_t *dst, uint32_t tag, uint16_t type, uint8_t flow, uint32_t n);
uint32_t rig_number(const struct rte_mbuf *m);
uint8_t rig_flow(const struct rte_mbuf *m);

/** What an RX queue of a ring port gets next; frames that do not fit are freed. */
uint16_t rig_feed(struct rig *r, unsigned port, unsigned queue, struct rte_mbuf **pkts, uint16_t n);

/** What a TX queue of a ring port sent, at most n. The caller frees. */
uint16_t rig_collect(
	struct rig *r, unsigned port, unsigned queue, struct rte_mbuf **pkts, uint16_t n);

/** The ledger now, every lane at a burst boundary. */
void rig_ledger(struct rig *r, struct ledger *sum);

/** Counters of a handler over all its instances. */
struct handler_counts rig_handler(const struct rig *r, const char *name);

/** Replace the view by one of the same content. */
void rig_replace_view(struct rig *r);

/** How a pump's traffic goes; zeros are fine. */
struct rig_pump {
	unsigned from, from_queues; // port, and its RX queues (0: one)
	unsigned to, to_queues;     // port whose TX queues are collected (0: one)
	unsigned frames;            // to send
	unsigned window;            // frames under way at a time (0: 512)
	const uint8_t *dst;
	uint32_t tag;
	uint16_t type;  // 0: 0x88b5, which no handler has
	unsigned flows; // (0: one); each flow keeps to one RX queue
	bool none;      // is to come: half a second without one is enough
	// Result:
	unsigned got, bad_order; // frames that came; frames that overtook one of their flow
};

/**
 * Send p->frames with at most p->window under way, collect them, check the order inside each
 * flow. Returns when all came or nothing came for seconds.
 */
void rig_pump(struct rig *r, struct rig_pump *p);

#endif
