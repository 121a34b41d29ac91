/* SPDX-License-Identifier: BSD-3-Clause */
/* Live changes while lanes run, where something fails or stands still in the middle of one. The
 * test is the management thread; every test ends with rig_stop()'s checks of ledger and mempools.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_malloc.h>

#include "base/log.h"
#include "conf/conf.h"
#include "control.h"
#include "hotplug.h"
#include "lane_rig.h"
#include "live.h"
#include "plugin.h"
#include "view.h"

enum { STRANGER = PLAN_MAX_LCORES - 1, ROUNDS = 50, CHANGES = 20 };

#define PORTS                                                                                      \
	"name: t\n"                                                                                \
	"lcores: {control: 0, workers: [1], idle: sleep}\n"                                        \
	"ports:\n"                                                                                 \
	"  - {name: n0, device: \"net_null0,no-rx=1\"}\n"

static struct rte_rcu_qsbr *qsbr; // in which a drain finds somebody who stands still; NULL: none
static unsigned drains;

static void burst(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	for (uint16_t i = 0; i < n; i++)
		out_consume(out, pkts[i]);
}

static void drain(void *state, struct out *out)
{
	drains++;
	if (qsbr != NULL)
		rte_rcu_qsbr_thread_online(qsbr, STRANGER);
}

static const struct handler handler_x = {.abi = HANDLER_ABI,
	.name = "x",
	.ethertypes = {0x88b6},
	.n_ethertypes = 1,
	.places = HANDLER_INLINE | HANDLER_CONTROL | HANDLER_OWN,
	.place = HANDLER_OWN,
	.state_per_instance = true,
	.burst = burst,
	.drain = drain};
static const struct handler *const table[] = {&handler_x, NULL};

// In libc's place, for the program's own threads too.
static bool no_threads;

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	int (*libc)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
		dlsym(RTLD_NEXT, "pthread_create");

	return no_threads ? EAGAIN : libc(thread, attr, run, arg);
}

// In EAL's: who stands still from the next memory for counters of VLANs on; NULL: nobody.
static struct rte_rcu_qsbr *starts_still;

void *rte_zmalloc(const char *type, size_t size, unsigned align)
{
	void *(*eal)(const char *, size_t, unsigned) = dlsym(RTLD_NEXT, "rte_zmalloc");

	if (starts_still != NULL && strcmp(type, "vlans") == 0) {
		rte_rcu_qsbr_thread_online(starts_still, STRANGER);
		starts_still = NULL;
	}
	return eal(type, size, align);
}

static char error[1024];

static int apply(struct rig *r, const char *yaml)
{
	struct conf *conf;
	int rc;

	if (conf_load_buffer("test", yaml, strlen(yaml), &conf, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	rc = live_apply(&r->instance, conf, error, sizeof(error));
	if (rc != 0)
		conf_free(conf);
	return rc;
}

static void stop(struct rig *r)
{
	static struct ledger sum;
	struct conf *conf = r->instance.live_conf;
	struct plugin_set *plugins = r->instance.plugins;

	r->plan = (struct plan *)(uintptr_t)r->instance.plan; // the last one's is gone
	rig_stop(r, &sum);
	plugin_unload(plugins);
	conf_free(conf);
}

static void a_lane_that_stands_still_at_the_last_step_delays_the_change(void **state)
{
	struct rig *r = rig_start(PORTS "handlers:\n  - {name: x, place: own}\n", table);

	drains = 0;
	qsbr = r->instance.qsbr;
	rte_rcu_qsbr_thread_register(qsbr, STRANGER);
	assert_int_equal(apply(r, PORTS "handlers:\n  - {name: x, place: control}\n"), 0);
	assert_non_null(r->instance.change);
	rte_rcu_qsbr_thread_offline(qsbr, STRANGER);
	rte_rcu_qsbr_thread_unregister(qsbr, STRANGER);
	qsbr = NULL;
	for (unsigned i = 0; i < ROUNDS && r->instance.change != NULL; i++) {
		live_round(&r->instance);
		rte_delay_us_sleep(1000);
	}
	assert_null(r->instance.change);
	assert_int_equal(drains, 1);
	stop(r);
}

static void a_handler_that_gets_no_thread_is_refused(void **state)
{
	struct rig *r = rig_start(PORTS, table);
	const struct plan *plan = r->instance.plan;

	no_threads = true;
	assert_int_equal(apply(r, PORTS "handlers:\n  - {name: x, place: own}\n"), -1);
	no_threads = false;
	assert_non_null(strstr(error, "no thread"));
	assert_non_null(strstr(error, "nothing was changed"));
	assert_ptr_equal(r->instance.plan, plan);
	assert_int_equal(apply(r, PORTS "handlers:\n  - {name: x, place: own}\n"), 0);
	assert_null(r->instance.change);
	stop(r);
}

#define TWO_WORKERS                                                                                \
	"name: t\n"                                                                                \
	"lcores: {control: 0, workers: [0, 1], idle: sleep}\n"                                     \
	"ports:\n"                                                                                 \
	"  - {name: n0, device: \"net_null0,no-rx=1\"}\n"

static uint64_t frames_of(const struct rig *r)
{
	uint64_t frames = 0;

	for (unsigned i = 0; i < r->instance.plan->n_instances; i++)
		frames += r->instance.handlers[i]->counts.frames +
		          r->instance.handlers[i]->before.frames;
	return frames;
}

static void counters_of_all_instances_stay_with_the_handler(void **state)
{
	struct rig *r = rig_start(TWO_WORKERS "handlers:\n  - {name: x, place: inline}\n", table);

	assert_int_equal(r->instance.plan->n_instances, 2);
	for (unsigned i = 0; i < 2; i++)
		r->instance.handlers[i]->counts.frames = r->instance.handlers[i]->counts.consume =
			10 + 10 * i;
	assert_int_equal(apply(r, TWO_WORKERS "handlers:\n  - {name: x, place: own}\n"), 0);
	assert_null(r->instance.change);
	assert_int_equal(frames_of(r), 30);
	assert_int_equal(apply(r, TWO_WORKERS "handlers:\n  - {name: x, place: inline}\n"), 0);
	assert_null(r->instance.change);
	assert_int_equal(frames_of(r), 30);
	stop(r);
}

#define BRIDGE                                                                                     \
	PORTS "bridges:\n  - {name: br, learn-rate: 10, members: [{port: n0, storm: {broadcast: 10}}]}\n"

static void a_change_of_something_else_fills_no_bucket(void **state)
{
	struct rig *r = rig_start(BRIDGE, table);
	struct bridge_lane *lane = r->instance.bridges[0]->lane[1];
	struct bucket *storm = &lane->storm[0][BRIDGE_STORM_BROADCAST], *learn = &lane->learn[0];

	storm->level_cycles = learn->level_cycles = 0;
	assert_int_equal(apply(r, BRIDGE "handlers:\n  - {name: x, place: control}\n"), 0);
	assert_null(r->instance.change);
	assert_int_equal(storm->level_cycles, 0);
	assert_int_equal(learn->level_cycles, 0);
	stop(r);
}

static void a_lane_that_stands_still_while_counters_of_vlans_grow_delays_the_change(void **state)
{
	static const char vlans[] = PORTS "bridges:\n  - {name: br, vlan-aware: true, members: "
					  "[{port: n0, mode: trunk, vlans: [%s]}]}\n";
	char yaml[sizeof(vlans) + 8];
	struct rig *r;

	snprintf(yaml, sizeof(yaml), vlans, "1");
	r = rig_start(yaml, table);
	starts_still = r->instance.qsbr;
	rte_rcu_qsbr_thread_register(starts_still, STRANGER);
	snprintf(yaml, sizeof(yaml), vlans, "\"1-99\"");
	assert_int_equal(apply(r, yaml), 0);
	assert_null(starts_still);
	assert_non_null(r->instance.change);
	rte_rcu_qsbr_thread_offline(r->instance.qsbr, STRANGER);
	rte_rcu_qsbr_thread_unregister(r->instance.qsbr, STRANGER);
	for (unsigned i = 0; i < ROUNDS && r->instance.change != NULL; i++) {
		live_round(&r->instance);
		rte_delay_us_sleep(1000);
	}
	assert_null(r->instance.change);
	snprintf(yaml, sizeof(yaml), vlans, "\"1-999\"");
	assert_int_equal(apply(r, yaml), 0); // what was outgrown is freed
	assert_null(r->instance.change);
	stop(r);
}

static _Atomic bool events_end;

// EAL's interrupt thread: some device goes, which is none of ours.
static void *raise_events(void *unused)
{
	(void)unused;
	while (!events_end)
		rte_dev_event_callback_process("0000:7f:00.0", RTE_DEV_EVENT_REMOVE);
	return NULL;
}

static void a_device_goes_while_ports_come_and_go(void **state)
{
	struct rig *r = rig_start(PORTS, table);
	pthread_t thread;

	assert_int_equal(hotplug_open(&r->instance, error, sizeof(error)), 0);
	events_end = false;
	assert_int_equal(pthread_create(&thread, NULL, raise_events, NULL), 0);
	for (unsigned i = 0; i < CHANGES; i++) {
		assert_int_equal(
			apply(r, i % 2 != 0 ? PORTS
					    : PORTS
					 "  - {name: n1, device: \"net_null1,no-rx=1\"}\n"),
			0);
		assert_null(r->instance.change);
	}
	events_end = true;
	pthread_join(thread, NULL);
	hotplug_close(&r->instance);
	stop(r);
}

static unsigned n_named;
static char named[256];

static void note_line(enum log_level level, const char *line)
{
	if (strstr(line, "has stalled") == NULL)
		return;
	snprintf(named, sizeof(named), "%s", line);
	n_named++;
}

// No lane runs yet: the test says when each began its last round.
static void only_a_lane_that_stands_still_is_named(void **state)
{
	struct rig *r = rig_build(PORTS, table);
	struct lane *const *lanes = r->instance.lanes;

	rte_rcu_qsbr_thread_register(r->instance.qsbr, STRANGER);
	rte_rcu_qsbr_thread_online(r->instance.qsbr, STRANGER);
	atomic_store(&lanes[0]->alive_tsc, 0);
	// By the clock of its CPU it is ahead, or it went on when the first one was named.
	atomic_store(&lanes[1]->alive_tsc, rte_rdtsc() + 10 * rte_get_tsc_hz());
	n_named = 0;
	log_watch(note_line);
	assert_false(view_renew(&r->instance, true));
	log_watch(NULL);
	assert_int_equal(n_named, 1);
	assert_non_null(strstr(named, "on CPU 0 "));
	rte_rcu_qsbr_thread_offline(r->instance.qsbr, STRANGER);
	rte_rcu_qsbr_thread_unregister(r->instance.qsbr, STRANGER);
	rig_run(r);
	stop(r);
}

// As the start tells of each, and a change tells a new handler of all: control may nap meanwhile.
static void the_mailbox_holds_what_all_interfaces_and_ports_need(void **state)
{
	struct rig *r = rig_build(PORTS, table);

	for (unsigned i = 0; i < 2 * IFACE_MAX; i++)
		assert_true(control_tell(&r->instance, HANDLER_ADDRESS, (uint16_t)(i % IFACE_MAX)));
	for (unsigned i = 0; i < 2 * OUT_PORTS; i++)
		assert_true(control_tell(&r->instance, HANDLER_LINK_UP, (uint16_t)(i % OUT_PORTS)));
	rig_run(r);
	stop(r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lane_that_stands_still_at_the_last_step_delays_the_change),
		cmocka_unit_test(a_handler_that_gets_no_thread_is_refused),
		cmocka_unit_test(counters_of_all_instances_stay_with_the_handler),
		cmocka_unit_test(a_change_of_something_else_fills_no_bucket),
		cmocka_unit_test(
			a_lane_that_stands_still_while_counters_of_vlans_grow_delays_the_change),
		cmocka_unit_test(a_device_goes_while_ports_come_and_go),
		cmocka_unit_test(only_a_lane_that_stands_still_is_named),
		cmocka_unit_test(the_mailbox_holds_what_all_interfaces_and_ports_need),
	};

	return cmocka_run_group_tests_name(
		"live changes that meet trouble", tests, start_eal, stop_eal);
}
