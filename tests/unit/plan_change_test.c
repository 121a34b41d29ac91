/* SPDX-License-Identifier: BSD-3-Clause */
/* What handlers register, and plans for a running program: lanes keep their numbers. */

#include "plan_fixture.h"

static struct handler llc = {.abi = HANDLER_ABI,
	.name = "llc",
	.saps = {0x42},
	.n_saps = 1,
	.snaps = {{{0, 0, 0x0c}, 0x2000}},
	.n_snaps = 1,
	.places = FIXTURE_ALL | HANDLER_OWN,
	.place = HANDLER_CONTROL};
static struct handler other = {.name = "other"};
static const struct handler *const llc_table[] = {&llc, &other, &fixture_count, NULL};

static void what_cannot_be_told_apart_is_refused(void **state)
{
	three_taps(2);
	f.conf.n_interfaces = 0;
	f.table = llc_table;
	other = llc;
	other.name = "other";
	fixture_handler(&f, "llc");
	fixture_handler(&f, "other");
	make_fails("LLC SAP 0x42 is taken by both handlers llc and other: remove one of them");
	other.saps[0] = 0x43;
	make_fails("SNAP PID 0x2000 of OUI 00-00-0c is taken by both handlers llc and other: "
		   "remove one of them");
	other.snaps[0].oui[0] = 1;
	other.saps[0] = 0xaa;
	make_fails("handler other: LLC SAP 0xaa is SNAP's: register OUI and PID");
	other.n_saps = 0;
	other.ethertypes[other.n_ethertypes++] = 0x88a8;
	make_fails("handler other: EtherType 0x88a8 is that of a tag: frames are told by what "
		   "stands behind their tags");
	other.ethertypes[0] = 0x9100;
	// Its frames would be dealt to its lcores twice.
	other.ethertypes[other.n_ethertypes++] = 0x9100;
	make_fails("handler other registers EtherType 0x9100 twice: once will do");
	other.n_ethertypes--;
	make();
}

static void more_than_23_kinds_of_frames_are_refused(void **state)
{
	static struct handler many[4];
	static const struct handler *const table[] = {&many[0], &many[1], &many[2], &many[3], NULL};
	static const char *const names[] = {"a", "b", "c", "d"};

	three_taps(2);
	f.conf.n_interfaces = 0;
	f.table = table;
	for (unsigned i = 0; i < 4; i++) {
		many[i] = fixture_count;
		many[i].name = names[i];
		many[i].n_ethertypes = i == 3 ? 1 : 8;
		for (unsigned e = 0; e < 8; e++)
			many[i].ethertypes[e] = (uint16_t)(0x9000 + 8 * i + e);
		fixture_handler(&f, names[i]);
	}
	make_fails("the handlers register 25 EtherTypes, LLC SAPs and SNAP PIDs, 23 at most: "
		   "remove some of them");
	many[0].n_ethertypes = 6;
	make();
}

static void kept_frames_have_room_in_the_pools(void **state)
{
	unsigned without = 0, with = 0;

	three_taps(2);
	f.conf.n_interfaces = 0;
	f.table = llc_table;
	fixture_handler(&f, "llc");
	for (unsigned pass = 0; pass < 2; pass++) {
		llc.keep_max = pass * 1234;
		make();
		for (unsigned t = 0; t < f.plan->pools[0].n_terms; t++)
			*(pass ? &with : &without) += (unsigned)f.plan->pools[0].terms[t].count;
		release(NULL);
	}
	llc.keep_max = 0;
	assert_int_equal(with - without, 1234);
}

// Another place for a handler of the running plan, which goes.
static const struct plan *move(struct plan *was, enum conf_place place, int cpu)
{
	struct conf_handler *h = &f.handlers[0];
	static unsigned cpus[1];
	struct plan *plan;

	h->has_place = true;
	h->place = place;
	h->n_cpus = cpu >= 0;
	h->cpus = cpus;
	cpus[0] = (unsigned)cpu;
	if (plan_change(&f.conf, &f.topology, f.table, was, &plan, f.error, sizeof(f.error)) != 0)
		fail_msg("%s", f.error);
	assert_true(plan->n_lcores >= was->n_lcores);
	for (unsigned l = 0; l < was->n_lcores; l++) {
		assert_int_equal(plan->lcores[l].cpu, was->lcores[l].cpu);
		assert_int_equal(plan->lcores[l].role, was->lcores[l].role);
	}
	assert_int_equal(plan->n_pools, was->n_pools);
	for (unsigned p = 0; p < was->n_pools; p++)
		assert_int_equal(plan->pools[p].n, was->pools[p].n);
	plan_free(was);
	f.plan = plan;
	return plan;
}

static void lanes_keep_their_numbers_and_are_used_again(void **state)
{
	three_taps(3);
	f.conf.n_interfaces = 0;
	f.table = llc_table;
	fixture_handler(&f, "llc");
	fixture_workers(&f, 1, 1);
	make();
	assert_int_equal(f.plan->n_lcores, 2);
	assert_int_equal(move(f.plan, CONF_PLACE_OWN, -1)->n_lcores, 3);
	assert_int_equal(f.plan->lcores[2].role, PLAN_OWN);
	assert_int_equal(f.plan->instances[0].lcore, 2);
	assert_int_equal(move(f.plan, CONF_PLACE_LCORE, 2)->n_lcores, 4);
	assert_int_equal(f.plan->instances[0].lcore, 3);
	assert_int_equal(move(f.plan, CONF_PLACE_INLINE, -1)->n_lcores, 4);
	assert_int_equal(f.plan->instances[0].lcore, 1);
	// Back again, on what is there; another CPU is another thread.
	assert_int_equal(move(f.plan, CONF_PLACE_OWN, -1)->n_lcores, 4);
	assert_int_equal(f.plan->instances[0].lcore, 2);
	assert_int_equal(move(f.plan, CONF_PLACE_OWN, 2)->n_lcores, 5);
	assert_int_equal(f.plan->instances[0].lcore, 4);
	assert_int_equal(move(f.plan, CONF_PLACE_LCORE, 2)->n_lcores, 5);
	assert_int_equal(f.plan->instances[0].lcore, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_cannot_be_told_apart_is_refused, release),
		cmocka_unit_test_teardown(more_than_23_kinds_of_frames_are_refused, release),
		cmocka_unit_test_teardown(kept_frames_have_room_in_the_pools, release),
		cmocka_unit_test_teardown(lanes_keep_their_numbers_and_are_used_again, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
