/* SPDX-License-Identifier: BSD-3-Clause */
/* The plan, rule by rule, and each of its sentences. Machines and configurations by hand. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plan_fixture.h"

static struct fixture f;

static void make(void)
{
	if (fixture_make(&f) < 0)
		fail_msg("%s", f.error);
}

static void make_fails(const char *sentence)
{
	assert_int_equal(fixture_make(&f), -1);
	assert_null(f.plan);
	assert_string_equal(f.error, sentence);
}

static int release(void **state)
{
	plan_free(f.plan);
	f.plan = NULL;
	return 0;
}

static bool says(char (*lines)[PLAN_NOTE_MAX], unsigned n, const char *line)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(lines[i], line) == 0)
			return true;
	for (unsigned i = 0; i < n; i++)
		print_message("said: %s\n", lines[i]);
	return false;
}

/* clang-format off */
#define assert_noted(line)  assert_true(says(f.plan->notes, f.plan->n_notes, line))
#define assert_warned(line) assert_true(says(f.plan->warnings, f.plan->n_warnings, line))
/* clang-format on */

/** Three taps, one worker, an address: what runs without a configuration. */
static void built_in(unsigned cpus)
{
	fixture_init(&f, cpus);
	fixture_port(&f, "net_tap0,iface=bl0");
	fixture_port(&f, "net_tap1,iface=bl1");
	fixture_port(&f, "net_tap2,iface=bl2");
	f.conf.n_interfaces = 1;
}

static void built_in_default_is_two_lcores_and_fits_in_48_mib(void **state)
{
	built_in(2);
	make();
	assert_int_equal(f.plan->n_lcores, 2);
	assert_int_equal(f.plan->lcores[0].cpu, 0);
	assert_int_equal(f.plan->lcores[0].role, PLAN_CONTROL);
	assert_int_equal(f.plan->lcores[1].cpu, 1);
	assert_int_equal(f.plan->lcores[1].role, PLAN_WORKER);
	assert_int_equal(f.plan->n_ports, 3);
	assert_int_equal(f.plan->n_instances, 2);
	assert_int_equal(f.plan->pools[0].n, 4095);
	assert_false(f.plan->pools[0].preemptible);
	assert_true(f.plan->memory_bytes <= 48u << 20);
	assert_false(f.plan->hugepages);
	assert_int_equal(f.plan->n_warnings, 0);
}

static void one_cpu_is_shared_with_a_warning(void **state)
{
	built_in(1);
	make();
	assert_true(f.plan->lcores[0].shares_cpu && f.plan->lcores[1].shares_cpu);
	assert_true(f.plan->pools[0].preemptible);
	assert_warned("lcores 0 and 1 share CPU 0: each waits while the other runs, and all pools "
		      "take slower operations that survive this");
}

static void a_shared_cpu_that_was_asked_for_is_a_note(void **state)
{
	built_in(2);
	f.conf.lcores.control = 1;
	fixture_workers(&f, 1, 1);
	make();
	assert_int_equal(f.plan->n_warnings, 0);
	assert_noted("lcores 0 and 1 share CPU 1: each waits while the other runs, and all pools "
		     "take slower operations that survive this");
}

static void cpu_outside_the_cpuset_is_refused(void **state)
{
	built_in(2);
	fixture_workers(&f, 7, 1);
	make_fails("CPU 7 of lcores.workers is not among the CPUs this process may use (0-1): "
		   "choose from these or widen the cpuset");
	f.conf.lcores.control = 9;
	make_fails("CPU 9 of lcores.control is not among the CPUs this process may use (0-1): "
		   "choose from these or widen the cpuset");
}

static void more_lcores_than_64_are_refused(void **state)
{
	fixture_init(&f, 2);
	for (unsigned i = 0; i < FIXTURE_CPUS; i++)
		f.workers[i] = 1;
	f.conf.lcores.n_workers = FIXTURE_CPUS;
	make_fails("more than 64 lcores (control, workers and lcores of handlers): take CPUs out "
		   "of lcores.workers");
}

static void no_cpu_is_a_sentence(void **state)
{
	fixture_init(&f, 0);
	make_fails("this process may use no CPU: widen the cpuset");
}

static void one_queue_ports_take_turns_over_the_workers(void **state)
{
	fixture_init(&f, 4);
	fixture_workers(&f, 1, 2);
	for (unsigned i = 0; i < 3; i++)
		fixture_port(&f, i == 0   ? "net_tap0,iface=a"
				 : i == 1 ? "net_tap1,iface=b"
					  : "net_tap2,iface=c")
			->rx_queues = 1;
	make();
	assert_int_equal(f.plan->ports[0].rxq[0].lcore, 1);
	assert_int_equal(f.plan->ports[1].rxq[0].lcore, 2);
	assert_int_equal(f.plan->ports[2].rxq[0].lcore, 1);
	assert_noted("port p0 has 1 RX queue: worker on CPU 2 does not poll it");
	assert_noted("port p1 has 1 RX queue: worker on CPU 1 does not poll it");
	assert_false(f.plan->lcores[1].idle || f.plan->lcores[2].idle);
}

static void auto_queues_are_one_a_worker_and_a_tap_has_pairs(void **state)
{
	fixture_init(&f, 4);
	fixture_workers(&f, 1, 2);
	fixture_port(&f, "net_tap0,iface=a");
	fixture_port(&f, "net_tap1,iface=b")->tx_queues = 1;
	make();
	assert_int_equal(f.plan->ports[0].n_rxq, 2);
	assert_int_equal(f.plan->ports[0].n_txq, 2);
	assert_int_equal(f.plan->ports[0].rxq[0].lcore, 1);
	assert_int_equal(f.plan->ports[0].rxq[1].lcore, 2);
	assert_int_equal(f.plan->ports[1].n_rxq, 1);
	assert_int_equal(f.plan->ports[1].n_txq, 1);
}

static void a_tap_with_unequal_queues_is_refused(void **state)
{
	struct conf_port *p;

	fixture_init(&f, 4);
	p = fixture_port(&f, "net_tap0,iface=a");
	p->rx_queues = 2;
	p->tx_queues = 1;
	make_fails("port p0: net_tap needs as many RX as TX queues, found rx-queues 2 and "
		   "tx-queues 1");
}

static void a_tap_with_more_queues_than_workers_has_unowned_tx_queues(void **state)
{
	fixture_init(&f, 2);
	fixture_port(&f, "net_tap0,iface=a")->rx_queues = 2;
	make();
	assert_int_equal(f.plan->ports[0].rxq[1].lcore, 1);
	assert_int_equal(f.plan->ports[0].n_txq, 2);
	assert_int_equal(f.plan->ports[0].txq[0].lcore, 1);
	assert_int_equal(f.plan->ports[0].txq[1].lcore, PLAN_NO_LCORE);
}

static void more_queues_than_the_device_has_are_refused(void **state)
{
	struct conf_port *p;

	fixture_init(&f, 2);
	p = fixture_port(&f, "net_tap0,iface=a");
	p->rx_queues = 17;
	make_fails("port p0: rx-queues 17 is more than the 16 that net_tap0 offers");
	p->rx_queues = 0;
	p->tx_queues = 3;
	fixture_device(&f, p, 0, 2, 2, 0);
	make_fails("port p0: tx-queues 3 is more than the 2 that net_tap0 offers");
}

static void every_queue_of_a_fixed_device_is_polled(void **state)
{
	struct conf_port *p;

	fixture_init(&f, 2);
	p = fixture_port(&f, "net_af_packet0,iface=e,qpairs=3");
	fixture_port(&f, "net_pcap0,rx_pcap=a,rx_pcap=b");
	make();
	assert_int_equal(f.plan->ports[0].n_rxq, 3);
	assert_int_equal(f.plan->ports[0].n_txq, 1);
	assert_int_equal(f.plan->ports[0].rxq[2].lcore, 1);
	assert_int_equal(f.plan->ports[1].n_rxq, 2);
	release(NULL);
	p->rx_queues = 1;
	make_fails("port p0: rx-queues 1 leaves queues of its device string unread: it has 3");
}

static void memif_has_one_queue_unless_told_otherwise(void **state)
{
	fixture_init(&f, 4);
	fixture_workers(&f, 1, 2);
	fixture_port(&f, "net_memif0,role=server");
	fixture_port(&f, "net_memif1,role=server")->rx_queues = 2;
	make();
	assert_int_equal(f.plan->ports[0].n_rxq, 1);
	assert_int_equal(f.plan->ports[0].n_txq, 1);
	assert_int_equal(f.plan->ports[1].n_rxq, 2);
}

static void ports_keep_to_their_workers_and_idle_ones_are_named(void **state)
{
	struct conf_port *p;

	fixture_init(&f, 4);
	fixture_workers(&f, 1, 3);
	p = fixture_port(&f, "net_tap0,iface=a");
	p->workers[p->n_workers++] = 2;
	p->workers[p->n_workers++] = 3;
	make();
	assert_int_equal(f.plan->ports[0].n_rxq, 2);
	assert_int_equal(f.plan->ports[0].rxq[0].lcore, 2);
	assert_int_equal(f.plan->ports[0].rxq[1].lcore, 3);
	assert_true(f.plan->lcores[1].idle);
	assert_noted("worker on CPU 1 polls no RX queue: it is idle");
	release(NULL);
	p->workers[1] = 0;
	make_fails("port p0: CPU 0 of workers is not in lcores.workers: add it there");
}

static const struct plan_ring *ring(enum plan_ring_kind kind, unsigned producer, unsigned what)
{
	for (unsigned i = 0; i < f.plan->n_rings; i++) {
		const struct plan_ring *r = &f.plan->rings[i];

		if (r->kind == kind && r->producer == producer &&
			(kind == PLAN_RING_TX               ? r->port == what
				: kind == PLAN_RING_HANDLER ? r->instance == what
							    : true))
			return r;
	}
	return NULL;
}

static void frames_go_by_ring_where_tx_queues_are_short(void **state)
{
	struct conf_port *p;

	fixture_init(&f, 4);
	fixture_workers(&f, 1, 3);
	p = fixture_port(&f, "0000:3b:00.0");
	p->workers[p->n_workers++] = 3; // polls, so it owns a TX queue first
	fixture_device(&f, p, 0, 4, 2, 0);
	fixture_port(&f, "0000:3b:00.1"); // queues enough
	make();
	assert_int_equal(f.plan->ports[0].n_txq, 2);
	assert_int_equal(f.plan->ports[0].txq[0].lcore, 3);
	assert_int_equal(f.plan->ports[0].txq[1].lcore, 1);
	assert_non_null(ring(PLAN_RING_TX, 2, 0));
	assert_int_equal(ring(PLAN_RING_TX, 2, 0)->consumer, 3);
	assert_int_equal(ring(PLAN_RING_TX, 0, 0)->consumer, 3);
	assert_null(ring(PLAN_RING_TX, 1, 0));
	assert_null(ring(PLAN_RING_TX, 3, 0));
	assert_int_equal(f.plan->ports[1].n_txq, 3);
	for (unsigned l = 1; l <= 3; l++)
		assert_null(ring(PLAN_RING_TX, l, 1));
	assert_non_null(ring(PLAN_RING_TX, 0, 1)); // control never owns a queue
	assert_noted("port p0 has 2 TX queues: frames of 1 worker (CPU 2) go by ring to an owner, "
		     "about 20 to 70 cycles a frame more, and one more place to drop");
}

static void workers_near_the_port_poll_it(void **state)
{
	struct conf_port *p;

	fixture_init(&f, 8);
	fixture_two_nodes(&f);
	fixture_workers(&f, 1, 2);
	fixture_workers(&f, 5, 1);
	p = fixture_port(&f, "0000:3b:00.0");
	fixture_device(&f, p, 1, 8, 8, 0);
	make();
	assert_int_equal(f.plan->ports[0].n_rxq, 1);
	assert_int_equal(f.plan->ports[0].rxq[0].lcore, 3);
	assert_int_equal(f.plan->ports[0].n_txq, 3);
	assert_int_equal(f.plan->pools[f.plan->ports[0].pool].node, 1);
	assert_int_equal(f.plan->n_warnings, 0);
	release(NULL);
	p->workers[p->n_workers++] = 1;
	make();
	assert_warned("port p0 is on node 1, the worker on CPU 1 that polls it on node 0: each "
		      "access to its queues crosses nodes (distance 21, local 10)");
}

static void memory_is_taken_where_it_may_be(void **state)
{
	struct conf_port *p;

	fixture_init(&f, 8);
	fixture_two_nodes(&f);
	f.nodes[1].memory_allowed = false;
	fixture_workers(&f, 5, 1);
	p = fixture_port(&f, "0000:3b:00.0");
	fixture_device(&f, p, 1, 8, 8, 0);
	make();
	assert_int_equal(f.plan->pools[f.plan->ports[0].pool].node, 0);
	assert_warned("port p0 is on node 1, where this process gets no memory: its mbufs are on "
		      "node 0 (distance 21)");
}

static void handlers_run_where_they_are_put(void **state)
{
	struct conf_handler *h;
	unsigned cpus[] = {3, 4};

	fixture_init(&f, 6);
	fixture_workers(&f, 1, 2);
	fixture_port(&f, "net_tap0,iface=a");
	fixture_handler(&f, "count");
	f.conf.n_interfaces = 1;
	make();
	assert_int_equal(f.plan->n_instances, 4); // inline in two workers; arp, icmp by themselves
	assert_int_equal(f.plan->instances[1].lcore, 2);
	assert_int_equal(f.plan->instances[1].instance, 1);
	assert_int_equal(f.plan->instances[1].rate_pps, 0);
	assert_int_equal(f.plan->instances[2].conf, -1);
	assert_int_equal(f.plan->instances[2].lcore, 0);
	assert_int_equal(f.plan->instances[2].rate_pps, 1000);
	assert_int_equal(f.plan->instances[2].burst, 256);
	assert_null(ring(PLAN_RING_HANDLER, 1, 0));
	assert_int_equal(ring(PLAN_RING_HANDLER, 2, 2)->slots, 1024);
	release(NULL);

	h = &f.handlers[0];
	h->has_place = true;
	h->place = CONF_PLACE_LCORE;
	h->cpus = cpus;
	h->n_cpus = 2;
	h->ring = 256;
	h->has_rate = true;
	h->rate = 7;
	h->burst = 9;
	make();
	assert_int_equal(f.plan->n_lcores, 5);
	assert_int_equal(f.plan->lcores[4].cpu, 4);
	assert_int_equal(f.plan->lcores[4].role, PLAN_HANDLER);
	assert_int_equal(f.plan->instances[1].lcore, 4);
	assert_int_equal(f.plan->instances[1].rate_pps, 7);
	assert_int_equal(f.plan->instances[1].burst, 9);
	assert_int_equal(ring(PLAN_RING_HANDLER, 1, 1)->consumer, 4);
	assert_int_equal(ring(PLAN_RING_HANDLER, 2, 1)->slots, 256);
	for (unsigned l = 0; l < 5; l++) { // all but workers hand finished mbufs over
		bool worker = f.plan->lcores[l].role == PLAN_WORKER;

		assert_int_equal(ring(PLAN_RING_DONE, l, 0) == NULL, worker);
		assert_int_equal(ring(PLAN_RING_TX, l, 0) == NULL, worker);
	}
	assert_int_not_equal(
		ring(PLAN_RING_DONE, 3, 0)->consumer, ring(PLAN_RING_DONE, 4, 0)->consumer);
	release(NULL);

	cpus[1] = 77;
	make_fails("CPU 77 of place of handler count is not among the CPUs this process may use "
		   "(0-5): choose from these or widen the cpuset");
}

static void handlers_on_one_cpu_share_an_lcore_and_may_share_a_workers_cpu(void **state)
{
	unsigned cpus[] = {1};

	fixture_init(&f, 2);
	f.conf.n_interfaces = 1;
	for (unsigned i = 0; i < 2; i++) {
		struct conf_handler *h = fixture_handler(&f, i ? "icmp" : "count");

		h->has_place = true;
		h->place = CONF_PLACE_LCORE;
		h->cpus = cpus;
		h->n_cpus = 1;
	}
	make();
	assert_int_equal(f.plan->n_lcores, 3);
	assert_int_equal(f.plan->n_instances, 3); // icmp is named, so it does not run by itself too
	assert_int_equal(f.plan->instances[0].lcore, 2);
	assert_int_equal(f.plan->instances[1].lcore, 2);
	assert_true(f.plan->lcores[1].shares_cpu && f.plan->lcores[2].shares_cpu);
	assert_false(f.plan->lcores[0].shares_cpu);
	assert_true(f.plan->pools[0].preemptible);
}

static void ring_names_are_unique(void **state)
{
	built_in(2);
	make();
	for (unsigned i = 0; i < f.plan->n_rings; i++)
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(f.plan->rings[i].name, f.plan->rings[j].name);
	assert_int_equal(f.plan->n_rings, 2 + 3 + 1);
}

static void handlers_that_cannot_run_are_refused(void **state)
{
	struct conf_handler *h;

	fixture_init(&f, 2);
	h = fixture_handler(&f, "nope");
	make_fails("handler nope is unknown: choose from arp, icmp, count, clash");
	strcpy(h->name, "arp");
	h->has_place = true;
	h->place = CONF_PLACE_INLINE;
	make_fails("handler arp cannot run in place inline: choose from control");
	strcpy(h->name, "clash");
	h->place = CONF_PLACE_OWN;
	make_fails("handler clash: place own is not supported yet");
	h->place = CONF_PLACE_LCORE;
	make_fails("handler clash: place lcore needs CPU numbers, as in `lcore 3`");
	h->has_place = false;
	fixture_handler(&f, "count");
	make_fails(
		"EtherType 0x88b6 is taken by both handlers clash and count: remove one of them");
	strcpy(f.handlers[1].name, "clash");
	make_fails("handler clash is configured twice");
}

static void kept_frames_of_an_rx_pcap_are_counted(void **state)
{
	struct conf_port *p;

	built_in(2);
	p = fixture_port(&f, "net_pcap0,rx_pcap=a,infinite_rx=1");
	fixture_device(&f, p, 0, 1, 1, 16384);
	make();
	assert_int_equal(f.plan->pools[0].n, 32767);
	release(NULL);
	f.conf.memory.mbufs = 16384 + 79; // 16384 kept, 48 RX descriptors, bursts
	make_fails("memory.mbufs 16463 is too small for pool rx-n0-2176: frames kept, RX "
		   "descriptors and a burst take 16592; give 20457 or `auto`");
	f.conf.memory.mbufs = 20000;
	make();
	assert_int_equal(f.plan->pools[0].n, 20000);
	assert_warned("memory.mbufs 20000 is below the 20457 that pool rx-n0-2176 may need: under "
		      "load ports can stop receiving");
}

static void a_pool_is_the_sum_of_its_lines(void **state)
{
	uint64_t sum = 0;
	const struct plan_pool *pool;

	fixture_init(&f, 4);
	fixture_workers(&f, 1, 2);
	fixture_port(&f, "0000:3b:00.0");
	make();
	pool = &f.plan->pools[0];
	for (unsigned i = 0; i < pool->n_terms; i++)
		sum += pool->terms[i].count;
	/* RX 2 x 1024, TX 2 x 1024, control's TX ring 127, finished 511, caches 2 x 384,
	 * bursts 3 x 64 */
	assert_int_equal(sum, 2048 + 2048 + 127 + 511 + 768 + 192);
	assert_int_equal(pool->n, 8191);
}

static void a_sum_that_is_a_power_of_two_takes_the_next_pool(void **state)
{
	struct conf_port *p;

	built_in(2);
	p = fixture_port(&f, "net_pcap0,rx_pcap=a,infinite_rx=1");
	fixture_device(&f, p, 0, 1, 1, 8192 - 4073);
	make();
	assert_int_equal(f.plan->pools[0].n, 16383);
	release(NULL);
	f.topology_ports[0].kept_frames--;
	make();
	assert_int_equal(f.plan->pools[0].n, 8191);
}

static void a_zero_copy_memif_holds_its_descriptors(void **state)
{
	const struct plan_pool *pool;

	fixture_init(&f, 2);
	fixture_port(&f, "net_memif0,role=client,zero-copy=yes");
	make();
	pool = &f.plan->pools[0];
	assert_string_equal(pool->terms[0].what, "RX descriptors of p0, 1 x 1024");
	assert_string_equal(pool->terms[1].what, "TX descriptors, all ports");
	assert_int_equal(pool->terms[1].count, 1024);
}

static void mbufs_take_an_odd_number_of_cache_lines(void **state)
{
	size_t bytes;

	fixture_init(&f, 2);
	f.topology.huge_mounted = true;
	f.nodes[0].huge_free_bytes = 1u << 30;
	fixture_port(&f, "net_memif0,bsize=2112");
	make();
	bytes = f.plan->pools[0].bytes;
	release(NULL);
	strcpy(f.ports[0].device, "net_memif0,bsize=2176");
	make();
	assert_int_equal(f.plan->pools[0].bytes, bytes);
	release(NULL);
	strcpy(f.ports[0].device, "net_memif0,bsize=2240");
	make();
	assert_int_equal(f.plan->pools[0].bytes, bytes + 2 * 64 * f.plan->pools[0].n);
}

static void jumbo_frames_take_a_pool_of_their_own(void **state)
{
	fixture_init(&f, 4);
	fixture_port(&f, "0000:3b:00.0")->mtu = 9000;
	fixture_port(&f, "0000:3b:00.1");
	make();
	assert_int_equal(f.plan->n_pools, 3);
	assert_int_equal(f.plan->pools[f.plan->ports[0].pool].data_room, 9216 + 128);
	assert_int_equal(f.plan->ports[0].mtu, 9000);
	assert_int_equal(f.plan->pools[f.plan->ports[1].pool].data_room, 2048 + 128);
	assert_int_equal(f.plan->ports[1].mtu, 0);
	assert_true(f.plan->pools[2].control && f.plan->pools[2].preemptible);
}

static void hugepages_are_used_when_they_carry_the_plan(void **state)
{
	built_in(2);
	f.nodes[0].huge_free_bytes = 1u << 30;
	make();
	assert_false(f.plan->hugepages);
	assert_noted("no hugepages are used: no hugetlbfs that we may write is mounted: mount -t "
		     "hugetlbfs none /dev/hugepages");
	release(NULL);
	f.topology.huge_mounted = true;
	make();
	assert_true(f.plan->hugepages);
	release(NULL);
	f.conf.memory.hugepages = CONF_HUGEPAGES_NEVER;
	make();
	assert_false(f.plan->hugepages);
	assert_int_equal(f.plan->n_notes, 0);
}

static void required_hugepages_that_are_missing_name_the_remedy(void **state)
{
	built_in(2);
	f.topology.huge_mounted = true;
	f.conf.memory.hugepages = CONF_HUGEPAGES_REQUIRE;
	f.nodes[0].huge_free_bytes = 4u << 20;
	make_fails("memory.hugepages is `require`, but node 0 has 4 MiB of hugepages free and the "
		   "plan needs 34: echo 17 > "
		   "/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages");
}

static void ports_that_cannot_be_are_refused(void **state)
{
	fixture_init(&f, 2);
	fixture_port(&f, "eth0");
	make_fails(
		"port p0: device \"eth0\" is unknown: give a PCI address such as 0000:3b:00.0, or "
		"net_tap0, net_af_packet0, net_memif0, net_pcap0, net_ring0, net_null0 with "
		"arguments");
	strcpy(f.ports[0].device, "net_tap0,iface=a");
	f.ports[0].mtu = 1505;
	make_fails("port p0: net_tap takes no MTU above 1504 (found 1505): its transmit stops for "
		   "good at a longer frame");
	f.ports[0].mtu = 0;
	fixture_port(&f, "net_tap0,iface=b");
	make_fails("ports p0 and p1 name the same device net_tap0: number them (net_tap0, "
		   "net_tap1)");
	f.conf.n_ports = 33;
	make_fails("33 ports are more than the 32 that DPDK is built for");
}

static void an_mtu_that_dpdk_cannot_set_is_a_warning(void **state)
{
	struct conf_port *p;

	fixture_init(&f, 2);
	p = fixture_port(&f, "net_af_packet0,iface=e");
	p->mtu = 9000;
	make();
	assert_int_equal(f.plan->ports[0].mtu, 0);
	assert_string_equal(f.plan->ports[0].device,
		"net_af_packet0,iface=e,framesz=12288,blocksz=12288,framecnt=512");
	assert_warned(
		"port p0: DPDK sets no MTU above 1500 on net_af_packet: give the interface MTU "
		"9000 before the start (ip link set dev NAME mtu 9000)");
	release(NULL);
	p->mtu = 0; // the interface already has it
	fixture_device(&f, p, 0, 1, 1, 0);
	f.topology_ports[0].mtu = 9000;
	make();
	assert_int_equal(f.plan->n_warnings, 0);
	assert_int_equal(f.plan->pools[0].data_room, 12288 + 128);
}

/** config/bare-metal.yaml on config/topology-two-sockets.yaml. */
static void two_sockets(void)
{
	static struct topology *topology;
	char error[256];

	fixture_init(&f, 0);
	topology_free(topology);
	if (topology_load(
		    CONFIG_DIR "/topology-two-sockets.yaml", &topology, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	f.topology = *topology;
	f.conf.lcores.control = 0;
	fixture_workers(&f, 1, 4);
	fixture_workers(&f, 17, 4);
	f.conf.memory.hugepages = CONF_HUGEPAGES_REQUIRE;
	fixture_port(&f, "0000:3b:00.0");
	fixture_port(&f, "0000:af:00.0");
}

/** GOLDEN_WRITE=1 in the environment writes the text anew. */
static void assert_prints(const char *path)
{
	const char *again = getenv("GOLDEN_WRITE");
	FILE *golden = fopen(path, again ? "w+" : "r");
	char *text = NULL, *expected;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	make();
	assert_non_null(golden);
	assert_non_null(to);
	plan_print(f.plan, to);
	fclose(to);
	if (again) {
		fwrite(text, 1, size, golden);
		rewind(golden);
	}
	expected = calloc(1, size + 2);
	assert_non_null(expected);
	assert_true(fread(expected, 1, size + 1, golden) > 0);
	assert_string_equal(text, expected);
	fclose(golden);
	free(text);
	free(expected);
}

static void two_sockets_with_two_nics_print_as_the_golden_text(void **state)
{
	two_sockets();
	assert_prints(GOLDEN_DIR "/two-sockets.txt");
}

static void built_in_default_prints_as_the_golden_text(void **state)
{
	built_in(1);
	assert_prints(GOLDEN_DIR "/built-in.txt");
}

static void the_same_input_gives_the_same_plan(void **state)
{
	char *text[2] = {NULL, NULL};
	size_t size[2];

	for (unsigned i = 0; i < 2; i++) {
		FILE *to = open_memstream(&text[i], &size[i]);

		built_in(2);
		make();
		plan_print(f.plan, to);
		fclose(to);
		release(NULL);
	}
	assert_string_equal(text[0], text[1]);
	free(text[0]);
	free(text[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			built_in_default_is_two_lcores_and_fits_in_48_mib, release),
		cmocka_unit_test_teardown(one_cpu_is_shared_with_a_warning, release),
		cmocka_unit_test_teardown(a_shared_cpu_that_was_asked_for_is_a_note, release),
		cmocka_unit_test_teardown(cpu_outside_the_cpuset_is_refused, release),
		cmocka_unit_test_teardown(more_lcores_than_64_are_refused, release),
		cmocka_unit_test_teardown(no_cpu_is_a_sentence, release),
		cmocka_unit_test_teardown(one_queue_ports_take_turns_over_the_workers, release),
		cmocka_unit_test_teardown(
			auto_queues_are_one_a_worker_and_a_tap_has_pairs, release),
		cmocka_unit_test_teardown(a_tap_with_unequal_queues_is_refused, release),
		cmocka_unit_test_teardown(
			a_tap_with_more_queues_than_workers_has_unowned_tx_queues, release),
		cmocka_unit_test_teardown(more_queues_than_the_device_has_are_refused, release),
		cmocka_unit_test_teardown(every_queue_of_a_fixed_device_is_polled, release),
		cmocka_unit_test_teardown(memif_has_one_queue_unless_told_otherwise, release),
		cmocka_unit_test_teardown(
			ports_keep_to_their_workers_and_idle_ones_are_named, release),
		cmocka_unit_test_teardown(frames_go_by_ring_where_tx_queues_are_short, release),
		cmocka_unit_test_teardown(workers_near_the_port_poll_it, release),
		cmocka_unit_test_teardown(memory_is_taken_where_it_may_be, release),
		cmocka_unit_test_teardown(handlers_run_where_they_are_put, release),
		cmocka_unit_test_teardown(
			handlers_on_one_cpu_share_an_lcore_and_may_share_a_workers_cpu, release),
		cmocka_unit_test_teardown(ring_names_are_unique, release),
		cmocka_unit_test_teardown(handlers_that_cannot_run_are_refused, release),
		cmocka_unit_test_teardown(kept_frames_of_an_rx_pcap_are_counted, release),
		cmocka_unit_test_teardown(a_pool_is_the_sum_of_its_lines, release),
		cmocka_unit_test_teardown(
			a_sum_that_is_a_power_of_two_takes_the_next_pool, release),
		cmocka_unit_test_teardown(a_zero_copy_memif_holds_its_descriptors, release),
		cmocka_unit_test_teardown(mbufs_take_an_odd_number_of_cache_lines, release),
		cmocka_unit_test_teardown(jumbo_frames_take_a_pool_of_their_own, release),
		cmocka_unit_test_teardown(hugepages_are_used_when_they_carry_the_plan, release),
		cmocka_unit_test_teardown(
			required_hugepages_that_are_missing_name_the_remedy, release),
		cmocka_unit_test_teardown(ports_that_cannot_be_are_refused, release),
		cmocka_unit_test_teardown(an_mtu_that_dpdk_cannot_set_is_a_warning, release),
		cmocka_unit_test_teardown(
			two_sockets_with_two_nics_print_as_the_golden_text, release),
		cmocka_unit_test_teardown(built_in_default_prints_as_the_golden_text, release),
		cmocka_unit_test_teardown(the_same_input_gives_the_same_plan, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
