/* SPDX-License-Identifier: BSD-3-Clause */
/* Ports whose device goes while lanes run, on events as DPDK raises them: L35 (removal events) and
 * L37 (no lane polls a stopped port). Every test ends with rig_stop()'s checks of ledger and
 * mempools. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_ethdev.h>

#include "build.h"
#include "hotplug.h"
#include "lane_rig.h"
#include "port_life.h"

// A driver raises its event with this; only the first port can be named without the drivers' own
// headers, which are not installed.
extern char rte_eth_devices[];
int rte_eth_dev_callback_process(void *dev, enum rte_eth_event_type event, void *answer);

enum { N0, N1, A, B, CYCLES = 25, UNWATCHED = 1000, STRANGER = PLAN_MAX_LCORES - 1 };

static const char yaml[] =
	"name: t\n"
	"lcores: {control: 0, workers: [1], idle: pause}\n"
	"ports:\n"
	"  - {name: n0, device: \"net_null0,no-rx=1\", mac: \"02:00:00:00:00:0a\"}\n"
	"  - {name: n1, device: \"net_null1,no-rx=1\"}\n"
	"  - {name: a, device: net_ring0, mac: \"02:00:00:00:00:01\", rx-queues: 1, tx-queues: 1}\n"
	"  - {name: b, device: net_ring1, mac: \"02:00:00:00:00:02\", rx-queues: 1, tx-queues: 1}\n"
	"wires:\n  - [a, b]\n";

static struct ledger sum;
static struct port_life life;

static struct rig *start(void)
{
	struct rig *r = rig_start(yaml, handler_table);
	char error[256];

	life = (struct port_life){.instance = &r->instance};
	assert_int_equal(hotplug_open(&r->instance, error, sizeof(error)), 0);
	return r;
}

static void stop(struct rig *r)
{
	hotplug_close(&r->instance);
	rig_stop(r, &sum);
}

static struct port *port(struct rig *r, unsigned p)
{
	return r->instance.ports[p];
}

// The other ports lose nothing.
static void others_work(struct rig *r)
{
	struct rig_pump pump = {.from = A, .to = B, .frames = 2000};

	rig_pump(r, &pump);
	assert_int_equal(pump.got, 2000);
}

static void comes_back(struct rig *r, unsigned p)
{
	port(r, p)->retry_tsc = 0; // do not wait the second
	port_life_round(&life);
	assert_int_equal(port(r, p)->state, PORT_STARTED);
	assert_int_equal(port(r, p)->id, p);
	assert_true(rte_eth_dev_is_valid_port((uint16_t)p));
}

static void driver_says_removed(void)
{
	rte_eth_dev_callback_process(rte_eth_devices, RTE_ETH_EVENT_INTR_RMV, NULL);
}

static void a_driver_that_says_removed_loses_its_port(void **state)
{
	struct rig *r = start();
	unsigned before = build_mbufs_in_use(&r->instance);
	uint8_t mac[6];

	memcpy(mac, port(r, N0)->mac, sizeof(mac));
	for (unsigned i = 0; i < CYCLES; i++) {
		driver_says_removed();
		assert_int_equal(port(r, N0)->state, PORT_STARTED); // not in the event's thread
		port_life_round(&life);
		assert_int_equal(port(r, N0)->state, PORT_GONE);
		assert_false(rte_eth_dev_is_valid_port(N0));
		assert_false(atomic_load(&port(r, N0)->link_up));
		assert_false(atomic_load(&r->instance.view)->port[N0].up);
		others_work(r);
		port_life_round(&life); // too early to look for it
		assert_int_equal(port(r, N0)->state, PORT_GONE);
		comes_back(r, N0);
		assert_memory_equal(port(r, N0)->mac, mac, sizeof(mac));
		assert_int_equal(port(r, N1)->state, PORT_STARTED);
	}
	assert_int_equal(build_mbufs_in_use(&r->instance), before);
	stop(r);
}

static void eal_that_says_removed_loses_the_port_of_that_name(void **state)
{
	struct rig *r = start();

	for (unsigned i = 0; i < CYCLES; i++) {
		rte_dev_event_callback_process("net_null10", RTE_DEV_EVENT_REMOVE);
		rte_dev_event_callback_process("net_null1", RTE_DEV_EVENT_ADD);
		port_life_round(&life);
		assert_int_equal(port(r, N1)->state, PORT_STARTED);
		rte_dev_event_callback_process("net_null1", RTE_DEV_EVENT_REMOVE);
		port_life_round(&life);
		assert_int_equal(port(r, N1)->state, PORT_GONE);
		assert_int_equal(port(r, N0)->state, PORT_STARTED);
		others_work(r);
		comes_back(r, N1);
	}
	stop(r);
}

static void the_later_of_two_gets_its_own_number_back(void **state)
{
	struct rig *r = start();

	driver_says_removed();
	rte_dev_event_callback_process("net_null1", RTE_DEV_EVENT_REMOVE);
	port_life_round(&life);
	assert_int_equal(port(r, N0)->state, PORT_GONE);
	assert_int_equal(port(r, N1)->state, PORT_LEAVING); // one slow step a round
	assert_false(atomic_load(&r->instance.view)->port[N1].up);
	port_life_round(&life);
	assert_int_equal(port(r, N1)->state, PORT_GONE);
	comes_back(r, N1);
	assert_false(rte_eth_dev_is_valid_port(N0)); // nothing is left in its place
	comes_back(r, N0);
	others_work(r);
	stop(r);
}

static void a_port_is_closed_only_when_every_lane_has_left_it(void **state)
{
	struct rig *r = start();
	struct rte_rcu_qsbr *qsbr = r->instance.qsbr;

	rte_rcu_qsbr_thread_register(qsbr, STRANGER);
	rte_rcu_qsbr_thread_online(qsbr, STRANGER);
	driver_says_removed();
	port_life_round(&life);
	assert_int_equal(port(r, N0)->state, PORT_LEAVING);
	assert_true(rte_eth_dev_is_valid_port(N0));
	assert_false(atomic_load(&r->instance.view)->port[N0].up);
	others_work(r);
	rte_rcu_qsbr_thread_offline(qsbr, STRANGER);
	port_life_round(&life);
	assert_int_equal(port(r, N0)->state, PORT_GONE);
	assert_false(rte_eth_dev_is_valid_port(N0));
	rte_rcu_qsbr_thread_unregister(qsbr, STRANGER);
	stop(r);
}

static _Atomic bool events_end;
static _Atomic unsigned n_events;

static void *raise_events(void *unused)
{
	(void)unused;
	while (!events_end) {
		driver_says_removed();
		n_events++;
	}
	return NULL;
}

static void nothing_is_heard_of_a_port_that_is_no_longer_watched(void **state)
{
	struct rig *r = start();
	pthread_t thread;
	bool heard = false;

	events_end = false;
	assert_int_equal(pthread_create(&thread, NULL, raise_events, NULL), 0);
	for (unsigned i = 0; i < UNWATCHED && !heard; i++) {
		unsigned before;

		hotplug_unwatch(port(r, N0));
		atomic_store(&port(r, N0)->removed, false);
		before = n_events;
		while (n_events - before < 3)
			rte_pause();
		heard = atomic_load(&port(r, N0)->removed);
		hotplug_watch(port(r, N0));
	}
	events_end = true;
	pthread_join(thread, NULL);
	atomic_store(&port(r, N0)->removed, false);
	assert_false(heard);
	stop(r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_driver_that_says_removed_loses_its_port),
		cmocka_unit_test(eal_that_says_removed_loses_the_port_of_that_name),
		cmocka_unit_test(the_later_of_two_gets_its_own_number_back),
		cmocka_unit_test(a_port_is_closed_only_when_every_lane_has_left_it),
		cmocka_unit_test(nothing_is_heard_of_a_port_that_is_no_longer_watched),
	};

	return cmocka_run_group_tests_name(
		"L35, L37: ports whose device goes", tests, start_eal, stop_eal);
}
