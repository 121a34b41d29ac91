/* SPDX-License-Identifier: BSD-3-Clause */
/* The plan's lcores, ports, rings and handlers, rule by rule, and each of its sentences. */

#include "plan_fixture.h"

static void built_in_default_is_two_lcores_and_fits_in_80_mib(void **state)
{
	struct conf *conf = built_in(2);

	make();
	conf_free(conf);
	assert_int_equal(f.plan->n_lcores, 2);
	assert_int_equal(f.plan->lcores[0].cpu, 0);
	assert_int_equal(f.plan->lcores[0].role, PLAN_CONTROL);
	assert_int_equal(f.plan->lcores[1].cpu, 1);
	assert_int_equal(f.plan->lcores[1].role, PLAN_WORKER);
	assert_int_equal(f.plan->n_ports, 2);
	assert_int_equal(f.plan->n_bridges, 1);
	assert_int_equal(f.plan->n_instances, 2);
	assert_int_equal(f.plan->pools[0].n, 8191);
	assert_false(f.plan->pools[0].preemptible);
	assert_true(f.plan->memory_bytes <= 80u << 20);
	assert_false(f.plan->hugepages);
	assert_int_equal(f.plan->n_warnings, 0);
}

static void one_cpu_is_shared_with_a_warning(void **state)
{
	three_taps(1);
	make();
	assert_true(f.plan->lcores[0].shares_cpu && f.plan->lcores[1].shares_cpu);
	assert_true(f.plan->pools[0].preemptible);
	assert_warned("lcores 0 and 1 share CPU 0: each waits while the other runs, and all pools "
		      "take slower operations that survive this");
}

static void a_shared_cpu_that_was_asked_for_is_a_note(void **state)
{
	three_taps(2);
	f.conf.lcores.control = 1;
	fixture_workers(&f, 1, 1);
	make();
	assert_int_equal(f.plan->n_warnings, 0);
	assert_noted("lcores 0 and 1 share CPU 1: each waits while the other runs, and all pools "
		     "take slower operations that survive this");
}

static void cpu_outside_the_cpuset_is_refused(void **state)
{
	three_taps(2);
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

static void a_virtio_nic_gets_no_queue_that_nobody_polls(void **state)
{
	struct conf_port *p;

	fixture_init(&f, 4);
	fixture_workers(&f, 1, 3);
	p = fixture_port(&f, "0000:3b:00.0");
	p->workers = f.port_workers[0];
	p->workers[0] = 1;
	p->n_workers = 1;
	fixture_device(&f, p, 0, 4, 4, 0);
	make();
	assert_int_equal(f.plan->ports[0].n_rxq, 1);
	assert_int_equal(f.plan->ports[0].n_txq, 3);
	plan_free(f.plan);
	f.topology_ports[0].pairs_queues = true;
	make();
	assert_int_equal(f.plan->ports[0].n_rxq, 1);
	assert_int_equal(f.plan->ports[0].n_txq, 1);
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

static void what_has_no_state_of_each_instance_has_one_instance(void **state)
{
	static struct handler one;
	static const struct handler *const table[] = {&one, NULL};
	unsigned cpus[] = {3, 4};
	struct conf_handler *h;

	one = fixture_count;
	one.places |= HANDLER_OWN;
	one.state_per_instance = false;
	fixture_init(&f, 6);
	f.table = table;
	fixture_workers(&f, 1, 2);
	fixture_port(&f, "net_tap0,iface=a");
	h = fixture_handler(&f, "count");
	make_fails("handler count: its state is not per instance, and place inline in each worker "
		   "would make 2 instances: use one worker or another place");
	h->has_place = true;
	h->place = CONF_PLACE_LCORE;
	h->cpus = cpus;
	h->n_cpus = 2;
	make_fails("handler count: its state is not per instance, and place lcore would make 2 "
		   "instances: name one CPU");
	h->n_cpus = 1;
	make();
	assert_int_equal(f.plan->n_instances, 1);
	release(NULL);
	h->n_cpus = 0;
	h->place = CONF_PLACE_OWN;
	make();
	release(NULL);
	h->place = CONF_PLACE_CONTROL;
	make();
	release(NULL);
	h->place = CONF_PLACE_INLINE;
	f.conf.lcores.n_workers = 1;
	make();
	assert_int_equal(f.plan->n_instances, 1);
	release(NULL);
	one.state_per_instance = true;
	f.conf.lcores.n_workers = 2;
	make();
	assert_int_equal(f.plan->n_instances, 2);
}

static void a_rate_without_burst_has_a_quarter_at_once(void **state)
{
	static const unsigned cases[][2] = {
		{1, 64}, {256, 64}, {1000, 250}, {4000000, 1000000}, {1000000000, 1000000}, {0, 0}};
	struct conf_handler *h;

	fixture_init(&f, 2);
	fixture_port(&f, "net_tap0,iface=a");
	h = fixture_handler(&f, "count");
	h->has_rate = true;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		h->rate = cases[i][0];
		make();
		assert_int_equal(f.plan->instances[0].rate_pps, cases[i][0]);
		assert_int_equal(f.plan->instances[0].burst, cases[i][1]);
		release(NULL);
	}
	strcpy(h->name, "arp"); // has one of its own
	h->rate = 100000;
	make();
	assert_int_equal(f.plan->instances[0].burst, 256);
	release(NULL);
	h->burst = 1;
	make();
	assert_int_equal(f.plan->instances[0].burst, 1);
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
	three_taps(2);
	make();
	for (unsigned i = 0; i < f.plan->n_rings; i++)
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(f.plan->rings[i].name, f.plan->rings[j].name);
	assert_int_equal(f.plan->n_rings, 2 + 3 + 1);
}

/** Of the pool's line that begins so; 0 when there is none. */
static bool has_term(const struct plan_pool *pool, const char *what)
{
	for (unsigned i = 0; i < pool->n_terms; i++)
		if (strncmp(pool->terms[i].what, what, strlen(what)) == 0)
			return true;
	return false;
}

static void a_thread_of_its_own_is_a_lane_beside_control(void **state)
{
	unsigned cpus[] = {1};
	struct conf_handler *h;

	fixture_init(&f, 4);
	fixture_workers(&f, 1, 1);
	fixture_port(&f, "net_tap0,iface=a");
	h = fixture_handler(&f, "clash");
	h->has_place = true;
	h->place = CONF_PLACE_OWN;
	h->overload = CONF_OVERLOAD_DROP_HEAD;
	h->budget = 7;
	make();
	assert_int_equal(f.plan->n_lcores, 3);
	assert_int_equal(f.plan->lcores[2].role, PLAN_OWN);
	assert_int_equal(f.plan->lcores[2].cpu, 0);
	assert_int_equal(f.plan->instances[0].lcore, 2);
	assert_int_equal(f.plan->instances[0].budget, 7);
	assert_int_equal(f.plan->instances[0].overload, CONF_OVERLOAD_DROP_HEAD);
	assert_int_equal(ring(PLAN_RING_HANDLER, 1, 0)->consumer, 2);
	assert_non_null(ring(PLAN_RING_DONE, 2, 0));
	assert_non_null(ring(PLAN_RING_TX, 2, 0));
	// Beside control it disturbs nobody, so no pool is slower.
	assert_false(f.plan->lcores[0].shares_cpu || f.plan->lcores[2].shares_cpu);
	assert_false(f.plan->pools[0].preemptible);
	assert_string_equal(f.plan->pools[1].name, "self");
	assert_string_equal(f.plan->pools[2].name, "own");
	assert_true(f.plan->pools[2].preemptible && f.plan->pools[2].own);
	assert_true(has_term(&f.plan->pools[2], "1 ring to TX owners"));
	assert_true(has_term(&f.plan->pools[1], "1 ring to TX owners"));
	release(NULL);

	h->cpus = cpus;
	h->n_cpus = 1;
	make();
	assert_true(f.plan->lcores[1].shares_cpu && f.plan->lcores[2].shares_cpu);
	assert_true(f.plan->pools[0].preemptible);
}

static void handlers_that_cannot_run_are_refused(void **state)
{
	unsigned cpu = 9;
	struct conf_handler *h;

	fixture_init(&f, 2);
	h = fixture_handler(&f, "nope");
	make_fails("handler nope is unknown: choose from arp, icmp, count, clash");
	strcpy(h->name, "arp");
	h->has_place = true;
	h->place = CONF_PLACE_INLINE;
	make_fails("handler arp cannot run in place inline: choose from control");
	strcpy(h->name, "clash");
	h->cpus = &cpu;
	h->n_cpus = 1;
	h->place = CONF_PLACE_CONTROL;
	make_fails("handler clash: cpu is for place own, and its place is control");
	h->place = CONF_PLACE_OWN;
	make_fails("CPU 9 of handler clash is not among the CPUs this process may use (0-1): "
		   "choose from these or widen the cpuset");
	h->n_cpus = 0;
	h->place = CONF_PLACE_LCORE;
	make_fails("handler clash: place lcore needs CPU numbers, as in `lcore 3`");
	h->has_place = false;
	fixture_handler(&f, "count");
	make_fails(
		"EtherType 0x88b6 is taken by both handlers clash and count: remove one of them");
	strcpy(f.handlers[1].name, "clash");
	make_fails("handler clash is configured twice");
}

static void frames_are_dealt_to_8_lcores_of_a_handler_at_most(void **state)
{
	static unsigned cpus[] = {2, 3, 4, 5, 6, 7, 8, 9, 10};
	struct conf_handler *h;

	three_taps(12);
	f.conf.n_interfaces = 0;
	h = fixture_handler(&f, "count");
	h->has_place = true;
	h->place = CONF_PLACE_LCORE;
	h->cpus = cpus;
	h->n_cpus = 9;
	make_fails("handler count: place lcore names 9 CPUs, 8 at most: name fewer");
	h->n_cpus = 8;
	make();
	assert_int_equal(f.plan->n_instances, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			built_in_default_is_two_lcores_and_fits_in_80_mib, release),
		cmocka_unit_test_teardown(one_cpu_is_shared_with_a_warning, release),
		cmocka_unit_test_teardown(a_shared_cpu_that_was_asked_for_is_a_note, release),
		cmocka_unit_test_teardown(cpu_outside_the_cpuset_is_refused, release),
		cmocka_unit_test_teardown(more_lcores_than_64_are_refused, release),
		cmocka_unit_test_teardown(no_cpu_is_a_sentence, release),
		cmocka_unit_test_teardown(one_queue_ports_take_turns_over_the_workers, release),
		cmocka_unit_test_teardown(
			auto_queues_are_one_a_worker_and_a_tap_has_pairs, release),
		cmocka_unit_test_teardown(a_virtio_nic_gets_no_queue_that_nobody_polls, release),
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
			what_has_no_state_of_each_instance_has_one_instance, release),
		cmocka_unit_test_teardown(a_rate_without_burst_has_a_quarter_at_once, release),
		cmocka_unit_test_teardown(
			handlers_on_one_cpu_share_an_lcore_and_may_share_a_workers_cpu, release),
		cmocka_unit_test_teardown(ring_names_are_unique, release),
		cmocka_unit_test_teardown(a_thread_of_its_own_is_a_lane_beside_control, release),
		cmocka_unit_test_teardown(handlers_that_cannot_run_are_refused, release),
		cmocka_unit_test_teardown(
			frames_are_dealt_to_8_lcores_of_a_handler_at_most, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
