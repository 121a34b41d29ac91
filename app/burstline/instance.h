/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef INSTANCE_H
#define INSTANCE_H

/**
 * @file
 * One running Burstline: what the configuration and the plan became. Built and changed by the
 * management thread only; lanes read it through their view.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_rcu_qsbr.h>
#include <rte_ring.h>

#include "bridge/bridge.h"
#include "driver.h"
#include "lane.h"
#include "plan.h"
#include "port_stats.h"

struct ageing;
struct bridge_log;
struct capture_session;
struct control_job;
struct live_change;
struct port_life;
struct neigh_log;
struct plugin_set;

/** See port_life.h for how one becomes another. */
enum port_state {
	PORT_CLOSED,  // has no device
	PORT_STOPPED, // has its device; its start is tried again (a memif client without a server)
	PORT_STARTED,
	PORT_LEAVING, // lanes may still use it
	PORT_GONE     // its device went and was given back; it is taken up again when it returns
};

struct port {
	const struct conf_port *conf;
	const struct plan_port *plan;
	const struct driver *driver;
	char device_name[64]; // as its bus calls it; "" until the first probe, then it stays
	char iface[32];       // kernel interface, or ""
	unsigned ifindex;     // 0: none here
	int peer_fd;          // a question to the server of a vhost-user client; -1: none
	int tap_fd;           // a queue of a started tap, the driver's; else -1
	bool has_id;          // `id` is this port's, for good
	bool placed;          // `id` is to be this port's when it is probed for the first time
	uint16_t id;          // DPDK port id
	enum port_state state;
	enum port_state next; // of a leaving port: PORT_STOPPED or PORT_GONE
	bool kept_down;       // somebody wants it so
	bool said;            // why it cannot be taken up again is in the log
	uint64_t retry_tsc;   // when to look for its device again
	_Atomic bool removed; // DPDK said so (EAL's interrupt thread)
	_Atomic bool link_up;
	uint64_t start_tsc; // of its last start
	unsigned openings;  // of its queues: each keeps plan->kept mbufs for good
	unsigned losses;    // times that its device went while it was open
	uint8_t mac[6];     // ours
	unsigned mtu;
	uint32_t max_frame;
	uint32_t rx_cut;         // a received frame so long may have been cut; 0: no frame is
	bool chains;             // its device sends frames of several segments
	struct port_stats stats; // what drivers lost, since the start,
	struct port_stats stats_before; // and of that what devices did that are closed
};

/** A bridge, as far as it outlives views. */
struct instance_bridge {
	uint8_t id; // in views and interfaces; for good
	struct fdb *fdb;
	struct ageing *ageing;
	unsigned n_slots; // counters of VLANs, for which there is
	unsigned n_room;  // room in each lane
	struct bridge_vlan_counts
		*before; // [CONF_VLANS + 1], by slot: of rooms that were too small; or NULL
	uint16_t slot[CONF_VLANS]; // by VLAN; 0 on a VLAN-aware bridge: nobody is in it
	struct bridge_lane *lane[PLAN_MAX_LCORES];
	struct bridge_vlan_counts *outgrown[PLAN_MAX_LCORES]; // that a lane may still have; or NULL
};

enum instance_phase {
	PHASE_RUN,
	PHASE_DRAIN, // handlers release what they hold
	PHASE_STOP   // lanes return
};

struct instance {
	const struct conf *conf;
	const struct plan *plan;
	struct topology *topology;            // that plans are made for
	const struct handler *const *builtin; // handlers that are not plug-ins
	struct plugin_set *plugins;           // whose handlers the plan names; NULL: none
	struct conf *live_conf;               // whose `handlers` run; NULL: conf's
	char *previous;             // text of the configuration before the last change, or NULL
	uint64_t confirm_tsc;       // when the last change is taken back; 0: it is not
	struct live_change *change; // under way, or NULL
	struct port_life *life;     // management's, which looks after the ports
	struct port **ports;        // [PLAN_MAX_PORTS], plan->n_ports of them
	char port_name[OUT_PORTS][CONF_NAME_MAX]; // by DPDK port id: whose ledger lines are; "":
	                                          // nobody's. They stay when a port is removed
	uint8_t port_mac[OUT_PORTS][6];           // by DPDK port id
	struct lane *lanes[PLAN_MAX_LCORES];
	struct rte_mempool **pools;      // [plan->n_pools]
	size_t huge_bytes;               // of pools: in transparent huge pages
	unsigned *pool_kept;             // [plan->n_pools], by ports that are gone: for good
	bool force;                      // ports may take what carries the default route
	struct handoff *rings;           // [plan->n_rings]
	unsigned ring_serial;            // of the next ring's name
	struct lane_handler **handlers;  // [plan->n_instances]
	struct gate **gates;             // [plan->n_rings]; NULL: not to a handler
	struct dispatch_police **police; // [n_instances * n_lcores]; NULL: not policed
	struct ledger retired;           // of lanes that are gone
	struct iface_table ifaces;       // of conf; what lanes see of it hangs from the view,
	struct iface_table shown;        // and, for handlers, is here: what the view has
	uint16_t iface_id[CONF_INTERFACES_MAX]; // by index in conf
	uint8_t bridge_id[BRIDGE_MAX];          // by index in conf
	struct instance_bridge **bridges;       // [BRIDGE_MAX], conf->n_bridges of them
	struct bridge_events *bridge_events[PLAN_MAX_LCORES]; // NULL without bridges
	struct bridge_log *bridge_log;                        // management's; NULL without bridges
	const char *bridge_names[BRIDGE_MAX], *port_names[OUT_PORTS]; // for it, by id
	struct neigh_table *neigh;
	unsigned statics_max;                  // configured neighbours that it has room for
	struct neigh_log *neigh_log;           // management's
	struct rte_ring *events;               // management to control: handler events, packed
	struct control_job *_Atomic job;       // the same: something to do, or NULL
	struct capture_session *capture;       // that runs, or NULL
	struct capture_session *captures_kept; // that a stalled lane may still use
	struct rte_mempool *explain;           // made when it is first needed
	uint64_t tsc_hz;
	uint64_t start_tsc; // second 0 of the forwarding tables' clock
	unsigned stall_us;  // a worker's round that takes longer is said; 0: none is

	_Atomic(struct view *) view;
	struct view *kept; // views that a stalled lane may still read; freed at the end
	_Atomic int phase;
	struct rte_rcu_qsbr *qsbr;
	pthread_mutex_t readers; // telemetry threads and the freeing of views; no lane takes it
	uint64_t generation;
};

#endif
