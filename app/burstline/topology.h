/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TOPOLOGY_H
#define TOPOLOGY_H

/**
 * @file
 * The machine as the plan sees it: CPUs, NUMA nodes, hugepages, and what each port's device
 * offers. Read from this machine (libnuma, sysfs, the process's CPU set) or from a file.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOPOLOGY_MAX_CPUS = 1024, TOPOLOGY_MAX_NODES = 64, TOPOLOGY_MAX_PORTS = 32 };

struct topology_cpu {
	unsigned cpu;
	unsigned node;
};

struct topology_node {
	unsigned node;
	bool memory_allowed;                   // this process may take memory there
	uint64_t huge_free_bytes;              // free hugepages of the default size
	uint64_t huge_total_bytes;             // those in use included
	unsigned distance[TOPOLOGY_MAX_NODES]; // to node i, as in the ACPI SLIT (10: itself)
};

/** What the device of one configured port offers, by the port's name. */
struct topology_port {
	char name[32];
	bool node_known;
	unsigned node;
	bool pairs_queues; // virtio: it fills as many RX queues as the larger number, polled or not
	unsigned max_rxq, max_txq; // 0: unknown, the driver's traits stand
	bool scatter;              // a frame longer than an mbuf can arrive in several
	unsigned mtu;              // of the kernel's interface as it is now; 0: unknown
	uint64_t kept_frames; // frames the driver keeps in our pool for good (driver_kept_frames)
};

/** What is left of a limit on hugepages, of all nodes. */
struct topology_limit {
	bool there;
	uint64_t left_bytes;
};

struct topology {
	struct topology_cpu *cpus; // usable by this process, ascending
	unsigned n_cpus;
	struct topology_node *nodes;
	unsigned n_nodes;
	uint64_t huge_page_bytes;         // size of a default hugepage
	bool huge_mounted;                // a hugetlbfs of such pages is mounted that we may write
	char huge_dir[256];               // it; else one that we may not write, or ""
	struct topology_limit huge_mount; // size= of that mount
	struct topology_limit huge_group; // of our control groups
	struct topology_port *ports;
	unsigned n_ports;
};

/** Read this machine. @return 0, or -1 with a sentence in `error`. topology_free() when done. */
int topology_read(struct topology **topology, char *error, size_t error_size);

/** Read a file (YAML; config/topology-two-sockets.yaml shows it). Errors as conf_load. */
int topology_load(const char *path, struct topology **topology, char *error, size_t error_size);

struct conf;

/** Add what a configuration asks for and this machine lacks: CPUs, hugepages. For checks of files
 *  that are meant for another machine. */
int topology_grant(
	struct topology *topology, const struct conf *conf, char *error, size_t error_size);

/** Note what a device offers (replaces an earlier note for the same name). */
int topology_set_port(struct topology *topology, const struct topology_port *port);

/** Forget a port, which then is known by its driver only. */
void topology_drop_port(struct topology *topology, const char *name);

/** The note for a port of this name, or NULL. */
const struct topology_port *topology_find_port(const struct topology *topology, const char *name);

const struct topology_cpu *topology_cpu(const struct topology *topology, unsigned cpu);
const struct topology_node *topology_node(const struct topology *topology, unsigned node);

void topology_free(struct topology *topology);

#endif
