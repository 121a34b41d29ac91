/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLAN_DRAFT_H
#define PLAN_DRAFT_H

/**
 * @file
 * Private to plan*.c: a plan while it is made. Each step reads what the steps before it decided;
 * plan_make() gives the order.
 */

#include "plan.h"

struct draft {
	struct plan *plan;
	const struct conf *conf;
	const struct topology *topology;
	const struct handler *const *table;
	const struct plan *running;                  // NULL: nothing runs yet
	const struct plan_port *was[PLAN_MAX_PORTS]; // of `running`: keeps its queues and pool
	bool taken[PLAN_MAX_LCORES];    // threads of `running` that have a handler again
	unsigned n_workers;             // lcores 1..n_workers
	unsigned load[PLAN_MAX_LCORES]; // RX queues of each lcore
	unsigned rooms[PLAN_MAX_PORTS]; // of each port, for a whole frame, with headroom
	bool can_chain[PLAN_MAX_PORTS]; // its device can spread a frame over smaller mbufs,
	bool chain;                     // and does
	bool holds_rx[PLAN_MAX_PORTS], holds_tx[PLAN_MAX_PORTS];
	uint64_t kept[PLAN_MAX_PORTS];    // frames that the driver keeps
	unsigned kept_tx[PLAN_MAX_PORTS]; // mbufs besides those on TX descriptors
	char *error;
	size_t error_size;
};

/** Put the sentence into the caller's error. @return -1. */
int draft_fail(struct draft *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Notes and warnings; one that does not fit is cut. @return 0, or -1 without memory. */
int draft_note(struct draft *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int draft_warn(struct draft *d, enum plan_topic topic, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** The command that mends what was warned of last. */
void draft_mend(struct draft *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** One more zeroed element at the end of the array that the pointer at `array` points to, or NULL
 *  (sentence set). */
void *draft_push(struct draft *d, void *array, unsigned *n, size_t size);

/** The node on which memory for `node` is taken: itself where allowed, else the nearest. */
unsigned draft_memory_node(const struct draft *d, unsigned node);

/** ACPI distance; 10 on the same node or where unknown. */
unsigned draft_distance(const struct draft *d, unsigned from, unsigned to);

/** Text of CPU numbers: "0-3,8". */
void draft_cpu_list(const struct topology *topology, char *text, size_t size);

/** Steps, in this order. @return 0, or -1 with the sentence set. */
int draft_lcores(struct draft *d);   // plan_lcores.c
int draft_handlers(struct draft *d); // plan_handlers.c: instances and handler lcores
int draft_share(struct draft *d);    // plan_lcores.c: who shares a CPU
int draft_ports(struct draft *d);    // plan_ports.c
int draft_bridges(struct draft *d);  // plan_bridges.c
int draft_tags(struct draft *d);     // plan_tags.c: devices that lose tags
int draft_rings(struct draft *d);    // plan_rings.c
int draft_rooms(struct draft *d);    // plan_rooms.c: frames in one mbuf each, or in chains; pools
int draft_memory(struct draft *d);   // plan_memory.c: sizes in octets, hugepages or not

/** The pools, as `chain` says. */
int draft_pools(struct draft *d);

/** Octets of all pools. */
size_t draft_pool_bytes(const struct draft *d);

/** Whether hugepages are wanted and carry the plan. */
bool draft_fits_hugepages(const struct draft *d);

/** An lcore of the plan; -1 when there are too many. */
int draft_add_lcore(struct draft *d, int cpu, enum plan_role role, const char *key);

#endif
